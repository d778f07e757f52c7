"""Who has a role, and to whom a channel is opened, as Discord tells: for the sweep that compares it with the register.

No members are kept in memory, so roles cost a request for every thousand members; in very big servers none is made.
"""

from collections.abc import Sequence

import aiohttp
import discord
import structlog

from bot.adapters.discord.hands import openings
from bot.delivery import HERE

MOST = 25_000
"""Members of a server that are still listed: 25 requests."""

_log = structlog.get_logger()


async def held(client: discord.Client, space: str, targets: Sequence[str]) -> dict[str, set[str]] | None:
    """The users that have each target; one that is not there any more is left out.

    None when Discord can't tell now, or not for little.
    """
    guild = client.get_guild(int(space))
    if guild is None or guild.unavailable or not client.is_ready():
        return None
    found: dict[str, set[str]] = {}
    wanted: set[str] = set()
    for target in targets:
        kind, _, number = target.partition(":")
        if target == HERE or (kind == "role" and guild.get_role(int(number)) is not None):
            wanted.add(target)
        elif kind == "channel" and (channel := guild.get_channel(int(number))) is not None:
            found[target] = {str(user) for user in openings(channel) if guild.get_role(user) is None}
    if not wanted:
        return found
    if (guild.member_count or 0) > MOST:
        return None
    try:
        return found | await _members(guild, wanted)
    except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError) as error:
        _log.warning("the members of a server could not be listed", guild=guild.id, why=str(error))
        return None


async def _members(guild: discord.Guild, wanted: set[str]) -> dict[str, set[str]]:
    found = {target: set[str]() for target in wanted}
    async for member in guild.fetch_members(limit=None):
        for target in {HERE, *(f"role:{role.id}" for role in member.roles)} & wanted:
            found[target].add(str(member.id))
    return found
