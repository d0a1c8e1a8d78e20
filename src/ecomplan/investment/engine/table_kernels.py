"""Values of variables from their normal scores, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from ecomplan.compiling import quick


@quick
def read_tables(
    scores: Any, which: Any, held: Any, edges: Any, columns: Any, steps: Any, limit: Any, values: Any
) -> None:
    """Values of some columns from normal scores, both (n, variables): straight between the knots of the tables
    `held` (tables, knots); a table with an edge is 1 above it, else 0. `which` holds each column's table."""
    last = np.float32(held.shape[1] - 2)
    zero, one = steps - steps, steps / steps
    for i in range(scores.shape[0]):
        for k in range(columns.size):
            column, made = columns[k], which[k]
            z = scores[i, column]
            edge = edges[made]
            if edge == edge:
                values[i, column] = one if z > edge else zero
            else:
                place = min(max((z + limit) * steps, zero), last + one)
                below = min(np.floor(place), last)
                left = np.uint64(np.int32(below))
                low = held[made, left]
                values[i, column] = low + (place - below) * (held[made, left + np.uint64(1)] - low)


@quick
def put_back(values: Any, usual: Any, columns: Any) -> None:
    """Some columns of `values` become those of `usual` again, both (n, variables)."""
    for i in range(values.shape[0]):
        for k in range(columns.size):
            values[i, columns[k]] = usual[i, columns[k]]
