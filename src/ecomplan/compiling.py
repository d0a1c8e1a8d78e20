"""How functions are compiled: once, and kept on disk where a disk can be written to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

#: rounding may differ by a fused multiplication or the order of a sum, nothing else
_ROUNDING = {"contract", "reassoc", "nsz"}


def compiled_with(**options: Any) -> Callable[[F], F]:
    """Compile at the first call with numba's `options`, and keep the result."""
    def decorate(function: F) -> F:
        try:
            return numba.njit(cache=True, **options)(function)  # type: ignore[no-any-return]
        except RuntimeError:  # no folder for the cache: compile in every process
            return numba.njit(**options)(function)  # type: ignore[no-any-return]
    return decorate


def compiled(function: F) -> F:
    """`function` with Python's rules: a division by zero is an error."""
    return compiled_with()(function)


def dividing(function: F) -> F:
    """`function` with numpy's rules: a division by zero gives infinity."""
    return compiled_with(error_model="numpy")(function)


def fused(function: F) -> F:
    """As `dividing`, where a multiplication may be fused with a sum."""
    return compiled_with(error_model="numpy", fastmath={"contract"})(function)


def quick(function: F) -> F:
    """As `dividing`, where rounding is free to differ by the order of operations."""
    return compiled_with(error_model="numpy", fastmath=_ROUNDING)(function)


def inlined(function: F) -> F:
    """`function` written into its callers, and kept with them."""
    return numba.njit(error_model="numpy", fastmath=_ROUNDING, inline="always")(function)  # type: ignore[no-any-return]
