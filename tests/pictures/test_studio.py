"""Pictures are drawn apart, once, and the studio survives what kills its process."""

import asyncio
import os
import pickle
import threading
import time
from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from bot.pictures.card import Card, draw_card
from bot.pictures.studio import Studio, StudioError
from bot.pictures.themes import THEMES
from bot.pictures.worker import DONE, FAILED, framed, serve

CARD = Card(name="林小溪 🔥", level=4, done=1, needed=2, points=300)
OCEAN = THEMES["ocean"]
DRAWN: list[str] = []
GATE = threading.Event()


def noted(text: str) -> bytes:
    DRAWN.append(text)
    return text.encode() * 1000


def gated(text: str) -> bytes:
    assert GATE.wait(30)
    return noted(text)


async def _begun(studio: Studio) -> None:
    while not studio._drawing:  # noqa: ASYNC110 - it is nothing that the studio tells
        await asyncio.sleep(0)


def refuse(text: str) -> bytes:
    raise ValueError(text)


class OddError(Exception):
    """Can't be pickled back: it wants two."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one)


def oddly() -> bytes:
    raise OddError("a", "b")


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    DRAWN.clear()
    here = Studio(apart=False, room=2500)
    yield here
    await here.close()


@pytest.fixture
async def apart() -> AsyncIterator[Studio]:
    made = Studio()
    yield made
    await made.close()


async def test_what_is_kept_is_not_drawn_again_and_the_oldest_goes_first(studio: Studio) -> None:
    assert await studio.draw(noted, "a") == b"a" * 1000
    await studio.draw(noted, "b")
    await studio.draw(noted, "a")
    await studio.draw(noted, "c")  # there is room for two: b was asked for longest ago
    await studio.draw(noted, "a")
    await studio.draw(noted, "b")
    assert DRAWN == ["a", "b", "c", "b"]


async def test_who_asks_for_the_same_waits_for_the_same(studio: Studio) -> None:
    assert set(await asyncio.gather(*(studio.draw(noted, "a") for _ in range(10)))) == {b"a" * 1000}
    assert DRAWN == ["a"]


async def test_who_goes_away_does_not_take_the_picture_from_the_others(studio: Studio) -> None:
    GATE.clear()
    first = asyncio.create_task(studio.draw(gated, "a"))
    await _begun(studio)
    second = asyncio.create_task(studio.draw(gated, "a"))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    GATE.set()
    assert await second == b"a" * 1000
    assert DRAWN == ["a"]


async def test_it_is_not_drawn_on_the_loop_s_thread(studio: Studio) -> None:
    here = threading.get_ident()
    assert int(await studio.draw(thread)) != here


def thread() -> bytes:
    return str(threading.get_ident()).encode()


async def test_what_goes_wrong_is_raised_and_not_kept(studio: Studio) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="too many lines"):
            await studio.draw(refuse, "too many lines")
    assert await studio.draw(noted, "a") == b"a" * 1000


async def test_a_closed_studio_says_so() -> None:
    studio = Studio(apart=False)
    await studio.close()
    await studio.close()
    with pytest.raises(StudioError, match="The studio is closed"):
        await studio.draw(noted, "a")


async def test_a_process_of_its_own_draws_the_same_and_has_no_secrets(
    apart: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LYCEUM_DISCORD_TOKEN", "secret")
    assert apart.process is None
    assert await apart.draw(draw_card, CARD, OCEAN) == draw_card(CARD, OCEAN)
    assert apart.process not in {None, os.getpid()}
    assert await apart.draw(os.getenvb, b"LYCEUM_DISCORD_TOKEN", b"none") == b"none"
    await apart.close()
    assert apart.process is None


async def test_a_process_that_dies_is_replaced(apart: Studio) -> None:
    assert await apart.draw(bytes, 3) == b"\0\0\0"
    first = apart.process
    with pytest.raises(StudioError, match="the drawing process died twice over it"):
        await apart.draw(os._exit, 1)
    assert await apart.draw(bytes, 4) == b"\0\0\0\0"
    assert apart.process not in {None, first}


async def test_a_process_killed_while_idle_is_not_noticed(apart: Studio) -> None:
    assert await apart.draw(bytes, 3) == b"\0\0\0"
    assert apart.process is not None
    os.kill(apart.process, 9)
    assert await apart.draw(bytes, 4) == b"\0\0\0\0"


async def test_what_takes_too_long_is_given_up() -> None:
    studio = Studio(patience=2)
    assert await studio.draw(bytes, 1) == b"\0"
    studio._patience = 0.05
    with pytest.raises(StudioError, match=r"longer than 0\.05 s"):
        await studio.draw(time.sleep, 60)  # type: ignore[arg-type]
    assert studio.process is None
    await studio.close()


async def test_closing_gives_up_what_is_being_drawn(apart: Studio) -> None:
    await apart.draw(bytes, 1)
    waiting = asyncio.create_task(apart.draw(time.sleep, 60))  # type: ignore[arg-type]
    await _begun(apart)
    await apart.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_the_worker_answers_each_order_until_there_are_no_more() -> None:
    orders = b"".join(
        framed(b"", order) for order in (pickle.dumps((noted, ("a",), {})), b"no order", pickle.dumps((oddly, (), {})))
    )
    answers = BytesIO()
    serve(BytesIO(orders + b"\0"), answers)
    signs = []
    answers.seek(0)
    while head := answers.read(4):
        signs.append(answers.read(int.from_bytes(head, "big")))
    assert signs[0] == DONE + b"a" * 1000
    assert [sign[:1] for sign in signs] == [DONE, FAILED, FAILED]
    assert b"OddError('a')" in signs[2]
