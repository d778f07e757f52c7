"""Members' links into a Discord server: made once, and who came by which, where that can be told."""

import asyncio

import discord
import pytest
from simcord.actors import MemberActor

from bot.adapters.discord.invitations import by_which
from bot.storage import referrals
from tests.adapters.discord_world import RIGHTS, World, answer

LINK = "https://discord.gg/"


async def allow(world: World, *, invite: bool = True, count: bool = True) -> None:
    """Let the bot make invites or not, and see or not how often they were used."""
    rights = discord.Permissions(RIGHTS.value)
    rights.update(create_instant_invite=invite, manage_guild=count, use_application_commands=True)
    backend = world.env.backend
    there = backend.get_member(world.guild.id, backend.bot_user.id)
    for number in (world.guild.default_role.id, *there.role_ids):
        backend.edit_role(world.guild.id, number, {"permissions": rights.value})
    await world.env.settle()


async def code(world: World, member: MemberActor) -> str:
    """The code of a member's link."""
    result = await member.slash(world.general, "invite")
    assert result.ephemeral
    return next(word for word in answer(result).split() if word.startswith(LINK)).removeprefix(LINK)


async def come(world: World, *codes: str, at_once: bool = True) -> list[MemberActor]:
    """Somebody comes by each of these links; '' is none that is counted."""
    came = []
    for number, one in enumerate(codes):
        if one:
            world.env.backend.invites[one].uses += 1
        came.append(world.join(f"guest{number}-{len(world.env.backend.users)}"))
        if not at_once:
            await compared(world)
    await compared(world)
    return came


async def compared(world: World) -> None:
    """Wait until all who came were looked at."""
    await world.env.settle()
    await asyncio.gather(*world.adapter._invitations._tasks)
    await world.stored()


async def brought(world: World, member: MemberActor) -> int:
    """How many came by a member's link."""
    came, _ = await world.app.store.read(referrals.tally, (await world.profile(member)).member)
    return came


@pytest.mark.parametrize(
    ("before", "after", "came", "link"),
    [
        ({"a": 1, "b": 2}, {"a": 2, "b": 2}, 1, "a"),
        ({"a": 1, "b": 2}, {"a": 4, "b": 2}, 3, "a"),
        ({"a": 1}, {"a": 1, "new": 1}, 1, "new"),
        ({"a": 1, "b": 2}, {"a": 2, "b": 3}, 2, ""),
        ({"a": 1}, {"a": 2}, 2, ""),
        ({"a": 1}, {"a": 3}, 1, ""),
        ({"a": 1, "once": 0}, {"a": 1}, 1, ""),
        ({}, {}, 1, ""),
    ],
)
def test_a_link_is_named_only_if_it_explains_everybody(
    before: dict[str, int], after: dict[str, int], came: int, link: str
) -> None:
    assert by_which(before, after, came) == link


async def test_without_the_right_it_is_said_which(world: World) -> None:
    await allow(world, invite=False)
    result = await world.owner.slash(world.general, "invite")
    assert result.ephemeral
    assert "Give me the right 'Create Invite'" in answer(result)


async def test_a_link_is_for_good_the_same_each_time_and_made_anew_when_it_is_gone(world: World) -> None:
    await allow(world)
    alice, bob = world.join("alice"), world.join("bob")
    first = await code(world, alice)
    made = world.env.backend.invites[first]
    assert (made.max_age, made.max_uses) == (0, 0)
    assert await code(world, alice) == first
    assert await code(world, bob) != first
    del world.env.backend.invites[first]
    assert await code(world, alice) != first


async def test_who_comes_by_a_members_link_is_noted_for_that_member(world: World) -> None:
    await allow(world)
    alice, bob = world.join("alice"), world.join("bob")
    hers, his = await code(world, alice), await code(world, bob)
    await come(world, hers, his, "", hers, at_once=False)
    assert (await brought(world, alice), await brought(world, bob)) == (2, 1)
    await come(world, hers, hers)
    assert await brought(world, alice) == 4


async def test_who_can_be_told_apart_from_nobody_counts_for_nobody(world: World) -> None:
    await allow(world)
    alice, bob = world.join("alice"), world.join("bob")
    hers, his = await code(world, alice), await code(world, bob)
    await come(world, hers, his)
    assert (await brought(world, alice), await brought(world, bob)) == (0, 0)
    await come(world, hers)
    assert (await brought(world, alice), await brought(world, bob)) == (1, 0)


async def test_who_came_back_is_no_newcomer(world: World) -> None:
    await allow(world)
    alice, carol = world.join("alice"), world.join("carol")
    hers = await code(world, alice)
    await carol.send(world.general, "hello, and goodbye")
    world.guild.remove_member(carol)
    await compared(world)
    world.env.backend.advance_clock(60)
    world.env.backend.invites[hers].uses += 1
    world.guild.add_member(carol.user)
    await compared(world)
    assert await brought(world, alice) == 0


async def test_where_no_member_has_a_link_nothing_is_asked(world: World) -> None:
    await allow(world)
    await come(world, "", "")
    assert world.calls("GET", "/guilds/*/invites") == 0


async def test_without_manage_server_the_link_works_and_promises_nothing(world: World) -> None:
    await allow(world, count=False)
    alice = world.join("alice")
    result = await alice.slash(world.general, "invite")
    assert "I can't see here who comes by it" in answer(result)
    hers = await code(world, alice)
    await come(world, hers)
    assert await brought(world, alice) == 0
    assert world.calls("GET", "/guilds/*/invites") == 0


async def test_what_discord_does_not_tell_counts_for_nobody(world: World) -> None:
    await allow(world)
    alice = world.join("alice")
    hers = await code(world, alice)
    world.env.inject_error("GET", "/guilds/*/invites", status=403)
    await come(world, hers)
    assert await brought(world, alice) == 0
    assert await code(world, alice) == hers
    await come(world, hers)
    assert await brought(world, alice) == 1
