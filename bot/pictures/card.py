"""The rank card: who a member is here, to be shown around.

`draw_card` is a pure function of plain values; the words come translated. It takes some 50 ms of a processor: hand it
to a `Studio`, never call it on the event loop.
"""

from PIL import Image, ImageDraw

from bot.pictures.avatar import put_avatar, rounded
from bot.pictures.canvas import canvas, compact, panel, png
from bot.pictures.themes import Theme
from bot.pictures.writing import fitting, length_of, shortened, width, write
from bot.words import Word

WIDTH = 1080
"""Three pixels for each point of a phone of 360: the smallest words, of 30 pixels, are 10 points high there."""
EDGE = 48
GAP = 16
FACE = 208
LEFT = EDGE + FACE + 44
RIGHT = WIDTH - EDGE
TOP = 318
"""Where the figures begin; the badges are below, if there are any."""
FIGURES = 148
BADGES = 88
SMOOTH = 4
STARS = 5
"""So many times of prestige are shown as stars, more as a number."""


class Labels(Word, frozen=True):
    """What is written on a card, in the member's language."""

    level: str = "Level"
    points: str = "Points"
    quality: str = "Quality points"
    coins: str = "Coins"
    streak: str = "Streak"
    ahead: str = ""
    """Such as '3,766 points to level 43'."""


class Card(Word, frozen=True):
    """What is shown of a member. `done` of `needed` points of this level; `place` 0 is none yet; None is not shown.

    `badges` are pairs of emoji and title, the best first: as many as fit are shown, and how many more there are.
    """

    name: str
    level: int
    done: int
    needed: int
    points: int
    place: int = 0
    avatar: bytes | None = None
    quality: int | None = None
    coins: int | None = None
    streak: int | None = None
    prestige: int = 0
    badges: tuple[tuple[str, str], ...] = ()
    words: Labels = Labels()


def card_size(card: Card) -> tuple[int, int]:
    """Width and height in pixels: it depends on what there is to show, never on names or numbers."""
    return WIDTH, TOP + FIGURES + BADGES * bool(card.badges)


def draw_card(card: Card, theme: Theme) -> bytes:
    """A PNG of `card_size(card)`."""
    image = canvas(card_size(card), theme)
    _face(image, card, theme)
    _heading(image, card, theme)
    _way(image, card, theme)
    _tiles(image, _figures(card), TOP, theme)
    _badges(image, card.badges, TOP + FIGURES, theme)
    return png(image)


def share(card: Card) -> float:
    """How far the member is on the way to the next level, from 0 to 1."""
    return min(max(card.done / card.needed, 0.0), 1.0) if card.needed > 0 else 1.0


def _face(image: Image.Image, card: Card, theme: Theme) -> None:
    """The avatar in a ring that closes as the level fills, the level on a pill below."""
    ring = Image.new("L", (FACE * SMOOTH, FACE * SMOOTH), 0)
    pen = ImageDraw.Draw(ring)
    whole = (0, 0, FACE * SMOOTH - 1, FACE * SMOOTH - 1)
    pen.arc(whole, 0, 360, 255, 12 * SMOOTH)
    image.paste(theme.line, (EDGE, EDGE), ring.reduce(SMOOTH))
    if card.done > 0:
        pen.rectangle(whole, 0)
        pen.arc(whole, -90, -90 + 360 * share(card), 255, 12 * SMOOTH)
        image.paste(theme.accent, (EDGE, EDGE), ring.reduce(SMOOTH))
    inner = FACE - 2 * 20
    put_avatar(image, (EDGE + 20, EDGE + 20), inner, card.name, card.avatar, theme.panel)
    text = f"{card.words.level} {card.level:,}"
    size = fitting(text, 36, FACE + 16, 30, bold=True)
    wide = min(round(width(text, size, bold=True)) + 48, FACE + 64)
    middle, top = EDGE + FACE // 2, EDGE + FACE - 34
    image.paste(theme.paper, (middle - wide // 2 - 6, top - 6), rounded(wide + 12, 72, 36))
    image.paste(theme.accent, (middle - wide // 2, top), rounded(wide, 60, 30))
    write(image, (middle, top + 43), text, size, theme.on, bold=True, anchor="m", most=wide - 24)


def _heading(image: Image.Image, card: Card, theme: Theme) -> None:
    """Name and prestige to the left, the place to the right."""
    room = RIGHT - LEFT
    if card.place > 0:
        place = f"#{card.place:,}"
        size = fitting(place, 64, room * 0.4, 40, bold=True)
        room -= round(write(image, (RIGHT, 124), place, size, theme.bright, bold=True, anchor="r")) + 28
    stars = _stars(card.prestige)
    aside = width(stars, 40) + 16 if stars else 0
    size = fitting(card.name, 60, room - aside, 46, bold=True)
    x = LEFT + write(image, (LEFT, 124), card.name, size, theme.ink, bold=True, most=room - aside)
    if stars:
        write(image, (x + 16, 118), stars, 40, theme.bright)


def _stars(prestige: int) -> str:
    return "⭐" * prestige if prestige <= STARS else f"⭐×{prestige:,}"


def _way(image: Image.Image, card: Card, theme: Theme) -> None:
    """The bar to the next level, with its numbers below."""
    long, high, top = RIGHT - LEFT, 36, 170
    image.paste(theme.line, (LEFT, top), rounded(long, high, high // 2))
    if card.done > 0:
        image.paste(theme.accent, (LEFT, top), rounded(max(round(long * share(card)), high), high, high // 2))
    numbers = f"{card.done:,} / {card.needed:,}"
    if width(numbers, 32) > long * 0.6:
        numbers = f"{compact(card.done)} / {compact(card.needed)}"
    taken = write(image, (LEFT, 256), numbers, 32, theme.dim, most=long)
    if card.words.ahead:
        room = long - taken - 32
        size = fitting(card.words.ahead, 32, room, 30)
        write(image, (RIGHT, 256), card.words.ahead, size, theme.dim, anchor="r", most=room)


def _figures(card: Card) -> list[tuple[str, str, str]]:
    """Emoji, number and label of what there is."""
    words = card.words
    streak = None if card.streak is None else f"{card.streak:,}"
    return [
        ("✨", _number(card.points), words.points),
        *([] if card.quality is None else [("💎", _number(card.quality), words.quality)]),
        *([] if card.coins is None else [("🪙", _number(card.coins), words.coins)]),
        *([] if streak is None else [("🔥", streak, words.streak)]),
    ]


def _number(value: int) -> str:
    return f"{value:,}" if abs(value) < 10_000_000 else compact(value)


def _tiles(image: Image.Image, figures: list[tuple[str, str, str]], top: int, theme: Theme) -> None:
    wide = (RIGHT - EDGE - GAP * (len(figures) - 1)) // len(figures)
    for n, (emoji, number, label) in enumerate(figures):
        left = EDGE + n * (wide + GAP)
        panel(image, (left, top, wide, FIGURES - 24), theme)
        room = wide - 40
        size = fitting(f"{emoji} {number}", 44, room, 30, bold=True)
        x = left + 20 + write(image, (left + 20, top + 56), emoji, size, theme.ink) + 12
        write(image, (x, top + 56), number, size, theme.ink, bold=True, most=left + wide - 16 - x)
        write(image, (left + 20, top + 104), label, fitting(label, 30, room, 26), theme.dim, most=room)


def _badges(image: Image.Image, badges: tuple[tuple[str, str], ...], top: int, theme: Theme) -> None:
    """Chips from left to right; how many more there are is written after the last that fits."""
    left, high = EDGE, 60
    for n, (emoji, title) in enumerate(badges):
        rest = f"+{len(badges) - n:,}"
        last = n == len(badges) - 1
        sign = width(emoji, 34)
        room = RIGHT - left - (0 if last else GAP + width(rest, 32, bold=True)) - sign - 56
        if n and width(title, 30) > room:
            write(image, (left, top + 41), rest, 32, theme.dim, bold=True)
            return
        words = shortened(title, 30, min(room, 420))
        wide = round(sign + 56 + length_of(words, 30))
        panel(image, (left, top, wide, high), theme, radius=high // 2)
        write(image, (left + 22, top + 42), emoji, 34, theme.ink)
        write(image, (left + 22 + sign + 10, top + 41), words, 30, theme.ink)
        left += wide + GAP
