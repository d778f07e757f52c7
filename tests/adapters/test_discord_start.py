"""How the adapter starts, and what it finds when it looks around."""

import discord
import pytest
import simcord

from bot.adapters.discord import DiscordAdapter
from bot.adapters.discord.checks import look_from_outside
from bot.delivery import GiveUp
from bot.desk import Desk
from bot.storage import members
from tests.adapters.discord_world import World


class Refusing(DiscordAdapter):
    """An adapter whose client fails in a given way."""

    def refuse(self, at: str, error: BaseException) -> "Refusing":
        """Fail `at` login or connect."""

        async def fail(*_: object, **__: object) -> None:
            raise error

        async def pass_by(*_: object, **__: object) -> None:
            await self.client._async_setup_hook()

        self.client.login = fail if at == "login" else pass_by  # type: ignore[method-assign]
        self.client.connect = fail if at == "connect" else pass_by  # type: ignore[method-assign]
        return self


@pytest.mark.parametrize(
    ("at", "error", "advice"),
    [
        ("login", discord.LoginFailure("Improper token has been passed."), "Reset Token"),
        ("connect", discord.PrivilegedIntentsRequired(None), "Message Content Intent"),
        ("login", OSError("no route"), "network"),
    ],
)
async def test_what_keeps_it_from_starting_is_said(desk: Desk, at: str, error: Exception, advice: str) -> None:
    with pytest.raises(GiveUp, match=advice):
        await Refusing(desk, "secret-token").refuse(at, error).start()


def test_nothing_is_kept_that_is_not_needed(desk: Desk) -> None:
    client = DiscordAdapter(desk, "token").client
    assert not isinstance(client, discord.AutoShardedClient)
    assert client.allowed_mentions is not None
    assert not client.allowed_mentions.everyone
    assert not client.allowed_mentions.users
    assert not client.allowed_mentions.roles
    assert client._connection.max_messages is None
    assert client._connection.member_cache_flags == discord.MemberCacheFlags.none()
    on = {name for name, value in client.intents if value}
    assert on == {"guilds", "members", "guild_messages", "message_content", "guild_reactions"}


def test_many_shards_when_told(desk: Desk) -> None:
    client = DiscordAdapter(desk, "token", shards=3).client
    assert isinstance(client, discord.AutoShardedClient)
    assert client.shard_count == 3


async def test_without_the_intents_discord_does_not_let_it_in(desk: Desk) -> None:
    none = discord.Intents.none()
    env = simcord.Env(DiscordAdapter(desk, "token").client, approved_intents=none)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await env.start()


async def test_the_look_around_finds_missing_rights_and_the_announcement_channel(world: World) -> None:
    hidden = discord.PermissionOverwrite(view_channel=False)
    news = world.guild.create_text_channel("news", overwrites={world.guild.default_role: hidden})
    await world.owner.slash(world.general, "setup announce", channel=news)
    checks = await world.adapter.checks(str(world.guild.id))
    by_title = {check.title: check for check in checks}
    assert by_title["Announcement channel {channel}"].state == "problem"
    assert by_title["My rights in {server}"].state == "ok"
    assert [c.state for c in checks if c.title == "{switch}"] == ["problem", "problem"]  # simcord's flags are 0


async def test_a_wrong_token_is_found_from_outside(desk: Desk) -> None:
    adapter = Refusing(desk, "token").refuse("login", discord.LoginFailure("no"))
    (check,) = await look_from_outside(adapter.client, "token", desk.app, None)
    assert (check.title, check.state) == ("Discord: the token is wrong", "problem")


async def test_a_silent_network_is_no_problem_of_the_token(desk: Desk) -> None:
    adapter = Refusing(desk, "token").refuse("login", OSError("no route"))
    (check,) = await look_from_outside(adapter.client, "token", desk.app, None)
    assert (check.title, check.state) == ("Discord", "warning")


async def test_every_guild_founds_its_own_community(world: World) -> None:
    world.env.create_guild("Other")
    await world.env.settle()
    numbers = [
        await world.app.store.read(members.community_of, "discord", str(guild.id))
        for guild in world.adapter.client.guilds
    ]
    assert len(set(numbers)) == 2
    assert None not in numbers
