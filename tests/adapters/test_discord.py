"""Discord from a member's message to the announcement, the role and the refusal, on simcord."""

import asyncio
from datetime import datetime

import discord
import pytest

from bot.effects import Nudge
from bot.engine.points import amount
from bot.events import member_account
from bot.storage import gates, grants, members, outbox
from bot.storage.ledger import Seat
from bot.storage.store import Connection
from tests.adapters.discord_world import World, answer, shown
from tests.conftest import Clock

# ------------------------------------------------------------------ hearing


async def test_a_message_counts_and_a_reply_knows_what_it_answers(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    first = await alice.send(world.general, "what is a monad?")
    await bob.send(world.general, "a burrito", reply_to=first)
    history = await world.app.store.read(members.history, (await world.profile(bob)).member)
    assert f'"reply_to":"discord:message:{first.id}"' in history[-1].data
    assert await world.messages(alice) == await world.messages(bob) == 1


async def test_bots_webhooks_and_private_chats_earn_nothing(world: World) -> None:
    robot = world.guild.add_member(world.env.create_user("robot", bot=True))
    alice = world.join("alice")
    await world.guild.create_webhook(world.general).send("beep")
    await robot.send(world.general, "boop")
    await alice.send_dm("psst")
    await world.stored()
    number = await world.app.store.read(members.community_of, "discord", str(world.guild.id))
    assert number is not None
    assert await world.app.store.read(members.named, number, "") == [((await world.profile(alice)).member, "alice")]
    assert await world.messages(alice) == 0


async def test_an_edit_is_heard_and_a_deletion_takes_back_what_was_earned(world: World) -> None:
    alice = world.join("alice")
    message = await alice.send(world.general, "first draft")
    other = await alice.send(world.general, "another")
    await alice.edit(message, "second draft, longer")
    kept = (await world.profile(alice)).state.engagement
    await alice.delete(other)
    gone = (await world.profile(alice)).state.engagement
    assert (kept.messages, gone.messages) == (2, 1)
    assert gone.points < kept.points
    history = await world.app.store.read(members.history, (await world.profile(alice)).member)
    kinds = [row.data.split('"type":"')[1].split('"')[0] for row in history]
    assert kinds == ["MemberJoined", "MessagePosted", "MessagePosted", "MessageEdited", "MessageDeleted"]


async def test_a_bulk_deletion_takes_back_each_message(world: World) -> None:
    alice = world.join("alice")
    sent = [await alice.send(world.general, f"spam {n}") for n in range(3)]
    payload = {"ids": [str(m.id) for m in sent], "channel_id": str(world.general.id), "guild_id": str(world.guild.id)}
    world.env.backend.emit("MESSAGE_DELETE_BULK", payload)
    assert (await world.profile(alice)).state.engagement.messages == 0
    assert (await world.profile(alice)).state.engagement.points == 0


async def test_a_reaction_counts_for_both_until_it_is_taken_back(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    message = await alice.send(world.general, "look at this")
    await bob.react(message, "👍")
    assert (await world.profile(alice)).state.engagement.reactions_received == 1
    assert (await world.profile(bob)).state.engagement.reactions_given == 1
    await bob.unreact(message, "👍")
    assert (await world.profile(alice)).state.engagement.reactions_received == 0


async def test_a_reaction_to_oneself_counts_for_nobody(world: World) -> None:
    alice = world.join("alice")
    message = await alice.send(world.general, "I am great")
    payload = {
        "user_id": str(alice.id),
        "message_id": str(message.id),
        "message_author_id": str(alice.id),  # Discord says it, simcord does not
        "channel_id": str(world.general.id),
        "guild_id": str(world.guild.id),
        "emoji": {"id": None, "name": "👍"},
        "type": 0,
    }
    world.env.backend.emit("MESSAGE_REACTION_ADD", payload)
    engagement = (await world.profile(alice)).state.engagement
    assert (engagement.reactions_received, engagement.reactions_given) == (0, 0)


async def test_coming_and_going_are_followed(world: World) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "hi")
    assert (await world.profile(alice)).state.contact.here
    world.guild.remove_member(alice)
    assert not (await world.profile(alice)).state.contact.here


async def test_the_channels_of_a_guild_are_known(world: World) -> None:
    number = await world.app.store.read(members.community_of, "discord", str(world.guild.id))
    assert number is not None
    found = await world.app.store.read(members.channels, number, "discord")
    assert ("general", "text") in [(row.name, row.kind) for row in found]


async def test_a_thread_counts_in_its_channel(world: World) -> None:
    alice = world.join("alice")
    channel = world.adapter.client.get_channel(world.general.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="aside", type=discord.ChannelType.public_thread)
    handle = next(one for one in world.general.threads if one.id == thread.id)
    await alice.send(handle, "in here")
    history = await world.app.store.read(members.history, (await world.profile(alice)).member)
    assert f'"channel":"{world.general.id}"' in history[-1].data
    assert f'"topic":"{thread.id}"' in history[-1].data


async def test_when_there_is_no_room_messages_are_read_from_the_history_later(world: World) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "before")
    await world.stored()
    world.app._drained.clear()  # as if 50,000 events waited
    sent = world.env.backend.create_message(world.general.id, alice.id, "during")
    world.app._drained.set()
    await world.env.settle()
    assert await world.messages(alice) == 2
    assert (await world.cursor("discord:live:"))[str(world.general.id)][0] == sent.id


# ------------------------------------------------------------------ acting


@pytest.mark.parametrize(("locale", "words"), [("en", "has reached level 1"), ("zh_CN", "1 级")])
async def test_a_level_is_announced_where_the_creator_said_in_the_communitys_language(
    world: World, locale: str, words: str
) -> None:
    news = world.guild.create_text_channel("news")
    await world.owner.slash(world.general, "setup announce", channel=news)
    await world.owner.slash(world.general, "setup community", language=locale)
    alice = world.join("alice")
    for number in range(8):
        await alice.send(world.general, f"message {number}")
    await world.delivered()
    announced = [shown(message) for message in news.history()]
    assert len(announced) == 1
    assert "alice" in announced[0]
    assert words in announced[0]


async def test_level_2_gives_the_role_and_leaving_it_takes_it(world: World) -> None:
    role = world.guild.create_role("Insider")
    await world.setup_gate(role=role)
    alice = world.join("alice")
    await world.reach_level_2(alice)
    await world.delivered()
    assert world.holds(alice, role)
    await world.owner.slash(world.general, "gate remove", gate="lounge")
    await world.delivered()
    assert not world.holds(alice, role)


async def test_a_channel_behind_the_gate_opens_and_closes(world: World) -> None:
    hidden, seen = discord.PermissionOverwrite(view_channel=False), discord.PermissionOverwrite(view_channel=True)
    lounge = world.guild.create_text_channel("lounge", overwrites={world.guild.default_role: hidden, world.role: seen})
    await world.setup_gate(channel=lounge)
    alice = world.join("alice")
    await world.reach_level_2(alice)
    await world.delivered()
    channel = world.adapter.client.get_channel(lounge.id)
    assert isinstance(channel, discord.TextChannel)
    assert channel.overwrites_for(discord.Object(alice.id)).view_channel is True
    await world.owner.slash(world.general, "gate remove", gate="lounge")
    await world.delivered()
    assert channel.overwrites_for(discord.Object(alice.id)).is_empty()
    assert alice.id not in [target.id for target in channel.overwrites]


@pytest.mark.parametrize(
    ("locale", "advice"), [("en", "Move my role above High in Server settings → Roles."), ("zh_CN", "High")]
)
async def test_a_role_above_ours_is_refused_and_the_doctor_says_what_to_do(
    world: World, locale: str, advice: str
) -> None:
    await world.owner.slash(world.general, "setup community", language=locale)
    role = world.guild.create_role("High")
    await world.setup_gate(role=role)
    world.env.backend.reorder_roles(world.guild.id, [{"id": role.id, "position": 50}])
    alice = world.join("alice")
    await world.reach_level_2(alice)
    await world.delivered()
    assert not world.holds(alice, role)
    assert world.calls("PUT", "/guilds/*/members/*/roles/*") == 0
    result = await world.owner.slash(world.general, "doctor")
    assert result.response is not None
    assert world.deferrals() == 1
    assert result.ephemeral
    assert advice in answer(result)
    number = (await world.profile(alice)).community
    assert [why for _, why in await world.app.store.read(outbox.failures, number)]


async def test_a_member_who_has_left_needs_no_role_taken(world: World) -> None:
    role = world.guild.create_role("Insider")
    await world.setup_gate(role=role)
    alice = world.join("alice")
    await world.reach_level_2(alice)
    await world.delivered()
    world.guild.remove_member(alice)
    await world.delivered()
    assert world.calls("DELETE", "/guilds/*/members/*/roles/*") == 0
    number = (await world.profile(alice)).community
    assert await world.app.store.read(outbox.failures, number) == []
    assert await world.app.store.read(grants.of_community, number) == []


async def test_discord_being_down_is_tried_again(world: World, clock: Clock) -> None:
    role = world.guild.create_role("Insider")
    await world.setup_gate(role=role)
    alice = world.join("alice")
    world.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=503)
    await world.reach_level_2(alice)
    async with asyncio.timeout(10):
        while not world.holds(alice, role):  # the first attempt may be under way in the application's own loop
            await world.app.deliver(clock.advance(minutes=5))
    await world.delivered()
    assert world.calls("PUT", "/guilds/*/members/*/roles/*") == 2


async def test_who_takes_no_private_messages_is_left_alone(world: World) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "hello")
    me = await world.profile(alice)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, message="Cannot send messages")
    await world.app.store.write(nudge, me.community, me.member, world.app.clock())
    await world.delivered()
    assert world.calls("POST", "/channels/*/messages") == 1
    found = await world.app.store.read(outbox.failures, me.community)
    assert [why for _, why in found] == ["The member takes no private messages from me."]


def nudge(connection: Connection, community: int, member: int, now: datetime) -> None:
    """Post a nudge."""
    wanted = outbox.Wanted(
        seat=Seat(member=member, community=community),
        key="n",
        heard=member_account(community, member),
        effect=Nudge(notice="level_up", values={"level": 7}),
    )
    outbox.post(connection, [wanted], now)


async def test_a_channel_hidden_from_the_bot_can_not_be_opened_and_the_advice_says_so(world: World) -> None:
    hidden, seen = discord.PermissionOverwrite(view_channel=False), discord.PermissionOverwrite(view_channel=True)
    lounge = world.guild.create_text_channel("lounge", overwrites={world.guild.default_role: hidden, world.role: seen})
    await world.setup_gate(channel=lounge)
    world.env.backend.delete_overwrite(lounge.id, world.role.id)
    alice = world.join("alice")
    await world.reach_level_2(alice)
    await world.delivered()
    ((_, why),) = await world.app.store.read(outbox.failures, (await world.profile(alice)).community)
    assert why == "Give me 'View Channel' and 'Manage Permissions' in lounge (Edit channel → Permissions)."


# ------------------------------------------------------------------ rights


async def test_a_member_who_calls_setup_is_refused_and_nothing_changes(world: World) -> None:
    alice = world.join("alice")
    root = world.env.backend.find_command("setup", world.guild.id, type=1)
    assert root is not None
    world.guild.set_command_permissions(int(root["id"]), {alice: True})
    result = await alice.slash(world.general, "setup community", name="Mine now")
    assert result.response is not None
    assert result.ephemeral
    assert "is for the creator only" in shown(result.response.message)
    community = await world.app.store.read(members.community, (await world.profile(alice)).community)
    assert community.name == "Academy"
    assert await world.app.store.read(gates.bound, community.id) == []


# ------------------------------------------------------------------ pictures


async def test_a_picture_is_the_one_shown_in_the_server_then_ones_own_then_none(world: World) -> None:
    user = world.env.create_user("alice", avatar="a" * 32)
    alice, bob = world.guild.add_member(user), world.join("bob")
    space = str(world.guild.id)
    blobs = world.env.backend.cdn._blobs
    blobs[f"https://cdn.discordapp.com/avatars/{alice.id}/{'a' * 32}.png?size=256"] = b"own"
    blobs[f"https://cdn.discordapp.com/guilds/{space}/users/{alice.id}/avatars/{'b' * 32}.png?size=256"] = b"here"
    assert await world.adapter.portrait(space, str(alice.id)) == b"own"
    world.env.backend.get_guild(world.guild.id).members[alice.id].avatar = "b" * 32
    assert await world.adapter.portrait(space, str(alice.id)) == b"here"
    assert await world.adapter.portrait(space, str(bob.id)) is None
    assert await world.adapter.portrait(space, "123") is None


# ------------------------------------------------------------------ roles


async def test_a_role_that_a_rule_speaks_of_multiplies_from_then_on(world: World) -> None:
    role = world.guild.create_role("Mentor")
    alice = world.join("alice", roles=[role])
    first = await alice.send(world.general, "what is a monad?")
    one = world.app.rules.earn.message
    points = (await world.profile(alice)).state.engagement.points
    assert points == amount(f"discord:message:{first.id}", one)
    community = (await world.profile(alice)).community
    tripled = {"multipliers": [{"role": str(role.id), "factor": 3}]}
    await world.app.amend_rules(community, tripled, what="mentors", by="olga")
    assert world.app.heeded_roles == {str(role.id)}
    second = await alice.send(world.general, "a burrito that is folded twice")
    bob = world.join("bob")
    third = await bob.send(world.general, "and who eats all of that?")
    expected = points + 3 * amount(f"discord:message:{second.id}", one)
    assert (await world.profile(alice)).state.engagement.points == expected
    assert (await world.profile(bob)).state.engagement.points == amount(f"discord:message:{third.id}", one)
    history = await world.app.store.read(members.history, (await world.profile(alice)).member)
    assert [f'"roles":["{role.id}"]' in row.data for row in history] == [False, False, True]
    await world.app.undo_rules(community)
    assert world.app.heeded_roles == frozenset()
