"""The figures of a period: exact values of each by its definition, and laws with a count by hand, day by day."""

from datetime import datetime, timedelta
from fractions import Fraction
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.membership import Phase, phase
from bot.engine.money import Total, exchange, total
from bot.engine.revenue import Booked, Moves, Revenue, Sold, movement, revenue
from bot.engine.rules import MembershipRules, Plan, Rules
from bot.engine.timeline import timeline
from bot.sales import Payment, Price, Subscription, decimals, newer
from bot.words import replace
from tests.conftest import START

RULES = Rules(
    plans=(
        Plan(name="gold", title="Gold", prices={"usd": 1000}),
        Plan(name="year", period="year", prices={"usd": 12000}),
        Plan(name="course", period="lifetime", prices={"usd": 4900}),
    ),
    membership=MembershipRules(currency="usd", rates={"eur": 1.1, "jpy": 0.0065, "xtr": 0.013}),
)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def monthly(number: int = 1, /, **changes: Any) -> Subscription:
    """A month of Gold for ten dollars from day 0 to day 30."""
    base = Subscription(
        id=f"stripe:sub_{number}",
        plan="gold",
        status="active",
        since=day(0),
        as_of=day(0),
        until=day(30),
        renews=True,
        months=1,
        price=Price(amount=1000, currency="usd"),
    )
    return replace(base, **changes)


def usd(amount: int) -> Total:
    return Total(price=Price(amount=amount, currency="usd"))


def figures(*truths: Subscription, start: float = 0, end: float = 10, booked: tuple[Booked, ...] = ()) -> Revenue:
    """The figures of a period, each subscription's truths being a member's of their own."""
    known: dict[str, list[Subscription]] = {}
    for one in truths:
        known.setdefault(one.id, []).append(one)
    sold = [Sold(member=number, truths=tuple(told)) for number, told in enumerate(known.values(), 1)]
    return revenue(sold, booked, day(start), day(end), RULES)


def paid(
    number: int, at: float, amount: int, currency: str = "usd", kind: str = "charge", plan: str = "gold"
) -> Booked:
    payment = Payment(
        id=f"stripe:{kind}_{at}_{amount}",
        kind=kind,  # type: ignore[arg-type]
        subscription=f"stripe:sub_{number}",
        plan=plan,
        price=Price(amount=amount, currency=currency),
    )
    return Booked(at=day(at), payment=payment)


# ---------------------------------------------------------------------- each figure by its definition


def test_each_price_is_divided_by_its_months() -> None:
    quarter = monthly(2, months=3, price=Price(amount=2500, currency="usd"))
    year = monthly(3, months=12, price=Price(amount=10000, currency="usd"))
    assert figures(monthly(1), quarter, year).mrr == usd(1000 + 2500 * 4 // 12 + 10000 // 12 + 1)  # 833.33 + 833.33


@pytest.mark.parametrize(
    ("changes", "end", "mrr", "committed"),
    [
        ({}, 10, 1000, 1000),
        ({"status": "trialing", "trial_until": day(30)}, 10, 0, 0),  # a trial is out
        ({"renews": False}, 10, 1000, 0),  # cancelled: in until its date, and not committed
        ({"renews": False}, 30, 0, 0),
        ({"status": "past_due", "until": day(30)}, 36.9, 1000, 1000),  # past due: in until grace ends
        ({"status": "past_due", "until": day(30)}, 37, 0, 0),
        ({"status": "paused"}, 10, 1000, 1000),
        ({"status": "paused", "trial_until": day(30)}, 10, 0, 0),  # a trial that ended without a card
        ({"status": "pending"}, 10, 0, 0),
        ({"status": "disputed"}, 10, 0, 0),
        ({"status": "refunded"}, 10, 0, 0),
        ({"status": "ended"}, 10, 0, 0),
        ({"months": 0, "renews": False}, 10, 0, 0),  # a pass does not recur
        ({"price": Price(amount=0, currency="usd")}, 10, 0, 0),
    ],
)
def test_what_is_recurring_revenue(changes: dict[str, Any], end: float, mrr: int, committed: int) -> None:
    found = figures(monthly(**changes), end=end)
    assert (found.mrr, found.committed) == (usd(mrr), usd(committed))
    assert (found.subscriptions, found.subscribers) == (int(mrr > 0), int(mrr > 0))


def test_a_trial_counts_when_it_is_paid_and_a_cancelled_trial_never() -> None:
    trial = monthly(status="trialing", until=day(7), trial_until=day(7))
    kept = replace(trial, status="active", until=day(37), as_of=day(7))
    lost = replace(trial, id="stripe:sub_2", renews=False)
    assert figures(trial, lost, start=-1, end=5).trialing == 2
    found = figures(trial, kept, lost, start=-1, end=10)
    assert (found.trialing, found.moves) == (0, Moves(new=1, trials=2, converted=1))
    assert found.mrr == usd(1000)


def test_cancelled_is_not_churned_and_can_be_undone() -> None:
    cancelled = monthly(renews=False, as_of=day(5))
    assert figures(monthly(), cancelled, start=1).moves == Moves(cancelled=1)
    assert figures(monthly(), cancelled, monthly(as_of=day(6)), start=1).moves == Moves(cancelled=1)
    assert figures(monthly(), cancelled, start=1, end=30).moves == Moves(cancelled=1, churned=1)


def test_a_failed_renewal_that_is_paid_in_grace_is_recovered_and_nothing_else() -> None:
    failed = monthly(status="past_due", as_of=day(30))
    found = figures(monthly(), failed, monthly(until=day(60), as_of=day(33)), start=10, end=40)
    assert (found.before, found.subscriptions) == (1, 1)
    assert found.moves == Moves(failed=1, recovered=1)


def test_one_paid_after_its_grace_has_churned_and_returned() -> None:
    failed = monthly(status="past_due", as_of=day(30))
    found = figures(monthly(), failed, monthly(until=day(68), as_of=day(38)), start=10, end=40)
    assert found.moves == Moves(failed=1, recovered=1, churned=1, returned=1)


@pytest.mark.parametrize(
    ("status", "moves"),
    [
        ("refunded", Moves(churned=1, refunded=1)),
        ("disputed", Moves(churned=1, disputed=1)),
        ("ended", Moves(churned=1)),
    ],
)
def test_what_ends_says_how(status: str, moves: Moves) -> None:
    assert figures(monthly(), monthly(status=status, as_of=day(4)), start=1).moves == moves


def test_news_that_came_late_counts_from_when_it_was() -> None:
    late = monthly(as_of=day(20), until=day(60))
    assert figures(late, start=-1, end=10).moves == Moves(new=1)
    assert figures(late, start=5, end=25).moves == Moves()
    tried = monthly(as_of=day(20), until=day(44), trial_until=day(14))
    assert figures(tried, start=-1, end=10).moves == Moves()
    assert figures(tried, start=10, end=25).moves == Moves(new=1, trials=1, converted=1)


def test_several_subscriptions_of_a_member_are_one_subscriber() -> None:
    sold = [
        Sold(member=1, truths=(monthly(1),)),
        Sold(member=1, truths=(monthly(2),)),
        Sold(member=2, truths=(monthly(3),)),
    ]
    found = revenue(sold, (), day(0), day(10), RULES)
    assert (found.subscriptions, found.subscribers, found.arpu) == (3, 2, Price(amount=1500, currency="usd"))


def test_churn_is_counted_by_thirty_days_and_gives_the_lifetime_value() -> None:
    gone = monthly(4, status="ended", as_of=day(12))
    found = figures(*[monthly(n) for n in range(1, 5)], gone, start=5, end=20)
    assert found.churn == Fraction(1, 4) * 2
    assert (found.arpu, found.ltv) == (Price(amount=1000, currency="usd"), Price(amount=2000, currency="usd"))


def test_without_subscribers_or_churn_there_is_no_average() -> None:
    empty = figures()
    assert (empty.mrr, empty.arpu, empty.churn, empty.ltv) == (usd(0), None, None, None)
    still = figures(monthly(), start=5)
    assert still.churn == Fraction(0)
    assert still.ltv is None


# ---------------------------------------------------------------------- money


def test_money_comes_in_and_goes_back() -> None:
    booked = (
        paid(1, 0, 777),  # at the start: not in the period
        paid(1, 1, 1000),
        paid(2, 10, 4900, plan="course"),  # at the end: in it
        paid(1, 3, 400, kind="refund"),
        paid(1, 4, 100, kind="dispute"),
        paid(1, 11, 888),
    )
    found = figures(monthly(), booked=booked)
    assert (found.gross, found.refunds, found.disputes, found.net) == (usd(5900), usd(400), usd(100), usd(5400))
    assert (found.one_off, found.revenue) == (usd(4900), usd(5900))


def test_a_course_is_what_does_not_recur_by_its_subscription_or_else_by_its_plan() -> None:
    a_pass = monthly(2, months=0, renews=False, plan="gold")
    booked = (paid(2, 1, 500), paid(3, 1, 4900, plan="course"), paid(4, 1, 300, plan="nobody knows"), paid(5, 1, 1000))
    assert figures(a_pass, booked=booked).one_off == usd(5400)
    back = (paid(3, 1, 4900, plan="course"), paid(3, 2, 4900, kind="refund", plan="course"))
    assert figures(booked=back).one_off == usd(0)


@pytest.mark.parametrize(
    ("amount", "currency", "cents"),
    [(1000, "usd", 1000), (1000, "eur", 1100), (1000, "jpy", 650), (250, "xtr", 325), (0, "eur", 0)],
)
def test_a_rate_is_of_one_major_unit(amount: int, currency: str, cents: int) -> None:
    assert exchange(Price(amount=amount, currency=currency), RULES.membership) == cents


def test_the_reporting_currency_may_have_no_decimals() -> None:
    yen = MembershipRules(currency="jpy", rates={"usd": 150})
    assert exchange(Price(amount=999, currency="usd"), yen) == Fraction(2997, 2)
    assert total([(Fraction(999), "usd"), (Fraction(1), "usd")], yen).price == Price(amount=1500, currency="jpy")


def test_the_decimals_of_currencies() -> None:
    assert {name: decimals(name) for name in ("usd", "cny", "jpy", "krw", "xtr", "kwd", "isk", "ugx")} == {
        "usd": 2,
        "cny": 2,
        "jpy": 0,
        "krw": 0,
        "xtr": 0,
        "kwd": 3,
        "isk": 2,
        "ugx": 2,
    }


def test_what_has_no_rate_is_told_apart_and_not_lost() -> None:
    pounds = monthly(2, price=Price(amount=700, currency="gbp"), months=3)
    booked = (paid(1, 1, 1000), paid(2, 1, 700, "gbp"), paid(2, 2, 900, "gbp", "refund"))
    found = figures(monthly(1), pounds, booked=booked)
    assert found.mrr == Total(price=Price(amount=1000, currency="usd"), apart=(Price(amount=233, currency="gbp"),))
    assert found.net == Total(price=Price(amount=1000, currency="usd"), apart=(Price(amount=-200, currency="gbp"),))
    assert (found.subscribers, found.arpu) == (2, Price(amount=1000, currency="usd"))


def test_plans_and_providers_have_lines_the_best_first() -> None:
    stars = monthly(2, id="stars:1", plan="year", months=12, price=Price(amount=12000, currency="xtr"))
    found = figures(monthly(1), stars, booked=(paid(1, 1, 1000), paid(2, 1, 4900, plan="course")))
    assert [(one.name, one.subscriptions, one.mrr, one.net) for one in found.plans] == [
        ("year", 1, usd(1300), usd(0)),
        ("gold", 1, usd(1000), usd(1000)),
        ("course", 0, usd(0), usd(4900)),
    ]
    assert [(one.name, one.mrr, one.gross) for one in found.providers] == [
        ("stars", usd(1300), usd(0)),
        ("stripe", usd(1000), usd(5900)),
    ]


# ---------------------------------------------------------------------- laws


@st.composite
def stories(draw: st.DrawFn) -> tuple[Subscription, ...]:
    """What was told of one subscription: a few truths in ten clustered days, in any order, some at the same time."""
    trial = draw(st.sampled_from((None, 3)))
    since = day(draw(st.sampled_from((0, 2))))
    base = monthly(
        draw(st.integers(1, 99)),
        since=since,
        months=draw(st.sampled_from((0, 1, 1, 3, 12))),
        trial_until=None if trial is None else since + timedelta(days=trial),
    )
    status = st.sampled_from(
        ("pending", "trialing", "active", "active", "past_due", "paused", "disputed", "refunded", "ended")
    )
    truth = st.builds(
        lambda status, as_of, until, renews, cents, currency: replace(
            base,
            status=status,
            as_of=day(as_of),
            until=None if until is None else since + timedelta(days=until),
            renews=renews,
            price=Price(amount=cents, currency=currency),
        ),
        status,
        st.integers(0, 9),
        st.sampled_from((None, 3, 4, 5, 6, 8)),
        st.booleans(),
        st.sampled_from((0, 700, 1000)),
        st.sampled_from(("usd", "usd", "xtr", "gbp")),
    )
    return tuple(draw(st.lists(truth, min_size=1, max_size=5)))


LAW = replace(RULES, membership=replace(RULES.membership, grace_days=2, loyal_grace_days=4, loyal_after_days=5))


def known(truths: tuple[Subscription, ...], at: datetime) -> Subscription | None:
    """By hand: the latest truth told by a time; before any, the first one, its trial being a trial."""
    told = [one for one in truths if one.as_of <= at]
    if told:
        return reduce(newer, told)
    soonest = min(one.as_of for one in truths)
    first = reduce(newer, [one for one in truths if one.as_of == soonest])
    if at < first.since:
        return None
    trial = first.trial_until
    if trial and at < trial <= first.as_of and first.status != "trialing":
        return replace(first, status="trialing", until=trial)
    return first


def recurs(one: Subscription | None, at: datetime) -> bool:
    """By hand: whether a truth is recurring revenue at a time."""
    if one is None or one.months == 0 or one.price.amount == 0 or one.status == "trialing":
        return False
    now = phase(one, at, LAW)
    if now is Phase.PAUSED:
        return one.until is None or one.until not in (one.since, one.trial_until)
    return now in (Phase.ACTIVE, Phase.CANCELLED, Phase.GRACE)


def by_days(truths: tuple[Subscription, ...], first: int, last: int) -> list[bool]:
    """By hand: whether it recurs on each day."""
    return [recurs(known(truths, day(n)), day(n)) for n in range(first, last + 1)]


periods = st.tuples(st.integers(-2, 12), st.integers(1, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(stories(), max_size=5), periods)
@settings(max_examples=100)
def test_mrr_is_the_sum_by_hand(told: list[tuple[Subscription, ...]], period: tuple[int, int]) -> None:
    end = day(period[1])
    found = revenue([Sold(member=n, truths=one) for n, one in enumerate(told)], (), day(period[0]), end, LAW)
    running = [one for truths in told if recurs(one := known(truths, end), end) and one]
    rates = {"usd": Fraction(1), "xtr": Fraction("1.3")}
    cents = sum(
        (
            Fraction(one.price.amount, one.months) * rates[one.price.currency]
            for one in running
            if one.price.currency in rates
        ),
        Fraction(),
    )
    pence = round(
        sum((Fraction(one.price.amount, one.months) for one in running if one.price.currency == "gbp"), Fraction())
    )
    assert found.mrr.price.amount == round(cents)
    assert {one.currency: one.amount for one in found.mrr.apart} == ({"gbp": pence} if pence else {})
    assert found.subscriptions == len(running)
    assert (
        sum(line.subscriptions for line in found.plans)
        == sum(line.subscriptions for line in found.providers)
        == len(running)
    )


@given(st.lists(stories(), max_size=5), periods)
@settings(max_examples=100)
def test_the_count_balances(told: list[tuple[Subscription, ...]], period: tuple[int, int]) -> None:
    found = revenue([Sold(member=n, truths=one) for n, one in enumerate(told)], (), day(period[0]), day(period[1]), LAW)
    moves = found.moves
    assert found.subscriptions == found.before + moves.new + moves.returned - moves.churned
    assert moves.refunded + moves.disputed <= moves.churned
    assert moves.converted <= moves.trials


@given(stories(), periods)
@settings(max_examples=150)
def test_moves_are_those_counted_day_by_day(truths: tuple[Subscription, ...], period: tuple[int, int]) -> None:
    first, last = period
    moves = movement(timeline(truths, LAW), day(first), day(last))
    days = by_days(truths, -1, last)
    here = days[first + 1 :] if first >= -1 else [False, *days]
    begins = [n for n in range(1, len(here)) if here[n] and not here[n - 1]]
    ends = [n for n in range(1, len(here)) if here[n - 1] and not here[n]]
    ever = any(days[: first + 2]) if first >= -1 else False
    assert moves.new == int(bool(begins) and not ever)
    assert moves.new + moves.returned == len(begins)
    assert moves.churned == len(ends)


@given(st.lists(stories(), max_size=4), periods, st.randoms(use_true_random=False))
def test_the_order_in_which_truths_were_told_does_not_matter(
    told: list[tuple[Subscription, ...]], period: tuple[int, int], chance: object
) -> None:
    shuffled = [tuple(chance.sample(one, len(one))) for one in told]  # type: ignore[attr-defined]
    doubled = [one + one for one in shuffled]
    start, end = day(period[0]), day(period[1])
    figures_ = [
        revenue([Sold(member=n, truths=one) for n, one in enumerate(some)], (), start, end, LAW)
        for some in (told, shuffled, doubled)
    ]
    assert figures_[0] == figures_[1] == figures_[2]


@given(st.lists(stories(), max_size=4), st.integers(0, 6), st.integers(1, 6), st.integers(1, 6))
def test_two_periods_add_up_to_one(told: list[tuple[Subscription, ...]], start: int, first: int, second: int) -> None:
    sold = [Sold(member=n, truths=one) for n, one in enumerate(told)]
    a, b, c = day(start), day(start + first), day(start + first + second)
    whole, one, two = (revenue(sold, (), x, y, LAW) for x, y in ((a, c), (a, b), (b, c)))
    parts = one.moves + two.moves
    assert replace(whole.moves, converted=0) == replace(parts, converted=0)
    assert one.subscriptions == two.before


amounts = st.lists(
    st.tuples(st.integers(-5000, 5000), st.sampled_from(("usd", "eur", "xtr", "gbp", "sek"))), max_size=6
)


@given(amounts, amounts)
def test_totals_add_up_as_they_are_shown(one: list[tuple[int, str]], two: list[tuple[int, str]]) -> None:
    first, second = (total([(Fraction(a), c) for a, c in some], RULES.membership) for some in (one, two))
    both = first + second
    assert both.price.amount == first.price.amount + second.price.amount
    assert both - second == first
    pounds = sum(amount for amount, currency in one + two if currency == "gbp")
    assert {p.currency: p.amount for p in both.apart}.get("gbp", 0) == pounds
