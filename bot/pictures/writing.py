"""Writing in pictures: any text a member may bear as a name, in one line, as wide as it may be.

Each character is drawn in the first font that has it (`fonts.py`), each emoji in colour; what no font has becomes its
plain form (𝓐 → A), else '?' if it is a letter, else nothing: never an empty box. Emoji need no shaping. Arabic and
Hebrew do, by a library that Pillow finds on the system (libfribidi); without it they are only put in their order.
"""

import math
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from unicodedata import bidirectional, category, east_asian_width, normalize

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont, features

from bot.pictures.fonts import BOLDS, EMOJI, FACES, text_fonts
from bot.words import Word

READ = 256
"""Characters looked at, whatever is given."""
_SHAPES = features.check("raqm")
_PRIVATE = 0xF0000
_PICTURE, _LETTER = "\ufe0f", "\ufe0e"
_SHOWN_AS_PICTURE = frozenset(
    "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕"
) | frozenset(map(chr, range(0x2648, 0x2654)))
"""What Unicode shows as a picture without being asked, below U+10000 (Emoji_Presentation in emoji-data.txt)."""
_IDEOGRAPHS = "\u2e80"
_STRONG = {"R": True, "AL": True, "L": False}
_STRAIGHT = str.maketrans("‘’“”", "''\"\"")


class Span(Word, frozen=True):
    """A piece of a line in one font and one direction. `text` is what to draw: an emoji is a private code point."""

    text: str
    path: Path
    leftward: bool = False

    @property
    def is_emoji(self) -> bool:
        return self.path == EMOJI


class Cluster(Word, frozen=True):
    """What must stay together: a letter with its marks, or an emoji of several characters."""

    text: str
    path: Path
    leftward: bool | None = None
    """The direction if it is not to follow from the text: that of dots at the end of a shortened line."""


@cache
def covered(path: Path) -> frozenset[int]:
    """The code points that a font has glyphs for."""
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def _sequences() -> dict[str, str]:
    lines = (FACES / "emoji.txt").read_text("utf-8").splitlines()
    return {line: chr(_PRIVATE + n) for n, line in enumerate(lines)}


@cache
def _starts() -> dict[str, int]:
    """The first characters of sequences, and how long the longest is."""
    found: dict[str, int] = {}
    for sequence in _sequences():
        found[sequence[0]] = max(found.get(sequence[0], 0), len(sequence))
    return found


@cache
def typeface(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """A font in a size in pixels. Not for two threads at once: FreeType keeps one glyph at a time."""
    engine = ImageFont.Layout.RAQM if _SHAPES and path != EMOJI else ImageFont.Layout.BASIC
    return ImageFont.truetype(path, size, layout_engine=engine)


def _emoji_at(text: str, start: int) -> tuple[str, int]:
    """The longest emoji there, as the character that the font has for it, and where it ends; '' if there is none."""
    found, end = "", start
    read, at = "", start
    for _ in range(_starts().get(text[start], 0)):
        if at == len(text):
            break
        read, at = read + text[at], at + 1
        if at < len(text) and text[at] == _PICTURE:
            at += 1
        if len(read) > 1 and read in _sequences():
            found, end = _sequences()[read], at
    if found:
        return found, end
    char, follower = text[start], text[start + 1 : start + 2]
    if ord(char) not in covered(EMOJI) or char < "\xa9" or category(char) in {"Cf", "Mn", "Me"} or follower == _LETTER:
        return "", start
    asked = follower == _PICTURE
    if asked or char >= "\U0001f000" or char in _SHOWN_AS_PICTURE or ord(char) not in covered(text_fonts()[0]):
        return char, start + 1 + asked
    return "", start


def _plain(text: str) -> str:
    """Without what can't be seen, with straight quotation marks in Latin text: the font's own are as wide as 汉字."""
    text = normalize("NFC", text[:READ].translate({10: " ", 9: " "}))
    if not any(east_asian_width(char) in "WF" for char in text):
        text = text.translate(_STRAIGHT)
    return text


def _written(cluster: str, fonts: tuple[Path, ...]) -> Iterator[Cluster]:
    """The cluster in the first font that has all of it; else its letter alone, else its plain form, else '?'."""
    for tried in (cluster, cluster[0], normalize("NFKC", cluster[0])):
        codes = {ord(char) for char in tried}
        for path in fonts:
            if codes <= covered(path):
                yield Cluster(text=tried, path=path)
                return
    if category(cluster[0])[0] in "LN" or "\ud800" <= cluster[0] <= "\udfff":
        yield Cluster(text="?", path=fonts[0])


@lru_cache(maxsize=512)
def clusters(text: str, *, bold: bool = False) -> tuple[Cluster, ...]:
    """A line cut where it may be cut; takes any string, control characters and lone surrogates included."""
    text, fonts = _plain(text), text_fonts(bold=bold)
    found: list[Cluster] = []
    at = 0
    while at < len(text):
        emoji, end = _emoji_at(text, at)
        if emoji:
            found.append(Cluster(text=emoji, path=EMOJI))
            at = end
            continue
        end = at + 1
        kind = category(text[at])
        while end < len(text) and category(text[end])[0] == "M":
            end += 1
        if kind not in {"Cc", "Cf", "Zl", "Zp"} and kind[0] != "M":
            found += _written("".join(char for char in text[at:end] if char not in (_PICTURE, _LETTER)), fonts)
        at = end
    return tuple(_alike(found, fonts))


def _alike(pieces: list[Cluster], fonts: tuple[Path, ...]) -> Iterator[Cluster]:
    """Whole words in one font: a Polish or Vietnamese word has letters that the first font has, and others."""
    for is_letters, group in groupby(pieces, key=lambda piece: piece.path != EMOJI and piece.text < _IDEOGRAPHS):
        word = list(group)
        if is_letters and len({piece.path for piece in word}) > 1:
            for _, letters in groupby(word, key=lambda piece: piece.text[0].isalpha()):
                yield from _in_one(list(letters), fonts)
        else:
            yield from word


def _in_one(word: list[Cluster], fonts: tuple[Path, ...]) -> list[Cluster]:
    codes = {ord(char) for piece in word for char in piece.text}
    path = next((path for path in fonts if codes <= covered(path)), None)
    return [Cluster(text=piece.text, path=path) for piece in word] if path else word


def _directions(pieces: Iterable[Cluster]) -> list[bool]:
    """Which clusters run leftward: strong ones by themselves, others if they stand between two that do."""
    strong = [
        piece.leftward
        if piece.path == EMOJI or piece.leftward is not None
        else _STRONG.get(bidirectional(piece.text[0]))
        for piece in pieces
    ]
    settled: list[bool] = []
    for at, own in enumerate(strong):
        after = next((one for one in strong[at:] if one is not None), False)
        settled.append(own if own is not None else after and bool(settled) and settled[-1])
    return settled


def spans(pieces: tuple[Cluster, ...]) -> tuple[Span, ...]:
    """What is drawn one after the other, from left to right."""
    joined: list[Span] = []
    for piece, leftward in zip(pieces, _directions(pieces), strict=True):
        last = joined[-1] if joined else None
        if last is not None and leftward and last.leftward and last.path != EMOJI and _in(piece.text, last.path):
            joined[-1] = Span(text=last.text + piece.text, path=last.path, leftward=True)
        elif last is not None and (last.path, last.leftward) == (piece.path, leftward):
            joined[-1] = Span(text=last.text + piece.text, path=last.path, leftward=leftward)
        else:
            joined.append(Span(text=piece.text, path=piece.path, leftward=leftward))
    ordered: list[Span] = []
    turned: list[Span] = []
    for span in joined:
        if span.leftward:
            turned.insert(0, span)
        else:
            ordered += [*turned, span]
            turned = []
    return (*ordered, *turned)


def _in(text: str, path: Path) -> bool:
    return all(ord(char) in covered(path) for char in text)


def _laid(span: Span) -> tuple[str, str | None]:
    """The text as Pillow is to have it, and the direction it is to be told."""
    if span.path == EMOJI or not _SHAPES:
        return (span.text[::-1] if span.leftward and span.path != EMOJI else span.text), None
    return span.text, "rtl" if span.leftward else "ltr"


def length_of(pieces: tuple[Cluster, ...], size: int) -> float:
    """How wide clusters are, drawn one after the other, in pixels."""
    total = 0.0
    for span in spans(pieces):
        text, direction = _laid(span)
        total += typeface(span.path, size).getlength(text, direction=direction)
    return total


def width(text: str, size: int, *, bold: bool = False) -> float:
    """How wide a line is, in pixels."""
    return length_of(clusters(text, bold=bold), size)


def shortened(text: str, size: int, most: float, *, bold: bool = False) -> tuple[Cluster, ...]:
    """As much of a line as `most` pixels hold, with dots at its end if that is not all; nothing if they don't fit."""
    pieces = clusters(text, bold=bold)
    if length_of(pieces, size) <= most:
        return pieces
    low, high = 0, len(pieces)  # pieces[:low] fit
    best: tuple[Cluster, ...] = ()
    while low < high:
        middle = (low + high) // 2
        kept = pieces[:middle]
        while kept and kept[-1].text == " ":
            kept = kept[:-1]
        tried = (*kept, *_dots(kept, bold=bold))
        if length_of(tried, size) <= most:
            best, low = tried, middle + 1
        else:
            high = middle
    return best


def _dots(kept: tuple[Cluster, ...], *, bold: bool) -> tuple[Cluster, ...]:
    """What says that there is more: in the Chinese way after 汉字, to the left of what runs leftward."""
    wide = bool(kept) and kept[-1].path != EMOJI and east_asian_width(kept[-1].text[0]) in "WF"
    dots = clusters("…" if wide else "...", bold=bold)
    if kept and _directions(kept)[-1]:
        return tuple(Cluster(text=dot.text, path=dot.path, leftward=True) for dot in dots)
    return dots


def fitting(text: str, size: int, most: float, least: int, *, bold: bool = False) -> int:
    """The largest size from `size` down to `least`, in steps of two, at which a line fits into `most` pixels.

    `least` if it fits at none. (A font in each size is kept in memory: hence the steps.)
    """
    length = width(text, size, bold=bold)
    if length > most:
        size -= 2 * math.ceil(size * (1 - most / length) / 2)  # advances grow with the size: near enough to begin with
    while size > least and width(text, size, bold=bold) > most:
        size -= 2
    return max(size, least)


def write(
    image: Image.Image,
    at: tuple[float, float],
    text: str | tuple[Cluster, ...],
    size: int,
    fill: str,
    *,
    bold: bool = False,
    anchor: str = "l",
    most: float | None = None,
) -> float:
    """Draws a line on an RGB image and returns its width in pixels.

    `at` is where the baseline begins, or its middle or end (`anchor` 'l', 'm' or 'r'); at most `most` pixels are
    taken. Nothing is drawn higher or lower than a line is, however many marks are piled up.
    """
    if isinstance(text, str):
        pieces = clusters(text, bold=bold) if most is None else shortened(text, size, most, bold=bold)
    else:
        pieces = text
    length = length_of(pieces, size)
    left = at[0] - {"l": 0.0, "m": length / 2, "r": length}[anchor]
    box = (round(left) - size, round(at[1] - 1.15 * size), round(left + length) + size, round(at[1] + 0.4 * size))
    line = image.crop(box)
    draw = ImageDraw.Draw(line)
    x = left - box[0]
    for span in spans(pieces):
        font, (laid, direction) = typeface(span.path, size), _laid(span)
        place = (x, at[1] - box[1])
        stroke = size / 36 if bold and span.path not in BOLDS and not span.is_emoji else 0  # a font without a bold face
        draw.text(
            place, laid, fill, font, anchor="ls", direction=direction, stroke_width=stroke, embedded_color=span.is_emoji
        )
        x += font.getlength(laid, direction=direction)
    image.paste(line, box[:2])
    return length
