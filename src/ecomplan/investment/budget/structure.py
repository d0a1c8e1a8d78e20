"""The budget's lines and the two structures of the documents: what each line means, and what must nest in what."""

from __future__ import annotations

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.investment.budget.phases import STRUCTURE_KEYS
from ecomplan.investment.engine.budget import LINE_NAMES, LINES, Budget, budget_table

MILLION = 1e6
CATEGORIES = ("Technology", "People", "Process", "Marketing", "Reserve")
#: nested share -> the share of which it is a part, by document and by the other document
NESTED = (
    ("System rebuild", ("s0_system_rebuild_budget_share",)),
    ("Algorithm research", ("s0_algo_rd_budget_share",)),
    ("Both together", ("s0_system_rebuild_budget_share", "s0_algo_rd_budget_share")),
)


def lines_table(budget: Budget, claims: Claims, cny_per_currency_unit: float) -> pd.DataFrame:
    """`engine.budget.budget_table` with what the stated amount implies.

    Further columns: `stated_share` of the stated amounts' sum, `total_needed_cny` at which amount and share agree,
    `agrees` (amount within the line's low to high) and `same_share` (both shares within half a point).
    """
    frame = budget_table(budget, claims, cny_per_currency_unit)
    total = frame["stated_cny"].iloc[-1]
    frame["stated_share"] = frame["stated_cny"] / total
    frame["total_needed_cny"] = frame["stated_cny"] / frame["share"]
    frame["agrees"] = (frame["low_cny"] <= frame["stated_cny"]) & (frame["stated_cny"] <= frame["high_cny"])
    frame["same_share"] = (frame["stated_share"] - frame["share"]).abs() < 0.005
    return frame


def structures(claims: Claims) -> pd.DataFrame:
    """S0's structure, S3's, and their mean: category, s0, s3, blended (shares); each adds up to 1.

    Raises ParameterError where the shares of a document do not.
    """
    s0 = dict(zip(CATEGORIES[:3], (claims[key].share for key in STRUCTURE_KEYS), strict=True))
    s3 = dict(zip(("Technology", "People", "Marketing", "Reserve"),
                  (claims[f"s3_budget_share_{line}"].share for line in LINES), strict=True))
    for name, shares in (("S0", s0), ("S3", s3)):
        check_shares(shares, f"shares of {name}")
    return pd.DataFrame([
        {"category": name, "s0": s0.get(name, 0.0), "s3": s3.get(name, 0.0),
         "blended": (s0.get(name, 0.0) + s3.get(name, 0.0)) / 2}
        for name in CATEGORIES
    ])


def check_shares(shares: dict[str, float], what: str) -> None:
    """Raise ParameterError naming the shares where one is below 0 or they do not add up to 1."""
    listed = ", ".join(f"{name} {share:g}" for name, share in shares.items())
    if min(shares.values()) < 0:
        raise ParameterError(f"{what} ({listed}): a share below 0 is refused")
    if abs(sum(shares.values()) - 1) > 1e-9:
        raise ParameterError(f"{what} ({listed}) add up to {sum(shares.values()):.4g}; expected 1")


def nesting(claims: Claims) -> pd.DataFrame:
    """Parts of technology against technology: part, its share, room in S0 and in S3, what is left, fits."""
    rows = []
    for name, keys in NESTED:
        part = sum(claims[key].share for key in keys)
        for document, parent in (("S0", claims["s0_invest_share_tech"].share),
                                 ("S3", claims["s3_budget_share_tech"].share)):
            rows.append({
                "part": name, "document": document, "share": part, "room": parent, "left": parent - part,
                "fits": part <= parent + 1e-12,
            })
    return pd.DataFrame(rows)


def nested_share(claims: Claims) -> float:
    """Share of all parts of technology that S0 names, together."""
    return sum(claims[key].share for key in NESTED[-1][1])


def mismatched(lines: pd.DataFrame) -> int:
    """Lines whose stated amount is no part of the total that their share says."""
    return int((~lines["same_share"].iloc[:len(LINE_NAMES)]).sum())


def widest_totals(lines: pd.DataFrame) -> tuple[float, float]:
    """Least and most total in CNY that the lines' amounts and shares imply, each line by itself."""
    needed = lines["total_needed_cny"].iloc[:len(LINE_NAMES)]
    return float(needed.min()), float(needed.max())
