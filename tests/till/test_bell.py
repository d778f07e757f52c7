"""The bell's life: it ends when it is told to, whatever it is about to do."""

import asyncio

import pytest

from bot.till import Till


@pytest.mark.parametrize("steps", range(8))
async def test_it_ends_even_while_it_is_being_rung(till: Till, steps: int) -> None:
    await till.start()
    for _ in range(steps):
        await asyncio.sleep(0)
    ended, _ = await asyncio.wait([asyncio.ensure_future(till.close())], timeout=5)
    assert ended
