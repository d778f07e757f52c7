"""/checkin, /timezone, /prestige and /badges, as members read them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.app import App
from bot.cogs.badges import bar
from bot.cogs.habits import calendar
from bot.commands import Caller
from bot.desk import Desk
from bot.engine.earning import Badge, PrestigeRules, StreakRules
from bot.engine.rules import Gate, Rules
from bot.engine.streaks import freezes_left, length, with_day
from bot.events import CheckedIn
from bot.i18n import tongue
from bot.reply import Reply
from bot.words import replace
from tests.cogs.conftest import Say, account, press, profile
from tests.conftest import START, Clock

pytestmark = pytest.mark.usefixtures("talk")

SUMMER = (
    Badge(name="summer", metric="messages", goal=5, title="Summer", since=date(2027, 6, 1), until=date(2027, 9, 1)),
    Badge(name="spring", metric="messages", goal=5, title="Spring", until=date(2026, 6, 1)),
    Badge(name="autumn", metric="checkins", goal=2, title="Autumn", emoji="🍂", since=date(2026, 11, 1)),
    Badge(name="hush", metric="checkins", goal=1, title="Hush", secret=True),
)


@pytest.fixture
def rules(rules: Rules) -> Rules:
    """Beginning again from level 2 on; badges of seasons and a secret one."""
    gates = (Gate(name="lounge", level=1), Gate(name="hall", level=0), Gate(name="throne", level=1, crown=True))
    return replace(rules, prestige=PrestigeRules(level=2), badges=SUMMER, gates=gates)


def fields(reply: Reply) -> dict[str, str]:
    return {field.name: field.value for field in reply.fields}


# ---------------------------------------------------------------------- /checkin


async def test_checking_in_counts_once_a_day_and_says_when_the_next_is_possible(app: App, say: Say) -> None:
    before = (await profile(app, "ann")).state
    first = await say("ann", "checkin")
    assert (first.title, first.private) == ("Checked in. Good to see you, Ann!", True)
    assert first.text == "+20 points. The next one is possible in 12 h 0 min: at midnight in UTC."
    after = (await profile(app, "ann")).state
    assert after.engagement.points == before.engagement.points + 20
    assert (after.engagement.checkins, after.habit.checked) == (1, START.toordinal())
    second = await say("ann", "daily")
    assert (
        second.text == "You have checked in today already. The next one is possible in 12 h 0 min: at midnight in UTC."
    )
    assert second.error is False
    assert second.fields == first.fields
    assert (await profile(app, "ann")).state == after


async def test_two_presses_at_once_are_one_check_in(app: App, say: Say) -> None:
    key = f"checkin:{(await profile(app, 'ann')).member}:{START.toordinal()}"
    await app.submit([CheckedIn(key=key, at=START - timedelta(hours=13), who=account("ann"))])  # of the day before
    state = (await profile(app, "ann")).state
    assert (await say("ann", "checkin")).text.startswith("You have checked in today already.")
    assert (await profile(app, "ann")).state == state


async def test_a_day_is_that_of_the_members_clock(app: App, say: Say, clock: Clock) -> None:
    await say("ann", "timezone", zone="Kiritimati")  # 02:00 of the next day
    reply = await say("ann", "checkin")
    assert reply.text.endswith(
        "in 21 h 59 min: at midnight in Kiritimati (Pacific/Kiritimati)."
    ) or reply.text.endswith("in 22 h 0 min: at midnight in Kiritimati (Pacific/Kiritimati).")
    clock.advance(hours=21, minutes=59)
    assert (await say("ann", "checkin")).title == ""
    clock.advance(minutes=1)
    assert (await say("ann", "checkin")).title.startswith("Checked in")
    assert (await profile(app, "ann")).state.engagement.checkins == 2


async def test_going_west_does_not_give_the_day_twice(app: App, say: Say) -> None:
    await say("ann", "timezone", zone="Kiritimati")
    await say("ann", "checkin")
    await say("ann", "timezone", zone="Niue")  # the day before, still
    state = (await profile(app, "ann")).state
    reply = await say("ann", "checkin")
    assert reply.text.startswith("You have checked in today already. The next one is possible in 47 h 0 min")
    assert (await profile(app, "ann")).state == state


async def test_the_day_the_clocks_change_has_its_own_length(say: Say, clock: Clock) -> None:
    clock.now = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # 01:30 in Berlin, and at 02:00 it is 03:00
    await say("ann", "timezone", zone="Berlin")
    assert "in 21 h 30 min: at midnight in Berlin (Europe/Berlin)." in (await say("ann", "checkin")).text


async def test_a_check_in_shows_streak_freezes_next_badge_and_the_weeks(app: App, say: Say, clock: Clock) -> None:
    for _ in range(4):
        await say("ann", "checkin")
        clock.advance(days=1)
    clock.advance(days=1)
    shown = fields(await say("ann", "checkin"))
    assert shown["Streak"] == "5 days"
    assert shown["Best so far"] == "5 days"
    assert shown["Freezes"] == "1 of 2 left. A day missed takes one, and it comes back after 30 days."
    assert shown["Next badge"] == "🔥 A whole week\n▰▰▰▰▰▰▰▱▱▱ 5/7"
    assert shown["The last weeks, Monday to Sunday"].split("\n")[-2:] == ["□□□□□■■", "■■□■···"]


async def test_without_freezes_nothing_is_said_of_them(app: App, say: Say) -> None:
    app.rules = replace(app.rules, streaks=StreakRules(freezes=0))
    app._hot.clear()
    assert "Freezes" not in fields(await say("ann", "checkin"))


def test_the_calendar_ends_with_this_week() -> None:
    monday = date(2026, 11, 16).toordinal()
    runs = ((monday - 8, monday - 7), (monday, monday + 1))
    assert calendar(runs, monday + 2).split("\n")[-3:] == ["□□□□□□■", "■□□□□□□", "■■·····"]
    assert calendar(runs, monday + 1).split("\n")[-1] == "■■·····"
    assert calendar((), monday).split("\n") == ["□" * 7] * 4 + ["·" * 7]


@pytest.mark.parametrize(
    ("missed", "today", "left"), [((), 100, 2), ((98,), 100, 1), ((98, 95), 100, 0), ((71,), 100, 1), ((70,), 100, 2)]
)
def test_freezes_come_back_after_thirty_days(missed: tuple[int, ...], today: int, left: int) -> None:
    runs: tuple[tuple[int, int], ...] = ()
    for day in set(range(60, today + 1)) - set(missed):
        runs = with_day(runs, day)
    assert freezes_left(runs, today, 2) == left
    assert length(runs, today, 2) == 41 - len(missed)


def test_days_missed_before_the_streak_take_no_freeze() -> None:
    assert freezes_left(((90, 92), (98, 100)), 100, 2) == 2
    assert length(((90, 92), (98, 100)), 100, 2) == 3
    assert freezes_left((), 100, 2) == 2


# ---------------------------------------------------------------------- /timezone


@pytest.mark.parametrize(
    ("typed", "zone", "time"),
    [
        ("Asia/Shanghai", "Asia/Shanghai", "20:00"),
        ("shanghai", "Asia/Shanghai", "20:00"),
        ("上海", "Asia/Shanghai", "20:00"),
        ("北京", "Asia/Shanghai", "20:00"),
        ("New_York", "America/New_York", "07:00"),
        ("berl", "Europe/Berlin", "13:00"),
        ("UTC+8", "Etc/GMT-8", "20:00"),
        ("gmt -03:00", "Etc/GMT+3", "09:00"),
        ("utc", "UTC", "12:00"),
    ],
)
async def test_a_clock_is_known_by_many_names(app: App, say: Say, typed: str, zone: str, time: str) -> None:
    reply = await say("ann", "timezone", zone=typed)
    assert not reply.error
    assert f"it is {time} there." in reply.text
    assert (await profile(app, "ann")).state.contact.zone == zone
    assert f"it is {time} there." in (await say("ann", "timezone")).text


@pytest.mark.parametrize("typed", ["Mars", "localtime", "posix/UTC", "../etc/passwd", "UTC+5:30", "UTC+15", "0", "\0"])
async def test_a_clock_that_there_is_not_is_refused_and_nothing_changes(app: App, say: Say, typed: str) -> None:
    reply = await say("ann", "timezone", zone=typed)
    assert reply.error
    assert reply.text.endswith("Write a city such as Berlin or 上海, or whole hours such as UTC+8.")
    assert (await profile(app, "ann")).state.contact.zone == ""


async def test_one_of_several_is_asked_for_and_the_communitys_can_be_had_back(app: App, say: Say) -> None:
    several = await say("ann", "timezone", zone="san")
    assert several.error
    assert several.text.startswith("san may be one of several: America/Argentina/San_Juan, ")
    await say("ann", "timezone", zone="Tokyo")
    back = await say("ann", "timezone", zone="Community")
    assert back.text == "From now on your day begins at midnight in UTC: it is 12:00 there."
    assert (await profile(app, "ann")).state.contact.zone == ""


async def test_cities_are_completed_with_their_time(desk: Desk) -> None:
    async def offered(text: str, locale: str = "en") -> list[tuple[str, str]]:
        return await desk.complete("timezone", "zone", text, Caller(account=account("ann"), channel="c", locale=locale))

    assert await offered("shang") == [("Asia/Shanghai", "Shanghai (Asia/Shanghai) 20:00")]
    assert await offered("上", "zh-CN") == [("Asia/Shanghai", "上海 (Asia/Shanghai) 20:00")]
    assert (await offered(""))[0] == ("UTC", "UTC 12:00")
    assert len(await offered("s")) == 25


# ---------------------------------------------------------------------- /prestige


async def test_who_is_not_there_yet_is_told_and_nothing_changes(app: App, say: Say) -> None:
    before = (await profile(app, "bo")).state
    for sure in (False, True):
        reply = await say("bo", "prestige", sure=sure)
        words = "Beginning again is possible from level 2 on. You are at level 0."
        assert (reply.error, reply.text) == (True, words)
    assert (await profile(app, "bo")).state == before


async def test_where_nobody_begins_again_it_says_so(app: App, say: Say) -> None:
    app.rules = replace(app.rules, prestige=PrestigeRules())
    app._hot.clear()
    reply = await say("ann", "prestige", sure=True)
    assert (reply.error, reply.text) == (True, "Nobody begins again in this community.")


async def test_beginning_again_is_asked_once_and_happens_once(app: App, say: Say) -> None:
    points = (await profile(app, "ann")).state.engagement.points
    asked = await say("ann", "prestige")
    assert fields(asked) == {
        "You lose": "Your level: it is 0 then.\nWhat it opened: lounge",
        "You keep": "Your points and your place, coins, badges, streak and membership.",
        "You get": "★ for all to see",
    }
    assert (await profile(app, "ann")).state.standing.level == 2
    done = await press(say, "ann", asked, "Begin again")
    assert done.text == "You begin again at level 0, with 1 ★. All the best for the way!"
    state = (await profile(app, "ann")).state
    assert (state.standing.level, state.standing.prestige, state.engagement.points) == (0, 1, points)
    assert state.access.open == ("hall",)
    assert (await press(say, "ann", asked, "Begin again")).error
    assert (await profile(app, "ann")).state == state
    card = await say("ann", "rank")
    assert fields(card)["Level"] == "0"
    assert fields(card)["Prestige"] == "★ 1"


# ---------------------------------------------------------------------- /badges


async def test_badges_won_come_with_their_day_and_the_others_with_their_progress(app: App, say: Say) -> None:
    reply = await say("ann", "badges")
    shown = fields(reply)
    assert next(iter(shown.items())) == ("👋 First words", "Won on Nov 21, 2026")
    assert shown["🤝 Good company"] == "You answered others 25 times.\n▱▱▱▱▱▱▱▱▱▱ 0/25"
    assert shown["🌳 Regular"].endswith("▱▱▱▱▱▱▱▱▱▱ 1/30")
    assert shown["🏅 Summer"] == "From Jun 1, 2027 to Aug 31, 2027\n▱▱▱▱▱▱▱▱▱▱ 0/5"
    assert shown["🍂 Autumn"] == "From Nov 1, 2026 on\n▱▱▱▱▱▱▱▱▱▱ 0/2"
    assert "🏅 Spring" not in shown  # its season is over
    assert not any("Hush" in name or "Once more" in name for name in shown)
    assert reply.text == "1 won, 18 to come. And 2 secret ones."
    assert len(reply.fields) == 19


async def test_a_secret_badge_is_shown_once_it_is_won(app: App, say: Say, clock: Clock) -> None:
    await say("ann", "checkin")
    clock.advance(days=1)
    await say("ann", "checkin")
    reply = await say("bo", "badges", member="ann")
    assert [field.name for field in reply.fields][:3] == ["🍂 Autumn", "👋 First words", "🏅 Hush"]
    assert reply.text == "3 won, 17 to come. And 1 secret one."
    assert reply.title == "Badges of Ann"


async def test_a_badge_is_called_by_its_name_in_chinese(say: Say) -> None:
    name = f"👋 {tongue('zh_CN')('First words')}"
    assert fields(await say("陈默", "badges", locale="zh-CN"))[name] == "2026年11月21日 获得"


@pytest.mark.parametrize(("done", "goal", "shown"), [(0, 7, 0), (6, 7, 8), (7, 7, 10), (99, 100, 9), (1, 1, 10)])
def test_a_bar_is_full_only_when_it_is_done(done: int, goal: int, shown: int) -> None:
    assert bar(tongue("en"), done, goal) == f"{'▰' * shown}{'▱' * (10 - shown)} {done}/{goal}"
