"""Discord from a member's message to the announcement, on simcord."""

from tests.adapters.discord_world import World


async def test_a_message_counts_for_its_author(world: World) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "hello there")
    assert await world.messages(alice) == 1
