"""The leaderboard is a picture of its lines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageColor

from bot.pictures.board import EDGE, HEAD, MOST, ROW, WIDTH, Board, Line, board_size, draw_board
from bot.pictures.themes import THEMES
from bot.words import replace
from tests.hostile import HOSTILE
from tests.pictures.test_avatar import encoded
from tests.pictures.test_card import opened

OCEAN = THEMES["ocean"]
LINES = tuple(Line(rank=n, name=f"成员 {n}", level=60 - n, points=1000 // n) for n in range(1, 6))
BOARD = Board(title="读书会排行榜", subtitle="最近 7 天", level="等级", empty="还没有人有积分", lines=LINES)


def accented(picture: bytes, row: int) -> int:
    """How many pixels of a row's bar are in the accent's colour."""
    image, wanted = opened(picture), ImageColor.getrgb(OCEAN.accent)
    return sum(image.getpixel((x, HEAD + row * ROW + 71)) == wanted for x in range(WIDTH // 2, WIDTH))


def test_sizes() -> None:
    assert board_size(BOARD) == opened(draw_board(BOARD, OCEAN)).size == (1080, 724)
    assert (
        board_size(replace(BOARD, lines=())) == opened(draw_board(replace(BOARD, lines=()), OCEAN)).size == (1080, 308)
    )


def test_more_lines_than_can_be_read_are_refused() -> None:
    full = replace(BOARD, lines=LINES * 5)
    assert board_size(full)[1] == 2804
    with pytest.raises(ValueError, match="A board has at most 25 lines, not 26: draw it in pages"):
        draw_board(replace(BOARD, lines=(*full.lines, LINES[0])), OCEAN)


def test_the_same_board_has_the_same_bytes_and_each_part_is_seen() -> None:
    first = LINES[0]
    changed = [
        BOARD,
        replace(BOARD, title="读书会"),
        replace(BOARD, subtitle=""),
        replace(BOARD, level="Lv"),
        replace(BOARD, lines=()),
        *(
            replace(BOARD, lines=(line, *LINES[1:]))
            for line in (
                replace(first, rank=7),
                replace(first, name="别人"),
                replace(first, level=7),
                replace(first, points=7),
                replace(first, avatar=encoded("PNG")),
                replace(first, crown=True),
                replace(first, mine=True),
            )
        ),
    ]
    pictures = [draw_board(board, OCEAN) for board in changed]
    assert len(set(pictures)) == len(changed)
    assert draw_board(BOARD, OCEAN) == pictures[0]


def test_bars_compare_with_the_first() -> None:
    picture = draw_board(BOARD, OCEAN)
    long = [accented(picture, row) for row in range(5)]
    assert all(abs(drawn - 180 * share) <= 10 for drawn, share in zip(long, (1, 0.5, 0.333, 0.25, 0.2), strict=True))
    nothing = replace(
        BOARD, lines=tuple(replace(line, points=points) for line, points in zip(LINES, (0, 0, -5, 0, 0), strict=True))
    )
    assert [accented(draw_board(nothing, OCEAN), row) for row in range(5)] == [0] * 5


def test_the_one_who_asked_is_marked() -> None:
    mine = replace(BOARD, lines=(replace(LINES[0], mine=True), *LINES[1:]))
    at = (EDGE + 4, HEAD + 46)
    assert opened(draw_board(mine, OCEAN)).getpixel(at) == ImageColor.getrgb(OCEAN.accent)
    assert opened(draw_board(BOARD, OCEAN)).getpixel(at) == ImageColor.getrgb(OCEAN.panel)


def test_nothing_leaves_its_row() -> None:
    """The margins stay dark, whatever names and numbers there are."""
    long = tuple(Line(rank=10**9, name="W" * 99, level=10**9, points=10**18, crown=True) for _ in range(3))
    image = opened(draw_board(replace(BOARD, title="W" * 99, subtitle="W" * 99, lines=long), OCEAN)).convert("L")
    for box in ((0, 0, EDGE - 2, image.height), (WIDTH - EDGE + 2, 0, WIDTH, image.height)):
        assert image.crop(box).getextrema()[1] < 70  # type: ignore[operator]


def test_hostile_names_are_drawn() -> None:
    texts = list(HOSTILE.values())
    for first in range(0, len(texts), MOST):
        lines = tuple(Line(rank=1, name=text, level=1, points=1) for text in texts[first : first + MOST])
        board = Board(title=texts[first], subtitle=texts[-1], level=texts[first], lines=lines)
        assert opened(draw_board(board, OCEAN)).size == board_size(board)


@settings(max_examples=5, deadline=None)
@given(names=st.lists(st.text(max_size=64), min_size=3, max_size=3), points=st.integers(-(10**20), 10**20))
def test_any_names_give_a_board_of_the_same_size(names: list[str], points: int) -> None:
    lines = tuple(Line(rank=n, name=name, level=n, points=points) for n, name in enumerate(names))
    assert opened(draw_board(replace(BOARD, lines=lines), OCEAN)).size == (1080, 516)
