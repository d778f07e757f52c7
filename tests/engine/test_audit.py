"""Who pays and is not in, who is in and does not pay: each finding by its reason, in money; the law of both ways."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.audit import IN, KINDS, Finding, Holder, Place, Reason, Way, as_held, audit, is_mass_change, sums
from bot.engine.membership import entitles
from bot.engine.money import Total
from bot.engine.rules import Gate, MembershipRules, Plan, Rules
from bot.sales import Price, Subscription
from bot.words import replace
from tests.conftest import START

RULES = Rules(
    gates=(Gate(name="lounge", level=2),),
    plans=(
        Plan(name="gold", prices={"usd": 1000}, gates=("vip",)),
        Plan(name="year", period="year", prices={"usd": 9600, "xtr": 9000}, gates=("vip", "vault")),
        Plan(name="pass", period="once", days=30, prices={"usd": 1500}, gates=("vault",)),
        Plan(name="old", prices={"usd": 100}, gates=("vip",), archived=True),
        Plan(name="circle", period="free", gates=("hall",)),
    ),
    membership=MembershipRules(rates={"xtr": 0.01}),
)
VIP = Place(platform="discord", target="role:1", gate="vip")
CHAT = Place(platform="telegram", target="chat:-1", gate="vip")
VAULT = Place(platform="discord", target="role:2", gate="vault")
HALL = Place(platform="discord", target="role:3", gate="hall")
PLACES = (VIP, CHAT, VAULT, HALL)
ANN = (("discord", "10"),)


def usd(amount: int) -> Total:
    return Total(price=Price(amount=amount, currency="usd"))


def sold(plan: str = "gold", number: int = 1, **changes: Any) -> Subscription:
    base = Subscription(
        id=f"stripe:sub_{number}",
        plan=plan,
        status="active",
        since=START - timedelta(days=10),
        as_of=START - timedelta(days=10),
        until=START + timedelta(days=20),
        renews=True,
        months=1,
        price=Price(amount=1000, currency="usd"),
    )
    return replace(base, **changes)


def way(place: Place = VIP, status: str = "granted", user: str = "10", **more: Any) -> Way:
    return Way(platform=place.platform, user=user, target=place.target, status=status, **more)


def ann(
    *subscriptions: Subscription, open_: tuple[str, ...] = ("vip",), ways: tuple[Way, ...] = (), **more: Any
) -> Holder:
    given = {"accounts": ANN, **more}
    return Holder(member=1, name="Ann", subscriptions=subscriptions, open=open_, ways=ways, **given)


def found(*holders: Holder, places: tuple[Place, ...] = PLACES) -> list[Finding]:
    return audit(holders, places, RULES, START)


# ---------------------------------------------------------------------- pays and is not in


@pytest.mark.parametrize(
    ("ways", "reason"),
    [
        ((), Reason(gate="vip", why="missing", platform="discord", target="role:1")),
        ((way(status="gone"),), Reason(gate="vip", why="missing", platform="discord", target="role:1")),
        ((way(status="wanted"),), Reason(gate="vip", why="waiting", platform="discord", target="role:1")),
        (
            (way(status="blocked", waiting=True),),
            Reason(gate="vip", why="waiting", platform="discord", target="role:1"),
        ),
        (
            (way(status="blocked", why="my role is too low"),),
            Reason(gate="vip", why="blocked", detail="my role is too low", platform="discord", target="role:1"),
        ),
        (
            (way(status="away", why="not in the server"),),
            Reason(gate="vip", why="away", detail="not in the server", platform="discord", target="role:1"),
        ),
        ((way(status="held", why="old"),), Reason(gate="vip", why="held", platform="discord", target="role:1")),
    ],
)
def test_who_pays_and_is_not_in_is_found_with_the_reason_and_the_money(ways: tuple[Way, ...], reason: Reason) -> None:
    assert found(ann(sold(), ways=ways)) == [
        Finding(kind="pays_out", member=1, name="Ann", reasons=(reason,), stake=usd(1000))
    ]


@pytest.mark.parametrize("status", IN)
def test_who_pays_and_is_in_is_no_finding(status: str) -> None:
    assert found(ann(sold(), ways=(way(status=status),))) == []


def test_a_gate_with_nothing_behind_it_and_one_on_another_platform() -> None:
    (finding,) = found(ann(sold("year"), open_=("vip", "vault")), places=(CHAT,))
    assert finding.reasons == (
        Reason(gate="vip", why="not_linked", detail="telegram"),
        Reason(gate="vault", why="unbound"),
    )
    assert (finding.kind, finding.stake) == ("pays_out", usd(1000))


def test_being_in_on_one_platform_does_not_ask_for_an_account_on_the_other() -> None:
    assert found(ann(sold(), ways=(way(),))) == []


def test_what_nobody_has_looked_at_yet_is_late() -> None:
    (finding,) = found(ann(sold(), open_=()))
    assert finding.reasons == (Reason(gate="vip", why="late"),)


def test_the_money_of_a_subscription_is_counted_once() -> None:
    both = (*ANN, ("telegram", "20"))
    year = sold("year", months=12, price=Price(amount=9000, currency="xtr"))
    (finding,) = found(ann(year, sold("gold", 2), open_=("vip", "vault"), accounts=both))
    assert [(one.gate, one.target) for one in finding.reasons] == [
        ("vip", "role:1"),
        ("vip", "chat:-1"),
        ("vault", "role:2"),
    ]
    assert finding.stake == usd(9000 // 12 + 1000)


def test_a_pass_stands_for_its_price_and_what_has_no_rate_is_apart() -> None:
    a_pass = sold("pass", months=0, renews=False, price=Price(amount=1500, currency="gbp"))
    (finding,) = found(ann(a_pass, open_=("vault",)))
    assert finding.stake == Total(price=Price(amount=0, currency="usd"), apart=(Price(amount=1500, currency="gbp"),))


def test_who_may_be_in_without_paying_is_another_kind() -> None:
    free = sold("circle", months=0, until=None, price=Price(amount=0, currency="usd"))
    (finding,) = found(ann(free, open_=("hall", "lounge")))
    assert (finding.kind, finding.stake) == ("due_in", usd(0))
    assert finding.reasons == (Reason(gate="hall", why="missing", platform="discord", target="role:3"),)


# ---------------------------------------------------------------------- is in and does not pay


@pytest.mark.parametrize(
    ("grant", "kind", "why"),
    [
        (way(), "should_leave", "stuck"),
        (way(status="giving"), "should_leave", "stuck"),
        (way(waiting=True), "should_leave", "closing"),
        (way(status="found"), "by_hand", "by_hand"),
    ],
)
def test_who_is_in_though_no_gate_is_open(grant: Way, kind: str, why: str) -> None:
    (finding,) = found(ann(sold(status="ended"), open_=(), ways=(grant,)))
    assert (finding.kind, finding.reasons[0].why, finding.stake) == (kind, why, usd(800))  # the cheapest that is sold


def test_what_was_given_to_an_account_that_went_away_should_be_taken() -> None:
    (finding,) = found(ann(sold(), ways=(way(), way(user="99"))))
    assert (finding.kind, finding.reasons[0].why) == ("should_leave", "stuck")


def test_what_stands_behind_no_gate_any_more_should_be_taken() -> None:
    gone = Place(platform="discord", target="role:9", gate="vip")
    (finding,) = found(ann(sold(), ways=(way(), way(gone))))
    assert (finding.kind, finding.reasons[0].target, finding.stake) == ("should_leave", "role:9", usd(0))


@pytest.mark.parametrize("status", ["gone", "wanted", "blocked", "away", "held"])
def test_who_is_not_in_is_not_to_leave(status: str) -> None:
    assert found(ann(open_=(), ways=(way(status=status),))) == []


@pytest.mark.parametrize(
    ("subscription", "why", "cents"),
    [
        (sold(status="trialing", trial_until=START + timedelta(days=20)), "trial", 1000),
        (sold(status="past_due", until=START - timedelta(days=2)), "grace", 1000),
        (sold(price=Price(amount=0, currency="usd")), "given", 800),
    ],
)
def test_who_is_in_by_right_and_does_not_pay(subscription: Subscription, why: str, cents: int) -> None:
    (finding,) = found(ann(subscription, ways=(way(),)))
    assert (finding.kind, finding.reasons[0].why, finding.stake) == ("unpaid", why, usd(cents))


def test_who_is_in_by_level_where_others_pay() -> None:
    (finding,) = found(ann(open_=("vip",), ways=(way(),)))
    assert (finding.kind, finding.reasons[0].why, finding.stake) == ("unpaid", "level", usd(800))
    assert found(ann(open_=("hall",), ways=(way(HALL),))) == []  # nobody pays there


def test_one_that_pays_makes_up_for_one_that_does_not() -> None:
    trial = sold(number=2, status="trialing", trial_until=START + timedelta(days=20))
    assert found(ann(sold(), trial, ways=(way(),))) == []


# ---------------------------------------------------------------------- what the platform says


@pytest.mark.parametrize(
    ("status", "inside", "now"),
    [
        ("granted", True, "granted"),
        ("granted", False, "gone"),
        ("found", False, "gone"),
        ("giving", False, "gone"),
        ("blocked", True, "found"),
        ("blocked", False, "blocked"),
        ("held", False, "held"),
        ("held", True, "found"),
        ("gone", True, "found"),
    ],
)
def test_the_platform_knows_better_than_the_register(status: str, inside: bool, now: str) -> None:
    seen = as_held(ann(ways=(way(status=status),)), {("discord", "role:1"): {"10"} if inside else set()})
    assert [one.status for one in seen.ways] == [now]


def test_what_is_under_way_and_where_the_platform_says_nothing_is_left_to_the_register() -> None:
    one = ann(ways=(way(waiting=True), way(VAULT)))
    assert as_held(one, {("discord", "role:1"): set(), ("telegram", "chat:-1"): {"10"}}) == one


def test_who_was_let_in_by_hand_is_seen() -> None:
    seen = as_held(ann(open_=()), {("discord", "role:1"): {"10", "77"}})
    (finding,) = found(seen)
    assert (finding.kind, finding.reasons[0].why, finding.stake) == ("by_hand", "by_hand", usd(800))


# ---------------------------------------------------------------------- all of it


def test_findings_are_sorted_by_kind_and_money_and_summed() -> None:
    rich = replace(ann(sold("year", 2, price=Price(amount=5000, currency="usd"))), member=2, name="Bo")
    stuck = replace(ann(open_=(), ways=(way(),)), member=3, name="Cy")
    listed = found(stuck, ann(sold()), rich)
    assert [(one.kind, one.name) for one in listed] == [("pays_out", "Bo"), ("pays_out", "Ann"), ("should_leave", "Cy")]
    assert sums(listed, RULES) == {
        **dict.fromkeys(KINDS, (0, usd(0))),
        "pays_out": (2, usd(6000)),
        "should_leave": (1, usd(800)),
    }


@pytest.mark.parametrize(
    ("changed", "members", "asks"), [(10, 200, False), (11, 200, True), (5, 3, False), (6, 7, True), (0, 0, False)]
)
def test_a_mass_change_is_more_than_its_share_of_members(changed: int, members: int, asks: bool) -> None:
    assert is_mass_change(changed, members, RULES) is asks


holders = st.builds(
    Holder,
    member=st.just(1),
    name=st.just("Ann"),
    subscriptions=st.lists(
        st.builds(
            sold,
            st.sampled_from(("gold", "year", "pass", "circle", "unknown")),
            st.integers(1, 3),
            status=st.sampled_from(("active", "trialing", "past_due", "ended", "refunded", "pending", "paused")),
            price=st.sampled_from((Price(amount=0, currency="usd"), Price(amount=900, currency="usd"))),
            until=st.sampled_from((None, START - timedelta(days=1), START + timedelta(days=9))),
        ),
        max_size=3,
        unique_by=lambda one: one.id,
    ).map(tuple),
    open=st.sets(st.sampled_from(("vip", "vault", "hall", "lounge"))).map(lambda names: tuple(sorted(names))),
    accounts=st.sampled_from(((), ANN, (*ANN, ("telegram", "10")))),
    ways=st.lists(
        st.builds(
            way,
            st.sampled_from(PLACES),
            st.sampled_from(("wanted", "giving", "granted", "found", "blocked", "away", "held", "gone")),
            waiting=st.booleans(),
        ),
        max_size=4,
        unique_by=lambda one: one.target,
    ).map(tuple),
)


def rights(one: Holder) -> dict[str, list[Subscription]]:
    """By hand: {gate that should be open: the subscriptions it is open by}."""
    plans = {plan.name: plan.gates for plan in RULES.plans}
    entitling = [s for s in one.subscriptions if entitles(s, START, RULES)]
    names = {*one.open, *(gate for s in entitling for gate in plans.get(s.plan, ()))}
    return {name: [s for s in entitling if name in plans.get(s.plan, ())] for name in names}


@given(holders, st.lists(st.sampled_from(PLACES), unique=True).map(tuple))
@settings(max_examples=200)
def test_both_ways_by_hand(one: Holder, places: tuple[Place, ...]) -> None:
    findings = {finding.kind: finding for finding in found(one, places=places)}
    ours, right = set(one.accounts), rights(one)
    mine = [(p, user) for p in places for name, user in ours if name == p.platform]
    allowed = {(p.platform, p.target, user) for p, user in mine if p.gate in right}
    inside = {(w.platform, w.target, w.user): w for w in one.ways if w.status in IN}
    leave = [w for place, w in inside.items() if place not in allowed and w.status != "found"]
    assert len(findings["should_leave"].reasons if "should_leave" in findings else ()) == len(leave)
    by_hand = [w for place, w in inside.items() if place not in allowed and w.status == "found"]
    assert len(findings["by_hand"].reasons if "by_hand" in findings else ()) == len(by_hand)
    paying = {gate: [s for s in some if s.price.amount and s.status != "trialing"] for gate, some in right.items()}
    short: set[str] = set()
    for gate in right:
        behind = [(p.platform, p.target, user) for p, user in mine if p.gate == gate]
        if gate not in one.open or not behind or any(place not in inside for place in behind):
            short.add(gate)
    lost = {s.id: s for gate in short for s in paying[gate]}
    assert ("pays_out" in findings) == bool(lost)
    if lost:
        assert {reason.gate for reason in findings["pays_out"].reasons} == {gate for gate in short if paying[gate]}
        assert findings["pays_out"].stake == usd(900 * len(lost))
