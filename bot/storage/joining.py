"""Two communities that are one: a group that founded its own by being heard of becomes part of the server's.

The other community's row stays, empty, and says what it was merged into: hashes of erased accounts are salted with a
community's number, and by the old number those of the other are still recognized (`bot/storage/ledger.py`).
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, select, tuple_, update

from bot.effects import Priority
from bot.engine.rules import Rules
from bot.events import INTERNAL
from bot.state import MemberState
from bot.storage import bulk, library
from bot.storage.gates import GATES
from bot.storage.grants import GRANTS
from bot.storage.ledger import ACCOUNTS, COMMUNITIES, EVENTS, MEMBERS, SPACES, Seat, table
from bot.storage.merge import merge
from bot.storage.models import MODELS
from bot.storage.outbox import OUTBOX
from bot.storage.plans import PLANS
from bot.storage.privacy import HOLDINGS
from bot.storage.reach import Reached, reach
from bot.storage.tables import CouponRow
from bot.words import Word, from_json

COUPONS = table(CouponRow)

_UNIQUE: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (GATES, ("gate", "platform", "kind", "target")),
    (PLANS, ("name",)),
    (COUPONS, ("code",)),
    (MODELS, ("kind",)),
)
"""What is unique in a community: where both have one, that of the one that is kept holds."""
_STRONGEST = ("held", "granted", "giving", "found", "wanted", "blocked", "away", "gone")
"""Which of two stories of the same way in is believed: a human's word first, then what was ours to take back."""


class Preview(Word, frozen=True):
    """What joining two communities would do."""

    keep: str
    other: str
    spaces: int
    members: int
    both: int
    """Members who are in both already, by the same account."""
    plans: tuple[str, ...]
    """Names of plans that both have: those of the community that is kept hold."""
    coupons: tuple[str, ...]


def preview(connection: Connection, keep: int, other: int) -> Preview:
    """What `join_communities` would do, in numbers."""
    return Preview(
        keep=_name(connection, keep),
        other=_name(connection, other),
        spaces=_count(connection, SPACES, other),
        members=_count(connection, MEMBERS, other),
        both=len({theirs for _, theirs, _ in _pairs(connection, keep, other)}),
        plans=_shared(connection, PLANS, "name", keep, other),
        coupons=_shared(connection, COUPONS, "code", keep, other),
    )


def join_communities(connection: Connection, keep: int, other: int, rules: Rules, now: datetime) -> dict[int, int]:
    """Make the community `other` part of `keep`: members, spaces, channels, gates, plans and all.

    Whoever is in both by the same account is one person (`merge`); returns {member who is gone: member they are now}.
    Settings, and plans and coupons of the same name, are those of `keep`. Raises ValueError when the two are not two
    communities in their own right. What the members may now is to be reviewed afterwards: plans may differ.
    """
    whole = set(connection.scalars(select(COMMUNITIES.c.id).where(COMMUNITIES.c.merged_into.is_(None))))
    if keep == other or not {keep, other} <= whole:
        raise ValueError(f"communities {keep} and {other} can't be joined: they must be two that are not joined yet")
    _restart(connection, other, now)
    pairs = _pairs(connection, keep, other)
    _same_accounts(connection, pairs)
    _same_grants(connection, keep, other)
    for rows, unique in _UNIQUE:
        _yield_to(connection, rows, unique, keep, other)
    library.rename_apart(connection, keep, other)
    _move(connection, keep, other)
    _settings(connection, keep, other)
    became: dict[int, int] = {}
    for mine, theirs, _ in pairs:
        one, two = _now(became, mine), _now(became, theirs)
        if theirs in became:  # one person there, two here: the one who was here first is kept
            one, two = min(one, two), max(one, two)
        if one != two:
            merge(connection, one, two, rules, now)
            became[two] = one
    _let_in(connection, keep, other, now)
    return {gone: _now(became, gone) for gone in became}


def _name(connection: Connection, community: int) -> str:
    name: str = connection.execute(select(COMMUNITIES.c.name).where(COMMUNITIES.c.id == community)).scalar_one()
    return name


def _count(connection: Connection, rows: Table, community: int) -> int:
    query = select(func.count()).select_from(rows).where(rows.c.community_id == community)
    return connection.scalar(query) or 0


def _shared(connection: Connection, rows: Table, column: str, keep: int, other: int) -> tuple[str, ...]:
    found = {
        community: set(connection.scalars(select(rows.c[column]).where(rows.c.community_id == community)))
        for community in (keep, other)
    }
    return tuple(sorted(found[keep] & found[other]))


def _pairs(connection: Connection, keep: int, other: int) -> list[tuple[int, int, tuple[int, int]]]:
    """(member of one, member of the other, their accounts' rows) for each account that both communities know."""
    mine, theirs = ACCOUNTS.alias(), ACCOUNTS.alias()
    query = (
        select(mine.c.member_id, theirs.c.member_id, mine.c.id, theirs.c.id)
        .join(theirs, (theirs.c.platform == mine.c.platform) & (theirs.c.external == mine.c.external))
        .where(mine.c.community_id == keep, theirs.c.community_id == other)
        .order_by(mine.c.id)
    )
    return [(one, two, (first, second)) for one, two, first, second in connection.execute(query)]


def _now(became: dict[int, int], member: int) -> int:
    while member in became:
        member = became[member]
    return member


def _restart(connection: Connection, other: int, now: datetime) -> None:
    """Grants under way know their place by the old community and could not note that they were given: begin them anew.

    Whoever has claimed one finds it superseded before the deed, or has marked it `giving`, which stays ours.
    """
    c = OUTBOX.c
    leased = (c.community_id == other, c.done_at.is_(None), c.leased_until.is_not(None), c.priority == Priority.GRANT)
    for row in connection.execute(select(OUTBOX).where(*leased)).mappings().all():
        again = {**row, "key": f"{row['key']}:joined:{other}", "leased_until": None}
        del again["id"]
        connection.execute(update(OUTBOX).where(c.id == row["id"]).values(done_at=now, outcome="superseded"))
        connection.execute(insert(OUTBOX).values(again))


def _same_accounts(connection: Connection, pairs: list[tuple[int, int, tuple[int, int]]]) -> None:
    c = ACCOUNTS.c
    for _, _, (mine, theirs) in pairs:
        at = [at for at in connection.scalars(select(c.private_at).where(c.id.in_((mine, theirs)))) if at is not None]
        connection.execute(update(ACCOUNTS).where(c.id == mine).values(private_at=max(at, default=None)))
        connection.execute(delete(ACCOUNTS).where(c.id == theirs))


def _same_grants(connection: Connection, keep: int, other: int) -> None:
    """Of two stories of one account's way into one place, the stronger is left."""
    rows = connection.execute(select(GRANTS).where(GRANTS.c.community_id.in_((keep, other)))).all()
    told: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows:
        told.setdefault((row.platform, row.target, row.user), []).append(row)
    weaker = [
        row.id
        for stories in told.values()
        for row in sorted(stories, key=lambda row: (_STRONGEST.index(row.status), row.id))[1:]
    ]
    connection.execute(delete(GRANTS).where(bulk.among(connection, GRANTS.c.id, weaker)))


def _yield_to(connection: Connection, rows: Table, unique: tuple[str, ...], keep: int, other: int) -> None:
    columns = [rows.c[name] for name in unique]
    there = connection.execute(select(*columns).where(rows.c.community_id == keep)).all()
    if there:
        double = tuple_(*columns).in_([tuple(row) for row in there])
        connection.execute(delete(rows).where(rows.c.community_id == other, double))


def _move(connection: Connection, keep: int, other: int) -> None:
    """Every row of the other community becomes one of the community that is kept; a new table can't be forgotten."""
    for holding in HOLDINGS:
        rows = holding.table
        if "community_id" not in rows.c:
            continue
        moved: dict[str, Any] = {"community_id": keep}
        if rows is EVENTS:
            before, after = (f'"platform":"{INTERNAL}","space":"{number}"' for number in (other, keep))
            moved["data"] = func.replace(EVENTS.c.data, before, after)
        connection.execute(update(rows).where(rows.c.community_id == other).values(moved))


def _settings(connection: Connection, keep: int, other: int) -> None:
    """Where news goes on each platform follows, unless that is settled already."""
    c = COMMUNITIES.c
    query = select(c.id, c.announce, c.staff).where(c.id.in_((keep, other)))
    found = {row.id: row for row in connection.execute(query)}
    both: dict[str, str] = {}
    for name in ("announce", "staff"):
        mine, theirs = (
            msgspec.json.decode(found[number]._mapping[name], type=dict[str, str]) for number in (keep, other)
        )
        both[name] = msgspec.json.encode({**theirs, **mine}).decode()
    connection.execute(update(COMMUNITIES).where(c.id == keep).values(**both))
    joined = update(COMMUNITIES).where((c.id == other) | (c.merged_into == other))
    connection.execute(joined.values(merged_into=keep, announce="{}", staff="{}"))


def _let_in(connection: Connection, keep: int, other: int, now: datetime) -> None:
    """What stands behind a gate in either is open to all to whom that gate is open."""
    c = MEMBERS.c
    query = select(c.id, c.state).where(c.community_id == keep, c.state.contains('"open":['))
    changed = []
    for member, state in connection.execute(query.order_by(c.id)):
        opened = from_json(MemberState, state).access.open
        changed.append(Reached(seat=Seat(member=member, community=keep), was=opened, open=opened))
    reach(connection, changed, f"joined:{other}", now)
