"""Pictures: what a card and a board cost, whether drawing leaks, and how long the event loop is held meanwhile."""

import asyncio
import statistics
import sys
import time
from io import BytesIO
from pathlib import Path

from PIL import Image

from benchmarks.measure import Figure
from bot.pictures.board import Board, Line, draw_board
from bot.pictures.card import Card, Labels, draw_card
from bot.pictures.studio import Studio
from bot.pictures.themes import THEMES
from bot.words import Word, replace

NAMES = ("林小溪 🌿", "Maximilian Alexander von Habsburg", "王镕", "Олег Петров", "مرحبا بالعالم", "👨‍👩‍👧‍👦 family")
ROUNDS = 3
MIB = 1024 * 1024


def avatar() -> bytes:
    """A photograph of 256 x 256 pixels, as platforms send them."""
    out = BytesIO()
    Image.effect_mandelbrot((256, 256), (-2, -1.5, 1, 1.5), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def cards(count: int) -> list[Card]:
    """Cards that differ from each other, with all that a card can have."""
    full = Card(
        name="",
        level=42,
        done=1234,
        needed=5000,
        points=123_456,
        place=12,
        avatar=avatar(),
        quality=87,
        coins=560,
        streak=31,
        prestige=2,
        badges=(("🎓", "毕业生"), ("🤝", "热心人"), ("🌅", "早起的鸟"), ("🏆", "周冠军")),
        words=Labels(level="等级", points="积分", quality="口碑分", coins="金币", streak="连续打卡天数"),
    )
    return [replace(full, name=f"{NAMES[n % len(NAMES)]} {n}", points=n) for n in range(count)]


def board() -> Board:
    """Ten lines, every third with an avatar."""
    lines = tuple(
        Line(rank=n + 1, name=NAMES[n % 6], level=50 - n, points=10_000 // (n + 1), avatar=None if n % 3 else avatar())
        for n in range(10)
    )
    return Board(title="读书会排行榜", subtitle="最近 7 天", level="等级", lines=lines)


def resident(process: int) -> int:
    """Bytes of memory that a process holds of its own, from /proc: what it maps of files is shared and left out."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon"))


def cost() -> list[Figure]:
    """Time and size of one picture, drawn here, one after the other."""
    theme, drawn = THEMES["midnight"], cards(40)
    took, sizes = [], []
    for card in drawn:
        begin = time.perf_counter()
        sizes.append(len(draw_card(card, theme)))
        took.append(time.perf_counter() - begin)
    begin = time.perf_counter()
    ten = len(draw_board(board(), theme))
    lasted = time.perf_counter() - begin
    return [
        Figure(name="a rank card, first (fonts are read)", value=1000 * took[0], unit="ms"),
        Figure(name="a rank card, median", value=1000 * statistics.median(took), unit="ms"),
        Figure(name="a rank card, size", value=statistics.median(sizes) / 1024, unit="KiB"),
        Figure(name="a board of ten", value=1000 * lasted, unit="ms"),
        Figure(name="a board of ten, size", value=ten / 1024, unit="KiB"),
    ]


class Held(Word, frozen=True):
    """The longest that a loop was held, in milliseconds.

    `own` is the processor time of the loop's thread: when nothing else runs in the process, all that can hold it.
    `wall` has what other processes of a busy machine took as well; `idle` is that of a process that does nothing.
    """

    own: float
    wall: float
    idle: float


CONTROL = """
import select, sys, time
worst, last = 0.0, time.perf_counter()
while not select.select([sys.stdin], [], [], 0.001)[0]:
    now = time.perf_counter()
    worst, last = max(worst, now - last - 0.001), now
print(worst)
"""
"""A process that does nothing but wait a millisecond at a time: how long the machine itself keeps one waiting."""


async def _longest(studio: Studio, drawn: list[Card]) -> Held:
    """Draws the cards while a ticker runs on the loop, and another in an idle process."""
    own, wall, over = 0.0, 0.0, asyncio.Event()
    pipe = asyncio.subprocess.PIPE
    control = await asyncio.create_subprocess_exec(sys.executable, "-c", CONTROL, stdin=pipe, stdout=pipe)

    async def tick() -> None:
        nonlocal own, wall
        last, spent = time.perf_counter(), time.thread_time()
        while not over.is_set():
            await asyncio.sleep(0.001)
            now, total = time.perf_counter(), time.thread_time()
            own, wall = max(own, total - spent), max(wall, now - last - 0.001)
            last, spent = now, total

    ticker = asyncio.create_task(tick())
    await asyncio.gather(*(studio.draw(draw_card, card, THEMES["ocean"]) for card in drawn))
    over.set()
    await ticker
    said, _ = await control.communicate(b"")
    return Held(own=1000 * own, wall=1000 * wall, idle=1000 * float(said))


async def _held(count: int, *, apart: bool) -> list[Held]:
    found = []
    for _ in range(ROUNDS):
        studio = Studio(apart=apart)
        found.append(await _longest(studio, cards(count)))
        await studio.close()
    return found


async def _growth(count: int) -> tuple[float, float, float]:
    """Memory of the drawing process after a fifth of the cards and after all, and milliseconds a card."""
    studio, theme = Studio(), THEMES["ocean"]
    drawn = cards(count + count // 5)
    for card in drawn[: count // 5]:
        await studio.draw(draw_card, card, theme)
    assert studio.process is not None
    before, begin = resident(studio.process), time.perf_counter()
    for card in drawn[count // 5 :]:
        await studio.draw(draw_card, card, theme)
    lasted = time.perf_counter() - begin
    after = resident(studio.process)
    await studio.close()
    return before / MIB, after / MIB, 1000 * lasted / count


def _walls(name: str, rounds: list[Held]) -> list[Figure]:
    best = min(rounds, key=lambda held: held.wall)
    return [
        Figure(name=f"{name}, best round", value=best.wall, unit="ms"),
        Figure(name="  and an idle process meanwhile", value=best.idle, unit="ms"),
    ]


def pictures(count: int) -> list[Figure]:
    """All of it; `count` cards for the leak, 200 for the loop."""
    apart = asyncio.run(_held(200, apart=True))
    thread = asyncio.run(_held(50, apart=False))
    before, after, each = asyncio.run(_growth(count))
    return [
        *cost(),
        Figure(name="a rank card by the studio, asked for one by one", value=each, unit="ms"),
        Figure(
            name="event loop held while 200 cards are drawn, by its own work, worst of 3 rounds",
            value=max(held.own for held in apart),
            unit="ms",
            target=20,
            at_most=True,
        ),
        *_walls("held by the wall's clock", apart),
        *_walls("the same with 50 cards in a thread instead", thread),
        Figure(name="memory of the drawing process", value=after, unit="MiB"),
        Figure(name=f"its growth over {count:,} cards", value=after - before, unit="MiB", target=8, at_most=True),
    ]
