"""/points why and /points ways: every point explained, under the rules as shipped."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.app import App
from bot.cogs.ways import DEEDS, REFUSED, WAYS
from bot.commands import Rank
from bot.engine.earning import EarnRules, GuardRules, Multiplier
from bot.engine.guard import CHECKS
from bot.engine.points import ADJUSTED, PRAISED, amount
from bot.engine.purse import BOUGHT, GIVEN
from bot.engine.rules import Rules
from bot.events import (
    CheckedIn,
    Event,
    ItemBought,
    MessageDeleted,
    MessagePosted,
    PointsAdjusted,
    ThanksReceived,
    ZoneChosen,
)
from bot.reply import Reply
from bot.storage import members
from bot.text import features
from bot.words import replace
from tests.cogs.conftest import Say, account, labels, press
from tests.conftest import START

SENTENCES = (
    "I think the second chapter explains this very well",
    "Has anybody tried the exercise from last week",
    "We could meet on Thursday and read the poem together",
)


@pytest.fixture
def rules(shipped: Rules) -> Rules:
    """As shipped, but a day's messages count 40 points at most."""
    message = replace(shipped.earn.message, cap=40)
    return replace(shipped, earn=replace(shipped.earn, message=message))


def posts(user: str = "ann") -> Iterator[Event]:
    for n, text in enumerate((*SENTENCES, "Shall we begin with the poem", "Or is that too early for you")):
        at = START - timedelta(hours=2) + timedelta(minutes=min(7 * n + n * n, 18), seconds=10 * max(n - 2, 0))
        yield MessagePosted(key=f"{user}:{n}", at=at, who=account(user), channel="c", text=features(text))


def table(reply: Reply) -> list[tuple[str, ...]]:
    assert reply.table is not None
    return list(reply.table.rows)


def field(reply: Reply, name: str) -> list[str]:
    return next((one.value.split("\n") for one in reply.fields if one.name.startswith(name)), [])


async def test_a_balance_is_the_sum_of_its_ways_and_says_what_did_not_count(app: App, say: Say) -> None:
    who = account("ann")
    events = [
        *posts(),
        ThanksReceived(key="thanks", at=START, who=who, giver="playground:bo"),
        PointsAdjusted(key="gift", at=START, who=who, by=500, why="won the quiz"),
        ItemBought(key="bought", at=START, who=who, item="A sticker", price=2),
        MessageDeleted(key="gone", at=START, who=who, of="ann:1"),
    ]
    await app.store.write(members.see_channels, "playground", who, [("c", "welcome", "text")])
    await app.submit(events)
    worth = [amount(f"ann:{n}", app.rules.earn.message) for n in range(3)]
    assert sum(worth) > 40 > worth[0] + worth[2] - 5
    counted = [min(40, worth[0]), min(40, worth[0] + worth[1]) - min(40, worth[0])]
    counted.append(40 - sum(counted))
    left = min(40, worth[0] + worth[2])
    reply = await say("ann", "points why")
    total = left + 20 + 500
    assert reply.text.split("\n") == [
        f"{total} points, 20 of them quality points.",
        f"{(left + 20) // 10 - 2} coins to spend.",
    ]
    assert table(reply) == [
        ("By the creator's hand", "1", "500"),
        ("Messages", "3", "40"),
        ("Thanks received", "1", "20"),
        ("Taken back", "1", str(left - 40)),
        ("Together", "", str(total)),
    ]
    assert field(reply, "Counted nothing") == ["2 × You wrote it too soon after the last message that counted."]
    assert field(reply, "Above the limit") == []
    entries = field(reply, "Entries")
    assert len(entries) == 7
    assert entries[0].startswith(f"Nov 21, 2026 12:00 · {left - 40:+} · Messages, #welcome, taken back")
    assert entries[1] == "Nov 21, 2026 12:00 · -2 🪙 · Shop, A sticker"
    assert entries[2] == "Nov 21, 2026 12:00 · +500 · By the creator's hand, won the quiz"
    assert entries[3] == "Nov 21, 2026 12:00 · +20 · Thanks received"
    over = sum(worth) - 40
    assert entries[4] == f"Nov 21, 2026 10:18 · {counted[2]:+} · Messages, #welcome, {over} above the day's limit"
    assert entries[6] == f"Nov 21, 2026 10:00 · {worth[0]:+} · Messages, #welcome"


async def test_what_hit_the_limit_of_a_day_is_said(app: App, say: Say) -> None:
    await app.submit(list(posts()))
    over = sum(amount(f"ann:{n}", app.rules.earn.message) for n in range(3)) - 40
    assert field(await say("ann", "points why"), "Above the limit") == [f"Messages: {over} points"]


async def test_entries_are_read_by_the_clock_of_the_reader(app: App, say: Say) -> None:
    await app.submit([CheckedIn(key="c", at=START, who=account("ann"))])
    await app.submit([ZoneChosen(key="z", at=START, who=account("ann"), zone="Asia/Shanghai")])
    reply = await say("ann", "points why")
    assert reply.fields[-1].name == "Entries, the latest first (Shanghai (Asia/Shanghai))"
    assert reply.fields[-1].value == "Nov 21, 2026 20:00 · +20 · Check-ins"


async def test_the_pages_turn_and_only_the_first_has_the_sums(app: App, say: Say) -> None:
    await app.submit([CheckedIn(key=f"c{n}", at=START - timedelta(days=n), who=account("ann")) for n in range(25)])
    first = await say("ann", "points why")
    assert labels(first) == ["◀", "1 / 3", "▶", "How to earn more"]
    second = await press(say, "ann", first, "▶")
    assert second.table is None
    assert len(second.fields[0].value.split("\n")) == 10
    assert len((await say("ann", "points why", page=99)).fields[-1].value.split("\n")) == 5


async def test_others_are_explained_to_the_creator_alone(app: App, say: Say) -> None:
    await app.submit([CheckedIn(key=f"c{n}", at=START - timedelta(days=n), who=account("ann")) for n in range(11)])
    for rank in (Rank.MEMBER, Rank.MODERATOR):
        reply = await say("bo", "points why", rank=rank, member="ann")
        assert (reply.error, reply.text) == (True, "Only the creator may look at the points of others, one by one.")
    shown = await say("bo", "points why", rank=Rank.CREATOR, member="ann")
    assert shown.title == "Points of Ann"
    turned = next(one for one in shown.buttons[0] if one.label == "▶")
    assert turned.options["member"] == f"#{(await app.store.read(members.find, 1, 'playground', 'ann')).member}"  # type: ignore[union-attr]


async def test_nothing_yet_says_how_to_begin(say: Say) -> None:
    reply = await say("new", "points why")
    assert reply.text == "0 points.\n0 coins to spend.\nNothing was earned yet. /points ways says how."
    assert (reply.table, reply.fields) == (None, ())


def test_every_way_and_every_refusal_has_its_words() -> None:
    ways = set(EarnRules.__struct_fields__)
    assert set(DEEDS) == ways
    assert set(WAYS) == ways | {ADJUSTED, PRAISED, BOUGHT, GIVEN}
    assert set(REFUSED) == {*CHECKS, "again"}


async def test_the_ways_are_those_of_the_rules(app: App, say: Say) -> None:
    reply = await say("ann", "points ways")
    assert table(reply)[0] == ("Write a message", "15–25", "40")
    assert ("Be thanked 💎", "20", "200") in table(reply)
    assert len(table(reply)) == 9
    assert "Of the messages within 60 seconds the first one counts." in reply.text
    assert reply.fields == ()


async def test_a_way_worth_nothing_is_left_out_and_multipliers_are_told(app: App, say: Say) -> None:
    await app.store.write(members.see_channels, "playground", account("ann"), [("c", "welcome", "text")])
    rules = app.rules
    earn = replace(rules.earn, thanks=replace(rules.earn.thanks, points=0), purchase=replace(rules.earn.purchase, to=9))
    factors = (Multiplier(channel="c", factor=0), Multiplier(role="7", factor=1.5))
    app.rules = replace(rules, earn=earn, multipliers=factors, guard=GuardRules(on=False))
    app._hot.clear()
    reply = await say("ann", "points ways")
    assert "Be thanked 💎" not in [row[0] for row in table(reply)]
    assert ("Pay for a plan (coins)", "0–9", "–") in table(reply)
    assert field(reply, "More or less") == ["#welcome: ×0", "Some roles: ×1.5"]
    assert "Repeated" not in reply.text
