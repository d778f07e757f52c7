"""/xp: points by the creator's hand, each change with who, why and a way back."""

import pytest

from bot.app import App
from bot.commands import Rank
from bot.engine.purse import coins
from tests.cogs.conftest import Say, earned, labels, press, profile

pytestmark = pytest.mark.usefixtures("talk")
ON_BOTH = True


async def points(app: App, user: str) -> tuple[int, int, int, int]:
    """(points, quality, level, coins)."""
    state = (await profile(app, user)).state
    return state.engagement.points, state.engagement.quality, state.standing.level, coins(state, app.rules)


async def test_points_are_given_taken_and_set_and_the_level_follows(app: App, say: Say) -> None:
    had = earned("bo")
    reply = await say("ann", "xp add", rank=Rank.CREATOR, member="Bo", amount=1000, why="moved here")
    assert reply.text == f"Bo has {had + 1000:,} points now, and is on level 4."
    assert await points(app, "bo") == (had + 1000, 0, 4, had // 10)
    reply = await say("ann", "xp remove", rank=Rank.CREATOR, member="Bo", amount=900)
    assert await points(app, "bo") == (had + 100, 0, 1, had // 10)
    reply = await say("ann", "xp set", rank=Rank.CREATOR, member="Bo", amount=0)
    assert (reply.text, await points(app, "bo")) == ("Bo has 0 points now, and is on level 0.", (0, 0, 0, had // 10))


async def test_quality_is_a_part_of_the_points_and_coins_are_not(app: App, say: Say) -> None:
    had = earned("bo")
    await say("ann", "xp add", rank=Rank.CREATOR, member="Bo", amount=50, what="quality")
    assert await points(app, "bo") == (had + 50, 50, 1, had // 10)
    reply = await say("ann", "xp set", rank=Rank.CREATOR, member="Bo", amount=7, what="coins")
    assert (reply.text, await points(app, "bo")) == ("Bo has 7 coins now.", (had + 50, 50, 1, 7))


async def test_more_than_somebody_has_is_not_taken(app: App, say: Say) -> None:
    before = await points(app, "bo")
    reply = await say("ann", "xp remove", rank=Rank.CREATOR, member="Bo", amount=before[0] + 1)
    assert (reply.error, reply.text) == (True, f"Bo has only {before[0]}. Nothing was changed.")
    assert await points(app, "bo") == before
    assert (await say("ann", "xp log", rank=Rank.CREATOR)).fields == ()


async def test_the_log_says_who_and_why_and_its_button_takes_it_back_once(app: App, say: Say) -> None:
    before = await points(app, "bo")
    await say("ann", "xp add", rank=Rank.CREATOR, member="Bo", amount=300, why="translated a lesson")
    await say("cy", "xp set", rank=Rank.CREATOR, member="Cy", amount=1)
    reply = await say("ann", "xp log", rank=Rank.CREATOR)
    assert [(one.name, one.value) for one in reply.fields] == [
        ("#1 · Nov 21, 2026 · Cy", f"{1 - earned('cy'):+,} points · Cy"),
        ("#2 · Nov 21, 2026 · Bo", "+300 points · Ann · translated a lesson"),
    ]
    assert labels(reply) == ["Undo #1", "Undo #2"]
    done = await press(lambda *a, **o: say(*a, rank=Rank.CREATOR, **o), "ann", reply, "Undo #2")
    assert (done.text, await points(app, "bo")) == ("It is undone for 1 member.", before)
    again = await press(lambda *a, **o: say(*a, rank=Rank.CREATOR, **o), "ann", reply, "Undo #2")
    assert (again.error, await points(app, "bo")) == (True, before)
    reply = await say("ann", "xp log", rank=Rank.CREATOR, member="Bo")
    assert (reply.fields[0].value, labels(reply)) == ("+300 points · Ann · translated a lesson (undone)", [])


async def test_everybody_is_reset_when_asked_twice_and_it_all_comes_back(app: App, say: Say) -> None:
    users = ("ann", "bo", "cy", "陈默")
    before = [await points(app, user) for user in users]
    asked = await say("ann", "xp reset", rank=Rank.CREATOR)
    assert labels(asked) == ["Yes, 4 members"]
    assert [(one.name, one.value) for one in asked.fields] == [("lounge would close to", "1 member")]
    assert [await points(app, user) for user in users] == before
    done = await press(lambda *a, **o: say(*a, rank=Rank.CREATOR, **o), "ann", asked, "Yes, 4 members")
    assert done.text == "4 members begin at no points."
    assert [(await points(app, user))[:3] for user in users] == [(0, 0, 0)] * 4
    back = await press(lambda *a, **o: say(*a, rank=Rank.CREATOR, **o), "ann", done, "Undo")
    assert back.text == "It is undone for 4 members."
    assert [await points(app, user) for user in users] == before


async def test_one_is_one_and_a_reason_stays_in_its_line(say: Say) -> None:
    one = await say("ann", "xp set", rank=Rank.CREATOR, member="bo", amount=1, why="for\nNov 21 · +9,999 · everything")
    assert one.text == "Bo has 1 point now, and is on level 0."
    coin = await say("ann", "xp set", rank=Rank.CREATOR, member="bo", amount=1, what="coins")
    assert coin.text == "Bo has 1 coin now."
    why = await say("bo", "points why")
    assert why.text.endswith("1 coin to spend.")
    assert "By the creator's hand, for Nov 21 · +9,999 · everything" in why.fields[-1].value
