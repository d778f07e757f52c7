"""What the answer is: a plain model of the rules as shipped, for one community, fed the true list of events.

It shares no code with the engine or the storage. `Oracle` knows messages, deletions and reactions, which is what the
tests that kill the process tell; the functions below it know what a purchase is worth.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from zlib import crc32

from bot.events import Account, Event, MessageDeleted, MessagePosted, ReactionGiven, ReactionReceived, ReactionWithdrawn
from bot.sales import Subscription

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


# ---------------------------------------------------------------------- what was bought

WORST = ("ended", "refunded", "disputed", "paused", "past_due", "active", "trialing", "pending")
"""Of two truths of one instant the one whose status comes first here is believed."""


def latest(truths: Iterable[Subscription]) -> dict[str, list[Subscription]]:
    """{subscription: the truths that may be believed of it}: of the last instant, the worst; several if they tie."""
    found: dict[str, list[Subscription]] = {}
    for one in truths:
        best = found.get(one.id)
        if best is None or _rank(one) < _rank(best[0]):
            found[one.id] = [one]
        elif _rank(one) == _rank(best[0]) and one not in best:
            best.append(one)
    return found


def _rank(one: Subscription) -> tuple[float, int]:
    return -one.as_of.timestamp(), WORST.index(one.status)


def open_until(one: Subscription, grace_days: int = 7) -> float | None:
    """The second since 1970 at which access by a subscription ends if nothing else happens; None is never.

    0.0 where it gives no access at all. By the default rules, for a plan with `grace_days`.
    """
    if one.status in ("pending", "paused", "disputed", "refunded", "ended"):
        return 0.0
    if one.until is None:
        return None
    first_charge_failed = one.until in (one.since, one.trial_until)
    allowance = 0 if first_charge_failed else grace_days
    if allowance and (one.until - one.since).days >= 365:
        allowance = max(allowance, 14)
    if one.status != "past_due":
        allowance = max(allowance, 3) if one.renews else 0
    return one.until.timestamp() + allowance * 86_400


def entitles(one: Subscription, at: datetime, grace_days: int = 7) -> bool:
    """Whether a subscription opens its plan's gates at a time."""
    ends = open_until(one, grace_days)
    return ends is None or at.timestamp() < ends


def entitled(truths: Iterable[Subscription], at: datetime, grace_days: Mapping[str, int]) -> list[set[str]]:
    """The sets of plans that may be what these truths entitle to at a time; more than one only where truths tie."""
    answers: list[set[str]] = [set()]
    for believed in latest(truths).values():
        plans = [{one.plan} if entitles(one, at, grace_days.get(one.plan, 7)) else set() for one in believed]
        answers = [answer | more for answer in answers for more in plans]
    return answers
