"""Points, access and contact: what each event does to a member, with exact values; and the table that binds them."""

from datetime import timedelta
from typing import get_args
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.effects import Alert, Announce, GrantAccess, RevokeAccess
from bot.engine.access import admit, open_gates
from bot.engine.badges import BY_WRITING
from bot.engine.curves import LevelRules
from bot.engine.decide import POLICIES, decide
from bot.engine.earning import EarnRules, GuardRules
from bot.engine.ledger import Past
from bot.engine.metrics import METRICS
from bot.engine.points import amount
from bot.engine.rules import Gate, Rules
from bot.events import (
    Account,
    Complained,
    DayEnded,
    Event,
    LanguageChosen,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessagePosted,
    NoticesChosen,
    PaceChosen,
    QuietHoursChosen,
    ReactionGiven,
    ReactionReceived,
    ReactionWithdrawn,
    TopicChosen,
)
from bot.state import Access, Contact, Engagement, Giver, MemberState, Standing
from bot.text import Features
from bot.words import from_json, replace, to_json
from tests.conftest import START
from tests.strategies import Deed, Scene, any_of, stories, told

ANN = Account(platform="discord", space="g", user="1")
POST = MessagePosted(key="discord:message:1", at=START, who=ANN, channel="c", text=Features())
GIVER = Giver(who=crc32(b"2"), since=START.toordinal(), times=1, last=crc32(b"m"))
MESSAGE = EarnRules().message
PLAIN = Rules(guard=GuardRules(on=False))
NEAR = Rules(
    guard=GuardRules(on=False),
    levels=LevelRules(curve="custom", linear=40),
    gates=(Gate(name="vault", level=3), Gate(name="lounge", level=1), Gate(name="hall", level=0)),
)


@pytest.mark.parametrize("number", range(200))
def test_the_worth_of_a_message_follows_from_its_key(number: int) -> None:
    key = f"discord:message:{number}"
    assert amount(key, MESSAGE) == 15 + crc32(key.encode()) % 11


def test_every_worth_comes_up_about_equally_often() -> None:
    worths = [amount(f"discord:message:{number}", MESSAGE) for number in range(11_000)]
    assert {worth: 800 < worths.count(worth) < 1_200 for worth in range(15, 26)} == dict.fromkeys(range(15, 26), True)


@given(stories)
def test_a_message_changes_no_number_but_those_that_badges_are_asked_about_then(story: list[Deed]) -> None:
    state, changed = MemberState(), set()
    for event in told(story, Scene(name="g")):
        past = Past(before=state, answers=isinstance(event, MessagePosted) and bool(event.reply_to))
        after = decide(event, state, NEAR, past).state
        if isinstance(event, MessagePosted):
            changed |= {name for name, of in METRICS.items() if of(after) != of(state)}
        state = after
    assert changed <= set(BY_WRITING)


@pytest.mark.parametrize(
    ("event", "counts"),
    [
        (POST, {"points": 25, "messages": 1, "first_at": START, "last_at": START}),
        (MessageDeleted(key="d", at=START, who=ANN, of=POST.key), {"messages": -1}),
        (
            ReactionGiven(key="r", at=START, who=ANN, of="m", emoji="👍"),
            {"reactions_given": 1, "first_at": START, "last_at": START},
        ),
        (
            ReactionReceived(key="r", at=START, who=ANN, of="m", emoji="👍", giver="2"),
            {"points": 5, "quality": 5, "reactions_received": 1, "givers": (GIVER,)},
        ),
        (
            ReactionWithdrawn(key="r", at=START, who=ANN, of="m", emoji="👍", giver="2"),
            {"reactions_received": -1},
        ),
        (MemberJoined(key="j", at=START, who=ANN), {}),
        (DayEnded(key="e", at=START, who=ANN, day=START.date()), {}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_an_event_counts(event: Event, counts: dict[str, int]) -> None:
    assert amount(POST.key, MESSAGE) == 25
    assert decide(event, MemberState(), PLAIN).state.engagement == Engagement(**counts)  # type: ignore[arg-type]


def test_first_and_last_are_by_the_messages_own_time() -> None:
    state = MemberState()
    for hours in (5, 2, 9, 7):
        state = decide(replace(POST, at=START + timedelta(hours=hours)), state, Rules()).state
    assert state.engagement.first_at == START + timedelta(hours=2)
    assert state.engagement.last_at == START + timedelta(hours=9)


# ---------------------------------------------------------------------- access


@pytest.mark.parametrize(
    ("level", "names"),
    [(0, ("hall",)), (1, ("hall", "lounge")), (2, ("hall", "lounge")), (3, ("hall", "lounge", "vault"))],
)
def test_gates_open_from_their_level_on(level: int, names: tuple[str, ...]) -> None:
    assert open_gates(MemberState(standing=Standing(level=level)), NEAR) == names


def test_no_gate_is_open_to_who_is_not_here() -> None:
    state = MemberState(standing=Standing(level=9), contact=Contact(here=False))
    assert open_gates(state, NEAR) == ()


def test_access_is_a_difference_and_revocations_come_first() -> None:
    state = MemberState(standing=Standing(level=1), access=Access(open=("hall", "vault")))
    assert admit(POST, state, NEAR, Past()) == (
        Access(open=("hall", "lounge")),
        (RevokeAccess(gate="vault"), GrantAccess(gate="lounge")),
    )
    settled = replace(state, access=Access(open=("hall", "lounge")))
    assert admit(POST, settled, NEAR, Past()) == (settled.access, ())


def test_a_gate_that_is_no_longer_in_the_rules_is_closed() -> None:
    state = MemberState(access=Access(open=("gone", "hall")))
    assert admit(POST, state, NEAR, Past())[1] == (RevokeAccess(gate="gone"),)


@given(stories)
def test_grants_less_revocations_are_the_open_gates(story: list[object]) -> None:
    open_: dict[str, set[str]] = {}
    states: dict[str, MemberState] = {}
    for event in told(story, Scene(name="s")):  # type: ignore[arg-type]
        if not isinstance(event.who, Account):
            continue
        user = event.who.user
        decision = decide(event, states.get(user, MemberState()), NEAR)
        states[user] = decision.state
        mine = open_.setdefault(user, set())
        for effect in decision.effects:
            match effect:
                case GrantAccess(gate=gate):
                    assert gate not in mine or isinstance(event, MemberJoined)
                    mine.add(gate)
                case RevokeAccess(gate=gate):
                    mine.remove(gate)
                case _:
                    continue
        assert tuple(sorted(mine)) == decision.state.access.open


# ---------------------------------------------------------------------- contact


@pytest.mark.parametrize(
    ("event", "contact"),
    [
        (MemberLeft(key="k", at=START, who=ANN), Contact(here=False)),
        (MemberJoined(key="k", at=START, who=ANN), Contact(joined_at=START)),
        (LanguageChosen(key="k", at=START, who=ANN, locale="zh_CN"), Contact(locale="zh_CN")),
        (NoticesChosen(key="k", at=START, who=ANN, wanted=False), Contact(notices=False)),
        (TopicChosen(key="k", at=START, who=ANN, topic="digest", wanted=False), Contact(muted=("digest",))),
        (QuietHoursChosen(key="k", at=START, who=ANN, start=22, end=8), Contact(quiet=(22, 8))),
        (PaceChosen(key="k", at=START, who=ANN, fewer=True), Contact(fewer=True)),
        (Complained(key="k", at=START, who=ANN, nudge="digest"), Contact(complained_at=START)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_comings_goings_and_wishes(event: Event, contact: Contact) -> None:
    assert decide(event, MemberState(), Rules()).state.contact == contact


def test_wishes_are_taken_back() -> None:
    wished = MemberState(contact=Contact(muted=("digest", "habits"), fewer=True, complained_at=START, notices=False))
    for event in (
        TopicChosen(key="k", at=START, who=ANN, topic="habits", wanted=True),
        PaceChosen(key="k", at=START, who=ANN, fewer=False),
        NoticesChosen(key="k", at=START, who=ANN, wanted=True),
    ):
        wished = decide(event, wished, Rules()).state
    assert wished.contact == Contact(muted=("digest",))


def test_the_creator_is_told_of_a_first_complaint_alone() -> None:
    complaint = Complained(key="k", at=START, who=ANN, nudge="digest")
    first = decide(complaint, MemberState(), Rules())
    assert first.effects == (Alert(notice="staff_complaint", values={"nudge": "digest"}),)
    assert decide(complaint, first.state, Rules()).effects == ()


# ---------------------------------------------------------------------- the table


def test_every_part_of_the_state_is_owned_by_one_policy() -> None:
    assert sorted(policy.part for policy in POLICIES) == sorted(MemberState.__struct_fields__)


def test_every_policy_heeds_events_that_there_are() -> None:
    assert all({*policy.heeds, *policy.booked} <= set(get_args(Event)) for policy in POLICIES)
    assert all(len(heard) == len(set(heard)) for policy in POLICIES for heard in [(*policy.heeds, *policy.booked)])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(any_of(Event), any_of(MemberState), st.sampled_from((Rules(), NEAR)))
def test_a_decision_is_the_same_every_time(event: Event, state: MemberState, rules: Rules) -> None:
    again = from_json(MemberState, to_json(state))
    assert decide(event, state, rules) == decide(from_json(Event, to_json(event)), again, rules)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(any_of(Event), any_of(MemberState))
def test_a_policy_changes_its_own_part_alone(event: Event, state: MemberState) -> None:
    for policy in POLICIES:
        if type(event) in policy.heeds:
            part, _ = policy.apply(event, state, NEAR, Past(before=state))
            assert type(part) is type(getattr(state, policy.part))


def test_points_levels_and_gates_follow_from_each_other_in_one_decision() -> None:
    rules = replace(NEAR, levels=LevelRules(curve="custom", linear=20))
    decision = decide(POST, MemberState(), rules)
    assert decision.state.engagement.points == 25
    assert decision.state.standing == Standing(level=1, announced=1)
    assert decision.state.access == Access(open=("hall", "lounge"))
    assert decision.effects == (
        Announce(notice="level_up", values={"level": 1}),
        GrantAccess(gate="hall"),
        GrantAccess(gate="lounge"),
    )
