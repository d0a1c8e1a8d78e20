"""Losses as tables: tail measures, exceedance curve, risks, classes, the plan beside other sets of controls."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.estimate import Estimate
from ecomplan.risk.engine.draws import Z90
from ecomplan.risk.engine.schema import CLASSES
from ecomplan.risk.losses.ranges import around, middle
from ecomplan.risk.losses.study import LEVELS, TAIL, Exact, Study
from ecomplan.risk.losses.yearly import (
    expected_shortfall,
    monte_carlo_range,
    tail_contributions,
    value_at_risk,
)

#: finding, label, state, measure, level
TAIL_FINDINGS = (
    ("expected_loss", "Expected yearly loss, before controls", "before", "expected loss", 0.0),
    ("expected_loss_after", "Expected yearly loss, after controls", "after", "expected loss", 0.0),
    ("expected_loss_claimed", "Expected yearly loss, controls as claimed", "claimed", "expected loss", 0.0),
    ("expected_loss_best", "Expected yearly loss with the best set of controls", "best", "expected loss", 0.0),
    ("var_95", "Loss of a 1-in-20 year, before controls", "before", "value at risk", 0.95),
    ("var_95_after", "Loss of a 1-in-20 year, after controls", "after", "value at risk", 0.95),
    ("var_95_claimed", "Loss of a 1-in-20 year if every control worked as claimed", "claimed", "value at risk", 0.95),
    ("var_95_best", "Loss of a 1-in-20 year with the best set of controls", "best", "value at risk", 0.95),
    ("es_95", "Mean loss of the years beyond 1-in-20, before controls", "before", "expected shortfall", 0.95),
    ("es_95_after", "Mean loss of the years beyond 1-in-20, after controls", "after", "expected shortfall", 0.95),
    ("es_95_best", "Mean loss of the years beyond 1-in-20, best set", "best", "expected shortfall", 0.95),
    ("var_90", "Loss of a 1-in-10 year, before controls", "before", "value at risk", 0.90),
    ("var_99", "Loss of a 1-in-100 year, before controls", "before", "value at risk", 0.99),
    ("var_99_after", "Loss of a 1-in-100 year, after controls", "after", "value at risk", 0.99),
)
#: finding, label, state
CHANCE_FINDINGS = (
    ("chance_above_appetite", "Chance of a yearly loss above the appetite, before controls", "before"),
    ("chance_above_appetite_after", "Chance of a yearly loss above the appetite, after controls", "after"),
    ("chance_above_appetite_claimed", "Chance of a yearly loss above the appetite, controls as claimed", "claimed"),
    ("chance_above_appetite_best", "Chance of a yearly loss above the appetite, best set of controls", "best"),
)


def tail_table(one: Study) -> pd.DataFrame:
    """Expected loss, value at risk and expected shortfall by state, in money.

    `noise_low`/`noise_high`: simulation noise; `low`/`high`: what we do not know; both hold 80 %.
    """
    rows = []
    for state in one.years.book.states:
        total = one.years.of(state)
        noise = Z90 * float(total.std()) / np.sqrt(len(total))
        mean = float(total.mean())
        expected = around(mean, one.ranges.expected[state])
        rows.append((state, "expected loss", 0.0, mean, mean - noise, mean + noise, expected.low, expected.high))
        for k, level in enumerate(LEVELS):
            var, es = value_at_risk(total, level), expected_shortfall(total, level)
            var_noise, es_noise = monte_carlo_range(total, level, Z90)
            var_range, es_range = around(var, one.ranges.var[state][k]), around(es, one.ranges.es[state][k])
            rows.append((state, "value at risk", level, var, *var_noise, var_range.low, var_range.high))
            rows.append((state, "expected shortfall", level, es, *es_noise, es_range.low, es_range.high))
    columns = ["state", "measure", "level", "value", "noise_low", "noise_high", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def tail_row(table: pd.DataFrame, state: str, measure: str, level: float = 0.0) -> Estimate:
    """One row of `tail_table`. Raises DataError where there is none."""
    rows = table[(table["state"] == state) & (table["measure"] == measure) & np.isclose(table["level"], level)]
    if len(rows) != 1:
        raise DataError(f"table tail has {len(rows)} rows of {state}, {measure}, {level:g}; expected one")
    row = rows.iloc[0]
    return Estimate(float(row["value"]), float(row["low"]), float(row["high"]))


def exceedance_table(one: Study) -> pd.DataFrame:
    """Chance that the yearly loss exceeds each amount, by state, with the 80 % range over worlds."""
    frame = pd.DataFrame({"loss": one.amounts})
    for state in one.years.book.states:
        ordered = np.sort(one.years.of(state))
        frame[state] = 1 - np.searchsorted(ordered, one.amounts, side="right") / len(ordered)
        frame[f"{state}_low"], frame[f"{state}_high"] = np.quantile(one.ranges.curve[state], [0.1, 0.9], axis=1)
    return frame


def risk_table(one: Study) -> pd.DataFrame:
    """One row a risk, largest part of a 1-in-20 year before controls first.

    expected_* mean yearly loss in money; removed = before - after; tail_* contribution to expected shortfall at 95 %
    in money (they add up to it); tail_share of the sum before controls.
    """
    register, years = one.register, one.years
    frame = pd.DataFrame({
        "risk": [risk.id for risk in register.risks], "name": [risk.name for risk in register.risks],
        "class": [risk.risk_class for risk in register.risks], "events": years.events,
        **{f"expected_{state}": years.mean[:, c] for c, state in enumerate(years.book.states)},
    })
    frame["removed"] = frame["expected_before"] - frame["expected_after"]
    for state in ("before", "after"):
        frame[f"tail_{state}"] = tail_contributions(years, state, TAIL)
    total = float(frame["tail_before"].sum())
    frame["tail_share"] = frame["tail_before"] / total if total > 0 else 0.0
    frame = frame.sort_values(["tail_before", "risk"], ascending=[False, True], ignore_index=True)
    frame.insert(0, "number", np.arange(1, len(frame) + 1))
    return frame


def class_table(risks: pd.DataFrame) -> pd.DataFrame:
    """Risks, expected loss and part of a 1-in-20 year by class, in money and shares. No empty class."""
    sums = ["expected_before", "expected_after", "removed", "tail_before", "tail_after", "tail_share"]
    frame = risks.groupby("class").agg(risks=("risk", "size"), **{name: (name, "sum") for name in sums})
    frame = frame.reindex([name for name in CLASSES if name in frame.index]).reset_index()
    frame["risks"] = frame["risks"].astype("int64")
    return frame


def plan_table(one: Study, tail: pd.DataFrame) -> pd.DataFrame:
    """The plan's controls beside none, beside what they claim and beside the best set: money a year.

    price of the controls; expected, var_95, es_95 of the losses with low and high; cost = price + expected.
    """
    names = {"before": "No controls", "after": "The plan's, as believed", "claimed": "The plan's, as claimed",
             "best": "The best set, as believed"}
    prices = {"before": 0.0, "after": one.plan_price, "claimed": one.plan_price,
              "best": float(one.menu.price[one.menu.set_of(one.best)].sum())}
    counts = {"before": 0, "after": len(one.plan), "claimed": len(one.plan), "best": len(one.best)}
    rows = []
    for state, name in names.items():
        found = {"expected": tail_row(tail, state, "expected loss"),
                 "var_95": tail_row(tail, state, "value at risk", TAIL),
                 "es_95": tail_row(tail, state, "expected shortfall", TAIL)}
        row: dict[str, object] = {"state": state, "name": name, "controls": counts[state], "price": prices[state]}
        for key, item in found.items():
            row |= {key: item.value, f"{key}_low": item.low, f"{key}_high": item.high}
        row["cost"] = prices[state] + float(found["expected"].value or 0.0)
        rows.append(row)
    return pd.DataFrame(rows)


def dependence_table(found: list[Exact]) -> pd.DataFrame:
    """The four ways to read dependence, in money and chances."""
    frame = pd.DataFrame([asdict(item) for item in found])
    frame["adds_es_95"] = frame["es_95"] / frame["es_95"].iloc[0] - 1 if frame["es_95"].iloc[0] > 0 else 0.0
    return frame


def removed(one: Study, state: str, measure: str) -> Estimate:
    """Loss that a state takes away from `before`: expected or at 1-in-20, each world against itself."""
    before, after = one.years.of("before"), one.years.of(state)
    if measure == "expected":
        return around(float(before.mean() - after.mean()), one.ranges.expected["before"] - one.ranges.expected[state])
    k = LEVELS.index(TAIL)
    value = value_at_risk(before, TAIL) - value_at_risk(after, TAIL)
    return around(value, one.ranges.var["before"][k] - one.ranges.var[state][k])


def removed_share(one: Study, state: str) -> Estimate:
    """Part of the expected loss that a state takes away."""
    before, after = one.years.of("before").mean(), one.years.of(state).mean()
    if before <= 0:
        return Estimate(None, unknown="No risk of the register has an expected loss, so that there is none to remove")
    worlds = one.ranges.expected["before"]
    return around(float(1 - after / before), 1 - one.ranges.expected[state] / np.where(worlds > 0, worlds, 1.0))


def appetite_gate(risk: Estimate, appetite: float) -> str:
    """PASS where the whole 80 % range of the 1-in-20 loss stays within the appetite, FAIL where it lies above."""
    if risk.high is not None and risk.high <= appetite:
        return "PASS"
    return "FAIL" if risk.low is not None and risk.low > appetite else "REVIEW"


def chance_above(one: Study, state: str) -> Estimate:
    """Share of simulated years whose loss exceeds the appetite, with its range."""
    return around(float((one.years.of(state) > one.appetite).mean()), one.ranges.above[state])


def loss_free(one: Study, state: str) -> Estimate:
    """Share of simulated years without any loss, with its range."""
    return around(float((one.years.of(state) == 0).mean()), one.ranges.none[state])


def share_of_margin(one: Study, state: str) -> Estimate:
    """Expected yearly loss over the expected contribution margin, with its range."""
    low, high = middle(one.ranges.expected[state])
    return Estimate(float(one.years.of(state).mean()), low, high).scaled(1 / one.exposure.expected_margin)
