"""Human hands on Discord: a moderator who takes a role or a channel from a member whom we let in is respected.

Discord says how a member or a channel is now, not who did it. So what is missing is compared with what we gave and are
not taking ourselves (`bot/storage/removals.py`), and Discord is asked once more before anybody is held: the news may
be older than our last deed.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import aiohttp
import discord
import structlog

from bot.adapters.discord import events
from bot.app import App
from bot.storage import removals
from bot.storage.removals import Given

_log = structlog.get_logger()
_UNHEARD = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError)


def openings(channel: discord.abc.GuildChannel) -> set[int]:
    """The ids of those to whom a channel is opened by an entry of their own (roles have such entries, too)."""
    return {target.id for target, overwrite in channel.overwrites.items() if overwrite.view_channel is True}


class Hands:
    """Watches what becomes of what we gave."""

    def __init__(self, app: App, client: discord.Client) -> None:
        self._app = app
        self._client = client

    async def member_changed(self, news: dict[str, Any]) -> None:
        """A member is told anew, as Discord's gateway words it: with all the roles they have now."""
        guild = self._client.get_guild(int(news["guild_id"]))
        if guild is None:
            return
        user, roles = news["user"]["id"], {f"role:{number}" for number in news["roles"]}
        missing = [
            one
            for one in await self._given(guild, [user])
            if one.target not in roles and guild.get_role(_number(one, "role")) is not None
        ]
        if missing:
            await self._without(guild, int(user), missing)

    async def channel_changed(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        """A channel is told anew."""
        closed = openings(before) - openings(after)
        if not closed:
            return
        guild = after.guild
        lost = [one for one in await self._given(guild, map(str, closed)) if one.target == f"channel:{after.id}"]
        await self._shut_out(guild, lost)

    async def look(self, space: str, users: Iterable[str]) -> None:
        """Compare what users have now with what we gave: for news that was missed."""
        guild = self._client.get_guild(int(space))
        if guild is None or guild.unavailable:
            return
        for user in users:
            given = await self._given(guild, [user])
            await self._without(guild, int(user), [one for one in given if one.target.startswith("role:")])
            await self._shut_out(guild, [one for one in given if one.target.startswith("channel:")])

    async def _shut_out(self, guild: discord.Guild, lost: list[Given]) -> None:
        """Somebody may be without an entry of ours in a channel: see whether they are, and hold them if so."""
        for number, of_channel in groupby(sorted(lost, key=_channel), key=_channel):
            try:
                channel = await self._client.fetch_channel(number)
            except _UNHEARD as error:
                _log.warning("a channel that was closed to members could not be looked at", why=str(error))
                continue
            assert isinstance(channel, discord.abc.GuildChannel)  # noqa: S101 - nothing else stands behind a gate
            there = openings(channel)
            for one in of_channel:
                if int(one.user) not in there:
                    await self._hold(guild, one, f"#{channel.name}")

    async def _given(self, guild: discord.Guild, users: Iterable[str]) -> list[Given]:
        return await self._app.store.read(removals.given, events.PLATFORM, str(guild.id), list(users))

    async def _without(self, guild: discord.Guild, user: int, missing: list[Given]) -> None:
        """Somebody is without what we gave: they came back unheard (roles do not outlast leaving), or it was taken.

        When nothing is `missing` it is only asked whether they are here.
        """
        try:
            member = await guild.fetch_member(user)
        except discord.NotFound:
            await self._app.store.write(removals.left, missing, self._app.clock())
            return
        except _UNHEARD as error:
            _log.warning("a member without a role of ours could not be looked at", why=str(error))
            return
        unheard = [one for one in missing if member.joined_at is not None and member.joined_at > one.since]
        if (unheard or not missing) and (returned := events.joined(member, self._app.clock())) is not None:
            self._app.offer(returned)  # it changes nothing if it was heard
        for one in missing:
            role = guild.get_role(_number(one, "role"))
            if role is not None and member.get_role(role.id) is None and one not in unheard:
                await self._hold(guild, one, f"@{role.name}")

    async def _hold(self, guild: discord.Guild, one: Given, place: str) -> None:
        if await self._app.store.write(removals.taken, str(guild.id), one, place, self._app.clock()):
            _log.info("somebody took what we gave: it is left so", guild=guild.id, user=one.user, target=one.target)


def _channel(one: Given) -> int:
    return _number(one, "channel")


def _number(one: Given, kind: str) -> int:
    """The id in a target of this kind; 0, which nothing has, in any other."""
    before, _, number = one.target.partition(":")
    return int(number) if before == kind else 0
