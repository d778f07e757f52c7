"""Questions that people answer: whom they are put before, who may say what of an answer, and once."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.commands import Rank
from bot.storage import questions
from tests.cogs.conftest import Say, button, labels, press, profile
from tests.cogs.questions import ACCEPTED, ASKED, handed_on, invited, log, question
from tests.conftest import Clock
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk")


# ------------------------------------------------------------------ people answer


@pytest.mark.usefixtures("library", "experts")
async def test_a_question_goes_to_those_who_may_know_is_answered_accepted_and_found_again(
    app: App, say: Say, port: FakePort
) -> None:
    reply = await say("ann", "ask", question=ASKED)
    assert (reply.title, reply.private) == ("❓ Ann asks (question 1)", False)
    assert reply.text.startswith(f"{ASKED}\n\nI have asked 2 members who may know.\nIf nobody answers by Nov 22, 2026,")
    assert labels(reply) == ["Answer", "Take it back"]
    first = "🙋 Ann asks, and you may know it. Question 1:"
    assert await handed_on(app, port) == [
        ("bo", "question_for_you", first, ["Answer", "Not for me"]),
        ("cy", "question_for_you", first, ["Answer", "Not for me"]),
    ]
    form = (await press(say, "陈默", reply, "Answer")).form
    assert form is not None
    assert (form.command, form.options, form.blanks[0].name) == ("answer", {"number": 1}, "text")
    answered = await say("bo", "answer", number=1, text="  Any with 32 GB: the linker eats memory. ")
    assert (answered.private, labels(answered)) == (False, ["That answers it", "Helpful"])
    assert answered.text == (f"💬 Bo answers question 1, “{ASKED}”:\n\nAny with 32 GB: the linker eats memory.")
    assert ((await question(app)).status, (await question(app)).due_at) == ("answered", None)
    assert await handed_on(app, port) == [
        ("ann", "answer_for_you", f"💬 Bo answers your question 1, “{ASKED}”:", ["That answers it", "Not yet"])
    ]
    before = (await profile(app, "bo")).state.engagement
    accepted = await press(say, "ann", answered, "That answers it")
    assert (accepted.replaces, accepted.private) == (True, False)
    assert accepted.text.endswith(f"✅ That is the answer. Well done, Bo: {ACCEPTED} points!")
    after = (await profile(app, "bo")).state.engagement
    assert (after.answers, after.quality - before.quality) == (1, ACCEPTED)
    again = await press(say, "ann", answered, "That answers it")
    assert (again.error, again.text) == (True, "That was accepted as the answer already.")
    assert (await profile(app, "bo")).state.engagement == after
    assert [type(one).__name__ for one in await log(app, "ann")] == ["QuestionAsked", "QuestionSettled"]
    assert [type(one).__name__ for one in await log(app, "bo")] == ["QuestionAnswered", "AnswerAccepted"]
    found = await say("cy", "ask", question="A good laptop for compiling rust?")
    assert "💡 Which laptop is good for compiling Rust?: Any with 32 GB: the linker eats memory." in found.text
    assert button(found, "Question 1").options == {"number": 1}
    assert "✅ Bo: Any with 32 GB" in (await press(say, "cy", found, "Question 1")).text
    searched = await say("cy", "search", words="laptop linker")
    assert [(one.name, one.value) for one in searched.fields] == [
        (f"❓ {ASKED}", "Any with 32 GB: the linker eats memory.")
    ]
    assert labels(searched) == ["Question 1"]


@pytest.mark.usefixtures("experts")
@pytest.mark.parametrize(
    ("user", "path", "options", "words"),
    [
        ("ann", "answer", {"number": 1, "text": "Me"}, "That is your own question. If you know the answer by now,"),
        ("bo", "answer", {"number": 1, "text": "Again"}, "You have answered question 1 already."),
        ("cy", "answer", {"number": 7, "text": "What?"}, "There is no question 7 here any more."),
        ("cy", "answer", {"number": 1, "text": "a" * 1501}, "text must have 0 to 1,500 characters."),
        ("bo", "question accept", {"answer": 1}, "That is your own answer: somebody else has to accept it."),
        ("cy", "question accept", {"answer": 1}, "Only whoever asked, or a moderator, can say that."),
        ("cy", "question accept", {"answer": 9}, "That answer is not here any more."),
        ("cy", "question reject", {"answer": 1}, "Only whoever asked, or a moderator, can say that."),
        ("bo", "question helpful", {"answer": 1}, "You can't thank yourself."),
        ("ann", "question helpful", {"answer": 1}, "You asked this: press “That answers it” if it does."),
        ("cy", "question close", {"number": 1}, "Only whoever asked, or a moderator, can say that."),
        ("陈默", "question decline", {"number": 1}, "Question 1 is not before you."),
        ("ann", "question helped", {"number": 1}, "Question 1 is with people already."),
        ("cy", "question helped", {"number": 1}, "Only whoever asked can say that."),
    ],
)
async def test_who_may_not_is_refused_and_nothing_changes(
    app: App, say: Say, user: str, path: str, options: dict[str, object], words: str
) -> None:
    await say("ann", "ask", question=ASKED)
    await say("bo", "answer", number=1, text="Any.")
    was = await question(app), await app.store.read(questions.answers_of, 1), await invited(app)
    quality = (await profile(app, "bo")).state.engagement.quality
    reply = await say(user, path, **options)
    assert (reply.error, reply.private) == (True, True)
    assert reply.text.startswith(words)
    assert (await question(app), await app.store.read(questions.answers_of, 1), await invited(app)) == was
    assert (await profile(app, "bo")).state.engagement.quality == quality


async def test_a_moderator_accepts_too_but_never_their_own(app: App, say: Say) -> None:
    await say("ann", "ask", question=ASKED)
    await say("bo", "answer", number=1, text="Any.")
    assert (await say("bo", "question accept", rank=Rank.CREATOR, answer=1)).error
    assert not (await say("cy", "question accept", rank=Rank.MODERATOR, answer=1)).error
    assert (await question(app)).status == "solved"
    late = await say("cy", "answer", number=1, text="Too late")
    assert (late.error, late.text) == (True, "Question 1 is over: it needs no answer any more.")
    second = await say("ann", "question reject", answer=1)
    assert (second.error, second.text) == (True, "Question 1 is over already.")


async def test_helpful_is_thanks_once(app: App, say: Say) -> None:
    await say("ann", "ask", question=ASKED)
    answered = await say("bo", "answer", number=1, text="Any.")
    assert not (await press(say, "cy", answered, "Helpful")).error
    assert (await press(say, "cy", answered, "Helpful")).text == "You have said so already."
    assert ((await profile(app, "bo")).state.engagement.thanks, (await question(app)).status) == (1, "answered")


async def test_an_answer_turned_down_lets_the_clock_go_on_and_may_be_mended(app: App, say: Say, clock: Clock) -> None:
    await say("ann", "ask", question=ASKED)
    await say("bo", "answer", number=1, text="Any.")
    await say("cy", "answer", number=1, text="A big one.")
    clock.advance(hours=5)
    await say("ann", "question reject", answer=1)
    assert ((await question(app)).status, (await question(app)).due_at) == ("answered", None)
    await say("ann", "question reject", answer=2)
    assert ((await question(app)).status, (await question(app)).due_at) == ("open", clock() + timedelta(hours=24))
    assert not (await say("bo", "answer", number=1, text="Any with 32 GB.")).error
    assert (await question(app)).answers == 1


@pytest.mark.usefixtures("experts")
async def test_who_declines_is_followed_by_somebody_else(app: App, say: Say, port: FakePort) -> None:
    await say("ann", "rules set", rank=Rank.CREATOR, key="asking.people", value="1", sure=True)
    await say("ann", "ask", question=ASKED)
    assert await invited(app) == {"bo"}
    declined = await say("bo", "question decline", number=1)
    assert (declined.replaces, declined.text) == (True, "All right: I ask somebody else.")
    assert await invited(app) == {"bo", "cy"}
    assert [one[0] for one in await handed_on(app, port)] == ["cy"], "what was declined is not sent any more"
    assert (await say("bo", "question decline", number=1)).text == "Question 1 is not before you."


@pytest.mark.usefixtures("experts")
@pytest.mark.parametrize(
    "options", [{"wanted": "off"}, {"wanted": "off", "topic": "questions"}, {"wanted": "complain"}]
)
async def test_nobody_is_asked_who_wants_no_such_notices_or_has_enough_before_them(
    app: App, say: Say, options: dict[str, str]
) -> None:
    assert not (await say("cy", "notify", **options)).error
    for number in range(1, 5):
        await say("ann", "ask", question=f"{ASKED} Number {number} of many")
    assert [await invited(app, number) for number in range(1, 5)] == [{"bo"}, {"bo"}, {"bo"}, set()]


async def test_who_asks_or_answers_was_there(app: App, say: Say, clock: Clock) -> None:
    now = clock.advance(days=3)
    await say("ann", "ask", question=ASKED)
    await say("bo", "answer", number=1, text="Any.")
    for user in ("ann", "bo"):
        state = (await profile(app, user)).state
        assert (state.engagement.last_at, state.habit.runs[-1][1]) == (now, now.toordinal())
    assert (await profile(app, "cy")).state.engagement.last_at == now - timedelta(days=3)
