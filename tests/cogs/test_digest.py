"""/digest and what the nudges say of it: what was missed, and nothing that is not for whoever reads it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot import recommending
from bot.app import App
from bot.desk import Desk
from bot.digest import Filler, answerable
from bot.effects import Nudge
from bot.engine.asking.clock import Stage
from bot.engine.library import Content
from bot.engine.nudges.table import NAMED
from bot.engine.rules import Rules
from bot.events import ContentDismissed, ContentFinished, MessagePosted, member_account
from bot.jobs import plan_nudges, send_nudges
from bot.recommending import Picks
from bot.storage import library, members, questions, routes
from bot.storage.members import Profile
from bot.storage.outbox import OUTBOX
from bot.storage.questions import How, Question
from bot.text import features
from bot.words import from_json, replace
from tests.cogs.conftest import TALK, Say, account, earned, labels, profile
from tests.conftest import START, Clock
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk")


@pytest.fixture
def rules(rules: Rules) -> Rules:
    return replace(rules, nudges=replace(rules.nudges, holdout=0.0))


async def published(app: App, title: str, *, ago: float = 1, tags: tuple[str, ...] = ()) -> int:
    item = Content(name=title.lower(), kind="article", title=title, published_at=START - timedelta(days=ago), tags=tags)
    return (await app.store.write(library.put, 1, item)).id


async def asked(app: App, user: str, text: str, how: How = "publicly") -> int:
    member = (await profile(app, user)).member
    question = Question(id=0, community=1, member=member, text=text, how=how, status="open", asked_at=START,
                        stage=Stage.MEMBERS)  # fmt: skip
    return await app.store.write(questions.ask, question)


async def test_what_is_new_what_goes_on_who_asks_and_the_week_in_figures(app: App, say: Say) -> None:
    await published(app, "Fresh")
    await published(app, "Stale", ago=8)
    done, gone = await published(app, "Done"), await published(app, "Gone")
    who = member_account(1, (await profile(app, "ann")).member)
    await app.submit([
        ContentFinished(key="f", at=START, who=who, item=str(done)),
        ContentDismissed(key="d", at=START, who=who, item=str(gone)),
        MessagePosted(key="playground:message:9", at=START, who=account("bo"), channel="news", text=features("hi")),
    ])  # fmt: skip
    await app.store.write(members.see_channels, "playground", account("bo"), [("news", "news", "text")])
    own = await asked(app, "ann", "mine?")
    number = await asked(app, "bo", "How do I cook rice?")
    await asked(app, "bo", "secret?", how="privately")
    reply = await say("ann", "digest")
    points = (await profile(app, "ann")).state.engagement.points
    assert reply.title == "Your week in Reading circle"
    assert [(one.name, one.value) for one in reply.fields] == [
        ("New for you", "📄 Fresh\n➜ New here"),
        ("Discussions you are not in", "💬 #news\n➜ 1 person is in it; 1 of them talks where you do"),
        ("Who could use your answer", f"❓ #{number} How do I cook rice?"),
        ("Your week", f"{points} points, 18 messages, 1 item finished"),
    ]
    assert own != number
    assert labels(reply) == ["📄 Fresh", f"Answer #{number}"]


async def test_nothing_missed_is_said_so_and_is_no_nudge(app: App, say: Say, clock: Clock) -> None:
    clock.advance(days=30)
    reply = await say("bo", "digest")
    assert reply.text == "You missed nothing this week."
    assert [(one.name, one.value) for one in reply.fields] == [("Your week", "A quiet week.")]
    member = (await profile(app, "bo")).member
    assert await Filler(app).fill("digest", 1, member, clock()) is None
    assert await Filler(app).fill("recommended", 1, member, clock()) is None
    assert await Filler(app).fill("digest", 1, 999, clock()) is None


async def test_the_nudges_are_filled_in_the_members_language(app: App, clock: Clock) -> None:
    number = await published(app, "Fresh")
    ann = (await profile(app, "ann")).member
    filler = Filler(app)
    assert await filler.fill("recommended", 1, ann, clock()) == {
        "title": "Fresh", "reason": "New here", "item": str(number)}  # fmt: skip
    told = await filler.fill("digest", 1, ann, clock())
    assert told == {"lines": f"📚 Fresh – New here\n📈 {earned('ann')} points, 18 messages"}


async def test_what_can_not_be_filled_in_holds_up_no_other_nudge(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, ann, bo = await published(app, "Fresh"), await profile(app, "ann"), await profile(app, "bo")
    suggest = recommending.suggest

    async def broken(app: App, who: Profile, *args: str, **more: Any) -> Picks:
        if who.member == ann.member:
            raise IndexError("a model that does not fit")
        return await suggest(app, who, *args, **more)

    monkeypatch.setattr(recommending, "suggest", broken)
    filler = Filler(app)
    assert await filler.fill("recommended", 1, ann.member, clock()) is None
    told = await filler.fill("recommended", 1, bo.member, clock())
    assert told is not None
    assert told["item"] == str(number)


async def test_questions_come_by_what_the_member_likes(app: App, say: Say, desk: Desk) -> None:
    await say("ann", "interests", topics="rice")
    first = await asked(app, "bo", "Where is the exit?")
    second = await asked(app, "bo", "How long does rice take?")
    reply = await say("ann", "digest")
    assert labels(reply) == [f"Answer #{second}", f"Answer #{first}"]
    assert desk.find("answer") is not None


async def test_a_question_that_the_member_declined_is_not_brought_up_again(app: App) -> None:
    number, me = await asked(app, "bo", "Where is the exit?"), await profile(app, "ann")
    question = await app.store.read(questions.find, 1, number)
    assert question is not None
    await app.store.write(routes.invite, question, [me.member], START)
    assert await answerable(app, me) == (question,)
    await app.store.write(routes.decline, number, me.member, START)
    assert await answerable(app, me) == ()


async def test_the_nudge_says_it_on_saturday_without_anybodys_words(app: App, clock: Clock) -> None:
    """From a Saturday on; whoever was active in the last days is not away and gets no digest."""
    app.contents = Filler(app)
    app.join(FakePort("playground"))
    await asked(app, "bo", "How do I cook rice?")
    clock.advance(days=6, hours=1)
    await published(app, "Fresh", ago=-6)
    await plan_nudges(app, clock())
    await send_nudges(app, clock.advance(hours=22))

    def told(connection: Connection) -> list[dict[str, int | str]]:
        return [
            from_json(Nudge, one).values for one in connection.scalars(select(OUTBOX.c.effect)) if '"digest"' in one
        ]

    assert [step.command for step in NAMED["digest"].steps] == ["digest"]

    found = await app.store.read(told)
    assert {"lines": "📚 Fresh – New here\n❓ 1 question you could answer: /digest\n📈 18 messages"} in found
    assert len(found) <= len(TALK)
