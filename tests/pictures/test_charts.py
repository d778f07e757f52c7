"""Charts: every kind drawn, in colours of the page, with nothing read as mathematics and nothing cut off."""

import re
from datetime import date, timedelta
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from bot.pictures import charts
from bot.pictures.chart import DARK, LIGHT, Chart, Line, Stack, png, svg

DAYS = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(60))
LINES = Chart(
    title="每日活跃成员 $x^2$",
    alt='active "members" <1>',
    note="Europe/Berlin",
    x=DAYS,
    lines=(
        Line(label="each day", values=tuple(float(n % 7) for n in range(60)), faint=True),
        Line(label="in 7 days", values=(*[None] * 6, *[12.0] * 54), colour="second"),
    ),
    mark=DAYS[40],
    mark_label="trial →",
)
STACKS = Chart(
    title="Growth",
    alt="growth",
    x=DAYS[::7],
    stacks=(
        Stack(label="new", values=(3.0,) * 9, colour="first"),
        Stack(label="lost", values=(-2.0,) * 9, colour="fourth"),
    ),
)
BARS = Chart(title="Channels", alt="channels", names=("café", "a" * 60, "others"), bars=(9.0, 5.0, 20.0), rest=True)
CELLS = Chart(
    title="Retention (%)",
    alt="retention",
    rows=("02-02 (4)", "02-09 (2)"),
    columns=("0", "1"),
    cells=((1.0, 0.25), (1.0, None)),
    labelled=True,
    percent=True,
)
ALL = (LINES, STACKS, BARS, CELLS)


@pytest.mark.parametrize("chart", ALL)
def test_a_picture_is_1200_pixels_across_and_the_same_each_time(chart: Chart) -> None:
    drawn = png(chart)
    with Image.open(BytesIO(drawn)) as picture:
        assert picture.width == 1200
        pixels = np.asarray(picture.convert("RGB"))
    assert tuple(pixels[0, 0]) == tuple(bytes.fromhex(DARK.paper[1:]))
    edges = (pixels[:, -1], pixels[-1], pixels[0])
    assert all((edge == pixels[0, 0]).all() for edge in edges)  # nothing runs out of the picture
    assert png(chart) == drawn


@pytest.mark.parametrize("chart", ALL)
def test_on_a_page_every_colour_is_the_pages_own(chart: Chart) -> None:
    drawn = svg(chart)
    assert re.findall(r"#[0-9a-fA-F]{6}", drawn) == []
    assert {"var(--ink)", "var(--dim)"} <= set(re.findall(r"var\(--\w+\)", drawn))
    assert "<style" not in drawn
    assert re.search(r"https?://(?!www\.w3\.org/)", drawn) is None


def test_the_words_for_those_who_do_not_see_are_escaped() -> None:
    assert 'role="img" aria-label="active &quot;members&quot; &lt;1&gt;"' in svg(LINES)


def test_cells_are_shaded_by_their_share_and_left_out_where_nothing_is_known() -> None:
    axes = charts.draw(CELLS, LIGHT).axes[0]
    assert [text.get_text() for text in axes.texts] == ["100", "25", "100"]
    shades = [patch.get_alpha() for patch in axes.patches]
    assert shades == pytest.approx([0.35, 0.8, 0.35, 0.2, 0.35, 0.8])


def test_counts_begin_at_nought_and_a_gap_stays_a_gap() -> None:
    axes = charts.draw(LINES, LIGHT).axes[0]
    assert axes.get_ylim()[0] == 0
    drawn = np.asarray(axes.lines[1].get_ydata())
    assert np.isnan(drawn[:6]).all()
    assert (drawn[6:] == 12).all()


def test_what_is_lost_hangs_below_the_line() -> None:
    axes = charts.draw(STACKS, LIGHT).axes[0]
    heights = [round(float(patch.get_height()), 3) for patch in axes.patches]  # type: ignore[attr-defined]
    assert heights == [3.0] * 9 + [-2.0] * 9


def test_a_long_name_is_cut_and_says_so() -> None:
    axes = charts.draw(BARS, LIGHT).axes[0]
    assert [one.get_text() for one in axes.get_yticklabels()] == ["café", "a" * 21 + "…", "others"]
    assert [one.get_text() for one in axes.texts] == ["9", "5", "20"]
