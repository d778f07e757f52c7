"""Invitations to answer are held back as nudges are: quiet hours, wishes, and chats that refused."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.commands import Rank
from bot.delivery import GiveUp
from bot.engine.nudges.brakes import Held, brake
from bot.engine.nudges.table import NAMED
from bot.storage import nudging
from tests.cogs.conftest import Say, profile
from tests.cogs.questions import ASKED, handed_on, invited
from tests.conftest import Clock
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk", "experts")
OTHER = "Which laptop for games?"


async def test_who_has_quiet_hours_is_told_when_they_are_over_and_only_if_it_is_still_so(
    app: App, say: Say, port: FakePort, clock: Clock
) -> None:
    await say("bo", "notify", quiet="11-14")
    await say("ann", "ask", question=ASKED)
    await say("ann", "ask", question=OTHER)
    assert [one[0] for one in await handed_on(app, port)] == ["cy", "cy"], "it is noon"
    assert await invited(app) == {"bo", "cy"}
    await say("cy", "answer", number=2, text="A loud one.")
    await say("ann", "question accept", answer=1)
    clock.advance(hours=1, minutes=59)
    assert [one[0] for one in await handed_on(app, port) if one[0] == "bo"] == []
    clock.advance(minutes=1)
    told = [one[2] for one in await handed_on(app, port) if one[0] == "bo"]
    assert told == ["🙋 Ann asks, and you may know it. Question 1:"]


async def test_what_is_wished_meanwhile_holds_too(app: App, say: Say, port: FakePort, clock: Clock) -> None:
    await say("ann", "ask", question=ASKED)
    await say("bo", "notify", quiet="11-14")
    await say("cy", "notify", wanted="complain")
    assert await handed_on(app, port) == []
    assert await invited(app) == {"bo"}
    clock.advance(hours=2)
    assert [one[0] for one in await handed_on(app, port)] == ["bo"]


async def test_whose_day_is_all_quiet_or_week_is_full_is_not_asked(app: App, say: Say, clock: Clock) -> None:
    await say("bo", "notify", quiet="9-8")
    await say("cy", "notify", wanted="fewer")
    await say("ann", "ask", question=ASKED)
    assert await invited(app) == {"cy"}
    await say("cy", "question decline", number=1)
    await say("ann", "ask", question=OTHER)
    assert await invited(app, 2) == set(), "once a week at most was promised"
    cy = await app.store.read(nudging.of_member, app.rules, (await profile(app, "cy")).member, clock())
    assert cy is not None
    held = brake(cy, NAMED["digest"], app.rules, clock())
    assert held == Held(why="budget", until=clock() + timedelta(days=7)), "an invitation is what comes this week"
    clock.advance(days=7, seconds=1)
    await say("ann", "ask", question="Which laptop for travelling?")
    assert await invited(app, 3) == {"cy"}


async def test_nobody_is_asked_by_a_chat_that_refused_until_they_want_it(app: App, say: Say, port: FakePort) -> None:
    await say("ann", "rules set", rank=Rank.CREATOR, key="asking.people", value="1", sure=True)
    await handed_on(app, port)
    port.plan.append(GiveUp("takes no private messages", closed=True))
    await say("ann", "ask", question=ASKED)
    await handed_on(app, port)
    assert await invited(app) == set(), "who was not told was not asked"
    await say("ann", "ask", question=OTHER)
    assert await invited(app, 2) == {"cy"}
    await say("bo", "notify", wanted="on")
    await say("陈默", "ask", question="Which laptop for travelling?")
    assert await invited(app, 3) == {"bo"}


async def test_an_accepted_answer_is_praised_in_private_only_where_that_is_wanted(
    app: App, say: Say, port: FakePort
) -> None:
    await say("ann", "ask", question=ASKED, how="privately")
    await say("bo", "answer", number=1, text="Any.")
    await say("bo", "notify", wanted="off")
    await handed_on(app, port)
    await say("ann", "question accept", answer=1)
    assert await handed_on(app, port) == []
