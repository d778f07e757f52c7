"""What the lines of a file make of a library, before anything is stored: the items, or what is wrong and where."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.cogs.publishing_views import FLAWS
from bot.engine.library import Content, Library
from bot.engine.publishing import (
    LAST,
    Why,
    circle,
    flaw_of_its_own,
    name_of,
    read_tags,
    read_time,
    with_link,
)
from bot.engine.rules import Rules
from bot.i18n import N_
from bot.imports_library.sheet import Line, Reading, Trouble, quoted
from bot.words import replace

_YES = ("1", "true", "yes", "x", "是")
_NO = ("", "0", "false", "no", "否")
_ABOUT: dict[Why, tuple[str, ...]] = {
    "title": ("title",),
    "summary": ("summary",),
    "body": ("text",),
    "url": ("link", "text"),
    "empty": ("text", "link"),
    "kind": ("kind",),
    "level": ("level",),
    "language": ("language",),
    "tag": ("tags",),
    "tags": ("tags",),
    "plan": ("plan",),
    "course": ("course",),
    "course_in_course": ("course",),
    "has_parts": ("kind",),
    "parts": ("course",),
    "needs": ("needs",),
    "itself": ("needs",),
    "circle": ("needs",),
    "position": ("position",),
    "name": ("name", "title"),
}
"""In which column each flaw is: of several the first that says something."""


class Drafts:
    """The items that a file makes; new ones have numbers below 0 until they are stored."""

    def __init__(self, reading: Reading, shelf: Library, rules: Rules, now: datetime) -> None:
        self._called = reading.called
        self._was = shelf.items
        self._rules = rules
        self._now = now
        self._lines: dict[int, Line] = {}
        self._items = dict(shelf.items)
        self._troubles = list(reading.troubles)
        self._names = {one.name: one.id for one in shelf.items.values()}
        self._titles = {one.title.casefold(): one.id for one in shelf.items.values()}
        if not self._troubles:  # else what a cell says can't be believed
            self._make(reading.lines)

    def _make(self, lines: Sequence[Line]) -> None:
        """Draft all lines, then say where each stands, then check each."""
        for line in lines:
            self._draft(line)
        for item, line in self._lines.items():
            self._place(item, line)
        if not self._troubles:
            self._check()

    @property
    def brought(self) -> list[Content]:
        """The items that lines are about, as they would be."""
        return [self._items[item] for item in self._lines]

    @property
    def troubles(self) -> list[Trouble]:
        """What is wrong, from the first line to the last."""
        return sorted(self._troubles, key=lambda one: one.line)

    def _wrong(self, line: Line, column: str, why: str, **values: object) -> None:
        shown = {name: quoted(value) if isinstance(value, str) else value for name, value in values.items()}
        called = quoted(self._called.get(column, ""))
        self._troubles.append(Trouble(line=line.number, column=called, why=why, values=shown))

    def _draft(self, line: Line) -> None:
        title = " ".join(line.cells["title"].split())
        name = name_of(line.cells.get("name") or title)
        if not title:
            self._wrong(line, "title", N_("The title is missing."))
            return
        item = self._names.get(name, -len(self._lines) - 1)
        if item in self._lines:
            column = "name" if line.cells.get("name") else "title"
            self._wrong(line, column, N_("Line {other} is called {name}, too: give one another name."), name=name,
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
                self._wrong(line, "archived", N_("{cell} is neither yes nor no."), cell=cells["archived"])
            changes["archived"] = cells["archived"].casefold() in _YES
        return with_link(replace(item, **changes))

    def _when(self, line: Line, column: str) -> datetime | None:
        cell = line.cells[column]
        if not cell:
            return None
        try:
            return read_time(cell)
        except ValueError:
            self._wrong(line, column, N_("{cell} is no time: write it like 2027-06-30 19:00."), cell=cell)
            return None

    def _place(self, item: int, line: Line) -> None:
        cells, changes = line.cells, dict[str, Any]()
        if "course" in cells:
            changes["course"] = self._named(line, "course", cells["course"]) if cells["course"] else 0
        if "needs" in cells:
            parts = [part.strip() for part in cells["needs"].replace("；", ";").replace(",", ";").split(";")]
            changes["needs"] = tuple(dict.fromkeys(self._named(line, "needs", part) for part in parts if part))
        if position := cells.get("position"):
            if position.isascii() and position.isdecimal():
                digits = position.lstrip("0") or "0"
                changes["position"] = int(digits) if len(digits) <= len(str(LAST)) else LAST + 1
            else:
                self._wrong(line, "position", N_("{cell} is no number."), cell=position)
        self._items[item] = replace(self._items[item], **changes)

    def _named(self, line: Line, column: str, text: str) -> int:
        found = self._titles.get(text.casefold(), 0) or self._names.get(name_of(text), 0)
        if not found:
            self._wrong(line, column, N_("There is no {item}, neither in the file nor in the library."), item=text)
        return found

    def _check(self) -> None:
        whole = Library(self._items.values())
        for item, line in self._lines.items():
            found = flaw_of_its_own(self._items[item], whole, self._rules)
            if found is not None:
                self._wrong(line, self._column(line, found.why), FLAWS[found.why], about=found.about)
        round_ = None if self._troubles else circle(whole)
        if round_ is not None:
            concerned = [line for item, line in self._lines.items() if self._items[item].title in round_.about]
            self._wrong(concerned[0] if concerned else Line(0, {}), "needs", FLAWS["circle"], about=round_.about)

    def _column(self, line: Line, why: Why) -> str:
        there = [one for one in _ABOUT[why] if one in line.cells]
        return next((one for one in there if line.cells[one]), there[0] if there else "")
