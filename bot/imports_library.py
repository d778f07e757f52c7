"""A library from a spreadsheet: every line is read and checked before anything is stored, and then all is, or nothing.

The columns are in `COLUMNS`; only `title` must be there. An item is known again by its `name` (or by what its title
makes one), so that the same file, changed, brings the library up to date: a column that is there sets what it says,
empty cells too, and a column that is not there leaves things as they are.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bot.adapters.roster.cells import encodings
from bot.app import App
from bot.cogs.publishing_views import FLAWS
from bot.engine.library import Content, Library
from bot.engine.publishing import circle, flaw_of_its_own, name_of, read_tags, with_link
from bot.engine.rules import Rules
from bot.i18n import N_
from bot.storage import library, people
from bot.storage.store import Connection
from bot.words import Word, replace

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name", "slug", "short name", "短名"),
    "title": ("title", "标题"),
    "kind": ("kind", "type", "类型"),
    "summary": ("summary", "description", "简介"),
    "text": ("text", "body", "content", "正文"),
    "link": ("link", "url", "链接"),
    "tags": ("tags", "topics", "标签"),
    "level": ("level", "难度"),
    "language": ("language", "语言"),
    "plan": ("plan", "套餐"),
    "course": ("course", "课程"),
    "position": ("position", "order", "number", "顺序"),
    "needs": ("needs", "prerequisites", "requires", "先修"),
    "starts": ("starts", "starts at", "时间"),
    "published": ("published", "published at", "date", "发布时间"),
    "archived": ("archived", "已下架"),
}
"""What each column is called, in any case; `_` and `-` are spaces."""
MOST = 20_000
"""Lines of a file."""
_YES = ("1", "true", "yes", "x", "是")
_NO = ("", "0", "false", "no", "否")


class LibraryError(Exception):
    """A file that can't be read as a library; the message, to be translated, says what to do."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class Trouble(Word, frozen=True):
    """What is wrong in a line: why (to be translated, with values)."""

    line: int
    why: str
    values: dict[str, object] = {}


class Line(NamedTuple):
    """A line of the file: its number and {column: cell} of the columns that the file has."""

    number: int
    cells: dict[str, str]


class Reading(NamedTuple):
    """A file, read: its lines, and the titles of columns that mean nothing here."""

    lines: list[Line]
    unknown: list[str]


class Outcome(NamedTuple):
    """What a file makes of a library: the items that are new, changed and as they were; or what is wrong with it."""

    community: str
    number: int
    new: list[Content]
    changed: list[Content]
    same: int
    troubles: list[Trouble]
    unknown: list[str]


# ---------------------------------------------------------------------- the file


def read(data: bytes) -> Reading:
    """Read a CSV file. Raises LibraryError when it is none, or has no column `title`."""
    rows = list(_rows(_text(data)))
    if not rows:
        raise LibraryError(N_("The file is empty."))
    titles = [_plain(cell) for cell in rows[0][1]]
    known = {one: name for name, called in COLUMNS.items() for one in called}
    columns = {at: known[title] for at, title in enumerate(titles) if title in known}
    if "title" not in columns.values():
        listed = ", ".join(COLUMNS)
        raise LibraryError(N_("There is no column “title”. The columns are: {columns}."), columns=listed)
    if len(rows) > MOST + 1:
        raise LibraryError(N_("The file has more than {n} lines: split it."), n=MOST)
    lines = [Line(number, _cells(columns, cells)) for number, cells in rows[1:]]
    return Reading(lines, [one.strip() for at, one in enumerate(rows[0][1]) if at not in columns and one.strip()])


def _cells(columns: Mapping[int, str], cells: Sequence[str]) -> dict[str, str]:
    return {name: cells[at].strip() if at < len(cells) else "" for at, name in columns.items()}


def _plain(title: str) -> str:
    return " ".join(title.casefold().replace("_", " ").replace("-", " ").split())


def _text(data: bytes) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise LibraryError(N_("This is a spreadsheet, not CSV: save it as CSV (UTF-8) and give me that."))
    for name in encodings(data):
        try:
            return data.decode(name).removeprefix("\ufeff").replace("\0", "")
        except UnicodeError:
            continue
    raise LibraryError(N_("The letters can't be read: save the file as CSV (UTF-8)."))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of the rows that are not blank."""
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise LibraryError(N_("Line {line} is no CSV: {why}."), line=reader.line_num, why=str(error)) from error


# ---------------------------------------------------------------------- what it comes to


async def bring(app: App, reading: Reading, *, community: str = "", dry_run: bool = False) -> Outcome:
    """Check a file against a community's library and, unless something is wrong or it is a `dry_run`, store it.

    Raises LibraryError when the community can't be told.
    """
    number, called = _choose(await app.store.read(people.communities), community)
    rules, now = await app.rules_of(number), app.clock()

    def work(connection: Connection) -> Outcome:
        drafts = _Drafts(reading, Library(library.of_community(connection, number, archived=True)), rules, now)
        outcome = drafts.outcome(called, number)
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


class _Drafts:
    """The items that a file makes; new ones have numbers below 0 until they are stored."""

    def __init__(self, reading: Reading, shelf: Library, rules: Rules, now: datetime) -> None:
        self._reading = reading
        self._was = shelf.items
        self._rules = rules
        self._now = now
        self._lines: dict[int, Line] = {}
        self._items = dict(shelf.items)
        self._troubles: list[Trouble] = []
        self._names = {one.name: one.id for one in shelf.items.values()}
        self._titles = {one.title.casefold(): one.id for one in shelf.items.values()}

    def outcome(self, called: str, number: int) -> Outcome:
        """Draft all lines, then say where each stands, then check each."""
        for line in self._reading.lines:
            self._draft(line)
        for item, line in self._lines.items():
            self._place(item, line)
        if not self._troubles:
            self._check()
        brought = [self._items[item] for item in self._lines]
        return Outcome(
            community=called,
            number=number,
            new=[one for one in brought if one.id < 0],
            changed=[one for one in brought if one.id > 0 and one != self._was[one.id]],
            same=sum(one.id > 0 and one == self._was[one.id] for one in brought),
            troubles=sorted(self._troubles, key=lambda one: one.line),
            unknown=self._reading.unknown,
        )

    def _wrong(self, line: Line, why: str, **values: object) -> None:
        self._troubles.append(Trouble(line=line.number, why=why, values=values))

    def _draft(self, line: Line) -> None:
        title = " ".join(line.cells["title"].split())
        name = name_of(line.cells.get("name") or title)
        if not title:
            self._wrong(line, N_("The title is missing."))
            return
        item = self._names.get(name, -len(self._lines) - 1)
        if item in self._lines:
            self._wrong(line, N_("Line {other} is called {name}, too: give one another name."), name=name,
                        other=self._lines[item].number)  # fmt: skip
            return
        self._lines[item] = line
        self._names[name] = item
        self._titles.setdefault(title.casefold(), item)
        was = self._was.get(item) or Content(
            id=item, name=name, kind="article", title=title, published_at=self._now, author=0
        )
        self._items[item] = self._worded(replace(was, title=title), line)

    def _worded(self, item: Content, line: Line) -> Content:
        cells, changes = line.cells, dict[str, Any]()
        for column, part in (("summary", "summary"), ("text", "body"), ("link", "url"), ("plan", "plan")):
            if column in cells:
                changes[part] = cells[column]
        changes |= {name: cells[name].casefold() for name in ("level", "language") if name in cells}
        if cells.get("kind"):
            changes["kind"] = cells["kind"].casefold()
        if "tags" in cells:
            changes["tags"] = read_tags(cells["tags"])
        if cells.get("published"):
            changes["published_at"] = self._when(line, "published") or item.published_at
        if "starts" in cells:
            changes["starts_at"] = self._when(line, "starts")
        if "archived" in cells:
            if cells["archived"].casefold() not in (*_YES, *_NO):
                self._wrong(line, N_("{cell} is neither yes nor no."), cell=cells["archived"])
            changes["archived"] = cells["archived"].casefold() in _YES
        return with_link(replace(item, **changes))

    def _when(self, line: Line, column: str) -> datetime | None:
        cell = line.cells[column]
        if not cell:
            return None
        try:
            at = datetime.fromisoformat(cell)
        except ValueError:
            self._wrong(line, N_("{cell} is no time: write it like 2027-06-30 19:00."), cell=cell)
            return None
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

    def _place(self, item: int, line: Line) -> None:
        cells, changes = line.cells, dict[str, Any]()
        if "course" in cells:
            changes["course"] = self._named(line, cells["course"]) if cells["course"] else 0
        if "needs" in cells:
            parts = [part.strip() for part in cells["needs"].replace("；", ";").replace(",", ";").split(";")]
            changes["needs"] = tuple(dict.fromkeys(self._named(line, part) for part in parts if part))
        if cells.get("position"):
            if cells["position"].isascii() and cells["position"].isdecimal():
                changes["position"] = min(int(cells["position"]), 10**6)
            else:
                self._wrong(line, N_("{cell} is no number."), cell=cells["position"])
        self._items[item] = replace(self._items[item], **changes)

    def _named(self, line: Line, text: str) -> int:
        found = self._titles.get(text.casefold(), 0) or self._names.get(name_of(text), 0)
        if not found:
            self._wrong(line, N_("There is no {item}, neither in the file nor in the library."), item=text)
        return found

    def _check(self) -> None:
        whole = Library(self._items.values())
        for item, line in self._lines.items():
            found = flaw_of_its_own(self._items[item], whole, self._rules)
            if found is not None:
                self._wrong(line, FLAWS[found.why], about=found.about)
        round_ = None if self._troubles else circle(whole)
        if round_ is not None:
            concerned = [line for item, line in self._lines.items() if self._items[item].title in round_.about]
            self._wrong(concerned[0] if concerned else Line(0, {}), FLAWS["circle"], about=round_.about)


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
