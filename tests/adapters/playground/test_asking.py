"""A question in the playground: asked, put before somebody, answered in a form, accepted by a button in private."""

import pytest

from bot.adapters.playground import Playground
from bot.adapters.playground.place import BOT, PRIVATE, Post
from bot.events import InterestsChosen
from bot.reply import Button
from tests.adapters.playground.conftest import delivered

ASKED = "Which zither should a beginner buy?"


def last(playground: Playground, channel: str, user: str) -> Post:
    return playground.place.posts(channel, user)[-1]


def button(post: Post, label: str) -> Button:
    assert post.reply is not None
    return next(one for row in post.reply.buttons for one in row if one.label == label)


@pytest.mark.parametrize("how", ["publicly", "anonymously"])
async def test_a_question_finds_who_may_know_and_the_answer_finds_who_asked(playground: Playground, how: str) -> None:
    chosen = InterestsChosen(
        key="interests",
        at=playground.clock(),
        who=playground.caller("mei", "welcome", "en").account,
        topics=("zither",),
    )
    await playground.app.submit([chosen])
    await playground.command("nora", "questions", f"/ask question: {ASKED} how: {how}", {}, "en")
    mine = last(playground, "questions", "nora")
    assert mine.reply is not None
    assert "I have asked 3 members who may know." in mine.reply.text
    await delivered(playground, lambda: len(playground.place.posts(PRIVATE, "mei")) == 1)
    put = last(playground, PRIVATE, "mei")
    assert put.reply is not None
    assert put.reply.text.startswith("🙋 Nora Lind asks" if how == "publicly" else "🙋 Somebody asks")
    assert ASKED in put.reply.text
    stands = last(playground, "questions", "tomas")
    assert (stands.author, stands.asked) == (BOT, ("nora", "ask") if how == "publicly" else None)
    form = await playground.press("mei", put, button(put, "Answer"), "en")
    assert form is not None
    await playground.fill("mei", PRIVATE, form, {"text": "A small one with 21 strings."}, "en")
    await delivered(playground, lambda: len(playground.place.posts(PRIVATE, "nora")) == 1)
    answer = last(playground, PRIVATE, "nora")
    assert answer.reply is not None
    assert answer.reply.text.endswith("\n\nA small one with 21 strings.")
    shown = last(playground, "questions", "tomas")
    assert shown.reply is not None
    assert shown.reply.text.endswith("\n\nA small one with 21 strings.")
    before = playground.place.users["mei"].points
    await playground.press("nora", answer, button(answer, "That answers it"), "en")
    said = last(playground, PRIVATE, "nora")
    assert said.reply is not None
    assert said.reply.text.endswith("✅ That is the answer. Well done, 陈梅: 100 points!")
    await delivered(playground, lambda: playground.place.users["mei"].points == before + 100)
