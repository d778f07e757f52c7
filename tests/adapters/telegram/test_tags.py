"""Levels at members' names: set where it is ours to set, said where a right is missing, and only the latest."""

from datetime import timedelta

import pytest

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.delivery import GiveUp, TryAgain
from bot.desk import Desk
from bot.effects import ShowLevel
from bot.events import Account, MemberJoined, PointsAdjusted, member_account
from bot.storage import members, outbox
from bot.words import replace
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, MOD, OLA, earn, make
from tests.adapters.telegram.test_checks import wrong
from tests.adapters.telegram.test_perform import task
from tests.conftest import START
from tests.fakes.telegram import FakeTelegram

SET = "setChatMemberTag"


def allow(telegram: FakeTelegram) -> None:
    telegram.promote(CLUB, telegram.me["id"], "can_restrict_members", "can_invite_users", "can_manage_tags")


def tag(telegram: FakeTelegram, user: int) -> str | None:
    found: str | None = telegram.member(CLUB, user).get("tag")
    return found


def calls(telegram: FakeTelegram) -> int:
    return len([name for name, _ in telegram.calls if name == SET])


async def test_the_tag_follows_the_level_in_the_language_of_the_group(
    adapter: TelegramAdapter, telegram: FakeTelegram
) -> None:
    allow(telegram)
    shown = task(ShowLevel(level=12), outbox.AT_THE_NAME)
    await adapter.perform(shown)
    await adapter.perform(shown)
    assert (tag(telegram, ANN), calls(telegram)) == ("Lv 12", 1)
    await adapter.perform(replace(shown, effect=ShowLevel(level=1000), locale="zh_CN"))
    assert tag(telegram, ANN) == "1,000 级"
    await adapter.perform(replace(shown, effect=ShowLevel(level=0)))
    assert tag(telegram, ANN) == ""


@pytest.mark.parametrize(("user", "theirs"), [(MOD, None), (OLA, None), (BEA, "Poet"), (999, None)])
async def test_what_is_not_ours_is_left_alone(
    adapter: TelegramAdapter, telegram: FakeTelegram, user: int, theirs: str | None
) -> None:
    allow(telegram)
    telegram.members[CLUB, BEA]["tag"] = "Poet"
    await adapter.perform(task(ShowLevel(level=3), outbox.AT_THE_NAME, user=user))
    assert calls(telegram) == 0
    if user != 999:
        assert tag(telegram, user) == theirs


async def test_who_left_has_no_tag(adapter: TelegramAdapter, telegram: FakeTelegram) -> None:
    allow(telegram)
    telegram.leave(ANN, CLUB)
    await adapter.perform(task(ShowLevel(level=3), outbox.AT_THE_NAME))
    assert calls(telegram) == 0


async def test_a_missing_right_is_given_up_and_named_and_what_passes_is_tried_again(
    adapter: TelegramAdapter, telegram: FakeTelegram
) -> None:
    shown = task(ShowLevel(level=3), outbox.AT_THE_NAME)
    with pytest.raises(GiveUp, match=r"Not enough rights.*Give the bot the right 'Manage tags'"):
        await adapter.perform(shown)
    allow(telegram)
    telegram.fail(SET, 429, retry_after=3)
    with pytest.raises(TryAgain) as flood:
        await adapter.perform(shown)
    assert flood.value.after == 3.0
    assert tag(telegram, ANN) is None


async def test_the_doctor_looks_for_the_right_where_levels_are_shown(
    app: App, desk: Desk, telegram: FakeTelegram
) -> None:
    port = make(desk, telegram, "polling")
    await earn(app, ANN, "Ann")
    assert wrong(await port.checks(str(CLUB))) == []
    await app.amend_rules(1, {"levels": {"tags": True}}, what="tags", by="Ola")
    assert wrong(await port.checks(str(CLUB))) == ["Telegram: may show levels at members' names"]
    allow(telegram)
    assert wrong(await port.checks(str(CLUB))) == []
    await port.close()


async def tasks(app: App) -> list[outbox.Task]:
    """What waits to be performed, taken out of the outbox."""
    return await app.store.write(outbox.claim, app.clock(), ["telegram"], 99, timedelta(minutes=1))


async def test_levels_are_shown_only_if_the_rules_say_so(app: App) -> None:
    await earn(app, BEA, "Bea")
    assert not [one for one in await tasks(app) if isinstance(one.effect, ShowLevel)]


async def test_of_levels_that_wait_to_be_shown_only_the_latest_is(app: App) -> None:
    await earn(app, BEA, "Bea")
    await app.amend_rules(1, {"levels": {"tags": True}}, what="tags", by="Ola")
    await earn(app, ANN, "Ann")
    ann = await app.store.read(members.find, 1, "telegram", str(ANN))
    assert ann is not None
    assert ann.state.standing.level == 2
    who = member_account(1, ann.member)
    await app.submit([PointsAdjusted(key="more", at=START, who=who, to=1_000)])
    shown = [one for one in await tasks(app) if one.target == outbox.AT_THE_NAME]
    assert [(one.account.user, one.account.space, one.effect) for one in shown] == [
        (str(BEA), str(CLUB), ShowLevel(level=2)),  # everybody's are shown when they are switched on
        (str(ANN), str(CLUB), ShowLevel(level=4)),
    ]


async def test_who_comes_back_gets_their_level_again(app: App) -> None:
    await earn(app, ANN, "Ann")
    await app.amend_rules(1, {"levels": {"tags": True}}, what="tags", by="Ola")
    who = Account(platform="telegram", space=str(CLUB), user=str(ANN), name="Ann")
    new = replace(who, user=str(BEA), name="Bea")
    joined = [MemberJoined(key=f"back:{one.user}", at=START, who=one) for one in (who, new)]
    await app.submit(joined)
    shown = [one for one in await tasks(app) if one.target == outbox.AT_THE_NAME]
    assert [(one.account.user, one.effect) for one in shown] == [(str(ANN), ShowLevel(level=2))]
