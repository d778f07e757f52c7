"""The laws of membership, without a database: in any order, however often, the answer is that of the latest truth."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.effects import Alert, Effect, GrantAccess, RevokeAccess, Tell
from bot.engine.decide import decide
from bot.engine.membership import entitled_plans
from bot.engine.reminders import REMINDERS
from bot.engine.rules import Gate, MembershipRules, Plan, Rules
from bot.events import Account, Event, MemberJoined, MemberLeft, Reviewed, SubscriptionChanged
from bot.sales import Subscription
from bot.state import Membership, MemberState
from bot.words import replace
from tests import oracle
from tests.strategies import FIRST, SOLD, Deed, Scene, instants, sales, told

GATES = {"gold": {"lounge", "vault"}, "silver": {"lounge", "hall"}}
GRACE = {"gold": 2, "silver": 7}
RULES = Rules(
    gates=(Gate(name="yard", level=0),),
    plans=tuple([Plan(name=name, gates=tuple(GATES[name]), grace_days=GRACE[name]) for name in SOLD]),
    membership=MembershipRules(renewal_notice_days=1),
)
END = FIRST + timedelta(days=10)
HERE = Scene(name="s")
often = settings(max_examples=150, deadline=None)


def mine(story: list[Deed]) -> list[Event]:
    """What happened to one member: stories are told of three."""
    return told([replace(deed, user="ann") for deed in story], HERE)


def live(events: list[Event], state: MemberState | None = None) -> tuple[MemberState, list[Effect]]:
    """The state after events, and all that was to be done."""
    state = state or MemberState()
    effects: list[Effect] = []
    for event in events:
        decision = decide(event, state, RULES)
        state = decision.state
        effects += decision.effects
    return state, effects


def review(at: datetime) -> Reviewed:
    return Reviewed(key=f"at:{at}", at=at, who=Account(platform="discord", space="s", user="ann"))


def truths(events: Sequence[Event]) -> list[Subscription]:
    return [event.subscription for event in events if isinstance(event, SubscriptionChanged)]


@often
@given(
    story=sales, order=st.randoms(use_true_random=False), again=st.lists(st.integers(0, 39), max_size=10), at=instants
)
def test_the_entitlement_is_that_of_the_latest_truth_in_any_order_however_often(
    story: list[Deed], order: Random, again: list[int], at: datetime
) -> None:
    events = [event for event in mine(story) if not isinstance(event, MemberJoined | MemberLeft)]
    final = review(max([event.at for event in events] + [at]))
    answers = oracle.entitled(truths(events), final.at, GRACE)
    believed: list[tuple[Subscription, ...]] = []
    for _ in range(2):
        heard = events + [events[n % len(events)] for n in again if events]
        order.shuffle(heard)
        state, _ = live([*heard, final])
        believed.append(state.membership.subscriptions)
        plans = set(state.membership.plans)
        assert plans in answers
        assert set(state.access.open) - {"yard"} == {gate for plan in plans for gate in GATES[plan]}
    assert believed[0] == believed[1]


@often
@given(story=sales)
def test_at_every_step_it_is_that_of_what_was_heard_so_far_and_time_never_goes_back(story: list[Deed]) -> None:
    state = MemberState()
    so_far: list[Subscription] = []
    latest: datetime | None = None
    for event in mine(story):
        state, _ = live([event], state)
        so_far += truths([event])
        if so_far and not isinstance(event, MemberJoined | MemberLeft):
            latest = max(event.at, latest or event.at)
        if latest is not None:
            assert set(state.membership.plans) in oracle.entitled(so_far, latest, GRACE)
            assert state.membership.seen_at == latest


@often
@given(story=sales)
def test_access_given_less_access_taken_is_what_stands_open(story: list[Deed]) -> None:
    opened: set[str] = set()
    state = MemberState()
    for event in mine(story):
        decision = decide(event, state, RULES)
        state = decision.state
        for effect in decision.effects:
            match effect:
                case GrantAccess(gate=gate):
                    assert gate not in opened or isinstance(event, MemberJoined)
                    opened.add(gate)
                case RevokeAccess(gate=gate):
                    opened.remove(gate)
                case _:
                    continue
        assert set(state.access.open) == opened


@often
@given(story=sales, minutes=st.lists(st.integers(0, 30 * 24 * 60), min_size=1, max_size=8))
def test_nothing_changes_by_time_alone_before_it_is_due(story: list[Deed], minutes: list[int]) -> None:
    state, _ = live(mine(story))
    seen = state.membership.seen_at
    if seen is None:
        return
    for at in sorted(seen + timedelta(minutes=minute) for minute in minutes):
        while (due := state.membership.due_at) is not None and due <= at:
            assert state.membership.seen_at is not None
            assert due > state.membership.seen_at
            state, _ = live([review(due)], state)
        assert state.membership.plans == entitled_plans(state.membership.subscriptions, at, RULES)
        after, effects = live([review(at)], state)
        assert effects == []
        assert replace(after.membership, seen_at=state.membership.seen_at) == state.membership


@often
@given(story=sales, minutes=st.lists(st.integers(0, 20 * 24 * 60), max_size=20))
def test_nobody_hears_a_thing_twice(story: list[Deed], minutes: list[int]) -> None:
    times = [review(FIRST + timedelta(minutes=minute)) for minute in minutes]
    events = [*mine(story), *sorted(times, key=lambda event: event.at)]
    _, effects = live([*events, *events])
    said = Counter((one.notice, one.about, one.until, one.rests_on) for one in effects if isinstance(one, Tell))
    most = Counter(one.notice for one in REMINDERS)
    assert all(number <= most.get(notice, 1) for (notice, *_), number in said.items())


@often
@given(story=sales)
def test_whatever_happens_a_subscription_has_one_thing_said_of_it(story: list[Deed]) -> None:
    state = MemberState()
    for event in mine(story):
        decision = decide(event, state, RULES)
        told_of = Counter(one.about for one in decision.effects if isinstance(one, Tell))
        assert all(number == 1 for number in told_of.values())
        assert len([one for one in decision.effects if isinstance(one, Alert)]) <= len(told_of)
        state = decision.state


@often
@given(story=sales, at=instants)
@example(story=[], at=END)
def test_what_is_told_of_a_date_is_told_before_it(story: list[Deed], at: datetime) -> None:
    for event in (*mine(story), review(at)):
        state, _ = live([*mine(story)])
        _, effects = live([event], state)
        for effect in effects:
            if isinstance(effect, Tell) and effect.notice in (
                "renews_soon",
                "trial_ends",
                "ends_soon",
                "still_declined",
            ):
                assert state.membership.seen_at is not None
                assert effect.until is not None
                assert effect.until > max(event.at, state.membership.seen_at)


def test_the_stories_come_to_every_part_of_the_policy() -> None:
    """The laws above would hold of nothing at all: these deeds are enough to open, close, say and remind."""
    days = iter(range(10))
    deeds = [
        Deed(kind=kind, user="ann", number=1, at=FIRST + timedelta(days=next(days)))
        for kind in ("try", "buy", "fail", "recover", "cancel", "refund")
    ]
    state, effects = live([*mine(deeds), review(END)])
    notices = [one.notice for one in effects if isinstance(one, Tell)]
    assert notices == ["trial_begun", "trial_paid", "declined", "recovered", "cancelled", "refunded"]
    assert state.membership != Membership()
    assert {type(one) for one in effects} == {Tell, Alert, GrantAccess, RevokeAccess}
