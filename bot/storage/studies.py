"""What each member did with each item of the library: one row for both, kept by the batch from events."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, delete, func, select

from bot.engine.library import Study, concerns, studied, united
from bot.events import Event
from bot.storage import bulk
from bot.storage.ledger import Seat, table
from bot.storage.tables import micros
from bot.storage.tables_library import StudyRow
from bot.words import Word

STUDIES = table(StudyRow)
_TIMES = ("shown_at", "opened_at", "finished_at", "saved_at", "dismissed_at")
_KEPT = ("shown", "liked", "stars", *_TIMES)


def keep(connection: Connection, told: Sequence[tuple[Seat, Event]]) -> None:
    """Store what events tell, in the order heard; news of what is no item of a library is left out."""
    seats = {(seat.member, item): seat for seat, event in told for item in concerns(event)}
    known = _known(connection, seats) if seats else {}
    for seat, event in told:
        for item in concerns(event):
            pair = seat.member, item
            known[pair] = studied(known.get(pair) or Study(member=seat.member, content=item), event)
    _write(connection, {pair: (seats[pair].community, known[pair]) for pair in seats})


def _known(connection: Connection, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], Study]:
    c = STUDIES.c
    members, items = ({pair[at] for pair in pairs} for at in (0, 1))
    whose = bulk.among(connection, c.member_id, members), bulk.among(connection, c.content_id, items)
    found = {(one.member, one.content): one for one in _studies(connection, *whose)}
    return {pair: study for pair, study in found.items() if pair in pairs}


def _write(connection: Connection, studies: dict[tuple[int, int], tuple[int, Study]]) -> None:
    columns = ("community_id", "member_id", "content_id", *_KEPT)
    rows = [(community, *pair, *_cells(study)) for pair, (community, study) in studies.items()]
    bulk.upsert(connection, STUDIES, columns, ("member_id", "content_id"), rows)


def _cells(study: Study) -> tuple[Any, ...]:
    times = [getattr(study, name) for name in _TIMES]
    return study.shown, study.liked, study.stars, *[None if at is None else micros(at) for at in times]


def of_member(connection: Connection, member: int) -> dict[int, Study]:
    """Everything a member did with items: {number of the item: what}."""
    return {study.content: study for study in _studies(connection, STUDIES.c.member_id == member)}


def of_item(connection: Connection, community: int, item: int) -> list[Study]:
    """What everybody did with an item."""
    return _studies(connection, STUDIES.c.community_id == community, STUDIES.c.content_id == item)


def of_community(connection: Connection, community: int) -> list[Study]:
    """What all members did with all items, by the member's number and the item's."""
    return _studies(connection, STUDIES.c.community_id == community)


def _studies(connection: Connection, *which: ColumnElement[bool]) -> list[Study]:
    c = STUDIES.c
    query = select(c.member_id, c.content_id, *[c[name] for name in _KEPT]).where(*which)
    return [_study(row) for row in connection.execute(query.order_by(c.member_id, c.content_id))]


def _study(row: Row[Any]) -> Study:
    return Study(member=row.member_id, content=row.content_id, **{name: row._mapping[name] for name in _KEPT})


def unite(connection: Connection, keep_: int, other: int) -> None:
    """Of the same item, begun by both members, one row is left: with all that either did."""
    mine, theirs = of_member(connection, keep_), of_member(connection, other)
    both = mine.keys() & theirs.keys()
    c = STUDIES.c
    query = select(c.content_id, c.community_id).where(c.member_id == keep_)
    places: dict[int, int] = {row[0]: row[1] for row in connection.execute(query)}
    connection.execute(delete(STUDIES).where(c.member_id == other, bulk.among(connection, c.content_id, both)))
    _write(connection, {(keep_, item): (places[item], united(mine[item], theirs[item])) for item in sorted(both)})


def forget(connection: Connection, items: Iterable[int]) -> None:
    """Delete what everybody did with items that are gone."""
    connection.execute(delete(STUDIES).where(bulk.among(connection, STUDIES.c.content_id, list(items))))


class Sums(Word, frozen=True):
    """What all members did with an item: how many were shown it, opened it, and so on; `stars` is the sum of ratings.

    Whoever opened, finished or liked it without having been shown it counts among `members`, too.
    """

    members: int = 0
    shown: int = 0
    opened: int = 0
    finished: int = 0
    liked: int = 0
    rated: int = 0
    stars: int = 0
    saved: int = 0
    dismissed: int = 0


def sums(connection: Connection, community: int) -> dict[int, Sums]:
    """What all members did with each item, by its number; an item that nobody has seen is missing."""
    c = STUDIES.c
    whether = {"liked": c.liked, "rated": c.stars > 0}
    whether |= {name: c[f"{name}_at"].is_not(None) for name in ("opened", "finished", "saved", "dismissed")}
    counts = [func.sum(case((yes, 1), else_=0)).label(name) for name, yes in whether.items()]
    more = [func.count().label("members"), func.sum(c.shown).label("shown"), func.sum(c.stars).label("stars")]
    query = select(c.content_id, *counts, *more).where(c.community_id == community).group_by(c.content_id)
    return {
        row.content_id: Sums(**{name: int(row._mapping[name]) for name in Sums.__struct_fields__})
        for row in connection.execute(query)
    }
