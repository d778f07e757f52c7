"""What must be right before a chat of Telegram's can stand behind a gate."""

import pytest

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.i18n import tongue
from bot.storage import gates
from tests.adapters.telegram.conftest import CLUB, OLA
from tests.fakes.telegram import FakeTelegram

SAY = tongue("en")
BOTH = ("can_invite_users", "can_restrict_members")


async def asked(adapter: TelegramAdapter, target: int | str, kind: str = "chat") -> str:
    return await adapter.obstacle(str(CLUB), kind, str(target), SAY)


async def test_nothing_is_in_the_way_of_a_group_in_which_the_bot_may_invite_and_ban(adapter: TelegramAdapter) -> None:
    assert await asked(adapter, CLUB) == ""
    assert await asked(adapter, f"{CLUB}/5", "channel") == ""
    assert await adapter.held(str(CLUB), [f"chat:{CLUB}"]) is None
    assert await adapter.way_in(str(CLUB), "7") == ""


@pytest.mark.parametrize("missing", BOTH)
async def test_a_right_that_is_missing_is_named(adapter: TelegramAdapter, telegram: FakeTelegram, missing: str) -> None:
    telegram.group(-1009, "Lounge", OLA, kind="channel")
    telegram.promote(-1009, telegram.me["id"], *(right for right in BOTH if right != missing))
    name = {"can_invite_users": "'Invite users via link'", "can_restrict_members": "'Ban users'"}[missing]
    assert f"Give me the right {name} in that chat" in await asked(adapter, -1009, "channel")
    telegram.promote(-1009, telegram.me["id"], *BOTH)
    assert await asked(adapter, -1009, "channel") == ""


async def test_who_the_bot_must_be_is_said(adapter: TelegramAdapter, telegram: FakeTelegram) -> None:
    telegram.group(-1009, "Lounge", OLA, admin=False)
    wanted = "Make me an administrator of that chat, who may ban users and invite users via link."
    assert await asked(adapter, -1009) == wanted
    assert await asked(adapter, -404) == "I am not in that chat: add me to it, as an administrator."
    none = "Telegram has no roles: put a group or a channel behind the gate."
    assert [await asked(adapter, 1, "role"), await asked(adapter, "lounge", "channel")] == [none, none]


async def test_a_gate_is_set_up_only_where_it_can_be_kept(
    adapter: TelegramAdapter, telegram: FakeTelegram, app: App
) -> None:
    def told() -> int:
        return sum(1 for message in telegram.sent if message["chat"]["id"] == OLA)

    telegram.started.add(OLA)
    telegram.promote(CLUB, telegram.me["id"], "can_invite_users")
    telegram.say(OLA, CLUB, "/gate add lounge")
    await telegram.until(lambda: told() == 1)
    assert await app.store.read(gates.bound, 1) == []
    telegram.promote(CLUB, telegram.me["id"], *BOTH)
    telegram.say(OLA, CLUB, "/gate add lounge")
    await telegram.until(lambda: told() == 2)
    assert [row.target for row in await app.store.read(gates.bound, 1)] == [str(CLUB)]
