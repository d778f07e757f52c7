"""The colours of pictures: named themes, and those a creator makes of two colours.

A theme follows from a background and an accent: what is written on them is moved toward black or white until WCAG 2.2
calls it readable (contrast of 4.5, success criterion 1.4.3). To add one, add a line to `THEMES`.
"""

import re
from functools import lru_cache

from bot.words import N_, Problem, Word

READABLE = 4.5
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
WHITE, BLACK = "#ffffff", "#000000"


class Theme(Word, frozen=True):
    """Colours as '#rrggbb'. `ink`, `dim` and `bright` are for words on `paper`, `deep` and `panel`, `on` for `accent`.

    The background runs from `paper` to `deep`; `line` is the empty part of a bar.
    """

    paper: str
    deep: str
    panel: str
    line: str
    ink: str
    dim: str
    accent: str
    bright: str
    on: str


def rgb(colour: str) -> tuple[int, int, int]:
    """Reads '#rrggbb'. Raises `Problem` for anything else."""
    if not _COLOUR.fullmatch(colour):
        message = N_("{colour} is not a colour: write it like #1e90ff, with six digits from 0 to f")
        raise Problem(message, colour=repr(colour))
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mixed(one: str, other: str, share: float) -> str:
    """The colour on the way from `one` to `other`: `share` 0 is the one, 1 the other."""
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(rgb(one), rgb(other), strict=True))


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2, from 0 (black) to 1 (white)."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _readable(colour: str, toward: str, *grounds: str) -> str:
    """The nearest colour on the way to `toward` that can be read on all grounds; `toward` if there is none."""
    for step in range(21):
        tried = mixed(colour, toward, step / 20)
        if min(contrast(tried, ground) for ground in grounds) >= READABLE:
            return tried
    return toward


@lru_cache(maxsize=64)
def themed(background: str, accent: str) -> Theme:
    """The theme of two colours, '#rrggbb'. Raises `Problem` that says which is not one."""
    rgb(background), rgb(accent)
    ink, away = (WHITE, BLACK) if contrast(WHITE, background) >= contrast(BLACK, background) else (BLACK, WHITE)
    raised = mixed(background, ink, 0.08)
    panel = raised if contrast(raised, ink) >= 7 else mixed(background, away, 0.25)
    deep = mixed(background, away, 0.35)
    grounds = (background, deep, panel)
    return Theme(
        paper=background.lower(),
        deep=deep,
        panel=panel,
        line=mixed(background, ink, 0.2),
        ink=_readable(mixed(ink, background, 0.06), ink, *grounds),
        dim=_readable(mixed(ink, background, 0.36), ink, *grounds),
        accent=accent.lower(),
        bright=_readable(accent, ink, *grounds),
        on=max((WHITE, BLACK), key=lambda one: contrast(one, accent)),
    )


THEMES = {
    "midnight": themed("#131a2e", "#f5a524"),
    "ocean": themed("#0a2540", "#38bdf8"),
    "forest": themed("#10291f", "#5fd38d"),
    "plum": themed("#2a1238", "#e58bf5"),
    "cinnabar": themed("#3a0f12", "#ffc857"),
    "graphite": themed("#1c1d20", "#9ee6cf"),
    "paper": themed("#fbf7ee", "#b4531a"),
    "sky": themed("#eef5ff", "#2563eb"),
    "mint": themed("#ecfaf3", "#0a7f5a"),
    "blossom": themed("#fff1f4", "#c81e56"),
}
DEFAULT = "midnight"


def theme_of(name: str = DEFAULT, *, background: str = "", accent: str = "") -> Theme:
    """A named theme, with a creator's own background or accent in place of its own.

    Raises `Problem` with what can be chosen, if there is no such theme, or if a colour is not written '#rrggbb'.
    """
    if name not in THEMES:
        raise Problem(N_("there is no theme {name}; it is one of {known}"), name=repr(name), known=", ".join(THEMES))
    named = THEMES[name]
    return themed(background or named.paper, accent or named.accent) if background or accent else named
