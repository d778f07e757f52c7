"""Charts as plain numbers and words, translated already, and where to have them drawn.

matplotlib takes a second to import and 40 MB: `bot/pictures/charts.py` is loaded by whoever has something drawn, not by
everybody who starts the bot. Drawing takes 0.1 to 0.2 s: call it by `asyncio.to_thread`, or in a process of its own.
"""

from datetime import date
from importlib import import_module

from bot.words import Word


class Palette(Word, frozen=True):
    """Colours by what they are for."""

    paper: str = "#111827"
    ink: str = "#f9fafb"
    dim: str = "#aab2bf"
    line: str = "#374151"
    first: str = "#f59e0b"
    second: str = "#38bdf8"
    third: str = "#a3e635"
    fourth: str = "#f472b6"


DARK = Palette()
LIGHT = Palette(
    paper="#ffffff",
    ink="#111827",
    dim="#4b5563",
    line="#d1d5db",
    first="#b45309",
    second="#0369a1",
    third="#4d7c0f",
    fourth="#be185d",
)


class Line(Word, frozen=True):
    """A line of a chart: its label, a value for each x (None is a gap), its colour; `faint` ones are in the back."""

    label: str
    values: tuple[float | None, ...]
    colour: str = "first"
    faint: bool = False
    dashed: bool = False


class Stack(Word, frozen=True):
    """A layer of stacked bars; negative values hang below."""

    label: str
    values: tuple[float, ...]
    colour: str


class Chart(Word, frozen=True):
    """What is drawn and its words. `note` stands below, small; `alt` says in a sentence what is to be seen."""

    title: str
    alt: str
    note: str = ""
    x: tuple[date, ...] = ()
    lines: tuple[Line, ...] = ()
    stacks: tuple[Stack, ...] = ()
    mark: date | None = None
    mark_label: str = ""
    percent: bool = False
    names: tuple[str, ...] = ()
    bars: tuple[float, ...] = ()
    rest: bool = False
    """Whether the last bar is of all others together."""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[float | None, ...], ...] = ()
    labelled: bool = False
    legend: tuple[str, str] = ("", "")


def png(chart: Chart, colours: Palette = DARK) -> bytes:
    """The chart as a picture of 1200 pixels across."""
    drawn: bytes = import_module("bot.pictures.charts").png(chart, colours)
    return drawn


def svg(chart: Chart) -> str:
    """The chart as an SVG element for a page whose CSS has the colours: --ink, --dim, --line, --first, --second…"""
    drawn: str = import_module("bot.pictures.charts").svg(chart)
    return drawn
