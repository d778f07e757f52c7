"""Questions on Discord: posted by the bot when asked without a name, answered in a form, accepted by a button."""

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
