"""The fake's doors open and close as Telegram's do."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.telegram import FakeTelegram
from tests.fakes.test_telegram_stars import call, news

ANN, BEA, OLA = 11, 12, 13
ROOM = -1001000000009
Json = dict[str, Any]
NO_INVITES = "Bad Request: not enough rights to manage chat invite link"
NO_BANS = "Bad Request: not enough rights to restrict/unrestrict chat member"


@pytest_asyncio.fixture(params=["supergroup", "channel"])
async def telegram(request: pytest.FixtureRequest) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.allowed = {"chat_member", "chat_join_request", "my_chat_member"}
        for number, name in ((ANN, "Ann"), (BEA, "Bea"), (OLA, "Ola")):
            fake.user(number, name)
        fake.group(ROOM, "Room", OLA, kind=request.param)
        yield fake
    assert fake.faults == []


async def asking(telegram: FakeTelegram, **options: Any) -> str:
    """The address of a link of the bot's that asks."""
    made = await call(telegram, "createChatInviteLink", chat_id=ROOM, creates_join_request=True, **options)
    return str(made["invite_link"])


async def test_who_asks_is_let_in_once(telegram: FakeTelegram) -> None:
    address = await asking(telegram, name="for Ann")
    assert telegram.open_link(ANN, address) == "asked"
    (request,) = news(telegram, "chat_join_request")
    assert (request["from"]["id"], request["user_chat_id"]) == (ANN, ANN)
    assert (request["invite_link"]["invite_link"], request["invite_link"]["name"]) == (address, "for Ann")
    assert await call(telegram, "approveChatJoinRequest", chat_id=ROOM, user_id=ANN) is True
    again = await call(telegram, "approveChatJoinRequest", chat_id=ROOM, user_id=ANN)
    assert again == "Bad Request: USER_ALREADY_PARTICIPANT"
    (came,) = news(telegram, "chat_member")
    assert (came["from"]["id"], came["invite_link"]["invite_link"]) == (telegram.me["id"], address)
    assert (came["old_chat_member"]["status"], came["new_chat_member"]["status"]) == ("left", "member")
    assert telegram.open_link(ANN, address) == "inside"


async def test_a_request_is_declined_once_and_may_be_made_anew(telegram: FakeTelegram) -> None:
    address = await asking(telegram)
    for _ in range(2):
        telegram.open_link(ANN, address)
        assert await call(telegram, "declineChatJoinRequest", chat_id=ROOM, user_id=ANN) is True
        gone = await call(telegram, "approveChatJoinRequest", chat_id=ROOM, user_id=ANN)
        assert gone == "Bad Request: HIDE_REQUESTER_MISSING"
    assert telegram.declined == [(ROOM, ANN)] * 2
    assert not telegram.inside(ROOM, ANN)


async def test_who_asked_can_be_written_to_for_five_minutes_until_answered(telegram: FakeTelegram) -> None:
    async def say() -> Any:
        return await call(telegram, "sendMessage", chat_id=ANN, text="hello")

    silent = "Forbidden: bot can't initiate conversation with a user"
    address = await asking(telegram)
    assert await say() == silent
    telegram.open_link(ANN, address)
    assert (await say())["text"] == "hello"
    telegram.advance(301)
    assert await say() == silent
    telegram.open_link(ANN, address)
    assert (await say())["text"] == "hello"
    await call(telegram, "declineChatJoinRequest", chat_id=ROOM, user_id=ANN)
    assert await say() == silent
    telegram.started.add(ANN)
    telegram.block(ANN)
    assert await say() == "Forbidden: bot was blocked by the user"
    (blocked,) = news(telegram, "my_chat_member")
    assert blocked["new_chat_member"]["status"] == "kicked"


async def test_links_have_their_limits(telegram: FakeTelegram) -> None:
    async def refused(**options: Any) -> Any:
        return await call(telegram, "createChatInviteLink", chat_id=ROOM, **options)

    assert "member limit can't" in await refused(member_limit=1, creates_join_request=True)
    assert "too long" in await refused(name="x" * 33)
    assert await refused(member_limit=100_000) == "Bad Request: USAGE_LIMIT_INVALID"
    assert await refused(expire_date=telegram.now - 5) == "Bad Request: EXPIRE_DATE_INVALID"
    assert telegram.links == []
    one = await call(telegram, "createChatInviteLink", chat_id=ROOM, member_limit=1)
    assert telegram.open_link(ANN, one["invite_link"]) == "joined"
    assert telegram.open_link(BEA, one["invite_link"]) == "full"
    short = await call(telegram, "createChatInviteLink", chat_id=ROOM, expire_date=telegram.now + 60)
    telegram.advance(90)
    assert telegram.open_link(BEA, short["invite_link"]) == "expired"
    gone = await asking(telegram)
    revoked = await call(telegram, "revokeChatInviteLink", chat_id=ROOM, invite_link=gone)
    assert revoked["is_revoked"]
    assert telegram.open_link(BEA, gone) == "expired"
    assert not telegram.inside(ROOM, BEA)


async def test_a_link_made_by_hand_is_shown_by_half(telegram: FakeTelegram) -> None:
    address = telegram.link(ROOM, OLA)
    assert telegram.open_link(ANN, address) == "joined"
    (came,) = news(telegram, "chat_member")
    assert came["from"]["id"] == ANN
    assert came["invite_link"]["creator"]["id"] == OLA
    assert came["invite_link"]["invite_link"].endswith("…")


async def test_bans_say_who_banned_only_when_they_happen(telegram: FakeTelegram) -> None:
    telegram.members[ROOM, ANN] = {"status": "member"}
    telegram.ban(OLA, ROOM, ANN)
    (told,) = news(telegram, "chat_member")
    assert told["from"]["id"] == OLA
    found = await call(telegram, "getChatMember", chat_id=ROOM, user_id=ANN)
    assert found == {"user": telegram.users[ANN], "status": "kicked", "until_date": 0}
    assert telegram.open_link(ANN, await asking(telegram)) == "banned"
    telegram.lift(OLA, ROOM, ANN)
    assert telegram.banned_by == {}


async def test_a_ban_of_the_bots_ends_by_itself_and_a_short_one_never(telegram: FakeTelegram) -> None:
    for user, seconds in ((ANN, 600), (BEA, 10)):
        telegram.members[ROOM, user] = {"status": "member"}
        until = telegram.now + seconds
        assert await call(telegram, "banChatMember", chat_id=ROOM, user_id=user, until_date=until) is True
    assert telegram.members[ROOM, BEA] == {"status": "kicked", "until_date": 0}
    telegram.advance(700)
    states = [await call(telegram, "getChatMember", chat_id=ROOM, user_id=user) for user in (ANN, BEA)]
    assert [one["status"] for one in states] == ["left", "kicked"]


async def test_unbanning_removes_whoever_is_inside_unless_told_not_to(telegram: FakeTelegram) -> None:
    telegram.members[ROOM, ANN] = {"status": "member"}
    await call(telegram, "unbanChatMember", chat_id=ROOM, user_id=ANN, only_if_banned=True)
    assert telegram.inside(ROOM, ANN)
    await call(telegram, "unbanChatMember", chat_id=ROOM, user_id=ANN)
    assert not telegram.inside(ROOM, ANN)
    owner = await call(telegram, "banChatMember", chat_id=ROOM, user_id=OLA)
    assert owner == "Bad Request: can't remove chat owner"
    telegram.promote(ROOM, BEA)
    admin = await call(telegram, "banChatMember", chat_id=ROOM, user_id=BEA)
    assert admin == "Bad Request: user is an administrator of the chat"


async def test_each_deed_needs_its_right_and_without_it_changes_nothing(telegram: FakeTelegram) -> None:
    address = await asking(telegram)
    telegram.promote(ROOM, telegram.me["id"])
    telegram.open_link(ANN, address)
    assert news(telegram, "chat_join_request") == []
    before = dict(telegram.members)
    for method in ("approveChatJoinRequest", "declineChatJoinRequest"):
        assert await call(telegram, method, chat_id=ROOM, user_id=ANN) == NO_INVITES
    assert await call(telegram, "createChatInviteLink", chat_id=ROOM) == NO_INVITES
    assert await call(telegram, "revokeChatInviteLink", chat_id=ROOM, invite_link=address) == NO_INVITES
    for method in ("banChatMember", "unbanChatMember"):
        assert await call(telegram, method, chat_id=ROOM, user_id=ANN) == NO_BANS
    assert (telegram.members, telegram.requests, len(telegram.links)) == (before, {(ROOM, ANN)}, 1)
    ranks = await call(telegram, "getChatAdministrators", chat_id=ROOM)
    assert [(one["user"]["id"], one["status"], one.get("can_invite_users")) for one in ranks] == [
        (OLA, "creator", None), (telegram.me["id"], "administrator", False)
    ]  # fmt: skip


async def test_people_are_added_and_let_in_by_hand(telegram: FakeTelegram) -> None:
    telegram.add(OLA, ROOM, ANN)
    telegram.open_link(BEA, await asking(telegram))
    telegram.approve_by_hand(OLA, ROOM, BEA)
    first, second = news(telegram, "chat_member")
    assert [(one["from"]["id"], "invite_link" in one) for one in (first, second)] == [(OLA, False), (OLA, True)]
    gone = await call(telegram, "approveChatJoinRequest", chat_id=ROOM, user_id=BEA)
    assert gone == "Bad Request: USER_ALREADY_PARTICIPANT"
