"""Does a policy show other articles to one group of users than to another: permuted logs as the null.

Within a list of articles, a position and a day, articles are dealt anew among the impressions: what is left of
differences between groups is chance. A policy that looks at nobody's features must pass; the uniform one does by
construction and shows whether the test holds its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtri, chndtr

from ecomplan.risk.bias.groups import Feature, adjusted
from ecomplan.risk.bias.kernel import Floats, deal


@dataclass(frozen=True)
class Compared:
    """What groups saw against what they would have seen alike; dealing articles anew leaves `alike` as it is."""

    alike: Floats  # (groups, items)
    inverse: Floats  # 1 / alike, 0 for articles never shown

    @classmethod
    def of(cls, table: Floats) -> Compared:
        alike = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
        return cls(alike, np.divide(1, alike, out=np.zeros_like(alike), where=alike > 0))

    def moved(self, table: Floats) -> float:
        """Share of impressions that would have to change for every group to see the same articles."""
        return float(np.abs(table - self.alike).sum() / 2 / self.alike.sum())

    def chi_square(self, table: Floats) -> float:
        """Pearson's distance."""
        return float(((table - self.alike) ** 2 * self.inverse).sum())


def smallest_move(impressions: int, share: float, items: int, groups: int, size: float, power: float) -> float | None:
    """Part of the largest group's impressions that, turned to one usual article, would be found with chance `power`.

    From the non-central chi-square law; None where all of them would not be enough.
    """
    freedom = (groups - 1) * (items - 1)
    edge = float(chdtri(freedom, size))
    low, high = 0.0, 1e5
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - float(chndtr(edge, freedom, middle)) < power else (low, middle)
    part = float(np.sqrt(high / (impressions * share * (1 - share) * (items - 1))))
    return part if part <= 1 else None


def tests(logs: pd.DataFrame, features: list[Feature], permutations: int, size: float, power: float,
          rng: np.random.Generator) -> pd.DataFrame:
    """One row a policy, list of articles and feature with at least two groups.

    Columns: policy, campaign, feature, groups, impressions, moved (share of impressions that differ between groups),
    moved_fair (the same by chance), p_value (permutation), p_adjusted (within the policy), smallest_move.
    """
    rows = []
    compared = [feature for feature in features if feature.compared]
    for (policy, campaign), part in logs.groupby(["policy", "campaign"], sort=False):
        stratum = (part["position"] * 1000 + part["day"]).to_numpy()
        order = np.argsort(stratum, kind="stable")
        edges = np.flatnonzero(np.diff(stratum[order])) + 1
        at = part.index.to_numpy()[order]
        items, many = part["item"].to_numpy()[order], int(part["items"].iloc[0])
        codes = [np.unique(feature.codes[at], return_inverse=True)[1] for feature in compared]
        width = [int(code.max()) + 1 for code in codes]
        seen = [_table(code, items, wide, many) for code, wide in zip(codes, width, strict=True)]
        alike = [Compared.of(table) for table in seen]
        real = np.array([one.chi_square(table) for one, table in zip(alike, seen, strict=True)])
        above, chance = np.zeros(len(codes)), np.zeros(len(codes))
        for tables in _dealt(items, edges, codes, max(width, default=1) * many, many, permutations, rng):
            for place, wide in enumerate(width):
                table = tables[place, : wide * many].reshape(wide, many)
                above[place] += alike[place].chi_square(table) >= real[place] - 1e-9
                chance[place] += alike[place].moved(table) / permutations
        for place, feature in enumerate(compared):
            largest = np.bincount(codes[place]).max() / len(items)
            rows.append({
                "policy": policy, "campaign": campaign, "feature": feature.name, "groups": width[place],
                "impressions": len(items), "moved": alike[place].moved(seen[place]), "moved_fair": chance[place],
                "p_value": (above[place] + 1) / (permutations + 1),
                "smallest_move": None if width[place] < 2 else smallest_move(
                    len(items), float(largest), many, width[place], size, power),
            })
    columns = ["policy", "campaign", "feature", "groups", "impressions", "moved", "moved_fair", "p_value",
               "smallest_move"]
    frame = pd.DataFrame(rows, columns=columns).astype({"smallest_move": "float64"})
    frame["p_adjusted"] = 1.0
    for policy in frame["policy"].unique():
        on = frame["policy"] == policy
        frame.loc[on, "p_adjusted"] = adjusted(frame.loc[on, "p_value"].to_numpy(float))
    return frame


def _dealt(items: NDArray[Any], edges: NDArray[Any], codes: list[NDArray[Any]], size: int, many: int,
           permutations: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Tables (features, `size`) of groups by articles, flat, after each dealing within strata that begin at `edges`."""
    dealt, groups = items.astype(np.int64), np.array(codes, np.int64).reshape(len(codes), len(items))
    starts, counts = np.array([0, *edges, len(items)], np.int64), np.zeros((len(codes), size), np.int64)
    for _ in range(permutations):
        deal(dealt, starts, rng.random(len(items), np.float32), groups, many, counts)
        yield counts.astype(float)


def _table(code: NDArray[Any], items: NDArray[Any], groups: int, many: int) -> Floats:
    return np.bincount(code * many + items, minlength=groups * many).reshape(groups, many).astype(float)
