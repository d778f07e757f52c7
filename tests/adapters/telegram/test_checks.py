"""What /doctor says of Telegram, the menus of commands, and who may do what."""

from typing import Any

import pytest
from telegram import ChatMemberAdministrator, ChatMemberBanned, ChatMemberLeft, ChatMemberMember, ChatMemberOwner, User

from bot.adapters.telegram import TelegramAdapter
from bot.adapters.telegram.menu import menu, publish
from bot.adapters.telegram.rights import rank_of
from bot.app import App
from bot.cogs import COMMANDS
from bot.commands import Rank
from bot.desk import Desk
from bot.doctor import Check
from tests.adapters.telegram.conftest import ADDRESS, CLUB, OLA, SECRET, guard, make
from tests.fakes.telegram import TOKEN, FakeTelegram

webhook = pytest.mark.parametrize("by", ["webhook"], indirect=True)


def wrong(checks: list[Check]) -> list[str]:
    return [check.title for check in checks if check.state != "ok"]


async def test_all_is_well(adapter: TelegramAdapter, telegram: FakeTelegram) -> None:
    assert wrong(await adapter.checks(str(CLUB))) == []
    telegram.me["can_read_all_group_messages"] = True
    assert wrong(await adapter.checks()) == []


@webhook
async def test_all_is_well_by_webhook(adapter: TelegramAdapter, telegram: FakeTelegram) -> None:
    assert wrong(await adapter.checks(str(CLUB))) == []


async def test_each_thing_that_is_wrong_is_named_with_what_to_do(desk: Desk, telegram: FakeTelegram) -> None:
    port = make(desk, telegram, "polling")
    found = await port.checks()
    assert wrong(found) == ["Telegram: hears all messages of groups"]
    telegram.webhook = {"url": "https://elsewhere.example/x"}
    assert "Telegram: long polling" in wrong(await port.checks())
    telegram.webhook = {}
    telegram.group(-7, "No rights", OLA, admin=False)
    assert wrong(await port.checks("-7"))[0] == "Telegram: administrator of this group"
    telegram.promote(-7, telegram.me["id"])
    assert wrong(await port.checks("-7")) == ["Telegram: may remove members", "Telegram: may invite members"]
    assert wrong(await port.checks("-8")) == ["Telegram: administrator of this group"]
    for n in range(150):
        telegram.say(OLA, CLUB, f"{n}")
    assert "Telegram: {pending} updates wait to be fetched" in wrong(await port.checks())
    telegram.fail("getMe", 0)
    assert wrong(await port.checks()) == ["Telegram: connection"]
    telegram.token = "1:another"
    found = await port.checks()
    assert wrong(found) == ["Telegram: token"]
    assert all(check.advice for check in found if check.state != "ok")
    await port.close()


async def test_the_door_of_each_gated_chat_is_looked_at(app: App, desk: Desk, telegram: FakeTelegram) -> None:
    port, title = make(desk, telegram, "polling"), "Telegram: lets members into {chat} and out of it"
    telegram.me["can_read_all_group_messages"] = True
    telegram.group(-1009, "Lounge", OLA, kind="channel")
    await guard(app, -1009, kind="channel")
    await guard(app, CLUB)
    assert wrong(await port.checks(str(CLUB))) == []
    told = []
    for rights in ((), ("can_invite_users",), ("can_restrict_members",), None):
        if rights is None:
            telegram.members[-1009, telegram.me["id"]] = {"status": "member"}
        else:
            telegram.promote(-1009, telegram.me["id"], *rights)
        (bad,) = [check for check in await port.checks(str(CLUB)) if check.state != "ok"]
        assert (bad.title, bad.values) == (title, {"chat": "Lounge"})
        told.append(bad.advice)
    assert ["Invite users" in told[0], "Ban users" in told[1], "Invite users" in told[2]] == [True] * 3
    assert "Make the bot an administrator" in told[3]
    del telegram.members[-1009, telegram.me["id"]]
    (gone,) = [check for check in await port.checks(str(CLUB)) if check.state != "ok"]
    assert (gone.values, "not in that chat" in gone.advice) == ({"chat": "-1009"}, True)
    await port.close()


async def test_a_webhook_that_is_not_ours_or_fails_is_named(desk: Desk, telegram: FakeTelegram) -> None:
    port = TelegramAdapter(desk, TOKEN, api_url=telegram.url, webhook_url=ADDRESS, webhook_secret=SECRET)
    assert "Telegram: webhook" in wrong(await port.checks(str(CLUB)))
    telegram.webhook = {"url": ADDRESS}
    telegram.repeat({"update_id": 1})
    await telegram.until(lambda: bool(telegram.pushes))
    found = await port.checks(str(CLUB))
    assert wrong(found) == ["Telegram: webhook", "Telegram: webhook"]
    assert [check.values for check in found if check.state == "problem"][1] == {
        "why": "Wrong response from the webhook: 500"
    }
    await port.close()


async def test_menus_are_sent_in_each_language_and_only_when_they_changed(desk: Desk, telegram: FakeTelegram) -> None:
    port = make(desk, telegram, "polling")
    bot = port._api.bot
    assert await publish(bot, COMMANDS) == 8
    assert await publish(bot, COMMANDS) == 0
    members, all_ = (telegram.menus[scope, "zh"] for scope in ("all_group_chats", "all_chat_administrators"))
    assert {"command": "rank", "description": "你（或其他成员）的等级、积分与名次"} in members
    assert {one["command"] for one in all_} - {one["command"] for one in members} >= {"setup_show", "doctor"}
    assert await publish(bot, COMMANDS[:-1]) > 0
    await port.close()


def test_a_menu_holds_a_hundred_commands() -> None:
    entries = menu([COMMANDS[0]] * 150, Rank.MEMBER, "en")
    assert len(entries) == 100


RIGHTS: dict[str, Any] = dict.fromkeys(
    (
        "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
        "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
        "can_edit_stories", "can_delete_stories",
    ),
    False,
)  # fmt: skip
SOMEBODY = User(1, "Ann", is_bot=False)


@pytest.mark.parametrize(
    ("member", "rank"),
    [
        (ChatMemberOwner(SOMEBODY, is_anonymous=False), Rank.CREATOR),
        (
            ChatMemberAdministrator(SOMEBODY, **RIGHTS | {"can_manage_chat": True, "can_promote_members": True}),
            Rank.CREATOR,
        ),
        (ChatMemberAdministrator(SOMEBODY, **RIGHTS | {"can_restrict_members": True}), Rank.MODERATOR),
        (ChatMemberAdministrator(SOMEBODY, **RIGHTS), Rank.MEMBER),
        (ChatMemberMember(SOMEBODY), Rank.MEMBER),
        (ChatMemberLeft(SOMEBODY), None),
        (ChatMemberBanned(SOMEBODY, until_date=0), None),  # type: ignore[arg-type]
    ],
)
def test_a_status_is_a_rank(member: Any, rank: Rank | None) -> None:
    assert rank_of(member) is rank
