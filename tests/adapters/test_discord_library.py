"""The library on Discord: a message and its file are taken by its menu, and its file is found where it hangs."""

import discord

from bot.engine.library import Content
from bot.storage import library
from tests.adapters.discord_world import World, answer
from tests.conftest import START


async def test_a_message_with_a_file_joins_the_library_and_its_file_is_linked(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    notes = await bob.send(world.general, "My notes on borrowing", attachments=[("notes.pdf", b"%PDF")])
    await world.stored()
    asked = await world.owner.context_menu(world.general, "Add to library", notes)
    assert asked.modal is not None
    made = await world.owner.submit_modal(asked, {"title": "Notes on borrowing", "kind": ["file"], "plan": ["-"]})
    assert "Notes on borrowing is in the library." in answer(made)
    (item,) = await world.adapter.app.store.read(library.of_community, 1)
    assert (item.body, item.kind, item.plan) == ("My notes on borrowing", "file", "")
    assert item.file == {"discord": f"{world.general.id}/{notes.id}"}
    opened = await alice.slash(world.general, "study open", content="#1")
    assert opened.ephemeral
    assert opened.response is not None
    (url,) = [one.url for one in _buttons(opened.response.message) if one.label == "📎 notes.pdf"]
    assert url == notes.attachments[0].url
    await bob.delete(notes)
    await world.stored()
    (item,) = await world.adapter.app.store.read(library.of_community, 1, archived=True)
    assert (item.archived, item.body, item.file) == (True, "", {})


async def test_a_discussion_worth_keeping_leads_to_where_it_stands(world: World) -> None:
    bob = world.join("bob")
    said = await bob.send(world.general, "Many may look, one may write.")
    await world.stored()
    asked = await world.owner.context_menu(world.general, "Add to library", said)
    await world.owner.submit_modal(asked, {"title": "Borrowing", "kind": ["thread"], "plan": ["-"]})
    (item,) = await world.adapter.app.store.read(library.of_community, 1)
    place = f"https://discord.com/channels/{world.guild.id}/{world.general.id}/{said.id}"
    assert (item.kind, item.url, item.body) == ("thread", place, "Many may look, one may write.")


async def test_a_file_that_is_gone_is_said_to_be(world: World) -> None:
    alice = world.join("alice")
    await alice.send(world.general, "hello")
    await world.stored()
    file = {"discord": f"{world.general.id}/1"}
    item = Content(name="own", kind="file", title="Ownership", published_at=START, body="One owner.", file=file)
    await world.adapter.app.store.write(library.put, 1, item)
    opened = await alice.slash(world.general, "study open", content="own")
    assert "One owner." in answer(opened)
    assert "Its file is not there any more. Tell the creator." in answer(opened)


def _buttons(message: discord.Message | None) -> list[discord.Button]:
    assert message is not None
    rows = [one for one in message.components if isinstance(one, discord.ActionRow)]
    return [one for row in rows for one in row.children if isinstance(one, discord.Button)]
