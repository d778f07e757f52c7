"""The order of a large community, kept for a moment: so that asking for one's rank does not count everybody above.

A rank among N members is a count of up to N points. Where there are many, the points that anybody has are read once, in
order, and looked up by bisection for the next `AGE`: a member's own points are always those of this instant, and what
may be old is how many others have gone past them in that time. Pages of a board never rest on this: they are counted.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from bot.storage import boards
from bot.storage.boards import Board, By, Line
from bot.words import Word

AGE = timedelta(seconds=30)
"""For how long an order is good."""
SMALL = 2_000
"""Up to so many different points counting is as fast as remembering, and nothing is kept."""


class _Order(Word, frozen=True):
    """The different points that anybody had at the time `at`, from the least."""

    at: datetime
    points: NDArray[np.int64]


class Ranks:
    """The ranks of all large communities, for any number of threads that read."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: dict[tuple[int, By], _Order] = {}
        self._lock = Lock()

    def place(self, connection: Connection, board: Board, member: int) -> Line | None:
        """The line of a member on a board of all time; None if they are not on it. The rank may be `AGE` old."""
        return boards.place(connection, board, member, self.rank)

    def rank(self, connection: Connection, board: Board, points: int) -> int:
        """The dense rank of somebody with this many points among those of a moment ago."""
        with self._lock:  # one reads, the others wait for it instead of reading the same
            order = self._order(connection, board)
        return int(order.size - order.searchsorted(points, side="right")) + 1

    def _order(self, connection: Connection, board: Board) -> NDArray[np.int64]:
        key, now = (board.community, board.by), self._clock()
        kept = self._kept.get(key)
        if kept is not None and timedelta() <= now - kept.at < AGE:
            return kept.points
        found = boards.different(connection, board)
        if found.size > SMALL:
            self._kept[key] = _Order(at=now, points=found)
        else:
            self._kept.pop(key, None)
        return found
