"""Live sessions: attendance is taken by a button, counted once, and closed in time."""

import pytest

from bot.app import App
from bot.commands import Rank
from bot.engine.ledger import Tally
from bot.storage import entries
from tests.cogs.conftest import Say, button, earned, labels, press, profile
from tests.conftest import START, Clock

pytestmark = pytest.mark.usefixtures("talk")


async def test_a_press_counts_once_and_is_worth_what_the_rules_say(app: App, say: Say) -> None:
    opened = await say("ann", "attendance open", rank=Rank.CREATOR, title="  Questions   live ", minutes=30)
    assert (opened.title, opened.text) == (
        "🎤 Questions live",
        "Who is there? Press within 30 minutes, or say /attend.",
    )
    assert opened.private is not True
    assert (await press(say, "bo", opened, "I'm here")).text == "You are on the list of Questions live: 50 points."
    assert (await press(say, "bo", opened, "I'm here")).text == "You are on the list of Questions live already."
    assert (await say("bo", "attend")).text == "You are on the list of Questions live already."
    bo = await profile(app, "bo")
    assert (bo.state.engagement.attended, bo.state.engagement.points) == (1, earned("bo") + 50)
    days = await app.store.read(entries.tallies, [(bo.member, START.toordinal())])
    assert days[bo.member, START.toordinal()] == Tally(
        worth={"message": earned("bo"), "attendance": 50}, points=earned("bo") + 50
    )
    listed = await say("ann", "attendance list", rank=Rank.CREATOR)
    assert listed.table is not None
    number = str(button(opened, "I'm here").options["session"])
    assert [(*row[:2], *row[3:]) for row in listed.table.rows] == [(number, "Questions live", "1", "open")]


async def test_who_comes_late_was_not_there(app: App, say: Say, clock: Clock) -> None:
    opened = await say("ann", "attendance open", rank=Rank.CREATOR, title="Lesson", minutes=5)
    clock.advance(minutes=5)
    reply = await press(say, "bo", opened, "I'm here")
    assert (reply.error, reply.text) == (True, "Lesson is over: attendance was closed.")
    assert (await say("bo", "attend")).text == "No live session is open at the moment."
    assert (await say("bo", "attend", session=99)).text == "No live session is open at the moment."
    assert (await profile(app, "bo")).state.engagement.attended == 0


async def test_the_creator_closes_it_before_its_time(say: Say) -> None:
    await say("ann", "attendance open", rank=Rank.CREATOR, title="One")
    opened = await say("ann", "attendance open", rank=Rank.CREATOR, title="Two")
    await press(say, "bo", opened, "I'm here")
    listed = await say("ann", "attendance list", rank=Rank.CREATOR)
    assert labels(listed) == ["Close Two", "Close One"]
    options = button(listed, "Close Two").options
    closed = await say("ann", "attendance close", rank=Rank.CREATOR, **options)
    assert closed.text == "Two is closed. 1 member was there."
    assert (await press(say, "cy", opened, "I'm here")).error
    assert (await say("cy", "attend")).text == "You are on the list of One: 50 points."
    assert (await say("ann", "attendance close", rank=Rank.CREATOR, **options)).text == (
        "Two is over: attendance was closed."
    )


async def test_a_blank_title_opens_nothing(say: Say) -> None:
    assert (await say("ann", "attendance open", rank=Rank.CREATOR, title="   ")).text == "Give the session a title."
    assert (await say("ann", "attendance list", rank=Rank.CREATOR)).table is None
