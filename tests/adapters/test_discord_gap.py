"""What is said while the bot is away is counted once, whatever happens while it is read."""

import pytest
import simcord

from bot.adapters.discord import DiscordAdapter
from bot.adapters.discord.gap import GAP, LIVE, PAGE, plan
from bot.desk import Desk
from tests.adapters.discord_world import World

HISTORY = "/channels/*/messages"


async def leave(world: World) -> None:
    """The process ends: nothing is heard any more."""
    await world.stored()
    await world.env._detach_bot()


async def come_back(world: World, adapter: DiscordAdapter) -> None:
    """A new process, on the same database."""
    world.adapter = adapter
    await world.env.restart_bot(adapter.client)


def say(world: World, member: simcord.actors.MemberActor, count: int, channel: int | None = None) -> list[int]:
    """Write while nobody listens; the ids."""
    where = channel or world.general.id
    return [world.env.backend.create_message(where, member.id, f"while you were out {n}").id for n in range(count)]


async def test_what_is_said_meanwhile_is_counted_once_at_one_call_for_a_hundred(world: World, desk: Desk) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "before")
    await leave(world)
    sent = say(world, alice, PAGE)
    await come_back(world, DiscordAdapter(desk, "token"))
    assert await world.messages(alice) == PAGE + 1
    assert world.calls("GET", HISTORY) == 1
    assert await world.cursor(GAP) == {}
    assert (await world.cursor(LIVE))[str(world.general.id)] == (sent[-1], None)


async def test_nothing_is_read_where_nothing_was_said(world: World, desk: Desk) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "before")
    await leave(world)
    await come_back(world, DiscordAdapter(desk, "token"))
    assert world.calls("GET", HISTORY) == 0
    assert await world.messages(alice) == 1


async def test_the_past_of_a_guild_just_joined_is_not_read(world: World, desk: Desk) -> None:
    other = world.env.create_guild("Elsewhere")
    assert world.calls("GET", HISTORY) == 0
    await world.env.settle()
    assert await world.cursor(GAP) == {}
    assert other.id in [guild.id for guild in world.adapter.client.guilds]


async def test_a_channel_made_meanwhile_is_read_from_its_first_message(world: World, desk: Desk) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "before")
    await leave(world)
    fresh = world.guild.create_text_channel("fresh")
    say(world, alice, 3, fresh.id)
    await come_back(world, DiscordAdapter(desk, "token"))
    assert await world.messages(alice) == 4


async def test_a_channel_made_while_listening_is_read_from_its_first_message(world: World, desk: Desk) -> None:
    alice = world.join("alice")
    fresh = world.guild.create_text_channel("fresh")
    await alice.send(world.general, "this is newer than the channel")
    await leave(world)
    say(world, alice, 3, fresh.id)
    await come_back(world, DiscordAdapter(desk, "token"))
    assert await world.messages(alice) == 4


async def test_more_than_a_page_is_read_page_by_page_and_what_comes_live_meanwhile_too(
    world: World, desk: Desk
) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "before")
    await leave(world)
    say(world, alice, 2 * PAGE + 50)
    await come_back(world, DiscordAdapter(desk, "token", pause=0.01))
    await alice.send(world.general, "after")
    assert await world.messages(alice) == 2 * PAGE + 52
    assert world.calls("GET", HISTORY) == 3


async def test_killed_in_the_middle_it_goes_on_where_it_was(world: World, desk: Desk) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "before")
    await leave(world)
    sent = say(world, alice, 3 * PAGE)
    cut = DiscordAdapter(desk, "token")
    world.env.inject_error("GET", HISTORY, status=500, times=None)
    await come_back(world, cut)
    world.env.backend.faults.clear()
    assert await cut.gap.fill_some(1) == 1
    assert await world.messages(alice) == PAGE + 1
    ((after, until),) = (await world.cursor(GAP)).values()
    assert (after, until) == (sent[PAGE - 1], sent[-1])
    assert (await world.cursor(LIVE))[str(world.general.id)][0] == sent[-1]
    await cut.gap.close()
    await leave(world)
    more = say(world, alice, 1)
    before = world.calls("GET", HISTORY)
    await come_back(world, DiscordAdapter(desk, "token"))
    assert await world.messages(alice) == 3 * PAGE + 2
    assert world.calls("GET", HISTORY) - before == 3
    assert await world.cursor(GAP) == {}
    assert (await world.cursor(LIVE))[str(world.general.id)][0] >= more[-1]  # our own words may come after it


async def test_a_channel_that_can_not_be_read_any_more_is_left(world: World, desk: Desk) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "before")
    await leave(world)
    say(world, alice, 3)
    world.env.inject_error("GET", HISTORY, status=403, code=50001, message="Missing Access")
    await come_back(world, DiscordAdapter(desk, "token"))
    assert await world.messages(alice) == 1
    assert await world.cursor(GAP) == {}


async def test_while_disconnected_live_messages_do_not_hide_the_gap(world: World) -> None:
    alice = world.join("alice")
    first = await alice.send(world.general, "before")
    await world.stored()
    world.adapter.client.dispatch("disconnect")
    replayed = await alice.send(world.general, "replayed before RESUMED")
    await world.stored()
    assert (await world.cursor(LIVE))[str(world.general.id)][0] == first.id
    world.adapter.client.dispatch("resumed")
    await world.env.settle()
    assert await world.messages(alice) == 2
    assert (await world.cursor(LIVE))[str(world.general.id)][0] == replayed.id


@pytest.mark.parametrize(
    ("channels", "cursors", "gaps", "live"),
    [
        ([(10, 90)], {}, (), {10: 90}),  # never seen: begins now
        ([(10, None)], {}, (), {10: 10}),  # never seen and empty
        ([(10, 90)], {"10": (90, None)}, (), {}),  # nothing new
        ([(10, 90)], {"10": (50, None)}, ((10, 50, 90),), {10: 90}),  # missed something
        ([(10, 90), (60, 80)], {"10": (50, None)}, ((10, 50, 90), (60, 60, 80)), {10: 90, 60: 80}),  # made meanwhile
        ([(10, 90), (40, 80)], {"10": (90, None)}, (), {40: 80}),  # older than what was heard, and never heard
    ],
)
def test_the_plan(
    channels: list[tuple[int, int | None]],
    cursors: dict[str, tuple[int, int | None]],
    gaps: tuple[tuple[int, int, int], ...],
    live: dict[int, int],
) -> None:
    found = plan([channels], cursors)
    assert (found.gaps, found.live) == (gaps, live)
