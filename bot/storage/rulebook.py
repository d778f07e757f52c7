"""What a community has of its own of the rules: its plans, and the tables it changed, each change with its undo."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from bot.engine.rules import Rules, amended, laid_over
from bot.storage import plans
from bot.storage.ledger import table
from bot.storage.tables import RulebookRow
from bot.words import Word

RULEBOOKS = table(RulebookRow)


class Page(Word, frozen=True):
    """A change of the rules: what was changed, by whom and when, and everything that was the community's own then."""

    id: int
    own: dict[str, Any]
    what: str
    by: str
    at: datetime
    undone_at: datetime | None = None


class Draft(Word, frozen=True):
    """Rules that would hold after a change: the community's `own` of them, and `page`, the change it is made on top of.

    It takes the change `undoes` back, if that is one.
    """

    rules: Rules
    own: dict[str, Any] = {}
    page: int = 0
    undoes: int = 0


def draft(
    connection: Connection, base: Rules, community: int, changes: Mapping[str, Any], *, instead: bool = False
) -> Draft:
    """The rules with `changes` laid over what the community has of its own, or (`instead`) put in the place of it.

    Raises ValueError that names the key and what is wrong with it.
    """
    pages = history(connection, community, limit=1)
    mine = pages[0].own if pages else {}
    whole: dict[str, Any] = dict(changes) if instead else laid_over(mine, changes)
    found = amended(base, whole).with_plans(plans.own(connection, community))
    return Draft(rules=found, own=whole, page=pages[0].id if pages else 0)


def without_last(connection: Connection, base: Rules, community: int) -> Draft:
    """The rules as before the last change. Raises LookupError when there is none."""
    pages = history(connection, community, limit=2)
    if not pages:
        raise LookupError(f"community {community} has no rules of its own")
    mine = pages[1].own if len(pages) > 1 else {}
    found = amended(base, mine).with_plans(plans.own(connection, community))
    return Draft(rules=found, own=mine, page=pages[0].id, undoes=pages[0].id)


def as_they_are(connection: Connection, base: Rules, community: int) -> Draft:
    """The rules as they are."""
    pages = history(connection, community, limit=1)
    found = rules(connection, base, community)
    return Draft(rules=found, own=pages[0].own if pages else {}, page=pages[0].id if pages else 0)


def rules(connection: Connection, base: Rules, community: int) -> Rules:
    """The rules a community plays by. Its own tables are left out where they do not fit the file's any more."""
    try:
        found = amended(base, own(connection, community))
    except ValueError:
        found = base
    return found.with_plans(plans.own(connection, community))


def own(connection: Connection, community: int) -> dict[str, Any]:
    """The tables that a community changed, as laid over those of the file."""
    pages = history(connection, community, limit=1)
    return pages[0].own if pages else {}


def heeded_roles(connection: Connection, base: Rules) -> frozenset[str]:
    """The ids of all roles that the rules of any community speak of."""
    c = RULEBOOKS.c
    changed = connection.scalars(select(c.community_id).where(c.undone_at.is_(None)).distinct())
    books = [base, *[rules(connection, base, community) for community in changed.all()]]
    return frozenset(one.role for book in books for one in book.multipliers if one.role)


def history(connection: Connection, community: int, limit: int = 20, *, undone: bool = False) -> list[Page]:
    """The changes that hold (or, with `undone`, all there were), the latest first."""
    c = RULEBOOKS.c
    query = select(RULEBOOKS).where(c.community_id == community)
    if not undone:
        query = query.where(c.undone_at.is_(None))
    return [
        Page(
            id=row.id,
            own=msgspec.json.decode(row.data, type=dict[str, Any]),
            what=row.what,
            by=row.by,
            at=row.at,
            undone_at=row.undone_at,
        )
        for row in connection.execute(query.order_by(c.id.desc()).limit(limit))
    ]


def write(connection: Connection, community: int, own: Mapping[str, Any], *, what: str, by: str, now: datetime) -> int:
    """Let `own` hold from now on; returns the id of the change."""
    data = msgspec.json.encode(own).decode()
    row = insert(RULEBOOKS).values(community_id=community, data=data, what=what, by=by, at=now)
    made: int = connection.execute(row.returning(RULEBOOKS.c.id)).scalar_one()
    return made


def undo(connection: Connection, page: int, now: datetime) -> None:
    """Let what held before a change hold again; only the latest can be undone."""
    connection.execute(update(RULEBOOKS).where(RULEBOOKS.c.id == page).values(undone_at=now))
