"""Who can see which channels and threads of Discord, and how these are reached."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import discord

from bot.sight import EVERYBODY

AT_ONCE: Final = 100
"""Members that Discord tells about in one answer."""
PATIENCE: Final = 5.0
"""Seconds to wait for it."""
FRESH: Final = 3.0
"""Seconds for which a member's roles are believed."""


class Sight:
    """Says who sees what. Of whoever was asked about just now it remembers who they are: a digest asks three times."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._told: dict[tuple[int, str], tuple[float, discord.Member]] = {}

    async def seen(self, user: str, channels: Sequence[str]) -> dict[str, str]:
        """Of these channels and threads those that a user (or `EVERYBODY` in the server) can read, each with its link.

        Channels are those the client knows; the member is asked of Discord, once for each server. A thread that is
        archived, and so not known, is none of them, nor is a private thread; nor is anything while Discord does not
        answer.
        """
        found = {}
        for number in channels:
            channel = _place(self._client, number)
            if channel is not None and _reads(await self._who(channel.guild, user), channel):
                found[number] = channel.jump_url
        return found

    async def seeing(self, users: Sequence[str], channel: str) -> set[str]:
        """Of these users those who can read a channel or thread; nobody where it is not known, as `seen` says.

        They are asked for all at once: no members are kept in memory.
        """
        place = _place(self._client, channel)
        numbers = [int(user) for user in users if user.isascii() and user.isdecimal()]
        found: set[str] = set()
        for at in range(0, len(numbers) if place is not None else 0, AT_ONCE):
            with suppress(TimeoutError, discord.DiscordException, OSError):
                async with asyncio.timeout(PATIENCE):
                    asked = numbers[at : at + AT_ONCE]
                    told = await place.guild.query_members(user_ids=asked, limit=AT_ONCE, cache=False)
                found |= {str(member.id) for member in told if _reads(member, place)}
        return found

    async def _who(self, guild: discord.Guild, user: str) -> discord.Member | discord.Role | None:
        if user == EVERYBODY:
            return guild.default_role
        now = asyncio.get_running_loop().time()
        self._told = {key: told for key, told in self._told.items() if told[0] > now}
        known = self._told.get((guild.id, user))
        if known is not None:
            return known[1]
        who = await _member(guild, user)
        if who is not None:
            self._told[guild.id, user] = (now + FRESH, who)
        return who


def _place(client: discord.Client, number: str) -> Any:
    """The channel or thread of a server with this id; None for one that not everybody who sees its channel sees."""
    channel: Any = client.get_channel(int(number)) if number.isascii() and number.isdecimal() else None
    if getattr(channel, "guild", None) is None:
        return None
    if isinstance(channel, discord.Thread) and (channel.is_private() or channel.parent is None):
        return None
    return channel


def _reads(who: discord.Member | discord.Role | None, channel: Any) -> bool:
    rights = channel.permissions_for(who) if who is not None else discord.Permissions.none()
    return bool(rights.view_channel and rights.read_message_history)


async def _member(guild: discord.Guild, user: str) -> discord.Member | None:
    with suppress(discord.HTTPException):
        return guild.get_member(int(user)) or await guild.fetch_member(int(user))
    return None
