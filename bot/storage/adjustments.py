"""What creators changed by hand: each change of points, quality or coins with who, why and whether it was undone."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, select

from bot.engine.decide import decide
from bot.engine.ledger import Past
from bot.engine.rules import Rules
from bot.events import PointsAdjusted
from bot.state import MemberState
from bot.storage import hands
from bot.storage.entries import ENTRIES
from bot.storage.hands import WAYS
from bot.storage.ledger import MEMBERS
from bot.storage.tables import RARE
from bot.words import Word, from_json, replace

PREFIX = "xp:"
"""How the keys of changes by command begin: `xp:{change}:{member}`."""


class Change(Word, frozen=True):
    """One command: `change` names it; it concerned so many `members` (one by its `name`) and moved `amount` in all."""

    change: str
    way: str
    at: datetime
    actor: str
    why: str
    members: int
    amount: int
    name: str
    undone: bool


def key(change: str, member: int) -> str:
    """The key of the event by which a change concerns a member."""
    return f"{PREFIX}{change}:{member}"


def changes(connection: Connection, community: int, *, member: int | None = None, limit: int = 10) -> list[Change]:
    """The latest changes in a community, or those that concern a member; the newest first."""
    e = ENTRIES.c
    query = (
        select(ENTRIES, MEMBERS.c.name)
        .join(MEMBERS, MEMBERS.c.id == e.member_id)
        .where(e.community_id == community, RARE, e.way.in_(WAYS), e.of.startswith(PREFIX, autoescape=True))
        .order_by(e.at.desc(), e.id.desc())  # a recount numbers the rows anew
    )
    if member is not None:
        query = query.where(e.member_id == member)
    found: dict[str, Change] = {}
    undone: set[str] = set()
    for row in connection.execute(query):
        change = row.of.removeprefix(PREFIX).partition(":")[0]
        if row.undoes:
            undone.add(change)
            continue
        known = found.get(change)
        if known is None and len(found) == limit:
            break
        found[change] = Change(
            change=change,
            way=row.way,
            at=row.at,
            actor=row.by,
            why=row.note,
            members=1 + (known.members if known else 0),
            amount=row.points + row.coins + (known.amount if known else 0),
            name=row.name,
            undone=change in undone,
        )
    called = hands.names(connection, [one.actor for one in found.values()])
    return [replace(one, actor=called[one.actor]) for one in found.values()]


def concerned(connection: Connection, community: int, change: str) -> list[tuple[int, str]]:
    """(member, key) of everybody whom a change concerned and for whom it still holds."""
    e = ENTRIES.c
    theirs = (
        e.community_id == community,
        RARE,
        e.way.in_(WAYS),
        e.of.startswith(f"{PREFIX}{change}:", autoescape=True),
    )
    rows = connection.execute(select(e.member_id, e.of, e.undoes).where(*theirs)).all()
    gone = {row.of for row in rows if row.undoes}
    return [(row.member_id, row.of) for row in rows if row.of not in gone]


def closing(
    connection: Connection, community: int, change: PointsAdjusted, rules: Rules, after: int, limit: int
) -> tuple[Counter[str], int]:
    """For how many of the next `limit` members above `after` a change would close which gate; and the last of them.

    Nothing is changed. 0 is returned as the last when there are no more.
    """
    c, found, last = MEMBERS.c, Counter[str](), 0
    query = select(c.id, c.state).where(c.community_id == community, c.id > after).order_by(c.id).limit(limit)
    for last, data in connection.execute(query):  # noqa: B007 - the last one is told
        was = from_json(MemberState, data)
        now = decide(change, was, rules, Past(before=was)).state
        found.update(set(was.access.open) - set(now.access.open))
    return found, last
