"""Random numbers in compiled code: streams of one number of state, uniform, normal, chi-squared.

The state goes in and comes out as a value: an array would be counted at every call, which costs more than a draw.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ecomplan.compiling import dividing

_GOLDEN, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_YEAR = np.uint64(0xD1342543DE82EF95)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 1.0 / 9007199254740992.0  # 2 ** -53
_LAYERS = 128
_LAYER = np.uint64(_LAYERS - 1)
_EDGE, _AREA = 3.442619855899, 9.91256303526217e-3  # of 128 layers (Marsaglia & Tsang, 2000)


def _layers() -> npt.NDArray[np.float64]:
    """Right edges of layers of equal area under exp(-x^2/2); the first is the base with its tail as a rectangle."""
    edges = np.zeros(_LAYERS + 1)
    edges[0], edges[1] = _AREA / math.exp(-0.5 * _EDGE**2), _EDGE
    for k in range(2, _LAYERS):
        edges[k] = math.sqrt(-2 * math.log(_AREA / edges[k - 1] + math.exp(-0.5 * edges[k - 1] ** 2)))
    return edges


_X = _layers()
_RATIO = _X[1:] / _X[:-1]


@dividing
def mixed(z: Any) -> Any:
    """SplitMix64's output for the state `z` (Steele, Lea & Flood, 2014)."""
    z = (z ^ (z >> _S30)) * _FIRST
    z = (z ^ (z >> _S27)) * _SECOND
    return z ^ (z >> _S31)


@dividing
def start(seed: int, year: int, purpose: int) -> Any:
    """State of the stream of one year for one purpose."""
    return mixed(mixed(np.uint64(seed) * _YEAR + np.uint64(purpose)) + np.uint64(year) * _GOLDEN)


@dividing
def uniform(state: Any) -> Any:
    """(state, uniform in (0, 1), both ends excluded)."""
    state += _GOLDEN
    return state, (np.float64(mixed(state) >> _S11) + 0.5) * _UNIT


@dividing
def _layered(state: Any) -> Any:
    """(state, uniform in (-1, 1), layer)."""
    state += _GOLDEN
    bits = mixed(state)
    return state, (np.float64(bits >> _S11) + 0.5) * (2 * _UNIT) - 1.0, np.int64(bits & _LAYER)


@dividing
def _slow(state: Any, u: float, layer: int) -> Any:
    """The one draw in forty that leaves the inside of its layer."""
    while True:
        if layer == 0:  # the tail beyond the last edge (Marsaglia, 1964)
            while True:
                state, a = uniform(state)
                state, b = uniform(state)
                x = -math.log(a) / _EDGE
                if -2.0 * math.log(b) >= x * x:
                    return state, math.copysign(_EDGE + x, u)
        x = u * _X[layer]
        low, high = math.exp(-0.5 * _X[layer] ** 2), math.exp(-0.5 * _X[layer + 1] ** 2)
        state, a = uniform(state)
        if low + a * (high - low) < math.exp(-0.5 * x * x):
            return state, x
        state, u, layer = _layered(state)
        if abs(u) < _RATIO[layer]:
            return state, u * _X[layer]


@dividing
def normal(state: Any) -> Any:
    """(state, standard normal) by layers of equal area (Marsaglia & Tsang, 2000); the layer has bits of its own."""
    state, u, layer = _layered(state)
    if abs(u) < _RATIO[layer]:
        return state, u * _X[layer]
    return _slow(state, u, layer)


@dividing
def chi_squared(state: Any, free: int) -> Any:
    """(state, chi-squared of whole degrees of freedom)."""
    total = 0.0
    for _ in range(free // 2):
        state, u = uniform(state)
        total -= 2.0 * math.log(u)
    if free % 2:
        state, x = normal(state)
        total += x * x
    return state, total
