"""Effects on Telegram: said, let in, let out, and what each refusal of Telegram's leads to."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.delivery import GiveUp, TryAgain
from bot.desk import Desk
from bot.effects import Announce, Effect, GrantAccess, Nudge, RevokeAccess
from bot.events import Account
from bot.storage import gates, members
from bot.storage.outbox import Task
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, OLA, Heard, key, make
from tests.conftest import Clock
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
QUIET = Nudge(notice="quiet", values={"days": 7})


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
        await port.perform(task(QUIET, "private"))
    telegram.started.add(ANN)
    await port.perform(task(QUIET, "private", 2))
    assert [m["chat"]["id"] for m in telegram.sent] == [ANN]
    telegram.block(ANN)
    with pytest.raises(GiveUp, match="blocked"):
        await port.perform(task(QUIET, "private", 3))


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


async def test_who_may_come_in_is_sent_a_link_and_let_in_when_they_ask(
    adapter: TelegramAdapter, telegram: FakeTelegram, app: App, heard: Heard, clock: Clock
) -> None:
    telegram.group(LOUNGE, "Lounge", OLA)
    first = await heard.until(key(CLUB, telegram.say(ANN, CLUB, "hello")))
    telegram.say(ANN, ANN, "/start")
    await app.store.write(
        gates.bind, community=first.seat.community, gate="lounge", platform="telegram", space=str(LOUNGE), kind="chat",
        target=str(LOUNGE), now=clock(),
    )  # fmt: skip
    for n in range(14):
        telegram.say(ANN, CLUB, f"thought {n}")
    await telegram.until(lambda: any("Lounge" in str(m.get("text")) for m in telegram.sent))
    (invitation,) = [m for m in telegram.sent if "Lounge" in str(m.get("text"))]
    assert invitation["chat"]["id"] == ANN
    assert invitation["reply_markup"]["inline_keyboard"][0][0]["url"] == telegram.links[0]["invite_link"]
    assert telegram.links[0]["creates_join_request"]
    telegram.ask_to_join(BEA, LOUNGE)
    telegram.ask_to_join(ANN, LOUNGE)
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))
    assert telegram.requests == {(LOUNGE, BEA)}


async def test_who_asked_before_the_door_opened_is_let_in_when_it_does(
    port: TelegramAdapter, telegram: FakeTelegram
) -> None:
    telegram.ask_to_join(ANN, LOUNGE)
    await port.perform(task(GrantAccess(gate="lounge"), f"chat:{LOUNGE}"))
    assert telegram.inside(LOUNGE, ANN)
    assert telegram.links == []


async def test_who_is_in_needs_no_link_and_who_was_banned_by_hand_gets_none(
    port: TelegramAdapter, telegram: FakeTelegram
) -> None:
    telegram.started |= {ANN, BEA}
    telegram.members[LOUNGE, ANN] = {"status": "member"}
    await port.perform(task(GrantAccess(gate="lounge"), f"chat:{LOUNGE}"))
    telegram.members[LOUNGE, BEA] = {"status": "kicked", "until_date": 0}
    with pytest.raises(GiveUp, match="by hand"):
        await port.perform(task(GrantAccess(gate="lounge"), f"chat:{LOUNGE}", 2, BEA))
    assert telegram.links == []
    assert telegram.members[LOUNGE, BEA]["status"] == "kicked"


async def test_who_is_let_out_may_come_back(port: TelegramAdapter, telegram: FakeTelegram) -> None:
    telegram.members[LOUNGE, ANN] = {"status": "member"}
    for number in (1, 2):
        await port.perform(task(RevokeAccess(gate="lounge"), f"channel:{LOUNGE}", number))
        assert telegram.members[LOUNGE, ANN]["status"] == "left"
    assert [name for name, _ in telegram.calls].count("banChatMember") == 1


async def test_a_ban_that_was_not_lifted_is_lifted_and_a_humans_is_not(
    port: TelegramAdapter, telegram: FakeTelegram, clock: Clock
) -> None:
    telegram.members[LOUNGE, ANN] = {"status": "member"}
    telegram.fail("unbanChatMember", 502, "Bad Gateway")
    with pytest.raises(TryAgain):
        await port.perform(task(RevokeAccess(gate="lounge"), f"chat:{LOUNGE}"))
    banned = telegram.members[LOUNGE, ANN]
    assert banned["status"] == "kicked"
    assert timedelta(seconds=60) < timedelta(seconds=banned["until_date"] - clock().timestamp()) < timedelta(hours=1)
    await port.perform(task(RevokeAccess(gate="lounge"), f"chat:{LOUNGE}"))
    assert telegram.members[LOUNGE, ANN]["status"] == "left"
    telegram.members[LOUNGE, BEA] = {"status": "kicked", "until_date": 0}
    await port.perform(task(RevokeAccess(gate="lounge"), f"chat:{LOUNGE}", 2, BEA))
    assert telegram.members[LOUNGE, BEA]["status"] == "kicked"


async def test_an_administrator_is_not_removed(port: TelegramAdapter, telegram: FakeTelegram) -> None:
    with pytest.raises(GiveUp, match="by hand"):
        await port.perform(task(RevokeAccess(gate="lounge"), f"chat:{LOUNGE}", user=OLA))
    assert telegram.members[LOUNGE, OLA]["status"] == "creator"


async def test_a_small_group_removes_without_a_ban_to_lift(port: TelegramAdapter, telegram: FakeTelegram) -> None:
    telegram.group(-77, "Small", OLA, kind="group")
    telegram.members[-77, ANN] = {"status": "member"}
    await port.perform(task(RevokeAccess(gate="lounge"), "chat:-77"))
    assert not telegram.inside(-77, ANN)


async def test_a_role_is_no_thing_of_telegrams(port: TelegramAdapter) -> None:
    with pytest.raises(GiveUp, match="bind a chat"):
        await port.perform(task(GrantAccess(gate="lounge"), "role:5"))
