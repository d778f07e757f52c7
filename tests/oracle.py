"""What the answer is: a plain model of the rules as shipped, for one community, fed the true list of events.

It shares no code with the engine or the storage. It knows messages, deletions and reactions, which is what the tests
that kill the process tell.
"""

from collections import Counter
from collections.abc import Iterable
from zlib import crc32

from bot.events import Account, Event, MessageDeleted, MessagePosted, ReactionGiven, ReactionReceived, ReactionWithdrawn

Row = tuple[int, int, int, int, int]
"""(points, messages, reactions given, reactions received, level)."""


def level(points: int) -> int:
    """The level by MEE6's curve, counted up step by step."""
    reached = total = 0
    while points >= total + 5 * reached * reached + 50 * reached + 100:
        total += 5 * reached * reached + 50 * reached + 100
        reached += 1
    return reached


class Oracle:
    """Counters for each user, and the announcements that were due: (user, level), each new height once."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        """The key of every event that counted, and whom it was about."""
        self.points: Counter[str] = Counter()
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in ("messages", "given", "received")}
        self.announced: dict[str, int] = {}
        self.announcements: list[tuple[str, int]] = []

    def feed(self, events: Iterable[Event]) -> None:
        """Take in events in the order heard."""
        for event in events:
            user = event.who.user if isinstance(event.who, Account) else self.seen.get(event.who.of)
            if event.key in self.seen or user is None:
                continue
            self.seen[event.key] = user
            self._count(event, user)
            height = level(self.points[user])
            if height > self.announced.get(user, 0):
                self.announced[user] = height
                self.announcements.append((user, height))

    def _count(self, event: Event, user: str) -> None:
        if isinstance(event, MessagePosted):
            self.points[user] += 15 + crc32(event.key.encode()) % 11
            self.counts["messages"][user] += 1
        elif isinstance(event, MessageDeleted):
            self.points[user] -= 15 + crc32(event.of.encode()) % 11
            self.counts["messages"][user] -= 1
        elif isinstance(event, ReactionGiven):
            self.counts["given"][user] += 1
        elif isinstance(event, ReactionReceived):
            self.points[user] += 5
            self.counts["received"][user] += 1
        elif isinstance(event, ReactionWithdrawn):
            self.points[user] -= 5
            self.counts["received"][user] -= 1

    def rows(self) -> dict[str, Row]:
        """{user: what the database has to say of them}."""
        return {
            user: (
                self.points[user],
                self.counts["messages"][user],
                self.counts["given"][user],
                self.counts["received"][user],
                level(self.points[user]),
            )
            for user in set(self.seen.values())
        }
