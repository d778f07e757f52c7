"""A Lyceum to be killed: its own process, a database, and the fake Telegram of the test. Started by `test_kill.py`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.engine.rules import read_rules
from bot.storage.store import Store
from tests.generous import generous

RULES = Path(__file__).parent.parent.parent.parent / "config" / "rules.toml"


def live(database: str, telegram: str, token: str) -> None:
    """Until killed."""
    asyncio.run(_live(database, telegram, token))


async def _live(database: str, telegram: str, token: str) -> None:
    store = Store(database)
    store.open()
    rules = generous(read_rules(RULES.read_bytes()))
    app = App(store, rules, clock=lambda: datetime.now(UTC))  # noqa: TID251
    await app.start()
    adapter = TelegramAdapter(Desk(app, COMMANDS), token, api_url=telegram)
    app.join(adapter)
    await adapter.start()
    await asyncio.Event().wait()
