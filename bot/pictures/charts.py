"""How a `bot.pictures.chart.Chart` is drawn, by matplotlib: lines, stacked bars, bars by name, tables of shaded cells.

It is drawn in 480 × 300 units, so that its words can be read where it is as wide as a phone. In SVG the colours become
the page's own CSS variables (`--ink`), so that one drawing serves light, dark and paper. matplotlib keeps state between
drawings: `png` and `svg` draw one at a time, and take 0.1 to 0.2 s.
"""

import math
import re
from collections.abc import Sequence
from datetime import date
from html import escape
from io import BytesIO, StringIO
from threading import Lock

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib import dates as mdates
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.pictures.chart import DARK, Chart, Palette
from bot.pictures.fonts import text_fonts

WIDTH, HEIGHT = 4.8, 3.0
"""Inches of a hundred units."""
PNG_DPI = 250
"""1200 × 750 pixels."""
SIZE, SMALL = 9.0, 8.0
"""Points of words; 8 points are 11 units of the 480."""
STRONGEST = 0.8
"""How much of its colour the darkest cell has: words on it stay readable."""
LEAST_BARS = 6
"""Bars there is room for, so that a single one is no slab."""
_DRAWING = Lock()
_EPOCH = date(1970, 1, 1).toordinal()  # what matplotlib counts days from
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)  # would hold for the whole page
_ID, _USED = re.compile(r' id="([^"]*)"'), re.compile(r'(?:url\(#|href="#)([^")]*)')
_SIZE = re.compile(r"<svg[^>]*?(?= viewBox)")

for _path in text_fonts():
    font_manager.fontManager.addfont(_path)
mpl.rcParams["font.family"] = list(
    dict.fromkeys(font_manager.FontProperties(fname=str(one)).get_name() for one in text_fonts())
)
mpl.rcParams["text.parse_math"] = False  # a channel may be called "$$$"
mpl.rcParams["axes.unicode_minus"] = True
mpl.rcParams["svg.fonttype"] = "path"  # words are as wide as they were laid out, whatever fonts the reader has
mpl.rcParams["svg.hashsalt"] = "lyceum"  # the same chart is the same bytes


_MARKED = Palette(**{name: f"#0a0b{number:02x}" for number, name in enumerate(Palette.__struct_fields__)})
"""Stand-ins that `svg` replaces by CSS variables."""
_MARK = re.compile("|".join(getattr(_MARKED, name) for name in Palette.__struct_fields__))
_VARIABLES = {getattr(_MARKED, name): f"var(--{name})" for name in Palette.__struct_fields__}


def draw(chart: Chart, colours: Palette) -> Figure:
    """The chart of whichever kind its numbers make it: lines, stacks, bars or cells."""
    long = len(chart.names) + 3 if chart.bars else 0
    figure = Figure(figsize=(WIDTH, max(HEIGHT, 0.24 * long)), dpi=100, layout="constrained", facecolor=colours.paper)
    axes = figure.add_subplot()
    axes.set_facecolor("none")
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(colors=colours.dim, labelsize=SMALL, length=0)
    figure.suptitle(chart.title, x=0.012, ha="left", color=colours.ink, fontsize=SIZE + 2)
    if chart.cells:
        _cells(axes, chart, colours)
    elif chart.bars:
        _bars(axes, chart, colours)
    else:
        _over_time(axes, chart, colours)
    if chart.note:
        figure.supxlabel(chart.note, color=colours.dim, fontsize=SMALL - 0.5, x=0.012, ha="left", linespacing=1.5)
    return figure


def _over_time(axes: Axes, chart: Chart, colours: Palette) -> None:
    days = _numbers(chart.x)
    axes.grid(axis="y", color=colours.line, linewidth=0.6)
    axes.set_axisbelow(True)
    _stacks(axes, days, chart, colours)
    for line in chart.lines:
        values = np.array([math.nan if one is None else one for one in line.values])
        axes.plot(
            days,
            values,
            color=getattr(colours, line.colour),
            label=line.label,
            linewidth=0.9 if line.faint else 1.6,
            alpha=0.65 if line.faint else 1.0,
            linestyle="--" if line.dashed else "-",
            marker="o" if np.isfinite(values).sum() < 2 else None,
            markersize=4,
            zorder=2 if line.faint else 3,
        )
    if chart.mark is not None:
        at = float(_numbers([chart.mark])[0])
        axes.axvline(at, color=colours.dim, linewidth=0.8, linestyle=":")
        axes.annotate(
            chart.mark_label, (at, 1), (3, -2), xycoords=("data", "axes fraction"), textcoords="offset points",
            va="top", color=colours.dim, fontsize=SMALL - 0.5,
        )  # fmt: skip
    _dates(axes, days)
    if not chart.stacks:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=not chart.percent))
    axes.yaxis.set_major_formatter(FuncFormatter(_share if chart.percent else _plain))
    if len(chart.lines) + len(chart.stacks) > 1:
        axes.legend(
            loc="upper left", bbox_to_anchor=(0, -0.09), ncols=2, frameon=False, fontsize=SMALL,
            labelcolor=colours.ink, handlelength=1.4, borderaxespad=0.2, columnspacing=1.2,
        )  # fmt: skip


def _numbers(days: Sequence[date]) -> npt.NDArray[np.float64]:
    return np.array([day.toordinal() - _EPOCH for day in days], np.float64)


def _stacks(axes: Axes, days: npt.NDArray[np.float64], chart: Chart, colours: Palette) -> None:
    above, below = np.zeros(len(days)), np.zeros(len(days))
    width = float(np.diff(days).min()) * 0.85 if len(days) > 1 else 1.0
    for stack in chart.stacks:
        values = np.array(stack.values)
        base = np.where(values < 0, below, above)
        axes.bar(days, values, width, base, color=getattr(colours, stack.colour), label=stack.label, align="edge")
        above, below = above + np.maximum(values, 0), below + np.minimum(values, 0)
    if (below < 0).any():
        axes.axhline(0, color=colours.dim, linewidth=0.8)


def _dates(axes: Axes, days: npt.NDArray[np.float64]) -> None:
    locator = mdates.AutoDateLocator(minticks=3, maxticks=6)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    span = float(np.ptp(days)) if len(days) else 0.0
    # Numbers alone, the same in every language.
    form = "%Y-%m" if span > 150 else "%m-%d"
    axes.xaxis.set_major_formatter(mdates.DateFormatter(form))  # type: ignore[no-untyped-call]
    axes.margins(x=0.01)


def _plain(value: float, _: int | None) -> str:
    return f"{abs(value):,.0f}"


def _share(value: float, _: int | None) -> str:
    return f"{value * 100:.0f} %"


def _bars(axes: Axes, chart: Chart, colours: Palette) -> None:
    spots = np.arange(len(chart.bars))
    shades = [colours.dim if chart.rest and spot == len(spots) - 1 else colours.first for spot in spots]
    axes.barh(spots, chart.bars, 0.7, color=shades)
    axes.set_yticks(spots, [_short(one) for one in chart.names], color=colours.ink)
    axes.set_ylim(max(len(spots), LEAST_BARS) - 0.5, -0.5)
    axes.set_xticks([])
    axes.margins(x=0.14)
    for spot, value in zip(spots, chart.bars, strict=True):
        axes.annotate(
            _plain(value, None), (value, spot), (4, 0), textcoords="offset points", va="center",
            color=colours.ink, fontsize=SMALL,
        )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= 22 else f"{name[:21]}…"


def _cells(axes: Axes, chart: Chart, colours: Palette) -> None:
    known = [value for row in chart.cells for value in row if value is not None]
    most = 1.0 if chart.percent else max(known, default=0.0) or 1.0
    for y, row in enumerate(chart.cells):
        for x, value in enumerate(row):
            if value is None:
                continue
            axes.add_patch(Rectangle((x + 0.04, y + 0.04), 0.92, 0.92, facecolor=colours.line, alpha=0.35, linewidth=0))
            share = STRONGEST * min(value / most, 1.0)
            if share > 0:
                axes.add_patch(
                    Rectangle((x + 0.04, y + 0.04), 0.92, 0.92, facecolor=colours.first, alpha=share, linewidth=0)
                )
            if chart.labelled:
                text = f"{value * 100:.0f}" if chart.percent else _plain(value, None)
                axes.text(x + 0.5, y + 0.5, text, ha="center", va="center", color=colours.ink, fontsize=SMALL - 1)
    width = max((len(row) for row in chart.cells), default=1)
    axes.set_xlim(0, width)
    axes.set_ylim(len(chart.cells), 0)
    axes.set_yticks(np.arange(len(chart.rows)) + 0.5, chart.rows, color=colours.ink)
    shown = [(n, name) for n, name in enumerate(chart.columns) if name]
    axes.set_xticks([n + 0.5 for n, _ in shown], [name for _, name in shown])


def png(chart: Chart, colours: Palette = DARK) -> bytes:
    """The chart as a picture."""
    with _DRAWING:
        figure = draw(chart, colours)
        out = BytesIO()
        figure.savefig(out, format="png", dpi=PNG_DPI, metadata={"Software": None}, pil_kwargs={"optimize": True})
    return out.getvalue()


def svg(chart: Chart) -> str:
    """The chart as an SVG element for a page whose CSS has the colours: --ink, --dim, --line, --first, --second…"""
    with _DRAWING:
        figure = draw(chart, _MARKED)
        figure.patch.set_visible(False)
        out = StringIO()
        figure.savefig(out, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = out.getvalue()
    text = _STYLE.sub("", text[text.index("<svg") :].strip())
    used = set(_USED.findall(text))
    text = _ID.sub(lambda found: found[0] if found[1] in used else "", text)
    text = _SIZE.sub(f'<svg class="chart" role="img" aria-label="{escape(chart.alt, quote=True)}"', text, count=1)
    return _MARK.sub(lambda found: _VARIABLES[found[0]], text)
