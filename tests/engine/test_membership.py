"""Membership: every phase and every change of phase, with its notice and its effects; grace; when to look again."""

from datetime import datetime, timedelta

import pytest

from bot.effects import Alert, Effect, GrantAccess, RevokeAccess, Tell
from bot.engine.decide import decide
from bot.engine.membership import KEPT, OPEN, UNHEARD, Phase, ends_at, entitles, grace, phase
from bot.engine.rules import MembershipRules, Plan, Rules
from bot.events import Event, Reviewed, SubscriptionChanged, member_account
from bot.notices import NOTICES
from bot.sales import Status, Subscription
from bot.state import Access, Membership, MemberState
from bot.words import replace
from tests.conftest import START

GOLD = Plan(name="gold", title="Gold", period="month", prices={"usd": 999}, gates=("lounge", "vault"))
SILVER = Plan(name="silver", period="month", prices={"usd": 499}, gates=("lounge",))
RULES = Rules(plans=(GOLD, SILVER), membership=MembershipRules(renewal_notice_days=0))
LENIENT = replace(RULES, membership=MembershipRules(renewal_notice_days=0, dispute_keeps_access=True))
UNTIL = START + timedelta(days=30)
WHO = member_account(1, 1)

PAID = Subscription(
    id="stripe:sub_1", plan="gold", status="active", since=START, as_of=START, until=UNTIL, renews=True, months=1
)
TRIAL = replace(PAID, status="trialing", until=START + timedelta(days=2), trial_until=START + timedelta(days=2))
PASS = replace(PAID, renews=False, months=0)
FOREVER = replace(PASS, until=None)


def days(number: float) -> datetime:
    """So many days after START."""
    return START + timedelta(days=number)


def put(status: Status, **changes: object) -> Subscription:
    """The paid subscription with another status."""
    return replace(PAID, status=status, **changes)


def heard(one: Subscription, at: datetime) -> SubscriptionChanged:
    """The truth of a subscription, asked for at a time."""
    told = replace(one, as_of=at)
    return SubscriptionChanged(key=f"{told}", at=at, who=WHO, subscription=told)


def passed(at: datetime) -> Reviewed:
    """Time alone."""
    return Reviewed(key=f"review:{at}", at=at, who=WHO)


def live(*events: Event, state: MemberState | None = None, rules: Rules = RULES) -> tuple[MemberState, list[Effect]]:
    """The state after events, and all that was to be done."""
    state = state or MemberState()
    effects: list[Effect] = []
    for event in events:
        decision = decide(event, state, rules)
        state = decision.state
        effects += decision.effects
    return state, effects


def tell(notice: str, until: datetime | None, plan: str = "Gold") -> Tell:
    return Tell(notice=notice, about="stripe:sub_1", plan=plan, until=until)


def alert(notice: str, plan: str = "Gold") -> Alert:
    return Alert(notice=f"staff_{notice}", values={"plan": plan})


OPENED = (GrantAccess(gate="lounge"), GrantAccess(gate="vault"))
CLOSED = (RevokeAccess(gate="lounge"), RevokeAccess(gate="vault"))

# ---------------------------------------------------------------------- phases


@pytest.mark.parametrize(
    ("one", "at", "expected"),
    [
        (put("pending"), START, Phase.PENDING),
        (TRIAL, START, Phase.TRIALING),
        (TRIAL, days(5) - timedelta.resolution, Phase.TRIALING),
        (TRIAL, days(5), Phase.EXPIRED),
        (PAID, START, Phase.ACTIVE),
        (PAID, UNTIL, Phase.ACTIVE),
        (PAID, days(37) - timedelta.resolution, Phase.ACTIVE),
        (PAID, days(37), Phase.EXPIRED),
        (put("active", renews=False), days(30) - timedelta.resolution, Phase.CANCELLED),
        (put("active", renews=False), UNTIL, Phase.EXPIRED),
        (replace(TRIAL, renews=False), START, Phase.CANCELLED),
        (replace(TRIAL, renews=False), days(2), Phase.EXPIRED),
        (PASS, START, Phase.ACTIVE),
        (PASS, UNTIL, Phase.EXPIRED),
        (FOREVER, days(36_500), Phase.ACTIVE),
        (put("past_due"), UNTIL, Phase.GRACE),
        (put("past_due"), days(37) - timedelta.resolution, Phase.GRACE),
        (put("past_due"), days(37), Phase.EXPIRED),
        (put("paused"), START, Phase.PAUSED),
        (put("paused"), days(99), Phase.PAUSED),
        (put("disputed"), START, Phase.DISPUTED),
        (put("refunded"), START, Phase.REFUNDED),
        (put("ended"), START, Phase.EXPIRED),
    ],
)
def test_the_phase_of_a_subscription_at_a_time(one: Subscription, at: datetime, expected: Phase) -> None:
    assert phase(one, at, RULES) is expected
    assert entitles(one, at, RULES) is (expected in OPEN)


def test_the_phases_that_open_doors() -> None:
    assert sorted(OPEN) == ["active", "cancelled", "grace", "trialing"]


def test_a_dispute_may_keep_access_but_never_beyond_what_was_paid() -> None:
    one = replace(PASS, status="disputed")
    assert not entitles(one, START, RULES)
    assert entitles(one, days(30) - timedelta.resolution, LENIENT)
    assert not entitles(one, UNTIL, LENIENT)
    assert entitles(replace(FOREVER, status="disputed"), days(999), LENIENT)


# ---------------------------------------------------------------------- grace


@pytest.mark.parametrize(
    ("one", "plan_days", "general", "expected"),
    [
        (PAID, None, MembershipRules(), 7),
        (PAID, None, MembershipRules(grace_days=2), 2),
        (PAID, 3, MembershipRules(), 3),
        (PAID, 0, MembershipRules(), 0),
        (PAID, 21, MembershipRules(grace_days=0), 21),
        (replace(PAID, since=UNTIL - timedelta(days=365)), None, MembershipRules(), 14),
        (replace(PAID, since=UNTIL - timedelta(days=364)), None, MembershipRules(), 7),
        (replace(PAID, since=UNTIL - timedelta(days=999)), 3, MembershipRules(), 14),
        (replace(PAID, since=UNTIL - timedelta(days=999)), 21, MembershipRules(), 21),
        (replace(PAID, since=UNTIL - timedelta(days=999)), 0, MembershipRules(), 0),
        (replace(PAID, since=UNTIL - timedelta(days=999)), None, MembershipRules(grace_days=0), 0),
        (replace(PAID, trial_until=UNTIL), None, MembershipRules(), 0),
        (replace(PAID, trial_until=START + timedelta(days=7)), None, MembershipRules(), 7),
        (replace(PAID, until=START), None, MembershipRules(), 0),
        (replace(PAID, until=START, since=START), 21, MembershipRules(), 0),
        (FOREVER, None, MembershipRules(), 0),
    ],
)
def test_grace_is_by_plan_by_standing_and_never_for_what_was_never_paid(
    one: Subscription, plan_days: int | None, general: MembershipRules, expected: int
) -> None:
    rules = Rules(plans=(replace(GOLD, grace_days=plan_days),), membership=general)
    assert grace(replace(one, status="past_due"), rules) == timedelta(days=expected)


def test_grace_by_a_plan_that_is_gone_is_the_general_one() -> None:
    assert grace(replace(PAID, plan="gone"), RULES) == timedelta(days=7)


@pytest.mark.parametrize(
    ("one", "plan_days", "expected"),
    [
        (PAID, None, days(37)),  # as long as if it had failed
        (PAID, 0, days(33)),  # but as long as news may take, at least
        (PAID, 2, days(33)),
        (replace(PAID, status="past_due"), 0, days(30)),
        (replace(PAID, status="past_due"), 2, days(32)),
        (TRIAL, None, days(5)),
        (replace(TRIAL, status="past_due"), None, days(2)),
        (replace(PAID, renews=False), None, days(30)),
        (PASS, None, days(30)),
        (FOREVER, None, None),
    ],
)
def test_when_access_ends_if_nothing_more_is_heard(
    one: Subscription, plan_days: int | None, expected: datetime | None
) -> None:
    rules = replace(RULES, plans=(replace(GOLD, grace_days=plan_days),))
    assert timedelta(days=3) == UNHEARD
    assert ends_at(one, rules) == expected


# ---------------------------------------------------------------------- what is said and done at each change

MOVED = UNTIL + timedelta(days=30)
CHANGES: list[tuple[str, Subscription | None, datetime, Subscription, datetime, tuple[Effect, ...]]] = [
    ("bought", None, START, PAID, START, (tell("subscribed", UNTIL), alert("subscribed"), *OPENED)),
    ("a pass bought", None, START, PASS, START, (tell("subscribed", UNTIL), alert("subscribed"), *OPENED)),
    ("for ever", None, START, FOREVER, START, (tell("subscribed", None), alert("subscribed"), *OPENED)),
    ("a trial", None, START, TRIAL, START, (tell("trial_begun", days(2)), *OPENED)),
    ("begun to pay", None, START, put("pending"), START, ()),
    ("paid", put("pending"), START, PAID, days(1), (tell("subscribed", UNTIL), alert("subscribed"), *OPENED)),
    ("given up", put("pending"), START, put("ended"), days(1), ()),
    ("first heard when ended", None, START, put("ended"), days(1), ()),
    ("first heard when refunded", None, START, put("refunded"), days(1), ()),
    ("first heard when overdue", None, START, PAID, days(50), ()),
    ("first heard when declined", None, START, put("past_due"), days(31), (tell("declined", days(37)), *OPENED)),
    ("the trial is paid", TRIAL, START, replace(PAID, trial_until=days(2)), days(2), (tell("trial_paid", UNTIL),)),
    (
        "the card fails at the end of the trial",
        TRIAL,
        START,
        replace(TRIAL, status="past_due"),
        days(2),
        (tell("expired", days(2)), alert("expired"), *CLOSED),
    ),
    ("renewed", PAID, START, replace(PAID, until=MOVED), days(30), ()),
    ("declined", PAID, START, put("past_due"), days(30), (tell("declined", days(37)),)),
    ("recovered", put("past_due"), days(30), replace(PAID, until=MOVED), days(31), (tell("recovered", MOVED),)),
    (
        "recovered too late",
        put("past_due"),
        days(37),
        replace(PAID, until=MOVED),
        days(38),
        (tell("subscribed", MOVED), alert("subscribed"), *OPENED),
    ),
    (
        "given up by the provider",
        put("past_due"),
        days(30),
        put("ended"),
        days(36),
        (tell("expired", UNTIL), alert("expired"), *CLOSED),
    ),
    (
        "cancelled",
        PAID,
        START,
        put("active", renews=False),
        days(1),
        (tell("cancelled", UNTIL), alert("cancelled")),
    ),
    ("undone", put("active", renews=False), START, PAID, days(1), (tell("kept", UNTIL),)),
    (
        "a trial cancelled",
        TRIAL,
        START,
        replace(TRIAL, renews=False),
        days(0.5),
        (tell("cancelled", days(2)), alert("cancelled")),
    ),
    ("that undone", replace(TRIAL, renews=False), START, TRIAL, days(0.5), (tell("kept", days(2)),)),
    ("paused", PAID, START, put("paused"), days(1), (tell("paused", UNTIL), *CLOSED)),
    ("resumed", put("paused"), START, PAID, days(1), (tell("resumed", UNTIL), *OPENED)),
    ("ended when paused", put("paused"), START, put("ended"), days(1), (tell("expired", UNTIL), alert("expired"))),
    ("refunded", PAID, START, put("refunded"), days(1), (tell("refunded", UNTIL), alert("refunded"), *CLOSED)),
    ("a refund ends but once", put("refunded"), START, put("ended"), days(1), ()),
    (
        "refunded after the end",
        put("ended"),
        START,
        put("refunded"),
        days(1),
        (tell("refunded", UNTIL), alert("refunded")),
    ),
    ("disputed", PAID, START, put("disputed"), days(1), (tell("disputed", UNTIL), alert("disputed"), *CLOSED)),
    ("won", put("disputed"), START, PAID, days(9), (tell("dispute_won", UNTIL), *OPENED)),
    (
        "won when cancelled",
        put("disputed"),
        START,
        put("active", renews=False),
        days(9),
        (tell("dispute_won", UNTIL), *OPENED),
    ),
    ("lost", put("disputed"), START, put("ended"), days(9), (tell("expired", UNTIL), alert("expired"))),
    ("to a smaller plan", PAID, START, replace(PAID, plan="silver"), days(1), (RevokeAccess(gate="vault"),)),
    ("to a greater plan", replace(PAID, plan="silver"), START, PAID, days(1), (GrantAccess(gate="vault"),)),
    (
        "back again",
        put("ended"),
        days(50),
        replace(PAID, until=days(90)),
        days(60),
        (tell("subscribed", days(90)), alert("subscribed"), *OPENED),
    ),
]


@pytest.mark.parametrize(
    ("old", "then", "new", "now", "expected"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES]
)
def test_what_is_said_and_done(
    old: Subscription | None, then: datetime, new: Subscription, now: datetime, expected: tuple[Effect, ...]
) -> None:
    before, _ = live(*([] if old is None else [heard(old, then)]))
    after, effects = live(heard(new, now), state=before)
    assert tuple(effects) == expected
    assert after.membership.subscriptions == (replace(new, as_of=now),)
    again, silence = live(heard(new, now), passed(now), heard(new, now), state=after)
    assert silence == []
    assert again == after


def test_every_notice_of_a_change_is_among_those_tried() -> None:
    said = {effect.notice for *_, effects in CHANGES for effect in effects if isinstance(effect, Tell | Alert)}
    members_ = "subscribed trial_begun trial_paid declined recovered cancelled kept paused resumed expired refunded"
    staffs = "staff_subscribed staff_cancelled staff_refunded staff_disputed staff_expired"
    assert said == {*members_.split(), "disputed", "dispute_won", *staffs.split()}
    assert said <= set(NOTICES)


@pytest.mark.parametrize(
    ("one", "ends"),
    [
        (PAID, days(37)),
        (PASS, UNTIL),
        (put("active", renews=False), UNTIL),
        (put("past_due"), days(37)),
        (TRIAL, days(5)),
    ],
    ids=["never heard of again", "a pass", "cancelled", "declined", "a trial never heard of again"],
)
def test_time_alone_ends_what_is_over(one: Subscription, ends: datetime) -> None:
    state, _ = live(heard(one, START))
    state, effects = live(passed(ends - timedelta.resolution), state=state)
    assert [effect for effect in effects if not isinstance(effect, Tell) or effect.rests_on is None] == []
    assert state.membership.due_at == ends
    state, effects = live(passed(ends), state=state)
    assert effects == [tell("expired", one.until), alert("expired"), *CLOSED]
    assert state.membership.plans == ()
    assert state.access == Access()


def test_nothing_changes_by_time_where_nothing_can() -> None:
    for one in (FOREVER, put("pending"), put("paused"), put("refunded"), put("ended")):
        state, _ = live(heard(one, START))
        assert state.membership.due_at is None


def test_a_dispute_that_keeps_access_is_the_staffs_business() -> None:
    state, effects = live(heard(PAID, START), heard(put("disputed"), days(1)), rules=LENIENT)
    assert effects[4:] == [alert("disputed")]
    assert state.membership.due_at == days(37)
    state, effects = live(heard(PAID, days(9)), state=state, rules=LENIENT)
    assert effects == []
    state, effects = live(heard(put("disputed"), days(10)), passed(days(37)), state=state, rules=LENIENT)
    assert effects == list(CLOSED)


def test_what_was_late_changes_nothing() -> None:
    state, _ = live(heard(PAID, START), heard(put("refunded"), days(2)))
    after, effects = live(
        SubscriptionChanged(key="late", at=days(3), who=WHO, subscription=replace(PAID, as_of=days(1))), state=state
    )
    assert effects == []
    assert after.membership == replace(state.membership, seen_at=days(3))


def test_of_two_truths_of_one_instant_the_more_final_one_holds() -> None:
    for first, second in ((PAID, put("ended")), (put("ended"), PAID)):
        state, _ = live(heard(first, days(1)), heard(second, days(1)))
        assert state.membership.subscriptions == (put("ended", as_of=days(1)),)
        assert state.access == Access()


def test_time_never_goes_back_for_a_member() -> None:
    state, _ = live(heard(PASS, START), passed(UNTIL))
    after, effects = live(passed(START), state=state)
    assert (after, effects) == (state, [])


def test_who_bought_nothing_has_no_part_in_it() -> None:
    assert live(passed(START)) == (MemberState(), [])


def test_of_what_was_told_the_latest_is_remembered() -> None:
    told = tuple(f"x:{number}" for number in range(KEPT))
    state, _ = live(heard(PAID, START), state=MemberState(membership=Membership(told=told)))
    assert state.membership.told == (*told[1:], "stripe:sub_1:subscribed:2026-12-21T12:00")


def test_two_subscriptions_are_two_rights() -> None:
    other = replace(PAID, id="stars:2", plan="silver", until=days(60))
    state, _ = live(heard(PAID, START), heard(other, START))
    assert state.membership.plans == ("gold", "silver")
    state, effects = live(heard(put("refunded"), days(1)), state=state)
    assert effects == [tell("refunded", UNTIL), alert("refunded"), RevokeAccess(gate="vault")]
    assert state.membership.plans == ("silver",)
    assert state.access == Access(open=("lounge",))


def test_a_plan_that_is_gone_opens_nothing_and_is_called_by_its_name() -> None:
    state, effects = live(heard(replace(PAID, plan="gone"), START))
    assert effects == [tell("subscribed", UNTIL, "gone"), alert("subscribed", "gone")]
    assert state.membership.plans == ("gone",)


def test_an_archived_plan_goes_on() -> None:
    rules = replace(RULES, plans=(replace(GOLD, archived=True),))
    state, effects = live(heard(PAID, START), heard(replace(PAID, until=MOVED), days(30)), rules=rules)
    assert state.access == Access(open=("lounge", "vault"))
    assert len(effects) == 4


def test_a_plan_that_is_changed_counts_from_the_next_look_on() -> None:
    state, _ = live(heard(PAID, START))
    smaller = replace(RULES, plans=(replace(GOLD, gates=("hall", "vault")),))
    state, effects = live(passed(days(1)), state=state, rules=smaller)
    assert effects == [RevokeAccess(gate="lounge"), GrantAccess(gate="hall")]
    assert state.access == Access(open=("hall", "vault"))


def test_more_grace_brings_back_whom_less_had_ended_and_nothing_is_said_twice() -> None:
    stern = replace(RULES, plans=(replace(GOLD, grace_days=0),))
    state, effects = live(heard(PAID, START), heard(put("past_due"), days(30)), rules=stern)
    assert effects[4:] == [tell("expired", UNTIL), alert("expired"), *CLOSED]
    state, effects = live(passed(days(31)), state=state, rules=RULES)
    assert effects == list(OPENED)
    state, effects = live(passed(days(32)), state=state, rules=stern)
    assert effects == list(CLOSED)
