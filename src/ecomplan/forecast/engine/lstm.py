"""A global network on SARIMA's errors: direct over the horizon, quantiles at every lead.

One LSTM (keras on jax) serves all series of a panel. It starts as SARIMA itself (normal quantiles of SARIMA's
own spread) and learns by the pinball loss how the errors of the panel deviate from that: a shift of the median
and a factor on each step between neighbouring quantiles, so that quantiles cannot cross. A few networks from
different starts are averaged. The training is one compiled function of fixed shapes, whatever the panel's size.

Sources: Zhang (2003), Neurocomputing 50 (a network on SARIMA's errors); Wen et al. (2017), arXiv:1711.11053
(quantiles direct over the horizon); Montero-Manso & Hyndman (2021), International Journal of Forecasting 37 (one
global model for many series).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import ndtri

from ecomplan.errors import ParameterError
from ecomplan.forecast.engine import windows as view
from ecomplan.forecast.engine.frame import QUANTILES
from ecomplan.forecast.engine.windows import Fitted, Floats, Singles, Windows

CHUNK = 512  # series a compiled forecast
ONE = float(np.log(np.expm1(1.0)))  # softplus(ONE) is 1: the step that SARIMA's own spread takes
INPUTS = ("sequence", "static", "spread")
#: one thread a matrix product: a sum's order, and so its last bit, must not hang on the number of cores
COMPILER = {"xla_cpu_multi_thread_eigen": False}


@dataclass(frozen=True)
class NetworkSettings:
    """Size and training of the network.

    window: errors seen (periods). units: of the LSTM. facts: of the layer beside it for what is no sequence.
    networks: averaged, each from its own start. steps: of Adam, with `batch` windows each, at `learning_rate` falling
    to zero by a cosine. shrinkage: on the squared shift of the median. oldest: origins back to which windows are
    taken (periods), their weight halved every `half_life` periods. budget: most windows trained on, drawn at random
    from larger panels. fewest_series, fewest_windows: smaller panels are not trained on.
    """

    window: int = 24
    units: int = 16
    facts: int = 16
    networks: int = 2
    steps: int = 200
    batch: int = 128
    learning_rate: float = 0.005
    shrinkage: float = 0.005
    oldest: int = 120
    half_life: float = 60.0
    budget: int = 16384
    fewest_series: int = 20
    fewest_windows: int = 400

    def __post_init__(self) -> None:
        for name in ("window", "units", "facts", "networks", "steps", "batch", "oldest", "budget", "fewest_series"):
            if getattr(self, name) < 1:
                raise ParameterError(f"network: {name} must be at least 1, found {getattr(self, name)}")
        if not 0.0 < self.learning_rate < 1.0 or self.shrinkage < 0.0 or self.half_life <= 0.0:
            raise ParameterError(
                f"network: learning_rate in (0, 1), shrinkage from 0, half_life above 0; found {self.learning_rate}, "
                f"{self.shrinkage}, {self.half_life}"
            )
        if self.fewest_windows > self.budget:
            raise ParameterError(f"network: fewest_windows {self.fewest_windows} above budget {self.budget}")


class NetworkFit:
    """Forecasts of a trained network, series as they were given.

    `reason` says why there was no training (None: there was); the forecasts are SARIMA's own then. `windows`: how many
    it was trained on; `losses` [networks, steps]: the training's course.
    """

    def __init__(self, values: Floats, centre: int, windows: int, losses: Floats, reason: str | None):
        self._values, self._centre = values, centre
        self.windows, self.losses, self.reason = windows, losses, reason

    def quantiles(self, i: int) -> Floats:
        """[h, len(quantiles)] of series i on its working scale, increasing over the quantiles."""
        chosen: Floats = self._values[i]
        return chosen

    @property
    def median(self) -> Floats:
        """[series, h] on the working scales."""
        chosen: Floats = self._values[:, :, self._centre]
        return chosen


def fit_lstm(
    fits: Sequence[Fitted], z: Sequence[Floats], horizon: int, season: int, *,
    quantiles: Sequence[float] = QUANTILES, settings: NetworkSettings | None = None, seed: int,
) -> NetworkFit:
    """Train on the panel's SARIMA errors and forecast `horizon` leads from each series' end.

    fits: each series' SARIMA, fitted to z [n] for at least `horizon` leads. A constant series gets its constant. The
    spread is learnt in sample, and so a little too narrow: stretch it by what past origins show (`intervals`).
    ParameterError where `quantiles` do not increase through 0.5.
    """
    settings = settings or NetworkSettings()
    levels = tuple(float(q) for q in quantiles)
    if 0.5 not in levels or not all(0.0 < a < b < 1.0 for a, b in pairwise(levels)):
        raise ParameterError(f"quantiles must increase strictly within (0, 1) and hold 0.5; found {levels}")
    if len(fits) != len(z):
        raise ParameterError(f"fit_lstm: {len(fits)} fits for {len(z)} series")
    scales = np.array([view.scale_of(fit.errors) for fit in fits])
    values = np.array([fit.mean[:horizon, None] + fit.sigma[:horizon, None] * ndtri(levels) for fit in fits])
    rows = [i for i in range(len(z)) if scales[i] > 0.0]
    origins = {i: view.origins_of(fits[i], len(z[i]), settings.oldest) for i in rows}
    total = sum(len(found) for found in origins.values())
    reason = _too_small(sum(len(found) > 0 for found in origins.values()), total, settings)
    if reason is not None:
        return NetworkFit(values, levels.index(0.5), total, np.empty((0, 0)), reason)
    rng = np.random.default_rng(seed)
    taken = np.sort(rng.choice(total, settings.budget, replace=False)) if total > settings.budget else np.arange(total)
    parts, ends, start = [], [], 0
    for i in rows:
        stop = start + len(origins[i])
        low, high = np.searchsorted(taken, [start, stop])
        wanted = np.append(origins[i][taken[low:high] - start], len(z[i]) - 1)
        made = view.windows_of(fits[i], z[i], wanted, horizon, season, settings.window, settings.half_life)
        parts.append(made.rows(slice(None, -1)))
        ends.append(made.rows(slice(-1, None)))
        start = stop
    trainer = _trainer(settings, horizon, levels, seed)
    weights, losses = trainer.train(view.join(parts), rng)
    errors = trainer.forecast(weights, view.join(ends))
    # float32 and close steps: equal neighbours may swap in the last bit
    ahead = np.maximum.accumulate(errors * scales[rows][:, None, None], axis=2)
    values[rows] = np.array([fits[i].mean[:horizon, None] for i in rows]) + ahead
    return NetworkFit(values, levels.index(0.5), len(taken), losses, None)


def _too_small(series: int, windows: int, settings: NetworkSettings) -> str | None:
    if series < settings.fewest_series:
        return f"only {series} series have errors to learn from; a network needs {settings.fewest_series}"
    if windows < settings.fewest_windows:
        return f"only {windows} past origins to learn from in all series; a network needs {settings.fewest_windows}"
    return None


@lru_cache(maxsize=4)
def _trainer(settings: NetworkSettings, horizon: int, levels: tuple[float, ...], seed: int) -> Trainer:
    return Trainer(settings, horizon, levels, seed)


class Trainer:
    """Trains the networks from the same seeded starts each time; compiled once for all origins and panels."""

    def __init__(self, settings: NetworkSettings, horizon: int, levels: tuple[float, ...], seed: int):
        os.environ.setdefault("KERAS_BACKEND", "jax")
        import jax
        import jax.numpy as jnp
        import keras

        self.settings = settings
        centre, normal = levels.index(0.5), ndtri(levels)
        gaps, level = np.diff(normal).astype("f4"), np.asarray(levels, "f4")
        model = _model(settings, horizon, len(gaps))
        curve = keras.optimizers.schedules.CosineDecay(settings.learning_rate, settings.steps)
        adam = keras.optimizers.Adam(curve)
        adam.build(model.trainable_variables)
        shapes = [(variable.path, tuple(variable.shape)) for variable in model.trainable_variables]
        draw = np.random.default_rng(seed)
        starts = zip(*(_start(shapes, draw) for _ in range(settings.networks)), strict=True)
        self._start = [np.stack(parts) for parts in starts]
        self._moments = [variable.value for variable in adam.variables]
        fixed = [variable.value for variable in model.non_trainable_variables]

        def curves(weights: Any, sequence: Any, static: Any, spread: Any) -> tuple[Any, Any]:
            """(quantiles of the error [m, h, levels], shift of the median in SARIMA's sigmas [m, h])"""
            (shift, steps), _ = model.stateless_call(weights, fixed, [sequence, static])
            widths = gaps * jax.nn.softplus(ONE + steps.reshape((-1, horizon, len(gaps))))
            below = -jnp.cumsum(widths[:, :, :centre][:, :, ::-1], axis=2)[:, :, ::-1]
            above = jnp.cumsum(widths[:, :, centre:], axis=2)
            around = jnp.concatenate([below, jnp.zeros_like(shift)[:, :, None], above], axis=2)
            return spread[:, :, None] * (shift[:, :, None] + around), shift

        def loss(weights: Any, sequence: Any, static: Any, spread: Any, target: Any, known: Any, weight: Any) -> Any:
            drawn, shift = curves(weights, sequence, static, spread)
            miss = target[:, :, None] - drawn
            pinball = jnp.maximum(level * miss, (level - 1.0) * miss).mean(axis=2)
            each = known * pinball + settings.shrinkage * spread * shift**2
            return (weight[:, None] * each).sum() / jnp.maximum((weight[:, None] * known).sum(), 1e-6)

        def train(weights: Any, data: Any, picks: Any) -> tuple[Any, Any]:
            def step(carry: Any, pick: Any) -> Any:
                value, slopes = jax.value_and_grad(loss)(carry[0], *(part[pick] for part in data))
                return adam.stateless_apply(carry[1], slopes, carry[0]), value

            (weights, _), losses = jax.lax.scan(step, (weights, self._moments), picks)
            return weights, losses

        def ahead(weights: Any, *inputs: Any) -> Any:
            return jax.vmap(lambda one: curves(one, *inputs)[0])(weights).mean(axis=0)

        self._train: Callable[..., Any] = jax.jit(jax.vmap(train, in_axes=(0, None, 0)), compiler_options=COMPILER)
        self._ahead: Callable[..., Any] = jax.jit(ahead, compiler_options=COMPILER)

    def train(self, windows: Windows, rng: np.random.Generator) -> tuple[Any, Floats]:
        """(weights of all networks, loss [networks, steps])"""
        s = self.settings
        picks = rng.integers(0, len(windows), (s.networks, s.steps, s.batch), dtype=np.int32)
        data = tuple(_filled(part, s.budget) for part in windows.parts())
        weights, losses = self._train(self._start, data, picks)
        return weights, np.asarray(losses, float)

    def forecast(self, weights: Any, windows: Windows) -> Floats:
        """Quantiles of SARIMA's errors ahead [m, h, levels], in units of each series' scale."""
        found = []
        for first in range(0, len(windows), CHUNK):
            parts = [getattr(windows, name)[first : first + CHUNK] for name in INPUTS]
            drawn = self._ahead(weights, *(_filled(part, CHUNK) for part in parts))
            found.append(np.asarray(drawn, float)[: len(parts[0])])
        return np.concatenate(found)


def _model(settings: NetworkSettings, horizon: int, steps: int) -> Any:
    """Shift [m, h] and steps [m, h * steps]; all zeros, for `_start` gives the weights."""
    import keras

    zeros = {"kernel_initializer": "zeros", "bias_initializer": "zeros"}
    sequence, static = keras.Input((settings.window, view.CHANNELS)), keras.Input((horizon + view.FACTS,))
    memory = keras.layers.LSTM(
        settings.units, recurrent_initializer="zeros", unit_forget_bias=False, name="memory", **zeros
    )(sequence)
    facts = keras.layers.Dense(settings.facts, activation="tanh", name="facts", **zeros)(static)
    both = keras.layers.Concatenate()([memory, facts])
    shift = keras.layers.Dense(horizon, name="shift", **zeros)(both)
    return keras.Model([sequence, static], [shift, keras.layers.Dense(horizon * steps, name="steps", **zeros)(both)])


def _start(shapes: Sequence[tuple[str, tuple[int, ...]]], draw: np.random.Generator) -> list[Singles]:
    """One network's first weights, as keras would choose them but from our own generator: no global seed is set.

    The output layers start at zero, so that the network begins as SARIMA.
    """
    found = []
    for path, shape in shapes:
        layer, _, name = path.rpartition("/")
        value = np.zeros(shape)
        if name == "recurrent_kernel":  # orthogonal: Saxe et al. (2014)
            value = np.linalg.qr(draw.normal(size=shape[::-1]))[0].T
        elif name == "kernel" and not layer.endswith(("shift", "steps")):  # Glorot & Bengio (2010)
            limit = np.sqrt(6.0 / (shape[0] + shape[1]))
            value = draw.uniform(-limit, limit, shape)
        elif name == "bias" and "memory" in layer:  # an open forget gate: Jozefowicz et al. (2015)
            value[shape[0] // 4 : shape[0] // 2] = 1.0
        found.append(value.astype(np.float32))
    return found


def _filled(part: Singles, rows: int) -> Singles:
    """Zeros below up to `rows`, so that every call has the shape that was compiled."""
    out = np.zeros((rows, *part.shape[1:]), part.dtype)
    out[: len(part)] = part
    return out
