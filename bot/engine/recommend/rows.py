"""A few rows of a sparse matrix (CSR), looked up without the copies and checks that scipy makes at each slice.

For one member they take longer than the arithmetic.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bot.engine.recommend.past import Floats, Ints, Matrix


class Row(NamedTuple):
    """One row: its columns, ascending, and what stands there."""

    columns: Ints
    data: Floats


def row(matrix: Matrix, at: int) -> Row:
    """A row of the matrix."""
    start, stop = matrix.indptr[at], matrix.indptr[at + 1]
    return Row(matrix.indices[start:stop], matrix.data[start:stop])


def added(parts: Sequence[Row], columns: int) -> Floats:
    """The sum of some rows, dense."""
    total = np.zeros(columns, np.float32)
    for one in parts:
        total[one.columns] += one.data
    return total


class Rows:
    """Some rows side by side, each to be multiplied with one of them, again and again."""

    def __init__(self, matrix: Matrix, rows: Sequence[int]) -> None:
        self._parts = [row(matrix, at) for at in rows]
        self._columns = np.concatenate([one.columns for one in self._parts])
        self._data = np.concatenate([one.data for one in self._parts])
        self._of = np.repeat(np.arange(len(rows)), [len(one.columns) for one in self._parts])
        self._wide = matrix.shape[1]

    def times(self, at: int) -> Floats:
        """Each of the rows times the one at this place among them."""
        dense = added([self._parts[at]], self._wide)
        return np.bincount(self._of, dense[self._columns] * self._data, len(self._parts)).astype(np.float64)
