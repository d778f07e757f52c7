"""What just happened: for each act the events it led to, what they changed, and what became of their effects."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from bot.batch import Change
from bot.effects import Effect
from bot.events import (
    INTERNAL,
    Author,
    DayEnded,
    PaymentReceived,
    PaymentReturned,
    Reviewed,
    SubscriptionChanged,
)
from bot.state import MemberState
from bot.storage import nudging
from bot.storage.outbox import Task

KEPT = 100
"""Acts kept."""
TOGETHER = timedelta(seconds=5)
"""What a payment provider tells of one person within this time is one act."""
BILLED = SubscriptionChanged | PaymentReceived | PaymentReturned
"""What a provider tells of its own accord."""


class Difference(NamedTuple):
    """A field of a part of the state that reads differently now."""

    part: str
    field: str
    before: object
    after: object


def differences(before: MemberState, after: MemberState) -> Iterator[Difference]:
    """What changed, part by part; what stayed is left out."""
    for part in MemberState.__struct_fields__:
        old, new = getattr(before, part), getattr(after, part)
        for name in type(new).__struct_fields__:
            was, now = getattr(old, name), getattr(new, name)
            if was != now:
                yield Difference(part, name, was, now)


@dataclass(slots=True)
class Act:
    """One thing that happened.

    `kind` is wrote, edited, deleted, reacted, withdrew, joined, left or command for what somebody did, billed for what
    a payment provider told of them, and time.
    """

    id: int
    user: str
    kind: str
    at: datetime
    values: dict[str, str | int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    delivered: list[Task] = field(default_factory=list)
    open: bool = True

    def effects(self) -> Iterator[tuple[str, Change, Effect, bool]]:
        """(its key, what led to it, the effect, whether it was delivered)."""
        done = {task.key.rpartition("#")[0] + task.key.rpartition("#")[2].partition(":")[0] for task in self.delivered}
        for change in self.changes:
            for index, effect in enumerate(change.effects):
                yield f"{change.event.key}#{index}", change, effect, f"{change.event.key}{index}" in done


class Trace:
    """Puts changes and deliveries to the acts that led to them."""

    def __init__(self) -> None:
        self.acts: deque[Act] = deque(maxlen=KEPT)
        self._ids = count(1)
        self._by_key: dict[str, Act] = {}

    def begin(self, user: str, kind: str, at: datetime, keys: Sequence[str] = (), **values: str | int) -> Act:
        """A new act; events with these keys belong to it."""
        act = Act(next(self._ids), user, kind, at, values)
        if len(self.acts) == KEPT:
            oldest = self.acts[0]
            self._by_key = {key: one for key, one in self._by_key.items() if one is not oldest}
        self.acts.append(act)
        self._by_key |= dict.fromkeys(keys, act)
        return act

    def saw(self, change: Change, user: str) -> Act | None:
        """Find the act a change belongs to.

        By its event's key, else the time passing or the command under way, their own before somebody else's; what a
        payment provider tells of its own accord is an act of itself.
        """
        act, who = self._by_key.get(change.event.key), change.event.who
        if act is None and (isinstance(who, Author) or who.platform == INTERNAL):
            act = self._under_way(change, user) or self._billed(change, user) or self._done_to(change)
        if act is not None:
            self._by_key[change.event.key] = act
            act.changes.append(change)
        return act

    def _under_way(self, change: Change, user: str) -> Act | None:
        day = change.event.key.startswith("day:")
        for act in reversed(self.acts):
            if act.open and (act.kind == "time" or (act.kind == "command" and act.user == user and not day)):
                return act
        return None

    def _done_to(self, change: Change) -> Act | None:
        """Somebody else's command under way: what a creator gives a member, or a member another."""
        if isinstance(change.event, BILLED | DayEnded | Reviewed):
            return None
        return next((act for act in reversed(self.acts) if act.open and act.kind == "command"), None)

    def _billed(self, change: Change, user: str) -> Act | None:
        if not user or not isinstance(change.event, BILLED):
            return None
        at, last = change.event.at, self.acts[-1] if self.acts else None
        if last is not None and (last.kind, last.user) == ("billed", user) and abs(at - last.at) < TOGETHER:
            return last
        act = self.begin(user, "billed", at)
        act.open = False
        return act

    def performed(self, task: Task) -> Act | None:
        """Put a delivered effect to its act.

        One of a command's own (a gate bound) goes to the latest command, and a nudge to the time that passes.
        """
        act = self._by_key.get(task.key.rpartition("#")[0])
        if act is None and task.key.startswith(("bind:", "unbind:")):
            act = next((a for a in reversed(self.acts) if a.kind == "command"), None)
        if act is None and nudging.number(task):
            act = next((a for a in reversed(self.acts) if a.open and a.kind == "time"), None)
        if act is not None:
            act.delivered.append(task)
        return act
