"""The pictures that members show on Discord."""

import discord

SIDE = 256
"""Pixels; Discord scales to powers of two."""


async def portrait(client: discord.Client, space: str, user: str) -> bytes | None:
    """A member's picture in a server, or their own if they are not there (any more), as PNG; None without one.

    Raises what discord.py raises. Discord draws a picture for whoever has none; that says nothing, and is none here.
    """
    if not client.is_ready():
        return None
    guild = client.get_guild(int(space))
    try:
        if guild is None:
            found: discord.User | discord.Member = await client.fetch_user(int(user))
        else:
            found = await guild.fetch_member(int(user))
    except discord.NotFound:
        return None
    own = (isinstance(found, discord.Member) and found.guild_avatar) or found.avatar
    return await own.replace(size=SIDE, format="png").read() if own is not None else None
