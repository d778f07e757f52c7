"""Points: the cooldown, multipliers, what is refused and why, and what a day's tally says."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.earning import Earning, EarnRules, GuardRules, MessageEarning, Multiplier
from bot.engine.ledger import Tally
from bot.engine.purse import coins
from bot.engine.rules import Rules
from bot.events import (
    Account,
    AdjustmentUndone,
    Attended,
    CheckedIn,
    ContentFinished,
    ContentOpened,
    Event,
    ItemBought,
    ItemReturned,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PaymentReceived,
    PaymentReturned,
    PointsAdjusted,
    ReactionReceived,
    ReactionWithdrawn,
)
from bot.sales import Payment, Price
from bot.storage.replay import Fold
from bot.text import features
from bot.words import replace
from tests.conftest import START

ANN = Account(platform="p", space="s", user="u")
FLAT = EarnRules(message=MessageEarning(points=100, cooldown=0), reply=Earning(points=10))
CALM = GuardRules(on=False)
PLAIN = Rules(earn=FLAT, guard=CALM)
DAY = START.toordinal()


def wrote(number: int, seconds: float = 0, **more: Any) -> MessagePosted:
    whole: dict[str, Any] = {
        "who": ANN,
        "channel": "c",
        "text": features(f"a thought of mine, number {number}"),
        **more,
    }
    return MessagePosted(key=f"m:{number}", at=START + timedelta(seconds=seconds), **whole)


def heard(*events: Event, rules: Rules = PLAIN, answers: bool = False) -> Fold:
    whole = Fold(rules)
    for event in events:
        whole.hear(event, answers=answers)
    return whole


@given(
    gaps=st.lists(st.sampled_from((0, 1, 29, 30, 31, 59, 60, 61, 90)), max_size=30),
    cooldown=st.sampled_from((0, 1, 60)),
)
def test_of_messages_within_the_cooldown_the_first_earns(gaps: list[int], cooldown: int) -> None:
    rules = replace(PLAIN, earn=replace(FLAT, message=MessageEarning(points=100, cooldown=cooldown)))
    times = [sum(gaps[:n]) for n in range(1, len(gaps) + 1)]
    found = heard(*[wrote(n, seconds) for n, seconds in enumerate(times)], rules=rules)
    paid = {int(entry.key[2:]) for entry in found.entries}
    last: int | None = None
    for number, seconds in enumerate(times):
        if last is None or seconds - last >= cooldown:
            assert number in paid
            last = seconds
        else:
            assert number not in paid
    refused = len(times) - len(paid)
    assert sum(found.days.get(DAY, Tally()).refused.values()) == refused
    assert found.state.engagement.messages == len(times)
    assert found.state.engagement.points == 100 * len(paid)


def test_what_is_refused_for_the_cooldown_does_not_prolong_it() -> None:
    rules = replace(PLAIN, earn=replace(FLAT, message=MessageEarning(points=100, cooldown=60)))
    found = heard(*[wrote(n, 59 * n) for n in range(4)], rules=rules)
    assert [entry.key for entry in found.entries] == ["m:0", "m:2"]
    assert found.days[DAY].refused == {"soon": 2}


@pytest.mark.parametrize(
    ("channel", "roles", "worth"),
    [
        ("c", (), 100),
        ("loud", (), 150),
        ("mute", (), 0),
        ("c", ("vip",), 200),
        ("c", ("vip", "star"), 300),
        ("loud", ("star",), 450),
        ("c", ("star", "banned"), 0),
        ("low", (), 57),
        ("c", ("stranger",), 100),
    ],
)
def test_where_and_by_whom_multiplies(channel: str, roles: tuple[str, ...], worth: int) -> None:
    factors = {"loud": 1.5, "mute": 0, "low": 0.57}
    ranks = {"vip": 2, "star": 3, "banned": 0}
    rules = replace(
        PLAIN,
        multipliers=(
            *[Multiplier(channel=name, factor=factor) for name, factor in factors.items()],
            *[Multiplier(role=name, factor=factor) for name, factor in ranks.items()],
        ),
    )
    found = heard(wrote(1, channel=channel, roles=roles), rules=rules, answers=True)
    assert found.state.engagement.points == worth + worth // 10
    assert found.days[DAY].refused == ({} if worth else {"excluded": 1})
    assert found.state.engagement.replies == (1 if worth else 0)


def test_an_answer_that_earns_nothing_is_counted_until_it_is_deleted() -> None:
    rules = replace(PLAIN, earn=replace(FLAT, reply=Earning(points=0)))
    found = heard(wrote(1), rules=rules, answers=True)
    assert (found.state.engagement.replies, found.state.engagement.points) == (1, 100)
    assert found.days[DAY] == Tally(worth={"message": 100}, points=100)
    found.hear(MessageDeleted(key="d", at=START, who=ANN, of="m:1"), answers=False)
    assert (found.state.engagement.replies, found.state.engagement.points) == (0, 0)
    assert found.days[DAY] == Tally(worth={"message": 0})


@pytest.mark.parametrize("rules", [PLAIN, replace(PLAIN, earn=replace(FLAT, content=Earning(points=0)))])
def test_what_both_had_finished_who_became_one_is_finished_once_whatever_it_is_worth(rules: Rules) -> None:
    twice = [ContentFinished(key=f"finish:7:{who}", at=START, who=ANN, item="7") for who in ("a", "b")]
    found = heard(*twice, ContentFinished(key="other", at=START, who=ANN, item="8"), rules=rules)
    assert [one.key for one in found.entries] == ["finish:7:a", "other"]
    assert found.state.engagement.finished == 2
    assert found.state.engagement.points == 2 * rules.earn.content.span[0]


@pytest.mark.parametrize(
    "event",
    [
        ContentOpened(key="e", at=START, who=ANN, item="7"),
        ContentFinished(key="e", at=START, who=ANN, item="7"),
        Attended(key="e", at=START, who=ANN, session="s"),
    ],
)
def test_whoever_reads_or_attends_was_there(event: Event) -> None:
    state = heard(event).state
    assert (state.engagement.first_at, state.engagement.last_at) == (START, START)
    assert (state.habit.days, state.habit.runs) == (1, ((DAY, DAY),))


def test_a_day_and_a_session_count_once_whoever_became_one() -> None:
    """Two members who are one since each checked in and were at the same session."""
    twice = [
        event
        for who in ("a", "b")
        for event in (
            CheckedIn(key=f"in:{who}", at=START, who=ANN),
            Attended(key=f"at:{who}", at=START, who=ANN, session="session:1"),
        )
    ]
    found = heard(*twice, Attended(key="other", at=START, who=ANN, session="session:2"))
    assert [one.key for one in found.entries] == ["in:a", "at:a", "other"]
    assert (found.state.engagement.checkins, found.state.engagement.attended) == (1, 2)
    found.hear(CheckedIn(key="next", at=START + timedelta(days=1), who=ANN), answers=False)
    assert found.state.engagement.checkins == 2


def test_what_creators_give_and_take_back_is_booked_once() -> None:
    given_ = PointsAdjusted(key="a", at=START, who=ANN, what="coins", by=30)
    undone = AdjustmentUndone(key="b", at=START, who=ANN, of="a")
    found = heard(given_, undone, replace(undone, key="c"))
    assert [(one.key, one.points, one.coins, one.undoes) for one in found.entries] == [
        ("a", 0, 30, ""),
        ("b", 0, -30, "a"),
    ]
    assert found.state.purse.extra == 0
    assert sum(day.points for day in found.days.values()) == 0
    assert all(day == Tally() for day in found.days.values())


def test_an_adjustment_to_what_there_is_changes_nothing() -> None:
    found = heard(wrote(1), PointsAdjusted(key="a", at=START, who=ANN, to=100))
    assert [one.key for one in found.entries] == ["m:1"]
    assert found.days[DAY].refused == {}


def test_a_price_below_nothing_brings_no_coins() -> None:
    found = heard(wrote(1))
    before = found.state
    found.hear(ItemBought(key="b", at=START, who=ANN, item="x", price=-1), answers=False)
    assert found.state == before
    assert [one.key for one in found.entries] == ["m:1"]


def test_a_picture_whose_caption_is_taken_off_keeps_its_points() -> None:
    rules = Rules(earn=FLAT)
    post = wrote(1, text=features("look at this one here", attachments=1))
    blank, bare = (MessageEdited(key=f"e{n}", at=START, who=ANN, of="m:1", text=features("", n)) for n in (1, 0))
    found = heard(post, blank, rules=rules)
    assert found.state.engagement.points == 100
    found.hear(bare, answers=False)
    assert found.state.engagement.points == 0
    found.hear(replace(bare, key="e2"), answers=False)
    assert found.state.engagement.points == 0


def test_a_deleted_message_takes_what_others_gave_for_it() -> None:
    gift = ReactionReceived(key="r", at=START, who=ANN, of="m:1", emoji="👍", giver="b")
    found = heard(wrote(1), gift, wrote(2), MessageDeleted(key="d", at=START, who=ANN, of="m:1"))
    assert (found.state.engagement.points, found.state.engagement.quality) == (100, 0)
    assert [(one.way, one.points) for one in found.entries if one.undoes] == [("message", -100), ("reaction", -5)]


def test_a_refund_takes_back_the_coins_of_one_charge() -> None:
    def charge(number: int, kind: Any = "charge") -> Payment:
        price = Price(amount=900, currency="usd")
        return Payment(id=f"{kind}:{number}", kind=kind, subscription="s", plan="gold", price=price)

    rules = replace(PLAIN, earn=replace(FLAT, purchase=Earning(points=30)))
    paid = [PaymentReceived(key=f"p:{n}", at=START, who=ANN, payment=charge(n)) for n in range(3)]
    back = [PaymentReturned(key=f"r:{n}", at=START, who=ANN, payment=charge(n, "refund")) for n in range(4)]
    left = [heard(*paid, *back[:n], rules=rules).state.purse.extra for n in range(5)]
    assert left == [90, 60, 30, 0, 0]
    assert heard(*paid, *back, rules=rules).state.engagement.points == 0


def test_a_purchase_that_is_returned_gives_its_coins_back_once() -> None:
    rules = replace(PLAIN, shop=replace(PLAIN.shop, coins_per_point=0.5))
    bought = ItemBought(key="b", at=START, who=ANN, item="x", price=50)
    returned = [ItemReturned(key=f"r{n}", at=START, who=ANN, of="b") for n in range(2)]
    states = [heard(wrote(1), bought, *returned[:n], rules=rules).state for n in range(3)]
    assert [(state.purse.spent, state.purse.extra, coins(state, rules)) for state in states] == [
        (50, 0, 0),
        (0, 0, 50),
        (0, 0, 50),
    ]
    assert states[0].engagement.points == 100


def test_what_was_withdrawn_is_not_taken_back_again_with_its_message() -> None:
    gifts = [ReactionReceived(key=f"r{n}", at=START, who=ANN, of="m:1", emoji="👍", giver=f"g{n}") for n in range(3)]
    back = ReactionWithdrawn(key="r1:withdrawn", at=START, who=ANN, of="m:1", emoji="👍", giver="g1")
    found = heard(wrote(1), *gifts, back)
    assert (found.state.engagement.points, found.state.engagement.quality) == (110, 10)
    found.hear(MessageDeleted(key="d", at=START, who=ANN, of="m:1"), answers=False)
    assert (found.state.engagement.points, found.state.engagement.quality) == (0, 0)
    undone = [(one.key, one.undoes) for one in found.entries if one.undoes]
    assert undone == [("r1:withdrawn", "r1"), ("d", "m:1"), ("d", "r0"), ("d", "r2")]


def test_what_goes_later_goes_from_the_day_it_was_earned_on() -> None:
    rules = replace(PLAIN, earn=replace(FLAT, message=MessageEarning(points=100, cap=150, cooldown=0)))
    tomorrow = 24 * 3600
    found = heard(wrote(1), wrote(2), wrote(3, tomorrow), rules=rules)
    assert [entry.points for entry in found.entries] == [100, 50, 100]
    late = START + timedelta(days=1)
    found.hear(MessageDeleted(key="d", at=late, who=ANN, of="m:1"), answers=False)
    assert (found.entries[-1].day, found.entries[-1].at, found.entries[-1].points) == (DAY, late, -50)
    assert {day: one.points for day, one in found.days.items()} == {DAY: 100, DAY + 1: 100}
    assert found.state.engagement.points == 200
