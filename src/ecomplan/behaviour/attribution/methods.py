"""Every method's shares of credit, with intervals from resampled journeys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.behaviour.attribution import chain, rules
from ecomplan.behaviour.attribution.paths import Paths
from ecomplan.errors import DataError

RULES = {"last": "Last touch", "first": "First touch", "linear": "Linear", "decay": "Decay by steps"}
SHAPLEY = "Shapley"
#: draws resampled at a time, so that memory stays small however many are asked for
BLOCK = 200


def markov(order: int) -> str:
    """A Markov chain's name as a method."""
    return f"Markov {order}"


@dataclass(frozen=True)
class Shares:
    """`methods` names; `share` (methods, channels) each row adding up to one; `draws` (draws, methods, channels);
    `effects` (orders, channels) removal effects of the chains and `effect_draws` (draws, orders, channels) theirs;
    `conversions` shared out."""

    channels: tuple[str, ...]
    methods: tuple[str, ...]
    share: np.ndarray
    draws: np.ndarray
    effects: np.ndarray
    effect_draws: np.ndarray
    conversions: float

    def of(self, method: str) -> np.ndarray:
        """The shares of one method."""
        return np.asarray(self.share[self.methods.index(method)])


def attribute(
    paths: Paths, order_max: int, half_life_steps: float, draws: int, rng: np.random.Generator,
) -> Shares:
    """Shares of credit by last, first, linear, decay, Shapley and Markov chains of order 1 to `order_max`.

    Intervals: each journey is drawn anew with a Poisson(1) weight (the Poisson bootstrap, equal to resampling with
    replacement for many journeys; Chamandy et al. 2012); all methods see the same draws. Draws without any
    conversion are left out; raises DataError where none is left.
    """
    matrices = [rules.by_position(paths, rule, half_life_steps) for rule in RULES] + [rules.shapley(paths)]
    chains = [chain.structure(paths, order) for order in range(1, order_max + 1)]
    own = [one.counts(paths.conversions[None], paths.nulls[None]) for one in chains]
    near = [chain.conversion_chances(one, counts) for one, counts in zip(chains, own, strict=True)]
    effects = [chain.lost(chance) for chance in near]
    share = [_normal(paths.conversions @ matrix) for matrix in matrices] + [_normal(effect) for effect in effects]
    drawn, removed = [], []
    for start in range(0, draws, BLOCK):
        size = (min(BLOCK, draws - start), len(paths.conversions))
        conversions = rng.poisson(paths.conversions, size).astype(float)
        nulls = rng.poisson(paths.nulls, size).astype(float)
        some = conversions.sum(axis=1) > 0
        conversions, nulls = conversions[some], nulls[some]
        resampled = [
            chain.resampled_effects(one, one.counts(conversions, nulls), chance)
            for one, chance in zip(chains, near, strict=True)
        ]
        removed.append(np.stack(resampled, axis=1))
        drawn.append(np.stack(
            [_normal(conversions @ matrix) for matrix in matrices] + [_normal(effect) for effect in resampled], axis=1,
        ))
    every = np.concatenate(drawn)
    if not len(every):
        raise DataError(f"attribution: none of {draws} resamples holds a conversion; raise attribution.bootstrap_draws")
    names = (*RULES.values(), SHAPLEY, *(markov(order) for order in range(1, order_max + 1)))
    return Shares(
        paths.channels, names, np.stack(share), every, np.stack(effects), np.concatenate(removed),
        float(paths.conversions.sum()),
    )


def _normal(credit: np.ndarray) -> np.ndarray:
    return np.asarray(credit / credit.sum(axis=-1, keepdims=True))


def share_table(paths: Paths, shares: Shares, level: float = 0.8) -> pd.DataFrame:
    """channel, method, journeys (that met the channel), share, low, high, credit (conversions), largest first."""
    low, high = np.quantile(shares.draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    met = paths.journeys @ paths.touched()
    width = len(shares.channels)
    frame = pd.DataFrame({
        "channel": np.tile(np.array(shares.channels, dtype=object), len(shares.methods)),
        "method": np.repeat(np.array(shares.methods, dtype=object), width),
        "journeys": np.tile(met, len(shares.methods)), "share": shares.share.ravel(),
        "low": np.minimum(low, shares.share).ravel(), "high": np.maximum(high, shares.share).ravel(),
        "credit": shares.share.ravel() * shares.conversions,
    })
    order = np.argsort(-shares.share[-1], kind="stable")
    frame["channel"] = pd.Categorical(frame["channel"], [shares.channels[at] for at in order], ordered=True)
    frame["method"] = pd.Categorical(frame["method"], list(shares.methods), ordered=True)
    frame = frame.sort_values(["channel", "method"], ignore_index=True)
    return frame.astype({"channel": str, "method": str})


def effect_table(shares: Shares, level: float = 0.8) -> pd.DataFrame:
    """channel, order, removal effect (share of conversions lost without the channel), low, high; order by order."""
    low, high = np.quantile(shares.effect_draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    orders, width = shares.effects.shape
    frame = pd.DataFrame({
        "channel": np.tile(np.array(shares.channels, dtype=object), orders),
        "order": np.repeat(np.arange(1, orders + 1), width), "effect": shares.effects.ravel(),
        "low": np.minimum(low, shares.effects).ravel(), "high": np.maximum(high, shares.effects).ravel(),
    })
    frame = frame.sort_values(["order", "effect"], ascending=[True, False], kind="stable", ignore_index=True)
    return frame.astype({"channel": str})


def row(table: pd.DataFrame, channel: str, method: str) -> dict[str, float]:
    """value, low and high of one channel by one method, from `share_table`."""
    found = table[(table["channel"] == channel) & (table["method"] == method)].iloc[0]
    return {"value": float(found["share"]), "low": float(found["low"]), "high": float(found["high"])}


def leader(table: pd.DataFrame, method: str) -> str:
    """The channel with the most credit by one method; of equals the first."""
    by_method = table[table["method"] == method]
    return str(by_method["channel"].iloc[int(by_method["share"].to_numpy().argmax())])


def effect(table: pd.DataFrame, channel: str, order: int) -> dict[str, float]:
    """value, low and high of a channel's removal effect, from `effect_table`."""
    found = table[(table["channel"] == channel) & (table["order"] == order)].iloc[0]
    return {"value": float(found["effect"]), "low": float(found["low"]), "high": float(found["high"])}
