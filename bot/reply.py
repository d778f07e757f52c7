"""What a command answers: structure, never markup.

Every string is plain text; each platform escapes it for where it goes, splits what is too long, and shows
fields, tables, pictures, buttons and forms in its own way.
"""

from typing import Literal

from bot.words import Word


class Field(Word, frozen=True):
    """A name and a value."""

    name: str
    value: str


class Table(Word, frozen=True):
    """Rows under a header. `numeric` columns (by index) are aligned to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()


class Attachment(Word, frozen=True):
    """A file or picture to send; `alt` describes a picture."""

    name: str
    data: bytes
    alt: str = ""


Option = str | int | float | bool


class Button(Word, frozen=True):
    """Pressing it runs `command` with `options`, as whoever pressed it and with their rights.

    With a `url` it opens that instead.
    """

    label: str
    command: str = ""
    options: dict[str, Option] = {}
    style: Literal["plain", "primary", "danger"] = "plain"
    url: str = ""
    off: bool = False


class Blank(Word, frozen=True):
    """A line of a form. With `choices` ((value, label) pairs) it is a menu; `lines` > 1 is a larger box."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    required: bool = True
    most: int = 200
    lines: int = 1
    choices: tuple[tuple[str, str], ...] = ()


class Form(Word, frozen=True):
    """Filling it in runs `command` with `options` and the blanks, by name. At most five blanks (Discord's limit)."""

    title: str
    command: str
    blanks: tuple[Blank, ...]
    options: dict[str, Option] = {}


class Reply(Word, frozen=True):
    """An answer.

    `private` is for the caller's eyes alone; None leaves it to the command. `replaces` says that, on the press
    of a button, it takes the place of the message the button was under. A `form` stands alone. `kept` is a file that
    the platform has already, by the platform's own words for it. What is to `protect` can't be handed on or kept, where
    the platform knows of that.
    """

    text: str = ""
    title: str = ""
    fields: tuple[Field, ...] = ()
    table: Table | None = None
    image: Attachment | None = None
    file: Attachment | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    form: Form | None = None
    kept: str = ""
    protect: bool = False
    private: bool | None = None
    replaces: bool = False
    error: bool = False


BUTTON_LIMIT = 64
"""Bytes of a button's code: Telegram's callback_data is the tightest."""


def code(button: Button) -> str:
    """A button as a string of at most 64 bytes that a platform hands back when it is pressed.

    The command's path, then its options.

    Raises ValueError when it does not fit. It may be forged: pressing is the same as typing the command, rights
    and all.
    """
    text = "&".join([button.command, *(f"{name}={_write(value)}" for name, value in button.options.items())])
    if len(text.encode()) > BUTTON_LIMIT:
        raise ValueError(f"the button {text!r} is longer than {BUTTON_LIMIT} bytes")
    return text


def decode(text: str) -> tuple[str, dict[str, str]]:
    """The command's path and its options as text. Never raises: what makes no sense names no command."""
    path, *pairs = text.split("&")
    return path, {name: value.replace("%26", "&") for name, _, value in (pair.partition("=") for pair in pairs)}


def _write(value: Option) -> str:
    return str(value).replace("&", "%26")


def split(text: str, limit: int) -> list[str]:
    """Cut a text into pieces of at most `limit` characters, where a line or else a word ends."""
    pieces: list[str] = []
    while len(text) > limit:
        cut = max(text.rfind("\n", 1, limit), 0) or max(text.rfind(" ", 1, limit), 0) or limit
        pieces.append(text[:cut])
        text = text[cut:].lstrip("\n ") if cut < limit else text[cut:]
    return [*pieces, text] if text or not pieces else pieces
