"""What was said while nobody listened: read from each channel's history, through the same door as what is said live.

Per channel there is a cursor `discord:live:<channel>`, the last message heard, and while something is missing a row
`discord:gap:<channel>`, read up to `value`, wanted up to `until` (docs/decisions/0006-gaps-are-rows.md). Both move in
the transaction of the events, so that a crash at any moment is only a gap a little wider. Messages deleted meanwhile
and reactions given meanwhile can't be read from a history; a thread that was archived meanwhile is not looked for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import aiohttp
import discord
import structlog

from bot.adapters.discord.events import live, posted
from bot.app import App
from bot.storage import inbox
from bot.storage.store import Connection
from bot.words import Word

LIVE, GAP = "discord:live:", "discord:gap:"
PAGE = 100
"""Messages a request (Discord's limit)."""
REQUESTS = 60
"""Requests in one pass over the gaps."""
PAUSE = 20.0
"""Seconds between two passes."""
TROUBLE = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError)

_log = structlog.get_logger()
Messages = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


class Plan(Word, frozen=True):
    """What a look at the channels found: cursors to set (`live`), and gaps as (channel, after, until)."""

    live: dict[int, int]
    gaps: tuple[tuple[int, int, int], ...]


def readable(guild: discord.Guild) -> Iterable[Messages]:
    """The channels and threads of a guild whose history the bot may read."""
    places: list[Messages] = [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads]
    for channel in places:
        may = channel.permissions_for(guild.me)
        if may.view_channel and may.read_message_history:
            yield channel


def plan(guilds: Iterable[Sequence[tuple[int, int | None]]], cursors: dict[str, tuple[int, int | None]]) -> Plan:
    """Compare (channel, last message) of each guild's channels with the cursors.

    A channel without a cursor begins now, unless it is younger than what was heard last in its guild: then it was made
    while nobody listened, and all of it is missing.
    """
    starts: dict[int, int] = {}
    gaps: list[tuple[int, int, int]] = []
    for channels in guilds:
        heard = [cursors[str(channel)][0] for channel, _ in channels if str(channel) in cursors]
        newest = max(heard, default=None)
        for channel, last in channels:
            end = last or channel
            known = cursors.get(str(channel))
            if known is not None:
                after = known[0]
            else:
                after = channel if newest is not None and channel > newest else end
                starts[channel] = end
            if after < end:
                gaps.append((channel, after, end))
                starts[channel] = end
    return Plan(live=starts, gaps=tuple(gaps))


def write_down(connection: Connection, found: Plan) -> None:
    """Make the gaps durable; from here on the live cursors stand behind them. One still open is widened."""
    opened = inbox.cursors(connection, GAP)
    for channel, after, until in found.gaps:
        before, end = opened.get(str(channel), (after, until))
        inbox.set_cursor(connection, f"{GAP}{channel}", min(before, after), max(end or until, until))
    for channel, value in found.live.items():
        inbox.set_cursor(connection, live(channel), value)


class Gap:
    """Finds and fills gaps. While `behind`, live messages must not move the cursors."""

    def __init__(self, app: App, client: Callable[[], discord.Client], *, pause: float = PAUSE) -> None:
        self.behind = True
        self.requests = 0
        """Requests made so far."""
        self._app = app
        self._client = client
        self._pause = pause
        self._lock = asyncio.Lock()
        self._wanted = False
        self._resting = False
        self._task: asyncio.Task[None] | None = None

    def catch_up(self) -> None:
        """Find out in the background what is missing, write it down, and fill it."""
        self._wanted = True
        if self._task is not None and self._resting:
            self._task.cancel()
            self._task = None
        if self._task is None or self._task.done():
            self._resting = False
            self._task = asyncio.ensure_future(self._work())

    async def close(self) -> None:
        """Stop; what is open is gone on with at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        while True:
            try:
                if self._wanted:
                    self._wanted = False
                    await self.look()
                still = await self.fill_some(REQUESTS)
            except Exception:  # noqa: BLE001 - whatever it was, the gaps are still there and are tried again
                _log.exception("gaps could not be filled")
                self._wanted = self._wanted or self.behind
            else:
                if self._wanted:  # asked again meanwhile
                    continue
                if not still:
                    return
            self._resting = True
            await asyncio.sleep(self._pause)
            self._resting = False

    async def look(self) -> None:
        """Find out what is missing and write it down; from then on live messages move the cursors."""
        async with self._lock:
            store, client = self._app.store, self._client()
            cursors = await store.read(inbox.cursors, LIVE)
            found = plan(
                [[(one.id, one.last_message_id) for one in readable(guild)] for guild in client.guilds], cursors
            )
            self.behind = False  # before anything is awaited: what comes from here on is newer than the plan
            try:
                await store.write(write_down, found)
            except BaseException:
                self.behind = True
                raise
        if found.gaps:
            _log.info("messages were missed and are read now", channels=len(found.gaps))

    async def fill_some(self, requests: int) -> int:
        """One pass: at most so many requests, shared fairly. Returns how many gaps are still open."""
        stuck: set[str] = set()
        while requests > 0:
            opened = await self._app.store.read(inbox.cursors, GAP)
            for channel in [one for one in opened if one not in stuck][:requests]:
                requests -= 1
                if not await self._guarded(channel, self._page):
                    stuck.add(channel)
            if not set(opened) - stuck:
                break
        return len(await self._app.store.read(inbox.cursors, GAP))

    async def _guarded(self, channel: str, step: Callable[[str], Awaitable[None]]) -> bool:
        try:
            await step(channel)
        except (discord.Forbidden, discord.NotFound, discord.InvalidData) as error:
            _log.warning("a channel can't be read any more; what it missed is left", channel=channel, why=str(error))
            await self._app.store.write(inbox.drop_cursor, f"{GAP}{channel}")
        except TROUBLE as error:
            _log.warning("a gap waits", channel=channel, why=str(error))
            return False
        return True

    async def _page(self, channel: str) -> None:
        async with self._lock:
            name = f"{GAP}{channel}"
            after, until = (await self._app.store.read(inbox.cursors, name)).get("", (0, 0))
            if not until or after >= until:
                await self._app.store.write(inbox.drop_cursor, name)
                return
            page = await self._read(int(channel), after, until)
            events = [event for event in map(posted, page) if event is not None]
            last = page[-1].id if page else until
            await self._app.submit(events, marks={name: last})
            if len(page) < PAGE or last >= until:
                await self._app.store.write(inbox.drop_cursor, name)

    async def _read(self, number: int, after: int, until: int) -> list[discord.Message]:
        client = self._client()
        channel = client.get_channel(number) or await client.fetch_channel(number)
        if not isinstance(channel, discord.abc.Messageable):
            return []
        self.requests += 1
        history = channel.history(
            limit=PAGE, after=discord.Object(after), before=discord.Object(until + 1), oldest_first=True
        )
        return [message async for message in history]
