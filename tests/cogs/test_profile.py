"""/rank, /leaderboard, /language, /notify, as members read them."""

import pytest

from bot.app import App
from bot.engine.levels import progress
from bot.engine.rules import LevelRules
from bot.storage import members
from tests.cogs.conftest import TALK, Say, earned

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
        ("Messages", str(TALK["ann"])),
        ("Reactions received", "0"),
    ]
    assert reply.image is not None
    assert reply.image.data.startswith(b"\x89PNG")
    assert reply.private is False


async def test_rank_in_chinese(say: Say) -> None:
    reply = await say("陈默", "rank", locale="zh-CN")
    assert [field.name for field in reply.fields] == ["等级", "积分", "名次", "消息", "收到的回应"]


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


async def test_the_board_is_sorted_and_equal_points_share_a_rank(say: Say) -> None:
    reply = await say("ann", "leaderboard")
    assert reply.table is not None
    totals = sorted((earned(user) for user in TALK), reverse=True)
    assert [row[3] for row in reply.table.rows] == [str(points) for points in totals]
    dense = sorted(set(totals), reverse=True)
    assert [int(row[0]) for row in reply.table.rows] == [dense.index(points) + 1 for points in totals]
    assert reply.buttons == ()


@pytest.mark.parametrize(("page", "error"), [("0", True), ("x", True), ("100001", True), ("99", False), ("1", False)])
async def test_pages_beyond_the_last_show_the_last_and_nonsense_is_refused(say: Say, page: str, error: bool) -> None:
    reply = await say("ann", "leaderboard", page=page)
    assert reply.error == error
    assert bool(reply.table) != error


async def test_an_empty_board_says_how_to_be_first(say: Say) -> None:
    reply = await say("a", "leaderboard", space="elsewhere")
    assert reply.text == "Nobody has points yet. The first message earns some."


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
