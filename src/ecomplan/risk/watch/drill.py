"""What explains a change between two months: exact contributions by cell and by factor, and the fewest causes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.estimate import Estimate
from ecomplan.params.watching import Watch
from ecomplan.risk.watch.cube import DIMENSIONS, Cube
from ecomplan.risk.watch.rates import share

Array = NDArray[np.float64]
YEAR = 12
#: least part of the change that one element must explain to be named
LEAST_PART = 0.1
#: first step to look into, by the factor that moved most
STEPS = {
    "orders": "look at traffic, stops of the shop and rivals' offers", "order value": "look at what large orders held",
    "items an order": "look at stock and at quantity discounts", "price an item": "look at promotions and the mix",
    "returns": "look at deliveries and quality of what came back",
}


def log_mean(after: Array, before: Array) -> Array:
    """Logarithmic mean of two positive numbers, their common value where they are equal."""
    equal = np.isclose(after, before, rtol=1e-12, atol=0)
    safe = np.where(equal, before * np.e, after)
    return np.asarray(np.where(equal, after, (safe - before) / np.log(safe / before)))


def factor_shares(before: list[float], after: list[float]) -> list[float] | None:
    """Parts of the change of a product by factor: log-mean Divisia (Ang 2004); they add up exactly.

    None where a factor is not above zero, so that it has no logarithm.
    """
    if min(*before, *after) <= 0:
        return None
    weight = float(log_mean(np.array(np.prod(after)), np.array(np.prod(before))))
    return [weight * float(np.log(now / then)) for then, now in zip(before, after, strict=True)]


def factor_table(cube: Cube, then: int, now: int) -> pd.DataFrame:
    """Net sales as orders x items an order x price an item x share not returned: factor, before, after, contribution.

    Empty where a factor is zero in one of the months.
    """
    factors = [_factors(cube, at) for at in (then, now)]
    parts = factor_shares(factors[0], factors[1])
    columns = ["factor", "before", "after", "contribution", "look"]
    if parts is None:
        return pd.DataFrame(columns=columns)
    names = ("orders", "items an order", "price an item", "returns")
    return pd.DataFrame([
        {"factor": name, "before": a, "after": b, "contribution": part, "look": STEPS[name]}
        for name, a, b, part in zip(names, factors[0], factors[1], parts, strict=True)
    ], columns=columns)


def _factors(cube: Cube, at: int) -> list[float]:
    orders, items = float(cube.orders[at].sum()), float(cube.items[at].sum())
    sales, net = float(cube.sales[at].sum()), float(cube.net[at].sum())
    return [orders, items / max(orders, 1.0), sales / max(items, 1e-9), net / max(sales, 1e-9)]


def largest_drop(cube: Cube) -> tuple[int, int] | None:
    """(month a year before, month) with the greatest relative fall of net sales, or the least rise; None if short."""
    total = cube.net.sum(axis=(1, 2, 3))
    if len(total) <= YEAR or not (total[:-YEAR] > 0).any():
        return None
    ratio = np.where(total[:-YEAR] > 0, total[YEAR:] / np.maximum(total[:-YEAR], 1e-9), np.inf)
    at = int(np.argmin(ratio))
    return at, at + YEAR


def surprise(expected: Array, actual: Array) -> Array:
    """Each element's part of the Jensen-Shannon divergence between expected and actual shares (Bhagwan et al. 2014)."""
    p, q = expected / max(expected.sum(), 1e-12), actual / max(actual.sum(), 1e-12)
    p, q = np.maximum(p, 1e-12), np.maximum(q, 1e-12)
    return np.asarray(0.5 * (p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))))


@dataclass(frozen=True)
class Cause:
    """Elements of one dimension that explain the change together."""

    dimension: int
    elements: tuple[int, ...]
    explained: float  # part of the change
    surprise: float


def causes(before: Array, after: Array, wanted: float) -> list[Cause]:
    """For each dimension the most surprising elements that explain `wanted` of the change, best dimension first.

    Shares, not levels, are compared, so that growth common to all elements surprises nowhere. A dimension with one
    element explains nothing.
    """
    change = float(after.sum() - before.sum())
    out = []
    for dimension in range(before.ndim):
        if before.shape[dimension] < 2 or change == 0:
            continue
        others = tuple(axis for axis in range(before.ndim) if axis != dimension)
        then, now = before.sum(axis=others), after.sum(axis=others)
        part = (now - then) / change
        odd = surprise(np.maximum(then, 0), np.maximum(now, 0))
        chosen: list[int] = []
        for element in np.argsort(-odd, kind="stable"):
            if part[element] >= LEAST_PART:
                chosen.append(int(element))
                if part[chosen].sum() >= wanted:
                    break
        if chosen:
            out.append(Cause(dimension, tuple(chosen), float(part[chosen].sum()), float(odd[chosen].sum())))
    enough = [cause for cause in out if cause.explained >= wanted] or out
    return sorted(enough, key=lambda cause: (-cause.surprise / len(cause.elements), cause.dimension))


def element_table(cube: Cube, then: int, now: int) -> pd.DataFrame:
    """Every element of every dimension: before, after, contribution (adds up within a dimension), part, surprise."""
    before, after = cube.net[then], cube.net[now]
    change = float(after.sum() - before.sum())
    rows = []
    for dimension, names in enumerate(cube.names):
        others = tuple(axis for axis in range(3) if axis != dimension)
        a, b = before.sum(axis=others), after.sum(axis=others)
        odd = surprise(np.maximum(a, 0), np.maximum(b, 0))
        for place, name in enumerate(names):
            rows.append({
                "dimension": DIMENSIONS[dimension], "element": name, "before": a[place], "after": b[place],
                "contribution": b[place] - a[place],
                "part": (b[place] - a[place]) / change if change else 0.0, "surprise": odd[place],
            })
    return pd.DataFrame(rows)


def path_table(cube: Cube, then: int, now: int, wanted: float) -> pd.DataFrame:
    """The drill: at each level the dimension that explains most surprisingly, and its elements; then within them."""
    before, after = cube.net[then], cube.net[now]
    whole = float(after.sum() - before.sum())
    left, rows = [0, 1, 2], []
    index: list[list[int]] = [list(range(len(names))) for names in cube.names]
    for level in range(1, 4):
        a, b = before[np.ix_(*index)], after[np.ix_(*index)]
        found = [cause for cause in causes(a, b, wanted)
                 if cause.dimension in left and len(cause.elements) < len(index[cause.dimension])]
        if not found or whole == 0:
            break
        best = found[0]
        names = [cube.names[best.dimension][index[best.dimension][element]] for element in best.elements]
        index[best.dimension] = [index[best.dimension][element] for element in best.elements]
        left.remove(best.dimension)
        held = float(after[np.ix_(*index)].sum() - before[np.ix_(*index)].sum())
        rows.append({"level": level, "dimension": DIMENSIONS[best.dimension], "elements": ", ".join(names),
                     "contribution": held, "part": held / whole})
    return pd.DataFrame(rows, columns=["level", "dimension", "elements", "contribution", "part"])


def leaf_table(cube: Cube, then: int, now: int, wanted: float, most: int = 6) -> pd.DataFrame:
    """The fewest cells that explain `wanted` of the change (at most `most`), the rest of them, and both months.

    Columns: name, start, end, amount, kind (total, leaf, rest). The steps add up to the later month exactly.
    """
    before, after = cube.net[then], cube.net[now]
    move = (after - before).ravel()
    change = float(move.sum())
    order = np.argsort(move * np.sign(change) * -1, kind="stable")
    reached = np.cumsum(move[order]) / change if change else np.ones(len(order))
    number = min(int(np.argmax(reached >= wanted)) + 1 if (reached >= wanted).any() else most, most, len(order))
    rows = [{"name": str(cube.months[then]), "start": 0.0, "end": float(before.sum()), "kind": "total"}]
    at = float(before.sum())
    shape = before.shape
    for cell in order[:number]:
        place = np.unravel_index(cell, shape)
        name = ", ".join(cube.names[axis][int(k)] for axis, k in enumerate(place) if shape[axis] > 1)
        rows.append({"name": name or "all sales", "start": at, "end": at + move[cell], "kind": "leaf"})
        at += float(move[cell])
    rows.append({"name": "all other cells", "start": at, "end": float(after.sum()), "kind": "rest"})
    rows.append({"name": str(cube.months[now]), "start": 0.0, "end": float(after.sum()), "kind": "total"})
    frame = pd.DataFrame(rows)
    return frame.assign(amount=np.where(frame["kind"] == "total", frame["end"], frame["end"] - frame["start"]))


def planted_rate(cube: Cube, p: Watch, rng: np.random.Generator) -> tuple[Estimate, Estimate]:
    """(share of planted causes named first, share that chance would name).

    Each trial takes a month with its year before, cuts one random element of one random dimension by 50 to 90 %, and
    asks the drill for the one cause. The pair's own moves stay in, as they would on a real day.
    """
    why = "The history is too short, or no dimension has two elements"
    pairs = [(at, at + YEAR) for at in range(len(cube.months) - YEAR)]
    open_to = [axis for axis in range(3) if len(cube.names[axis]) > 1]
    if not pairs or not open_to:
        return Estimate(None, unknown=why), Estimate(None, unknown=why)
    hits, blind, tried = 0.0, 0.0, 0
    choices = sum(len(cube.names[axis]) for axis in open_to)
    net = cube.net
    for _ in range(p.drill_trials):
        then, now = pairs[int(rng.integers(len(pairs)))]
        axis = open_to[int(rng.integers(len(open_to)))]
        element = int(rng.integers(len(cube.names[axis])))
        before = net[then]
        # the later month at the earlier one's level: a drop is a drop against what was expected
        after = net[now] * before.sum() / max(float(net[now].sum()), 1e-9)
        where = (slice(None),) * axis + (element,)
        after[where] *= 1 - rng.uniform(0.5, 0.9)
        if before[where].sum() < 0.05 * before.sum():
            continue  # too small to cause a drop worth a search
        tried += 1
        found = causes(before, after, p.drill_explained)
        hits += bool(found) and found[0].dimension == axis and element in found[0].elements
        blind += 1 / choices
    return share(hits, tried, why), share(blind, tried, why) if tried else Estimate(None, unknown=why)


def told_elements(path: pd.DataFrame) -> str:
    """The drill's path in words."""
    return "; ".join(chain(f"{row.dimension}: {row.elements}" for row in path.itertuples(index=False))) or "none"
