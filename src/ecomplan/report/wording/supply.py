"""The chapter on failures of supply: what stands still, what it costs, which ways out are worth their price."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n


def chapter(findings: Findings) -> Chapter:
    """Failures of supply, told to a board."""
    blocks: list[Block] = [
        *_worth(findings), *_goods(findings), *_platforms(findings), *_parcels(findings), *_machines(findings),
        *_payments(findings), *_stand_ins(findings), *_claims(),
    ]
    largest = str(findings["supply.largest_risk"].value)
    return Chapter(
        stage="supply", title="When supply fails",
        answer=(
            f"Failures of goods, parcels, payments, machines and platforms cost {n('supply.yearly_loss', 'both')} of "
            f"margin in a mean year, the largest part when {_sentence(largest)} ({n('supply.largest_loss')}); "
            f"{_paying(findings)}."
        ),
        blocks=tuple(blocks),
        limits=(
            f"The orders show no supplier, delivery, payment, outage or route. Rates and prices are judged for "
            f"{n('supply.judged_figures')} of the figures; each stands with its reason in the table of figures.",
            "Suppliers, carriers and platforms fail independently of each other here. What hits all of them at once is "
            "left to the common shocks of the register.",
            "Stock stands for typical products of a few suppliers, not for the catalogue.",
            "Stock sensors and front warehouses are stand-ins on made-up data.",
        ),
    )


def _sentence(name: str) -> str:
    """A risk's name within a sentence."""
    verbs = {
        "Supplier stands still": "a supplier stands still", "Strike of the carrier": "the carrier is on strike",
        "Spell of bad delivery": "delivery is bad for a spell", "Payment provider down": "the payment provider is down",
        "Shop down": "the shop is down", "Attack on the shop": "the shop is attacked",
        "Ranking model fails": "the ranking model fails", "Platform changes its rules": "a platform changes its rules",
    }
    return verbs.get(name, name.lower())


def _paying(findings: Findings) -> str:
    paying = findings.value("supply.controls_paying")
    if paying <= 0:
        return f"none of the {n('supply.controls')} ways out keeps more than it costs in a mean year"
    return f"{n('supply.controls_paying')} of {n('supply.controls')} ways out keep more than they cost in a mean year"


def _worth(findings: Findings) -> list[Block]:
    best = str(findings["supply.best_control"].value).lower()
    first = "Nearest to paying" if findings.value("supply.controls_paying") <= 0 else "Best of those that pay"
    return [
        Para(
            f"{first} is the {best}: its value after cost is "
            f"{n('supply.best_value', 'both')} a year, above zero with a chance of {n('supply.best_chance')}. All ways "
            f"out together cost {n('supply.all_cost')} a year, against {n('supply.yearly_loss')} of loss."
        ),
        Para(
            "A mean year is not the whole case for a way out. What it takes off a bad year is weighed in the "
            "chapter on "
            "losses, which takes its rates, losses and effects from here."
        ),
        FigureBlock("controls", (
            Column("name", "Way out"), Column("avoided", "Keeps", "money"), Column("cost", "Costs", "money"),
            Column("value", "Value", "money"), Column("chance", "Chance that it pays", "probability"),
        )),
    ]


def _goods(findings: Findings) -> list[Block]:
    pays = findings.value("supply.second_value") > 0
    stock = findings.value("supply.turns_stock") >= findings.value("supply.turns_target")
    return [
        Heading("Goods"),
        Para(
            f"With one source {n('supply.fill_one', 'both')} of demand is served from stock at once; if no supplier "
            "ever "
            f"stood still it would be {n('supply.fill_calm')}. Most shortages are ordinary ones, because demand "
            "varies. "
            f"Outages of suppliers cost {n('supply.outage_margin', 'both')} of margin a year."
        ),
        Para(
            f"A second source keeps {n('supply.second_saves')} of margin and is worth "
            f"{n('supply.second_value', 'both')} a "
            f"year after its cost"
            + (". " if pays else ", so that it does not pay. ")
            + f"Its fixed price aside, it pays up to a premium of {n('supply.second_premium', 'both')} on what is "
            f"bought from it. More safety stock lifts the service to {n('supply.fill_stock')}, with "
            f"{n('supply.turns_stock')} turns a year in place of {n('supply.turns_one')}; S3 plans "
            f"{n('supply.turns_target')}{', which that still meets' if stock else ', more than that'}."
        ),
        FigureBlock("service", (
            Column("name", "Way of buying"), Column("week", "Week", "count"), Column("fill", "Served", "share"),
            Column("fill_low", "Worst tenth", "share"),
        )),
        TableBlock(
            "policies", "Ways of buying", "The same demand, lead times and outages for all. Money a year.",
            (Column("name", "Way of buying"), Column("fill", "Served", "share"), Column("turns", "Turns", "ratio"),
             Column("lost_margin", "Margin lost", "money"), Column("cost", "Cost", "money"),
             Column("value", "Value", "money")),
        ),
    ]


def _platforms(findings: Findings) -> list[Block]:
    needed = findings["supply.routes_needed"]
    enough = (
        "No number of routes looked at keeps a shock within the accepted loss."
        if needed.value is None else
        f"To keep nine shocks in ten within {n('supply.shock_accepted')} of a year's margin, "
        f"{n('supply.routes_needed')} even routes are enough."
    )
    return [
        Heading("Platforms"),
        Para(
            f"If {n('supply.platform_share')} of sales hang on one platform, a change of its rules costs "
            f"{n('supply.shock_one', 'both')} of margin; with two routes {n('supply.shock_two', 'both')}. {enough}"
        ),
        Para(
            f"More routes make shocks smaller, not rarer: the expected loss a year goes from "
            f"{n('supply.shocks_year_one')} with one route to {n('supply.shocks_year_two')} with two, and no lower "
            "with more. A shock on the largest of the routes that S3 asks for takes "
            f"{n('supply.interruption', 'both')} "
            f"of a year's sales."
        ),
        FigureBlock("routes", (
            Column("routes", "Routes", "count"), Column("shock_even", "One shock, even", "money"),
            Column("shock_mean", "Largest route", "money"), Column("yearly_even", "A year", "money"),
        )),
    ]


def _parcels(findings: Findings) -> list[Block]:
    return [
        Heading("Parcels"),
        Para(
            f"Strikes and bad delivery hold up {n('supply.held_up', 'both')} of a year's parcels and cost "
            f"{n('supply.parcel_loss', 'both')}. A second carrier changes the parcels held up by "
            f"{n('supply.held_change', 'both')}; the document tells {n('supply.held_claim')}. In a strike a parcel "
            "waits "
            f"{n('supply.strike_hours')}, with a second carrier "
            f"{n('supply.strike_hours_two', 'both')}{_strike(findings)}"
        ),
        TableBlock(
            "delays", "Days to the door", "Simulated; the orders hold no delivery dates.",
            (Column("name", "Route"), Column("promise_days", "Promise", "days"),
             Column("median_days", "Median", "days"), Column("q90_days", "Nine in ten", "days"),
             Column("late", "Late", "share")),
        ),
    ]


def _strike(findings: Findings) -> str:
    if findings.value("supply.strike_hours_two") <= findings.value("supply.strike_claim"):
        return f", within the {n('supply.strike_claim')} of the document."
    return f": the {n('supply.strike_claim')} of the document need one that takes every parcel at once."


def _machines(findings: Findings) -> list[Block]:
    pays = findings.value("supply.standby_value") > 0
    verdict = (
        "A standby centre pays for itself." if pays else
        f"A standby centre for {n('supply.standby_price')} a year does not pay: it would from "
        f"{n('supply.standby_size')} times the sales."
    )
    return [
        Heading("Machines and models"),
        Para(
            f"One centre is down {n('supply.hours_one', 'both')} a year, with a standby "
            f"{n('supply.hours_two', 'both')}; a fault common to both is what remains. The availability that S1 tells "
            f"leaves {n('supply.hours_told')}: a year with a standby reaches it with a chance of "
            f"{n('supply.year_reached')}. A minute of downtime "
            f"costs {n('supply.minute_cost', 'both')} of margin, a year {n('supply.downtime_cost', 'both')}, because "
            f"many orders come back. {verdict}"
        ),
        TableBlock(
            "designs", "Designs of the machine room", "Down: hours a year, in the mean. Money a year.",
            (Column("name", "Design"), Column("hours_down", "Down", "count"),
             Column("lost_margin", "Margin lost", "money"), Column("price", "Price", "money"),
             Column("value", "Value", "money")),
        ),
        Para(
            "Of three ranking models one may fail. They leave the lists without a ranking "
            f"{n('supply.model_down_three', 'both')} "
            f"of the time, one alone {n('supply.model_down_one')}. Were they independent it would be "
            f"{n('supply.model_down_apart')}: models that share data fail together."
        ),
    ]


def _payments(findings: Findings) -> list[Block]:
    one, more = findings.value("supply.payment_chance_one"), findings.value("supply.payment_chance")
    return [
        Heading("Payments"),
        Para(
            f"With several channels {n('supply.payment_success', 'both')} of payments go through, with one "
            f"{n('supply.payment_one', 'both')}. S3 asks for {n('supply.payment_target')}: the chance to reach it "
            f"{'rises' if more > one else 'goes'} from {n('supply.payment_chance_one')} to "
            f"{n('supply.payment_chance')}. No channel at all works {n('supply.payment_dead', 'both')} of the time."
        ),
    ]


def _stand_ins(findings: Findings) -> list[Block]:
    needed = findings["supply.front_needed"]
    orders = (
        "couriers alone cost more than a parcel there."
        if needed.value is None else
        f"it takes {n('supply.front_needed')} orders a day for an order to cost no more than a parcel."
    )
    few = findings["supply.front_few"]
    time = (
        "No number of front warehouses looked at keeps the longer promise."
        if few.value is None else
        f"In a made-up city {n('supply.front_few')} front warehouses bring most orders within the longer promise."
    )
    return [
        Heading("Stock sensors and front warehouses, as stand-ins"),
        Para(
            f"Wrong stock records cost {n('supply.record_cost', 'both')} of margin a year in the simulation, and "
            "sensors "
            f"are worth {n('supply.sensor_value', 'both')} after their price. {time} This shop would have "
            f"{n('supply.city_orders')} orders a day there, while {orders} With as many warehouses as S3 tells, an "
            "order "
            f"would cost {n('supply.front_cost', 'both')}."
        ),
    ]


def _claims() -> list[Block]:
    return [
        Heading("What the documents tell of ways out"),
        TableBlock(
            "claimed", "Told, believed and computed",
            "The share that a way out takes away. Believed: as told, times the chance that a measure works and the "
            "part "
            "that a working one keeps. Computed: the simulation here.",
            (Column("name", "Way out"), Column("of", "Takes away of"), Column("as_told", "Told", "share"),
             Column("as_believed", "Believed", "share"), Column("as_computed", "Computed", "share")),
        ),
    ]
