"""Normal points of many correlated variables, in blocks of rows, single precision.

Plain points come from numpy's generator, Sobol points from Owen-scrambled digital nets (Owen 1995; Joe & Kuo
2008 directions). Correlation is a Gaussian copula: independent normals times a Cholesky factor.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError

Single = NDArray[np.float32]
Array = NDArray[np.float64]
KINDS = ("plain", "sobol")
BLOCK = 8192  # rows a block: a few MB for some hundred variables
_EDGE = 2.0**-33  # keeps a Sobol number of 0 off minus infinity


def normal_blocks(
    count: int, variables: int, seed: int, cholesky: Array | None = None, kind: str = "plain", block: int = BLOCK
) -> Iterator[Single]:
    """Blocks of normal points, each (rows, variables) float32, `count` rows together; memory does not grow
    with `count`.

    `cholesky` (variables, variables) is the lower factor of the correlation. The points do not depend on
    `block`. Raises ParameterError for an unknown kind or fewer than one point or variable.
    """
    if kind not in KINDS:
        raise ParameterError(f"points {kind!r} are refused; expected {' or '.join(KINDS)}")
    if count < 1 or variables < 1 or block < 1:
        raise ParameterError(f"{count} points of {variables} variables in blocks of {block}: expected 1 or more")
    if cholesky is not None and cholesky.shape != (variables, variables):
        raise ParameterError(f"Cholesky factor of shape {cholesky.shape}; expected {variables} a side")
    upper = None if cholesky is None else _Mixer(cholesky)
    source = _plain(count, variables, seed, block) if kind == "plain" else _sobol(count, variables, seed, block)
    for rows in source:
        yield rows if upper is None else upper(rows)


def normals(
    count: int, variables: int, seed: int, cholesky: Array | None = None, kind: str = "plain"
) -> Single:
    """All points at once, (count, variables)."""
    return np.concatenate(list(normal_blocks(count, variables, seed, cholesky, kind)))


class _Mixer:
    """Rows times the transposed factor, leaving out the columns that stay as they are."""

    def __init__(self, cholesky: Array) -> None:
        off = cholesky - np.diag(np.diag(cholesky))
        alone = ~(off.any(axis=0) | off.any(axis=1)) & (np.diag(cholesky) == 1)
        self._mixed = np.flatnonzero(~alone)
        self._factor = np.ascontiguousarray(cholesky[np.ix_(self._mixed, self._mixed)].T, dtype=np.float32)

    def __call__(self, rows: Single) -> Single:
        if self._mixed.size == rows.shape[1]:
            return rows @ self._factor
        if self._mixed.size:
            rows[:, self._mixed] = rows[:, self._mixed] @ self._factor
        return rows


def _plain(count: int, variables: int, seed: int, block: int) -> Iterator[Single]:
    rng = np.random.default_rng(seed)
    for start in range(0, count, block):
        yield rng.standard_normal((min(block, count - start), variables), dtype=np.float32)


def _sobol(count: int, variables: int, seed: int, block: int) -> Iterator[Single]:
    from scipy.special import ndtri
    from scipy.stats import qmc

    engine = qmc.Sobol(variables, scramble=True, rng=np.random.default_rng(seed))
    for start in range(0, count, block):
        with warnings.catch_warnings():  # blocks need not be powers of two, only their sum should be
            warnings.simplefilter("ignore", UserWarning)
            level = engine.random(min(block, count - start))
        np.clip(level, _EDGE, 1 - _EDGE, out=level)
        yield ndtri(level).astype(np.float32)
