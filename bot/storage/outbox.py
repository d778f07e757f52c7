"""The outbox: effects written with the state that led to them, claimed with a lease, ticked off when performed."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, func, or_, select, update

from bot.effects import Alert, Announce, Effect, GrantAccess, Nudge, Priority, Relay, RevokeAccess, ShowLevel, Tell
from bot.events import INTERNAL, Account
from bot.storage import bulk, grants
from bot.storage.grants import GRANTS
from bot.storage.ledger import Seat, table
from bot.storage.tables import AccountRow, CommunityRow, GateRow, MemberRow, OutboxRow, micros
from bot.words import Word, from_json, to_json

OUTBOX, ACCOUNTS, COMMUNITIES = table(OutboxRow), table(AccountRow), table(CommunityRow)
GATES, MEMBERS = table(GateRow), table(MemberRow)

PRIVATE = "private"
"""The target of what goes to the member alone."""
THREAD, REPLY = "thread:", "reply:"
"""Begin the targets of nudges that go to a thread of the member's own beside a channel, or answer a message there."""
AT_THE_NAME = "name"
"""The target of what is shown at the member's name."""


class Task(Word, frozen=True):
    """An effect to perform for one account: `target` is a channel's id, `kind:id` behind a gate, `private` or `name`.

    `key` is the same at every attempt; a platform that knows idempotency keys or nonces gets it. `locale` is
    the language to speak: the member's own in private, the community's in public. `grant` is how it stood with the
    way in when the task was claimed (see `grants.py`).
    """

    id: int
    key: str
    community: int
    member: int
    member_name: str
    locale: str
    account: Account
    target: str
    effect: Effect
    attempts: int
    grant: str = ""

    @property
    def place(self) -> grants.Place:
        """Where a grant or a revocation lets in or out."""
        return self.account.platform, self.target, self.account.user, self.community


class Wanted(Word, frozen=True):
    """An effect that was decided: whose, under a `key` of its own, `heard` from which account and in which channel.

    `open` are the gates that stand open to the member: what is behind one of them is not closed with another.
    """

    seat: Seat
    key: str
    heard: Account
    effect: Effect
    channel: str = ""
    open: tuple[str, ...] = ()


class Addressed(Word, frozen=True):
    """An effect for one account and place that are known already."""

    seat: Seat
    key: str
    account: Account
    target: str
    effect: Effect


_COLUMNS = (
    "key",
    "community_id",
    "member_id",
    "platform",
    "space",
    "user",
    "target",
    "priority",
    "effect",
    "due_at",
    "attempts",
    "outcome",
)
"""What is written of a row, in this order."""


def post(connection: Connection, wanted: Sequence[Wanted], now: datetime, only: str | None = None) -> int:
    """Write effects to the outbox, a row for each account and place they concern (`only` on one platform).

    Returns how many.

    A grant and a revocation of the same place supersede whatever of the two still waits, so that the last
    decision wins however late an attempt comes; so it is with what is shown at a name.
    """
    if not wanted:
        return 0
    addresses = _addresses(connection, wanted)
    rows = [row for one in wanted for row in addresses.rows(one, now) if only in (None, row["platform"])]
    return _write(connection, rows, now)


def address(connection: Connection, wanted: Sequence[Addressed], now: datetime) -> int:
    """Write effects whose account and place are known to the outbox, as `post` does; returns how many."""
    return _write(
        connection, [_row(one.seat, one.key, one.account, one.target, one.effect, now) for one in wanted], now
    )


def _write(connection: Connection, rows: list[dict[str, Any]], now: datetime) -> int:
    last = {_place(row): row for row in rows if _alone(row)}
    rows = [row for row in rows if not _alone(row) or last[_place(row)] is row]
    for row in last.values():
        _supersede(connection, row, now)
    access = [row for row in last.values() if row["priority"] <= Priority.GRANT]
    if access:
        refused = _agree(connection, access, now)
        rows = [row for row in rows if row["key"] not in refused]
    if rows:
        bulk.insert(
            connection, OUTBOX, _COLUMNS, [tuple([row[name] for name in _COLUMNS]) for row in rows], unless="key"
        )
    return len(rows)


def _agree(connection: Connection, rows: list[dict[str, Any]], now: datetime) -> set[str]:
    """Bring the register of grants up to what is wanted now; returns the keys of rows that are not to be performed.

    What a human took back is not given again, and what we did not give is not taken.
    """
    known = grants.statuses(connection, {row["member_id"] for row in rows})
    opened: list[dict[str, Any]] = []
    over: list[dict[str, Any]] = []
    refused: set[str] = set()
    for row in rows:
        status = known.get(grants.place(row))
        if row["priority"] == Priority.GRANT:
            if status == "held":
                refused.add(row["key"])
            elif status not in ("giving", "granted", "found"):
                opened.append(row)
        elif status not in grants.OURS:
            refused.add(row["key"])
            over += [] if status in (None, "gone") else [row]
    grants.put(connection, opened, "wanted", now)
    grants.put(connection, over, "gone", now)
    return refused


def _row(seat: Seat, key: str, account: Account, target: str, effect: Effect, now: datetime) -> dict[str, Any]:
    return {
        "key": f"{key}:{account.platform}:{account.user}:{target}",
        "community_id": seat.community,
        "member_id": seat.member,
        "platform": account.platform,
        "space": account.space,
        "user": account.user,
        "target": target,
        "priority": int(effect.PRIORITY),
        "effect": to_json(effect).decode(),
        "due_at": micros(now),
        "attempts": 0,
        "outcome": "",
        "gate": effect.gate if isinstance(effect, GrantAccess | RevokeAccess) else "",
    }


def _alone(row: dict[str, Any]) -> bool:
    """Whether of such effects for one place only the last is performed."""
    return bool(row["priority"] <= Priority.GRANT) or row["target"] == AT_THE_NAME


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["member_id"], row["platform"], row["user"], row["target"]


def _supersede(connection: Connection, row: dict[str, Any], now: datetime) -> None:
    c = OUTBOX.c
    connection.execute(
        update(OUTBOX)
        .where(
            c.member_id == row["member_id"],
            c.platform == row["platform"],
            c.user == row["user"],
            c.target == row["target"],
            c.priority == Priority.NUDGE if row["target"] == AT_THE_NAME else c.priority <= Priority.GRANT,
            c.key != row["key"],
            c.done_at.is_(None),
        )
        .values(done_at=now, outcome="superseded")
    )


class _Addresses(Word, frozen=True):
    """Where effects can go: the accounts of members, what stands behind gates, where communities announce."""

    accounts: dict[int, list[Account]]
    gates: dict[tuple[int, str], list[tuple[str, str, str]]]
    announce: dict[int, dict[str, str]]
    staff: dict[int, dict[str, str]]
    """{community: {platform: "space/channel"}}."""

    def rows(self, wanted: Wanted, now: datetime) -> list[dict[str, Any]]:
        return [
            _row(wanted.seat, wanted.key, account, target, wanted.effect, now)
            for account, target in self.places(wanted)
        ]

    def places(self, wanted: Wanted) -> list[tuple[Account, str]]:
        community, heard = wanted.seat.community, wanted.heard
        accounts = self.accounts.get(wanted.seat.member, [])
        match wanted.effect:
            case GrantAccess(gate=gate) | RevokeAccess(gate=gate):
                others = wanted.open if isinstance(wanted.effect, RevokeAccess) else ()
                behind = {place for other in others for place in self.gates.get((community, other), [])}
                return [
                    (Account(platform=a.platform, space=space, user=a.user), target)
                    for a in accounts
                    for platform, space, target in self.gates.get((community, gate), [])
                    if a.platform == platform and (platform, space, target) not in behind
                ]
            case Announce():
                channels = self.announce.get(community, {})
                if heard.platform == INTERNAL:
                    return [(a, channels[a.platform]) for a in accounts if a.platform in channels][:1]
                channel = channels.get(heard.platform, wanted.channel)
                return [(heard, channel)] if channel else []
            case Nudge() | Tell() | Relay():
                return [(a, PRIVATE) for a in accounts][:1]
            case ShowLevel():
                return [(a, AT_THE_NAME) for a in accounts]
            case Alert():
                return [
                    (Account(platform=platform, space=space, user=""), channel)
                    for platform, where in self.staff.get(community, {}).items()
                    for space, _, channel in [where.partition("/")]
                ]


def _addresses(connection: Connection, wanted: Sequence[Wanted]) -> _Addresses:
    members, communities = {one.seat.member for one in wanted}, {one.seat.community for one in wanted}
    accounts: dict[int, list[Account]] = {}
    query = select(ACCOUNTS.c.member_id, ACCOUNTS.c.platform, ACCOUNTS.c.space, ACCOUNTS.c.external, ACCOUNTS.c.name)
    for member, platform, space, user, name in connection.execute(
        query.where(bulk.among(connection, ACCOUNTS.c.member_id, members)).order_by(
            ACCOUNTS.c.private_at.is_(None), ACCOUNTS.c.id
        )
    ):
        account = Account(platform=platform, space=space, user=user, name=name)
        accounts.setdefault(member, []).append(account)
    gates: dict[tuple[int, str], list[tuple[str, str, str]]] = {}
    for row in connection.execute(
        select(GATES).where(bulk.among(connection, GATES.c.community_id, communities)).order_by(GATES.c.id)
    ):
        gates.setdefault((row.community_id, row.gate), []).append((row.platform, row.space, f"{row.kind}:{row.target}"))
    query2 = select(COMMUNITIES.c.id, COMMUNITIES.c.announce, COMMUNITIES.c.staff).where(
        bulk.among(connection, COMMUNITIES.c.id, communities)
    )
    announce: dict[int, dict[str, str]] = {}
    staff: dict[int, dict[str, str]] = {}
    for number, news, concerns in connection.execute(query2):
        announce[number] = msgspec.json.decode(news, type=dict[str, str])
        staff[number] = msgspec.json.decode(concerns, type=dict[str, str])
    return _Addresses(accounts=accounts, gates=gates, announce=announce, staff=staff)


def claim(
    connection: Connection, now: datetime, platforms: Collection[str], limit: int, lease: timedelta
) -> list[Task]:
    """Lease the most urgent tasks that are due, at most `limit`: by priority, then in the order written.

    A task whose lease ran out (the process died with it) is due again.
    """
    c = OUTBOX.c
    due = (
        select(c.id)
        .where(
            c.done_at.is_(None),
            c.due_at <= now,
            or_(c.leased_until.is_(None), c.leased_until <= now),
            c.platform.in_(platforms),
        )
        .order_by(c.priority, c.id)
        .limit(limit)
    )
    ids = list(connection.scalars(due))
    if not ids:
        return []
    connection.execute(update(OUTBOX).where(c.id.in_(ids)).values(leased_until=now + lease, attempts=c.attempts + 1))
    query = (
        select(OUTBOX, MEMBERS.c.name, MEMBERS.c.locale, COMMUNITIES.c.locale.label("spoken"), GRANTS.c.status)
        .join(MEMBERS, MEMBERS.c.id == c.member_id)
        .join(COMMUNITIES, COMMUNITIES.c.id == c.community_id)
        .outerjoin(
            GRANTS,
            (GRANTS.c.platform == c.platform)
            & (GRANTS.c.target == c.target)
            & (GRANTS.c.user == c.user)
            & (GRANTS.c.community_id == c.community_id),
        )
        .where(c.id.in_(ids))
        .order_by(c.priority, c.id)
    )
    return [
        Task(
            id=row.id,
            key=row.key,
            community=row.community_id,
            member=row.member_id,
            member_name=row.name,
            locale=(_alone_reads(row.target) and row.locale) or row.spoken,
            account=Account(platform=row.platform, space=row.space, user=row.user, name=row.name),
            target=row.target,
            effect=from_json(Effect, row.effect),
            attempts=row.attempts,
            grant=row.status or "",
        )
        for row in connection.execute(query)
    ]


def _alone_reads(target: str) -> bool:
    """Whether only the member reads it."""
    return target == PRIVATE or target.startswith(THREAD)


def finish(
    connection: Connection, task: Task, now: datetime, outcome: str, grant: grants.Status | None = None, why: str = ""
) -> None:
    """Tick a task off for good: `done`, or why it never will be; and say how it stands with the `grant` it was about.

    One superseded meanwhile stays so, and says nothing about the grant; what a human took meanwhile stays taken.
    """
    c = OUTBOX.c
    ticked = connection.execute(
        update(OUTBOX).where(c.id == task.id, c.done_at.is_(None)).values(done_at=now, outcome=outcome[:500])
    )
    if grant is not None and ticked.rowcount:
        grants.settle(connection, task.place, grant, now, why, unless="" if grant == "gone" else "held")


def begin(connection: Connection, task: Task, now: datetime) -> bool:
    """Mark that something is about to be given.

    False when it was superseded meanwhile, or a human took the place back, and it must not be.
    """
    c = OUTBOX.c
    if connection.scalar(select(c.id).where(c.id == task.id, c.done_at.is_(None))) is None:
        return False
    if grants.status(connection, task.place) == "held":
        return False
    grants.settle(connection, task.place, "giving", now)
    return True


def postpone(connection: Connection, task: int, due_at: datetime, why: str) -> None:
    """Give the lease back and try again at `due_at`."""
    connection.execute(
        update(OUTBOX).where(OUTBOX.c.id == task).values(leased_until=None, due_at=due_at, outcome=why[:500])
    )


def waiting(connection: Connection) -> dict[Priority, int]:
    """How many tasks wait, by priority."""
    query = select(OUTBOX.c.priority, func.count()).where(OUTBOX.c.done_at.is_(None)).group_by(OUTBOX.c.priority)
    return {Priority(priority): count for priority, count in connection.execute(query)}


def shed(connection: Connection, now: datetime, cap: int) -> int:
    """Drop the oldest nudges beyond `cap` waiting tasks; nothing else is ever dropped. Returns how many."""
    counts = waiting(connection)
    over = min(sum(counts.values()) - cap, counts.get(Priority.NUDGE, 0))
    if over <= 0:
        return 0
    c = OUTBOX.c
    oldest = select(c.id).where(c.done_at.is_(None), c.priority == Priority.NUDGE).order_by(c.id).limit(over)
    connection.execute(
        update(OUTBOX).where(c.id.in_(list(connection.scalars(oldest)))).values(done_at=now, outcome="shed")
    )
    return over


def failures(connection: Connection, community: int, limit: int = 5) -> list[tuple[str, str]]:
    """(what, why) of the latest effects of a community that were given up.

    What is handed on of a question names nobody: whoever asked it may have done so without a name.
    """
    c = OUTBOX.c
    query = (
        select(c.effect, c.outcome, MEMBERS.c.name)
        .join(MEMBERS, MEMBERS.c.id == c.member_id)
        .where(c.community_id == community, c.outcome.startswith("failed: "))
        .order_by(c.id.desc())
        .limit(limit)
    )
    return [
        (_about(from_json(Effect, effect), name), outcome.removeprefix("failed: "))
        for effect, outcome, name in connection.execute(query)
    ]


def _about(effect: Effect, member: str) -> str:
    whom = f"question {effect.question}" if isinstance(effect, Relay) else member
    return f"{type(effect).__name__} → {whom}"
