"""The bell's life: it ends when it is told to, whatever it is about to do."""

import asyncio

import pytest

from bot.app import App
from bot.storage.inbox import waiting
from bot.till import Till
from tests.conftest import Clock
from tests.fakes.providers import GOOD


@pytest.mark.parametrize("steps", range(8))
async def test_it_ends_even_while_it_is_being_rung(till: Till, steps: int) -> None:
    await till.start()
    for _ in range(steps):
        await asyncio.sleep(0)
    ended, _ = await asyncio.wait([asyncio.ensure_future(till.close())], timeout=5)
    assert ended


async def test_a_letter_nobody_understands_is_laid_aside_after_three_days(app: App, till: Till, clock: Clock) -> None:
    await till.ring("fake", b"evt_1 fake:unknown", GOOD)
    clock.advance(days=3)
    assert await till.bell.work() == 0
    assert len(await app.store.read(waiting, "pay:fake")) == 1
    clock.advance(minutes=1)
    assert await till.bell.work() == 0
    assert await app.store.read(waiting, "pay:fake") == []
