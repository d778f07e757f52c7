"""A `Reply` as Telegram shows it: pages of HTML within its limits, with buttons, a picture or a file.

Every text is cleaned and escaped here and nowhere else. Limits count UTF-16 code units after the markup is read.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from bot.reply import BUTTON_LIMIT, Attachment, Button, Reply, Table, code
from bot.text import display_width
from bot.words import Word, replace

TEXT = 4096
CAPTION = 1024
LABEL = 64
ROW = 8
CELL = 24
"""Columns of a cell: a telephone shows some 34 in a row."""
INLINE = 60
"""A field's value that is longer goes on a line of its own."""

_UNSEEN = dict.fromkeys(
    {*range(0x20), 0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)} - {0x0A, 0x09}
)
_MENTION = re.compile(r"@(?=\w)")
_GAP = re.compile(r"\n{3,}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = "&@="
"""Before the group, in base 36, in which a button under a private answer acts."""

Run = tuple[str, str]
"""(tag or '', plain text)"""
Line = list[Run]


class Key(Word, frozen=True):
    """A button: `data` comes back when it is pressed, or a `url` opens."""

    label: str
    data: str = ""
    url: str = ""
    style: str = ""


Keys = tuple[tuple[Key, ...], ...]


class Page(Word, frozen=True):
    """One message: `html`, which is the caption when there is a picture or file.

    `kept` is a file that Telegram has (`document:{file_id}`). What is to `protect` can't be forwarded or saved.
    """

    html: str = ""
    photo: Attachment | None = None
    file: Attachment | None = None
    kept: str = ""
    keys: Keys = ()
    protect: bool = False


def clean(text: str) -> str:
    """What Telegram takes, and nobody is called by.

    No control characters, nothing that turns the direction of writing, no half characters, and no @name that would
    ring somebody's telephone.
    """
    text = _SURROGATE.sub("?", text.translate(_UNSEEN))
    return _GAP.sub("\n\n", _MENTION.sub("@\u2060", text))


def units(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int) -> str:
    """The longest beginning of a text within `limit` units, at a word's end if there is one in its second half."""
    if units(text) <= limit:
        return text
    kept = text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
    space = kept.rfind(" ")
    return kept[:space] if space > len(kept) // 2 else kept


def plain(reply: Reply) -> str | None:
    """The reply as one short text, if that is all it is."""
    if (
        reply.title
        or reply.fields
        or reply.table
        or reply.image
        or reply.file
        or reply.kept
        or reply.buttons
        or reply.form
    ):
        return None
    return clean(reply.text).strip()


def render(reply: Reply, space: str = "") -> list[Page]:
    """The messages a reply becomes, at least one; buttons are under the last. They act in the group `space`."""
    keys = keyboard(reply.buttons, space)
    lines = list(_lines(reply))
    media = [Page(photo=reply.image)] if reply.image else []
    media += [Page(file=reply.file)] if reply.file else []
    media += [Page(kept=reply.kept)] if reply.kept else []
    texts = [_html(page) for page in _pages(lines, CAPTION if media else TEXT)]
    if media and len(texts) == 1:
        pages = [replace(media[0], html=texts[0]), *media[1:]]
    else:
        pages = [*(Page(html=_html(page)) for page in _pages(lines, TEXT)), *media]
    pages = pages or [Page(html="–")]
    pages = [*pages[:-1], replace(pages[-1], keys=keys)]
    return [replace(page, protect=True) for page in pages] if reply.protect else pages


def keyboard(rows: Iterable[Iterable[Button]], space: str = "") -> Keys:
    """The buttons that can be pressed, at most eight in a row."""
    made = [[key for button in row if not button.off and (key := _key(button, space))] for row in rows]
    return tuple(tuple(row[at : at + ROW]) for row in made for at in range(0, len(row), ROW))


def _key(button: Button, space: str) -> Key | None:
    label = cut(clean(button.label).strip(), LABEL) or "–"
    if button.url:
        return Key(label=label, url=button.url) if button.url.startswith(("https://", "http://", "tg://")) else None
    style = button.style if button.style != "plain" else ""
    return Key(label=label, data=_data(button, space), style=style)


def _data(button: Button, space: str) -> str:
    data = code(button)
    longer = f"{data}{_SPACE}{base36(-int(space))}" if space else data
    return longer if len(longer.encode()) <= BUTTON_LIMIT else data


def where(data: str) -> tuple[str, str]:
    """(the button's code, the group it acts in or '') of what came back. May be forged."""
    data, marked, number = data.partition(_SPACE)
    return data, space_of(number) if marked else ""


def space_of(number: str) -> str:
    """The group's id from base 36; '' when it is none."""
    return str(-int(number, 36)) if number.isascii() and number.isalnum() and len(number) <= 13 else ""


def base36(number: int) -> str:
    """A natural number in base 36."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"


def _lines(reply: Reply) -> Iterator[Line]:
    if reply.title:
        yield [("b", clean(reply.title).replace("\n", " "))]
    if reply.text:
        yield from ([("", line)] for line in clean(reply.text).split("\n"))
    if reply.fields and (reply.title or reply.text):
        yield []
    for field in reply.fields:
        name, value = clean(field.name).replace("\n", " "), clean(field.value)
        if "\n" in value or len(value) > INLINE:
            yield [("b", name)]
            yield from ([("", line)] for line in value.split("\n"))
        else:
            yield [("b", name), ("", f": {value}" if value else "")]
    if reply.table:
        yield from ([("pre", line)] for line in grid(reply.table))


def _pages(lines: Sequence[Line], limit: int) -> list[list[Line]]:
    pages: list[list[Line]] = []
    room = 0
    for line in (piece for whole in lines for piece in _pieces(whole, limit)):
        size = sum(units(text) for _, text in line) + 1
        if size > room:
            pages.append([])
            room = limit + 1
        pages[-1].append(line)
        room -= size
    return [page for page in pages if any(text.strip() for line in page for _, text in line)]


def _pieces(line: Line, limit: int) -> Iterator[Line]:
    piece: Line = []
    room = limit
    for tag, text in line:
        rest = text
        while rest:
            head = cut(rest, room) if room else ""
            if head:
                piece.append((tag, head))
                room -= units(head)
                rest = rest[len(head) :]
            if rest:
                yield piece
                piece, room, rest = [], limit, rest.lstrip(" ")
    yield piece


def _html(lines: Sequence[Line]) -> str:
    shown = "\n".join("".join(_tagged(tag, text) for tag, text in line) for line in lines)
    return shown.replace("</pre>\n<pre>", "\n").strip()


def _tagged(tag: str, text: str) -> str:
    body = escape(text, quote=False)
    return f"<{tag}>{body}</{tag}>" if tag and body.strip() else body


def grid(table: Table) -> list[str]:
    """A table in letters of one width; Chinese and emoji take two columns."""
    rows = [[_fit(clean(cell[: 4 * CELL]).replace("\n", " ")) for cell in row] for row in (table.header, *table.rows)]
    widths = [max(display_width(row[at]) for row in rows if at < len(row)) for at in range(len(table.header))]
    return [
        "  ".join(_pad(cell, widths[at], at in table.numeric) for at, cell in enumerate(row[: len(widths)])).rstrip()
        for row in rows
    ]


def _fit(cell: str) -> str:
    head = cell[: 2 * CELL]  # marks without a width must not pile up either
    if len(head) == len(cell) and display_width(cell) <= CELL:
        return cell
    while display_width(head) >= CELL:
        head = head[:-1]
    return f"{head}…"


def _pad(cell: str, width: int, numeric: bool) -> str:
    space = " " * (width - display_width(cell))
    return space + cell if numeric else cell + space
