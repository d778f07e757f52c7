"""Questions on Discord: posted by the bot when asked without a name, answered in a form, accepted by a button."""

import discord
import pytest

from bot.storage import questions
from tests.adapters.discord_world import World, answer, shown

ASKED = "Which zither should a beginner buy? See https://zithers.example/list"


async def test_what_is_asked_without_a_name_is_posted_by_the_bot_and_answered_in_a_form(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    await bob.send(world.general, "hello")
    asked = await alice.slash(world.general, "ask", question=ASKED, how="anonymously")
    assert "Nobody is told that you ask." in answer(asked)
    await world.delivered()
    posted = world.general.history(viewer=bob)[-1]
    assert shown(posted) == f"❓ Question 1, asked without a name:\n\n{ASKED}"
    pressed = await bob.click(posted, label="Answer")
    assert pressed.modal is not None
    said = await bob.submit_modal(pressed, {"text": "A small one. " * 100})
    assert "bob answers question 1" in answer(said)
    await world.delivered()
    public = world.general.history(viewer=alice)[-1]
    accepted = await alice.click(public, label="That answers it")
    assert "Well done, bob" in answer(accepted)
    await world.delivered()
    last = shown(world.general.history(viewer=bob)[-1])
    assert last.startswith("✅ bob has answered question 1")
    assert all("alice" not in shown(one) for one in world.general.history(viewer=bob))
    community = (await world.profile(alice)).community
    found = await world.app.store.read(questions.find, community, 1)
    assert found is not None
    assert (found.status, found.channel) == ("solved", str(world.general.id))


@pytest.mark.parametrize("times", [1, 150])
async def test_a_long_answer_is_handed_on_whole_with_its_buttons_at_the_end(world: World, times: int) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    await bob.send(world.general, "hello")
    await alice.slash(world.general, "ask", question=ASKED)
    words = "*one* _two_ " * times
    elsewhere = world.guild.create_text_channel("elsewhere")
    done = await bob.slash(elsewhere, "answer", number=1, text=words[:1500])
    assert "handed your answer on" in answer(done)
    await world.delivered()
    pages = [one for one in world.general.history(viewer=alice) if "one" in shown(one)]
    assert "".join(shown(one) for one in pages).replace("\\", "").count("*one*") == words[:1500].count("*one*")
    assert [bool(one.components) for one in pages] == [False] * (len(pages) - 1) + [True]


async def test_what_is_asked_where_a_role_lets_in_is_read_only_there(world: World) -> None:
    vip, everybody = world.guild.create_role("vip"), world.guild.default_role
    alice, bob, carol = world.join("alice", roles=[vip]), world.join("bob"), world.join("carol", roles=[vip])
    hidden, shown_ = discord.PermissionOverwrite(view_channel=False), discord.PermissionOverwrite(view_channel=True)
    vault = world.guild.create_text_channel("vault", overwrites={everybody: hidden, vip: shown_, world.role: shown_})
    await alice.slash(vault, "ask", question=ASKED)
    assert answer(await bob.slash(world.general, "question show", number=1)) == "There is no question 1 here any more."
    assert "zither" not in answer(await bob.slash(world.general, "unanswered"))
    assert "zither" in answer(await carol.slash(world.general, "unanswered"))
