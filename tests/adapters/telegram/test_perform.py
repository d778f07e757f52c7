"""Effects on Telegram: said, let in, let out, and what each refusal of Telegram's leads to."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.delivery import GiveUp, TryAgain
from bot.desk import Desk
from bot.effects import Announce, Effect, GrantAccess, Nudge
from bot.events import Account
from bot.storage import members
from bot.storage.outbox import Task
from tests.adapters.telegram.conftest import ANN, CLUB, OLA, make
from tests.fakes.telegram import FakeTelegram

LOUNGE = -1001000000002


@pytest_asyncio.fixture
async def port(telegram: FakeTelegram, desk: Desk) -> AsyncIterator[TelegramAdapter]:
    """The adapter, not started: it performs all the same."""
    telegram.group(LOUNGE, "Lounge", OLA)
    made = make(desk, telegram, "polling")
    yield made
    await made.close()


def task(effect: Effect, target: str, number: int = 1, user: int = ANN, name: str = "Ann") -> Task:
    who = Account(platform="telegram", space=str(CLUB), user=str(user), name=name)
    return Task(
        id=number, key=f"k{number}", community=1, member=1, member_name=name, locale="en", account=who, target=target,
        effect=effect, attempts=1,
    )  # fmt: skip


UP = Announce(notice="level_up", values={"level": 3})
WON = Nudge(notice="level_up", values={"level": 7})


async def test_an_announcement_goes_to_a_chat_or_topic(port: TelegramAdapter, telegram: FakeTelegram) -> None:
    topic = telegram.topic(OLA, CLUB, "News")
    await port.perform(task(UP, str(CLUB)))
    await port.perform(task(UP, f"{CLUB}/{topic}", 2))
    await port.perform(task(UP, f"{CLUB}/1", 3))
    assert [(m["text"], m.get("message_thread_id")) for m in telegram.sent] == [
        ("🎉 Ann has reached level 3!", where) for where in (None, topic, None)
    ]


async def test_what_was_said_is_not_said_again(port: TelegramAdapter, telegram: FakeTelegram) -> None:
    await port.perform(task(UP, str(CLUB)))
    await port.perform(task(UP, str(CLUB)))
    assert len(telegram.sent) == 1


@pytest.mark.parametrize(
    ("code", "description", "parameters", "after"),
    [
        (429, "Too Many Requests: retry after 7", {"retry_after": 7}, 7.0),
        (500, "Internal", {}, None),
        (0, "", {}, None),
    ],
)
async def test_what_passes_is_tried_again(
    port: TelegramAdapter, telegram: FakeTelegram, code: int, description: str, parameters: dict[str, int], after: float
) -> None:
    telegram.fail("sendMessage", code, description, **parameters)
    with pytest.raises(TryAgain) as caught:
        await port.perform(task(UP, str(CLUB)))
    assert caught.value.after == after
    if not parameters:
        await port.perform(task(UP, str(CLUB)))
        assert len(telegram.sent) == 1


async def test_a_flood_in_one_chat_holds_up_no_other(port: TelegramAdapter, telegram: FakeTelegram) -> None:
    telegram.fail("sendMessage", 429, "Too Many Requests", retry_after=60)
    for number in (1, 2):
        with pytest.raises(TryAgain) as caught:
            await port.perform(task(UP, str(CLUB), number))
        assert caught.value.after is not None
        assert caught.value.after > 50
    await port.perform(task(UP, str(LOUNGE), 3))
    assert [m["chat"]["id"] for m in telegram.sent] == [LOUNGE]
    assert len([name for name, _ in telegram.calls if name.startswith("sendMessage")]) == 2


async def test_who_never_opened_a_chat_or_closed_it_is_given_up(
    port: TelegramAdapter, telegram: FakeTelegram, app: App
) -> None:
    with pytest.raises(GiveUp, match="press Start"):
        await port.perform(task(WON, "private"))
    telegram.started.add(ANN)
    await port.perform(task(WON, "private", 2))
    assert [m["chat"]["id"] for m in telegram.sent] == [ANN]
    telegram.block(ANN)
    with pytest.raises(GiveUp, match="blocked"):
        await port.perform(task(WON, "private", 3))


@pytest.mark.parametrize(
    ("target", "words"), [("-42", "administrator"), (f"{CLUB}/77", "/setup announce"), ("general", "/setup announce")]
)
async def test_a_place_that_is_gone_is_given_up_with_advice(port: TelegramAdapter, target: str, words: str) -> None:
    with pytest.raises(GiveUp, match=words):
        await port.perform(task(UP, target))


async def test_a_group_that_moved_is_followed(port: TelegramAdapter, telegram: FakeTelegram, app: App) -> None:
    me = await app.profile(Account(platform="telegram", space="-55", user=str(ANN)))
    await app.store.write(members.announce_in, me.community, "telegram", "-55")
    telegram.group(-55, "Small", OLA, kind="group")
    telegram.migrate(OLA, -55, -1055)
    with pytest.raises(TryAgain) as caught:
        await port.perform(task(UP, "-55"))
    assert caught.value.after == 0
    assert (await app.store.read(members.community, me.community)).announce == {"telegram": "-1055"}


async def test_a_role_is_no_thing_of_telegrams(port: TelegramAdapter) -> None:
    with pytest.raises(GiveUp, match="bind a chat"):
        await port.perform(task(GrantAccess(gate="lounge"), "role:5"))


LONELY = Nudge(notice="unanswered", variant="plain", row=7)


async def test_a_nudge_in_private_has_its_buttons_which_act_in_the_group(
    port: TelegramAdapter, telegram: FakeTelegram
) -> None:
    telegram.started.add(ANN)
    await port.perform(task(LONELY, "private"))
    (said,) = telegram.sent
    assert said["text"].startswith("Nobody has answered your message yet, Ann.")
    rows = said["reply_markup"]["inline_keyboard"]
    assert [key["text"] for row in rows for key in row] == ["Not interested in this", "Fewer of these", "Complain"]
    assert rows[0][0]["callback_data"].startswith("notify&wanted=off&about=7")


async def test_an_unanswered_message_is_answered_where_it_was_written(
    port: TelegramAdapter, telegram: FakeTelegram
) -> None:
    topic = telegram.topic(OLA, CLUB, "Questions")
    await port.perform(task(LONELY, f"reply:{CLUB}/{topic}:55"))
    (said,) = telegram.sent
    assert (said["chat"]["id"], said["message_thread_id"]) == (CLUB, topic)
    assert said["text"].startswith("Ann is new here, and nobody has answered yet.")
    (call,) = [parameters for name, parameters in telegram.calls if name == "sendMessage"]
    assert '"message_id": 55' in str(call["reply_parameters"]).replace("'", '"')


async def test_who_blocked_the_bot_has_closed_that_place_and_a_flood_stops_the_queue(
    port: TelegramAdapter, telegram: FakeTelegram
) -> None:
    telegram.started.add(ANN)
    telegram.block(ANN)
    with pytest.raises(GiveUp) as refused:
        await port.perform(task(LONELY, "private"))
    assert refused.value.closed
    telegram.fail("sendMessage", 429, "Too Many Requests", retry_after=60)
    with pytest.raises(TryAgain) as flooded:
        await port.perform(task(LONELY, str(CLUB), 2))
    assert flooded.value.too_fast
