"""What people do on Telegram and what comes of it, by long polling and by webhook."""

import json

import pytest

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, MOD, OLA, Heard, key, said
from tests.fakes.telegram import FakeTelegram

pytestmark = [pytest.mark.parametrize("by", ["polling", "webhook"], indirect=True), pytest.mark.usefixtures("adapter")]


async def test_talk_raises_the_level_which_is_announced(telegram: FakeTelegram, heard: Heard) -> None:
    numbers = [telegram.say(ANN, CLUB, f"thought number {n}") for n in range(7)]
    last = await heard.until(*(key(CLUB, number) for number in numbers))
    assert last.after.engagement.messages == 7
    assert last.after.standing.level == 1
    message = await said(telegram, "Ann has reached level 1", chat=CLUB)
    assert "reply_to_message" not in message


async def test_rank_and_leaderboard_are_answered_in_the_group(telegram: FakeTelegram, heard: Heard) -> None:
    await heard.until(key(CLUB, telegram.say(ANN, CLUB, "hello")))
    asked = telegram.say(BEA, CLUB, "/rank Ann")
    message = await said(telegram, "Ann", chat=CLUB)
    assert message["reply_to_message"]["message_id"] == asked  # type: ignore[index]
    telegram.say(BEA, CLUB, "/leaderboard@lyceum_bot page=1")
    await said(telegram, "Leaderboard of Club", "Ann", chat=CLUB)


async def test_a_private_answer_waits_behind_a_button_for_whoever_never_wrote(telegram: FakeTelegram) -> None:
    telegram.say(OLA, CLUB, "/setup")
    invited = await said(telegram, "", chat=CLUB)
    (url,) = [k["url"] for row in invited["reply_markup"]["inline_keyboard"] for k in row]  # type: ignore[index]
    start = url.partition("?start=")[2]
    assert start.startswith("run-")
    telegram.say(OLA, OLA, f"/start {start}")
    await telegram.until(lambda: any(m["chat"]["id"] == OLA for m in telegram.sent))


async def test_a_form_is_asked_blank_by_blank_and_done(telegram: FakeTelegram, app: App) -> None:
    telegram.say(OLA, OLA, "hi")
    telegram.say(OLA, CLUB, "/setup show")
    shown = await said(telegram, "Club", chat=OLA)
    telegram.press(OLA, shown, "名称")
    first = await said(telegram, "(1/2)", chat=OLA)
    assert first["chat"]["id"] == OLA  # type: ignore[index]
    telegram.say(OLA, OLA, "Night Owls")
    second = await said(telegram, "(2/2)", chat=OLA)
    telegram.press(OLA, second, "中文")
    await said(telegram, "已保存", chat=OLA)
    telegram.say(OLA, CLUB, "/setup show")
    await said(telegram, "Night Owls", chat=OLA)


async def test_an_export_is_a_file(telegram: FakeTelegram) -> None:
    telegram.say(ANN, ANN, "hi")
    telegram.say(ANN, CLUB, "/mydata export")
    message = await said(telegram, "everything stored", chat=ANN)
    assert message["document"]["file_name"] == "mydata.json"  # type: ignore[index]
    assert "Ann" in json.dumps(json.loads(telegram.files["mydata.json"]))
    await said(telegram, "I have written to you in private", chat=CLUB)


async def test_only_those_with_the_right_set_up(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    for user in (ANN, MOD):
        telegram.say(user, user, "hi")
        telegram.say(user, CLUB, "/setup announce")
        await said(telegram, "creator", chat=user)
    assert not [m for m in telegram.sent if "News is announced" in str(m.get("text"))]
    assert BEA not in telegram.started
