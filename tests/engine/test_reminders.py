"""Reminders: when each is due, to whom, with which date; one at a time, once, and only while it is so."""

from datetime import datetime, timedelta

import pytest

from bot.effects import Alert, Tell
from bot.engine.decide import decide
from bot.engine.reminders import REMINDERS, due_reminder, next_reminder, still_so
from bot.engine.rules import MembershipRules, Plan, Rules
from bot.events import Event, Reviewed, SubscriptionChanged, member_account
from bot.sales import Subscription
from bot.state import MemberState
from bot.words import replace
from tests.conftest import START

RULES = Rules(plans=(Plan(name="gold", title="Gold", prices={"usd": 999}, gates=("lounge",)), Plan(name="silver")))
WHO = member_account(1, 1)
UNTIL = START + timedelta(days=30)
ACTIVE = Subscription(
    id="stripe:1", plan="gold", status="active", since=START, as_of=START, until=UNTIL, renews=True, months=1
)
CANCELLED = replace(ACTIVE, renews=False)
PASS = replace(ACTIVE, renews=False, months=0)
UNPAID = replace(ACTIVE, status="past_due")
INSTANT = timedelta.resolution


def trial(days_: float) -> Subscription:
    until = START + timedelta(days=days_)
    return replace(ACTIVE, status="trialing", until=until, trial_until=until)


def days(number: float) -> datetime:
    return START + timedelta(days=number)


def heard(one: Subscription, at: datetime) -> SubscriptionChanged:
    told = replace(one, as_of=at)
    return SubscriptionChanged(key=f"{told}", at=at, who=WHO, subscription=told)


def passed(at: datetime) -> Reviewed:
    return Reviewed(key=f"review:{at}", at=at, who=WHO)


def live(*events: Event, state: MemberState | None = None, rules: Rules = RULES) -> tuple[MemberState, list[Tell]]:
    """The state after events, and what the member was told."""
    state = state or MemberState()
    said: list[Tell] = []
    for event in events:
        decision = decide(event, state, rules)
        state = decision.state
        said += [effect for effect in decision.effects if isinstance(effect, Tell)]
    return state, said


def life(one: Subscription, *, to: float, rules: Rules = RULES) -> list[tuple[float, str, datetime | None]]:
    """(day, notice, date named) of all that is said of a subscription by time alone, looked at when it is due."""
    state, _ = live(heard(one, START), rules=rules)
    said: list[tuple[float, str, datetime | None]] = []
    while (at := state.membership.due_at) is not None and at < days(to):
        state, told = live(passed(at), state=state, rules=rules)
        said += [((at - START) / timedelta(days=1), tell.notice, tell.until) for tell in told]
    return said


# ---------------------------------------------------------------------- when, and with which date


def test_an_automatic_renewal_is_announced_five_days_before() -> None:
    assert life(ACTIVE, to=30) == [(25, "renews_soon", UNTIL)]


@pytest.mark.parametrize(
    ("before", "said"), [(0, []), (3, [(27, "renews_soon", UNTIL)]), (7, [(23, "renews_soon", UNTIL)])]
)
def test_how_long_before_is_the_creators_to_say(before: int, said: list[object]) -> None:
    assert life(ACTIVE, to=30, rules=replace(RULES, membership=MembershipRules(renewal_notice_days=before))) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [(30, [27]), (7, [4]), (4, [1]), (3.5, [0.5, 2.5]), (3, [2]), (1.5, [0.5]), (1, []), (0.5, [])],
)
def test_a_trials_end_is_announced_three_days_before_or_one_if_it_is_short(length: float, said: list[float]) -> None:
    assert life(trial(length), to=length) == [(day, "trial_ends", days(length)) for day in said]


@pytest.mark.parametrize("one", [PASS, replace(trial(30), renews=False)], ids=["pass", "trial"])
def test_what_does_not_renew_is_announced_three_days_and_a_day_before_and_missed_three_days_after(
    one: Subscription,
) -> None:
    assert life(one, to=99) == [
        (27, "ends_soon", UNTIL),
        (29, "ends_soon", UNTIL),
        (30, "expired", UNTIL),
        (33, "come_back", UNTIL),
    ]


def test_whoever_cancelled_is_left_in_peace() -> None:
    assert life(CANCELLED, to=99) == [(30, "expired", UNTIL)]


def test_a_payment_that_stays_open_is_mentioned_on_days_three_and_five() -> None:
    assert life(UNPAID, to=99) == [
        (33, "still_declined", days(37)),
        (35, "still_declined", days(37)),
        (37, "expired", UNTIL),
    ]


@pytest.mark.parametrize(
    ("grace", "said"), [(0, []), (2, [(32, "expired")]), (4, [(33, "still_declined"), (34, "expired")])]
)
def test_nobody_is_told_that_they_stay_in_when_they_are_out(grace: int, said: list[tuple[float, str]]) -> None:
    rules = replace(RULES, membership=MembershipRules(grace_days=grace))
    state, _ = live(heard(ACTIVE, START), heard(UNPAID, UNTIL), rules=rules)
    found: list[tuple[float, str]] = []
    while (at := state.membership.due_at) is not None:
        state, told = live(passed(at), state=state, rules=rules)
        found += [((at - START) / timedelta(days=1), tell.notice) for tell in told]
    assert found == said


@pytest.mark.parametrize("status", ["pending", "paused", "disputed", "refunded", "ended"])
def test_of_what_is_at_rest_nothing_is_said(status: str) -> None:
    one = replace(PASS, status=status)
    assert next_reminder(one, START, RULES) is None
    assert [due_reminder(one, [one], days(n), RULES, ends=UNTIL) for n in range(50)] == [None] * 50


def test_of_what_is_for_ever_nothing_is_said() -> None:
    forever = replace(PASS, until=None)
    assert life(forever, to=999) == []
    assert next_reminder(forever, START, RULES) is None


def test_a_reminder_that_would_have_been_due_before_the_purchase_is_none() -> None:
    assert life(replace(PASS, until=days(2)), to=4) == [(1, "ends_soon", days(2)), (2, "expired", days(2))]
    assert life(replace(PASS, until=days(1)), to=3) == [(1, "expired", days(1))]


# ---------------------------------------------------------------------- one at a time, and once


@pytest.mark.parametrize(
    ("one", "off", "on", "said"),
    [
        (PASS, 26, 34, ["expired"]),
        (PASS, 26, 29.5, ["ends_soon"]),
        (PASS, 26, 41, ["expired"]),
        (UNPAID, 31, 36, ["still_declined"]),
        (UNPAID, 31, 38, ["expired"]),
        (ACTIVE, 24, 31, []),
        (ACTIVE, 24, 29.9, ["renews_soon"]),
        (trial(14), 10, 14.5, []),
    ],
)
def test_after_a_week_switched_off_nobody_hears_three_at_once(
    one: Subscription, off: float, on: float, said: list[str]
) -> None:
    state, _ = live(heard(one, START), passed(days(off)))
    after, told = live(passed(days(on)), state=state)
    assert [tell.notice for tell in told] == said
    assert live(passed(days(on)), state=after) == (after, [])


def test_after_two_weeks_switched_off_nobody_is_missed_any_more() -> None:
    state, _ = live(heard(PASS, START), passed(UNTIL))
    for day, said in ((33, 1), (39.9, 1), (40, 0), (60, 0)):
        _, told = live(passed(days(day)), state=state)
        assert [tell.notice for tell in told] == ["come_back"] * said


def test_what_was_just_said_as_news_is_not_said_as_a_reminder() -> None:
    state, told = live(heard(UNPAID, days(33.5)))
    assert [tell.notice for tell in told] == ["declined"]
    state, told = live(passed(days(33.6)), passed(days(34.9)), passed(days(35)), state=state)
    assert [(tell.notice, tell.until) for tell in told] == [("still_declined", days(37))]


def test_a_reminder_is_said_once_however_often_one_looks() -> None:
    state, _ = live(heard(PASS, START))
    _, told = live(*[passed(days(26 + n / 24)) for n in range(24 * 15)], state=state)
    assert [tell.notice for tell in told] == ["ends_soon", "ends_soon", "expired", "come_back"]


def test_the_next_period_has_reminders_of_its_own() -> None:
    renewed = replace(ACTIVE, until=days(60))
    _, told = live(heard(ACTIVE, START), passed(days(25)), heard(renewed, UNTIL), passed(days(55)), passed(days(56)))
    assert [(tell.notice, tell.until) for tell in told[1:]] == [("renews_soon", UNTIL), ("renews_soon", days(60))]


def test_staff_hears_no_reminders() -> None:
    state, _ = live(heard(PASS, START))
    decision = decide(passed(days(27)), state, RULES)
    assert not any(isinstance(effect, Alert) for effect in decision.effects)
    assert len(decision.effects) == 1


# ---------------------------------------------------------------------- whoever has gone on otherwise

AGAIN = replace(PASS, id="stripe:2", since=days(20), until=days(60))
ELSEWHERE = replace(AGAIN, id="stars:3", plan="silver")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (AGAIN, ["expired"]),
        (replace(ACTIVE, id="stripe:2", until=days(25)), ["expired"]),
        (replace(AGAIN, until=None), ["expired"]),
        (ELSEWHERE, ["ends_soon", "ends_soon", "expired"]),
        (replace(AGAIN, status="refunded"), ["ends_soon", "ends_soon", "expired", "come_back"]),
        (replace(AGAIN, until=days(29)), ["ends_soon", "ends_soon", "expired", "come_back"]),
    ],
    ids=["bought again", "renews", "for ever", "another plan", "given back", "ends before"],
)
def test_nobody_is_called_back_who_is_here(other: Subscription, said: list[str]) -> None:
    state, _ = live(heard(PASS, START), heard(other, days(21)))
    _, told = live(*[passed(days(day)) for day in (27, 29, 30, 33)], state=state)
    assert [tell.notice for tell in told if tell.about == PASS.id] == said


def test_of_two_passes_that_end_together_one_reminds() -> None:
    twin = replace(PASS, id="stripe:2")
    state, _ = live(heard(PASS, START), heard(twin, START))
    _, told = live(passed(days(27)), state=state)
    assert [(tell.notice, tell.about) for tell in told] == [("ends_soon", "stripe:2")]


# ---------------------------------------------------------------------- still so, when its turn comes


def reminder(one: Subscription, at: datetime) -> Tell:
    """What is due at a time."""
    found = due_reminder(one, [one], at, RULES, ends=days(37))
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("one", "at", "over"),
    [
        (ACTIVE, days(25), UNTIL),
        (trial(14), days(11), days(14)),
        (PASS, days(27), UNTIL),
        (PASS, days(29), UNTIL),
        (PASS, days(33), days(40)),
        (UNPAID, days(33), days(37)),
    ],
)
def test_a_reminder_is_of_use_until_its_date(one: Subscription, at: datetime, over: datetime) -> None:
    tell = reminder(one, at)
    assert still_so(tell, (one,), at)
    assert still_so(tell, (one,), over - INSTANT)
    assert not still_so(tell, (one,), over)


@pytest.mark.parametrize(
    ("one", "at", "meanwhile"),
    [
        (ACTIVE, days(25), CANCELLED),
        (ACTIVE, days(25), replace(ACTIVE, until=days(60))),
        (ACTIVE, days(25), replace(ACTIVE, status="paused")),
        (ACTIVE, days(25), replace(ACTIVE, status="refunded")),
        (trial(14), days(11), replace(trial(14), renews=False)),
        (trial(14), days(11), replace(trial(14), status="active", until=days(44))),
        (replace(trial(30), renews=False), days(27), trial(30)),
        (PASS, days(27), replace(PASS, until=days(60))),
        (UNPAID, days(33), replace(ACTIVE, until=days(60))),
        (UNPAID, days(33), replace(UNPAID, status="ended")),
    ],
    ids=[
        "cancelled",
        "renewed",
        "paused",
        "refunded",
        "trial cancelled",
        "trial paid",
        "kept",
        "extended",
        "recovered",
        "ended",
    ],
)
def test_what_is_not_so_any_more_is_not_said(one: Subscription, at: datetime, meanwhile: Subscription) -> None:
    tell = reminder(one, at)
    assert not still_so(tell, (meanwhile,), at)
    assert not still_so(tell, (), at)


def test_who_bought_again_meanwhile_is_not_reminded() -> None:
    tell = reminder(PASS, days(29))
    assert still_so(tell, (PASS, ELSEWHERE), days(29))
    assert not still_so(tell, (PASS, AGAIN), days(29))
    missed = reminder(PASS, days(33))
    assert not still_so(missed, (PASS, ELSEWHERE), days(33))


def test_news_are_always_so() -> None:
    assert still_so(Tell(notice="declined", about="stripe:1", until=days(37)), (), days(99))


def test_every_reminder_has_a_name_that_notices_know_and_a_span() -> None:
    assert {one.notice for one in REMINDERS} == {
        "renews_soon",
        "trial_ends",
        "ends_soon",
        "still_declined",
        "come_back",
    }
    assert all(one.lasting > 0 for one in REMINDERS)
