"""What takes a test's time and proves nothing, left out: nothing here changes what the code under test does."""

import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import certifi
import coverage
import pytest
import structlog
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine.default import DefaultDialect

from bot.storage import database

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - Linux's file system in memory
_ROOM = 2 * 1024**3
"""Bytes that must be free there: a container's is often of 64 MB only."""


def memory() -> Path | None:
    """A folder in memory, where nothing waits for a disk; None where there is none, or too small a one.

    A process that is killed loses no more there than on a disk: only a machine that stops would.
    """
    if not os.access(_IN_MEMORY, os.W_OK) or shutil.disk_usage(_IN_MEMORY).free < _ROOM:
        return None
    return _IN_MEMORY


def use_memory() -> None:
    """Let `tmp_path` be there, unless somebody has said where."""
    place = memory()
    if place is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))


def remember_bytecode() -> None:
    """Compile modules once: not in each worker, nor in each of the processes that tests start."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def log_plainly() -> None:
    """Log errors as in production; by default structlog draws tables of all variables, for 0.7 s an error."""
    *before, _ = structlog.get_config()["processors"]
    last = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, last])


def one_authority() -> str:
    """The first certificate of the bundle that clients of HTTP read."""
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
    return first + end


@contextmanager
def statements_compiled_once() -> Generator[None]:
    """Compile each statement once in this process, as production does: each test's database is a new engine.

    To SQLAlchemy a statement is the same on two engines when their dialects are.
    """
    compiled = defaultdict[type, dict[Any, Any]](dict)

    def make(*arguments: Any, **options: Any) -> Engine:
        engine = create_engine(*arguments, **options)
        engine.update_execution_options(compiled_cache=compiled[type(engine.dialect)])
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", make)
        patch.setattr(DefaultDialect, "__hash__", lambda self: hash(type(self)))
        patch.setattr(DefaultDialect, "__eq__", lambda self, other: type(self) is type(other))
        yield


_counted: set[str] = set()


@contextmanager
def counted_once(what: str) -> Generator[None]:
    """Count the branches of a set-up that many tests share the first time only: counting doubles what it takes.

    Afterwards threads that began before are not counted any more in this test.
    """
    counting = coverage.Coverage.current() if what in _counted else None
    _counted.add(what)
    if counting is not None:
        counting.stop()
    try:
        yield
    finally:
        if counting is not None:
            counting.start()
