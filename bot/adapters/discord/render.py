"""Replies as Discord shows them: text, embeds, code blocks, buttons and files, within every limit, nothing lost.

What is too long becomes several drafts, each a message. A new kind of content is a case in `_embeds`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count

import discord

from bot.adapters.discord.markup import SPACE, cell, clean, escape, pad, pieces, size
from bot.reply import Attachment, Button, Field, Form, Reply, Table, code
from bot.text import display_width

CONTENT, TITLE, DESCRIPTION, FIELDS, NAME, VALUE, TOTAL = 2000, 256, 4096, 25, 256, 1024, 6000
ROWS, ROW, LABEL, CODE, URL = 5, 5, 80, 100, 512
MODAL_TITLE, BLANK_LABEL, HINT, CHOICES, CHOICE, BLANKS, TYPED = 45, 45, 100, 25, 100, 5, 4000
COLUMN = 40
"""Columns of a table's cell before it goes on in the next line."""
_FENCE = "```"
_BLOCK = 1900
"""Units of a table's block: several fit an embed, and each is readable."""
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
_RED, _PLAIN = discord.Colour(0xB3261E), discord.Colour(0x4F6BED)
_STYLES = {
    "plain": discord.ButtonStyle.secondary,
    "primary": discord.ButtonStyle.primary,
    "danger": discord.ButtonStyle.danger,
}


@dataclass
class Draft:
    """One message to be: text or an embed, the rows of buttons under it, the files with it."""

    content: str = ""
    embed: discord.Embed | None = None
    rows: list[tuple[Button, ...]] = field(default_factory=list)
    attachments: list[tuple[str, Attachment]] = field(default_factory=list)

    def files(self) -> list[discord.File]:
        """The files, to be sent once."""
        return [discord.File(BytesIO(a.data), name, description=a.alt[:1024] or None) for name, a in self.attachments]

    def view(self) -> discord.ui.View | None:
        """The buttons. It is finished already: presses are answered by their code, whenever and whoever sent them."""
        if not self.rows:
            return None
        view = discord.ui.View(timeout=None)
        numbers = count()
        for index, row in enumerate(self.rows):
            for button in row:
                view.add_item(_button(button, index, next(numbers)))
        view.stop()
        return view


def drafts(reply: Reply) -> list[Draft]:
    """A reply as messages, at least one. A form is not among it (see `modal`)."""
    if reply.title or reply.fields or reply.table or reply.image:
        made = [Draft(embed=embed) for embed in _embeds(reply)]
    else:
        made = [Draft(content=piece if piece.strip() else SPACE) for piece in pieces(reply.text, CONTENT)] or [
            Draft(content=SPACE)
        ]
    if reply.image is not None and made[0].embed is not None:
        name = _filename(reply.image.name)
        made[0].attachments.append((name, reply.image))
        made[0].embed.set_image(url=f"attachment://{name}")
    if reply.file is not None:
        taken = {name for name, _ in made[-1].attachments}
        name = _filename(reply.file.name)
        made[-1].attachments.append((f"file-{name}" if name in taken else name, reply.file))
    rows = [row[at : at + ROW] for row in reply.buttons for at in range(0, len(row), ROW)]
    made[-1].rows = rows[:ROWS]
    made += [Draft(content=SPACE, rows=rows[at : at + ROWS]) for at in range(ROWS, len(rows), ROWS)]
    return made


class _Embeds:
    """Embeds under construction: what does not fit in the last begins the next."""

    def __init__(self, colour: discord.Colour) -> None:
        self._colour = colour
        self.done = [discord.Embed(colour=colour)]

    @property
    def last(self) -> discord.Embed:
        return self.done[-1]

    def used(self) -> int:
        embed = self.last
        fields = sum(size(one.name or "") + size(one.value or "") for one in embed.fields)
        return size(embed.title or "") + size(embed.description or "") + fields

    def next(self) -> None:
        self.done.append(discord.Embed(colour=self._colour))

    def title(self, text: str) -> None:
        first, *rest = pieces(text.strip(), DESCRIPTION, TITLE)
        self.last.title = first
        for piece in rest:
            self.block(piece)

    def block(self, text: str) -> None:
        """Add a piece of description, escaped already and short enough by itself."""
        if not text.strip():
            return
        before = self.last.description
        joined = f"{before}\n{text}" if before else text
        if self.last.fields or size(joined) > DESCRIPTION or self.used() + size(text) + 1 > TOTAL:
            self.next()
            joined = text
        self.last.description = joined

    def field(self, name: str, value: str, *, inline: bool) -> None:
        if len(self.last.fields) == FIELDS or self.used() + size(name) + size(value) > TOTAL:
            self.next()
        self.last.add_field(name=name, value=value, inline=inline)


def _embeds(reply: Reply) -> list[discord.Embed]:
    made = _Embeds(_RED if reply.error else _PLAIN)
    if clean(reply.title).strip():
        made.title(reply.title)
    for piece in pieces(reply.text, DESCRIPTION):
        made.block(piece)
    if reply.table is not None:
        for block in table(reply.table):
            made.block(block)
    for one in reply.fields:
        for name, value in _field(one):
            made.field(name, value, inline=size(name) <= 20 and size(value) <= 20)
    if not made.used() and reply.image is None:
        made.block(SPACE)
    return made.done


def _field(one: Field) -> Iterator[tuple[str, str]]:
    names = list(pieces(one.name, VALUE, NAME)) or [SPACE]
    values = [*names[1:], *pieces(one.value, VALUE)] or [SPACE]
    for index, value in enumerate(values):
        yield (names[0] if index == 0 and names[0].strip() else SPACE), (value if value.strip() else SPACE)


def table(rows: Table) -> Iterator[str]:
    """A table as code blocks in a monospaced font, each with the header; a long cell goes on in the lines below."""
    columns = max([len(rows.header), *(len(row) for row in rows.rows)], default=0)
    lines = [line for row in rows.rows for line in _lines(row, columns)]
    header = list(_lines(rows.header, columns))
    widths = [max([display_width(line[at]) for line in (*header, *lines)], default=0) for at in range(columns)]

    def shown(line: Sequence[str]) -> str:
        cells = [pad(text, widths[at], right=at in rows.numeric) for at, text in enumerate(line)]
        return "  ".join(cells).rstrip()

    head = [*map(shown, header), "  ".join("─" * w for w in widths)]
    block = list(head)
    for line in map(shown, lines):
        if sum(size(one) + 1 for one in block) + size(line) > _BLOCK and len(block) > len(head):
            yield "\n".join([_FENCE, *block, _FENCE])
            block = list(head)
        block.append(line)
    yield "\n".join([_FENCE, *block, _FENCE])


def _lines(row: Sequence[str], columns: int) -> Iterator[list[str]]:
    cells = [list(_wrap(cell(text))) for text in row] + [[""]] * (columns - len(row))
    for at in range(max(map(len, cells), default=0)):
        yield [texts[at] if at < len(texts) else "" for texts in cells]


def _wrap(text: str) -> Iterator[str]:
    line = ""
    for char in text:
        if display_width(line) + display_width(char) > COLUMN or size(line) >= 4 * COLUMN:
            yield line
            line = ""
        line += char
    yield line


def _button(button: Button, row: int, number: int) -> discord.ui.Button[discord.ui.View]:
    label = _fit(button.label, LABEL) or SPACE
    if button.url and button.url.startswith(("https://", "http://")) and len(button.url) <= URL:
        return discord.ui.Button(label=label, url=button.url, row=row)
    named = code(button)
    return discord.ui.Button(
        label=label,
        custom_id=f"{named}&~={number}",
        style=_STYLES[button.style],
        disabled=button.off or not button.command,
        row=row,
    )


def modal(form: Form) -> discord.ui.Modal:
    """A form as a modal. Finished already, as the views are: what is sent in is answered by its code."""
    named = code(Button(label="", command=form.command, options=form.options))
    shown = discord.ui.Modal(title=_fit(form.title, MODAL_TITLE) or SPACE, custom_id=named[:CODE], timeout=None)
    for blank in form.blanks[:BLANKS]:
        line: discord.ui.Item[discord.ui.Modal]
        if 0 < len(blank.choices) <= CHOICES:
            options = [
                discord.SelectOption(label=_fit(label, CHOICE) or SPACE, value=value, default=value == blank.value)
                for value, label in blank.choices
            ]
            line = discord.ui.Select(custom_id=blank.name, options=options, required=blank.required)
        else:
            line = discord.ui.TextInput(
                custom_id=blank.name,
                style=discord.TextStyle.paragraph if blank.lines > 1 else discord.TextStyle.short,
                default=clean(blank.value)[: min(blank.most, TYPED)] or None,
                placeholder=_fit(blank.hint, HINT) or None,
                required=blank.required,
                max_length=min(max(blank.most, 1), TYPED),
            )
        shown.add_item(discord.ui.Label(text=_fit(blank.label, BLANK_LABEL) or SPACE, component=line))
    shown.stop()
    return shown


def notice(text: str) -> str:
    """Words of the bot's own accord: plain text in which nothing, not even an address, can be clicked."""
    return _fit(escape(text, links=False), CONTENT)


def _fit(text: str, limit: int) -> str:
    text = clean(text).strip()
    while size(text) > limit:
        text = text[: min(len(text) - 1, limit) - 1].rstrip("\\") + "…"
    return text


def _filename(name: str) -> str:
    return _UNSAFE.sub("_", name)[-100:].lstrip(".") or "file"
