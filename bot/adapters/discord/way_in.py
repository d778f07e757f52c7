"""A way into the server for somebody who may come in and is not there: a link that is good once, for a day."""

from datetime import datetime, timedelta

import aiohttp
import discord
import structlog

from bot.app import App

LASTING = timedelta(hours=24)
ANEW = timedelta(hours=1)
"""A link with less than this left is made anew."""
KEPT = 1000
"""Links remembered."""

_log = structlog.get_logger()
_REFUSED = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError)


class WayIn:
    """Makes invite links."""

    def __init__(self, app: App, client: discord.Client) -> None:
        self._app = app
        self._client = client
        self._links: dict[tuple[str, str], tuple[str, datetime]] = {}
        """{(guild, user): (the link, good until)}, the oldest first."""

    async def to(self, space: str, user: str) -> str:
        """A link into a server for one user, or for somebody without an account here, by any name for them.

        Whoever asks twice gets the same. '' when they are in already, when the bot may not invite anywhere, and when
        Discord does not answer.
        """
        guild = self._client.get_guild(int(space))
        if guild is None or guild.unavailable or not self._client.is_ready():
            return ""
        try:
            return "" if await _inside(guild, user) else await self._link(guild, user)
        except _REFUSED as error:
            _log.warning("no way into the server could be made", guild=guild.id, why=str(error))
            return ""

    async def _link(self, guild: discord.Guild, user: str) -> str:
        key, now = (str(guild.id), user), self._app.clock()
        link, until = self._links.pop(key, ("", now))
        if not link or until - now < ANEW or not await self._good(link):
            channel = door(guild)
            if channel is None:
                return ""
            seconds = int(LASTING.total_seconds())
            made = await channel.create_invite(
                max_uses=1, max_age=seconds, unique=True, reason="Lyceum: for a member who may come in"
            )
            link, until = made.url, now + LASTING
        self._links[key] = link, until
        if len(self._links) > KEPT:
            del self._links[next(iter(self._links))]
        return link

    async def _good(self, link: str) -> bool:
        """Whether a link is there still: one that was used is not."""
        try:
            await self._client.fetch_invite(link, with_counts=False)
        except discord.NotFound:
            return False
        return True


async def _inside(guild: discord.Guild, user: str) -> bool:
    if not user.isdecimal():
        return False
    try:
        await guild.fetch_member(int(user))
    except discord.NotFound:
        return False
    return True


def door(guild: discord.Guild) -> discord.abc.GuildChannel | None:
    """Where an invite leads: the first channel that everybody sees and we may invite to, else any we may invite to."""
    found = [one for one in guild.text_channels if one.permissions_for(guild.me).create_instant_invite]
    seen = [one for one in found if one.permissions_for(guild.default_role).view_channel]
    return next(iter([*seen, *found]), None)
