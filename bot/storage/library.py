"""What the library of a community holds, and how it is found."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    String,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from bot.engine.library import Content, Library
from bot.storage import bulk
from bot.storage.ledger import table
from bot.storage.models import MODELS
from bot.storage.tables_library import ContentRow
from bot.words import replace

__all__ = ["Content"]

CONTENT = table(ContentRow)
LEARNT = "recommend"
"""What models of the library are called: their vocabulary is its words."""
_PLAIN = ("name", "kind", "title", "summary", "body", "url", "level", "language", "plan", "position", "source")
_WHEN = ("starts_at", "published_at", "archived")
_RENAMED = {"course": "course_id", "author": "member_id"}
_LISTED = ("tags", "needs")
_CHANGED = {"revision": CONTENT.c.revision + 1}


def put(connection: Connection, community: int, content: Content) -> Content:
    """Publish something new (`content.id` is 0), or change what has this number; returns it as it is kept.

    Raises LookupError when no item of the community has this number. Names are unique: see `free_name`.
    """
    cells = _cells(content)
    if not content.id:
        made = insert(CONTENT).values(community_id=community, **cells).returning(CONTENT.c.id)
        return replace(content, id=connection.execute(made).scalar_one())
    mine = (CONTENT.c.id == content.id, CONTENT.c.community_id == community)
    if not connection.execute(update(CONTENT).where(*mine).values({**cells, **_CHANGED})).rowcount:
        raise LookupError(f"community {community} has no item {content.id}")
    return content


def _cells(content: Content) -> dict[str, Any]:
    return {
        **{name: getattr(content, name) for name in (*_PLAIN, *_WHEN)},
        **{column: getattr(content, name) for name, column in _RENAMED.items()},
        **{name: msgspec.json.encode(getattr(content, name)).decode() for name in (*_LISTED, "file")},
    }


def _content(row: Row[Any]) -> Content:
    cells = row._mapping
    return msgspec.convert(
        {
            "id": cells["id"],
            **{name: cells[name] for name in (*_PLAIN, *_WHEN)},
            **{name: cells[column] for name, column in _RENAMED.items()},
            **{name: msgspec.json.decode(cells[name]) for name in (*_LISTED, "file")},
        },
        Content,
    )


def find(connection: Connection, community: int, item: int | str) -> Content | None:
    """The item of a community with this number or name, archived or not."""
    which = CONTENT.c.id == item if isinstance(item, int) else CONTENT.c.name == item
    return next(iter(_contents(connection, community, which)), None)


def of_community(connection: Connection, community: int, *, archived: bool = False) -> list[Content]:
    """Everything the library holds: what stands alone as published, parts of a course by their position.

    What is archived is among it only on wish.
    """
    return _contents(connection, community, *([] if archived else [CONTENT.c.archived.is_(False)]))


def among(connection: Connection, community: int, items: Collection[int]) -> list[Content]:
    """Those of the items with these numbers that are the community's, archived or not."""
    return _contents(connection, community, bulk.among(connection, CONTENT.c.id, items))


def _contents(connection: Connection, community: int, *which: ColumnElement[bool]) -> list[Content]:
    c = CONTENT.c
    query = select(CONTENT).where(c.community_id == community, *which).order_by(c.course_id, c.position, c.id)
    return [_content(row) for row in connection.execute(query)]


def free_name(connection: Connection, community: int, wanted: str) -> str:
    """`wanted`, with a number after it where another item has that name."""
    c = CONTENT.c
    taken = set(connection.scalars(select(c.name).where(c.community_id == community)))
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def withdraw(connection: Connection, sources: Sequence[str]) -> None:
    """Take out of the library, with their words, the messages with these keys: they were deleted where they stood.

    Of title, name and summary nobody can tell what was taken from the message, so they go with it. Its number is the
    item's title and name from then on; no other can be called so, for what people write makes no name with a #.
    """
    gone = bulk.among(connection, CONTENT.c.source, sources)
    communities = set(connection.scalars(select(CONTENT.c.community_id).where(gone)))
    if not communities:  # as nearly always: few messages are in a library
        return
    number = literal("#") + cast(CONTENT.c.id, String)
    emptied = {"title": number, "name": number, "summary": "", "body": "", "url": "", "file": "{}"}
    connection.execute(update(CONTENT).where(gone).values(**emptied, archived=True, **_CHANGED))
    _unlearn(connection, communities)


def _unlearn(connection: Connection, communities: Collection[int]) -> None:
    """Delete what knows the library's words by heart; it is learnt anew when learning is looked at next."""
    c = MODELS.c
    connection.execute(delete(MODELS).where(c.kind == LEARNT, bulk.among(connection, c.community_id, communities)))


def forget(connection: Connection, member: int) -> None:
    """Before a member is erased: delete the messages of theirs that are in the library.

    Where one was a course its parts stand alone from then on, and are open to no more people than before.
    """
    c = CONTENT.c
    own = (c.member_id == member, c.source != "")
    theirs = connection.execute(select(c.id, c.plan, c.community_id).where(*own)).all()
    for number, plan, _ in theirs:
        parts = update(CONTENT).where(c.course_id == number)
        connection.execute(parts.where(c.plan == "").values(plan=plan))
        connection.execute(parts.values(course_id=0, position=0, **_CHANGED))
    connection.execute(delete(CONTENT).where(*own))
    _unlearn(connection, {row.community_id for row in theirs})


def rename_apart(connection: Connection, keep: int, other: int) -> None:
    """Before two communities become one: the other's items that are called as one that is kept get names of their own.

    Their numbers stay, by which events and studies name them.
    """
    c = CONTENT.c
    kept, theirs = (
        {row.name: row.id for row in connection.execute(select(c.name, c.id).where(c.community_id == number))}
        for number in (keep, other)
    )
    for name in sorted(kept.keys() & theirs.keys()):
        number = 2
        while f"{name}-{number}" in kept or f"{name}-{number}" in theirs:
            number += 1
        theirs[f"{name}-{number}"] = theirs[name]
        connection.execute(update(CONTENT).where(c.id == theirs[name]).values(name=f"{name}-{number}"))


class _Shelf(NamedTuple):
    """A library as it was at `version`."""

    version: tuple[int, ...]
    library: Library


_SHELVES: WeakKeyDictionary[Engine, dict[int, _Shelf]] = WeakKeyDictionary()
"""{database: {community: its library}}: it is read anew only when something was published or changed."""


def whole(connection: Connection, community: int) -> Library:
    """The whole library of a community, archived items too; it is read anew only when something was changed."""
    now = version(connection, community)
    shelves = _SHELVES.setdefault(connection.engine, {})
    shelf = shelves.get(community)
    if shelf is None or shelf.version != now:
        shelf = shelves[community] = _Shelf(now, Library(of_community(connection, community, archived=True)))
    return shelf.library


def version(connection: Connection, community: int) -> tuple[int, ...]:
    """What is another when anything in the library was published, changed or deleted."""
    c = CONTENT.c
    sums = [func.coalesce(func.sum(column), 0) for column in (c.id, c.revision, c.member_id)]
    row = connection.execute(select(func.count(), *sums).where(c.community_id == community)).one()
    return tuple(map(int, row))
