"""An import in a process of its own, to be killed: it says how many messages it has counted whenever it tells."""

import asyncio
from multiprocessing.connection import Connection
from pathlib import Path

from bot import imports, service
from bot.adapters.archive import Options, find
from bot.app import App
from bot.engine.rules import Rules
from bot.storage.store import Store


def bring_in(url: str, table: Path, parent: Connection) -> None:
    """Import `table` into the database at `url`."""
    asyncio.run(_bring_in(url, table, parent))


async def _bring_in(url: str, table: Path, parent: Connection) -> None:
    def tell(now: imports.Progress) -> None:
        parent.send(now.messages)

    async with service.opened(Store(url)) as store, service.running(App(store, Rules())) as app:
        await imports.Import(app, find(table), Options(), tell, lambda: False).run()
