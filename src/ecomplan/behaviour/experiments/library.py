"""The documents' claimed effects as a library: by grade of evidence, and what their digits give away."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from ecomplan.claims import GRADES, Claims
from ecomplan.errors import DataError


def effects(claims: Claims) -> pd.DataFrame:
    """Single relative effects told of cases: key, effect (percent, signed), size, grade, document."""
    rows = [
        {"key": claim.key, "effect": float(claim.value), "size": abs(float(claim.value)), "grade": claim.evidence,
         "document": claim.document}
        for claim in claims.values()
        if claim.kind == "benchmark_effect" and claim.unit == "pct_change" and claim.value is not None
        and claim.key not in claims.set_aside
    ]
    if not rows:
        raise DataError("claims/ holds no relative effect of a case; the library of effects is empty")
    return pd.DataFrame(rows)


def by_grade(frame: pd.DataFrame) -> pd.DataFrame:
    """Effects by grade of evidence: grade, claims, median, smallest, largest (sizes as shares), believed part."""
    rows = []
    for grade in GRADES:
        sizes = frame.loc[frame["grade"] == grade, "size"] / 100
        if len(sizes):
            rows.append({"grade": grade.replace("_", " "), "claims": len(sizes), "median": sizes.median(),
                         "smallest": sizes.min(), "largest": sizes.max()})
    return pd.DataFrame(rows)


def digits(frame: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Last digits of whole effects (digit, claims, share) and the p-value that all ten are equally likely."""
    whole = frame.loc[frame["size"] % 1 == 0, "size"].astype(int)
    count = np.bincount(whole % 10, minlength=10)
    p_value = float(stats.chisquare(count).pvalue)
    return pd.DataFrame({"digit": range(10), "claims": count, "share": count / count.sum()}), p_value


def repeats(frame: pd.DataFrame) -> pd.DataFrame:
    """Sizes told most often: size (share), claims, share of all effects."""
    count = frame["size"].value_counts().rename_axis("size").reset_index(name="claims")
    count = count.sort_values(["claims", "size"], ascending=[False, True], ignore_index=True)
    return count.assign(share=count["claims"] / len(frame), size=count["size"] / 100)
