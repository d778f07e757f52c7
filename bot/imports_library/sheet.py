"""The file: a CSV as lines of cells, by the columns that mean something in a library.

What is wrong with a single cell is told with its line and column; what is wrong with the whole file ends the reading.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from bot.adapters.roster.cells import encodings
from bot.engine.publishing import BODY
from bot.i18n import N_
from bot.words import Word

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
LARGEST = 64
"""Megabytes of a file."""
LOST = "\ufffd"
"""What stands for a character that can't be read."""
UNREADABLE = N_("The letters can't be read: save the file as CSV (UTF-8).")
_EMOJI = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]")
"""Rare characters in GB 18030: their single high bytes look like Western letters."""
_QUOTED = 300
"""Characters of a cell that are shown of it."""


class LibraryError(Exception):
    """A file that can't be read as a library; the message, to be translated, says what to do."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class Trouble(Word, frozen=True):
    """What is wrong in a line, and in which column as the file calls it: why (to be translated, with values)."""

    line: int
    why: str
    values: dict[str, object] = {}
    column: str = ""


class Line(NamedTuple):
    """A line of the file: its number and {column: cell} of the columns that the file has."""

    number: int
    cells: dict[str, str]


class Reading(NamedTuple):
    """A file, read: its lines, what the file calls the columns, those that mean nothing here, and what is wrong.

    `encoding` is what it was taken to be in: where that is no Unicode, it is a guess.
    """

    lines: list[Line]
    called: dict[str, str]
    unknown: list[str]
    troubles: list[Trouble]
    encoding: str


def quoted(cell: str) -> str:
    """As much of a cell as can be shown in a message, without what would do something to a terminal."""
    shown = "".join(one for one in cell[:_QUOTED] if one.isprintable())
    return shown if len(cell) <= _QUOTED else f"{shown}…"


def read(data: bytes) -> Reading:
    """Read a CSV file. Raises LibraryError when it is none, or its columns are not those of a library."""
    if len(data) > LARGEST << 20:
        raise LibraryError(N_("The file is larger than {n} MB: split it."), n=LARGEST)
    encoding, text = _text(data)
    rows = list(_rows(text))
    if not rows:
        raise LibraryError(N_("The file is empty."))
    if len(rows) > MOST + 1:
        raise LibraryError(N_("The file has more than {n} lines: split it."), n=MOST)
    titles = [cell.strip() for cell in rows[0][1]]
    if any(LOST in one for one in titles):
        raise LibraryError(UNREADABLE)
    columns = _columns(titles)
    called = {name: titles[at] for at, name in columns.items()}
    return Reading(
        lines=[Line(number, _cells(columns, cells)) for number, cells in rows[1:]],
        called=called,
        unknown=[quoted(one) for at, one in enumerate(titles) if at not in columns and one],
        troubles=[one for number, cells in rows for one in _wrong(titles, columns, number, cells)],
        encoding=encoding,
    )


def _columns(titles: Sequence[str]) -> dict[int, str]:
    """{place: column} of the titles that mean something."""
    known = {one: name for name, called in COLUMNS.items() for one in called}
    columns: dict[int, str] = {}
    for at, title in enumerate(titles):
        name = known.get(_plain(title))
        if name is None:
            continue
        before = next((place for place, other in columns.items() if other == name), None)
        if before is not None:
            raise LibraryError(
                N_("The columns {one} ({place}) and {other} ({at}) both are the {column}: take one out."),
                one=titles[before], place=before + 1, other=title, at=at + 1, column=name,
            )  # fmt: skip
        columns[at] = name
    if "title" not in columns.values():
        listed = ", ".join(COLUMNS)
        raise LibraryError(N_("There is no column “title”. The columns are: {columns}."), columns=listed)
    return columns


def _cells(columns: Mapping[int, str], cells: Sequence[str]) -> dict[str, str]:
    return {name: cells[at].strip() if at < len(cells) else "" for at, name in columns.items()}


def _plain(title: str) -> str:
    return " ".join(title.casefold().replace("_", " ").replace("-", " ").split())


def _wrong(titles: Sequence[str], columns: Mapping[int, str], number: int, cells: Sequence[str]) -> Iterator[Trouble]:
    """What is wrong with the cells of a row, whatever they are to say."""
    for at, cell in enumerate(cells):
        called = (quoted(titles[at]) if at < len(titles) else "") or str(at + 1)
        if LOST in cell:
            yield Trouble(line=number, column=called, why=UNREADABLE)
        if at >= len(titles) and cell.strip():
            why = N_("There are more cells than the first line has: put quotation marks around one with a comma in it.")
            yield Trouble(line=number, column=called, why=why)
            return
        if at in columns and len(cell) > BODY:
            yield Trouble(line=number, column=called, why=N_("A cell has at most {n} characters."), values={"n": BODY})


# ---------------------------------------------------------------------- from bytes to rows


def _text(data: bytes) -> tuple[str, str]:
    """(encoding, text) of the file, with `LOST` for whatever can't be read in the encoding that it is in."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise LibraryError(N_("This is a spreadsheet, not CSV: save it as CSV (UTF-8) and give me that."))
    likely = ("utf-8",) if _damaged(data) else encodings(_EMOJI.sub(b"", data))
    for name in likely:
        try:
            return name, _clean(data.decode(name))
        except UnicodeError:
            continue
    return likely[0], _clean(data.decode(likely[0], "replace"))


def _clean(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\0", LOST)


def _damaged(data: bytes) -> bool:
    """Whether it is UTF-8 that has something else in it, and no other encoding.

    It says so in front, or is all right but for halves of characters (surrogates), or most of it is.
    """
    text = data.decode("utf-8", "replace")
    lost = text.count(LOST)
    if not lost or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.startswith(codecs.BOM_UTF8) or sum(one > "\x7f" for one in text) > 2 * lost
    return True


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of the rows that are not blank."""
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    before = 0
    try:
        with _cells_of_any_size():
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield before + 1, cells
                before = reader.line_num
    except csv.Error as error:
        why = N_(
            "Line {line} is no CSV ({why}). A cell with quotation marks in it stands in such, and has its own twice."
        )
        raise LibraryError(why, line=before + 1, why=str(error)) from error


@contextmanager
def _cells_of_any_size() -> Iterator[None]:
    """Where a cell is too long, its column shall be told: the module csv knows none."""
    before = csv.field_size_limit(LARGEST << 20)
    try:
        yield
    finally:
        csv.field_size_limit(before)
