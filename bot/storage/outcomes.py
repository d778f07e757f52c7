"""What members did after they were exposed to something, and how active they were before: in bulk, from what is stored.

An outcome is one entry of `OUTCOMES`. Days are those of the member's own clock (the table of days): the day of the
exposure itself counts neither as before nor as after. Money and lessons count from the very instant.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, select

from bot.engine.money import rate
from bot.engine.rules import Rules
from bot.state import MemberState
from bot.storage import bulk
from bot.storage.entries import DAYS
from bot.storage.ledger import MEMBERS, table
from bot.storage.tables import PaymentRow
from bot.storage.tables_library import StudyRow
from bot.words import N_, Word, from_json

PAYMENTS, STUDIES = table(PaymentRow), table(StudyRow)
PAST = 28
"""Days before an exposure that are looked at."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

Exposures = Mapping[int, datetime]
"""{member: when they were first exposed}."""
Found = dict[int, float]


class Active:
    """On which days members of a community were active, from one day (an ordinal) to another: read once, asked often.

    Of all members, or of those named.
    """

    def __init__(
        self, connection: Connection, community: int, since: int, until: int, members: Collection[int] | None = None
    ) -> None:
        c = DAYS.c
        query = select(c.member_id * _ROOM + c.day).where(c.community_id == community, c.day >= since, c.day <= until)
        if members is not None:
            query = query.where(bulk.among(connection, c.member_id, members))
        self._known = np.sort(np.array(connection.scalars(query).all(), np.int64))

    def days(self, exposures: Exposures, first: int, last: int) -> Found:
        """On how many days each was active, from the day `first` to `last` after theirs (before: negative).

        Who was not is left out.
        """
        member = np.fromiter(exposures, np.int64, len(exposures))
        at = member * _ROOM + np.fromiter((at.toordinal() for at in exposures.values()), np.int64, len(exposures))
        many = np.searchsorted(self._known, at + last, "right") - np.searchsorted(self._known, at + first, "left")
        some = many > 0
        return dict(zip(member[some].tolist(), many[some].astype(float).tolist(), strict=True))


_ROOM = 1 << 22
"""More than there are ordinals of days."""


class Window(NamedTuple):
    """What is asked: of which members of a community, how many days after each one's exposure.

    `active` is what was read of their days, where that serves several questions.
    """

    connection: Connection
    community: int
    exposures: Exposures
    days: int
    rules: Rules = Rules()
    active: Active | None = None


Look = Callable[[Window], Found]


class Outcome(Word, frozen=True):
    """Something to want: whether (a `rate`) or how much. `look` gives it of members, who have 0 where it says nothing.

    `worth` is the smallest difference that usually matters.
    """

    name: str
    title: str
    look: Look
    rate: bool = True
    worth: float = 0.05


def around(connection: Connection, community: int, exposures: Exposures, days: int) -> Active:
    """What is to be known of the days before and after exposures, of those members alone."""
    first, last = (pick(exposures.values(), default=_NEVER).toordinal() for pick in (min, max))
    return Active(connection, community, first - PAST, last + days, exposures)


def before(asked: Window) -> Found:
    """The part of the `PAST` days before their exposure on which members were active: what CUPED adjusts by."""
    return {member: days / PAST for member, days in _spent(asked, -PAST, -1).items()}


def _spent(asked: Window, first: int, last: int) -> Found:
    active = asked.active or around(asked.connection, asked.community, asked.exposures, asked.days)
    return active.days(asked.exposures, first, last)


def _active(asked: Window) -> Found:
    return dict.fromkeys(_days(asked), 1.0)


def _days(asked: Window) -> Found:
    return _spent(asked, 1, asked.days)


def _payments(asked: Window) -> list[tuple[int, str, str, int, str]]:
    """(member, kind, subscription, amount, currency) of what was paid in each member's window."""
    connection, community, exposures, days, *_ = asked
    if not exposures:
        return []
    c = PAYMENTS.c
    latest = max(exposures.values()) + timedelta(days=days)
    query = (
        select(c.member_id, c.kind, c.subscription, c.amount, c.currency, c.at)
        .where(c.community_id == community, c.at > min(exposures.values()), c.at <= latest)
        .where(bulk.among(connection, c.member_id, list(exposures)))
        .order_by(c.at, c.id)
    )
    return [
        (member, kind, subscription, amount, currency)
        for member, kind, subscription, amount, currency, at in connection.execute(query)
        if exposures[member] < at <= exposures[member] + timedelta(days=days)
    ]


def _paid(asked: Window) -> Found:
    return {member: 1.0 for member, kind, _, amount, _ in _payments(asked) if kind == "charge" and amount > 0}


def _renewed(asked: Window) -> Found:
    """A charge for a subscription that had been charged before the exposure."""
    connection, community, exposures, *_ = asked
    moved = [one for one in _payments(asked) if one[1] == "charge" and one[3] > 0]
    c = PAYMENTS.c
    told = select(c.member_id, c.subscription, c.at).where(
        c.community_id == community, c.kind == "charge", bulk.among(connection, c.subscription, [m[2] for m in moved])
    )
    older = {(row.member_id, row.subscription) for row in connection.execute(told) if _was(row, exposures)}
    return {member: 1.0 for member, _, subscription, _, _ in moved if (member, subscription) in older}


def _was(row: object, exposures: Exposures) -> bool:
    member, at = getattr(row, "member_id", 0), getattr(row, "at", None)
    return member in exposures and at is not None and at <= exposures[member]


def revenue(asked: Window) -> Found:
    """Net of what went back, in minor units of the currency of the books; what no rate is known for does not count."""
    found: defaultdict[int, float] = defaultdict(float)
    general = asked.rules.membership
    for member, kind, _, amount, currency in _payments(asked):
        found[member] += amount * float(rate(currency, general) or 0) * (1 if kind == "charge" else -1)
    return dict(found)


def _finished(asked: Window) -> Found:
    connection, community, exposures, days, *_ = asked
    c = STUDIES.c
    query = (
        select(c.member_id, c.finished_at)
        .where(c.community_id == community, c.finished_at.is_not(None))
        .where(bulk.among(connection, c.member_id, list(exposures)))
    )
    return {
        member: 1.0
        for member, at in connection.execute(query)
        if exposures[member] < at <= exposures[member] + timedelta(days=days)
    }


OUTCOMES: dict[str, Outcome] = {
    one.name: one
    for one in (
        Outcome(name="active", title=N_("active again"), look=_active),
        Outcome(name="days", title=N_("active days"), look=_days, rate=False, worth=0.5),
        Outcome(name="paid", title=N_("paid"), look=_paid),
        Outcome(name="renewed", title=N_("renewed"), look=_renewed),
        Outcome(name="revenue", title=N_("revenue a member"), look=revenue, rate=False, worth=100.0),
        Outcome(name="finished", title=N_("finished something"), look=_finished),
    )
}


def harmed(asked: Window) -> set[int]:
    """Who got money back, disputed a payment or complained in the window after their exposure."""
    connection, _, exposures, days, *_ = asked
    moved = _payments(asked)
    found = {member for member, kind, *_ in moved if kind in ("refund", "dispute")}
    c = MEMBERS.c
    query = select(c.id, c.state).where(
        bulk.among(connection, c.id, list(exposures)), c.state.contains('"complained_at"')
    )
    for member, state in connection.execute(query):
        at = from_json(MemberState, state).contact.complained_at
        if at is not None and exposures[member] < at <= exposures[member] + timedelta(days=days):
            found.add(member)
    return found
