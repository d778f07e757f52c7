"""Access by purchase: gates and plans, many to many; who is away, who comes back, who lapsed and rejoined."""

from datetime import datetime, timedelta

import pytest

from bot.effects import Effect, GrantAccess, RevokeAccess
from bot.engine.access import admit, open_gates
from bot.engine.curves import LevelRules
from bot.engine.decide import decide
from bot.engine.earning import GuardRules
from bot.engine.ledger import Past
from bot.engine.rules import Gate, Plan, Rules
from bot.events import Account, Event, MemberJoined, MemberLeft, MessagePosted, Reviewed, SubscriptionChanged
from bot.sales import Subscription
from bot.state import Access, Contact, Membership, MemberState, Standing
from bot.text import Features
from bot.words import replace
from tests.conftest import START

ANN = Account(platform="discord", space="g", user="1")
RULES = Rules(
    guard=GuardRules(on=False),
    levels=LevelRules(curve="custom", linear=15, announce="off"),
    gates=(Gate(name="hall", level=0), Gate(name="lounge", level=1)),
    plans=(
        Plan(name="all", gates=("vault", "lounge", "studio")),
        Plan(name="basic", gates=("lounge",)),
        Plan(name="nothing"),
    ),
)
BASIC = Subscription(
    id="stripe:1", plan="basic", status="active", since=START, as_of=START, until=START + timedelta(days=30)
)
ALL = replace(BASIC, id="stripe:2", plan="all", until=START + timedelta(days=10))


def days(number: float) -> datetime:
    return START + timedelta(days=number)


def heard(one: Subscription, at: datetime) -> SubscriptionChanged:
    told = replace(one, as_of=at)
    return SubscriptionChanged(key=f"{told}", at=at, who=ANN, subscription=told)


def passed(number: float) -> Reviewed:
    return Reviewed(key=f"review:{number}", at=days(number), who=ANN)


def doors(*events: Event, state: MemberState | None = None) -> tuple[MemberState, list[Effect]]:
    """The state after events, and the doors that were opened and closed on the way."""
    state = state or MemberState()
    found: list[Effect] = []
    for event in events:
        decision = decide(event, state, RULES)
        state = decision.state
        found += [effect for effect in decision.effects if isinstance(effect, GrantAccess | RevokeAccess)]
    return state, found


def grants(*names: str) -> list[GrantAccess]:
    return [GrantAccess(gate=name) for name in names]


def revocations(*names: str) -> list[RevokeAccess]:
    return [RevokeAccess(gate=name) for name in names]


JOINED = MemberJoined(key="j", at=START, who=ANN)
LEFT = MemberLeft(key="l", at=START, who=ANN)


@pytest.mark.parametrize(
    ("plans", "level", "here", "names"),
    [
        ((), 0, True, ("hall",)),
        (("all",), 0, True, ("hall", "lounge", "studio", "vault")),
        (("all", "basic"), 1, True, ("hall", "lounge", "studio", "vault")),
        (("basic",), 0, True, ("hall", "lounge")),
        (("nothing",), 0, True, ("hall",)),
        (("forgotten",), 0, True, ("hall",)),
        (("basic",), 1, False, ("lounge",)),
        ((), 1, False, ()),
    ],
)
def test_what_was_bought_is_open_besides_what_was_earned(
    plans: tuple[str, ...], level: int, here: bool, names: tuple[str, ...]
) -> None:
    state = MemberState(standing=Standing(level=level), membership=Membership(plans=plans), contact=Contact(here=here))
    assert open_gates(state, RULES) == names


def test_a_plan_opens_all_its_gates_and_no_gate_twice() -> None:
    state, found = doors(heard(ALL, START), heard(BASIC, days(1)))
    assert found == grants("hall", "lounge", "studio", "vault")
    assert state.access == Access(open=("hall", "lounge", "studio", "vault"))


def test_a_gate_of_two_plans_stays_open_until_both_are_over() -> None:
    state, _ = doors(heard(ALL, START), heard(BASIC, START))
    state, found = doors(passed(10), state=state)
    assert found == revocations("studio", "vault")
    state, found = doors(passed(30), state=state)
    assert found == revocations("lounge")
    assert state.access == Access(open=("hall",))


def test_what_was_earned_stays_when_what_was_bought_ends() -> None:
    post = MessagePosted(key="m", at=days(1), who=ANN, channel="c", text=Features())
    state, _ = doors(heard(BASIC, START), post)
    assert state.standing.level == 1
    state, found = doors(passed(30), state=state)
    assert found == []
    assert state.access == Access(open=("hall", "lounge"))


def test_who_leaves_loses_what_they_earned_and_keeps_what_they_bought() -> None:
    state, _ = doors(heard(BASIC, START))
    state, found = doors(LEFT, state=state)
    assert found == revocations("hall")
    assert state.access == Access(open=("lounge",))


def test_who_buys_before_they_come_is_let_in_when_they_come() -> None:
    state, found = doors(LEFT, heard(BASIC, START))
    assert found == grants("lounge")
    state, found = doors(JOINED, state=state)
    assert found == grants("hall", "lounge")
    assert state.access == Access(open=("hall", "lounge"))


def test_who_comes_back_is_given_everything_again() -> None:
    state, _ = doors(heard(ALL, START), LEFT)
    state, found = doors(JOINED, replace(JOINED, key="j2"), state=state)
    assert found == grants("hall", "lounge", "studio", "vault") * 2


def test_who_lapsed_while_away_finds_closed_what_is_not_paid() -> None:
    state, _ = doors(heard(BASIC, START), LEFT)
    state, found = doors(passed(30), state=state)
    assert found == revocations("lounge")
    state, found = doors(JOINED, state=state)
    assert found == grants("hall")


def test_who_lapsed_and_buys_again_is_in_again() -> None:
    state, found = doors(heard(BASIC, START), passed(30), heard(replace(BASIC, until=days(70)), days(40)), passed(70))
    assert found == [*grants("hall", "lounge"), *revocations("lounge"), *grants("lounge"), *revocations("lounge")]
    another = replace(BASIC, id="stars:9", since=days(80), until=days(110))
    state, found = doors(heard(another, days(80)), state=state)
    assert found == grants("lounge")
    assert [one.id for one in state.membership.subscriptions] == ["stars:9", "stripe:1"]


def test_nothing_new_changes_nothing() -> None:
    state, _ = doors(heard(BASIC, START))
    assert admit(passed(1), state, RULES, Past()) == (state.access, ())
    assert admit(passed(1), state, RULES, Past())[0] is state.access
