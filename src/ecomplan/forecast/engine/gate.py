"""Whether the network earns its place in the combination: judged at past origins of the same panel only.

At each past origin two forecasts are made with what was known there, one without and one with the network, and
both are held against what followed. The network enters the point forecast only if its errors there were smaller
in nearly every draw of the series (paired bootstrap, Efron & Tibshirani 1993) and at no origin larger on average;
likewise, separately, the spread around the point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import ParameterError
from ecomplan.forecast.engine.frame import QUANTILES
from ecomplan.forecast.engine.windows import Floats

MIDDLE = QUANTILES.index(0.5)
LEVELS = np.asarray(QUANTILES)
#: # ASSUME: half of what the network says, as between equals; decided on M1, on quarterly panels and on earlier origins
#: # of M3 and Tourism
SHARE = 0.5
EVIDENCE = (
    "measure", "origins", "series", "without", "with_network", "difference", "low", "high", "chance_better",
    "worst_origin", "enters", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class GateSettings:
    """`confidence`: share of bootstrap draws that must see a gain; `draws`: their number; `series`: fewest series
    that can show anything; `interval`: share of draws inside the evidence's low and high."""

    confidence: float = 0.95
    draws: int = 1000
    series: int = 20
    interval: float = 0.8

    def __post_init__(self) -> None:
        if not 0.5 <= self.confidence < 1.0 or not 0.0 < self.interval < 1.0:
            raise ParameterError(
                f"gate: confidence {self.confidence} must lie in [0.5, 1) and interval {self.interval} in (0, 1)"
            )
        if self.draws < 100 or self.series < 2:
            raise ParameterError(f"gate: at least 100 draws and 2 series; found {self.draws} and {self.series}")


@dataclass(frozen=True)
class Trial:
    """One past origin: `without` and `with_network` [series, h, len(QUANTILES)], `actual` [series, h] (NaN: unknown)
    on the working scale, `scale` [series] (in-sample seasonal-naive mean absolute error there), `series` [series]:
    which series of the panel each row is."""

    without: Floats
    with_network: Floats
    actual: Floats
    scale: Floats
    series: np.ndarray


@dataclass(frozen=True)
class Verdict:
    """`point`: the network moves the point forecast; `spread`: it shapes the spread around it; `evidence`: a row a
    measure (EVIDENCE), errors in units of the seasonal-naive error."""

    point: bool
    spread: bool
    evidence: pd.DataFrame

    @property
    def any(self) -> bool:
        """The network is needed at all."""
        return self.point or self.spread


def earn(trials: Sequence[Trial], *, settings: GateSettings | None = None, seed: int) -> Verdict:
    """Judge the network at past origins; refuses, with the reason in the evidence, where they can show nothing."""
    settings = settings or GateSettings()
    known = [_known(trial) for trial in trials]
    seen = np.unique(np.concatenate([t.series for t in known])) if known else np.empty(0, int)
    if len(seen) < settings.series:
        return without_network(
            f"{len(seen)} series with a past origin to judge at; {settings.series} are needed", len(seen)
        )
    rng = np.random.default_rng(seed)
    without = [_absolute(t, t.without[:, :, MIDDLE]) for t in known]
    with_it = [_absolute(t, t.with_network[:, :, MIDDLE]) for t in known]
    point = _row("absolute error", known, without, with_it, settings, rng)
    scored = [
        [_crps(t, joined(t.without, t.with_network, point=bool(point["enters"]), spread=spread)) for t in known]
        for spread in (False, True)
    ]
    spread = _row("CRPS", known, scored[0], scored[1], settings, rng)
    return Verdict(bool(point["enters"]), bool(spread["enters"]), pd.DataFrame([point, spread], columns=list(EVIDENCE)))


def joined(without: Floats, with_network: Floats, *, point: bool, spread: bool) -> Floats:
    """Quantiles [series, h, len(QUANTILES)]: the point of one, around it the spread of the other, as earned."""
    centre = (with_network if point else without)[:, :, MIDDLE, None]
    around = with_network if spread else without
    found: Floats = centre + (around - around[:, :, MIDDLE, None])
    return found


def corrected(base: Floats, sarima: Floats, network: Floats, share: float = SHARE) -> Floats:
    """The combination's quantiles [series, h, len(QUANTILES)] as the network would have them.

    base: without it; sarima [series, h]: SARIMA's own forecast; network: the network's quantiles. The point moves by
    `share` of the shift that the network gives SARIMA, since the other members err in part as SARIMA does, less what is
    common to all series at a lead: of the panel's own ups and downs the network has seen few. The distances from the
    point are the mean of both, the network's weighing `share`. Where the network or SARIMA has nothing to say (NaN)
    the base stays. A network that merely joins the members' median brings nothing: it speaks like SARIMA.
    """
    there = np.isfinite(network[:, :1, MIDDLE]) & np.isfinite(sarima).all(axis=1, keepdims=True)
    unit = np.maximum(base[:, :1, -1] - base[:, :1, 0], np.finfo(float).tiny)
    shift = np.where(there, network[:, :, MIDDLE] - sarima, 0.0)
    common = (shift / unit).sum(axis=0) / max(int(there.sum()), 1)
    moved = base[:, :, MIDDLE, None] + share * (shift - unit * common)[:, :, None]
    around = (1.0 - share) * (base - base[:, :, MIDDLE, None]) + share * (network - network[:, :, MIDDLE, None])
    found: Floats = np.where(there[:, :, None], moved + around, base)
    return found


def without_network(reason: str, series: int = 0) -> Verdict:
    """The verdict where nothing could be judged, with the reason."""
    rows = [
        {"measure": measure, "origins": 0, "series": series, "enters": False, "reason": reason}
        for measure in ("absolute error", "CRPS")
    ]
    return Verdict(False, False, pd.DataFrame(rows, columns=list(EVIDENCE)))


def _known(trial: Trial) -> Trial:
    """Without series of which nothing is known after the origin, or whose past never changed (no unit)."""
    shapes = {part.shape[0] for part in (trial.without, trial.with_network, trial.actual, trial.scale, trial.series)}
    if len(shapes) != 1:
        raise ValueError(f"trial: parts disagree on the number of series: {sorted(shapes)}")
    keep = np.isfinite(trial.actual).any(axis=1) & (trial.scale > 0.0)
    return Trial(
        trial.without[keep], trial.with_network[keep], trial.actual[keep], trial.scale[keep], trial.series[keep]
    )


def _absolute(trial: Trial, point: Floats) -> Floats:
    """Mean absolute error over the known leads in units of scale [series]."""
    miss: Floats = np.nanmean(np.abs(trial.actual - point), axis=1) / trial.scale
    return miss


def _crps(trial: Trial, quantiles: Floats) -> Floats:
    """Twice the mean pinball loss over quantiles and known leads in units of scale [series]."""
    miss = trial.actual[:, :, None] - quantiles
    loss: Floats = 2.0 * np.nanmean(np.maximum(LEVELS * miss, (LEVELS - 1.0) * miss), axis=(1, 2)) / trial.scale
    return loss


def _row(
    measure: str, trials: Sequence[Trial], without: Sequence[Floats], with_network: Sequence[Floats],
    settings: GateSettings, rng: np.random.Generator,
) -> dict[str, object]:
    """One line of evidence: differences of a series averaged over its origins, then drawn over series."""
    table = pd.DataFrame({
        "series": np.concatenate([t.series for t in trials]),
        "origin": np.repeat(np.arange(len(trials)), [len(t.series) for t in trials]),
        "without": np.concatenate(without), "with_network": np.concatenate(with_network),
    })
    table["difference"] = table["with_network"] - table["without"]
    each = table.groupby("series")["difference"].mean().to_numpy()
    draws = each[rng.integers(0, len(each), (settings.draws, len(each)))].mean(axis=1)
    tail = 50.0 * (1.0 - settings.interval)
    low, high = np.percentile(draws, [tail, 100.0 - tail])
    better, worst = float(np.mean(draws < 0.0)), float(table.groupby("origin")["difference"].mean().max())
    enters = better >= settings.confidence and worst < 0.0
    reason = (
        "smaller at every past origin, and so in most draws of the series" if enters
        else "no smaller than without" if each.mean() >= 0.0
        else "larger at one of the past origins" if worst >= 0.0
        else "smaller, but in too few draws of the series"
    )
    return {
        "measure": measure, "origins": len(trials), "series": len(each), "without": table["without"].mean(),
        "with_network": table["with_network"].mean(), "difference": each.mean(), "low": low, "high": high,
        "chance_better": better, "worst_origin": worst, "enters": enters, "reason": reason,
    }  # fmt: skip
