"""One life of the process: open the database, take up the stream a little before the durable cursor, say what is kept.

It ends by being killed, or after the position `last`.
"""

import asyncio
from collections import deque
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, sleep

from bot.app import App
from bot.engine.rules import read_rules
from bot.storage import inbox
from bot.storage.database import DatabaseError
from bot.storage.store import Store
from tests.generous import generous
from tests.kill import stream

OVERLAP = 300
GROUP = 200
"""Positions between two acknowledgements asked for…"""
AHEAD = 4
"""…and how many of them may be under way while more is offered."""
RULES = Path(__file__).parent.parent.parent / "config" / "rules.toml"


def live(url: str, seed: int, last: int | None, parent: Connection) -> None:
    """Run until killed; sends the cursor found at the start, then each position known to be durable."""
    asyncio.run(_live(url, seed, last, parent))


async def _live(url: str, seed: int, last: int | None, parent: Connection) -> None:
    store = open_when_free(url)
    app = App(store, generous(read_rules(RULES.read_bytes())))
    await app.start()
    found = await store.read(inbox.cursor, stream.CURSOR) or 0
    parent.send(found)
    position = max(found - OVERLAP, 0)
    under_way: deque[asyncio.Task[None]] = deque()
    while last is None or position < last:
        position += 1
        app.offer(*stream.news(seed, position), marks={stream.CURSOR: position})
        if position % GROUP == 0:
            under_way.append(asyncio.create_task(_acknowledge(app, position, parent)))
            await (under_way.popleft() if len(under_way) > AHEAD else asyncio.sleep(0))
    await asyncio.gather(*under_way)
    await app.close()
    store.close()
    parent.send(position)


async def _acknowledge(app: App, position: int, parent: Connection) -> None:
    """What was offered before is durable when this is: batches keep the order."""
    await app.submit(())
    parent.send(position)


def open_when_free(url: str, patience: float = 10.0) -> Store:
    """Open the store as soon as the process killed before has let go of it: PostgreSQL needs a moment to notice."""
    deadline = monotonic() + patience
    while True:
        store = Store(url)
        try:
            store.open(upgrade=True)
        except DatabaseError:
            store.close()
            if monotonic() > deadline:
                raise
            sleep(0.01)
        else:
            return store
