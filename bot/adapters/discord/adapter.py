"""The Discord platform: what it hears goes to the application, what is to be done is performed.

What comes in is named in `_hears` (at once, many a second) and `_follows` (now and then, in a task of its own).
"""

import asyncio
from collections.abc import Sequence
from json import dumps
from typing import Any
from zlib import crc32

import aiohttp
import discord
import structlog

from bot.adapters.discord import checks, client, events, faces, gap, holders, obstacles, sight, tree
from bot.adapters.discord.hands import Hands
from bot.adapters.discord.interactions import PATIENCE, Interactions
from bot.adapters.discord.invitations import Invitations
from bot.adapters.discord.perform import Performer
from bot.adapters.discord.way_in import WayIn
from bot.delivery import GiveUp, Invitation
from bot.desk import Desk
from bot.doctor import Check
from bot.events import Account, Event
from bot.i18n import N_, Tongue
from bot.storage import inbox, members
from bot.storage.outbox import Task

COMMANDS = "discord:commands"
"""The cursor that holds a checksum of the commands Discord was told last."""
READY = 60.0
"""Seconds to wait for Discord's gateway at the start; after them it goes on in the background."""

_log = structlog.get_logger()


class DiscordAdapter:
    """Discord as a port. `client` is held, and may be driven by something else than `start` (a simulation)."""

    platform = "discord"

    def __init__(
        self,
        desk: Desk,
        token: str,
        *,
        shards: int | None = None,
        patience: float = PATIENCE,
        pause: float = gap.PAUSE,
    ) -> None:
        self.desk = desk
        self.app = desk.app
        self.gap = gap.Gap(self.app, lambda: self.client, pause=pause)
        self._token = token
        self._interactions = Interactions(desk, patience)
        self.client = client.make(shards, self._hears(), self._follows(), self._begin)
        answers = self._interactions
        self.tree = tree.build(self.client, desk.commands, answers.command, answers.complete, answers.on_message)
        self.tree.failed = self._interactions.failed
        self.client.tree = self.tree
        self._performer = Performer(self.client, self.app)
        self._hands = Hands(self.app, self.client)
        self._way_in = WayIn(self.app, self.client)
        self._invitations = Invitations(self.app, self.client)
        self._sight = sight.Sight(self.client)
        self._connection: asyncio.Task[None] | None = None
        self._recovery: asyncio.Task[None] | None = None

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Log in and connect. Raises GiveUp, saying what to do, when Discord does not let us in."""
        try:
            await self.client.login(self._token)
        except (discord.LoginFailure, discord.HTTPException, aiohttp.ClientError, OSError) as error:
            await self.close()
            raise _why(error) from error
        self._connection = asyncio.create_task(self.client.connect())
        ready = asyncio.create_task(self.client.wait_until_ready())
        await asyncio.wait({self._connection, ready}, timeout=READY, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        failure = self._connection.exception() if self._connection.done() else None
        if failure is not None:
            await self.close()
            raise _why(failure) from failure
        self._connection.add_done_callback(_ended)

    async def close(self) -> None:
        """Leave. What was heard is the application's by then."""
        await self.gap.close()
        await self._invitations.close()
        if self._recovery is not None:
            self._recovery.cancel()
        await self.client.close()
        if self._connection is not None:
            await asyncio.wait([self._connection])

    async def perform(self, task: Task) -> None:
        """Do what the task asks for (see `perform.py`)."""
        await self._performer.perform(task)

    async def holds(self, task: Task) -> bool:
        """Whether what the task would give is there already (see `perform.py`)."""
        return await self._performer.holds(task)

    async def obstacle(self, space: str, kind: str, target: str, say: Tongue) -> str:
        """What keeps us from giving a role or opening a channel (see `obstacles.py`)."""
        guild = self.client.get_guild(int(space))
        if guild is None or guild.unavailable:
            return say(N_("I am not in that server any more: invite me again."))
        return obstacles.of_target(guild, kind, target, say)

    async def held(self, space: str, targets: Sequence[str]) -> dict[str, set[str]] | None:
        """Who has which role, and who may see which channel (see `holders.py`)."""
        return await holders.held(self.client, space, targets)

    async def recheck(self, space: str, users: Sequence[str]) -> None:
        """Look again at members whose news may have been missed (see `hands.py`)."""
        await self._hands.look(space, users)

    async def way_in(self, space: str, user: str) -> str:
        """A link into the server (see `way_in.py`)."""
        return await self._way_in.to(space, user)

    async def invitation(self, space: str, code: str, say: Tongue, link: str = "") -> Invitation:
        """A member's link into the server (see `invitations.py`)."""
        return await self._invitations.make(space, say, link)

    async def portrait(self, space: str, user: str) -> bytes | None:
        """The picture a member shows in the server (see `faces.py`)."""
        return await faces.portrait(self.client, space, user)

    async def seen(self, user: str, channels: Sequence[str]) -> dict[str, str]:
        """Of these channels and threads those that the user can read, each with its link."""
        return await self._sight.seen(user, channels)

    async def seeing(self, users: Sequence[str], channel: str) -> set[str]:
        """Of these users those who can read a channel or thread."""
        return await self._sight.seeing(users, channel)

    async def checks(self, space: str | None = None) -> list[Check]:
        """What is allowed and what is not (see `checks.py`)."""
        if self.client.is_ready():
            return await checks.look(self.client, self.app, space)
        other = client.make(None, {}, {}, _nothing)
        try:
            return await checks.look_from_outside(other, self._token, self.app, space)
        finally:
            await other.close()

    async def _begin(self) -> None:
        """Between login and connection: tell Discord our commands, if they have changed."""
        await self.tree.set_translator(tree.Catalogues())
        told = dumps([self.client.application_id, await tree.payload(self.tree)], sort_keys=True)
        checksum = crc32(told.encode())
        if await self.app.store.read(inbox.cursor, COMMANDS) == checksum:
            return
        try:
            await self.tree.sync()
        except (discord.HTTPException, discord.RateLimited, discord.app_commands.AppCommandError) as error:
            _log.warning("Discord did not take the commands; the old ones stay", why=str(error))
            return
        await self.app.store.write(inbox.set_cursor, COMMANDS, checksum)

    # ------------------------------------------------------------------ in

    def _hears(self) -> dict[str, client.Hear]:
        return {
            "raw_message": self._message,
            "raw_message_edit": self._edit,
            "raw_message_delete": lambda raw: self._delete(raw.guild_id, {raw.message_id}),
            "raw_bulk_message_delete": lambda raw: self._delete(raw.guild_id, raw.message_ids),
            "raw_reaction_add": self._reaction,
            "raw_reaction_remove": self._reaction,
            "member_join": self._join,
            "raw_member_remove": self._leave,
            "disconnect": self._lost,
            "shard_disconnect": self._lost,
            "resumed": self._back,
            "shard_ready": self._back,
            "socket_event_type": _ignore,  # comes with every frame
        }

    def _follows(self) -> dict[str, client.Follow]:
        return {
            "ready": self._ready,
            "guild_join": self._guild,
            "guild_available": self._guild,
            "guild_channel_create": self._channel_made,
            "guild_channel_update": self._channel_changed,
            "thread_create": self._channel_made,
            "raw_member_update": self._member_changed,
            "interaction": self._interactions.other,
        }

    def _message(self, news: dict[str, Any], guild: discord.Guild, channel: Any) -> None:
        event = events.heard(news, guild, channel, self.app.heeded_roles)
        if event is None:
            return
        if self.app.full:
            self._overflow()
        elif self.gap.behind:
            self.app.offer(event)
        else:
            self.app.offer(event, marks={f"discord:live:{event.topic or event.channel}": int(news["id"])})

    def _overflow(self) -> None:
        """There is no room: let messages pass by, and read them from the history when there is."""
        self._lost()
        if self._recovery is None or self._recovery.done():
            _log.warning("more comes in than can be stored; it is read from the history later")
            self._recovery = asyncio.ensure_future(self._recover())

    async def _recover(self) -> None:
        await self.app.room()
        self._back()

    def _offer(self, *found: Event | None) -> None:
        heard = [event for event in found if event is not None]
        if heard:
            self.app.offer(*heard)

    def _edit(self, raw: discord.RawMessageUpdateEvent) -> None:
        self._offer(events.edited(raw))

    def _delete(self, guild: int | None, messages: set[int]) -> None:
        if guild is not None:
            self._offer(*events.deleted(messages, self.app.clock()))

    def _reaction(self, raw: discord.RawReactionActionEvent) -> None:
        guild = self.client.get_guild(raw.guild_id) if raw.guild_id else None
        if guild is not None and raw.user_id != self.client.application_id:
            self._offer(*events.reacted(raw, guild, self.app.clock()))

    def _join(self, member: discord.Member) -> None:
        joined = events.joined(member, self.app.clock())
        self._offer(joined)
        if joined is not None:
            self._invitations.joined(member.guild, joined.who, joined.at)

    def _leave(self, raw: discord.RawMemberRemoveEvent) -> None:
        guild = self.client.get_guild(raw.guild_id)
        if guild is not None:
            self._offer(events.left(raw.user, guild, self.app.clock()))

    def _lost(self, *_: Any) -> None:
        self.gap.behind = True

    def _back(self, *_: Any) -> None:
        if self.client.is_ready():
            self.gap.catch_up()

    # ------------------------------------------------------------------ places

    async def _ready(self) -> None:
        self.gap.catch_up()
        for guild in self.client.guilds:
            await self._note(guild)

    async def _guild(self, guild: discord.Guild) -> None:
        self._back()
        await self._note(guild)

    async def _channel_made(self, channel: discord.abc.GuildChannel | discord.Thread) -> None:
        """A place that is new while we listen is heard from its first message on."""
        if not self.gap.behind:
            self.app.offer(marks={events.live(channel.id): channel.id})
        await self._note(channel.guild)

    async def _channel_changed(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        await self._note(after.guild)
        await self._hands.channel_changed(before, after)

    async def _member_changed(self, news: dict[str, Any]) -> None:
        await self._hands.member_changed(news)

    async def _note(self, guild: discord.Guild) -> None:
        space = Account(platform=self.platform, space=str(guild.id), user="", space_name=guild.name)
        await self.app.store.write(members.see_channels, self.platform, space, events.channels(guild))
        await self._invitations.look(guild)


def _why(error: BaseException) -> GiveUp:
    match error:
        case discord.LoginFailure():
            text = "Discord does not know the token: copy it again (developer portal → Bot → Reset Token)"
        case discord.PrivilegedIntentsRequired():
            text = (
                "Discord wants two switches on: developer portal → Bot → Privileged Gateway Intents →"
                " Server Members Intent and Message Content Intent"
            )
        case discord.HTTPException():
            text = f"Discord answered {error.status}: try again later, or see https://discordstatus.com"
        case _:
            text = f"Discord can't be reached ({type(error).__name__}): is there a network?"
    return GiveUp(text)


def _ended(connection: asyncio.Task[None]) -> None:
    if not connection.cancelled() and (error := connection.exception()) is not None:
        _log.error("the connection to Discord has ended for good", why=str(_why(error)))


def _ignore(*_: object) -> None:
    """Nobody listens: discord.py would look for a listener each time."""


async def _nothing() -> None:
    pass
