"""What the price monitor can see: how often it flags where there is nothing, and what planted gaps it finds.

Both are tried on the platform's own prices: customers get a group by lot, so that no price can depend on it; then
prices of one group are raised for a random part of the products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.estimate import Estimate
from ecomplan.risk.conduct.gaps import Gaps, by_product, compare, discoveries
from ecomplan.risk.conduct.matching import TEST_CELL, Ints, Priced, cells
from ecomplan.risk.conduct.monitor import Rules
from ecomplan.risk.engine.shares import share

NONE = "No product has enough buyers of both groups in one cell, so that the monitor cannot be tried"


@dataclass(frozen=True)
class Tried:
    """Counts over all trials; `planted` by gap: products planted and tested, of them found, flagged, wrongly flagged.

    tested, small: products tested and p-values up to the level with no gap planted; alarms: shufflings with a flag.
    """

    shuffles: int
    alarms: int
    tested: int
    small: int
    planted: pd.DataFrame
    powers: tuple[Estimate, ...]

    @property
    def false_alarm(self) -> Estimate:
        """Chance that anything at all is flagged where no price depends on the group."""
        return share(self.alarms, self.shuffles if self.tested else 0, NONE)

    @property
    def size(self) -> Estimate:
        """Share of single tests below the level where no price depends on the group."""
        return share(self.small, self.tested, NONE)

    def power(self, row: int) -> Estimate:
        """Share of the planted products found, at one planted gap."""
        return self.powers[row]


def try_out(
    lines: Priced, rules: Rules, sizes: Sequence[float], products: int, shuffles: int, plantings: int,
    planted_share: float,
) -> Tried:
    """Try the monitor on a random choice of `products` products; `sizes` are gaps as shares of the price."""
    rng = np.random.default_rng(rules.shuffling.seed)
    named = np.flatnonzero(lines.customer >= 0)
    chosen = np.zeros(len(lines.products), bool)
    chosen[_often_bought(lines, named, rules.least_units, rng, products)] = True
    part = named[chosen[lines.product[named]]]
    few, cell = _sorted(lines, part, rules)
    alarms = tested = small = 0
    for number in range(shuffles):
        gaps = _test(few, cell, _lots(few, rng), None, 0.0, rules, number)
        p = gaps.p[gaps.weight > 0]
        alarms += bool(discoveries(p, rules.shuffling.level).any())
        tested += len(p)
        small += int((p <= rules.shuffling.level).sum())
    rows, powers = [], []
    for size in sizes:
        planted = found = flagged_all = wrong = 0
        for number in range(plantings):
            target = np.asarray(chosen & (rng.random(len(chosen)) < planted_share), dtype=np.bool_)
            gaps = _test(few, cell, _lots(few, rng), target, float(np.log1p(size)), rules, shuffles + number)
            inside = np.flatnonzero(gaps.weight > 0)
            flagged = np.zeros(len(chosen), bool)
            flagged[inside] = discoveries(gaps.p[inside], rules.shuffling.level)
            planted += int(target[inside].sum())
            found += int((flagged & target).sum())
            flagged_all += int(flagged.sum())
            wrong += int((flagged & ~target).sum())
        power = share(found, planted, NONE)
        powers.append(power)
        if power.value is None:
            continue
        rows.append({
            "gap": size, "planted": planted, "found": found, "flagged": flagged_all, "wrong": wrong,
            "power": power.value, "low": power.low, "high": power.high,
            "wrong_share": wrong / max(flagged_all, 1),
        })
    columns = ["gap", "planted", "found", "flagged", "wrong", "power", "low", "high", "wrong_share"]
    return Tried(shuffles, alarms, tested, small, pd.DataFrame(rows, columns=columns), tuple(powers))


def _often_bought(
    lines: Priced, named: Ints, least_units: int, rng: np.random.Generator, products: int
) -> NDArray[np.int64]:
    """A random choice among products with enough lines to be tested at all."""
    often = np.flatnonzero(np.bincount(lines.product[named], minlength=len(lines.products)) >= 2 * least_units)
    return rng.choice(often, min(products, len(often)), replace=False) if len(often) else often


def _sorted(lines: Priced, at: Ints, rules: Rules) -> tuple[Priced, Ints]:
    """The lines `at` so sorted that those of a cell of the tests stand together, and their cells."""
    if not len(at):
        return _part(lines, at), at
    ladder = cells(_part(lines, at), rules.period_days, rules.quantity_ratio, with_country=True)
    return _part(lines, at[ladder.order]), ladder.cell(TEST_CELL + 1)


def _part(lines: Priced, at: Ints) -> Priced:
    names = ("log_price", "amount", "product", "order", "customer", "country", "day", "quantity")
    return replace(lines, **{name: getattr(lines, name)[at] for name in names})


def _lots(lines: Priced, rng: np.random.Generator) -> Ints:
    """A group by lot for every customer, on each of its lines."""
    return rng.integers(0, 2, int(lines.customer.max(initial=-1)) + 1)[lines.customer]


def _test(
    lines: Priced, cell: Ints, group: Ints, target: NDArray[np.bool_] | None, gap: float, rules: Rules, number: int
) -> Gaps:
    price = lines.log_price
    if target is not None:
        price = price + gap * group * target[lines.product]
    _, match = compare(price, group, lines.product, lines.customer, cell)
    shuffling = replace(rules.shuffling, seed=rules.shuffling.seed + 2 * number)
    return by_product(match, len(lines.products), rules.least_units, shuffling)
