"""Who took what, as a sparse matrix, and the inner leave-one-out: the same without each member's last item."""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ints: TypeAlias = npt.NDArray[np.signedinteger[Any]]
Bools: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Matrix: TypeAlias = Any
"""A scipy CSR matrix of float32; scipy ships no types."""

CHUNK = 20_000
"""Members whose products are summed at once: a million members need no more memory than these."""


class PastError(ValueError):
    """What was given is no past of a community; the message says why."""


class Past(NamedTuple):
    """`taken` has members by items with a 1 where one took the other; `last` is each member's latest item, or -1.

    An item taken several times counts once, at its first time; of items taken at the same time the later row is last.
    """

    taken: Matrix
    last: Ints


class HeldOut(NamedTuple):
    """`taken` of all members without the last item of those who took two or more: of `rows`, it is in `items`."""

    taken: Matrix
    rows: Ints
    items: Ints


def past(member: Ints, item: Ints, at: Ints, members: int, items: int) -> Past:
    """The past from one row for each time that a member took an item, in any order; numbers count from 0.

    Raises PastError where the arrays differ in length or a number is outside of its range.
    """
    if not len(member) == len(item) == len(at):
        raise PastError(f"there are {len(member)} members, {len(item)} items and {len(at)} times: one of each a row")
    for what, given, count in (("member", member, members), ("item", item, items)):
        if len(given) and not (given.min() >= 0 and given.max() < count):
            raise PastError(f"a {what} is outside of 0 to {count - 1}")
    order = np.argsort(at, kind="stable")
    pairs = member[order].astype(np.int64) * max(items, 1) + item[order]
    _, first = np.unique(pairs, return_index=True)
    kept = order[np.sort(first)]
    last = np.full(members, -1, np.int64)
    last[member[kept]] = item[kept]  # numpy keeps the latest of several
    return Past(_matrix(member[kept], item[kept], (members, items)), last)


def _matrix(rows: Ints, columns: Ints, shape: tuple[int, int]) -> Matrix:
    made = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
    made.sort_indices()
    return made


def held_out(known: Past) -> HeldOut:
    """The inner leave-one-out, by which everything is tuned: nothing of a last item is in `taken`."""
    rows = np.flatnonzero(np.diff(known.taken.indptr) >= 2)
    cells = known.taken.tocoo()
    stays = ~((known.last[cells.row] == cells.col) & np.isin(cells.row, rows))
    return HeldOut(_matrix(cells.row[stays], cells.col[stays], known.taken.shape), rows, known.last[rows])


def takers(taken: Matrix) -> Floats:
    """For each item, how many members took it."""
    return np.asarray(taken.sum(axis=0), np.float64).ravel()


def gram(taken: Matrix, chunk: int = CHUNK) -> Floats:
    """XᵀX, float32: for each two items, how many members took both; the diagonal has the takers of one.

    Summed over chunks of members, so that beside the result (4 bytes × items²) only a chunk's products are held.
    """
    total = np.zeros((taken.shape[1], taken.shape[1]), np.float32)
    for start in range(0, taken.shape[0], chunk):
        part = taken[start : start + chunk]
        both = (part.T @ part).tocoo()  # has each cell once
        total[both.row, both.col] += both.data
    return total


def spread(rows: Ints, most: int) -> Ints:
    """At most so many of the rows, evenly spread over them: a sample that needs no chance."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
