"""Members' links into a Telegram group, or to the bot where the group is closed; and who came by them."""

import pytest

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.events import Account
from bot.storage import members, referrals
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, OLA, Heard, guard, key, said
from tests.fakes.telegram import FakeTelegram

NEW = 77


async def link(telegram: FakeTelegram, user: int) -> str:
    """A member's link, asked for in the group and told in private."""
    telegram.started.add(user)
    telegram.sent.clear()
    telegram.say(user, CLUB, "/invite")
    message = await said(telegram, "https://t.me/", chat=user)
    return next(word for word in str(message["text"]).split() if word.startswith("https://t.me/"))


async def brought(app: App, user: int) -> tuple[int, int]:
    found = await app.store.read(members.find, 1, "telegram", str(user))
    assert found is not None
    return await app.store.read(referrals.tally, found.member)


async def test_who_comes_by_a_members_link_is_noted_for_that_member(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard, app: App
) -> None:
    await heard.until(key(CLUB, telegram.say(ANN, CLUB, "hello")))
    mine = await link(telegram, ANN)
    assert telegram.links[-1]["name"].startswith("ref_")
    assert await link(telegram, ANN) == mine
    assert len(telegram.links) == 1
    for user in (NEW, NEW + 1):
        telegram.user(user, f"New {user}")
    assert telegram.open_link(NEW, mine) == "joined"
    await heard.until(f"telegram:member:{CLUB}:{NEW}:{telegram.now}:joined")
    assert await brought(app, ANN) == (1, 0)
    telegram.leave(NEW, CLUB)
    assert telegram.open_link(NEW, mine) == "joined"
    await heard.until(f"telegram:member:{CLUB}:{NEW}:{telegram.now}:joined")
    assert telegram.open_link(NEW + 1, telegram.link(CLUB, OLA)) == "joined"
    await heard.until(f"telegram:member:{CLUB}:{NEW + 1}:{telegram.now}:joined")
    assert await brought(app, ANN) == (1, 0)


async def test_who_was_here_before_is_no_guest(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard, app: App
) -> None:
    await heard.until(key(CLUB, telegram.say(ANN, CLUB, "hello")), key(CLUB, telegram.say(BEA, CLUB, "hello")))
    mine = await link(telegram, ANN)
    telegram.leave(BEA, CLUB)
    telegram.open_link(BEA, mine)
    await heard.until(f"telegram:member:{CLUB}:{BEA}:{telegram.now}:joined")
    assert await brought(app, ANN) == (0, 0)


async def test_into_a_group_behind_a_gate_the_link_leads_to_the_bot(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard, app: App
) -> None:
    await heard.until(key(CLUB, telegram.say(ANN, CLUB, "hello")))
    await guard(app, CLUB)
    mine = await link(telegram, ANN)
    address, _, code = mine.partition("?start=")
    assert (address, telegram.links) == ("https://t.me/lyceum_bot", [])
    telegram.user(NEW, "Newcomer")
    telegram.started.add(NEW)
    for _ in range(2):
        telegram.sent.clear()
        telegram.say(NEW, NEW, f"/start {code}")
        await said(telegram, "Welcome to Club, Newcomer!", chat=NEW)
    assert await brought(app, ANN) == (1, 0)
    guest = await app.profile(Account(platform="telegram", space="", user=str(NEW)))
    assert (guest.community, guest.name) == (1, "Newcomer")


@pytest.mark.parametrize("admin", [True, False])
async def test_without_the_right_it_is_said_which(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard, admin: bool
) -> None:
    await heard.until(key(CLUB, telegram.say(ANN, CLUB, "hello")))
    if admin:
        telegram.promote(CLUB, telegram.me["id"], "can_restrict_members")
    else:
        telegram.members[CLUB, telegram.me["id"]] = {"status": "member"}
    telegram.started.add(ANN)
    telegram.say(ANN, CLUB, "/invite@lyceum_bot")
    await said(telegram, "Make me an administrator with 'Invite users via link'.", chat=ANN)


async def test_when_telegram_does_not_answer_it_is_said_to_try_again(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard
) -> None:
    await heard.until(key(CLUB, telegram.say(ANN, CLUB, "hello")))
    telegram.started.add(ANN)
    telegram.fail("createChatInviteLink", 500)
    telegram.say(ANN, CLUB, "/invite")
    await said(telegram, "The platform does not answer.", chat=ANN)
