"""The store: one thread that writes, a few that read, one hop for each transaction."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from bot.storage.database import WriterLock, behind, connect, migrate

__all__ = ["Connection", "SchemaBehindError", "Store"]

P = ParamSpec("P")
R = TypeVar("R")
READERS = 4


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
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.writer, lambda: self.transact(work, *args, **kwargs))

    async def read(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` in a reader's thread; it sees what was committed before."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.look(work, *args, **kwargs))
