"""What the simulation and the exact aggregation both read: risks, shocks and groups as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from ecomplan.errors import ParameterError
from ecomplan.risk.engine.entries import Register
from ecomplan.risk.engine.exposure import Exposure
from ecomplan.risk.engine.severities import mean_loss
from ecomplan.risk.engine.worlds import STATES, Worlds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POISSON, NEGATIVE_BINOMIAL, ONCE = 0, 1, 2
KINDS = {"poisson": POISSON, "negative_binomial": NEGATIVE_BINOMIAL, "once": ONCE}
MOST_EVENTS = 400.0  # expected events a year of one risk; above, the chance of no event leaves double precision


@dataclass(frozen=True)
class Book:
    """R risks in W readings of what is not known; C states of control, S shocks, G groups.

    `kind` (R,): POISSON, NEGATIVE_BINOMIAL or ONCE. `spread` (R,): variance over mean of the yearly count.
    `rates` (R, W): expected events of a year, shocks included. `heavy` (R,): Pareto, else lognormal. `scale` (R, W):
    median of a lognormal, minimum of a Pareto, money. `shape` (R,): deviation of the log, or tail index. `cap`
    (R, W): most that one event costs, inf where nothing bounds it. `kept`, `left` (C, R, W): share of the events and
    of each loss that a state leaves; state 0 leaves all. `group` (R,): index of the group or -1; `loading` (R,):
    correlation with the group's factor; `freedom` (G,): degrees of freedom of a t copula, 0 for a Gaussian one.
    `chance` (S, W) and `hits` (S, R): chance of a shock in a year, and its multiplier on expected events.
    `seasonal` (R,): follows `month_share` (12,), else any month alike.
    """

    names: tuple[str, ...]
    states: tuple[str, ...]
    kind: Ints
    spread: Floats
    rates: Floats
    heavy: npt.NDArray[np.bool_]
    scale: Floats
    shape: Floats
    cap: Floats
    kept: Floats
    left: Floats
    group: Ints
    loading: Floats
    freedom: Ints
    chance: Floats
    hits: Floats
    seasonal: npt.NDArray[np.bool_]
    month_share: Floats

    def __post_init__(self) -> None:
        for name, values, least, most in (
            ("events a year", self.rates, 0.0, MOST_EVENTS), ("share of events left", self.kept, 0.0, 1.0),
            ("share of a loss left", self.left, 0.0, 1.0), ("multiplier of a shock", self.hits, 0.0, 1e3),
            ("chance of a shock", self.chance, 0.0, 1.0), ("loading on a factor", self.loading, -1.0, 1.0),
        ):
            bad = ~((values >= least) & (values <= most))
            if bad.any():
                at = [int(place[0]) for place in np.nonzero(bad)]
                raise ParameterError(
                    f"losses: {name} at {at} is {values[tuple(at)]:g}; expected {least:g} to {most:g}"
                )
        once = (self.kind == ONCE)[:, None] & (self.rates > 1)
        if once.any():
            name = self.names[int(np.nonzero(once)[0][0])]
            raise ParameterError(f"losses: risk {name} happens once a year at most, its chance is above 1")
        endless = self.heavy & (self.shape <= 1) & np.isinf(self.cap).any(axis=1)
        if endless.any():
            name = self.names[int(np.flatnonzero(endless)[0])]
            raise ParameterError(
                f"losses: risk {name} has a severity without a finite mean; set at_most to truncate it"
            )

    @property
    def risks(self) -> int:
        return len(self.names)

    @property
    def worlds(self) -> int:
        return int(self.rates.shape[1])

    def state(self, name: str) -> int:
        return self.states.index(name)

    def ordinary(self) -> Floats:
        """(R, W) expected events of a year without shock: `rates` is the mean over years with and without."""
        lift = np.ones_like(self.rates)
        for chance, hits in zip(self.chance, self.hits, strict=True):
            lift *= 1 + chance[None, :] * (hits[:, None] - 1)
        return np.asarray(self.rates / lift)

    def mean_loss(self) -> Floats:
        """(R, W) mean loss of one event before controls, what lies above `cap` counted as `cap`."""
        alphas = np.where(self.heavy, self.shape, 0.0)[:, None]
        medians = self.scale * np.where(self.heavy, 2 ** (1 / np.maximum(self.shape, 1e-9)), 1.0)[:, None]
        return mean_loss(medians, np.where(self.heavy, 0.0, self.shape)[:, None], alphas, self.cap)

    def expected(self) -> Floats:
        """(C, R, W) expected yearly loss."""
        return np.asarray(self.rates * self.mean_loss() * self.kept * self.left)

    def only(self, worlds: slice) -> Book:
        """The same with some of its worlds."""
        return replace(self, rates=self.rates[:, worlds], scale=self.scale[:, worlds], cap=self.cap[:, worlds],
                       kept=self.kept[:, :, worlds], left=self.left[:, :, worlds], chance=self.chance[:, worlds])

    def apart(self) -> Book:
        """The same without groups and shocks: every risk by itself, expected events unchanged."""
        return replace(self, group=np.full(self.risks, -1), loading=np.zeros(self.risks),
                       freedom=np.zeros(0, np.int64), chance=self.chance[:0], hits=self.hits[:0])


def chance_of_none(kind: Ints, spread: Floats, events: Floats) -> Floats:
    """(R, W) chance of a year without the event."""
    excess = np.where(kind == NEGATIVE_BINOMIAL, spread - 1, 1.0)[:, None]
    poisson, negative = np.exp(-events), np.exp(-np.log1p(excess) * events / excess)
    none = np.where((kind == NEGATIVE_BINOMIAL)[:, None], negative, poisson)
    return np.where((kind == ONCE)[:, None], 1 - np.minimum(events, 1.0), none)


def latent_at(below: Floats, free: int) -> Floats:
    """Quantiles of the latent variable: Student's t of `free` degrees of freedom, normal for 0."""
    inner = np.clip(below, 1e-300, 1 - 1e-16)
    value = stdtrit(free, inner) if free else ndtri(inner)
    return np.where(below <= 0, -np.inf, np.where(below >= 1, np.inf, value))


def thresholds(book: Book) -> tuple[Floats, Floats]:
    """(R, W) chance of no event in a year without shock, and the latent value up to which there is none."""
    none = chance_of_none(book.kind, book.spread, book.ordinary())
    latent = np.full_like(none, np.inf)
    for i in np.flatnonzero(book.group >= 0):
        free = int(book.freedom[book.group[i]])
        latent[i] = latent_at(none[i], free)
    return none, latent


def book_of(register: Register, worlds: Worlds, exposure: Exposure, **chosen: Worlds) -> Book:
    """The drawn register as a book with states before, after and claimed; each of `chosen`, the same worlds with
    other controls in place, adds a state of its name. Raises ParameterError for a t copula with broken freedom."""
    group, loading = np.full(len(register.risks), -1), np.zeros(len(register.risks))
    freedom = np.zeros(len(register.groups), np.int64)
    place = {risk.id: i for i, risk in enumerate(register.risks)}
    for g, item in enumerate(register.groups):
        for name in item.risks:
            # below 0: the first risk of the group against the others
            group[place[name]] = g
            loading[place[name]] = np.sqrt(abs(item.rho)) * (1 if name == item.risks[0] else np.sign(item.rho))
        if item.kind == "t":
            free = float(item.degrees_of_freedom or 0)
            if free < 1 or free != round(free):
                raise ParameterError(f"group {item.id}: degrees_of_freedom = {free:g} is refused; expected 1, 2, 3 ...")
            freedom[g] = round(free)
    heavy = worlds.alphas > 0
    kinds = np.where(worlds.once, ONCE, np.where(worlds.dispersions > 1, NEGATIVE_BINOMIAL, POISSON))
    halved = np.where(heavy, 2 ** (-1 / np.where(heavy, worlds.alphas, 1.0)), 1.0)
    return Book(
        names=tuple(risk.id for risk in register.risks), states=(*STATES, *chosen),
        kind=kinds.astype(np.int64), spread=worlds.dispersions, rates=worlds.rates, heavy=heavy,
        scale=worlds.medians * halved[:, None], shape=np.where(heavy, worlds.alphas, worlds.sigmas), cap=worlds.most,
        kept=np.stack([worlds.kept[name] for name in STATES] + [item.kept["after"] for item in chosen.values()]),
        left=np.stack([worlds.left[name] for name in STATES] + [item.left["after"] for item in chosen.values()]),
        group=group, loading=loading, freedom=freedom, chance=worlds.shock_chances, hits=worlds.hits,
        seasonal=np.array([risk.season == "sales" for risk in register.risks]), month_share=exposure.month_share,
    )
