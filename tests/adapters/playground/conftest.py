"""A playground whose clock goes only when told, and what one asks of it."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from bot.adapters.playground import PlayClock, Playground
from bot.adapters.playground.place import News
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.engine.rules import Rules
from bot.storage.store import Store
from bot.words import replace
from tests import quickly
from tests.conftest import START

QUIET_DAYS = 5


@pytest.fixture
def play_clock() -> PlayClock:
    return PlayClock(real=lambda: START)


@pytest_asyncio.fixture
async def play_app(
    store: Store, rules: Rules, play_clock: PlayClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    monkeypatch.setattr("bot.app.DELAY", 0.01)
    started = App(
        store, replace(rules, nudges=replace(rules.nudges, quiet_days=QUIET_DAYS, holdout=0)), clock=play_clock
    )
    await started.start()
    yield started
    await started.close()


@pytest_asyncio.fixture
async def playground(play_app: App, play_clock: PlayClock) -> AsyncIterator[Playground]:
    """A playground that has begun; nobody answers of their own accord."""
    made = Playground(Desk(play_app, COMMANDS), play_clock, lively=False, pace=0)
    play_app.join(made)
    with quickly.counted_once("playground"):
        await made.begin()
    yield made
    await made.close()


@pytest.fixture
def news(playground: Playground) -> list[News]:
    """Everything the listeners are told."""
    heard: list[News] = []
    playground.place.listeners.add(heard.append)
    return heard


async def delivered(playground: Playground, done: Callable[[], bool]) -> None:
    """Let effects be delivered until it is `done`; fails when it is not after some seconds."""
    async with asyncio.timeout(10):
        while not done():
            await playground.app.deliver(playground.clock())
