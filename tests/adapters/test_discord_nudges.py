"""Nudges on Discord: in a thread of the member's own, where they wrote, or in private; and what each refusal means."""

import discord
import pytest
from simcord.actors import MemberActor

from bot.delivery import GiveUp, TryAgain
from bot.effects import Nudge
from bot.events import Account
from bot.storage.outbox import Task
from tests.adapters.discord_world import World


async def nudged(world: World, alice: MemberActor, target: str, key: str = "k") -> None:
    """Hand a nudge for a member to the adapter, whose turn it is now."""
    me = await world.profile(alice)
    who = Account(platform="discord", space=str(world.guild.id), user=str(alice.id), name="alice")
    effect = Nudge(notice="unanswered", variant="plain", row=7)
    task = Task(
        id=1, key=key, community=me.community, member=me.member, member_name="alice", locale="en", account=who,
        target=target, effect=effect, attempts=1,
    )  # fmt: skip
    await world.adapter.perform(task)


async def test_a_nudge_goes_into_a_private_thread_that_is_opened_once(world: World) -> None:
    alice = world.join("alice")
    await nudged(world, alice, f"thread:{world.general.id}")
    await nudged(world, alice, f"thread:{world.general.id}", key="k2")
    (thread,) = world.general.threads
    channel = world.adapter.client.get_channel(thread.id)
    assert isinstance(channel, discord.Thread)
    assert (channel.name, channel.is_private()) == ("For alice", True)
    (opened,) = [one.json for one in world.env.http_requests if one.path == f"/channels/{world.general.id}/threads"]
    assert isinstance(opened, dict)
    assert opened["invitable"] is False
    history = [message async for message in channel.history()]
    said = [message for message in history if message.type is discord.MessageType.default]
    assert len(said) == 2
    assert said[0].content.startswith("Nobody has answered your message yet, alice.")
    labels = [one.label for row in said[0].components for one in row.children]  # type: ignore[union-attr]
    assert labels == ["Not interested in this", "Fewer of these", "Complain"]
    assert world.calls("PUT", f"/channels/{thread.id}/thread-members/{alice.id}") == 1


async def test_a_thread_whose_member_could_not_be_taken_in_is_used_again(world: World) -> None:
    alice = world.join("alice")
    world.env.inject_error("PUT", "/channels/*/thread-members/*", status=503)
    with pytest.raises(TryAgain):
        await nudged(world, alice, f"thread:{world.general.id}")
    await nudged(world, alice, f"thread:{world.general.id}")
    (thread,) = world.general.threads
    assert world.calls("POST", f"/channels/{world.general.id}/threads") == 1
    assert world.calls("PUT", f"/channels/{thread.id}/thread-members/{alice.id}") == 2
    assert world.calls("POST", f"/channels/{thread.id}/messages") == 1


async def test_a_thread_that_its_member_can_never_be_in_is_deleted(world: World) -> None:
    alice = world.join("alice")
    world.env.inject_error("PUT", "/channels/*/thread-members/*", status=403, code=50001)
    with pytest.raises(GiveUp) as caught:
        await nudged(world, alice, f"thread:{world.general.id}")
    assert caught.value.closed
    assert world.general.threads == []
    await nudged(world, alice, f"thread:{world.general.id}")
    (thread,) = world.general.threads
    assert world.calls("POST", f"/channels/{thread.id}/messages") == 1


async def test_without_the_right_to_open_threads_the_next_rung_is_tried(world: World) -> None:
    alice = world.join("alice")
    no = discord.PermissionOverwrite(create_private_threads=False)
    hall = world.guild.create_text_channel("hall", overwrites={world.guild.default_role: no})
    with pytest.raises(GiveUp, match="Create Private Threads") as caught:
        await nudged(world, alice, f"thread:{hall.id}")
    assert caught.value.closed
    with pytest.raises(GiveUp, match="no text channel") as nowhere:
        await nudged(world, alice, "thread:1")
    assert nowhere.value.closed
    assert hall.threads == []


async def test_an_unanswered_message_is_answered_where_it_was_written(world: World) -> None:
    alice = world.join("alice")
    asked = await alice.send(world.general, "how does one begin?")
    await nudged(world, alice, f"reply:{world.general.id}:{asked.id}")
    channel = world.adapter.client.get_channel(world.general.id)
    assert isinstance(channel, discord.TextChannel)
    (last,) = [message async for message in channel.history(limit=1)]
    assert last.reference is not None
    assert last.reference.message_id == asked.id
    assert last.content.startswith("alice is new here, and nobody has answered yet.")
    assert last.components == []


@pytest.mark.parametrize(("code", "closed"), [(50007, True), (50278, True), (50013, False)])
async def test_a_private_chat_that_refuses_is_told_from_other_refusals(world: World, code: int, closed: bool) -> None:
    alice = world.join("alice")
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=code, message="no")
    with pytest.raises(GiveUp) as caught:
        await nudged(world, alice, "private")
    assert caught.value.closed == closed


async def test_private_chats_opened_too_fast_stop_the_queue(world: World) -> None:
    alice = world.join("alice")
    world.env.inject_error("POST", "/users/@me/channels", status=400, code=40003, message="too fast")
    with pytest.raises(TryAgain) as caught:
        await nudged(world, alice, "private")
    assert (caught.value.too_fast, caught.value.after) == (True, 3600.0)
