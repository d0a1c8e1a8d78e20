"""Yearly losses by simulation: sums of all years, details of some, and the measures of the tail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ecomplan.errors import ParameterError
from ecomplan.risk.losses.book import Book, Floats, Ints, thresholds
from ecomplan.risk.losses.kernel import draw


@dataclass(frozen=True)
class Years:
    """`total` (states, years) and `mean` (risks, states) losses in money, `events` (risks,) events a year; year y
    was drawn in world y // per_world of `book`, whose `arrays` the kernel reads."""

    book: Book
    arrays: tuple[Any, ...]
    seed: int
    per_world: int
    total: Floats
    mean: Floats
    events: Floats

    @property
    def count(self) -> int:
        return int(self.total.shape[1])

    def of(self, state: str) -> Floats:
        """(years,) losses of one state of control."""
        return np.asarray(self.total[self.book.state(state)])

    def by_world(self, state: str) -> Floats:
        """(worlds, years a world) losses."""
        return self.of(state).reshape(-1, self.per_world)


@dataclass(frozen=True)
class Detail:
    """Some years drawn again: `by_risk` (n, risks, states), `by_month` (n, 12, states), `shocks` (n, shocks)."""

    which: Ints
    by_risk: Floats
    by_month: Floats
    shocks: npt.NDArray[np.bool_]


def simulate(book: Book, years: int, seed: int) -> Years:
    """`years` years, the same number in each world of the book.

    Worlds are independent and each year is drawn from its world alone, so that means, quantiles and chances over all
    years are those of the mixture over worlds, whatever the number of years a world; only their noise grows with it.
    All states share their events: a control that acts on frequency removes some, one that acts on severity shrinks
    them, so that no year is worse with controls than without. Raises ParameterError for an uneven split.
    """
    if years < book.worlds or years % book.worlds:
        raise ParameterError(f"losses: {years} years do not split evenly over {book.worlds} readings of the register")
    per_world = years // book.worlds
    arrays = _arrays(book)
    total, mean, events, *_ = draw(seed, np.arange(years), per_world, arrays, False)
    return Years(book, arrays, seed, per_world, np.ascontiguousarray(total.T), mean, events)


def again(years: Years, which: Sequence[int] | Ints) -> Detail:
    """The years `which` once more, with all that happened in them."""
    chosen = np.asarray(which, np.int64)
    *_, by_risk, by_month, shocks = draw(years.seed, chosen, years.per_world, years.arrays, True)
    return Detail(chosen, by_risk, by_month, shocks)


def worst_years(total: Floats, level: float) -> Ints:
    """The years of the tail at `level`, the mildest of them first."""
    worst = tail_size(len(total), level)
    order = np.argpartition(total, len(total) - worst)[len(total) - worst:]
    return np.asarray(order[np.argsort(total[order], kind="stable")], np.int64)


def tail_size(years: int, level: float) -> int:
    """Years in the tail at `level`: the worst 5 % at 0.95, at least one."""
    return max(1, int(np.ceil((1 - level) * years - 1e-9)))


def value_at_risk(total: Floats, level: float) -> float:
    """The loss of the mildest year in the tail: exceeded in (1 - level) of all years."""
    worst = tail_size(len(total), level)
    return float(np.partition(total, len(total) - worst)[len(total) - worst])


def expected_shortfall(total: Floats, level: float) -> float:
    """Mean loss of the years in the tail (Acerbi & Tasche, 2002)."""
    worst = tail_size(len(total), level)
    return float(np.partition(total, len(total) - worst)[len(total) - worst:].mean())


def tail_contributions(years: Years, state: str, level: float) -> Floats:
    """(risks,) Euler contributions to expected shortfall (Tasche, 1999): each risk's mean loss in the tail years.

    They add up to the expected shortfall of the sum.
    """
    detail = again(years, worst_years(years.of(state), level))
    return np.asarray(detail.by_risk[:, :, years.book.state(state)].mean(axis=0))


def monte_carlo_range(total: Floats, level: float, z: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Simulation noise alone: (low, high) of value at risk and of expected shortfall, z standard errors wide.

    Value at risk by order statistics (binomial ranks), expected shortfall by its asymptotic variance
    (Manistre & Hancock, 2005). Years of one world count as independent, which understates the noise a little.
    """
    count, worst = len(total), tail_size(len(total), level)
    centre = count - worst
    spread = z * np.sqrt(count * level * (1 - level))
    low, high = (int(np.clip(round(centre + sign * spread), 0, count - 1)) for sign in (-1, 1))
    ordered = np.partition(total, sorted({low, centre, high}))
    beyond = ordered[centre:]
    shortfall, risk = float(beyond.mean()), float(ordered[centre])
    error = np.sqrt((float(beyond.var()) + level * (shortfall - risk) ** 2) / worst)
    return (float(ordered[low]), float(ordered[high])), (shortfall - z * float(error), shortfall + z * float(error))


def _arrays(book: Book) -> tuple[Any, ...]:
    """What the kernel reads, the world first where there is one."""
    none, latent = thresholds(book)

    def over_worlds(values: Floats) -> Floats:
        return np.ascontiguousarray(np.moveaxis(values, -1, 0))

    def plain(values: Any, kind: Any) -> Any:
        return np.ascontiguousarray(values, kind)

    return (
        plain(book.kind, np.int64), plain(book.spread, float), over_worlds(book.ordinary()), over_worlds(none),
        over_worlds(latent), plain(book.heavy, bool), over_worlds(book.scale), plain(book.shape, float),
        over_worlds(book.cap), over_worlds(np.swapaxes(book.kept, 0, 1)), over_worlds(np.swapaxes(book.left, 0, 1)),
        plain(book.group, np.int64), plain(book.loading, float), np.sqrt(1 - book.loading**2),
        plain(book.freedom, np.int64), over_worlds(book.chance), plain(book.hits, float),
        plain(book.seasonal, bool), np.cumsum(book.month_share),
    )
