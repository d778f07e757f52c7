"""What a community's library and its accepted answers say, ready to be searched: one index for `/search` and `/ask`.

It is held in memory and made anew only when something in it changed. What was asked in private is never part of it.
"""

from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, select

from bot.engine.library import Content, Library
from bot.engine.searching.index import Document, Index
from bot.storage import library
from bot.storage.questions import ANSWERS, QUESTIONS

LEAST = 0.3
"""The share of what is looked for that an item must have."""
KEPT = 50
"""Communities whose indexes are held at most, the one made longest ago dropped first."""
_CONTENT, _QUESTION = "content:", "question:"


class _Shelf(NamedTuple):
    """What there was to be found at `version`."""

    version: tuple[Any, ...]
    library: Library
    known: Index


_SHELVES: WeakKeyDictionary[Engine, dict[int, _Shelf]] = WeakKeyDictionary()
_MAKING = Lock()
"""One index is made at a time: several readers who wait for the same one would make it as many times."""


def content_of(key: str) -> int | None:
    """The number of the item of the library that a passage's key names; None where it names a question."""
    return int(key.removeprefix(_CONTENT)) if key.startswith(_CONTENT) else None


def question_of(key: str) -> int | None:
    """The number of the question whose answer a passage's key names; None where it names an item of the library."""
    return int(key.removeprefix(_QUESTION)) if key.startswith(_QUESTION) else None


def known(connection: Connection, community: int) -> Index:
    """The items of the library, archived ones left out, and the questions with the answers that were accepted."""
    return _shelf(connection, community).known


def items(connection: Connection, community: int, text: str, most: int = 10) -> list[Content]:
    """What the library holds on these words, in Chinese and English, best first; nothing that is archived.

    A word that is nowhere stands for those that begin so or differ by a letter. Where nothing is found by words, what
    has the text somewhere in its title is.
    """
    shelf = _shelf(connection, community)
    hits = shelf.known.search(text, among=lambda key: content_of(key) is not None, most=most, roughly=True)
    numbers = [content_of(one.key) for one in hits if one.coverage >= LEAST]
    found = [shelf.library.items[number] for number in numbers if number is not None]
    wanted = text.strip().casefold()
    if found or not wanted:
        return found
    return [one for one in shelf.library.shown() if wanted in one.title.casefold()][:most]


def _shelf(connection: Connection, community: int) -> _Shelf:
    version = (*library.version(connection, community), *_accepted(connection, community))
    shelves = _SHELVES.setdefault(connection.engine, {})
    shelf = shelves.get(community)
    if shelf is not None and shelf.version == version:
        return shelf
    with _MAKING:
        shelf = shelves.pop(community, None)
        if shelf is None or shelf.version != version:
            whole = library.whole(connection, community)
            shelf = _Shelf(version, whole, Index([*map(_content, whole.shown()), *_answered(connection, community)]))
        shelves[community] = shelf
        while len(shelves) > KEPT:
            del shelves[next(iter(shelves))]
    return shelf


def _accepted(connection: Connection, community: int) -> tuple[Any, ...]:
    """What changes when an answer is accepted, or one that was is deleted."""
    c = ANSWERS.c
    query = select(func.count(), func.sum(c.id), func.max(c.accepted_at))
    return tuple(connection.execute(query.where(c.community_id == community, c.accepted_at.is_not(None))).one())


def _content(item: Content) -> Document:
    text = f"{item.summary}\n{item.body}".strip()
    return Document(key=f"{_CONTENT}{item.id}", title=item.title, text=text, tags=item.tags)


def _answered(connection: Connection, community: int) -> list[Document]:
    c, a = QUESTIONS.c, ANSWERS.c
    query = select(c.id, c.text.label("asked"), a.text).join(QUESTIONS, c.id == a.question_id)
    query = query.where(a.community_id == community, a.accepted_at.is_not(None), c.how != "privately")
    return [
        Document(key=f"{_QUESTION}{row.id}", title=row.asked, text=row.text)
        for row in connection.execute(query.order_by(c.id))
    ]
