"""An account becomes a member of its own; a subscription gets another holder; a group becomes part of a server's."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, insert, select

from bot.app import App
from bot.engine.access import open_gates
from bot.engine.rules import Plan, Rules
from bot.events import Account, PaymentReceived, member_account
from bot.sales import Payment, Price
from bot.state import MemberState
from bot.storage import gates, grants, joining, linking, members, merge, outbox, plans, privacy
from bot.storage import sales as books
from bot.storage.ledger import ACCOUNTS, COMMUNITIES, SPACES
from bot.storage.merge import Became
from bot.storage.outbox import OUTBOX
from bot.storage.store import Store
from bot.words import replace
from tests import snapshots
from tests.conftest import START, Clock
from tests.storage.people import (
    ANN,
    BO,
    GATED,
    World,
    bind,
    bought,
    fold,
    found,
    gold,
    hear,
    history,
    near,
    seat,
    stored,
    unite,
    wrote,
)
from tests.strategies import Deed, Scene, stories, told

LATER = START + timedelta(hours=1)
_scenes = count(1)


@pytest.fixture
def app(store: Store, rules: Rules, clock: Clock) -> App:
    """An application that is called directly, in this thread."""
    return App(store, near(rules), clock=clock)


@pytest.fixture
def one(app: App, store: Store) -> int:
    """Ann, who is Bo on Telegram, with a plan and some points; a role and a chat behind each gate."""
    community = store.transact(found, ANN, "guild")
    space = {"platform": "telegram", "external": "-1", "community_id": community, "name": "Group"}
    store.transact(lambda c: c.execute(insert(SPACES).values(space)))
    for gate in GATED:
        store.transact(bind, community, gate, "telegram", "-1")
    keep = seat(store, ANN).member
    unite(app, keep, seat(store, BO).member)
    hear(app, bought(ANN, gold()), *[wrote(ANN, n) for n in range(3)], *[wrote(BO, n) for n in range(3)])
    return keep


def row_of(store: Store, who: Account) -> int:
    query = select(ACCOUNTS.c.id).where(ACCOUNTS.c.platform == who.platform, ACCOUNTS.c.external == who.user)
    return int(store.look(lambda c: c.scalars(query).one()))


def part(app: App, store: Store, who: Account) -> int:
    row = row_of(store, who)
    new: list[int] = []

    def work(connection: Connection) -> Became:
        new.append(merge.split(connection, row, START))
        return Became()

    app._rework(work)
    return new[0]


# split


def test_a_parted_account_begins_anew_and_all_stays_with_the_person(app: App, store: Store, one: int) -> None:
    world = World(store)
    world.deliver()
    before, log = stored(store, one), store.look(history, one)
    assert {user for _, user, _ in world.inside} == {"a", "b"}
    new = part(app, store, BO)
    world.deliver()
    assert (stored(store, one), store.look(history, one)) == (before, log)
    assert (stored(store, new), store.look(history, new)) == (MemberState(), [])
    assert {user for _, user, _ in world.inside} == {"a"}
    assert [grant.status for grant in store.look(grants.of_member, new)] == []
    hear(app, wrote(BO, 9), wrote(ANN, 9))
    assert [stored(store, member).engagement.messages for member in (one, new)] == [7, 1]
    assert fold(store.look(history, new), app.rules) == stored(store, new)


def test_what_waits_to_be_given_to_a_parted_account_is_not_given(app: App, store: Store, one: int) -> None:
    world = World(store)
    part(app, store, BO)
    world.deliver()
    assert {user for _, user, _ in world.inside} == {"a"}


def test_what_waits_to_be_said_in_private_is_not_said_to_the_parted_account(app: App, store: Store, one: int) -> None:
    part(app, store, ANN)  # the older account, which was to be told
    query = select(OUTBOX.c.platform, OUTBOX.c.user, OUTBOX.c.member_id).where(
        OUTBOX.c.target == outbox.PRIVATE, OUTBOX.c.done_at.is_(None)
    )
    assert {tuple(row) for row in store.look(lambda c: c.execute(query).all())} == {("telegram", "b", one)}


def test_what_a_human_gave_a_parted_account_stays(app: App, store: Store, one: int) -> None:
    world = World(store)
    world.inside.add(("telegram", "b", "role:-1-vault"))
    world.deliver()
    part(app, store, BO)
    world.deliver()
    assert {place for place in world.inside if place[1] == "b"} == {("telegram", "b", "role:-1-vault")}


def test_the_only_account_can_not_be_parted(app: App, store: Store, one: int) -> None:
    new = part(app, store, BO)
    before = store.look(snapshots.everything)
    with pytest.raises(ValueError, match="only one"):
        part(app, store, BO)
    with pytest.raises(LookupError):
        store.transact(merge.split, 999, START)
    with pytest.raises(LookupError):
        store.transact(linking.part, new, row_of(store, ANN), START)
    assert store.look(snapshots.everything) == before


def test_parted_and_joined_again_is_one_person(app: App, store: Store, one: int) -> None:
    world = World(store)
    world.deliver()
    was = set(world.inside)
    new = part(app, store, BO)
    world.deliver()
    unite(app, one, new)
    world.deliver()
    assert world.inside == was


# a subscription's other holder


@pytest.fixture
def two(app: App, store: Store) -> tuple[int, int]:
    """Ann with a plan, one that ended, and a payment; Cy in the same server."""
    store.transact(found, ANN, "guild")
    paid = Payment(
        id="p1", kind="charge", subscription="sandbox:1", plan="gold", price=Price(amount=900, currency="usd")
    )
    ended = gold("0", "ended", plan="silver")
    hear(
        app, bought(ANN, ended), bought(ANN, gold()), PaymentReceived(key="payment:p1", at=START, who=ANN, payment=paid)
    )
    hear(app, wrote(ANN, 1))
    return seat(store, ANN).member, seat(store, CY).member


CY = replace(ANN, user="c", name="Cy")


def hand_over(app: App, giver: int, taker: int) -> list[str]:
    ids: list[str] = []

    def work(connection: Connection) -> Became:
        ids.extend(merge.hand_over(connection, giver, taker, app.rules, START))
        return Became()

    app._rework(work)
    return ids


def test_a_moved_subscription_opens_and_closes_for_its_new_holder(app: App, store: Store, two: tuple[int, int]) -> None:
    world, (ann, cy) = World(store), two
    world.deliver()
    assert hand_over(app, ann, cy) == ["sandbox:1"]
    world.deliver()
    assert {user for _, user, _ in world.inside} == {"c"}
    assert [one.id for one in stored(store, ann).membership.subscriptions] == ["sandbox:0"]
    assert [one.id for one in stored(store, cy).membership.subscriptions] == ["sandbox:1"]
    held = store.look(books.by_id, ["sandbox:0", "sandbox:1"])
    assert {name: one.member for name, one in held.items()} == {"sandbox:0": ann, "sandbox:1": cy}
    for member in two:
        assert fold(store.look(history, member), app.rules) == stored(store, member)
    assert [one.member for one in store.look(books.payments, 1)] == [ann]
    assert stored(store, ann).engagement.messages == 1
    holder = member_account(1, held["sandbox:1"].member)
    hear(app, bought(holder, gold(status="refunded", as_of=LATER)))
    world.deliver()
    assert world.inside == set()


def test_nothing_to_move_moves_nothing(app: App, store: Store, two: tuple[int, int]) -> None:
    ann, cy = two
    assert hand_over(app, cy, ann) == []
    assert store.look(merge.live, ann) == ["sandbox:1"]
    before = store.look(snapshots.everything)
    for pair in ((ann, ann), (ann, 999), (999, ann)):
        with pytest.raises(ValueError, match="member"):
            hand_over(app, *pair)
    assert store.look(snapshots.everything) == before


# communities

GROUP_ANN = Account(platform="telegram", space="-1", user="a7", name="Ann", space_name="Group")


def join(app: App, keep: int, other: int) -> dict[int, int]:
    def work(connection: Connection) -> Became:
        gone = joining.join_communities(connection, keep, other, app.rules, START)
        return Became(members=gone, communities={other: keep})

    return app._rework(work).members


def _rows(connection: Connection, table: Table, community: int) -> list[object]:
    return [*connection.execute(select(table).where(table.c.community_id == community))]


@pytest.fixture
def apart(app: App, store: Store) -> tuple[int, int]:
    """A server with Ann, and a group with Bo, each a community with its own gates."""
    keep, other = store.transact(found, ANN, "guild"), store.transact(found, BO, "-1")
    hear(app, bought(ANN, gold()), wrote(ANN, 1), bought(BO, gold("2")), wrote(BO, 1))
    return keep, other


def test_a_group_becomes_part_of_the_servers_community(app: App, store: Store, apart: tuple[int, int]) -> None:
    keep, other = apart
    members_of = {who: seat(store, who).member for who in (ANN, BO)}
    states = {member: stored(store, member) for member in members_of.values()}
    shown = store.look(joining.preview, keep, other)
    assert (shown.keep, shown.other, shown.spaces, shown.members, shown.both) == ("Server", "Group", 1, 1, 0)
    assert join(app, keep, other) == {}
    assert {seat(store, who).community for who in (ANN, BO)} == {keep}
    assert {member: stored(store, member) for member in states} == states
    assert {event.who for event in store.look(history, members_of[BO])} == {member_account(keep, members_of[BO])}
    assert len(store.look(gates.bound, keep)) == 6
    assert store.look(members.communities) == [keep]
    for name, table in {one.table.name: one.table for one in privacy.HOLDINGS}.items():
        if "community_id" in table.c:
            assert store.look(_rows, table, other) == [], name
    hear(app, wrote(BO, 2), wrote(ANN, 2))
    assert [stored(store, member).engagement.messages for member in states] == [2, 2]


def test_news_under_way_of_a_community_that_is_gone_is_the_others(
    app: App, store: Store, apart: tuple[int, int]
) -> None:
    keep, other = apart
    bo = seat(store, BO).member
    join(app, keep, other)
    hear(app, bought(member_account(other, bo), gold("2", "ended", as_of=LATER)))
    assert stored(store, bo).membership.plans == ()
    assert {event.who for event in store.look(history, bo)} == {member_account(keep, bo)}


def test_who_is_in_both_by_the_same_account_is_one(app: App, store: Store, apart: tuple[int, int]) -> None:
    keep, other = apart
    space = {"platform": "telegram", "external": "-2", "community_id": keep, "name": "Second group"}
    store.transact(lambda c: c.execute(insert(SPACES).values(space)))
    here = replace(BO, space="-2")
    hear(app, wrote(here, 7))
    mine, theirs = seat(store, here).member, seat(store, BO).member
    store.transact(members.private_chat, "telegram", "b", START)
    assert store.look(joining.preview, keep, other).both == 1
    assert join(app, keep, other) == {theirs: mine}
    assert [one.user for one in store.look(linking.accounts, mine)] == ["b"]
    assert stored(store, mine).engagement.messages == 2
    assert stored(store, mine).membership.plans == ("gold",)
    assert fold(store.look(history, mine), app.rules) == stored(store, mine)
    hear(app, wrote(member_account(other, theirs), 8))  # a name that is doubly old
    assert stored(store, mine).engagement.messages == 3


def test_people_whom_one_community_knows_as_one_are_one_in_both(app: App, store: Store, apart: tuple[int, int]) -> None:
    """Bo and Eve are two here, and one person in the group: all three members are one then."""
    keep, other = apart
    eve = replace(BO, user="e", name="Eve")
    unite(app, seat(store, BO).member, seat(store, eve).member)
    space = {"platform": "telegram", "external": "-2", "community_id": keep, "name": "Second group"}
    store.transact(lambda c: c.execute(insert(SPACES).values(space)))
    first, second = (seat(store, replace(who, space="-2")).member for who in (BO, eve))
    theirs = seat(store, BO).member
    assert join(app, keep, other) == {theirs: first, second: first}
    assert [one.user for one in store.look(linking.accounts, first)] == ["b", "e"]


def test_what_is_behind_a_gate_in_either_opens_to_all_and_nothing_is_opened_twice(
    app: App, store: Store, apart: tuple[int, int]
) -> None:
    world, (keep, other) = World(store), apart
    linked = {
        "platform": "telegram",
        "external": "a7",
        "community_id": keep,
        "space": "",
        "member_id": 1,
        "name": "Ann",
    }
    store.transact(lambda c: c.execute(insert(ACCOUNTS).values(linked)))
    world.deliver()
    done = len(world.done)
    assert {(user, target) for _, user, target in world.inside} == {
        (user, f"role:{space}-{gate}") for user, space in (("a", "guild"), ("b", "-1")) for gate in ("vault", "salon")
    }
    join(app, keep, other)
    world.deliver()
    assert {(task.account.user, task.target) for task in world.done[done:]} == {
        ("a7", "role:-1-vault"), ("a7", "role:-1-salon")
    }  # fmt: skip
    hear(app, bought(BO, gold("2", "ended", as_of=LATER)))
    world.deliver()
    assert {user for _, user, _ in world.inside} == {"a", "a7"}


@pytest.mark.parametrize("by_hand", [False, True])
def test_of_one_way_in_told_twice_the_story_that_it_is_ours_holds(
    app: App, store: Store, apart: tuple[int, int], by_hand: bool
) -> None:
    """Both communities have the same role behind a gate, and the same account before it."""
    world, (keep, other) = World(store), apart
    role = ("telegram", "b", "role:-1-salon")
    if by_hand:
        world.inside.add(role)
    space = {"platform": "telegram", "external": "-2", "community_id": keep, "name": "Second group"}
    store.transact(lambda c: c.execute(insert(SPACES).values(space)))
    store.transact(bind, keep, "salon", "telegram", "-1")
    world.deliver()
    hear(app, bought(replace(BO, space="-2"), gold("3")))
    world.deliver()
    (mine,) = store.look(grants.of_member, seat(store, replace(BO, space="-2")).member)
    assert mine.status == "found"
    join(app, keep, other)
    (now,) = [one for one in store.look(grants.of_community, keep) if one.target == role[2]]
    assert now.status == ("found" if by_hand else "granted")
    for holder in ("2", "3"):
        hear(app, bought(BO, gold(holder, "ended", as_of=LATER)))
    world.deliver()
    assert (role in world.inside) == by_hand


def test_a_grant_under_way_while_communities_are_joined_is_ours_to_take_back(
    app: App, store: Store, apart: tuple[int, int]
) -> None:
    world, (keep, other) = World(store), apart
    claimed = store.transact(outbox.claim, START, ["discord", "telegram"], 1000, timedelta(seconds=60))
    theirs = [task for task in claimed if task.account.user == "b" and task.target.startswith("role:")]
    begun, not_begun = theirs
    assert store.transact(outbox.begin, begun, START)
    join(app, keep, other)
    world.inside.add(("telegram", "b", begun.target))  # the platform did it meanwhile
    store.transact(outbox.finish, begun, START, "done", "granted")
    assert not store.transact(outbox.begin, not_begun, START)
    world.deliver()
    status = {grant.target: grant.status for grant in store.look(grants.of_member, seat(store, BO).member)}
    assert status == {begun.target: "granted", not_begun.target: "granted"}
    hear(app, bought(BO, gold("2", "ended", as_of=LATER)))
    world.deliver()
    assert not {place for place in world.inside if place[1] == "b"}


def test_settings_and_what_has_the_same_name_are_those_of_who_is_kept(
    app: App, store: Store, apart: tuple[int, int]
) -> None:
    keep, other = apart
    plan = Plan(name="tea", period="month", prices={"usd": 100})
    store.transact(plans.put, keep, plan)
    store.transact(plans.put, other, replace(plan, prices={"usd": 999}))
    store.transact(plans.put, other, replace(plan, name="cake"))
    store.transact(members.announce_in, keep, "discord", "news")
    store.transact(members.announce_in, other, "discord", "no")
    store.transact(members.announce_in, other, "telegram", "-1")
    assert store.look(joining.preview, keep, other).plans == ("tea",)
    join(app, keep, other)
    assert [(one.name, one.prices["usd"]) for one in store.look(plans.own, keep)] == [("tea", 100), ("cake", 100)]
    settings_ = store.look(members.community, keep)
    assert (settings_.name, settings_.announce) == ("Server", {"discord": "news", "telegram": "-1"})


def test_whoever_was_erased_in_the_group_does_not_come_back(app: App, store: Store, apart: tuple[int, int]) -> None:
    keep, other = apart
    third = store.transact(found, replace(BO, space="-3", space_name="Third"), "-3")
    store.transact(privacy.erase, other, seat(store, BO).member, LATER)
    app._hot.clear()
    join(app, third, other)
    join(app, keep, third)  # what was joined before goes along
    hear(app, wrote(BO, 1), wrote(BO, 2))
    again = seat(store, BO)
    assert (again.community, again.since) == (keep, LATER)
    assert stored(store, again.member).engagement.messages == 0
    new = replace(wrote(BO, 3), at=LATER)
    hear(app, new)
    assert stored(store, again.member).engagement.messages == 1


def test_what_are_not_two_communities_is_refused(app: App, store: Store, apart: tuple[int, int]) -> None:
    keep, other = apart
    join(app, keep, other)
    before = store.look(snapshots.everything)
    for pair in ((keep, keep), (keep, other), (other, keep), (keep, 999)):
        with pytest.raises(ValueError, match="communities"):
            join(app, *pair)
    assert store.look(snapshots.everything) == before
    assert store.look(lambda c: c.scalars(select(COMMUNITIES.c.merged_into).order_by(COMMUNITIES.c.id)).all()) == [
        None,
        keep,
    ]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(story=stories, cut=st.integers(0, 80))
def test_the_logs_of_joined_communities_give_their_states(app: App, store: Store, story: list[Deed], cut: int) -> None:
    """The story is told in two places by the same people; then the places are one."""
    one, two = Scene(name=f"space-{next(_scenes)}"), Scene(name=f"space-{next(_scenes)}")
    keep, other = (store.transact(found, here.account(""), here.name) for here in (one, two))
    events = [event for deed in story for here in (one, two) for event in told([deed], here)]
    cut %= len(events) + 1
    hear(app, *events[:cut])
    before = {
        (user, here): stored(store, seat(store, here.account(user)).member)
        for user in ("ann", "bo", "cyd")
        for here in (one, two)
    }
    join(app, keep, other)
    for user in ("ann", "bo", "cyd"):
        mine, theirs = before[user, one].engagement, before[user, two].engagement
        state = stored(store, seat(store, one.account(user)).member)
        assert seat(store, two.account(user)) == replace(seat(store, one.account(user)), name=user)
        assert state.engagement.points == mine.points + theirs.points
        assert state.access.open == open_gates(state, app.rules)
    hear(app, *events[cut:])
    World(store).deliver()
    for user in ("ann", "bo", "cyd"):
        member = seat(store, one.account(user)).member
        assert fold(store.look(history, member), app.rules) == stored(store, member)
