"""Questions by the clock: who is told when nobody answers, and what is left when somebody goes."""

import pytest
from sqlalchemy import select

from bot import jobs
from bot.app import App
from bot.commands import Rank
from bot.desk import Desk
from bot.engine.asking.clock import Stage
from bot.storage import members, privacy, questions, routes
from bot.storage.outbox import OUTBOX
from bot.storage.questions import ANSWERS, QUESTIONS, ROUTES
from bot.storage.store import Connection
from tests.cogs.conftest import Say, interested, press, profile
from tests.cogs.questions import ASKED, count, handed_on, invited, question
from tests.conftest import Clock
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk")


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


async def test_where_the_clock_is_switched_off_nobody_is_told_when_who_answered_goes(
    app: App, say: Say, port: FakePort, clock: Clock
) -> None:
    await app.store.write(members.tell_staff_in, 1, "playground", "s/staff")
    await say("ann", "ask", question="Which desk?")
    await say("ann", "rules set", rank=Rank.CREATOR, key="asking.answer_hours", value="0", sure=True)
    await say("ann", "ask", question=ASKED)
    await say("bo", "answer", number=2, text="Any with 32 GB.")
    await handed_on(app, port)
    bo = await profile(app, "bo")
    await app.forget(bo.community, bo.member, clock())
    clock.advance(days=3)
    assert await jobs.chase_questions(app, clock()) == 0
    assert await handed_on(app, port) == []
    found = [await question(app, number) for number in (1, 2)]
    assert [(one.status, one.stage, one.due_at) for one in found] == [("open", Stage.MEMBERS, None)] * 2


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
