"""CDNOW purchases: a companion for customer value, where the literature's answers are known."""

from ecomplan.data.sources.base import Source, SourceFile

SOURCE = Source(
    name="cdnow",
    title="CDNOW purchases",
    citation=(
        "Fader, P. S. and Hardie, B. G. S. (2001). Forecasting repeat sales at CDNOW: a case study. "
        "Interfaces 31(3), part 2, S94-S107. Files as carried by the package lifetimes 0.11.3"
    ),
    licence="of the data: not stated; of the package that carries them: MIT",
    label="Real purchases of an online record shop's customers, 1997 to mid 1998; another trade and another time.",
    package="lifetimes",
    version="0.11.3",
    wheel="Lifetimes-0.11.3-py3-none-any.whl",
    wheel_sha256="261e3dc89977c2b60767ca6728aaa29d429de0c814635070a749c36555895da8",
    files=(
        SourceFile(
            member="lifetimes/datasets/CDNOW_master.txt",
            name="CDNOW_master.txt",
            sha256="eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef",
            bytes=1_950_500,
        ),
        SourceFile(
            member="lifetimes/datasets/CDNOW_sample.txt",
            name="CDNOW_sample.txt",
            sha256="6fae10155c0b0ba363c2c386e30f77990d22328220efd862a5edd1443420d94a",
            bytes=228_327,
        ),
        SourceFile(
            member="lifetimes/datasets/cdnow_customers_summary.csv",
            name="cdnow_customers_summary.csv",
            sha256="09d92ca80daaabe8be0f997d4c539f9c9606106baa5b199081fe01cbce5fa9f6",
            bytes=40_079,
        ),
    ),
)
