"""Whether Discord allows what Lyceum needs: the token, the two switches, rights, the order of roles.

The same look serves a running bot (from what it knows) and `lyceum doctor` (by asking Discord). A new check is a
function that yields `Check`s, called in `_guild`.
"""

from collections.abc import Iterator, Sequence

import aiohttp
import discord

from bot.adapters.discord import obstacles
from bot.app import App
from bot.doctor import Check, State
from bot.i18n import N_, tongue
from bot.storage import gates, members
from bot.storage.members import Community
from bot.storage.tables import GateRow

RIGHTS = {
    "view_channel": N_("View Channels"),
    "send_messages": N_("Send Messages"),
    "embed_links": N_("Embed Links"),
    "attach_files": N_("Attach Files"),
    "read_message_history": N_("Read Message History"),
}
MOST = 5
"""Servers looked at, when no one in particular is asked about."""


async def look(client: discord.Client, app: App, space: str | None) -> list[Check]:
    """Everything, by a client that is connected."""
    found = [Check(title=N_("Discord: connected"))]
    try:
        info = await client.application_info()
    except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
        found.append(_silent(error))
    else:
        found += _switches(info.flags)
    here = [guild for guild in client.guilds if space is None or str(guild.id) == space]
    for guild in here[:MOST]:
        found += await _guild(app, guild, guild.me, guild.channels)
    return found


async def look_from_outside(client: discord.Client, token: str, app: App, space: str | None) -> list[Check]:
    """Everything, by a client that has not even logged in."""
    found: list[Check] = []
    try:
        await client.login(token)
        found.append(Check(title=N_("Discord: the token is right")))
        found += _switches((await client.application_info()).flags)
        async for one in client.fetch_guilds(limit=MOST, with_counts=False):
            if space is None or str(one.id) == space:
                guild = await client.fetch_guild(one.id, with_counts=False)
                assert client.user is not None  # noqa: S101 - logged in
                me = await guild.fetch_member(client.user.id)
                found += await _guild(app, guild, me, await guild.fetch_channels())
    except discord.LoginFailure:
        advice = N_("Copy the token again (developer portal → Bot → Reset Token) into LYCEUM_DISCORD_TOKEN.")
        found.append(Check(title=N_("Discord: the token is wrong"), state="problem", advice=advice))
    except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
        found.append(_silent(error))
    return found


def _silent(error: Exception) -> Check:
    advice = N_("It can't be asked ({why}): is there a network?")
    return Check(title=N_("Discord"), state="warning", advice=advice, values={"why": type(error).__name__})


def _switches(flags: discord.ApplicationFlags) -> Iterator[Check]:
    switches = {
        "Message Content Intent": flags.gateway_message_content or flags.gateway_message_content_limited,
        "Server Members Intent": flags.gateway_guild_members or flags.gateway_guild_members_limited,
    }
    for name, on in switches.items():
        advice = "" if on else N_("Turn it on: developer portal → Bot → Privileged Gateway Intents.")
        yield Check(title="{switch}", state="ok" if on else "problem", advice=advice, values={"switch": name})


async def _guild(
    app: App, guild: discord.Guild, me: discord.Member, channels: Sequence[discord.abc.GuildChannel]
) -> list[Check]:
    number = await app.store.read(members.community_of, "discord", str(guild.id))
    if number is None:
        return [*_rights(guild, me, ()), *_order(guild, me)]
    bound = [row for row in await app.store.read(gates.bound, number) if row.platform == "discord"]
    here = [row for row in bound if row.space == str(guild.id)]
    community = await app.store.read(members.community, number)
    return [
        *_rights(guild, me, here),
        *_order(guild, me),
        *_roles(guild, me, here, community),
        *_channels(guild, me, channels, here),
        *_announcements(guild, me, channels, community),
    ]


def _rights(guild: discord.Guild, me: discord.Member, bound: Sequence[GateRow]) -> Iterator[Check]:
    have = me.guild_permissions
    missing = [name for right, name in RIGHTS.items() if not getattr(have, right)]
    if bound and not have.manage_roles:
        missing.append(N_("Manage Roles"))
    yield Check(
        title=N_("My rights in {server}"),
        state="problem" if missing else "ok",
        advice=N_("Give my role these in Server settings → Roles: {rights}") if missing else "",
        values={"server": guild.name, "rights": ", ".join(missing)},
    )


def _order(guild: discord.Guild, me: discord.Member) -> Iterator[Check]:
    """Whether there is a role that we could give at all: a bot that was invited last stands below all others."""
    others = [role for role in guild.roles if not (role.is_default() or role.managed or role in me.roles)]
    if others and not any(role < me.top_role for role in others):
        yield Check(
            title=N_("The order of roles in {server}"),
            state="warning",
            advice=N_("All roles stand above mine, so I can't give any: move mine up in Server settings → Roles."),
            values={"server": guild.name},
        )


def _roles(guild: discord.Guild, me: discord.Member, bound: Sequence[GateRow], community: Community) -> Iterator[Check]:
    for row in bound:
        if row.kind != "role":
            continue
        role = guild.get_role(int(row.target))
        if role is None:
            why = N_("It is gone: choose another with /gate add.")
        else:
            why = obstacles.of_role(me, role, tongue(community.locale))
        yield Check(
            title=N_("Role {role} behind the gate {gate}"),
            state="problem" if why else "ok",
            advice=why,
            values={"role": role.name if role is not None else row.target, "gate": row.gate},
        )


def _channels(
    guild: discord.Guild, me: discord.Member, channels: Sequence[discord.abc.GuildChannel], bound: Sequence[GateRow]
) -> Iterator[Check]:
    known = {str(channel.id): channel for channel in channels}
    for row in bound:
        if row.kind != "channel":
            continue
        channel = known.get(row.target)
        state: State = "ok"
        why = ""
        if channel is None:
            why, state = N_("It is gone, or hidden from me: choose another with /gate add."), "problem"
        elif obstacles.of_channel(me, channel, tongue("")):
            why = N_("Give me 'View Channel' and 'Manage Permissions' there (Edit channel → Permissions).")
            state = "problem"
        elif channel.permissions_for(guild.default_role).view_channel:
            why = N_("It is not locked: everybody sees it. Deny @everyone 'View Channel' (Edit channel → Permissions).")
            state = "warning"
        yield Check(
            title=N_("Channel {channel} behind the gate {gate}"),
            state=state,
            advice=why,
            values={"channel": channel.name if channel is not None else row.target, "gate": row.gate},
        )


def _announcements(
    guild: discord.Guild, me: discord.Member, channels: Sequence[discord.abc.GuildChannel], community: Community
) -> Iterator[Check]:
    chosen = community.announce.get("discord")
    if chosen is None:
        return
    channel = next((one for one in channels if str(one.id) == chosen), None) or guild.get_thread(int(chosen))
    why = ""
    if channel is None:
        why = N_("It is gone, or hidden from me: choose another with /setup announce.")
    else:
        may = channel.permissions_for(me)
        if not (may.view_channel and may.send_messages):
            why = N_("Give me 'View Channel' and 'Send Messages' there.")
    yield Check(
        title=N_("Announcement channel {channel}"),
        state="problem" if why else "ok",
        advice=why,
        values={"channel": channel.name if channel is not None else chosen},
    )
