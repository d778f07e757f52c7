"""Starting, fetching and stopping when Telegram or the network is in the way."""

import pytest
from structlog.testing import capture_logs

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.delivery import GiveUp
from bot.desk import Desk
from bot.storage import inbox
from tests.adapters.telegram.conftest import ANN, CLUB, Heard, key, make, said
from tests.conftest import Clock
from tests.fakes.telegram import TOKEN, FakeTelegram

SOURCE = "telegram:123456789"


@pytest.mark.parametrize("token", ["", "token", "123:", "12:a b"])
def test_what_is_no_token_is_refused_with_advice(desk: Desk, token: str) -> None:
    with pytest.raises(GiveUp, match="@BotFather"):
        TelegramAdapter(desk, token)


async def test_a_token_that_telegram_does_not_know_ends_the_start(desk: Desk, telegram: FakeTelegram) -> None:
    adapter = TelegramAdapter(desk, "1:wrong", api_url=telegram.url)
    with pytest.raises(GiveUp, match="LYCEUM_TELEGRAM_TOKEN") as caught:
        await adapter.start()
    assert "1:wrong" not in str(caught.value)


async def test_without_network_it_starts_and_joins_when_there_is_one(
    desk: Desk, telegram: FakeTelegram, heard: Heard
) -> None:
    telegram.fail("getMe", 0)
    telegram.fail("getMe", 502)
    adapter = make(desk, telegram, "polling")
    number = telegram.say(ANN, CLUB, "is anybody there?")
    await adapter.start()
    await heard.until(key(CLUB, number))
    await adapter.close()


async def test_stopping_without_network_ends(desk: Desk, telegram: FakeTelegram) -> None:
    telegram.fail("getMe", 0)
    adapter = make(desk, telegram, "polling")
    await adapter.start()
    assert [check.state for check in await adapter.checks()].count("problem") == 1
    await adapter.close()


@pytest.mark.parametrize(
    ("code", "words"), [(409, "Somebody else"), (401, "no longer"), (500, "can't be reached"), (0, "can't be reached")]
)
async def test_fetching_goes_on_when_the_trouble_is_over_and_says_what_it_was(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard, code: int, words: str
) -> None:
    with capture_logs() as logs:
        telegram.fail("getUpdates", code, "it says why")
        first = telegram.say(ANN, CLUB, "this ends the request under way")
        await telegram.until(lambda: any(name == "getUpdates!" for name, _ in telegram.calls))
        second = telegram.say(ANN, CLUB, "and this comes later")
        await heard.until(key(CLUB, first), key(CLUB, second))
    (report,) = [line["todo"] for line in logs if line["event"] == "no updates are fetched"]
    assert words in report
    assert "updates are fetched again" in [line["event"] for line in logs]
    assert not [check for check in await adapter.checks() if check.state == "problem"]


async def test_an_update_is_confirmed_only_when_it_is_stored(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard, app: App
) -> None:
    first = telegram.updates[-1]["update_id"] if telegram.updates else 1000
    app.store.transact(lambda c: c.exec_driver_sql("ALTER TABLE inbox RENAME TO hidden"))
    number = telegram.say(ANN, CLUB, "don't lose me")
    await telegram.until(lambda: len(telegram.polls) > 3)
    assert telegram.confirmed <= first
    app.store.transact(lambda c: c.exec_driver_sql("ALTER TABLE hidden RENAME TO inbox"))
    await heard.until(key(CLUB, number))
    await telegram.until(lambda: telegram.confirmed > first)


async def test_what_was_left_over_is_handled_first(
    desk: Desk, telegram: FakeTelegram, app: App, heard: Heard, clock: Clock
) -> None:
    number = telegram.say(ANN, CLUB, "before the crash")
    asked = telegram.say(ANN, CLUB, "/leaderboard")
    bodies = [(str(one["update_id"]), telegram.encode(one)) for one in telegram.updates]
    telegram.updates.clear()
    await app.store.write(inbox.store, SOURCE, bodies, clock())
    adapter = make(desk, telegram, "polling")
    await adapter.start()
    await heard.until(key(CLUB, number))
    answer = await said(telegram, "", chat=CLUB)
    assert answer["reply_to_message"]["message_id"] == asked  # type: ignore[index]
    await adapter.close()
    assert await app.store.read(inbox.waiting, SOURCE) == []


async def test_stopping_loses_nothing_and_answers_what_was_asked(
    desk: Desk, telegram: FakeTelegram, app: App, heard: Heard
) -> None:
    adapter = make(desk, telegram, "polling")
    await adapter.start()
    await heard.until(key(CLUB, telegram.say(ANN, CLUB, "hello")))
    for n in range(30):
        telegram.say(ANN, CLUB, f"and {n}")
    await adapter.close()
    again = make(desk, telegram, "polling")
    await again.start()
    last = await heard.until(*(key(CLUB, number) for number in range(100, 131)))
    assert last.after.engagement.messages == 31
    await again.close()


async def test_another_bot_has_letters_of_its_own(desk: Desk, telegram: FakeTelegram, app: App, clock: Clock) -> None:
    await app.store.write(inbox.store, "telegram:42", [("1000", b"{}")], clock())
    adapter = TelegramAdapter(desk, TOKEN, api_url=telegram.url)
    await adapter.start()
    await telegram.until(lambda: telegram.allowed is not None)
    await adapter.close()
    assert len(await app.store.read(inbox.waiting, "telegram:42")) == 1
