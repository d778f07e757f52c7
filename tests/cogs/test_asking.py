"""Questions: answered by the library at once, what is refused, and another answerer that is plugged in."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.answering import Answered
from bot.app import App
from bot.commands import Rank
from bot.engine.searching.passages import Passage
from bot.events import (
    ContentShown,
    Event,
    QuestionAsked,
    QuestionSettled,
)
from bot.storage.ledger import EVENTS
from bot.storage.questions import QUESTIONS, ROUTES
from bot.storage.store import Connection
from bot.words import from_json
from tests.cogs.conftest import Say, button, labels, press, profile, publish
from tests.cogs.questions import KNOWN, count, handed_on, log, question
from tests.conftest import Clock
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk")


# ------------------------------------------------------------------ the library answers


@pytest.mark.usefixtures("library")
async def test_a_question_that_the_library_answers_is_answered_at_once_with_its_source(app: App, say: Say) -> None:
    reply = await say("bo", "ask", question=KNOWN)
    assert (reply.title, reply.private) == ("❓ Bo asks (question 1)", False)
    assert reply.text == (
        f"{KNOWN}\n\n💡 Refunds: Within 14 days of the first payment you get all of your money back. "
        "Write to the creator.\n\nDid this help?"
    )
    assert labels(reply) == ["Yes, thanks", "No, ask people", "📄 Refunds"]
    assert button(reply, "📄 Refunds").command == "study open"
    kept = await question(app)
    assert (kept.status, kept.source, kept.due_at) == ("offered", "content:1", None)
    assert labels(await say("bo", "question show", number=1)) == ["Yes, thanks", "No, ask people"]
    assert labels(await say("cy", "question show", number=1)) == []
    assert (await press(say, "cy", reply, "Yes, thanks")).text == "Only whoever asked can say that."
    helped = await press(say, "bo", reply, "Yes, thanks")
    assert (helped.replaces, helped.private, helped.text) == (
        True,
        False,
        f"{KNOWN}\n\n✅ The library has answered it.",
    )
    assert (await question(app)).status == "library"
    assert (await press(say, "bo", reply, "Yes, thanks")).text == "Question 1 is over already."
    asked_, settled = await log(app, "bo")
    assert isinstance(asked_, QuestionAsked)
    assert isinstance(settled, QuestionSettled)
    assert (asked_.question, settled.question, settled.by) == ("1", "1", "library")
    assert await count(app, ROUTES) == 0


@pytest.mark.usefixtures("library", "experts")
async def test_what_did_not_help_goes_to_people_once(app: App, say: Say, port: FakePort, clock: Clock) -> None:
    offered = await say("ann", "ask", question=f"{KNOWN} Bought with a laptop")
    assert "Did this help?" in offered.text
    opened = await press(say, "ann", offered, "No, ask people")
    assert (opened.replaces, opened.private) == (True, False)
    assert "I have asked 2 members who may know." in opened.text
    assert (await question(app)).due_at == clock() + timedelta(hours=24)
    assert [one[0] for one in await handed_on(app, port)] == ["bo", "cy"]
    again = await press(say, "ann", offered, "No, ask people")
    assert (again.error, again.text) == (True, "Question 1 is with people already.")


@pytest.mark.usefixtures("library")
async def test_what_is_behind_a_plan_answers_only_those_who_have_it_and_them_alone(
    app: App, say: Say, port: FakePort
) -> None:
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    await publish(say, "Secret sauce", "The secret sauce of compilers is a peephole optimiser.", plan="pro")
    asks = "What is the secret sauce of compilers?"
    assert "peephole" not in (await say("bo", "ask", question=asks)).text
    assert (await question(app)).status == "open"
    told = await say("ann", "ask", question=asks)
    assert "peephole" in told.text, "it is the creator's own"
    assert told.private is True, "what is paid for is not shown to the channel"
    await handed_on(app, port)
    opened = await press(say, "ann", told, "No, ask people")
    assert (opened.private, opened.replaces) == (True, True)
    assert [(one[0], one[1]) for one in await handed_on(app, port)] == [("#c", "question_posted")]


@pytest.mark.usefixtures("library")
async def test_what_was_shown_counts_as_shown(app: App, say: Say) -> None:
    await say("bo", "ask", question=KNOWN)
    member = (await profile(app, "bo")).member

    def find(connection: Connection) -> list[str]:
        return list(connection.scalars(select(EVENTS.c.data).where(EVENTS.c.member_id == member)))

    events: list[Event] = [from_json(Event, data) for data in await app.store.read(find)]
    shown = [one for one in events if isinstance(one, ContentShown)]
    assert [(one.items, one.place) for one in shown] == [(("1",), "ask")]


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("words", ["how do I", "???", "🙂🙂🙂", "怎么", "\u202e\u200b!!"])
async def test_a_question_without_a_word_that_matters_is_refused(app: App, say: Say, words: str) -> None:
    reply = await say("ann", "ask", question=words)
    assert (reply.error, reply.text) == (
        True,
        "Say in a sentence what you want to know, with the words that matter.",
    )
    assert await count(app, QUESTIONS) == 0


@pytest.mark.parametrize("words", ["", "   ", "\0"])
async def test_no_words_open_a_form(app: App, say: Say, words: str) -> None:
    reply = await say("ann", "ask", question=words)
    assert reply.form is not None
    assert [blank.name for blank in reply.form.blanks] == ["question", "how"]
    assert await count(app, QUESTIONS) == 0


async def test_hostile_words_are_kept_and_shown_to_the_letter(app: App, say: Say) -> None:
    hostile = "@everyone <b>laptop</b> {number} %s {} '; DROP TABLE questions; --\x00\ud800 [x](javascript:1)"
    reply = await say("ann", "ask", question=hostile)
    kept = "@everyone <b>laptop</b> {number} %s {} '; DROP TABLE questions; -- [x](javascript:1)"
    assert (await question(app)).text == kept
    assert reply.text.startswith(kept)
    answered = await say("bo", "answer", number=1, text="{member} {text} \0")
    assert answered.text.endswith("{member} {text}")


async def test_too_long_is_refused(app: App, say: Say) -> None:
    assert (await say("ann", "ask", question="why " * 251)).error
    assert await count(app, QUESTIONS) == 0


async def test_the_same_twice_and_too_many_are_refused(app: App, say: Say, clock: Clock) -> None:
    for number in range(5):
        assert not (await say("ann", "ask", question=f"Which laptop of kind {number}?")).error
    same = await say("bo", "ask", question="Which editor?")
    assert not same.error
    twice = await say("bo", "ask", question="which  EDITOR?")
    assert twice.text == "You have asked that already: it is question 6. /question show says how it stands."
    sixth = await say("ann", "ask", question="Which desk?")
    assert sixth.text.startswith("You have asked 5 questions within 24 hours")
    assert await count(app, QUESTIONS) == 6
    clock.advance(hours=24, seconds=1)
    assert not (await say("ann", "ask", question="Which desk?")).error


# ------------------------------------------------------------------ the port


class Clever:
    """An answerer that is plugged in: says what the test says."""

    def __init__(self, text: str = "Mine", source: Passage | None = None, error: Exception | None = None) -> None:
        self.text, self.source, self.error = text, source, error
        self.given: list[tuple[str, Sequence[str], float]] = []

    async def answer(self, question: str, passages: Sequence[Passage], match: float) -> Answered | None:
        """Note what is asked."""
        self.given.append((question, [one.key for one in passages], match))
        if self.error is not None:
            raise self.error
        return Answered(text=self.text, source=self.source or passages[0]) if passages else None


@pytest.mark.usefixtures("library")
async def test_an_answerer_that_is_plugged_in_is_given_what_was_found(app: App, say: Say) -> None:
    app.answerer = clever = Clever("In short: within 14 days.")
    reply = await say("bo", "ask", question="Is money refunded?")
    assert clever.given == [("Is money refunded?", ["content:1"], 0.6)]
    assert "💡 Refunds: In short: within 14 days." in reply.text
    await say("bo", "ask", question="Which zebra?")
    assert (await question(app, 2)).status == "open"


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "broken",
    [
        Clever(error=RuntimeError("no service")),
        Clever(error=TimeoutError()),
        Clever(source=Passage(key="content:99", title="Made up", text="Made up", coverage=1)),
        Clever(text="  "),
    ],
)
async def test_one_that_fails_or_names_no_source_is_not_believed(say: Say, app: App, broken: Clever) -> None:
    app.answerer = broken
    reply = await say("bo", "ask", question=KNOWN)
    assert "💡 Refunds: Within 14 days of the first payment" in reply.text
    assert "Made up" not in reply.text


@pytest.mark.usefixtures("library")
async def test_what_answers_for_all_to_read_never_rests_on_what_is_behind_a_plan(app: App, say: Say) -> None:
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    await publish(say, "Money back in secret", "Get the money of a refund within the hour by the red form.", plan="pro")
    app.answerer = clever = Clever("In short.")
    openly = await say("ann", "ask", question="Can I get my money back within 14 days?")
    privately = await say("ann", "ask", question="Can I get my money back within 14 days, please?", how="privately")
    secret = await say("ann", "ask", question="How does one get the money of a refund within the hour?")
    assert [keys for _, keys, _ in clever.given] == [["content:1"], ["content:1", "content:3"], ["content:3"]]
    assert [one.private for one in (openly, privately, secret)] == [False, True, True]
