"""The door of the webhook: who may come in, and when we say that something was taken."""

import json

import httpx
import pytest

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.delivery import GiveUp
from bot.desk import Desk
from bot.storage import inbox
from bot.storage.store import Store
from tests.adapters.telegram.conftest import ADDRESS, ANN, CLUB, SECRET, Heard, key
from tests.fakes.telegram import TOKEN, FakeTelegram

webhook = pytest.mark.parametrize("by", ["webhook"], indirect=True)
UPDATE = json.dumps(
    {"update_id": 5, "message": {"message_id": 1, "chat": {"id": -1, "type": "group"}, "date": 1}}
).encode()
SOURCE = "telegram:123456789"


def updates(store: Store) -> int:
    return len(store.look(inbox.waiting, SOURCE))


@pytest.mark.parametrize("secret", [None, "", " ", "a-long_secre", SECRET + "x", "ä", "\ud800", SECRET.upper()])
@pytest.mark.parametrize("configured", [True, False])
async def test_without_the_secret_nothing_is_taken(
    desk: Desk, store: Store, secret: str | None, configured: bool
) -> None:
    adapter = (
        TelegramAdapter(desk, TOKEN, webhook_url=ADDRESS, webhook_secret=SECRET)
        if configured
        else TelegramAdapter(desk, TOKEN)
    )
    assert await adapter.receive(UPDATE, secret) == 401
    assert updates(store) == 0
    await adapter.close()


@pytest.mark.parametrize("secret", [None, "", "has space", "ä", "x" * 257])
def test_a_webhook_without_a_good_secret_is_refused(desk: Desk, secret: str | None) -> None:
    with pytest.raises(GiveUp, match="LYCEUM_TELEGRAM_WEBHOOK_SECRET"):
        TelegramAdapter(desk, TOKEN, webhook_url=ADDRESS, webhook_secret=secret)


async def test_what_is_taken_is_stored_first_and_once(desk: Desk, store: Store) -> None:
    adapter = TelegramAdapter(desk, TOKEN, webhook_url=ADDRESS, webhook_secret=SECRET)
    assert [await adapter.receive(UPDATE, SECRET) for _ in range(2)] == [200, 200]
    assert updates(store) == 1
    assert await adapter.receive(b"x" * 1_000_001, SECRET) == 413
    store.writer.submit(store.engine.dispose).result()
    with store.engine.connect() as other:  # somebody else holds the database
        other.exec_driver_sql("DROP TABLE inbox")
        other.commit()
    assert await adapter.receive(UPDATE, SECRET) == 503
    await adapter.close()


@webhook
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[1]", b'{"update_id": "x"}', b'"text"'])
async def test_what_is_no_update_is_taken_so_that_it_is_not_repeated(
    adapter: TelegramAdapter, telegram: FakeTelegram, app: App, heard: Heard, body: bytes
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=telegram.application)) as client:
        answer = await client.post(ADDRESS, content=body, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET})
    assert answer.status_code == 200
    await heard.until(key(CLUB, telegram.say(ANN, CLUB, "and on it goes")))
    assert await app.store.read(inbox.waiting, SOURCE) == []


@webhook
async def test_the_webhook_is_set_with_its_secret_and_all_kinds(
    adapter: TelegramAdapter, telegram: FakeTelegram
) -> None:
    assert telegram.webhook["url"] == ADDRESS
    assert telegram.webhook["secret_token"] == SECRET
    assert {"message_reaction", "chat_member", "chat_join_request"} <= set(telegram.webhook["allowed_updates"])


@webhook
async def test_a_push_that_fails_is_repeated_and_counts_once(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard
) -> None:
    number = telegram.say(ANN, CLUB, "hello")
    await heard.until(key(CLUB, number))
    telegram.repeat({"update_id": 1000, "message": telegram.messages[CLUB, number]})
    change = await heard.until(key(CLUB, telegram.say(ANN, CLUB, "again")))
    assert change.after.engagement.messages == 2
    assert set(telegram.pushes) == {200}
