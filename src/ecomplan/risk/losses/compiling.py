"""How functions are compiled: once, and kept on disk where a disk can be written to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """`function` compiled at its first call; a division by zero gives infinity, as in numpy."""
    try:
        return numba.njit(cache=True, error_model="numpy")(function)  # type: ignore[no-any-return]
    except RuntimeError:  # no folder for the cache: compile in every process
        return numba.njit(error_model="numpy")(function)  # type: ignore[no-any-return]
