"""Letting in and letting out: what is sent, what is asked of Telegram, and whom it never touches."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.delivery import GiveUp, TryAgain
from bot.desk import Desk
from bot.effects import GrantAccess, RevokeAccess
from bot.storage import doors
from tests.adapters.telegram.conftest import ANN, BEA, OLA, earn, guard, make
from tests.adapters.telegram.test_perform import task
from tests.conftest import START, Clock
from tests.fakes.telegram import FakeTelegram

LOUNGE = -1001000000002
GRANT, REVOKE = GrantAccess(gate="lounge"), RevokeAccess(gate="lounge")
BEHIND = f"chat:{LOUNGE}"


@pytest_asyncio.fixture
async def port(telegram: FakeTelegram, app: App, desk: Desk) -> AsyncIterator[TelegramAdapter]:
    """The adapter, not started; the lounge is behind a gate that is open to Ann and Bea, who have opened a chat."""
    telegram.group(LOUNGE, "Lounge", OLA)
    telegram.started |= {ANN, BEA}
    await guard(app, LOUNGE)
    await earn(app, ANN, "Ann")
    await earn(app, BEA, "Bea")
    made = make(desk, telegram, "polling")
    yield made
    await made.close()


def called(telegram: FakeTelegram, *names: str) -> list[str]:
    return [name for name, _ in telegram.calls if name in names]


async def test_a_member_gets_a_link_of_their_own_that_asks_and_only_one(
    port: TelegramAdapter, telegram: FakeTelegram, app: App
) -> None:
    await port.perform(task(GRANT, BEHIND))
    await port.perform(task(GRANT, BEHIND, 2))
    (link,) = telegram.links
    member = (await app.store.read(doors.guest, "telegram", str(LOUNGE), str(ANN))).member  # type: ignore[union-attr]
    assert (link["creates_join_request"], link["name"]) == (True, f"#{member}")
    shown = [message["reply_markup"]["inline_keyboard"][0][0]["url"] for message in telegram.sent]
    assert shown == [link["invite_link"]] * 2
    await port.perform(task(GRANT, BEHIND, 3, BEA, "Bea"))
    assert len({one["invite_link"] for one in telegram.links}) == 2
    assert await app.store.read(doors.owner_of, "telegram", link["invite_link"]) == str(ANN)


async def test_who_asked_before_the_door_opened_is_let_in_when_it_does(
    port: TelegramAdapter, telegram: FakeTelegram, app: App
) -> None:
    telegram.ask_to_join(ANN, LOUNGE)
    await port.perform(task(GRANT, BEHIND))
    assert telegram.inside(LOUNGE, ANN)
    assert telegram.links == []
    assert await app.store.read(doors.admitted, "telegram", str(LOUNGE), str(ANN))


async def test_who_is_in_needs_no_link_and_who_was_banned_by_hand_gets_none(
    port: TelegramAdapter, telegram: FakeTelegram
) -> None:
    telegram.members[LOUNGE, ANN] = {"status": "member"}
    assert await port.holds(task(GRANT, BEHIND))
    await port.perform(task(GRANT, BEHIND))
    telegram.members[LOUNGE, BEA] = {"status": "kicked", "until_date": 0}
    with pytest.raises(GiveUp, match="by hand"):
        await port.perform(task(GRANT, BEHIND, 2, BEA))
    assert telegram.links == []
    assert telegram.members[LOUNGE, BEA] == {"status": "kicked", "until_date": 0}


async def test_a_door_that_closed_meanwhile_is_opened_to_nobody(port: TelegramAdapter, telegram: FakeTelegram) -> None:
    cid = telegram.user(77, "Cid")
    telegram.started.add(cid)
    telegram.ask_to_join(cid, LOUNGE)
    await port.perform(task(GRANT, BEHIND, 1, cid, "Cid"))
    assert not telegram.inside(LOUNGE, cid)
    assert (telegram.links, telegram.sent) == ([], [])


async def let_in(port: TelegramAdapter, telegram: FakeTelegram, user: int = ANN) -> None:
    """As it goes: a link, a request, and the request granted."""
    telegram.ask_to_join(user, LOUNGE)
    await port.perform(task(GRANT, BEHIND, user, user))
    assert telegram.inside(LOUNGE, user)


async def test_who_is_let_out_may_come_back_and_their_link_is_void(
    port: TelegramAdapter, telegram: FakeTelegram
) -> None:
    await port.perform(task(GRANT, BEHIND))
    await let_in(port, telegram)
    for number in (1, 2):
        await port.perform(task(REVOKE, BEHIND, number))
        assert telegram.members[LOUNGE, ANN]["status"] == "left"
    assert called(telegram, "banChatMember", "unbanChatMember", "revokeChatInviteLink") == [
        "banChatMember", "unbanChatMember", "revokeChatInviteLink"
    ]  # fmt: skip
    assert telegram.links[0]["is_revoked"]
    await port.perform(task(GRANT, BEHIND, 4))
    assert telegram.links[1]["invite_link"] != telegram.links[0]["invite_link"]


async def test_who_was_not_let_in_by_us_is_never_put_out(port: TelegramAdapter, telegram: FakeTelegram) -> None:
    telegram.members[LOUNGE, ANN] = {"status": "member"}
    await port.perform(task(GRANT, BEHIND))
    await port.perform(task(REVOKE, BEHIND, 2))
    await port.perform(task(REVOKE, BEHIND, 3, OLA))
    assert telegram.inside(LOUNGE, ANN)
    assert telegram.members[LOUNGE, OLA]["status"] == "creator"
    assert called(telegram, "banChatMember", "unbanChatMember") == []


async def test_who_was_let_in_and_is_an_administrator_by_now_is_left_to_a_human(
    port: TelegramAdapter, telegram: FakeTelegram
) -> None:
    await let_in(port, telegram)
    telegram.promote(LOUNGE, ANN)
    with pytest.raises(GiveUp, match="by hand"):
        await port.perform(task(REVOKE, BEHIND))
    assert telegram.members[LOUNGE, ANN]["status"] == "administrator"


async def test_a_ban_that_was_not_lifted_is_lifted(port: TelegramAdapter, telegram: FakeTelegram, clock: Clock) -> None:
    await let_in(port, telegram)
    telegram.fail("unbanChatMember", 502, "Bad Gateway")
    with pytest.raises(TryAgain):
        await port.perform(task(REVOKE, BEHIND))
    banned = telegram.members[LOUNGE, ANN]
    assert banned["status"] == "kicked"
    assert timedelta(seconds=60) < timedelta(seconds=banned["until_date"] - clock().timestamp()) < timedelta(hours=1)
    await port.perform(task(REVOKE, BEHIND))
    assert telegram.members[LOUNGE, ANN]["status"] == "left"


@pytest.mark.parametrize("until", [0, 300, 86_400])
async def test_a_ban_by_a_human_is_never_lifted(
    port: TelegramAdapter, telegram: FakeTelegram, app: App, until: int
) -> None:
    await let_in(port, telegram)
    banned = {"status": "kicked", "until_date": until and telegram.now + until}
    telegram.members[LOUNGE, ANN] = dict(banned)
    if until == 300:  # it ends as soon as one of ours would: that it is none was heard
        await app.store.write(doors.ban, "telegram", str(LOUNGE), str(ANN), START)
    await port.perform(task(REVOKE, BEHIND))
    with pytest.raises(GiveUp, match="lift the ban"):
        await port.perform(task(GRANT, BEHIND, 2))
    assert telegram.members[LOUNGE, ANN] == banned
    assert called(telegram, "unbanChatMember") == []


async def test_a_human_who_bans_between_our_ban_and_its_lifting_wins(
    port: TelegramAdapter, telegram: FakeTelegram, app: App
) -> None:
    await let_in(port, telegram)
    await app.store.write(doors.ban, "telegram", str(LOUNGE), str(ANN), START)
    await port.perform(task(REVOKE, BEHIND))
    assert telegram.members[LOUNGE, ANN]["status"] == "kicked"
    assert called(telegram, "unbanChatMember") == []


async def test_a_small_group_removes_without_a_ban_to_lift(
    port: TelegramAdapter, telegram: FakeTelegram, app: App
) -> None:
    telegram.group(-77, "Small", OLA, kind="group")
    await guard(app, -77)
    telegram.ask_to_join(ANN, -77)
    await port.perform(task(GRANT, "chat:-77"))
    assert telegram.inside(-77, ANN)
    await port.perform(task(REVOKE, "chat:-77"))
    assert not telegram.inside(-77, ANN)


@pytest.mark.parametrize(("effect", "needs"), [(GRANT, "invite link"), (REVOKE, "restrict")])
async def test_without_the_right_the_creator_is_told_what_to_do(
    port: TelegramAdapter, telegram: FakeTelegram, effect: GrantAccess | RevokeAccess, needs: str
) -> None:
    await let_in(port, telegram)
    if effect is GRANT:
        telegram.leave(ANN, LOUNGE)
    telegram.promote(LOUNGE, telegram.me["id"])
    before = dict(telegram.members)
    with pytest.raises(GiveUp, match=f"{needs}.*administrator"):
        await port.perform(task(effect, BEHIND, 7))
    assert telegram.members == before
