"""The literal hybrid of Zhang (2003), Neurocomputing 50, 159-175: a baseline, kept to show what it does.

Each series has its own small LSTM, taught on that series' SARIMA errors alone, one step ahead. The forecast is
SARIMA's plus the network's forecast of the error, fed back into itself for the leads beyond the first. A series
of a hundred months has a hundred errors and they are close to noise: on public panels this makes SARIMA worse.
The network that shares what many series teach is in `lstm`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ecomplan.errors import ParameterError
from ecomplan.forecast.engine.windows import Fitted, Floats

CHUNK = 16  # series trained side by side
ROUND = 32  # errors to which lengths are rounded up, so that few shapes are compiled


@dataclass(frozen=True)
class LocalSettings:
    """`window`: errors seen; `units` of the LSTM; `passes` over a series' errors; `learning_rate` of Adam."""

    window: int = 12
    units: int = 8
    passes: int = 60
    learning_rate: float = 0.01

    def __post_init__(self) -> None:
        if min(self.window, self.units, self.passes) < 1 or not 0.0 < self.learning_rate < 1.0:
            raise ParameterError(f"zhang: window, units and passes from 1, learning_rate in (0, 1); found {self}")


def fit_zhang(
    fits: Sequence[Fitted], horizon: int, *, settings: LocalSettings | None = None, seed: int
) -> Floats:
    """Point forecasts [series, horizon] on the working scales: SARIMA's mean plus its own network's error forecast.

    A series with fewer errors than the window has entries, or with none but zeros, keeps SARIMA's forecast. The
    spread is SARIMA's own (`sigma`): the method has none.
    """
    settings = settings or LocalSettings()
    found = np.array([fit.mean[:horizon] for fit in fits], dtype=float)
    errors = [fit.errors[np.isfinite(fit.errors)] for fit in fits]
    units = [float(np.sqrt(np.mean(one**2))) if len(one) > settings.window else 0.0 for one in errors]
    usable = [i for i, unit in enumerate(units) if unit > 0.0]
    by_length: dict[int, list[int]] = {}
    for i in usable:
        by_length.setdefault(-(-len(errors[i]) // ROUND) * ROUND, []).append(i)
    for length, members in sorted(by_length.items()):
        network = _local(settings, length, horizon, seed)
        for first in range(0, len(members), CHUNK):
            chunk = members[first : first + CHUNK]
            block = np.zeros((CHUNK, length), "f4")
            counts = np.zeros(CHUNK, "i4")
            for row, i in enumerate(chunk):
                block[row, length - len(errors[i]) :] = errors[i] / units[i]
                counts[row] = len(errors[i])
            ahead = np.asarray(network(block, counts), dtype=float)
            for row, i in enumerate(chunk):
                found[i] += units[i] * ahead[row]
    return found


@lru_cache(maxsize=16)
def _local(settings: LocalSettings, length: int, horizon: int, seed: int) -> Any:
    """Compiled (errors [CHUNK, length], right-aligned; counts [CHUNK]) -> forecasts of the error [CHUNK, horizon]."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import jax
    import jax.numpy as jnp
    import keras

    keras.utils.set_random_seed(seed)
    model = keras.Sequential([
        keras.Input((settings.window, 1)), keras.layers.LSTM(settings.units), keras.layers.Dense(1),
    ])
    adam = keras.optimizers.Adam(settings.learning_rate)
    adam.build(model.trainable_variables)
    start = [variable.value for variable in model.trainable_variables]
    moments = [variable.value for variable in adam.variables]
    fixed = [variable.value for variable in model.non_trainable_variables]
    at = np.arange(length)[:, None] + np.arange(settings.window)

    def answer(weights: Any, x: Any) -> Any:
        return model.stateless_call(weights, fixed, x[:, :, None])[0][:, 0]

    def one(errors: Any, count: Any) -> Any:
        padded = jnp.concatenate([jnp.zeros(settings.window), errors])
        x = padded[at]
        known = jnp.arange(length) > length - count  # each error from the second on is a target

        def loss(weights: Any) -> Any:
            return jnp.sum(known * (answer(weights, x) - errors) ** 2) / jnp.maximum(jnp.sum(known), 1)

        def one_pass(carry: Any, _: None) -> Any:
            weights, state = carry
            return adam.stateless_apply(state, jax.grad(loss)(weights), weights), None

        (weights, _), _ = jax.lax.scan(one_pass, (start, moments), None, length=settings.passes)

        def step(past: Any, _: None) -> Any:
            value = answer(weights, past[None])[0]
            return jnp.concatenate([past[1:], value[None]]), value

        return jax.lax.scan(step, padded[-settings.window :], None, length=horizon)[1]

    return jax.jit(jax.vmap(one))
