"""Opening a database: one URL, SQLite or PostgreSQL, its pragmas, its migrations, and the lock of the one writer."""

import fcntl
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

_MIGRATIONS = Path(__file__).parent / "migrations"
_WRITER_LOCK = 4_990_117_001
"""The PostgreSQL advisory lock held by the one writer ('lyceum' on a telephone keypad, more or less)."""
_CACHE_KIB = 65_536
"""SQLite's page cache for each connection. Its default of 2 MiB is read anew again and again from 10,000 members on."""
_CHECKPOINT_PAGES = 10_000
"""Pages in the write-ahead log (40 MB) before they are copied into the database. A page that many transactions touch is
then copied once: with the default of 1,000 a busy community copies, and syncs, at nearly every commit."""
BUSY = 5.0
"""Seconds to wait for another process's write lock before the batch is put back and tried again."""
UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
"""What a database raises when it can't be written just now: locked, full, gone, read-only. The batch is kept
and tried again."""


class DatabaseError(Exception):
    """The database can't be used as it is; the message says what to do."""


def connect(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://…`. Raises DatabaseError for anything else."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_size=5, pool_pre_ping=True)
    if parsed.get_backend_name() != "sqlite":
        raise DatabaseError(f"{parsed.get_backend_name()} is not supported: use sqlite:/// or postgresql://")
    if parsed.database in (None, "", ":memory:"):
        raise DatabaseError("a database in memory would be gone with the process: use sqlite:///a/path")
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # The connection used last comes first: the others' pages in memory are stale after each commit that is not theirs.
    engine = create_engine(parsed, connect_args={"check_same_thread": False, "timeout": BUSY}, pool_use_lifo=True)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def migrate(engine: Engine) -> None:
    """Bring the schema up to date, in one transaction: afterwards it is the old one or the new one."""
    if not behind(engine):
        return
    with engine.begin() as connection:
        command.upgrade(migrations(connection), "head")


def migrations(connection: Connection) -> Config:
    """What Alembic's commands want, to work in the transaction of `connection`."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def behind(engine: Engine) -> bool:
    """Whether the schema is older than this code."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() != _newest()


@cache
def _newest() -> str | None:
    """The revision of this code: it takes longer to find than a database to open, for all migrations are read."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


class WriterLock:
    """At most one process writes to a database: a lock on a file beside SQLite's, an advisory lock on PostgreSQL.

    The one writer holds the members' states in memory; a second would work with stale ones.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file: IO[str] | None = None
        self._connection: Connection | None = None

    def take(self) -> None:
        """Raises DatabaseError when another process has it. It is freed by `give`, and by the process's death."""
        path = self._engine.url.database
        if self._engine.dialect.name == "postgresql":
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": _WRITER_LOCK}):
                connection.close()
                raise DatabaseError("another Lyceum is running on this database: stop it first")
            self._connection = connection
        else:
            self._file = Path(f"{path}.lock").open("w")  # noqa: SIM115 - held open as long as the lock
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                self._file.close()
                self._file = None
                raise DatabaseError(f"another Lyceum is running on {path}: stop it first") from error

    def give(self) -> None:
        """Let the next one write."""
        if self._connection is not None:
            with suppress(Exception):
                self._connection.scalar(text("SELECT pg_advisory_unlock(:n)"), {"n": _WRITER_LOCK})
            self._connection.close()
            self._connection = None
        if self._file is not None:
            self._file.close()
            self._file = None
