"""What keeps the bot from giving a role or opening a channel on Discord, and what to do about it."""

import discord

from bot.i18n import N_, Tongue


def of_role(me: discord.Member, role: discord.Role, say: Tongue) -> str:
    """Why the bot can't give this role, and what to do; '' when it can."""
    if role.is_default() or role.managed:
        return say(N_("{role} can't be given to anybody: choose another role with /gate add."), role=role.name)
    if not me.guild_permissions.manage_roles:
        return say(N_("Give me the right 'Manage Roles' in Server settings → Roles."))
    if me.top_role <= role:
        return say(N_("Move my role above {role} in Server settings → Roles."), role=role.name)
    return ""


def of_channel(me: discord.Member, channel: discord.abc.GuildChannel, say: Tongue) -> str:
    """Why the bot can't open this channel to a member, and what to do; '' when it can."""
    may = channel.permissions_for(me)
    if may.view_channel and may.manage_roles:
        return ""
    return say(
        N_("Give me 'View Channel' and 'Manage Permissions' in {channel} (Edit channel → Permissions)."),
        channel=channel.name,
    )


def of_target(guild: discord.Guild, kind: str, target: str, say: Tongue) -> str:
    """Why what is to stand behind a gate can't be given by the bot, and what to do; '' when it can."""
    number = int(target) if target.isdecimal() else 0
    if kind == "role":
        role = guild.get_role(number)
        return of_role(guild.me, role, say) if role else say(N_("There is no such role in this server."))
    if guild.get_thread(number) is not None:
        return say(N_("A thread can't be opened to a member alone: choose the channel it is in."))
    channel = guild.get_channel(number)
    if channel is None:
        return say(N_("There is no such channel in this server, or I can't see it."))
    return of_channel(guild.me, channel, say)
