"""How Telegram reads HTML: what it refuses, and what becomes a mention. Offsets are in UTF-16 code units."""

import re
from typing import Any

TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "tg-spoiler", "blockquote"}
NAMES = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "a": "text_link", "pre": "pre", "code": "code"}
_PIECE = re.compile(
    r"<(/?)([a-zA-Z-]+)((?:\s[^<>]*)?)>|&(?:(lt|gt|amp|quot)|#(\d+)|#x([0-9a-fA-F]+));|([^<&]+)|(.)", re.DOTALL
)
_MENTION = re.compile(r"(?<!\w)@([A-Za-z]\w{3,31})\b", re.ASCII)
_COMMAND = re.compile(r"(?<![\w/])/([A-Za-z0-9_]{1,32})(@\w+)?", re.ASCII)
_SIGNS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


class ParseError(Exception):
    """can't parse entities"""


def units(text: str) -> int:
    """UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(html: str) -> tuple[str, list[dict[str, Any]]]:
    """(text, entities). Raises ParseError for what Telegram refuses."""
    text, entities, open_ = "", [], []
    for piece in _PIECE.finditer(html):
        closing, tag, attributes, sign, decimal, hexadecimal, plain, stray = piece.groups()
        if plain is not None:
            text += plain
        elif stray is not None:
            if stray == "<":
                raise ParseError(f"unexpected '<' at {piece.start()}")
            text += stray
        elif sign or decimal or hexadecimal:
            text += _SIGNS[sign] if sign else chr(int(decimal) if decimal else int(hexadecimal, 16))
        elif tag.lower() not in TAGS:
            raise ParseError(f'Unsupported start tag "{tag}" at byte offset {piece.start()}')
        elif not closing:
            open_.append((tag.lower(), attributes, units(text)))
        else:
            if not open_ or open_[-1][0] != tag.lower():
                raise ParseError(f"Unexpected end tag at byte offset {piece.start()}")
            name, attributes, start = open_.pop()
            entity = {"type": NAMES.get(name, "italic"), "offset": start, "length": units(text) - start}
            if name == "a":
                entity["url"] = attributes.partition('"')[2].rstrip('"')
            if entity["length"]:
                entities.append(entity)
    if open_:
        raise ParseError(f"Can't find end tag corresponding to start tag {open_[-1][0]}")
    return text, [*entities, *found(text, entities)]


def found(text: str, taken: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """What Telegram finds by itself: mentions and commands, but not inside code."""
    code = [(e["offset"], e["offset"] + e["length"]) for e in taken or [] if e["type"] in ("pre", "code")]
    entities = []
    for kind, pattern in (("mention", _MENTION), ("bot_command", _COMMAND)):
        for match in pattern.finditer(text):
            offset = units(text[: match.start()])
            if not any(start <= offset < end for start, end in code):
                entities.append({"type": kind, "offset": offset, "length": units(match.group())})
    return sorted(entities, key=lambda entity: entity["offset"])
