"""What just happened in words, and what a visitor sees first."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from bot.adapters.playground import PlayClock, Playground
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.engine.rules import Rules
from bot.i18n import tongue
from bot.service import play_rules, running
from bot.storage.store import Store
from bot.web.playground import story
from bot.web.playground.page import look
from bot.web.playground.view import View
from tests.conftest import START


@pytest.fixture
def playground(app: App) -> Playground:
    """A playground in which nothing has happened yet."""
    return Playground(Desk(app, COMMANDS), PlayClock(real=lambda: START), lively=False, pace=0)


@pytest.mark.parametrize(
    ("asked", "languages", "expected"),
    [
        ({}, "", ("en", "nora", "welcome", "auto")),
        ({}, "zh-TW,zh;q=0.9,en;q=0.8", ("zh_CN", "xiaoyu", "welcome", "auto")),
        ({}, "de-DE,fr;q=0.5", ("en", "nora", "welcome", "auto")),
        ({}, "de-DE,zh-CN;q=0.5", ("zh_CN", "xiaoyu", "welcome", "auto")),
        ({"lang": "en"}, "zh-CN", ("en", "nora", "welcome", "auto")),
        ({"as": "lin", "in": "lounge", "theme": "dark"}, "", ("en", "lin", "lounge", "dark")),
        ({"as": "<script>", "in": "../etc", "theme": "pink", "lang": "xx"}, "", ("en", "nora", "welcome", "auto")),
        ({"in": "private"}, ";;,", ("en", "nora", "private", "auto")),
    ],
)
def test_a_visitor_sees_what_fits_them(
    playground: Playground, asked: dict[str, str], languages: str, expected: tuple[str, ...]
) -> None:
    view = look(playground, asked, languages)
    assert (view.say.locale, view.user, view.channel, view.theme) == expected


def test_the_address_shows_the_same_again(playground: Playground) -> None:
    view = look(playground, {"as": "mei", "in": "showcase", "theme": "light", "lang": "zh_CN"}, "")
    assert view.url(theme="dark") == "/?as=mei&in=showcase&lang=zh_CN&theme=dark"


@pytest.mark.parametrize(
    ("back", "english", "chinese"),
    [
        (0, "Today", "今天"),
        (1, "Yesterday", "昨天"),
        (3, "Wednesday, 18 November", "11月18日 星期三"),
    ],
)
def test_days_are_named(playground: Playground, back: int, english: str, chinese: str) -> None:
    at = START - timedelta(days=back)
    assert View(playground, tongue("en"), "nora", "welcome").day(at) == english
    assert View(playground, tongue("zh_CN"), "nora", "welcome").day(at) == chinese


def test_a_locked_channel_says_what_opens_it(playground: Playground) -> None:
    view = View(playground, tongue("en"), "nora", "welcome")
    lounge = playground.place.channels["lounge"]
    assert view.key(lounge) == "Opens at level 2"
    playground.place.users["nora"].points = 222
    assert view.missing(lounge) == 255 - 222


@pytest.mark.parametrize(
    ("hours", "text"), [(1, "1 hour passed"), (24, "1 day passed"), (168, "1 week passed"), (36, "36 hours passed")]
)
def test_time_passes_in_words(playground: Playground, hours: int, text: str) -> None:
    act = playground.trace.begin("nora", "time", START, hours=hours)
    assert story.headline(act, "nora", playground, tongue("en")) == text


def test_every_kind_of_act_has_its_sentence_in_both_languages(playground: Playground) -> None:
    values = {"channel": "welcome", "emoji": "👍", "author": "Mei", "path": "rank"}
    assert story.MINE.keys() == story.THEIRS.keys()
    for locale in ("en", "zh_CN"):
        for kind in story.MINE:
            act = playground.trace.begin("nora", kind, START, **values)
            mine = story.headline(act, "nora", playground, tongue(locale))
            theirs = story.headline(act, "mei", playground, tongue(locale))
            assert "{" not in mine + theirs
            assert "Nora Lind" in theirs
            assert "Nora" not in mine


@pytest_asyncio.fixture
async def living(app: App, playground: Playground) -> AsyncIterator[Playground]:
    """The playground with its community."""
    app.join(playground)
    await playground.begin()
    yield playground
    await playground.close()


def told(living: Playground, user: str) -> list[tuple[str, str]]:
    """(kind, text) of what the last act led to, as a user reads it in English."""
    return [(chip.kind, chip.text) for chip in story.chips(living.trace.acts[-1], user, living, tongue("en"))]


async def test_what_came_of_it_is_told_with_the_most_telling_first(living: Playground) -> None:
    say = tongue("en")
    first = await living.deeds.post("nora", "welcome", "hello")
    assert told(living, "nora") == [
        ("gain", f"+{living.place.users['nora'].points - 229} points"),
        ("badge", "Badge 🔥 A whole week"),
        ("streak", "Day 7 of the streak"),
        ("coin", "+2 coins"),
        ("sent", "Announced to everybody"),
    ]
    await living.deeds.react("mei", first, "👍")
    assert ("gain", "+5 points") in told(living, "nora")
    assert ("gain", "+5 points for Nora Lind") in told(living, "mei")
    await living.deeds.delete("nora", first)
    assert [kind for kind, _ in told(living, "nora")] == ["loss", "loss"]
    while living.place.users["nora"].level < 2:
        await living.deeds.post("nora", "welcome", "more")
    chips = told(living, "nora")
    assert [kind for kind, _ in chips] == ["gain", "level", "coin", "sent", "door"]
    assert chips[1] == ("level", "Level 2")
    assert [text for _, text in chips[3:]] == ["Announced to everybody", "The lounge opens"]
    rows = story.rows(living.trace.acts[-1].changes[0], say)
    assert ("level", "1", "2") in rows
    assert ("open gates", "–", "lounge") in rows
    await living.command("nora", "welcome", "/rank", {}, "en")
    assert told(living, "nora") == [("calm", "Nothing changed")]


async def test_what_somebody_chose_or_bought_or_was_given_is_told(living: Playground) -> None:
    await living.command("nora", "welcome", "/checkin", {}, "en")
    assert told(living, "nora")[:3] == [
        ("gain", "+20 points"),
        ("badge", "Badge 🔥 A whole week"),
        ("streak", "Day 7 of the streak"),
    ]
    await living.command("nora", "welcome", "/checkin", {}, "en")
    assert told(living, "nora") == [("calm", "Nothing changed")]
    await living.command("mei", "welcome", "/timezone Shanghai", {}, "en")
    assert told(living, "mei") == [("sent", "Days begin at midnight in Asia/Shanghai")]
    await living.command("mei", "welcome", "/privacy hidden", {}, "en")
    assert told(living, "mei") == [("sent", "On no board")]
    await living.command("mei", "welcome", "/language en", {}, "en")
    assert told(living, "mei") == [("sent", "Remembered")]
    await living.command("mei", "welcome", "/shop item:pro-20 sure:12345678", {}, "en")
    assert told(living, "mei") == [("loss", "−15 coins")]


async def test_what_somebody_does_to_another_is_told_to_both(living: Playground) -> None:
    await living.command("lin", "welcome", "/xp add member:陈梅 amount:500 why:bravo", {}, "en")
    assert told(living, "lin")[0] == ("gain", "+500 points for 陈梅")
    assert told(living, "mei")[0] == ("gain", "+500 points")
    question = await living.deeds.post("nora", "questions", "What is a median good for?")
    answer = await living.deeds.post("mei", "questions", "It stays put when one number goes wild.", question.id)
    await living.choose("nora", answer, "accept", "en")
    assert told(living, "nora")[0] == ("gain", "+100 points for 陈梅")
    await living.choose("nora", answer, "thanks", "en")
    assert told(living, "mei")[0] == ("gain", "+20 points")


async def test_a_change_of_the_rules_says_whose_points_were_counted_anew(living: Playground) -> None:
    points = living.place.users["mei"].points
    await living.command("lin", "welcome", "/rules set earn.checkin.points 0 true", {}, "en")
    assert living.place.users["mei"].points == points  # shown, and not done yet
    assert told(living, "lin") == [("calm", "Nothing changed")]
    await living.command("lin", "welcome", "/rules set key:earn.checkin.points value:0 sure:true", {}, "en")
    assert living.place.users["mei"].points < points
    (chip,) = told(living, "lin")
    assert chip[0] == "level"
    assert chip[1].startswith("Counted anew: ")
    assert living.rules.earn.checkin.points == 0


async def test_what_is_worth_nothing_says_why(store: Store, shipped: Rules, clock: Callable[[], datetime]) -> None:
    async with running(App(store, play_rules(shipped), clock=clock)) as app:
        made = Playground(Desk(app, COMMANDS), PlayClock(real=lambda: START), lively=False, pace=0)
        app.join(made)
        await made.begin()
        for text, why in (
            ("hello again, everybody", ""),
            ("hello again, everybody", "You wrote nearly the same a short while before."),
            ("k", "You wrote too little."),
        ):
            points = made.place.users["nora"].points
            await made.deeds.post("nora", "welcome", text)
            if not why:
                continue
            assert made.place.users["nora"].points == points
            assert told(made, "nora") == [("calm", f"No points. {why}")]
            (change,) = made.trace.acts[-1].changes
            shown = {field: after for field, _, after in story.rows(change, tongue("en"))}
            assert shown["why the last message was worth nothing"] == why
            assert not shown.keys() & {"texts", "copies", "used", "paid"}
        await made.close()
