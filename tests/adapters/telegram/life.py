"""A Lyceum to be killed: its own process, a database, and the fake Telegram of the test. Run by `test_kill.py`.

python life.py DATABASE TELEGRAM
"""

import asyncio
import sys
from datetime import UTC, datetime

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.engine.rules import read_rules
from bot.storage.store import Store
from tests.conftest import ROOT
from tests.fakes.telegram import TOKEN
from tests.generous import generous


async def live(database: str, telegram: str) -> None:
    """Until killed."""
    store = Store(database)
    store.open()
    rules = generous(read_rules((ROOT / "config/rules.toml").read_bytes()))
    app = App(store, rules, clock=lambda: datetime.now(UTC))  # noqa: TID251
    await app.start()
    adapter = TelegramAdapter(Desk(app, COMMANDS), TOKEN, api_url=telegram)
    app.join(adapter)
    await adapter.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:]))
