"""Questions: answered by the library, else by people; who sees, who may, once, in time, and by a clock."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import Table, func, select

from bot import jobs
from bot.answering import Answered
from bot.app import App
from bot.commands import Caller, Rank
from bot.delivery import GiveUp
from bot.desk import Desk
from bot.digest import answerable
from bot.engine.asking.clock import Stage
from bot.engine.asking.matching import Passage
from bot.events import (
    Account,
    AnswerAccepted,
    ContentShown,
    Event,
    InterestsChosen,
    QuestionAnswered,
    QuestionAsked,
    QuestionSettled,
    member_account,
    person,
)
from bot.notices import reply as noticed
from bot.storage import asked, gates, members, outbox, privacy, questions, routes
from bot.storage.ledger import EVENTS
from bot.storage.outbox import OUTBOX, PRIVATE
from bot.storage.questions import ANSWERS, QUESTIONS, ROUTES, Question
from bot.storage.store import Connection
from bot.words import from_json, replace
from tests.cogs.conftest import Say, account, button, labels, press, profile
from tests.conftest import Clock
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk")
ACCEPTED = 100
"""What the shipped rules give for an accepted answer."""
ASKED = "Which laptop is good for compiling Rust?"
KNOWN = "Can I get my money back within 14 days of the first payment?"


@pytest.fixture
def port(app: App) -> FakePort:
    """What is handed on to members and channels."""
    made = FakePort("playground")
    app.join(made)
    return made


async def publish(say: Say, title: str, text: str, **options: object) -> None:
    reply = await say("ann", "publish", rank=Rank.CREATOR, title=title, kind="article", text=text, **options)
    assert not reply.error, reply.text


@pytest_asyncio.fixture
async def library(say: Say, talk: None) -> None:
    """One article, for everybody, and something else to compare with."""
    text = "Within 14 days of the first payment you get all of your money back. Write to the creator."
    await publish(say, "Refunds", text, tags="refund")
    await publish(say, "Ownership", "Every value has one owner.", tags="rust")


@pytest_asyncio.fixture
async def experts(app: App, talk: None) -> None:
    """Bo and Cy know of laptops, Bo of Rust as well; 陈默 of neither."""
    await interested(app, "bo", "laptop", "rust")
    await interested(app, "cy", "laptop")
    await interested(app, "陈默", "cooking")


async def interested(app: App, user: str, *topics: str) -> None:
    who = await profile(app, user)
    account = member_account(who.community, who.member)
    await app.submit([InterestsChosen(key=f"interests:{user}", at=app.clock(), who=account, topics=topics)])


async def handed_on(app: App, port: FakePort) -> list[tuple[str, str, str, list[str]]]:
    """(to whom or where, notice, first line, buttons) of what was handed on since the last look."""
    while await app.deliver(app.clock()):
        pass
    told = []
    for task in port.performed:
        notice = getattr(task.effect, "notice", "")
        if notice.startswith(("question", "answer")):
            where = task.account.user if task.target == PRIVATE else f"#{task.target}"
            shown = noticed(task)
            told.append((where, notice, shown.text.split("\n")[0], labels(shown)))
    port.performed.clear()
    return sorted(told)


async def question(app: App, number: int = 1) -> Question:
    found = await app.store.read(questions.find, 1, number)
    assert found is not None
    return found


async def log(app: App, user: str) -> list[Event]:
    """What the log has of a member about questions."""
    member = (await profile(app, user)).member

    def find(connection: Connection) -> list[str]:
        return list(connection.scalars(select(EVENTS.c.data).where(EVENTS.c.member_id == member).order_by(EVENTS.c.id)))

    found: list[Event] = [from_json(Event, data) for data in await app.store.read(find)]
    return [
        one for one in found if isinstance(one, QuestionAsked | QuestionAnswered | QuestionSettled | AnswerAccepted)
    ]


async def count(app: App, rows: Table) -> int:
    def find(connection: Connection) -> int:
        return connection.scalar(select(func.count()).select_from(rows)) or 0

    return await app.store.read(find)


async def invited(app: App, number: int = 1) -> set[str]:
    found = await app.store.read(routes.invited, number)
    names = {(await profile(app, user)).member: user for user in ("ann", "bo", "cy", "陈默")}
    return {names[member] for member in found}


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


# ------------------------------------------------------------------ in private, and without a name


@pytest.mark.usefixtures("experts")
async def test_what_is_asked_in_private_is_read_by_those_asked_and_the_team_alone(
    app: App, say: Say, port: FakePort
) -> None:
    reply = await say("ann", "ask", question=ASKED, how="privately")
    assert (reply.private, labels(reply)) == (True, ["Take it back"])
    assert "Only you, those I ask and the team can read it." in reply.text
    assert [one[0] for one in await handed_on(app, port)] == ["bo", "cy"]
    hidden = "There is no question 1 here any more."
    for path, options in (("question show", {}), ("answer", {"text": "Any."})):
        assert (await say("陈默", path, number=1, **options)).text == hidden
    assert ASKED in (await say("bo", "question show", number=1)).text
    assert ASKED in (await say("dee", "question show", rank=Rank.MODERATOR, number=1)).text
    listed = await say("陈默", "unanswered")
    assert listed.text == "No question waits for you."
    answered = await say("bo", "answer", number=1, text="Any.")
    assert (answered.private, answered.text) == (True, "Thank you! I have handed your answer on.")
    told = await handed_on(app, port)
    assert [(one[0], one[1]) for one in told] == [("ann", "answer_for_you")]
    assert (await say("ann", "question accept", answer=1)).private is True
    assert [(one[0], one[1]) for one in await handed_on(app, port)] == [("bo", "answer_accepted")]
    assert await app.store.read(asked.found, 1, ASKED) == (), "what was asked in private is not found by others"


@pytest.mark.usefixtures("experts")
async def test_what_is_asked_behind_a_gate_is_read_by_those_alone_to_whom_it_is_open(
    app: App, say: Say, desk: Desk, port: FakePort, clock: Clock
) -> None:
    await handed_on(app, port)
    await app.store.write(
        gates.bind,
        community=1,
        gate="vip",
        platform="playground",
        space="s",
        kind="channel",
        target="c",
        now=clock(),
    )
    await say("ann", "ask", question=ASKED)
    assert await handed_on(app, port) == [], "those who may know must not read it"
    bo = await profile(app, "bo")
    assert (await answerable(app, bo), (await say("bo", "unanswered")).text) == ((), "No question waits for you.")
    question_ = await question(app)
    for path in ("question show", "answer"):
        elsewhere = Caller(account=account("bo"), channel="lobby")
        refused = await desk.run(path, elsewhere, {"number": 1, "text": "Any."} if path == "answer" else {"number": 1})
        assert refused.text == "There is no question 1 here any more."
    state = replace(bo.state, access=replace(bo.state.access, open=("vip",)))
    assert await app.store.read(asked.fitting, [question_], bo.member, state) == [question_]
    assert await answerable(app, replace(bo, state=state)) == (question_,)
    await app.store.write(questions.answer, question_, bo.member, "Any with much memory.", clock())
    await say("ann", "question accept", answer=1)
    assert (await say("cy", "search", words=ASKED)).fields == ()
    assert await app.store.read(asked.found, 1, ASKED, open_=()) == ()
    (passage,) = await app.store.read(asked.found, 1, ASKED, open_=("vip",))
    assert passage.text == "Any with much memory."


@pytest.mark.usefixtures("experts")
async def test_who_asks_without_a_name_is_named_nowhere(app: App, say: Say, port: FakePort) -> None:
    replies = [await say("ann", "ask", question=ASKED, how="anonymously")]
    assert (replies[0].private, replies[0].title) == (True, "❓ Question 1")
    told = await handed_on(app, port)
    assert [(one[0], one[1]) for one in told] == [
        ("#c", "question_posted_unnamed"),
        ("bo", "question_for_you_unnamed"),
        ("cy", "question_for_you_unnamed"),
    ]
    answered = await say("bo", "answer", number=1, text="Any.")
    accepted = await press(say, "ann", answered, "That answers it")
    assert accepted.private is True
    more = await handed_on(app, port)
    assert [(one[0], one[1]) for one in more] == [("#c", "answer_accepted_posted"), ("bo", "answer_accepted")]
    replies += [answered, accepted]
    replies += [await say("cy", "question show", number=1), await say("dee", "unanswered", rank=Rank.MODERATOR)]
    said = [part for one in (*told, *more) for part in one[2:3]]
    shown = [text for one in replies for text in (one.title, one.text)] + said
    assert not [text for text in shown if "Ann" in text]
    event = (await log(app, "bo"))[-1]
    assert isinstance(event, AnswerAccepted)
    assert event.by != person("playground", "ann")
    assert (await question(app)).name == ""


async def test_what_could_not_be_handed_on_does_not_tell_the_creator_who_asked(
    app: App, say: Say, port: FakePort
) -> None:
    await handed_on(app, port)
    await say("ann", "ask", question=ASKED, how="anonymously")
    port.plan += [GiveUp("may not write there"), GiveUp("takes no private messages")]
    await handed_on(app, port)
    await say("bo", "answer", number=1, text="Any.")
    await handed_on(app, port)
    failures = await app.store.read(outbox.failures, 1)
    assert failures == [
        ("Relay → question 1", "takes no private messages"),
        ("Relay → question 1", "may not write there"),
    ]


async def test_without_a_name_only_where_the_rules_allow_it(app: App, say: Say) -> None:
    await say("ann", "rules set", rank=Rank.CREATOR, key="asking.anonymous", value="off", sure=True)
    reply = await say("bo", "ask", question=ASKED, how="anonymously")
    assert reply.text == "Questions without a name are not wanted here. Ask publicly or privately."
    form = (await say("bo", "ask")).form
    assert form is not None
    assert [value for value, _ in form.blanks[1].choices] == ["publicly", "privately"]
    assert await count(app, QUESTIONS) == 0


@pytest.mark.parametrize("how", ["privately", "anonymously"])
async def test_where_everybody_reads_what_is_typed_nothing_is_asked_in_secret(app: App, desk: Desk, how: str) -> None:
    account = Account(platform="telegram", space="-100", user="7", name="Ann")
    for space, error in (("-100", True), ("", False)):
        caller = Caller(account=Account(platform="telegram", space=space, user="7", name="Ann"), channel="-100")
        await app.profile(account)
        reply = await desk.run("ask", caller, {"question": ASKED, "how": how})
        assert reply.error is error
        assert reply.private is True
    assert await count(app, QUESTIONS) == 1


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


# ------------------------------------------------------------------ the clock


@pytest.mark.usefixtures("experts")
async def test_what_nobody_answers_is_told_to_the_moderators_then_to_the_creator(
    app: App, desk: Desk, say: Say, port: FakePort, clock: Clock
) -> None:
    await app.store.write(members.tell_staff_in, 1, "playground", "s/staff")
    await say("ann", "rules set", rank=Rank.CREATOR, key="asking.people", value="1", sure=True)
    await say("ann", "ask", question=ASKED)
    await handed_on(app, port)
    clock.advance(hours=23, minutes=59)
    assert await jobs.chase_questions(app, clock()) == 0
    clock.advance(minutes=1)
    assert await app.store.read(questions.next_due) == clock()
    assert await jobs.chase_questions(app, clock()) == 1
    assert await jobs.chase_questions(app, clock()) == 0
    assert await handed_on(app, port) == [
        ("#staff", "question_unanswered", "⏰ Nobody has answered question 1 for 24 hours:", ["Answer"]),
        ("cy", "question_for_you", "🙋 Ann asks, and you may know it. Question 1:", ["Answer", "Not for me"]),
    ]
    assert (await question(app)).stage is Stage.MODERATORS
    clock.advance(days=3)
    assert await jobs.chase_questions(app, clock()) == 1
    assert [one[:2] for one in await handed_on(app, port)] == [("#staff", "question_still_unanswered")]
    assert ((await question(app)).stage, (await question(app)).due_at) == (Stage.CREATOR, None)
    clock.advance(days=30)
    assert await jobs.chase_questions(app, clock()) == 0
    listed = await say("dee", "unanswered", rank=Rank.MODERATOR)
    assert listed.table is not None
    assert listed.table.rows == (("1", ASKED, "34 d", "publicly", "the creator"),)


async def test_what_was_answered_or_taken_back_meanwhile_is_told_to_nobody(
    app: App, say: Say, port: FakePort, clock: Clock
) -> None:
    await app.store.write(members.tell_staff_in, 1, "playground", "s/staff")
    for topic in ("laptop", "desk", "chair"):
        await say("ann", "ask", question=f"Which {topic}?")
    await say("bo", "answer", number=1, text="Any.")
    closed = await say("ann", "question close", number=2)
    assert (closed.text, closed.replaces) == ("Question 2 is closed.", True)
    await handed_on(app, port)
    clock.advance(hours=24)
    assert await jobs.chase_questions(app, clock()) == 1
    await say("ann", "question close", number=3)
    assert await handed_on(app, port) == [], "it is asked once more just before it is said"


async def test_a_list_shows_members_what_they_may_know_first(app: App, say: Say) -> None:
    for topic in ("desk lamp", "laptop", "chair"):
        await say("ann", "ask", question=f"Which {topic} is good?")
    await say("ann", "ask", question="Which lawyer is good?", how="privately")
    await interested(app, "bo", "laptop")
    listed = await say("bo", "unanswered")
    assert listed.table is not None
    assert [row[0] for row in listed.table.rows] == ["2", "1", "3"]
    assert (await say("ann", "unanswered")).text == "No question waits for you."
    everything = await say("dee", "unanswered", rank=Rank.MODERATOR)
    assert everything.table is not None
    assert [row[0] for row in everything.table.rows] == ["1", "2", "3", "4"]


# ------------------------------------------------------------------ who goes, and who becomes one


@pytest.mark.usefixtures("experts")
async def test_who_asked_and_is_erased_takes_it_all_along(app: App, say: Say, port: FakePort, clock: Clock) -> None:
    posted = await say("ann", "ask", question=ASKED)
    answered = await say("bo", "answer", number=1, text="Any.")
    await say("ann", "ask", question="Which laptop for games?")
    ann = await profile(app, "ann")
    kept = await app.store.read(privacy.export, ann.member)
    assert [row["text"] for row in kept["questions"]["rows"]] == [ASKED, "Which laptop for games?"]
    await app.forget(ann.community, ann.member, clock())
    assert [await count(app, rows) for rows in (QUESTIONS, ANSWERS, ROUTES)] == [0, 0, 0]
    assert await handed_on(app, port) == []
    assert (await press(say, "cy", posted, "Answer")).text == "There is no question 1 here any more."
    assert (await press(say, "cy", answered, "Helpful")).text == "That answer is not here any more."

    def left(connection: Connection) -> list[str]:
        return list(connection.scalars(select(OUTBOX.c.effect).where(OUTBOX.c.effect.contains("laptop"))))

    assert await app.store.read(left) == []


async def test_who_answered_and_is_erased_leaves_the_question_open(app: App, say: Say, clock: Clock) -> None:
    await say("ann", "ask", question=ASKED)
    await say("bo", "answer", number=1, text="Any with 32 GB.")
    bo = await profile(app, "bo")
    exported = await app.store.read(privacy.export, bo.member)
    assert [row["text"] for row in exported["answers"]["rows"]] == ["Any with 32 GB."]
    await app.forget(bo.community, bo.member, clock())
    assert await count(app, ANSWERS) == 0
    assert ((await question(app)).status, (await question(app)).due_at) == ("open", clock())


@pytest.mark.usefixtures("experts")
async def test_two_who_become_one_were_asked_once_and_not_what_they_asked(app: App, say: Say) -> None:
    await say("ann", "ask", question=ASKED)
    await say("陈默", "ask", question="Which laptop for games?")
    assert await invited(app, 1) == await invited(app, 2) == {"bo", "cy"}
    bo, cy, mo = [(await profile(app, user)).member for user in ("bo", "cy", "陈默")]
    await app.merge(bo, cy)
    assert await app.store.read(routes.invited, 1) == {bo: False}
    await app.merge(bo, mo)
    assert await app.store.read(routes.invited, 2) == {}
    assert (await question(app, 2)).member == bo


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
