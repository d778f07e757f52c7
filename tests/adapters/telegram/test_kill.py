"""Killed with kill -9 at random moments, with a backlog: no update is lost and none counts twice."""

import asyncio
import random
import signal
from collections import Counter
from multiprocessing.context import ForkServerProcess

import pytest

from bot.engine.points import amount
from bot.engine.rules import Rules
from bot.storage import boards, inbox, members
from bot.storage.boards import Board
from bot.storage.ledger import EVENTS
from bot.storage.store import Store
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, OLA, key
from tests.adapters.telegram.life import live
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.forks import forks

MESSAGES = 3000
KILLS = 6


def life(store_url: str, telegram: FakeTelegram) -> ForkServerProcess:
    process: ForkServerProcess = forks().Process(target=live, args=(store_url, telegram.url, TOKEN), daemon=True)
    process.start()
    return process


async def end(process: ForkServerProcess) -> None:
    process.kill()
    await asyncio.to_thread(process.join)
    assert process.exitcode == -signal.SIGKILL, "it died by itself"


@pytest.mark.slow
async def test_nothing_is_lost_or_counted_twice(telegram: FakeTelegram, store_url: str, rules: Rules) -> None:
    random_ = random.Random(7)
    said = [
        (user, telegram.say(user, CLUB, f"thought {n}"))
        for n in range(MESSAGES)
        for user in [random_.choice([ANN, BEA, OLA])]
    ]
    last = telegram.updates[-1]["update_id"]
    for _ in range(KILLS):
        # the moment: some hundreds of updates further, whatever is under way just then
        further = min(telegram.confirmed or telegram.updates[0]["update_id"], last) + random_.randrange(50, 600)
        process = life(store_url, telegram)
        await telegram.until(lambda: telegram.confirmed >= min(further, last + 1), 30)  # noqa: B023
        for _ in range(random_.randrange(40)):  # and a little off the confirmation
            await asyncio.sleep(0.001)
        await end(process)
    number = telegram.say(ANN, CLUB, "the last one")
    said.append((ANN, number))
    process = life(store_url, telegram)
    try:
        await telegram.until(lambda: telegram.confirmed > last + 1, 30)
        store = Store(store_url)
        async with asyncio.timeout(30):
            while await store.read(inbox.waiting, "telegram:123456789"):  # noqa: ASYNC110 - another process empties it
                await asyncio.sleep(0.05)
    finally:
        await end(process)
    counted = await store.read(lambda c: list(c.execute(EVENTS.select())))
    assert Counter(row.key for row in counted) == Counter(key(CLUB, number) for _, number in said)
    community = await store.read(boards.top, Board(community=1))
    points = Counter(dict.fromkeys((ANN, BEA, OLA), 0))
    for user, number in said:
        points[user] += amount(key(CLUB, number), rules.earn.message)
    for user, expected in points.items():
        found = await store.read(members.find, 1, "telegram", str(user))
        assert found is not None
        assert found.state.engagement.points == expected
        assert found.state.engagement.messages == sum(1 for one, _ in said if one == user)
    assert sorted(line.points for line in community) == sorted(points.values())
    store.close()
