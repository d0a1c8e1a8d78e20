"""Which controls are worth their price: value of each, best set, best set under a budget, all exact.

A control leaves a share of a risk's expected loss; shares multiply. What a control saves shrinks as others join it
(diminishing returns), so that its saving alone is an upper bound for its saving within any larger set. Branch and
bound rests on that (Nemhauser, Wolsey & Fisher, 1978, for the property; Land & Doig, 1960, for the method).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecomplan.errors import ParameterError
from ecomplan.risk.engine.draws import pert_mean
from ecomplan.risk.engine.entries import Register

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
MOST_NODES = 200_000


@dataclass(frozen=True)
class Menu:
    """`keep` (controls, risks): share of each risk's expected loss that a control leaves, 1 where it does not act.
    `price` (controls,): money a year. `loss` (risks,): expected yearly loss without controls."""

    names: tuple[str, ...]
    keep: Floats
    price: Floats
    loss: Floats

    def residual(self, used: Flags) -> Floats:
        """(risks,) expected loss that a set leaves."""
        return np.asarray(self.loss * self.keep[used].prod(axis=0))

    def cost(self, used: Flags) -> float:
        """Price and remaining expected loss of a set."""
        return float(self.price[used].sum() + self.residual(used).sum())

    def set_of(self, names: tuple[str, ...]) -> Flags:
        return np.isin(np.array(self.names), np.array(names, dtype=str))

    def named(self, used: Flags) -> tuple[str, ...]:
        return tuple(name for name, one in zip(self.names, used, strict=True) if one)


def menu_of(register: Register, loss: Floats, cny: float, life_years: float) -> Menu:
    """All controls of the register with what is believed of them and what they cost a year, in money.

    What is paid once is spread over `life_years`.
    """
    place = {risk.id: i for i, risk in enumerate(register.risks)}
    keep = np.ones((len(register.controls), len(place)))
    for c, (name, control) in enumerate(register.controls.items()):
        for risk in register.risks:
            if name in risk.controls:
                told = control.on(risk.id)
                believed = (register.works * register.effect_share * told.likely if control.basis == "claim"
                            else pert_mean(told.low, told.likely, told.high))
                keep[c, place[risk.id]] = 1 - believed
    price = np.array([pert_mean(*control.yearly_cost(life_years, cny)) for control in register.controls.values()])
    return Menu(tuple(register.controls), keep, price, np.asarray(loss, float))


def best_set(menu: Menu, budget: float = math.inf, cuts: Floats | None = None) -> Flags:
    """(controls,) the set with the least price plus remaining loss whose price stays within `budget`.

    `cuts` (K, risks) replaces the loss by the largest of K losses, each a sum over risks that a set scales alike.
    Raises ParameterError where the search does not end within MOST_NODES.
    """
    losses = menu.loss[None, :] if cuts is None else np.asarray(cuts, float)
    count = len(menu.names)
    if (menu.keep < 0).any() or (menu.keep > 1).any() or (menu.price < 0).any():
        raise ParameterError("controls: a share left outside 0..1 or a price below 0 is refused")
    log_keep = np.log(np.maximum(menu.keep, 1e-300))

    def value(used: Flags) -> float:
        return float(menu.price[used].sum() + (losses * menu.keep[used].prod(axis=0)).sum(axis=1).max())

    def gains(used: Flags) -> Floats:
        """(K, controls) what each control would save beside `used`."""
        return np.asarray((losses * np.exp(log_keep[used].sum(axis=0))) @ (1 - menu.keep).T)

    best, least = np.zeros(count, bool), value(np.zeros(count, bool))
    stack = [(np.zeros(count, bool), np.ones(count, bool))]
    seen = 0
    while stack:
        used, free = stack.pop()
        seen += 1
        if seen > MOST_NODES:
            raise ParameterError(f"controls: no best set found in {MOST_NODES} steps; fewer controls or a wider budget")
        spent = float(menu.price[used].sum())
        free = free & (menu.price <= budget - spent + 1e-9)
        saved = gains(used)
        free &= (saved > menu.price).any(axis=0)
        if math.isinf(budget) and len(losses) == 1:
            rest = np.array([gains(used | (free & (np.arange(count) != c)))[0, c] if free[c] else 0.0
                             for c in range(count)])
            sure = free & (rest > menu.price)
            if sure.any():  # pays even beside all the others
                stack.append((used | sure, free & ~sure))
                continue
        now = value(used)
        if now < least - 1e-9:
            best, least = used, now
        if not free.any():
            continue
        worth = np.maximum(saved - menu.price, 0) * free
        if math.isinf(budget):
            most = worth.sum(axis=1)
        else:
            most = np.array([_knapsack(one[free], menu.price[free], budget - spent) for one in worth])
        left = (losses * menu.keep[used].prod(axis=0)).sum(axis=1)
        if spent + float((left - most).max()) >= least - 1e-9:
            continue
        pick = int(np.argmax(np.where(free, worth.max(axis=0), -1.0)))
        others = free.copy()
        others[pick] = False
        chosen = used.copy()
        chosen[pick] = True
        stack += [(used, others), (chosen, others)]
    return best


def _knapsack(worth: Floats, price: Floats, budget: float) -> float:
    """Upper bound of the worth that a budget buys: the last control in part (Dantzig, 1957)."""
    order = np.argsort(-worth / np.maximum(price, 1e-12))
    paid = np.cumsum(price[order])
    part = np.clip((budget - (paid - price[order])) / np.maximum(price[order], 1e-12), 0, 1)
    return float(part @ worth[order])


def best_with_tail(menu: Menu, years: Floats, level: float, weight: float, rounds: int = 40) -> Flags:
    """The set with the least price + expected loss + `weight` x expected shortfall at `level`.

    `years` (n, risks): losses of simulated years without controls, which a set scales by what it leaves on average.
    Expected shortfall is the largest mean over any n (1 - level) years, so every set of years is a cut from below
    (Rockafellar & Uryasev, 2000); cuts are added until the best set's own worst years are among them.
    """
    size = max(1, math.ceil((1 - level) * len(years) - 1e-9))
    cuts: list[Floats] = []
    used = np.zeros(len(menu.names), bool)
    for _ in range(rounds):
        total = years @ menu.keep[used].prod(axis=0)
        worst = np.argpartition(total, len(total) - size)[len(total) - size:]
        cut = menu.loss + weight * years[worst].mean(axis=0)
        scale = menu.keep[used].prod(axis=0)
        if cuts and cut @ scale <= max(float(one @ scale) for one in cuts) + 1e-9 * float(cut @ scale):
            return used
        cuts.append(cut)
        used = best_set(menu, cuts=np.array(cuts))
    return used


def shapley(menu: Menu, used: Flags) -> Floats:
    """(controls,) what each control of a set saves, averaged over all orders of adding them (Shapley, 1953).

    The parts add up to what the set saves; 0 for a control outside it.
    """
    out = np.zeros(len(menu.names))
    for i, loss in enumerate(menu.loss):
        acting = [c for c in np.flatnonzero(used) if menu.keep[c, i] < 1]
        m = len(acting)
        for c in acting:
            others = [other for other in acting if other != c]
            for size in range(m):
                weight = math.factorial(size) * math.factorial(m - size - 1) / math.factorial(m)
                for some in itertools.combinations(others, size):
                    out[c] += weight * loss * float(np.prod(menu.keep[list(some), i])) * (1 - menu.keep[c, i])
    return out


def last_in(menu: Menu, used: Flags) -> Floats:
    """(controls,) what each control saves beside the set: lost if one of it is removed, gained if one joins."""
    out = np.zeros(len(menu.names))
    for c in range(len(menu.names)):
        others = used.copy()
        others[c] = False
        out[c] = float((menu.residual(others) * (1 - menu.keep[c])).sum())
    return out


def cheaper(menu: Menu, names: tuple[str, ...], share: float) -> Menu:
    """The same with the price of some controls multiplied by `share`."""
    return replace(menu, price=np.where(menu.set_of(names), menu.price * share, menu.price))
