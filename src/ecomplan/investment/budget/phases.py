"""Can the phases' ratios mix to the structure that the same chapter asks for? Exact, by rational arithmetic.

Three phases split their money 1:1:2, 3:4:3 and x:2:1, the digit x lost (oddities o03, o04). A mix of phases
gives the shares b = w1 p1 + w2 p2 + w3 p3. By Farkas' lemma (1902) no mix that uses the first or the last phase
gives b if some price y of the three parts values both below b, and the middle phase not above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product
from math import lcm

import pandas as pd

from ecomplan.claims import Claims

PARTS = ("technology", "people", "process")
PHASES = ("initial", "implementation", "evaluation")
DIGITS = tuple(range(1, 10))
PHASE_KEYS = (
    *(f"s0_phase_{phase}_part{part}" for phase in PHASES[:2] for part in (1, 2, 3)),
    "s0_phase_evaluation_part2", "s0_phase_evaluation_part3",
)
STRUCTURE_KEYS = ("s0_invest_share_tech", "s0_invest_share_people", "s0_invest_share_process")
PRICES = 3  # the certificates look among whole prices up to this size; the smallest found is shown
TRIED = sorted(product(range(-PRICES, PRICES + 1), repeat=3), key=lambda y: (sum(map(abs, y)), y[::-1]))

Shares = tuple[Fraction, Fraction, Fraction]


@dataclass(frozen=True)
class Mix:
    """Weights of the three phases that give the structure, or None where no mix does; `prices` prove the latter
    for every mix that spends anything in the outer phases."""

    lost: int
    order: tuple[str, ...]
    weights: tuple[Fraction, ...] | None
    prices: tuple[int, ...] | None

    @property
    def spread(self) -> bool:
        """A mix exists that spends in more than one phase."""
        return self.weights is not None and sum(weight > 0 for weight in self.weights) > 1


def shares(parts: tuple[Fraction | int, ...]) -> Shares:
    """Ratio parts as shares. Raises ValueError for parts that are negative or all zero."""
    total = sum(map(Fraction, parts), Fraction(0))
    if min(parts) < 0 or total == 0:
        raise ValueError(f"ratio {':'.join(map(str, parts))} is refused; expected parts of at least 0, one above")
    first, second, third = (Fraction(part) / total for part in parts)
    return first, second, third


def phase_shares(claims: Claims, lost: Fraction | int) -> tuple[Shares, Shares, Shares]:
    """Shares by part in the three phases with the lost digit set."""
    told = {key: Fraction(str(claims[key].value)) for key in PHASE_KEYS}
    first, second = (
        shares(tuple(told[f"s0_phase_{phase}_part{part}"] for part in (1, 2, 3))) for phase in PHASES[:2]
    )
    last = shares((lost, told["s0_phase_evaluation_part2"], told["s0_phase_evaluation_part3"]))
    return first, second, last


def structure(claims: Claims) -> Shares:
    """Technology, people and process as the chapter asks for them over the whole."""
    return shares(tuple(Fraction(str(claims[key].value)) for key in STRUCTURE_KEYS))


def mix(phases: tuple[Shares, Shares, Shares], wanted: Shares) -> tuple[Fraction, ...] | None:
    """Weights of at least 0 that add up to 1 and give `wanted`, else None.

    Shares add up to 1, so two equations are left in the two outer weights; where the three phases lie on one line,
    a mix of two of them does if any mix does.
    """
    first, middle, last = phases
    a, c, b = (tuple(point[i] - middle[i] for i in range(2)) for point in (first, last, wanted))
    det = a[0] * c[1] - a[1] * c[0]
    if det != 0:
        u, v = (b[0] * c[1] - b[1] * c[0]) / det, (a[0] * b[1] - a[1] * b[0]) / det
        return (u, 1 - u - v, v) if min(u, v, 1 - u - v) >= 0 else None
    for one, other in ((0, 2), (0, 1), (1, 2)):
        if (weight := _between(phases[one], phases[other], wanted)) is not None:
            weights = [Fraction(0)] * 3
            weights[one], weights[other] = weight, 1 - weight
            return tuple(weights)
    return None


def _between(one: Shares, other: Shares, wanted: Shares) -> Fraction | None:
    """Weight of `one` in the mix with `other` that gives `wanted`, or None."""
    apart = [i for i in range(3) if one[i] != other[i]]
    weight = (wanted[apart[0]] - other[apart[0]]) / (one[apart[0]] - other[apart[0]]) if apart else Fraction(1)
    met = all(weight * one[i] + (1 - weight) * other[i] == wanted[i] for i in range(3))
    return weight if met and 0 <= weight <= 1 else None


def certificate(phases: tuple[Shares, Shares, Shares], wanted: Shares) -> tuple[int, ...] | None:
    """Smallest whole prices y with y.p1 < y.b and y.p3 < y.b and y.p2 <= y.b, or None."""
    away = [tuple(phase[i] - wanted[i] for i in range(3)) for phase in phases]
    # over one denominator the differences are whole numbers, and so is all that follows
    scale = lcm(*(part.denominator for gap in away for part in gap))
    first, middle, last = (tuple(int(part * scale) for part in gap) for gap in away)
    for y in TRIED:
        if _worth(y, first) < 0 and _worth(y, last) < 0 and _worth(y, middle) <= 0:
            return y
    return None


def _worth(prices: tuple[int, ...], parts: tuple[int, ...]) -> int:
    return sum(price * part for price, part in zip(prices, parts, strict=True))


def mixes(claims: Claims) -> list[Mix]:
    """Every reading: nine digits, and the order of the parts (not stated, so each that differs)."""
    found, asked = [], structure(claims)
    for order in _orders(asked):
        wanted: Shares = (asked[order[0]], asked[order[1]], asked[order[2]])
        for lost in DIGITS:
            phases = phase_shares(claims, lost)
            found.append(Mix(
                lost, tuple(PARTS[i] for i in order), mix(phases, wanted), certificate(phases, wanted),
            ))
    return found


def _orders(asked: Shares) -> list[tuple[int, ...]]:
    seen, orders = set(), []
    for order in permutations(range(3)):
        if (shown := tuple(asked[i] for i in order)) not in seen:
            seen.add(shown)
            orders.append(order)
    return orders


def balanced_digit(claims: Claims) -> Fraction | None:
    """The only lost part, digit or not, with which a mix of the outer phases alone gives the structure, or None.

    The evaluation phase must lie on the ray from the initial phase through the structure, beyond it: its second and
    third part then fix 1/(x + p2 + p3), and the first gives x.
    """
    first, _, _ = phase_shares(claims, 1)
    wanted = structure(claims)
    p2, p3 = (Fraction(str(claims[f"s0_phase_evaluation_part{part}"].value)) for part in (2, 3))
    d2, d3 = wanted[1] - first[1], wanted[2] - first[2]
    # p2 u - b2 = s d2 and p3 u - b3 = s d3, with s > 0 and u = 1 / (x + p2 + p3)
    det = -p2 * d3 + p3 * d2
    if det == 0:
        return None
    u, s = (-wanted[1] * d3 + wanted[2] * d2) / det, (p2 * wanted[2] - p3 * wanted[1]) / det
    if u <= 0 or s <= 0:
        return None
    x = 1 / u - p2 - p3
    return x if x >= 0 else None


def matrix(claims: Claims) -> pd.DataFrame:
    """Category by phase: share of technology, people and process in each phase, the last one for each digit."""
    rows = []
    for name, phase in zip(PHASES[:2], phase_shares(claims, 1)[:2], strict=True):
        rows.append({"phase": name.capitalize(), **dict(zip(PARTS, map(float, phase), strict=True))})
    for lost in DIGITS:
        phase = phase_shares(claims, lost)[2]
        rows.append({"phase": f"Evaluation, lost digit {lost}", **dict(zip(PARTS, map(float, phase), strict=True))})
    rows.append({"phase": "Asked for in all", **dict(zip(PARTS, map(float, structure(claims)), strict=True))})
    return pd.DataFrame(rows)


def mixes_table(found: list[Mix]) -> pd.DataFrame:
    """One row a reading: lost digit, order of the parts, the mix that gives the structure, prices that prove none."""
    return pd.DataFrame([
        {"lost": item.lost, "order": ", ".join(item.order),
         "mix": "none" if item.weights is None else " / ".join(f"{float(100 * w):.0f} %" for w in item.weights),
         "spread": item.spread,
         "prices": "" if item.prices is None else " / ".join(map(str, item.prices))}
        for item in found
    ])


def possible(found: list[Mix]) -> int:
    """Readings for which a mix of more than one phase gives the structure."""
    return sum(item.spread for item in found)


def as_told(found: list[Mix]) -> list[Mix]:
    """The readings in the order technology, people, process."""
    return [item for item in found if item.order == PARTS]


def proof(claims: Claims, found: list[Mix]) -> str:
    """Why no mix works in the told order, in one line, from the shares themselves; `found` as `mixes` gives it."""
    asked, parts = structure(claims), []
    for digits, prices in _grouped(as_told(found)):
        cases = [phase_shares(claims, digit) for digit in digits]
        words = " + ".join(f"{price if price > 1 else ''}{PARTS[i]}" for i, price in enumerate(prices) if price > 0)
        words += "".join(f" - {PARTS[i]}" for i, price in enumerate(prices) if price < 0)
        most = max(sum(y * case[2][i] for i, y in enumerate(prices)) for case in cases)
        start = sum(y * cases[0][0][i] for i, y in enumerate(prices))
        want = sum(y * asked[i] for i, y in enumerate(prices))
        name = f"x = {digits[0]}" if len(digits) == 1 else f"x from {digits[0]} to {digits[-1]}"
        parts.append(f"{name}: {words} {_percent(start)} and {_percent(most)}, both below {_percent(want)}")
    return "; ".join(parts)


def _grouped(found: list[Mix]) -> list[tuple[list[int], tuple[int, ...]]]:
    groups: list[tuple[list[int], tuple[int, ...]]] = []
    for item in found:
        if item.prices is None:
            continue
        if groups and groups[-1][1] == item.prices:
            groups[-1][0].append(item.lost)
        else:
            groups.append(([item.lost], item.prices))
    return groups


def _percent(share: Fraction | int) -> str:
    return f"{float(100 * share):.0f} %"
