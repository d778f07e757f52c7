"""What was due and what became of it, from the truths that were told."""

from datetime import datetime, timedelta

from bot.engine.activity import micros
from bot.engine.churn.renewals import dues, ending, upcoming
from bot.sales import Price, Subscription
from bot.words import replace
from tests.conftest import START

MONTH = timedelta(days=30)
PAID = Subscription(
    id="stripe:sub_1", plan="pro", status="active", since=START, as_of=START, until=START + MONTH, renews=True,
    months=1, price=Price(amount=900, currency="usd"),
)  # fmt: skip


def told(*sold: tuple[int, list[Subscription]]) -> list[tuple[int, float, float | None]]:
    """(member, days to the due date, days to the renewal) of each period."""
    found = dues(sold)

    def days(at: int) -> float:
        return (at - micros(START)) / 86_400e6

    return [
        (int(member), days(int(due)), None if renewed < 0 else days(int(renewed)))
        for member, due, renewed in zip(found.member, found.due, found.renewed, strict=True)
    ]


def later(one: Subscription, as_of: datetime, **changed: object) -> Subscription:
    return replace(one, as_of=as_of, **changed)


def test_a_period_that_was_followed_by_another_was_renewed_when_that_was_told() -> None:
    renewed = later(PAID, START + MONTH + timedelta(hours=2), until=START + 2 * MONTH)
    assert told((7, [renewed, PAID, PAID])) == [(7, 30.0, 30 + 2 / 24), (7, 60.0, None)]


def test_what_ended_was_not_renewed() -> None:
    ended = later(PAID, START + MONTH, status="ended")
    failed = later(PAID, START + MONTH, status="past_due")
    cancelled = later(PAID, START + timedelta(days=3), renews=False)
    assert told((1, [PAID, ended]), (2, [PAID, failed]), (3, [PAID, cancelled])) == [
        (1, 30.0, None),
        (2, 30.0, None),
        (3, 30.0, None),
    ]


def test_another_plan_in_time_is_a_renewal_and_a_later_one_a_return() -> None:
    other = replace(PAID, id="stripe:sub_2", since=START + timedelta(days=20), as_of=START + timedelta(days=20),
                    until=START + timedelta(days=50))  # fmt: skip
    assert told((1, [PAID]), (1, [other])) == [(1, 30.0, 20.0), (1, 50.0, None)]
    late = replace(other, since=START + timedelta(days=34), as_of=START + timedelta(days=34))
    assert told((1, [PAID]), (1, [late]))[0] == (1, 30.0, None)
    assert told((1, [PAID]), (2, [other]))[0] == (1, 30.0, None)


def test_trials_passes_and_what_is_for_ever_are_never_due() -> None:
    trial = replace(PAID, status="trialing", trial_until=START + MONTH)
    tried = replace(PAID, trial_until=START + MONTH)
    assert told((1, [trial]), (2, [tried]), (3, [replace(PAID, months=0)]), (4, [replace(PAID, until=None)])) == []
    paid = later(tried, START + MONTH, until=START + 2 * MONTH)
    assert told((1, [trial, paid])) == [(1, 60.0, None)]


def test_who_cancelled_is_known_to_end_while_it_is_near() -> None:
    cancelled = later(PAID, START + timedelta(days=3), renews=False)
    sold = [(1, [PAID, cancelled]), (2, [PAID]), (3, [cancelled, replace(PAID, as_of=START + timedelta(days=9))]),
            (4, [replace(cancelled, months=0)])]  # fmt: skip

    def known(days: float) -> list[int]:
        return sorted(ending(sold, micros(START + timedelta(days=days))))

    assert [known(days) for days in (22.9, 23, 32.9, 33)] == [[], [1], [1], []]


def test_what_is_asked_now_is_due_within_a_week_and_open() -> None:
    renewed = later(PAID, START + MONTH, until=START + 2 * MONTH)
    known = dues([(1, [PAID]), (2, [PAID, renewed])])

    def asked(days: float) -> list[int]:
        return [int(known.member[n]) for n in upcoming(known, micros(START + timedelta(days=days)))]

    assert [asked(days) for days in (22.9, 23, 30, 32.9, 33, 53)] == [[], [1], [1], [1], [], [2]]
