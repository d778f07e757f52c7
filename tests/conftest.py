"""Fixtures that everything shares: a real database, the real application on it, a clock moved by hand."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.app import App
from bot.cogs import COMMANDS
from bot.commands import Desk
from bot.engine.rules import Rules, read_rules
from bot.storage.store import Store

ROOT = Path(__file__).parent.parent
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
def rules() -> Rules:
    """The rules as shipped."""
    return read_rules((ROOT / "config" / "rules.toml").read_bytes())


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/lyceum.db"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open, migrated, empty store."""
    opened = Store(store_url)
    opened.open(upgrade=True)
    yield opened
    opened.close()


@pytest_asyncio.fixture
async def app(store: Store, rules: Rules, clock: Callable[[], datetime]) -> AsyncIterator[App]:
    """A started application without platforms; `app.join(port)` adds one."""
    started = App(store, rules, clock=clock)
    await started.start()
    yield started
    await started.close()


@pytest.fixture
def desk(app: App) -> Desk:
    """The desk with every command of every cog."""
    return Desk(app, COMMANDS)
