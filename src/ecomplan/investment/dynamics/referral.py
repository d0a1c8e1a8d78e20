"""Traffic, retention and referral as one system of customers, and what its rates imply.

People who could be customers come by themselves or by invitation; an invitation takes a third-order delay from being
sent to the first order. A new customer stays new for a third-order delay, then orders again or falls asleep. Active
customers fall asleep, sleepers wake or are lost, some active ones invite for a while. The lost become reachable again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from ecomplan.errors import ParameterError
from ecomplan.investment.dynamics.network import Floats, Flow, Network, delay

INVITED = ("invited 1", "invited 2", "invited 3")
NEW = ("new 1", "new 2", "new 3")
ORDER = len(INVITED)
#: who ordered lately
CUSTOMERS = (*NEW, "active", "inviting")
ARRIVALS = ("own", "arrival")
SEASONAL = {"own": "entry", "lapse": "lapse", "lapse of inviting": "lapse", "revival": "revival"}


def network(bounded: bool = True) -> Network:
    """The system. Unbounded, people come from outside at the rate that an untouched pool would give."""
    pool = "potential" if bounded else None
    return Network(
        ((pool,) if pool else ()) + (*INVITED, *NEW, "active", "inviting", "dormant", "lost"),
        (
            Flow("own", pool, NEW[0]),
            *delay("invitation", pool, INVITED, by="inviting"), Flow("arrival", INVITED[-1], NEW[0]),
            *(Flow(f"new, stage {i + 1}", NEW[i], NEW[i + 1]) for i in range(ORDER - 1)),
            Flow("second order", NEW[-1], "active"), Flow("no second order", NEW[-1], "dormant"),
            Flow("lapse", "active", "dormant"), Flow("lapse of inviting", "inviting", "dormant"),
            Flow("revival", "dormant", "active"), Flow("loss", "dormant", "lost"),
            Flow("starts inviting", "active", "inviting"), Flow("stops inviting", "inviting", "active"),
            Flow("renewal", "lost", pool),
        ),
    )


@dataclass(frozen=True)
class Rates:
    """Parameters of n runs, each [n] (or a number); rates a month, times in months, people in customers."""

    capacity: Floats  # people who could ever be customers, customers included; infinite: unbounded
    entry: Floats  # new customers a month who come by themselves while nobody is a customer yet
    k: Floats  # new customers that a new customer brings over a life by invitation, while nobody is a customer yet
    cycle_months: Floats  # mean time from invitation to first order
    new_months: Floats  # time as a new customer
    second_order: Floats  # share of new customers who go on ordering
    lapse: Floats  # rate at which active customers fall asleep
    revival: Floats  # rate at which sleepers wake
    loss: Floats  # rate at which sleepers are lost
    start_inviting: Floats  # rate at which active customers begin to invite
    inviting_months: Floats  # mean time that they go on
    renewal_months: Floats  # mean time until the lost are reachable again

    def __len__(self) -> int:
        return len(np.atleast_1d(self.k))

    def checked(self, horizon_months: int) -> Rates:
        """The same, broadcast to [n]. Raises ParameterError naming the parameter, its value and what was expected."""
        names = [field.name for field in fields(self)]
        given = (np.atleast_1d(np.asarray(getattr(self, name), float)) for name in names)
        values = dict(zip(names, np.broadcast_arrays(*given), strict=True))
        for name, value in values.items():
            most = np.inf
            if name == "second_order":
                most = 1.0
            if name in ("cycle_months", "new_months", "inviting_months"):
                most = float(horizon_months)
            wrong = np.isnan(value) | (value < 0) | (value > most)
            if name in ("capacity", "lapse", "loss", "cycle_months", "new_months", "inviting_months", "renewal_months"):
                wrong |= value == 0
            if wrong.any():
                what = "above 0" if value[wrong][0] == 0 else f"from 0 to {most:g}"
                why = " (a delay may not exceed the months simulated)" if 1 < most < np.inf else ""
                raise ParameterError(f"dynamics: {name} = {value[wrong][0]:g} is refused; expected a number "
                                     f"{what}{why}")
        return Rates(**values)

    def with_(self, **changes: npt.ArrayLike) -> Rates:
        return replace(self, **changes)  # type: ignore[arg-type]

    def at(self, rows: npt.NDArray[np.int64] | slice) -> Rates:
        """Some of the runs."""
        return Rates(**{field.name: np.atleast_1d(getattr(self, field.name))[rows] for field in fields(self)})

    @property
    def returns(self) -> Floats:
        """Chance that a sleeper wakes."""
        return np.asarray(self.revival / (self.revival + self.loss))

    @property
    def spells(self) -> Floats:
        """Spells as an active customer in a customer's life."""
        return np.asarray((self.second_order + self.returns * (1 - self.second_order)) / (1 - self.returns))

    @property
    def inviting_time(self) -> Floats:
        """Months of inviting in a customer's life."""
        spell = self.start_inviting / (self.lapse * (self.lapse + self.start_inviting + 1 / self.inviting_months))
        return np.asarray(self.spells * spell)

    @property
    def invitations(self) -> Floats:
        """Invitations a month that become customers, of one who invites; makes `k`. 0 where nobody ever invites."""
        time = np.asarray(self.inviting_time)
        return np.asarray(np.where(time > 0, self.k / np.where(time > 0, time, 1.0), 0.0))

    @property
    def life_months(self) -> Floats:
        """Mean time from the first order until reachable again."""
        asleep = (1 - self.second_order + self.spells) / (self.revival + self.loss)
        return np.asarray(self.new_months + self.spells / self.lapse + asleep + self.renewal_months)


def coefficients(rates: Rates, system: Network) -> Floats:
    """Coefficients [n, F] of the flows."""
    n = len(rates)
    bounded = "potential" in system.stocks
    pool = rates.capacity if bounded else np.ones(n)
    stage, new = ORDER / rates.cycle_months, ORDER / rates.new_months
    known = {
        "own": rates.entry / pool, "invitation": rates.invitations / pool,
        "invitation, stage 1": stage, "invitation, stage 2": stage, "arrival": stage,
        "new, stage 1": new, "new, stage 2": new, "second order": new * rates.second_order,
        "no second order": new * (1 - rates.second_order), "lapse": rates.lapse, "lapse of inviting": rates.lapse,
        "revival": rates.revival, "loss": rates.loss, "starts inviting": rates.start_inviting,
        "stops inviting": 1 / rates.inviting_months, "renewal": 1 / rates.renewal_months,
    }
    return np.column_stack([np.broadcast_to(known[flow.name], n) for flow in system.flows])


@dataclass(frozen=True)
class Start:
    """Customers by state at the start."""

    new: float
    active: float
    dormant: float

    @property
    def known(self) -> float:
        return self.new + self.active + self.dormant


def start_stocks(begin: Start, lost: Floats, rates: Rates, system: Network) -> Floats:
    """Stocks [n, S] at the start; `lost` [n] of the dormant are taken as lost.

    Raises ParameterError where the capacity lies below the customers there are.
    """
    n = len(rates)
    out = np.zeros((n, len(system.stocks)))
    for name in NEW:
        out[:, system.stock(name)] = begin.new / ORDER
    out[:, system.stock("active")] = begin.active
    out[:, system.stock("dormant")] = begin.dormant - lost
    out[:, system.stock("lost")] = lost
    if "potential" in system.stocks:
        left = rates.capacity - begin.known
        if (left < 0).any():
            raise ParameterError(f"dynamics: a capacity of {float(np.min(rates.capacity)):,.0f} people lies below the "
                                 f"{begin.known:,.0f} customers that there are; expected at least as many")
        out[:, system.stock("potential")] = left
    return out
