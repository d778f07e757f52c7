"""At the door of a chat behind a gate, with the adapter running: who asks, who comes, who goes, who is thrown out."""

import asyncio

import pytest
import pytest_asyncio

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.desk import Desk
from bot.events import Account
from bot.storage import doors, gates, inbox, members
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, MOD, OLA, Heard, earn, guard, make, said
from tests.conftest import Clock
from tests.fakes.telegram import FakeTelegram

LOUNGE = -1001000000002
NEWS = -1001000000003


@pytest_asyncio.fixture
async def lounge(telegram: FakeTelegram, app: App, adapter: TelegramAdapter) -> int:
    """Behind a gate that is open to Ann, not to Bea; and a channel behind the same gate."""
    telegram.group(LOUNGE, "Lounge", OLA)
    telegram.promote(LOUNGE, MOD, "can_restrict_members", "can_invite_users")
    telegram.group(NEWS, "News", OLA, kind="channel")
    telegram.started.add(ANN)
    await earn(app, ANN, "Ann")
    await guard(app, LOUNGE)
    await guard(app, NEWS, kind="channel")
    await said(telegram, "A door has opened", "Lounge")
    await said(telegram, "A door has opened", "News")
    return LOUNGE


async def settled(telegram: FakeTelegram, app: App) -> None:
    """Wait until every update has been answered."""
    source = "telegram:123456789"
    await telegram.until(lambda: not telegram.updates)
    async with asyncio.timeout(20):
        while await app.store.read(inbox.waiting, source):
            await app.store.write(lambda _: None)  # behind whatever is to be written yet


def told(telegram: FakeTelegram, user: int) -> list[str]:
    return [message["text"] for message in telegram.sent if message["chat"]["id"] == user]


def links(telegram: FakeTelegram, chat: int) -> str:
    """The address of Ann's link into a chat."""
    (link,) = [one for one in telegram.links if one["chat"] == chat]
    return str(link["invite_link"])


@pytest.mark.parametrize("chat", [LOUNGE, NEWS])
async def test_the_entitled_are_greeted_and_let_in(telegram: FakeTelegram, lounge: int, app: App, chat: int) -> None:
    telegram.open_link(ANN, links(telegram, chat))
    await telegram.until(lambda: telegram.inside(chat, ANN))
    await settled(telegram, app)
    title = telegram.chats[chat]["title"]
    assert told(telegram, ANN)[-1] == f"Welcome to {title}, Ann! You are in."
    assert telegram.requests == set()
    assert await app.store.read(doors.admitted, "telegram", str(chat), str(ANN))


async def test_the_greeting_reaches_who_never_opened_a_chat(telegram: FakeTelegram, lounge: int, app: App) -> None:
    telegram.started.discard(ANN)
    telegram.open_link(ANN, links(telegram, lounge))
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))
    assert told(telegram, ANN)[-1] == "Welcome to Lounge, Ann! You are in."


async def test_others_are_told_how_to_become_a_member_and_declined(
    telegram: FakeTelegram, lounge: int, app: App
) -> None:
    cid = telegram.user(77, "Cid", language_code="zh-hans")
    for user in (BEA, cid):
        telegram.open_link(user, telegram.link(LOUNGE, OLA, creates_join_request=True))
    await telegram.until(lambda: len(telegram.declined) == 2)
    assert sorted(telegram.declined) == [(LOUNGE, BEA), (LOUNGE, cid)]
    (hint,) = told(telegram, BEA)
    assert "Lounge is for its members. /subscribe" in hint
    assert len(told(telegram, cid)) == 1
    assert not telegram.inside(LOUNGE, BEA)
    club = await app.store.read(members.community_of, "telegram", str(CLUB))
    assert (await app.profile(Account(platform="telegram", space="", user=str(cid)))).community == club


async def test_fifty_race_for_one_members_link_and_one_comes_in(telegram: FakeTelegram, lounge: int, app: App) -> None:
    crowd = [telegram.user(1000 + n, f"User {n}") for n in range(49)]
    address = links(telegram, lounge)
    for user in [*crowd[:25], ANN, *crowd[25:]]:
        assert telegram.open_link(user, address) == "asked"
    await telegram.until(lambda: not telegram.requests, seconds=60)
    assert telegram.inside(LOUNGE, ANN)
    assert [user for user in crowd if telegram.inside(LOUNGE, user)] == []
    assert sorted(telegram.declined) == [(LOUNGE, user) for user in crowd]


async def test_a_request_to_a_chat_without_a_gate_is_left_to_a_human(
    telegram: FakeTelegram, lounge: int, app: App
) -> None:
    telegram.ask_to_join(telegram.user(77, "Cid"), CLUB)
    await settled(telegram, app)
    assert telegram.requests == {(CLUB, 77)}
    assert told(telegram, 77) == []


async def test_what_fails_for_a_while_is_tried_again(telegram: FakeTelegram, lounge: int) -> None:
    telegram.fail("approveChatJoinRequest", 429, "Too Many Requests", retry_after=0)
    telegram.open_link(ANN, links(telegram, lounge))
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))


async def test_who_asked_while_we_were_away_for_long_is_let_in_at_the_start(
    telegram: FakeTelegram, lounge: int, app: App, adapter: TelegramAdapter, desk: Desk, clock: Clock
) -> None:
    telegram.say(OLA, CLUB, "the last we hear")
    await settled(telegram, app)
    await adapter.close()
    telegram.open_link(ANN, links(telegram, lounge))
    telegram.updates.clear()
    clock.advance(hours=25)
    again = make(desk, telegram, "polling")
    await again.start()
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))
    await again.close()
    assert told(telegram, BEA) == []


async def test_coming_to_a_gated_chat_or_leaving_it_is_neither_joining_nor_leaving(
    telegram: FakeTelegram, lounge: int, app: App, heard: Heard
) -> None:
    telegram.open_link(ANN, links(telegram, lounge))
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))
    telegram.leave(ANN, LOUNGE)
    await settled(telegram, app)
    assert [one for one in heard.changes if ":member:" in one] == []
    me = await app.profile(Account(platform="telegram", space=str(CLUB), user=str(ANN)))
    assert me.state.contact.here
    assert me.state.access.open == ("lounge",)
    telegram.open_link(ANN, links(telegram, lounge))
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))


async def test_who_is_added_or_let_in_by_a_human_stays_when_the_gate_closes(
    telegram: FakeTelegram, lounge: int, app: App
) -> None:
    telegram.add(MOD, LOUNGE, ANN)
    telegram.add(MOD, LOUNGE, BEA)
    await settled(telegram, app)
    await app.store.write(gates.unbind, community=1, gate="lounge", platform="telegram", now=app.clock())
    await app.deliver(app.clock())
    assert telegram.inside(LOUNGE, ANN)
    assert telegram.inside(LOUNGE, BEA)
    assert "banChatMember" not in [name for name, _ in telegram.calls]


async def test_who_was_let_in_by_us_goes_when_the_gate_closes_and_may_come_back(
    telegram: FakeTelegram, lounge: int, app: App
) -> None:
    telegram.open_link(ANN, links(telegram, lounge))
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))
    await settled(telegram, app)
    await app.store.write(gates.unbind, community=1, gate="lounge", platform="telegram", now=app.clock())
    await telegram.until(lambda: telegram.members[LOUNGE, ANN]["status"] == "left")
    assert (await app.profile(Account(platform="telegram", space=str(CLUB), user=str(ANN)))).state.contact.here


async def test_who_was_put_out_by_a_human_is_not_let_in_again_until_the_human_relents(
    telegram: FakeTelegram, lounge: int, app: App
) -> None:
    telegram.open_link(ANN, links(telegram, lounge))
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))
    telegram.leave(ANN, LOUNGE, by=MOD)
    await settled(telegram, app)
    telegram.open_link(ANN, links(telegram, lounge))
    await settled(telegram, app)
    assert telegram.requests == {(LOUNGE, ANN)}
    assert await app.store.read(doors.status, "telegram", str(LOUNGE), str(ANN)) == "held"
    telegram.ban(MOD, LOUNGE, ANN)
    telegram.lift(MOD, LOUNGE, ANN)
    await settled(telegram, app)
    telegram.open_link(ANN, links(telegram, lounge))
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))


async def test_who_comes_by_a_link_of_ours_that_is_not_theirs_is_thrown_out_and_may_come_back(
    telegram: FakeTelegram, lounge: int, app: App
) -> None:
    open_ = telegram._make_link(LOUNGE, telegram._person(telegram.me["id"]), {})["invite_link"]
    assert telegram.open_link(BEA, open_) == "joined"
    await telegram.until(lambda: telegram.members[LOUNGE, BEA]["status"] == "left")
    assert telegram.banned_by == {}


async def test_who_comes_by_a_humans_open_link_is_left_alone(telegram: FakeTelegram, lounge: int, app: App) -> None:
    assert telegram.open_link(BEA, telegram.link(LOUNGE, OLA)) == "joined"
    await settled(telegram, app)
    assert telegram.inside(LOUNGE, BEA)


async def test_bans_of_humans_are_remembered_until_lifted_and_ours_are_not(
    telegram: FakeTelegram, lounge: int, app: App
) -> None:
    telegram.ban(MOD, LOUNGE, BEA)
    telegram.ban(MOD, CLUB, ANN)
    await settled(telegram, app)
    assert await app.store.read(doors.banned, "telegram", str(LOUNGE), str(BEA))
    assert await app.store.read(doors.banned, "telegram", str(CLUB), str(ANN))
    telegram.lift(MOD, LOUNGE, BEA)
    await settled(telegram, app)
    assert not await app.store.read(doors.banned, "telegram", str(LOUNGE), str(BEA))
    telegram.set_member(LOUNGE, BEA, by=telegram.me["id"], status="kicked", until_date=telegram.now + 600)
    await settled(telegram, app)
    assert not await app.store.read(doors.banned, "telegram", str(LOUNGE), str(BEA))
