"""How the documents' claims on growth and referral stand."""

from __future__ import annotations

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.investment.dynamics import goals

ORDER = "s1_feedback_loop_order"


def readings(claims: Claims, table: pd.DataFrame, most: float, shared: Estimate, reward: float) -> list[Reading]:
    """`table` from `goals.needed`; `shared` from `goals.shared_orders`; `reward`: its median over acquisition cost."""
    def needs(key: str) -> str:
        found = goals.of(table, key, most)
        return ("cannot be reached with the people there are" if found.value is None else
                f"takes {found.value:.2f} customers brought by each newcomer")

    rows = [Reading(ORDER, "prior", "Read as three stocks in a ring (on the way, active, inviting), with delays of "
                    "third order for arrival and for being new.")]
    rows += [
        Reading(key, "tested", f"No invitation is recorded. Within the months simulated, with a reward of {reward:.0%} "
                f"of the cost, it {needs(key)}; chance under the assumed range {goals.chance(table, key):.0%}.",
                "not testable", evidence="simulated") for key in goals.CAC
    ]
    value, falls = shared.value or 0.0, goals.of(table, goals.CAC[0], most).value
    side = "; the falls told of ask for more" if falls is None or value < falls else ""
    rows.append(Reading(
        goals.SHARED, "tested", f"No shared order is recorded. If every order were shared, it stands for {value:.2f} "
        f"customers brought by each newcomer at the costs told{side}.", "not testable", evidence="simulated"))
    rows += [
        Reading(key, "tested", f"{text}, it {needs(key)}; chance {goals.chance(table, key):.0%}.", "not testable",
                evidence="simulated")
        for key, text in (
            (goals.NETWORK, "Users read as new and active customers, after the months simulated"),
            (goals.INVITE, "Read as new customers won over the months simulated, against no programme"),
        )
    ]
    rows += [
        Reading(key, "target", text, observed=Estimate(goals.chance(table, key)), evidence="simulated")
        for key, text in (
            (goals.USERS, "Chance with a programme of invitations that new and active customers grow that much a year "
                          "over the months simulated."),
            (goals.PREMIUM, "Chance that a programme adds that many points a year to the growth without one."),
            (goals.DAILY, "Chance of so many new customers a day in the last year simulated: a goal of a shop of "
                          "another size."),
            (goals.PAID, "Read as the share of new customers who were not invited; chance that it is kept."),
        )
    ]
    rows += [Reading(key, "prior", "A cost of winning a customer that turns a saving an order into customers brought.")
             for key in goals.COSTS]
    return rows
