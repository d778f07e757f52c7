"""The client that is held: discord.py's, with what comes in often handed on without a task for each.

discord.py makes a task of every event that somebody listens to. What `hears` names is a plain function that only reads
and queues, so that a message costs no more than it must; everything else goes discord.py's way, to `on_…`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord
import structlog

INTENTS = discord.Intents(guilds=True, members=True, guild_messages=True, message_content=True, guild_reactions=True)
LONGEST_WAIT = 30.0
"""Seconds that discord.py may sleep on a rate limit before a task goes back to the outbox (the least it takes)."""
_TALKED_IN = (discord.TextChannel, discord.VoiceChannel, discord.StageChannel, discord.Thread)

_log = structlog.get_logger()

Hear = Callable[..., None]
Follow = Callable[..., Awaitable[None]]


class Client(discord.Client):
    """A client that calls `hears` at once, by the event's name, and `begin` between login and connection."""

    hears: Mapping[str, Hear]
    begin: Callable[[], Awaitable[None]]
    tree: discord.app_commands.CommandTree[discord.Client]

    async def setup_hook(self) -> None:
        """Called by discord.py when it has logged in."""
        await self.begin()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Called by discord.py with everything it has parsed."""
        hear = self.hears.get(event)
        if hear is None:
            super().dispatch(event, *args, **kwargs)
            return
        try:
            hear(*args)
        except Exception:  # noqa: BLE001 - one bad frame must not end the connection
            _log.exception("news from Discord could not be read", news=event)


class ShardedClient(Client, discord.AutoShardedClient):
    """The same for a bot in very many guilds."""


def make(
    shards: int | None, hears: Mapping[str, Hear], follows: Mapping[str, Follow], begin: Callable[[], Awaitable[None]]
) -> Client:
    """A client that keeps no messages, no members but itself, and mentions nobody unless told.

    `follows` are coroutines, each run in a task of its own when its event comes.
    """
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # no voice here: nothing to warn of
    options: dict[str, Any] = {
        "intents": INTENTS,
        "max_messages": None,
        "member_cache_flags": discord.MemberCacheFlags.none(),
        "chunk_guilds_at_startup": False,
        "allowed_mentions": discord.AllowedMentions.none(),
        "max_ratelimit_timeout": LONGEST_WAIT,
    }
    client = Client(**options) if shards is None else ShardedClient(shard_count=shards, **options)
    client.hears, client.begin = hears, begin
    _tell_of_members(client)
    _tell_of_messages(client)
    for event, follow in follows.items():
        setattr(client, f"on_{event}", follow)
    return client


def _tell_of_members(client: Client) -> None:
    """Dispatch `raw_member_update` with what the gateway says of a member's change.

    discord.py speaks only of members it keeps, and we keep none; it has raw events for messages and departures alone.
    """
    parsers = client._connection.parsers
    parse = parsers["GUILD_MEMBER_UPDATE"]

    def parse_and_tell(news: dict[str, Any]) -> None:
        parse(news)
        client.dispatch("raw_member_update", news)

    parsers["GUILD_MEMBER_UPDATE"] = parse_and_tell


def _tell_of_messages(client: Client) -> None:
    """Dispatch `raw_message` with what the gateway says of a guild's message, with guild and channel, for `message`.

    The object that discord.py makes of a message costs more than all that is done with it here.
    """

    def tell(news: dict[str, Any]) -> None:
        guild = client.get_guild(int(news["guild_id"])) if "guild_id" in news else None
        if guild is None:
            return
        channel = guild.get_channel_or_thread(int(news["channel_id"]))
        if isinstance(channel, _TALKED_IN):
            channel.last_message_id = int(news["id"])
        client.dispatch("raw_message", news, guild, channel)

    client._connection.parsers["MESSAGE_CREATE"] = tell
