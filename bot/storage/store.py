"""The store: one thread that writes, a few that read, one hop for each transaction."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from bot.storage.database import WriterLock, behind, connect, migrate

__all__ = ["Connection", "SchemaBehindError", "Store"]

P = ParamSpec("P")
R = TypeVar("R")
READERS = 4
ASIDE = 0.02
"""Seconds that `give_way` stands still at most."""
LAST_WORDS = 2e-5
"""Seconds for a thread that has done its work to say so and go to rest."""


class SchemaBehindError(Exception):
    """The schema is older than the code."""


class Store:
    """A database with one writer.

    `await store.write(fn, …)` and `await store.read(fn, …)` call `fn(connection, …)` in a thread and a
    transaction of its own; `write` commits when `fn` returns and rolls back when it raises.
    """

    def __init__(self, url: str) -> None:
        self.engine: Engine = connect(url)
        self._lock = WriterLock(self.engine)
        self.writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._asked = self._done = 0
        """Pieces of work that the writer's thread was asked to do, and those that are done or called off."""
        self._rest = Condition()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")

    @property
    def url(self) -> str:
        """The database's URL, its password hidden."""
        return self.engine.url.render_as_string(hide_password=True)

    @property
    def address(self) -> str:
        """The database's URL as it is, with its password: for a process of our own, and never for a log."""
        return self.engine.url.render_as_string(hide_password=False)

    def open(self, *, upgrade: bool | None = None) -> None:
        """Take the writer's lock and bring the schema up to date.

        SQLite is migrated at once; PostgreSQL only when `upgrade` is true (`lyceum migrate`). Raises
        DatabaseError when another process writes to this database, SchemaBehindError when the schema is old.
        """
        self._lock.take()
        if upgrade is None:
            upgrade = self.engine.dialect.name == "sqlite"
        if upgrade:
            migrate(self.engine)
        elif behind(self.engine):
            self.close()
            raise SchemaBehindError("the database is older than this Lyceum: run `lyceum migrate`, then start again")

    def outdated(self) -> bool:
        """Whether the schema is older than the code (or not there yet). Needs no lock."""
        return behind(self.engine)

    def close(self) -> None:
        """Wait for what is under way, and let the next process write."""
        self.writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._lock.give()
        self.engine.dispose()

    def transact(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` in a writing transaction in this thread; only for the writer's own thread and for scripts."""
        with self.engine.begin() as connection:
            return work(connection, *args, **kwargs)

    def look(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` in a reading transaction in this thread."""
        with self.engine.connect().execution_options(reading=True) as connection:
            return work(connection, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` in the writer's thread, in a transaction."""
        return await self.in_writer(lambda: self.transact(work, *args, **kwargs))

    async def in_writer(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` in the writer's thread, without a transaction of its own."""
        running = self.writer.submit(work, *args, **kwargs)
        self._asked += 1
        running.add_done_callback(self._rested)
        return await asyncio.wrap_future(running)

    def _rested(self, _: Future[Any]) -> None:
        with self._rest:
            self._done += 1
            self._rest.notify_all()

    def give_way(self) -> bool:
        """Stand still until the writer rests, `ASIDE` at most; returns whether it does.

        For a thread that goes on and on: whoever reads frames lets the interpreter go for a moment with each, to
        decompress it. A thread that waits for the interpreter is woken by that, finds it taken again and goes back to
        sleep, once a frame: a transaction of 30 ms took 300 and more, and the waking cost 10 µs a frame.
        """
        if self._resting():
            return True
        with self._rest:
            rests = self._rest.wait_for(self._resting, ASIDE)
        if rests:
            time.sleep(LAST_WORDS)
        return rests

    def _resting(self) -> bool:
        return self._done >= self._asked

    async def read(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` in a reader's thread; it sees what was committed before."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.look(work, *args, **kwargs))
