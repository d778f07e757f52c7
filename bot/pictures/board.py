"""The leaderboard as a picture: a page of it, to be read on a phone.

`draw_board` is a pure function of plain values; the words come translated. Hand it to a `Studio`.
"""

from PIL import Image

from bot.pictures.avatar import put_avatar
from bot.pictures.canvas import canvas, compact, panel, png
from bot.pictures.themes import Theme, mixed
from bot.pictures.writing import fitting, write
from bot.words import Word

WIDTH = 1080
EDGE = 40
HEAD = 172
ROW = 104
FOOT = 32
FACE = 72
MOST = 25
"""More lines would be too small to read where platforms scale a picture down."""
MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


class Line(Word, frozen=True):
    """A member on the board. `crown` is for who won the last week, `mine` for who asked."""

    rank: int
    name: str
    level: int
    points: int
    avatar: bytes | None = None
    crown: bool = False
    mine: bool = False


class Board(Word, frozen=True):
    """A page of a board. `level` is the word before a level, such as 'Lv'; `empty` is said when there are no lines."""

    title: str
    subtitle: str = ""
    level: str = "Lv"
    empty: str = ""
    lines: tuple[Line, ...] = ()


def board_size(board: Board) -> tuple[int, int]:
    """Width and height in pixels. Raises `ValueError` above 25 lines."""
    if len(board.lines) > MOST:
        raise ValueError(f"A board has at most {MOST} lines, not {len(board.lines)}: draw it in pages.")
    return WIDTH, HEAD + ROW * max(len(board.lines), 1) + FOOT


def draw_board(board: Board, theme: Theme) -> bytes:
    """A PNG of `board_size(board)`. Raises `ValueError` above 25 lines."""
    image = canvas(board_size(board), theme)
    room = WIDTH - 2 * EDGE
    size = fitting(board.title, 56, room, 40, bold=True)
    write(image, (EDGE, 84), board.title, size, theme.ink, bold=True, most=room)
    write(image, (EDGE, 136), board.subtitle, fitting(board.subtitle, 34, room, 30), theme.dim, most=room)
    if not board.lines:
        write(image, (WIDTH / 2, HEAD + 64), board.empty, 36, theme.dim, anchor="m", most=room)
    best = max((line.points for line in board.lines), default=0)
    for n, line in enumerate(board.lines):
        _row(image, line, board.level, HEAD + n * ROW, theme, line.points / best if best > 0 else 0.0)
    return png(image)


def _row(image: Image.Image, line: Line, level: str, top: int, theme: Theme, share: float) -> None:
    """Rank, face, name with the level below, points with a bar below that says how they compare with the first's."""
    high = ROW - 12
    fill = mixed(theme.panel, theme.accent, 0.16) if line.mine else theme.panel
    panel(image, (EDGE, top, WIDTH - 2 * EDGE, high), theme, fill=fill)
    if line.mine:
        panel(image, (EDGE, top + 22, 8, high - 44), theme, radius=4, fill=theme.accent)
    place, middle = MEDALS.get(line.rank, f"{line.rank:,}"), EDGE + 62
    size = 52 if line.rank in MEDALS else fitting(place, 40, 84, 26, bold=True)
    write(image, (middle, top + 47 + size * 0.36), place, size, theme.dim, bold=True, anchor="m", most=96)
    put_avatar(image, (EDGE + 120, top + 10), FACE, line.name, line.avatar, theme.panel)
    right = WIDTH - EDGE - 28
    points = f"{line.points:,}" if abs(line.points) < 10**9 else compact(line.points)
    taken = max(write(image, (right, top + 50), points, 40, theme.ink, bold=True, anchor="r", most=300), 180)
    left = EDGE + 120 + FACE + 24
    room = right - taken - 28 - left - (52 if line.crown else 0)
    x = left + write(
        image, (left, top + 44), line.name, fitting(line.name, 38, room, 34, bold=True), theme.ink, bold=True, most=room
    )
    if line.crown:
        write(image, (x + 10, top + 44), "👑", 38, theme.ink)
    write(image, (left, top + 80), f"{level} {line.level:,}", 30, theme.dim, most=room)
    long = 180
    panel(image, (right - long, top + 66, long, 10), theme, radius=5, fill=theme.line)
    if share > 0:
        panel(
            image,
            (right - long, top + 66, max(round(long * min(share, 1.0)), 10), 10),
            theme,
            radius=5,
            fill=theme.accent,
        )
