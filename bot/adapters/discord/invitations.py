"""Members' links to invite others by, and who came by which.

Discord does not say by which invite somebody came. It says how often each was used, so the uses are compared whenever
somebody has come, in servers where members have such links. What can be read in two ways counts for nobody: several who
came at once by several links, and whoever came while we were away.
"""

import asyncio
from datetime import datetime

import aiohttp
import discord
import structlog

from bot.adapters.discord.events import PLATFORM
from bot.adapters.discord.way_in import door
from bot.app import App
from bot.delivery import GiveUp, Invitation, TryAgain
from bot.events import Account
from bot.i18n import N_, Tongue
from bot.storage import referrals

_log = structlog.get_logger()
_PASSING = (discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError)
Arrival = tuple[Account, datetime]


def by_which(before: dict[str, int], after: dict[str, int], came: int) -> str:
    """The link by which all of those who came since have come; '' when that can't be told.

    `before` and `after` are the uses of all the links that there are; one that is new had none before.
    """
    used = {link: uses - before.get(link, 0) for link, uses in after.items() if uses > before.get(link, 0)}
    return next(iter(used)) if list(used.values()) == [came] else ""


class Invitations:
    """Makes links, and follows their uses. `look` at each server at the start, `joined` for everybody who comes."""

    def __init__(self, app: App, client: discord.Client) -> None:
        self._app = app
        self._client = client
        self._uses: dict[int, dict[str, int]] = {}
        """{server: {link: uses}} as of the last look; only of servers where members have links."""
        self._arrived: dict[int, list[Arrival]] = {}
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Stop looking."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def make(self, space: str, say: Tongue, link: str) -> Invitation:
        """See `Port.invitation`."""
        guild = self._client.get_guild(int(space))
        if guild is None or guild.unavailable or not self._client.is_ready():
            raise TryAgain("the server is unavailable")
        counted = guild.me.guild_permissions.manage_guild
        try:
            if not link or not await self._good(link):
                link = await self._new(guild, say)
        except discord.HTTPException as error:
            if error.status == 429 or error.status >= 500:
                raise TryAgain(f"Discord answered {error.status}") from error
            text = N_("Discord refused it ({status}, {code}: {text}). /doctor says which rights I need.")
            raise GiveUp(say(text, status=str(error.status), code=str(error.code), text=error.text)) from error
        except _PASSING as error:
            raise TryAgain("Discord does not answer") from error
        if counted and guild.id not in self._uses:
            async with self._lock:
                await self._begin(guild)
        return Invitation(link=link, counted=counted)

    async def _new(self, guild: discord.Guild, say: Tongue) -> str:
        channel = door(guild)
        if channel is None:
            raise GiveUp(say(N_("Give me the right 'Create Invite' in Server settings → Roles.")))
        reason = "Lyceum: a member's link to invite others by"
        return (await channel.create_invite(max_age=0, max_uses=0, unique=True, reason=reason)).url

    async def _good(self, link: str) -> bool:
        try:
            await self._client.fetch_invite(link, with_counts=False)
        except discord.NotFound:
            return False
        return True

    async def look(self, guild: discord.Guild) -> None:
        """Note how often each link was used by now: whoever came before can't be told."""
        async with self._lock:
            if await self._app.store.read(referrals.links, PLATFORM, str(guild.id)):
                await self._begin(guild)

    async def _begin(self, guild: discord.Guild) -> None:
        found = await self._asked(guild)
        self._arrived.pop(guild.id, None)
        if found is not None:
            self._uses[guild.id] = found

    def joined(self, guild: discord.Guild, who: Account, at: datetime) -> None:
        """Somebody came: find out by which link, if members have any there."""
        if guild.id not in self._uses:
            return
        self._arrived.setdefault(guild.id, []).append((who, at))
        task = asyncio.ensure_future(self._compare(guild))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _compare(self, guild: discord.Guild) -> None:
        async with self._lock:
            if not self._arrived.get(guild.id):
                return  # told of together with others
            after = await self._asked(guild)
            arrived = self._arrived.pop(guild.id, [])
            before = self._uses.get(guild.id)
            if after is None or before is None:
                self._uses.pop(guild.id, None)
                return
            self._uses[guild.id] = after
            link = by_which(before, after, len(arrived))
            store = self._app.store
            mine = await store.read(referrals.links, PLATFORM, str(guild.id))
            await store.write(referrals.count_uses, {one: after[one] for one in mine if one in after})
            for who, at in arrived if link in mine else ():
                await store.write(referrals.came, link, who, at)

    async def _asked(self, guild: discord.Guild) -> dict[str, int] | None:
        """The uses of all links into a server; None when Discord does not tell (it takes 'Manage Server')."""
        if not guild.me.guild_permissions.manage_guild:
            return None
        try:
            return {one.url: one.uses or 0 for one in await guild.invites()}
        except (discord.HTTPException, *_PASSING) as error:
            _log.warning("the uses of invites can't be seen", guild=guild.id, why=str(error))
            return None
