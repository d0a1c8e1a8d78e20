"""Losses as tables: by risk, tail measures, exceedance curve, matrix levels, heat map, gate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.risk.losses.yearly import (
    YearlyLosses,
    expected_shortfall,
    monte_carlo_range,
    tail_contributions,
    value_at_risk,
)
from ecomplan.risk.losses.ranges import WorldMeasures, middle
from ecomplan.risk.engine.register import CLASSES, Z90, Register
from ecomplan.risk.engine.worlds import STATES, Exposure, Floats, Worlds

LEVELS = (0.90, 0.95, 0.99)
LEVEL_NAMES = ("low", "medium", "high")
TAIL = 0.95  # the 1-in-20 year


#: finding, label, state, measure, level
TAIL_FINDINGS = (
    ("expected_loss", "Expected yearly loss, before controls", "before", "expected loss", 0.0),
    ("expected_loss_after", "Expected yearly loss, after controls", "after", "expected loss", 0.0),
    ("var_95", "Loss of a 1-in-20 year, before controls", "before", "value at risk", 0.95),
    ("var_95_after", "Loss of a 1-in-20 year, after controls", "after", "value at risk", 0.95),
    ("var_95_claimed", "Loss of a 1-in-20 year if every control worked as claimed", "claimed", "value at risk", 0.95),
    ("es_95", "Mean loss of the years beyond 1-in-20, before controls", "before", "expected shortfall", 0.95),
    ("es_95_after", "Mean loss of the years beyond 1-in-20, after controls", "after", "expected shortfall", 0.95),
    ("var_90", "Loss of a 1-in-10 year, before controls", "before", "value at risk", 0.90),
    ("var_99", "Loss of a 1-in-100 year, before controls", "before", "value at risk", 0.99),
    ("var_99_after", "Loss of a 1-in-100 year, after controls", "after", "value at risk", 0.99),
)
#: finding, label, state
CHANCE_FINDINGS = (
    ("chance_above_appetite", "Chance of a yearly loss above the appetite, before controls", "before"),
    ("chance_above_appetite_after", "Chance of a yearly loss above the appetite, after controls", "after"),
    ("chance_above_appetite_claimed", "Chance of a yearly loss above the appetite, controls as claimed", "claimed"),
)


def grid_top(losses: YearlyLosses) -> float:
    """End of the grid for exact aggregation: far beyond the 1-in-1000 year, so that nothing that counts is cut."""
    return max(4 * value_at_risk(losses.total["before"], 0.999), 1.0)


def register_table(register: Register, worlds: Worlds) -> pd.DataFrame:
    """One row a risk: who, why, how often (events a year), how large (money, 10 % and 90 % points), on what ground."""
    centre = np.median(worlds.medians, axis=1)
    span = np.exp(Z90 * worlds.sigmas)
    return pd.DataFrame([
        {"risk": risk.id, "name": risk.name, "class": risk.risk_class, "owner_role": risk.owner_role,
         "cause": risk.cause, "trigger": risk.trigger, "rate_low": risk.rate[0], "rate_likely": risk.rate[1],
         "rate_high": risk.rate[2], "rate_source": risk.rate_source, "loss_low": centre[i] / span[i],
         "loss_high": centre[i] * span[i], "loss_source": risk.severity_source,
         "scale": register.scales[risk.scale].what if risk.scale else "the platform's own sales",
         "controls": ", ".join(register.controls[key].name for key in risk.controls),
         "claims": ", ".join(risk.claims), "evidence": risk.evidence, "season": risk.season, "review": risk.review}
        for i, risk in enumerate(register.risks)
    ])


def control_table(register: Register) -> pd.DataFrame:
    """One row a control: claimed reduction, and the reduction believed (share)."""
    used = {name: sum(name in risk.controls for risk in register.risks) for name in register.controls}
    return pd.DataFrame([
        {"control": control.id, "name": control.name, "acts_on": control.acts_on, "claimed": control.effect,
         "believed": register.works * register.effect_share * control.effect, "risks": used[control.id],
         "claim": control.claim, "reason": control.reason}
        for control in register.controls.values()
    ])


def risk_table(register: Register, worlds: Worlds, losses: YearlyLosses, exposure: Exposure) -> pd.DataFrame:
    """One row a risk, worst contribution to the tail first.

    chance_* of at least one event a year; impact_* mean loss per event in money; expected_* yearly loss in
    money; tail_* contribution to expected shortfall at 95 % in money; tail_share of the sum before controls;
    levels and priority (act, watch, accept) of the three-level matrix before controls.
    """
    frame = pd.DataFrame({
        "risk": [risk.id for risk in register.risks], "name": [risk.name for risk in register.risks],
        "class": [risk.risk_class for risk in register.risks],
    })
    for state in STATES:
        rate = worlds.rates * worlds.kept[state]
        frame[f"chance_{state}"] = (1 - np.exp(-rate)).mean(axis=1)
        mean_size = (worlds.medians * worlds.left[state]).mean(axis=1) * np.exp(worlds.sigmas ** 2 / 2)
        count = rate.mean(axis=1)
        yearly = worlds.expected(state).mean(axis=1)
        frame[f"impact_{state}"] = np.where(count > 0, yearly / np.where(count > 0, count, 1), mean_size)
        frame[f"expected_{state}"] = losses.by_risk[state].mean(axis=1)
        frame[f"tail_{state}"] = tail_contributions(losses.by_risk[state], TAIL)
    total = frame["tail_before"].sum()
    frame["tail_share"] = frame["tail_before"] / total if total > 0 else 0.0
    chance = np.digitize(frame["chance_before"], register.chance_edges)
    impact = np.digitize(frame["impact_before"] / exposure.expected_margin, register.impact_edges)
    frame["chance_level"] = np.array(LEVEL_NAMES)[chance]
    frame["impact_level"] = np.array(LEVEL_NAMES)[impact]
    frame["priority"] = np.array(["accept", "accept", "watch", "act", "act"])[chance + impact]
    frame = frame.sort_values(["tail_before", "risk"], ascending=[False, True], ignore_index=True)
    frame.insert(0, "number", np.arange(1, len(frame) + 1))
    return frame


def tail_table(losses: YearlyLosses, measured: WorldMeasures) -> pd.DataFrame:
    """Expected loss, value at risk and expected shortfall by state, in money.

    `noise_low`/`noise_high`: simulation noise; `low`/`high`: what we do not know; both hold 80 %.
    """
    rows = []
    for state in STATES:
        total = losses.total[state]
        noise = Z90 * float(total.std()) / np.sqrt(len(total))
        mean = float(total.mean())
        expected = middle(measured.expected[state])
        rows.append((state, "expected loss", 0.0, mean, mean - noise, mean + noise, *expected))
        for k, level in enumerate(measured.levels):
            var, es = value_at_risk(total, level), expected_shortfall(total, level)
            var_noise, es_noise = monte_carlo_range(total, level, Z90)
            rows.append((state, "value at risk", level, var, *var_noise, *middle(measured.var[state][k])))
            rows.append((state, "expected shortfall", level, es, *es_noise, *middle(measured.es[state][k])))
    columns = ["state", "measure", "level", "value", "noise_low", "noise_high", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def tail_row(table: pd.DataFrame, state: str, measure: str, level: float = 0.0) -> dict[str, float]:
    """value, low and high of one row of `tail_table`."""
    row = table[(table["state"] == state) & (table["measure"] == measure) & np.isclose(table["level"], level)].iloc[0]
    return {name: float(row[name]) for name in ("value", "low", "high")}


def loss_grid(losses: YearlyLosses, points: int) -> Floats:
    """(points,) amounts for the exceedance curve, evenly spaced on a log scale over the central years."""
    total = losses.total["before"]
    some = total[total > 0]
    if not len(some):
        return np.geomspace(1.0, 10.0, points)
    low, high = np.quantile(some, [0.002, 0.9995])
    return np.geomspace(max(low, high / 1e4), high, points)


def exceedance_table(losses: YearlyLosses, measured: WorldMeasures, amounts: Floats) -> pd.DataFrame:
    """Chance that the yearly loss exceeds each amount, by state, with the 80 % range over worlds."""
    frame = pd.DataFrame({"loss": amounts})
    for state in STATES:
        ordered = np.sort(losses.total[state])
        frame[state] = 1 - np.searchsorted(ordered, amounts, side="right") / len(ordered)
        frame[f"{state}_low"], frame[f"{state}_high"] = np.quantile(measured.curve[state], [0.1, 0.9], axis=1)
    return frame


def heat_table(register: Register, risks: pd.DataFrame, exposure: Exposure) -> pd.DataFrame:
    """Expected loss before controls by class and month (long: class, month, expected_loss in money).

    Risks of season `sales` follow the forecast's monthly sales, the others fall on any month alike.
    """
    expected = risks.set_index("risk")["expected_before"]
    even = np.full(len(exposure.month_share), 1 / len(exposure.month_share))
    grid = {name: np.zeros(len(even)) for name in CLASSES}
    for risk in register.risks:
        grid[risk.risk_class] += float(expected[risk.id]) * (exposure.month_share if risk.season == "sales" else even)
    months = pd.date_range(f"{exposure.year}-01-01", periods=len(even), freq="MS")
    return pd.DataFrame({
        "class": np.repeat(CLASSES, len(even)), "month": np.tile(months.to_numpy(), len(CLASSES)),
        "expected_loss": np.concatenate([grid[name] for name in CLASSES]),
    })


def appetite_gate(risk: dict[str, float], appetite: float) -> str:
    """PASS where the whole 80 % range of the 1-in-20 loss stays within the appetite, FAIL where it lies above."""
    if risk["high"] <= appetite:
        return "PASS"
    return "FAIL" if risk["low"] > appetite else "REVIEW"


def chance_above(losses: YearlyLosses, measured: WorldMeasures, state: str, amount: float) -> dict[str, float]:
    """Share of simulated years whose loss exceeds `amount` (the appetite of `measured`), with its range."""
    low, high = middle(measured.above[state])
    return {"value": float((losses.total[state] > amount).mean()), "low": low, "high": high}


def loss_free(losses: YearlyLosses, measured: WorldMeasures, state: str) -> dict[str, float]:
    """Share of simulated years without any loss, with its range."""
    low, high = middle(measured.none[state])
    return {"value": float((losses.total[state] == 0).mean()), "low": low, "high": high}


def share_of_margin(table: pd.DataFrame, state: str, exposure: Exposure) -> dict[str, float]:
    """Expected yearly loss over the expected contribution margin, with its range."""
    return {name: value / exposure.expected_margin for name, value in tail_row(table, state, "expected loss").items()}


def class_table(risks: pd.DataFrame) -> pd.DataFrame:
    """Risks, expected loss and tail contribution by class, in money; shares of the sums."""
    frame = risks.groupby("class").agg(
        risks=("risk", "size"), expected_before=("expected_before", "sum"), expected_after=("expected_after", "sum"),
        tail_before=("tail_before", "sum"),
    ).reindex(list(CLASSES)).fillna(0).reset_index()
    frame["risks"] = frame["risks"].astype("int64")
    total = frame["tail_before"].sum()
    frame["tail_share"] = frame["tail_before"] / total if total > 0 else 0.0
    return frame


def claim_readings(register: Register) -> list[tuple[str, str, str]]:
    """(claim, role, reading) of every claim that the register rests on."""
    rows: dict[str, tuple[str, str, str]] = {}
    for risk in register.risks:
        scaled = f", brought to the platform's size ({register.scales[risk.scale].what})" if risk.scale else ""
        for key in risk.claims:
            reading = f"Behind the loss per event of risk '{risk.name}'{scaled}; read as a wide range, not as a value."
            rows.setdefault(key, (key, "prior", reading))
    for control in register.controls.values():
        rows.setdefault(control.claim, (
            control.claim, "prior",
            f"Claimed effect of control '{control.name}' on {control.acts_on}; believed with a chance of "
            f"{register.works:.0%} to work, and then with {register.effect_share:.0%} of it.".replace("%", " %"),
        ))
    rows.setdefault(register.works_claim, (
        register.works_claim, "prior", "Taken as the chance that a control fails: effects are shrunken by it.",
    ))
    return list(rows.values())
