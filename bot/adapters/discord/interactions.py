"""Calls of commands on Discord: typed, pressed or filled in, each answered within Discord's three seconds or deferred.

A button and a form carry their command in their `custom_id`, so that they work after a restart and need no memory; what
is forged is a command typed by whoever forged it, rights and all.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.adapters.discord.events import PLATFORM, key
from bot.adapters.discord.render import Draft, drafts, modal
from bot.commands import Caller, Command, Rank
from bot.desk import Desk
from bot.events import Account
from bot.i18n import N_, Tongue, match, tongue
from bot.reply import Button, Reply, decode
from bot.words import replace

PATIENCE = 1.5
"""Seconds until a call that is not answered yet is deferred; Discord gives up after three."""
TOO_LARGE = 40005
GONE = (10062, 10015, 50027)
"""Unknown interaction, unknown webhook, invalid token: whoever asked has waited too long."""

_log = structlog.get_logger()
Interaction = discord.Interaction[discord.Client]


def rank(interaction: Interaction) -> Rank:
    """What Discord says the caller may do here."""
    may, guild = interaction.permissions, interaction.guild
    if guild is None:
        return Rank.MEMBER
    if guild.owner_id == interaction.user.id or may.administrator or may.manage_guild:
        return Rank.CREATOR
    return Rank.MODERATOR if may.moderate_members or may.manage_messages else Rank.MEMBER


def caller(
    interaction: Interaction, names: Mapping[str, str] | None = None, on: discord.Message | None = None
) -> Caller:
    """Whoever typed or pressed, as Discord vouches for them, and the message they did it `on`."""
    user, guild = interaction.user, interaction.guild
    return Caller(
        account=Account(
            platform=PLATFORM,
            space=str(interaction.guild_id or ""),
            user=str(user.id),
            name=user.display_name,
            space_name=guild.name if guild is not None else "",
        ),
        channel=str(interaction.channel_id or ""),
        rank=rank(interaction),
        locale=str(interaction.locale),
        names=dict(names or {}),
        target="" if on is None else key(on.id),
        quoted="" if on is None else on.content,
        link="" if on is None else on.jump_url,
        attached="" if on is None or not on.attachments else f"{on.channel.id}/{on.id}",
    )


class Interactions:
    """Hands calls to the desk and its replies back."""

    def __init__(self, desk: Desk, patience: float = PATIENCE) -> None:
        self._desk = desk
        self._patience = patience

    async def command(self, interaction: Interaction, command: Command, given: Mapping[str, Any]) -> None:
        """A slash command."""
        options: dict[str, Any] = {}
        names: dict[str, str] = {}
        for name, value in given.items():
            if isinstance(value, str | int | float | bool) or value is None:
                options[name] = value
                continue
            options[name] = str(value.id)
            names[options[name]] = value.display_name if isinstance(value, discord.abc.User) else value.name
        await self._answer(interaction, command.path, options, names)

    async def on_message(self, interaction: Interaction, command: Command, message: discord.Message) -> None:
        """A command chosen in the menu of a message."""
        await self._answer(interaction, command.path, {}, on=message)

    async def complete(self, interaction: Interaction, command: Command, key: str, text: str) -> list[tuple[str, str]]:
        """What completes a half-typed option."""
        return await self._desk.complete(command.path, key, text, caller(interaction))

    async def other(self, interaction: Interaction) -> None:
        """A press on a button, or a form that was sent in; anything else is not for here."""
        data: Any = interaction.data or {}
        if interaction.type is discord.InteractionType.component:
            path, options = decode(str(data.get("custom_id", "")))
            await self._answer(interaction, path, options)
        elif interaction.type is discord.InteractionType.modal_submit:
            path, options = decode(str(data.get("custom_id", "")))
            await self._answer(interaction, path, {**options, **dict(_blanks(data.get("components", [])))})

    async def failed(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """A slash command that does not fit the tree, or whose answer Discord did not take."""
        if isinstance(error, app_commands.CommandInvokeError):
            _log.error("a command could not be answered", path=error.command.qualified_name, exc_info=error.original)
            text = N_("Discord did not take my answer. Try again in a moment.")
        else:
            _log.warning("a command could not be read", error=str(error))
            text = N_("My commands have just changed. Reload Discord (Ctrl+R), then try again.")
        if not interaction.response.is_done():
            say = tongue(match(str(interaction.locale)))
            await self._send(interaction, Reply(text=say(text), private=True, error=True), deferred=None)

    async def _answer(
        self,
        interaction: Interaction,
        path: str,
        options: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
        on: discord.Message | None = None,
    ) -> None:
        found = self._desk.find(path)
        private = found.private if found is not None else True
        work = asyncio.ensure_future(self._work(interaction, path, caller(interaction, names, on), options))
        deferred: bool | None = None
        try:
            patience = 0 if found is not None and found.slow else self._patience
            if patience:
                await asyncio.wait([work], timeout=patience)
            if not work.done():
                deferred = private
                await _defer(interaction, ephemeral=private)
            await self._send(interaction, await work, deferred)
        except discord.HTTPException as error:
            if error.code not in GONE:
                raise
            _log.warning("an answer came too late", path=path, user=interaction.user.id)

    async def _work(self, interaction: Interaction, path: str, who: Caller, options: Mapping[str, Any]) -> Reply:
        reply = await self._desk.run(path, who, options)
        return await _with_kept(interaction, reply) if reply.kept else reply

    async def _send(self, interaction: Interaction, reply: Reply, deferred: bool | None) -> None:
        say = tongue(match(str(interaction.locale)))
        if reply.form is not None:
            if deferred is None:
                await interaction.response.send_modal(modal(reply.form))
                return
            form = reply.form
            button = Button(label=form.title, command=form.command, options=form.options, style="primary")
            reply = replace(reply, form=None, text=say(N_("Press the button to go on.")), buttons=((button,),))
        try:
            await _deliver(interaction, reply, drafts(reply), deferred)
        except discord.HTTPException as error:
            if error.code != TOO_LARGE and error.status != 413:
                raise
            await _deliver(interaction, reply, drafts(_without_files(reply, say)), deferred)


async def _with_kept(interaction: Interaction, reply: Reply) -> Reply:
    """The reply with a link to the file that hangs on a message: Discord's own links to files are good for a day."""
    say = tongue(match(str(interaction.locale)))
    channel, _, message = reply.kept.partition("/")
    try:
        place = interaction.client.get_partial_messageable(int(channel))
        found = (await place.fetch_message(int(message))).attachments
    except (ValueError, discord.HTTPException) as error:
        _log.warning("a file that was kept on Discord can't be found", kept=reply.kept, error=str(error))
        found = []
    if not found:
        text = "\n\n".join([reply.text, say(N_("(Its file is not there any more. Tell the creator.)"))])
        return replace(reply, kept="", text=text)
    files = tuple(Button(label=f"📎 {one.filename}", url=one.url) for one in found[:5])
    return replace(reply, kept="", buttons=(files, *reply.buttons))


def _without_files(reply: Reply, say: Tongue) -> Reply:
    text = "\n".join([reply.text, say(N_("(A file belongs here, but it is larger than Discord takes.)"))])
    return replace(reply, image=None, file=None, text=text)


async def _defer(interaction: Interaction, *, ephemeral: bool) -> None:
    if interaction.type is discord.InteractionType.component:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=ephemeral, thinking=True)


async def _deliver(interaction: Interaction, reply: Reply, made: list[Draft], deferred: bool | None) -> None:
    private = reply.private is not False
    first, rest = made[0], made[1:]
    message = interaction.message if interaction.type is discord.InteractionType.component else None
    if message is not None and reply.replaces and (message.flags.ephemeral or not private):
        await _replace(interaction, first)
    elif not interaction.response.is_done():
        await interaction.response.send_message(**_parts(first), ephemeral=private)
    else:
        promised = deferred is not None and deferred != private and message is None
        if promised:  # for other eyes: the first thing sent would be for those, so something empty is
            await interaction.edit_original_response(content="…")
        await interaction.followup.send(**_parts(first), ephemeral=private)
        if promised:
            await interaction.delete_original_response()
    for draft in rest:
        await interaction.followup.send(**_parts(draft), ephemeral=private)


async def _replace(interaction: Interaction, draft: Draft) -> None:
    content, embeds, files, view = (
        draft.content or None,
        [draft.embed] if draft.embed else [],
        draft.files(),
        draft.view(),
    )
    if interaction.response.is_done():
        await interaction.edit_original_response(content=content, embeds=embeds, attachments=files, view=view)
    else:
        await interaction.response.edit_message(content=content, embeds=embeds, attachments=files, view=view)


def _parts(draft: Draft) -> dict[str, Any]:
    parts: dict[str, Any] = {"content": draft.content, "suppress_embeds": True} if draft.content else {}
    if draft.embed is not None:
        parts["embed"] = draft.embed
    if files := draft.files():
        parts["files"] = files
    if view := draft.view():
        parts["view"] = view
    return parts


def _blanks(components: Any) -> Iterator[tuple[str, str]]:
    """(name, value) of the lines of a form, however deep Discord nests them."""
    for one in components if isinstance(components, list) else []:
        inner = one.get("components") or ([one["component"]] if "component" in one else [])
        yield from _blanks(inner)
        if "custom_id" in one and ("value" in one or "values" in one):
            values = one.get("values")
            yield one["custom_id"], values[0] if values else str(one.get("value") or "")
