"""A library from a spreadsheet: every line is read and checked before anything is stored, and then all is, or nothing.

The columns are in `COLUMNS` (`sheet.py`); only `title` must be there. An item is known again by its `name` (or by what
its title makes one), so that the same file, changed, brings the library up to date: a column that is there sets what it
says, empty cells too, and a column that is not there leaves things as they are. What lines come to is `drafts.py`'s.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bot.app import App
from bot.engine.library import Content, Library
from bot.i18n import N_
from bot.imports_library.drafts import Drafts
from bot.imports_library.sheet import LibraryError, Reading, Trouble, read
from bot.storage import library, people
from bot.storage.store import Connection
from bot.words import replace

__all__ = ["LibraryError", "Outcome", "Reading", "Trouble", "bring", "read"]


class Outcome(NamedTuple):
    """What a file makes of a library: the items that are new, changed and as they were; or what is wrong with it."""

    community: str
    number: int
    new: list[Content]
    changed: list[Content]
    same: int
    troubles: list[Trouble]
    unknown: list[str]
    encoding: str


async def bring(app: App, reading: Reading, *, community: str = "", dry_run: bool = False) -> Outcome:
    """Check a file against a community's library and, unless something is wrong or it is a `dry_run`, store it.

    Raises LibraryError when the community can't be told.
    """
    number, called = _choose(await app.store.read(people.communities), community)
    rules, now = await app.rules_of(number), app.clock()

    def work(connection: Connection) -> Outcome:
        shelf = Library(library.of_community(connection, number, archived=True))
        drafts = Drafts(reading, shelf, rules, now)
        brought, was = drafts.brought, shelf.items
        outcome = Outcome(
            community=called,
            number=number,
            new=[one for one in brought if one.id < 0],
            changed=[one for one in brought if one.id > 0 and one != was[one.id]],
            same=sum(one.id > 0 and one == was[one.id] for one in brought),
            troubles=drafts.troubles,
            unknown=reading.unknown,
            encoding=reading.encoding,
        )
        if not (dry_run or outcome.troubles):
            _store(connection, outcome)
        return outcome

    return await app.store.write(work)


def _choose(communities: Sequence[tuple[int, str]], wanted: str) -> tuple[int, str]:
    names = ", ".join(f"{name} (#{number})" for number, name in communities)
    if not communities:
        raise LibraryError(N_("There is no community yet: start the bot in your server or group first."))
    if not wanted and len(communities) > 1:
        raise LibraryError(N_("There are several communities: say which by --community. {names}"), names=names)
    fitting = [one for one in communities if wanted.casefold() in ("", one[1].casefold(), f"#{one[0]}", str(one[0]))]
    if len(fitting) != 1:
        raise LibraryError(N_("No single community is called {name}. There are: {names}"), name=wanted, names=names)
    return fitting[0]


def _store(connection: Connection, outcome: Outcome) -> None:
    """New items first, by themselves, so that all have their numbers; then where each stands."""
    numbers: dict[int, int] = {}
    for one in outcome.new:
        numbers[one.id] = library.put(connection, outcome.number, replace(one, id=0, course=0, needs=())).id
    for one in (*outcome.new, *outcome.changed):
        placed = replace(
            one,
            id=numbers.get(one.id, one.id),
            course=numbers.get(one.course, one.course),
            needs=tuple(numbers.get(need, need) for need in one.needs),
        )
        if one.id > 0 or placed.course or placed.needs:
            library.put(connection, outcome.number, placed)
