"""Kill -9 at random moments under load: nothing acknowledged is lost, nothing counts twice, on both databases.

After every kill the database must say exactly what a plain model says that was told the stream up to the durable
cursor; in the end, after everything was heard, all of it, effects included.
"""

from collections import Counter
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from random import Random

import pytest
from sqlalchemy import text

from bot.effects import Announce
from bot.storage import inbox, members
from bot.storage.store import Connection as Database
from bot.storage.store import Store
from tests import snapshots
from tests.forks import forks
from tests.kill import stream
from tests.kill.life import live, open_when_free
from tests.oracle import Oracle, Row

SEED = 20_261_121
KILLS = 30
UNDER_LOAD = 20
"""Kills that must have struck after something new was written; on a slow machine it takes more than 30 in all."""
SPACE = stream.account(0).space


class Life:
    """A process that runs `live`, and what it has said."""

    def __init__(self, url: str, last: int | None = None) -> None:
        context = forks()
        self._ear, mouth = context.Pipe(duplex=False)
        self._process: ForkServerProcess = context.Process(target=live, args=(url, SEED, last, mouth), daemon=True)
        self._process.start()
        mouth.close()
        self.acknowledged = self._hear(30.0)

    def _hear(self, patience: float) -> int:
        assert self._ear.poll(patience), "the process says nothing"
        said: int = self._ear.recv()
        return said

    def _listen(self, ear: Connection, seconds: float) -> bool:
        try:
            if ear.poll(seconds):
                self.acknowledged = max(self.acknowledged, ear.recv())
                return True
        except EOFError:
            pass
        return False

    def kill_after(self, seconds: float) -> int:
        """Let it work for so long, then kill -9. Returns what was acknowledged."""
        self._process.join(seconds)
        assert self._process.exitcode is None, "it died by itself"
        self._process.kill()
        self._process.join()
        while self._listen(self._ear, 0):
            pass
        self._ear.close()
        return self.acknowledged

    def end(self) -> int:
        """Let it come to its end."""
        self._process.join(60)
        while self._listen(self._ear, 0):
            pass
        self._ear.close()
        assert self._process.exitcode == 0
        return self.acknowledged


def rows(store: Store) -> dict[str, Row]:
    """What the database says of each member."""
    return {
        user: (
            state.engagement.points,
            state.engagement.messages,
            state.engagement.reactions_given,
            state.engagement.reactions_received,
            state.standing.level,
        )
        for user, state in store.look(snapshots.states, SPACE).items()
    }


def announcements(store: Store) -> Counter[tuple[str, int]]:
    """(user, level) of every announcement in the outbox."""
    return Counter(
        (user, int(effect.values["level"]))
        for user, _, effect, _ in store.look(snapshots.effects, SPACE)
        if isinstance(effect, Announce) and effect.notice == "level_up"
    )


def announce_somewhere(connection: Database) -> None:
    """Give the community an announcement channel, so that levels reached by a reaction are announced, too."""
    community = members.see_channels(connection, "discord", stream.account(0), [])
    members.announce_in(connection, community, "discord", "8000002")


@pytest.mark.slow
def test_thirty_kills_lose_nothing_and_count_nothing_twice(store_url: str, request: pytest.FixtureRequest) -> None:
    print(f"seed {SEED}")
    dice = Random(SEED)
    oracle, told, under_load = Oracle(), 0, 0
    store = Store(store_url)  # looks only: the lives take the writer's lock
    request.addfinalizer(store.close)
    open_when_free(store_url).close()
    store.transact(announce_somewhere)
    number = 0
    while number < KILLS or under_load < UNDER_LOAD:
        number += 1
        assert number <= 4 * KILLS, "hardly a kill strikes while it writes"
        longest = 0.35 + 0.03 * (number - 1 - under_load)  # a busy machine gets to writing later
        acknowledged = Life(store_url).kill_after(dice.uniform(0.02, longest))
        durable = store.look(inbox.cursor, stream.CURSOR) or 0
        assert durable >= acknowledged, f"kill {number}: position {acknowledged} was acknowledged and is gone"
        assert durable >= told
        under_load += durable > told
        oracle.feed(stream.between(SEED, told + 1, durable))
        told = durable
        if told:
            assert rows(store) == oracle.rows(), f"after kill {number}, at position {told}"
    last = told + 500
    assert Life(store_url, last).end() == last
    oracle.feed(stream.between(SEED, told + 1, last))
    assert rows(store) == oracle.rows()
    assert announcements(store) == Counter(oracle.announcements)
    heard = store.look(snapshots.log, SPACE)
    assert sum(map(len, heard.values())) == len(oracle.seen)
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    print(f"{number} kills, {under_load} while writing; {last} positions, {len(oracle.seen)} events")
