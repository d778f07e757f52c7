"""Plain text made safe for Discord: no markup, no mention, nothing that JSON can't hold, cut to measure.

Lengths are UTF-16 units, as Discord's own client counts them.
"""

import re
from collections.abc import Iterator

from bot.text import display_width

SPACE = "\u200b"
"""An invisible character: where Discord wants something and there is nothing, and to break up a mention."""

_MARKUP = re.compile(r"([\\*_~|`<>\[\]()])")
_LINE = re.compile(r"^(\s*)([#+-]|\d+(?=[.)]))", re.MULTILINE)
_LINK = re.compile(r"https?://[^\s<>()\[\]*~|`\\]+")
_EVERYONE = re.compile(r"@(?=everyone|here)")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def clean(text: str) -> str:
    """The text without NUL, and with U+FFFD for what no encoding can hold (half of a surrogate pair)."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")


def escape(text: str, *, links: bool = True) -> str:
    """The text as Discord shows it to the letter. With `links` an address stays one that can be clicked."""
    text = clean(text)
    parts: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        link = found[0] if links else _plain(found[0].replace("://", f":{SPACE}//"))
        parts += [_plain(text[end : found.start()]), link]
        end = found.end()
    parts.append(_plain(text[end:]))
    return _EVERYONE.sub(f"@{SPACE}", _LINE.sub(_line, "".join(parts)))


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


def _line(found: re.Match[str]) -> str:
    indent, mark = found[1], found[2]
    return f"{indent}{mark}\\" if mark.isdecimal() else f"{indent}\\{mark}"


def size(text: str) -> int:
    """How long Discord takes a text to be."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def pieces(text: str, limit: int, first: int | None = None) -> Iterator[str]:
    """Escaped pieces of a text, cut where a line or a word ends: at most `limit` units each, the first `first`."""
    text = clean(text)
    room = limit if first is None else first
    while text:
        cut = min(len(text), room)
        if cut < len(text):
            cut = _before(text, cut)
        while size(shown := escape(text[:cut])) > room:
            cut = _before(text, max(min(cut - 1, cut * room // size(shown)), 1))
        yield shown
        text = text[cut:].lstrip("\n ") if cut < len(text) and text[cut] in "\n " else text[cut:]
        room = limit


def _before(text: str, cut: int) -> int:
    """The end of the last line, or else word, before `cut`; `cut` itself where there is none in its second half."""
    for mark in ("\n", " "):
        found = text.rfind(mark, cut // 2, cut)
        if found > 0:
            return found
    return cut


def cell(text: str) -> str:
    """A text inside a code block: one line that can neither end the block nor turn its direction."""
    flat = " ".join(clean(text).split())
    return _EVERYONE.sub(f"@{SPACE}", _DIRECTION.sub("", flat).replace("`", f"`{SPACE}"))


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled up with spaces to so many columns."""
    gap = " " * (columns - display_width(text))
    return gap + text if right else text + gap
