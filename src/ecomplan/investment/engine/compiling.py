"""How functions are compiled: once, and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

#: rounding may differ by a fused multiplication or the order of a sum, nothing else
_ROUNDING = {"contract", "reassoc", "nsz"}


def compiled(function: F) -> F:
    """`function` compiled at its first call and kept on disk, where a disk can be written to."""
    return _kept(function)


def quick(function: F) -> F:
    """The same where rounding is free to differ by the order of operations."""
    return _kept(function, error_model="numpy", fastmath=_ROUNDING)


def inlined(function: F) -> F:
    """`function` written into its callers, and kept with them."""
    return numba.njit(error_model="numpy", fastmath=_ROUNDING, inline="always")(function)  # type: ignore[no-any-return]


def _kept(function: F, **options: Any) -> F:
    try:
        return numba.njit(cache=True, **options)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # no folder for the cache: compile in every process
        return numba.njit(**options)(function)  # type: ignore[no-any-return]
