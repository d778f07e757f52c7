"""What just happened in words, and what a visitor sees first."""

from datetime import timedelta

import pytest

from bot.adapters.playground import PlayClock, Playground
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.i18n import tongue
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


async def test_what_came_of_it_is_told_with_the_most_telling_first(app: App, playground: Playground) -> None:
    app.join(playground)
    await playground.begin()
    say = tongue("en")
    first = await playground.deeds.post("nora", "welcome", "hello")
    await playground.deeds.react("mei", first, "👍")
    given = playground.trace.acts[-1]
    assert [chip.text for chip in story.chips(given, "nora", playground, say)] == ["+5 points"]
    assert [chip.text for chip in story.chips(given, "mei", playground, say)] == ["+5 points for Nora Lind"]
    await playground.deeds.delete("nora", first)
    (chip,) = story.chips(playground.trace.acts[-1], "nora", playground, say)
    assert (chip.kind, chip.text[0]) == ("loss", "−")
    while playground.place.users["nora"].level < 2:
        await playground.deeds.post("nora", "welcome", "more")
    chips = story.chips(playground.trace.acts[-1], "nora", playground, say)
    assert [chip.kind for chip in chips] == ["gain", "level", "sent", "door"]
    assert [chip.text for chip in chips][1:] == ["Level 2", "Announced to everybody", "The lounge opens"]
    rows = story.rows(playground.trace.acts[-1].changes[0], say)
    assert ("level", "1", "2") in rows
    assert ("open gates", "–", "lounge") in rows
    await playground.command("nora", "welcome", "/rank", {}, "en")
    assert [chip.text for chip in story.chips(playground.trace.acts[-1], "nora", playground, say)] == [
        "Nothing changed"
    ]
    await playground.close()
