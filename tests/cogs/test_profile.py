"""/rank, /language, /notify, as members read them."""

import pytest

from bot.app import App
from bot.engine.curves import LevelRules
from bot.engine.earning import CardRules
from bot.engine.levels import progress
from bot.engine.rules import Rules, amended
from bot.storage import members
from bot.words import replace
from tests.cogs.conftest import TALK, Say, earned, labels, press

pytestmark = pytest.mark.usefixtures("talk")


async def test_my_rank_says_level_points_place_and_what_is_ahead(say: Say) -> None:
    level, done, needed = progress(earned("ann"), LevelRules())
    reply = await say("ann", "rank")
    assert reply.title == "Ann"
    assert reply.text == f"{needed - done} points to level {level + 1}"
    assert [(field.name, field.value) for field in reply.fields] == [
        ("Level", str(level)),
        ("Points", str(earned("ann"))),
        ("Place", "#1"),
        ("Streak", "1 day"),
        ("Quality points", "0"),
        ("Coins", str(earned("ann") // 10)),
        ("Badges", "👋"),
        ("Messages", str(TALK["ann"])),
        ("Reactions received", "0"),
    ]
    assert reply.image is not None
    assert reply.image.data.startswith(b"\x89PNG")
    assert reply.private is False
    assert labels(reply) == ["Leaderboard", "Badges", "Where my points come from"]


async def test_rank_in_chinese(say: Say) -> None:
    reply = await say("陈默", "rank", locale="zh-CN")
    assert [field.name for field in reply.fields[:3]] == ["等级", "积分", "名次"]


async def test_nobody_sees_the_coins_of_another(say: Say) -> None:
    reply = await say("bo", "rank", member="ann")
    assert "Coins" not in [field.name for field in reply.fields]
    assert labels(reply) == ["Leaderboard", "Badges"]


async def test_the_colours_are_those_of_the_rules(app: App, say: Say) -> None:
    pictures = []
    for card in (CardRules(), CardRules(theme="paper"), CardRules(accent="#00ff00")):
        app.rules = replace(app.rules, card=card)
        app._hot.clear()
        image = (await say("ann", "rank")).image
        assert image is not None
        pictures.append(image.data)
    assert len(set(pictures)) == 3


@pytest.mark.parametrize(
    ("card", "why"),
    [
        ({"theme": "neon"}, "card: there is no theme 'neon'; it is one of midnight, ocean, "),
        ({"accent": "red"}, "card: 'red' is not a colour: write it like #1e90ff"),
        ({"background": "#12"}, "card: '#12' is not a colour: write it like #1e90ff"),
    ],
)
def test_colours_that_there_are_not_are_refused(rules: Rules, card: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        amended(rules, {"card": card})
    assert amended(rules, {"card": {"theme": "sky", "accent": "#00FF00"}}).card.theme == "sky"


async def test_a_picture_that_can_not_be_drawn_leaves_the_words(app: App, say: Say) -> None:
    await app.studio.close()
    reply = await say("ann", "rank")
    assert (reply.error, reply.image, reply.title) == (False, None, "Ann")


async def test_the_rank_of_another_is_found_by_name_and_by_id(say: Say) -> None:
    by_name, by_id = await say("bo", "rank", member="ann"), await say("bo", "rank", member="ann")
    assert by_name.title == by_id.title == "Ann"


async def test_somebody_unknown_is_not_enrolled_by_asking_for_them(app: App, say: Say) -> None:
    reply = await say("bo", "rank", member="nobody")
    assert (reply.error, reply.private, reply.text) == (True, True, "I know no member called nobody here.")
    assert await app.store.read(members.find, 1, "playground", "nobody") is None


async def test_a_newcomer_without_points_has_no_place(say: Say) -> None:
    reply = await say("new", "rank")
    assert reply.fields[2].value == "–"


async def test_the_language_chosen_beats_the_one_of_the_app(say: Say) -> None:
    chosen = await say("ann", "language", language="zh_CN")
    assert chosen.text == "从现在起我用中文和你说话。"
    assert (await say("ann", "rank", locale="en")).fields[0].name == "等级"


async def test_asked_for_no_language_it_offers_buttons(say: Say) -> None:
    reply = await say("ann", "language")
    assert [(b.label, b.options) for b in reply.buttons[0]] == [
        ("English", {"language": "en"}),
        ("中文", {"language": "zh_CN"}),
    ]


async def test_a_language_we_do_not_speak_is_refused_and_changes_nothing(app: App, say: Say) -> None:
    reply = await say("ann", "language", language="tlh")
    assert reply.text == "language must be one of: en, zh_CN"
    found = await app.store.read(members.find, 1, "playground", "ann")
    assert found is not None
    assert found.locale == ""


async def test_notices_can_be_refused_and_allowed_again(app: App, say: Say) -> None:
    for wanted in ("off", "on"):
        assert not (await say("ann", "notify", wanted=wanted)).error
        found = await app.store.read(members.find, 1, "playground", "ann")
        assert found is not None
        assert found.state.contact.notices == (wanted == "on")


async def test_the_badges_under_a_card_are_those_of_whose_card_it_is(say: Say) -> None:
    card = await say("ann", "rank")
    assert (await press(say, "bo", card, "Badges")).title == "Badges of Ann"
    assert (await press(say, "ann", card, "Badges")).title == "Badges of Ann"
