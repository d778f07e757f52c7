"""From a frame of Discord's gateway to durable state, against discord.py alone on the same frames."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import discord
from discord.gateway import DiscordWebSocket

from benchmarks.measure import Cost, Figure, Stopwatch, compared, median, one_core
from benchmarks.stores import application, hear
from benchmarks.traffic import Traffic
from bot.adapters.discord.adapter import DiscordAdapter
from bot.adapters.discord.client import INTENTS
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk

TURN = 10
"""Frames between two turns of the event loop: what a busy socket holds when it is read."""


class Bare(discord.Client):
    """discord.py with a listener that does nothing."""

    def __init__(self) -> None:
        super().__init__(
            intents=INTENTS,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self.heard = 0

    async def on_message(self, message: discord.Message) -> None:
        """What every bot begins with."""
        self.heard += 1


async def feed(client: discord.Client, frames: Sequence[bytes]) -> None:
    """Hand frames to the client the way its own connection does, but for the socket."""
    socket = DiscordWebSocket(None, loop=asyncio.get_running_loop())  # type: ignore[arg-type]
    socket._connection = client._connection
    socket._discord_parsers = client._connection.parsers
    socket._dispatch = client.dispatch
    socket.shard_id = None
    for number, frame in enumerate(frames):
        await socket.received_message(frame)
        if number % TURN == 0:
            await asyncio.sleep(0)


def against_discord(sizes: tuple[int, int], messages: int, repeats: int) -> list[Figure]:
    """The whole path and the library alone, in turns, with as many members as each of `sizes`.

    Both on one core, which is judged; and where they like, which is told.
    """
    figures: list[Figure] = []
    ours: dict[int, list[Cost]] = {}
    for size in sizes:
        name = f"(a) Discord, frame to durable state, {size:,} members"
        with one_core():
            ours[size], peers = asyncio.run(_turns(size, messages, repeats))
        figures += compared(f"{name}, on one core", ours[size], peers, 0.45)
        figures += compared(f"{name}, on any", *asyncio.run(_turns(size, messages, repeats)))[:2]
    few, many = (median(ours[size], lambda cost: cost.cpu_us) for size in sizes)
    name = f"(e) slowdown of (a) from {sizes[0]:,} to {sizes[1]:,} members, processor"
    return [*figures, Figure(name=name, value=many / few, unit="×", target=1.5, at_most=True)]


async def _turns(size: int, messages: int, repeats: int) -> tuple[list[Cost], list[Cost]]:
    ours, peers = [], []
    traffic = Traffic(size)
    with application(traffic.first_words()) as app:
        hear(app, traffic.events(messages))
        adapter = DiscordAdapter(Desk(app, COMMANDS), "token")
        await adapter.client._async_setup_hook()
        adapter.gap.behind = False  # as it is when the gap since the last time has been filled
        app.join(adapter)
        await app.start()
        for _ in range(repeats):
            frames = traffic.frames(messages)
            bare = Bare()
            await bare._async_setup_hook()
            async with app._delivering:  # what is to be said is durable in the outbox; nobody is connected to say it to
                peers.append(await _watch(bare, frames, messages, _heard(bare, messages)))
                ours.append(await _watch(adapter.client, frames, messages, _durable(app)))
        await app.close()
        await adapter.close()
    return ours, peers


async def _watch(
    client: discord.Client, frames: Sequence[bytes], messages: int, done: Callable[[], Awaitable[None]]
) -> Cost:
    with Stopwatch(messages) as watch:
        await feed(client, frames)
        await done()
    return watch.cost


def _heard(bare: Bare, messages: int) -> Callable[[], Awaitable[None]]:
    async def done() -> None:
        await asyncio.sleep(0)
        assert bare.heard == messages, "a frame was not understood"

    return done


def _durable(app: App) -> Callable[[], Awaitable[None]]:
    async def done() -> None:
        await app.submit(())

    return done
