"""Fixtures that everything shares: a real database, the real application on it, a clock moved by hand."""

import gc
import logging
import shutil
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import coverage
import pytest
import pytest_asyncio
import structlog
from hypothesis import settings

from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.engine.rules import Rules, read_rules
from bot.storage.store import Store
from tests import quickly
from tests.generous import generous
from tests.postgres import Server, server

ROOT = Path(__file__).parent.parent
DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
ONE_DATABASE = ("adapters", "cogs", "journeys", "web", "e2e")
"""Folders whose tests are about something else than the database; a module of theirs with `ON_BOTH = True` is not."""
UNCOUNTED = {"fakes", "kill", "simulation", "test_kill.py"}
"""Folders and files that prove something else than that a line can be reached: counting takes as long again."""
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that goes only when told."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        """Let time pass: `clock.advance(days=1)`."""
        self.now += timedelta(**span)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shipped() -> Rules:
    """The rules as shipped."""
    return read_rules((ROOT / "config" / "rules.toml").read_bytes())


@pytest.fixture
def rules(shipped: Rules) -> Rules:
    """The rules as shipped, but every message counts at once: for tests that are about something else than farming."""
    return generous(shipped)


def pytest_configure() -> None:
    """Leave out what takes time and proves nothing."""
    quickly.remember_bytecode()
    quickly.use_memory()
    quickly.log_plainly()
    # A law's example may wait its turn on a busy machine; what 40 of them do not find, 60 more hardly do.
    settings.register_profile("lyceum", deadline=None, max_examples=40)
    settings.load_profile("lyceum")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the collector of garbage away from what was imported: it would look through a million objects in vain."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run without counting branches what comes through the same ones again and again, or by luck."""
    counting = coverage.Coverage.current() if _uncounted(item) else None
    if counting is None:
        return (yield)
    counting.stop()
    try:
        return (yield)
    finally:
        counting.start()


def _uncounted(item: pytest.Item) -> bool:
    """Laws, whose examples are drawn; the turn of the second database, except where SQL is spoken; what is said to be.

    In a browser the turn of the second language, too.
    """
    place = item.path.relative_to(ROOT / "tests").parts
    if UNCOUNTED.intersection(place) or any(item.get_closest_marker(name) for name in ("hypothesis", "uncounted")):
        return True
    if place[0] == "e2e":
        return "[zh_CN" in item.name
    return item.get_closest_marker("postgres") is not None and place[0] != "storage"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a database on each of them, except in the folders of `ONE_DATABASE` and where a mark says so."""
    folder = metafunc.definition.path.relative_to(ROOT / "tests").parts[0]
    both = folder not in ONE_DATABASE or getattr(metafunc.module, "ON_BOTH", False)
    if "database" in metafunc.fixturenames and both and not metafunc.definition.get_closest_marker("one_database"):
        metafunc.parametrize("database", DATABASES, indirect=True)


@pytest.fixture(scope="session", autouse=True)
def _loggers_hear_of_the_next_test() -> Iterator[None]:
    """Let no logger keep what one test set up: it would write to that test's output ever after."""
    configure = structlog.configure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", lambda **words: configure(**words | {"cache_logger_on_first_use": False}))
        yield


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """For tests of what sets up logging for a process."""
    root = logging.getLogger()
    handlers, level, words = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers, root.level = handlers, level
    structlog.configure(**words)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on."""
    chosen: str = getattr(request, "param", "sqlite")
    return chosen


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The PostgreSQL of this session, started for the first test that wants it."""
    with server() as started:
        yield started


@pytest.fixture(scope="session", autouse=True)
def _one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Clients of HTTP trust one authority, not 150 that each of them would read: no test calls the world outside."""
    path = tmp_path_factory.mktemp("authority") / "one.pem"
    path.write_text(quickly.one_authority())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    with quickly.statements_compiled_once():
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables, empty: to copy, for the migrations take longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "lyceum.db"
    made = Store(f"sqlite:///{path}")
    made.open()
    made.close()
    return path


@pytest.fixture
def store_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database of this test's own."""
    if database == "sqlite":
        path = tmp_path / "lyceum.db"
        shutil.copyfile(request.getfixturevalue("migrated"), path)
        yield f"sqlite:///{path}"
        return
    running: Server = request.getfixturevalue("postgres")
    url = running.fresh()
    yield url
    running.take_back(url)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open, migrated, empty store."""
    opened = Store(store_url)
    opened.open(upgrade=True)
    yield opened
    opened.close()


@pytest_asyncio.fixture
async def app(
    store: Store, rules: Rules, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    """A started application without platforms; `app.join(port)` adds one. It waits less for others to commit with."""
    monkeypatch.setattr("bot.app.DELAY", 0.01)
    started = App(store, rules, clock=clock)
    await started.start()
    yield started
    await started.close()


@pytest.fixture
def desk(app: App) -> Desk:
    """The desk with every command of every cog."""
    return Desk(app, COMMANDS)
