"""From Telegram's update to durable state, inbox included, against python-telegram-bot on the same updates."""

import asyncio
import json
from collections.abc import Sequence

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks.measure import Cost, Figure, Stopwatch, compared
from benchmarks.stores import application, hear
from benchmarks.traffic import Traffic
from bot.adapters.telegram.admission import Admission
from bot.adapters.telegram.api import Api
from bot.adapters.telegram.doors import Doors
from bot.adapters.telegram.inbox import Inbox
from bot.adapters.telegram.rights import Rights
from bot.adapters.telegram.talk import Talk
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.storage import inbox

TOKEN = f"123456789:{'A' * 35}"
SOURCE = "telegram:123456789"
FETCHED = 100
"""Updates that getUpdates gives at most."""


def against_telegram(sizes: tuple[int, int], messages: int, repeats: int) -> list[Figure]:
    """The whole path and the library alone, in turns, with as many members as each of `sizes`."""
    figures: list[Figure] = []
    for size in sizes:
        ours, peers = asyncio.run(_turns(size, messages, repeats))
        figures += compared(f"(b) Telegram, update to durable state, {size:,} members", ours, peers, 0.5)
    return figures


async def _turns(size: int, messages: int, repeats: int) -> tuple[list[Cost], list[Cost]]:
    ours, peers = [], []
    heard = 0

    async def listen(_: Update, __: ContextTypes.DEFAULT_TYPE) -> None:
        nonlocal heard
        heard += 1

    peer = Application.builder().token(TOKEN).updater(None).build()
    peer.add_handler(MessageHandler(filters.ALL, listen))
    peer._initialized = True  # initialize() would ask Telegram who it is
    traffic = Traffic(size)
    with application(traffic.first_words()) as app:
        hear(app, traffic.events(messages))
        await app.start()
        api = Api(TOKEN, "https://api.telegram.org")
        desk, rights = Desk(app, COMMANDS), Rights(api.bot)
        doors = Doors(app, api, Admission(app, api), 0)
        letters = Inbox(app, SOURCE, Talk(desk, api, rights), doors, rights)
        work = asyncio.create_task(letters.run())
        for _ in range(repeats):
            bodies = traffic.updates(messages)
            with Stopwatch(messages) as watch:
                for body in bodies:
                    await peer.process_update(Update.de_json(json.loads(body), peer.bot))
            peers.append(watch.cost)
            with Stopwatch(messages) as watch:
                await _hear(app, letters, bodies)
            ours.append(watch.cost)
        letters.close()
        await work
        await app.close()
    assert heard == messages * repeats
    return ours, peers


async def _hear(app: App, letters: Inbox, bodies: Sequence[bytes]) -> None:
    """Keep them as they are fetched, and wait until each is ticked off."""
    for first in range(0, len(bodies), FETCHED):
        await letters.keep(bodies[first : first + FETCHED])
    while await app.store.read(inbox.waiting, SOURCE, 0, 1):  # noqa: ASYNC110 - seen from outside, as another would
        await asyncio.sleep(0.01)
