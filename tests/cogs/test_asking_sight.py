"""Who reads which question: in private, without a name, behind a gate or a role of the platform."""

import pytest
from sqlalchemy import Connection, insert

from bot.answering import places, readable
from bot.app import App
from bot.commands import Caller, Rank
from bot.delivery import GiveUp
from bot.desk import Desk
from bot.digest import answerable
from bot.events import INTERNAL, Account, AnswerAccepted, MessagePosted, person
from bot.reply import Reply
from bot.sight import EVERYBODY
from bot.storage import asked, gates, outbox, questions
from bot.storage.ledger import SPACES
from bot.storage.questions import QUESTIONS
from bot.text import features
from bot.words import replace
from tests.cogs.conftest import Say, account, labels, press, profile
from tests.cogs.questions import ASKED, KnowingPort, count, handed_on, invited, log, question
from tests.conftest import START, Clock
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk")


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
    member = replace(bo, state=replace(bo.state, access=replace(bo.state.access, open=("vip",))))
    assert await readable(app.store, app.ports, member, [question_]) == [question_]
    assert await answerable(app, member) == (question_,)
    await app.store.write(questions.answer, question_, bo.member, "Any with much memory.", clock())
    await say("ann", "question accept", answer=1)
    assert (await say("cy", "search", words=ASKED)).fields == ()
    seen = await places(app.store, app.ports, bo), await places(app.store, app.ports, member)
    assert seen == (set(), {question_.spot})
    assert await app.store.read(asked.found, 1, ASKED, seen=seen[0]) == ()
    (passage,) = await app.store.read(asked.found, 1, ASKED, seen=seen[1])
    assert passage.text == "Any with much memory."


@pytest.mark.usefixtures("experts")
async def test_what_is_asked_in_a_channel_that_a_role_opens_is_told_to_nobody_who_does_not_see_it(
    app: App, desk: Desk, say: Say
) -> None:
    port = KnowingPort(c={"ann", "bo"}, lobby={EVERYBODY})
    app.join(port)
    await handed_on(app, port)
    await say("ann", "ask", question=ASKED)
    assert [one[0] for one in await handed_on(app, port)] == ["bo"], "cy knows of laptops, and does not see the channel"
    assert await invited(app) == {"bo"}

    async def say_in_lobby(user: str, path: str, **options: object) -> Reply:
        return await desk.run(path, Caller(account=account(user), channel="lobby"), options)

    for path, options in (("question show", {"number": 1}), ("answer", {"number": 1, "text": "Any."})):
        assert (await say_in_lobby("cy", path, **options)).text == "There is no question 1 here any more."
    assert (await say_in_lobby("cy", "unanswered")).text == "No question waits for you."
    assert [await answerable(app, await profile(app, user)) for user in ("cy", "bo")] == [(), (await question(app),)]
    assert await desk.complete("question show", "number", "", Caller(account=account("cy"), channel="lobby")) == []
    await say("bo", "answer", number=1, text="Any with much memory.")
    await say("ann", "question accept", answer=1)
    assert (await say_in_lobby("cy", "search", words=ASKED)).fields == ()
    asks = "A good laptop for compiling rust?"
    assert "memory" not in (await say_in_lobby("cy", "ask", question=asks)).text
    told = await say_in_lobby("bo", "ask", question=asks)
    assert ("much memory" in told.text, told.private) == (True, True), "in the lobby others read along"
    again = await say("ann", "ask", question=asks)
    assert ("much memory" in again.text, again.private) == (True, False), "where it was asked, all may read the answer"
    port.rooms["c"].add(EVERYBODY)
    openly = await say_in_lobby("陈默", "ask", question=asks)
    assert ("much memory" in openly.text, openly.private) == (True, False)


@pytest.mark.usefixtures("experts")
async def test_a_gate_holds_while_the_platform_lags_behind_and_what_one_server_sees_another_does_not(
    app: App, desk: Desk, say: Say, clock: Clock
) -> None:
    port = KnowingPort(c={EVERYBODY}, lobby={EVERYBODY}, elsewhere={EVERYBODY})
    app.join(port)
    await handed_on(app, port)
    await say("ann", "ask", question=ASKED)
    await say("bo", "answer", number=1, text="Any with much memory.")
    await say("ann", "question accept", answer=1)
    await app.store.write(joined_space, "s2")
    there = replace(account("cy"), space="s2")
    told = await desk.run("ask", Caller(account=there, channel="elsewhere"), {"question": ASKED})
    assert ("much memory" in told.text, told.private) == (True, True), "cy sees it, others there may not"
    vip = {"gate": "vip", "kind": "channel", "target": "c"}
    await app.store.write(gates.bind, community=1, platform="playground", space="s", now=clock(), **vip)
    asks = {"question": "A laptop for compiling rust?"}
    moderator = await desk.run("ask", Caller(account=account("dee"), channel="lobby", rank=Rank.MODERATOR), asks)
    assert ("much memory" in moderator.text, moderator.private) == (True, True)
    await handed_on(app, port)
    await say("ann", "ask", question="Which laptop for games?")
    assert await handed_on(app, port) == []


def joined_space(connection: Connection, space: str) -> None:
    """Another server becomes part of the community."""
    connection.execute(insert(SPACES).values(platform="playground", external=space, community_id=1, name="B"))


@pytest.mark.usefixtures("experts")
async def test_who_does_not_see_the_channel_any_more_is_not_told_and_not_shown(app: App, desk: Desk, say: Say) -> None:
    port = KnowingPort(c={"ann", "bo"})
    app.join(port)
    await handed_on(app, port)
    await say("ann", "ask", question=ASKED)
    port.rooms["c"].remove("bo")
    assert await handed_on(app, port) == []
    assert await invited(app) == set(), "who was not told was not asked"
    port.rooms["c"].add("bo")
    await say("ann", "ask", question="Which laptop for games?")
    assert [one[0] for one in await handed_on(app, port)] == ["bo"]
    port.rooms["c"].remove("bo")
    lobby = Caller(account=account("bo"), channel="lobby")
    shown = await desk.run("question show", lobby, {"number": 2})
    assert shown.text == "There is no question 2 here any more.", "what others answer is not for them now"
    assert (await desk.run("unanswered", lobby, {})).text == "No question waits for you."


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
    assert event.by == person(INTERNAL, "question:1"), "nothing of whoever asked is in it, not even to be tried out"
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


async def test_while_discord_is_away_nothing_of_it_is_seen(app: App, desk: Desk) -> None:
    ann, bo = (Account(platform="discord", space="9", user=user, name=user, space_name="Den") for user in ("1", "2"))
    wrote = MessagePosted(key="discord:message:9:5", at=START, who=bo, channel="10", text=features("hi"))
    await app.submit([wrote])
    await desk.run("ask", Caller(account=ann, channel="10"), {"question": ASKED})
    shown = await desk.run("question show", Caller(account=bo, channel="11"), {"number": 1})
    assert shown.text == "There is no question 1 here any more.", "that they wrote there once is no sign that they may"
    assert ASKED in (await desk.run("question show", Caller(account=bo, channel="10"), {"number": 1})).text
