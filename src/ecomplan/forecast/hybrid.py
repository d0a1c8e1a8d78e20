"""The recurrent half of the hybrid: an LSTM (keras on jax) that learns what SARIMA left over.

Zhang (2003), Neurocomputing 50: forecast = SARIMA + network's forecast of SARIMA's error. One network serves
all series: it sees windows of their errors, each series in units of its own standard deviation. The whole
training is one compiled function of fixed shapes, so that every origin of a backtest reuses it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ecomplan.forecast.sarima import SarimaFit
from ecomplan.forecast.states import Hybrid, Network

LEARNING_RATE = 0.01  # Adam's, tenfold its default: some dozen passes must do


def error_windows(errors: Sequence[np.ndarray], window: int, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(windows [rows, window], targets [rows], weights [rows]) of standardised errors, one array a series.

    Each error from the second on is a target, the errors before it its window: zeros on the left where the
    past is shorter. Rows that the history does not fill have weight 0, so that shapes stay equal over origins.
    """
    x, y, w = np.zeros((rows, window), "f4"), np.zeros(rows, "f4"), np.zeros(rows, "f4")
    row = 0
    for series in errors:
        for t in range(1, len(series)):
            x[row], y[row], w[row] = last_window(series[:t], window), series[t], 1
            row += 1
    return x, y, w


def last_window(errors: np.ndarray, window: int) -> np.ndarray:
    """The last `window` errors, zeros on the left where there are fewer."""
    padded: np.ndarray = np.concatenate([np.zeros(window), errors])[-window:]
    return padded


def scale_of(errors: np.ndarray) -> float:
    """Root mean square of a series' errors: the unit in which the network sees them."""
    return max(float(np.sqrt(np.mean(errors**2))), 1e-9)


class Trainer:
    """Trains the network from the same seeded start each time; compiled once a shape.

    `rows`: the most windows that any training set will have.
    """

    def __init__(self, units: int, window: int, epochs: int, rows: int, seed: int):
        os.environ.setdefault("KERAS_BACKEND", "jax")
        import jax
        import jax.numpy as jnp
        import keras

        keras.utils.set_random_seed(seed)
        self.window, self.rows = window, rows
        model = keras.Sequential([
            keras.Input((window, 1)), keras.layers.LSTM(units, name="memory"), keras.layers.Dense(1, name="out"),
        ])
        adam = keras.optimizers.Adam(LEARNING_RATE)
        adam.build(model.trainable_variables)
        self.model = model
        self._start = [variable.value for variable in model.trainable_variables]
        self._moments = [variable.value for variable in adam.variables]
        fixed = [variable.value for variable in model.non_trainable_variables]

        def loss(weights: Any, x: Any, y: Any, w: Any) -> Any:
            forecast, _ = model.stateless_call(weights, fixed, x[:, :, None])
            return jnp.sum(w * (forecast[:, 0] - y) ** 2) / jnp.maximum(jnp.sum(w), 1)

        def train(weights: Any, moments: Any, x: Any, y: Any, w: Any) -> Any:
            def one_pass(carry: Any, _: None) -> Any:
                weights, moments = carry
                value, slopes = jax.value_and_grad(loss)(weights, x, y, w)
                return adam.stateless_apply(moments, slopes, weights), value

            (weights, _), losses = jax.lax.scan(one_pass, (weights, moments), None, length=epochs)
            return weights, losses

        self._train = jax.jit(train)

    def network(self, errors: Sequence[np.ndarray]) -> tuple[Network, np.ndarray]:
        """(network, mean squared error after each pass) from standardised errors, one array a series."""
        x, y, w = error_windows(errors, self.window, self.rows)
        weights, losses = self._train(self._start, self._moments, x, y, w)
        return Network(*(np.asarray(part) for part in weights)), np.asarray(losses)


def fit_hybrid(fits: Sequence[SarimaFit], trainer: Trainer) -> tuple[Hybrid, ...]:
    """The hybrid of each series: its SARIMA, and one network taught on the errors of all."""
    scales = [scale_of(fit.errors) for fit in fits]
    standard = [fit.errors / scale for fit, scale in zip(fits, scales, strict=True)]
    network, _ = trainer.network(standard)
    return tuple(
        Hybrid(fit.state, tuple(map(float, last_window(errors, trainer.window))), scale, network)
        for fit, errors, scale in zip(fits, standard, scales, strict=True)
    )
