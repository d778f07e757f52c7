"""Fixtures for the adapters: a guild on a simulated Discord."""

from collections.abc import AsyncIterator

import discord
import pytest
import pytest_asyncio
import simcord

from bot.adapters.discord import DiscordAdapter
from bot.desk import Desk
from tests.adapters.discord_world import RIGHTS, World, true_history


@pytest.fixture
def discord_adapter(desk: Desk) -> DiscordAdapter:
    adapter = DiscordAdapter(desk, "token", pause=0.01)
    desk.app.join(adapter)
    return adapter


@pytest.fixture
def simcord_bot(discord_adapter: DiscordAdapter) -> discord.Client:
    return discord_adapter.client


@pytest_asyncio.fixture
async def world(simcord_env: simcord.Env, discord_adapter: DiscordAdapter) -> AsyncIterator[World]:
    """A guild with a channel, whose owner is `owner`; the bot may do what it needs."""
    owner = simcord_env.create_user("olga")
    guild = simcord_env.create_guild("Academy", owner=owner)
    role = guild.create_role("Lyceum", permissions=RIGHTS)
    simcord_env.backend.add_member_role(guild.id, simcord_env.backend.bot_user.id, role.id)
    general = guild.create_text_channel("general")
    true_history(general.id)
    await simcord_env.settle()
    creator = simcord.actors.MemberActor(simcord_env, guild, owner)
    yield World(simcord_env, discord_adapter, guild, general, creator, role)
    await discord_adapter.gap.close()
