"""Who can see which channel of Discord, and how it is reached: no name of a closed room is told to anybody."""

import discord

from bot.sight import EVERYBODY
from tests.adapters.discord_world import World


async def test_only_what_a_member_can_read_has_a_link(world: World) -> None:
    ann = world.join("ann")
    closed = world.guild.create_text_channel(
        "vault", overwrites={world.guild.default_role: discord.PermissionOverwrite(view_channel=False)}
    )
    await world.env.settle()
    asked = [str(world.general.id), str(closed.id), "7", "lounge", ""]
    wanted = {str(world.general.id): f"https://discord.com/channels/{world.guild.id}/{world.general.id}"}
    assert await world.adapter.seen(str(ann.id), asked) == wanted
    channel = world.adapter.client.get_channel(world.general.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="aside", type=discord.ChannelType.public_thread)
    await world.env.settle()
    found = await world.adapter.seen(str(ann.id), [*asked, str(thread.id)])
    assert found == wanted | {str(thread.id): f"https://discord.com/channels/{world.guild.id}/{thread.id}"}
    assert await world.adapter.seen("12345", asked) == {}, "who is not there sees nothing"
    assert world.calls("GET", f"/guilds/{world.guild.id}/members/{ann.id}") == 1, "a digest asks three times"


async def test_a_thread_is_seen_by_who_sees_its_channel_and_everybody_sees_what_needs_no_role(world: World) -> None:
    vip = world.guild.create_role("vip")
    bo, cy = world.join("bo", roles=[vip]), world.join("cy")
    closed = world.guild.create_text_channel(
        "vault",
        overwrites={
            world.guild.default_role: discord.PermissionOverwrite(view_channel=False),
            vip: discord.PermissionOverwrite(view_channel=True),
            world.role: discord.PermissionOverwrite(view_channel=True),
        },
    )
    await world.env.settle()
    channel = world.adapter.client.get_channel(closed.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="aside", type=discord.ChannelType.public_thread)
    await world.env.settle()
    places = [str(world.general.id), str(closed.id), str(thread.id)]
    found = {who: [*await world.adapter.seen(who, places)] for who in (str(bo.id), str(cy.id), EVERYBODY)}
    assert found == {str(bo.id): places, str(cy.id): places[:1], EVERYBODY: places[:1]}
    asked = world.calls("GET", "/guilds/*/members/*")
    users = [str(bo.id), str(cy.id), "12345", "", "bo"]
    seeing = [await world.adapter.seeing(users, one) for one in (*places, "7")]
    assert seeing == [{str(bo.id), str(cy.id)}, {str(bo.id)}, {str(bo.id)}, set()]
    assert world.calls("GET", "/guilds/*/members/*") == asked, "all are asked for at once"
