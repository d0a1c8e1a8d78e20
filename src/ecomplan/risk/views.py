"""Losses as tables: by risk, tail measures, exceedance curve, matrix levels, heat map, gate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.risk.losses import (
    YearlyLosses, expected_shortfall, monte_carlo_range, tail_contributions, value_at_risk,
)
from ecomplan.risk.ranges import WorldMeasures, middle
from ecomplan.risk.register import CLASSES, Z90, Register
from ecomplan.risk.worlds import STATES, Exposure, Floats, Worlds

LEVELS = (0.90, 0.95, 0.99)
LEVEL_NAMES = ("low", "medium", "high")
TAIL = 0.95  # the 1-in-20 year


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
        rows.append((state, "expected loss", np.nan, mean, mean - noise, mean + noise, *middle(measured.expected[state])))
        for k, level in enumerate(measured.levels):
            var, es = value_at_risk(total, level), expected_shortfall(total, level)
            var_noise, es_noise = monte_carlo_range(total, level, Z90)
            rows.append((state, "value at risk", level, var, *var_noise, *middle(measured.var[state][k])))
            rows.append((state, "expected shortfall", level, es, *es_noise, *middle(measured.es[state][k])))
    frame = pd.DataFrame(rows, columns=["state", "measure", "level", "value", "noise_low", "noise_high", "low", "high"])
    frame["level"] = frame["level"].fillna(0.0)
    return frame


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


def appetite_gate(low: float, high: float, appetite: float) -> str:
    """PASS where the whole 80 % range of the 1-in-20 loss stays within the appetite, FAIL where all of it lies above."""
    if high <= appetite:
        return "PASS"
    return "FAIL" if low > appetite else "REVIEW"


def share_of_loss_free_years(losses: YearlyLosses, state: str) -> float:
    """Share of simulated years without any loss."""
    return float((losses.total[state] == 0).mean())


def chance_above(losses: YearlyLosses, state: str, amount: float) -> float:
    """Share of simulated years whose loss exceeds `amount`."""
    return float((losses.total[state] > amount).mean())


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
