"""One person: two histories become one without losing anything, and whatever is open to one account is open to all."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Connection, Index, Integer, LargeBinary, UniqueConstraint, insert, select
from sqlmodel import SQLModel

from bot.app import App
from bot.effects import GrantAccess
from bot.engine.access import open_gates
from bot.engine.churn.learning import Estimate
from bot.engine.rules import Rules
from bot.engine.segments.naming import Placed
from bot.events import (
    Account,
    BoardChosen,
    ContentFinished,
    DayEnded,
    EstimatesChosen,
    Event,
    LanguageChosen,
    MemberJoined,
    MemberLeft,
    NoticesChosen,
    PaymentReceived,
    PointsAdjusted,
    ZoneChosen,
    hand,
    member_account,
    reaction,
)
from bot.sales import Payment, Price
from bot.state import Contact
from bot.storage import adjustments, grants, ledger, members, merge, privacy, replay, scores, segments
from bot.storage import sales as books
from bot.storage.merge import SUBSCRIPTIONS
from bot.storage.segments import Facts
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
from tests.strategies import Deed, Scene, sales, stories, told

on_a_database = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_scenes = count(1)


@pytest.fixture
def app(store: Store, rules: Rules, clock: Clock) -> App:
    """An application that is called directly, in this thread."""
    return App(store, near(rules), clock=clock)


def scene(store: Store) -> Scene:
    """A community of its own, with a role behind each gate."""
    made = Scene(name=f"space-{next(_scenes)}")
    store.transact(found, made.account(""), made.name)
    return made


def wishes(kept: Contact, gone: Contact, chosen: list[Event]) -> tuple[str, bool, bool]:
    """(language, notices, here) that a person has who chose this as the one and that as the other."""
    said = [event.wanted for event in chosen if isinstance(event, NoticesChosen)]
    notices = kept.notices if said else gone.notices
    return kept.locale or gone.locale, notices, kept.here or gone.here


def check_merge(app: App, story: list[Deed], cut: int, delivered: bool) -> None:
    here, store, rules = scene(app.store), app.store, app.rules
    world, events = World(store), told(story, here)
    hear(app, *events[: cut % (len(events) + 1)])
    if delivered:
        world.deliver()
    keep, other, third = (seat(store, here.account(user)).member for user in ("ann", "bo", "cyd"))
    was, gone, bystander = (stored(store, member) for member in (keep, other, third))
    own, both = store.look(history, keep), store.look(history, keep, other)
    unite(app, keep, other)

    state, folded = stored(store, keep), fold(both, rules)
    assert (state.engagement, state.standing, state.membership) == (
        folded.engagement,
        folded.standing,
        folded.membership,
    )
    contact = state.contact
    assert (contact.locale, contact.notices, contact.here) == wishes(was.contact, gone.contact, own)
    assert state.access.open == open_gates(state, rules)
    for name in ("points", "messages", "reactions_given", "reactions_received"):
        assert getattr(state.engagement, name) == getattr(was.engagement, name) + getattr(gone.engagement, name)
    bought = {one.id for one in (*was.membership.subscriptions, *gone.membership.subscriptions)}
    assert {one.id for one in state.membership.subscriptions} == bought
    assert store.look(members.state, other) is None
    assert stored(store, third) == bystander
    log = store.look(history, keep)
    assert [event.key for event in log[: len(both)]] == [event.key for event in both]
    assert {event.who for event in log} <= {member_account(seat(store, here.account("ann")).community, keep)}
    assert {seat(store, here.account(user)).member for user in ("ann", "bo")} == {keep}

    hear(app, *events[cut % (len(events) + 1) :])
    for member in (keep, third):
        assert fold(store.look(history, member), rules) == stored(store, member)
    world.deliver()
    for user in ("ann", "bo", "cyd"):
        opened = stored(store, seat(store, here.account(user)).member).access.open
        inside = {target for _, name, target in world.inside if name == user}
        assert inside == {f"role:{here.name}-{gate}" for gate in opened}


cuts, whether = st.integers(0, 80), st.booleans()


@on_a_database
@given(story=stories, cut=cuts, delivered=whether)
def test_two_histories_become_the_one_that_both_logs_give(
    app: App, story: list[Deed], cut: int, delivered: bool
) -> None:
    check_merge(app, story, cut, delivered)


@on_a_database
@given(story=sales, cut=cuts, delivered=whether)
def test_two_who_bought_become_one_who_has_all_of_it(app: App, story: list[Deed], cut: int, delivered: bool) -> None:
    check_merge(app, story, cut, delivered)


@pytest.fixture
def pair(app: App, store: Store) -> tuple[int, int]:
    """Ann on Discord and Bo on Telegram, of one community with a role and a chat behind each gate."""

    def begin(connection: Connection) -> None:
        community = found(connection, ANN, "guild")
        connection.execute(
            insert(ledger.SPACES).values(platform="telegram", external="-1", community_id=community, name="Group")
        )
        for gate in GATED:
            bind(connection, community, gate, "telegram", "-1")

    store.transact(begin)
    return seat(store, ANN).member, seat(store, BO).member


def test_what_was_bought_on_one_opens_on_both_and_closes_on_both(app: App, store: Store, pair: tuple[int, int]) -> None:
    world = World(store)
    hear(app, bought(ANN, gold()))
    world.deliver()
    on_discord = {("discord", "a", f"role:guild-{gate}") for gate in ("vault", "salon")}
    on_telegram = {("telegram", "b", f"role:-1-{gate}") for gate in ("vault", "salon")}
    assert world.inside == on_discord
    unite(app, *pair)
    done = len(world.done)
    world.deliver()
    assert world.inside == on_discord | on_telegram
    assert {task.account.platform for task in world.done[done:]} == {"telegram"}  # nobody is asked for what they have
    hear(app, bought(BO, gold(status="refunded", as_of=START + timedelta(hours=1))))
    world.deliver()
    assert world.inside == set()


def test_what_a_human_gave_or_took_stays_as_the_human_wanted_it(app: App, store: Store, pair: tuple[int, int]) -> None:
    world = World(store)
    world.inside.add(("telegram", "b", "role:-1-salon"))
    hear(app, bought(ANN, gold()), bought(BO, gold("2", plan="silver")))
    world.deliver()
    store.transact(grants.hold, "discord", "role:guild-vault", "a", START)
    world.inside.discard(("discord", "a", "role:guild-vault"))
    unite(app, *pair)
    world.deliver()
    assert ("discord", "a", "role:guild-vault") not in world.inside
    hear(app, bought(ANN, gold(status="ended", as_of=START + timedelta(hours=1))))
    hear(app, bought(BO, gold("2", plan="silver", status="ended", as_of=START + timedelta(hours=1))))
    world.deliver()
    assert world.inside == {("telegram", "b", "role:-1-salon")}


def test_what_one_had_earned_and_both_together_have_not_is_closed(
    app: App, store: Store, pair: tuple[int, int]
) -> None:
    """Points may be below zero: a creator may take more than there is."""
    world = World(store)
    hear(app, PointsAdjusted(key="a", at=START, who=ANN, by=-200))
    hear(app, *[wrote(BO, n) for n in range(3)])
    world.deliver()
    assert world.inside == {("telegram", "b", "role:-1-lounge")}
    unite(app, *pair)
    world.deliver()
    assert world.inside == set()


def test_nothing_is_announced_or_told_again(app: App, store: Store, pair: tuple[int, int]) -> None:
    hear(app, bought(ANN, gold()), *[wrote(ANN, n) for n in range(9)], *[wrote(BO, n) for n in range(9)])
    before = store.look(snapshots.effects, "guild")
    unite(app, *pair)
    after = store.look(snapshots.effects, "guild")
    assert [row[2] for row in after[len(before) :]] == [GrantAccess(gate="salon")]  # vault was earned by both
    assert stored(store, pair[0]).standing.announced > 0


def test_days_that_ended_for_both_are_kept_of_both(app: App, store: Store, pair: tuple[int, int]) -> None:
    later = START + timedelta(days=6)
    hear(app, wrote(ANN, 1), wrote(BO, 1))
    for member in pair:
        who = member_account(seat(store, ANN).community, member)
        hear(app, DayEnded(key=f"day:{later.date()}:{member}", at=later, who=who, day=later.date()))
    unite(app, *pair)
    assert len([event for event in store.look(history, pair[0]) if isinstance(event, DayEnded)]) == 2


def test_name_language_and_wishes_are_those_of_who_is_kept(app: App, store: Store, pair: tuple[int, int]) -> None:
    keep, other = pair
    hear(
        app,
        LanguageChosen(key="l1", at=START, who=ANN, locale="en"),
        NoticesChosen(key="n1", at=START, who=ANN, wanted=True),
    )
    hear(
        app,
        LanguageChosen(key="l2", at=START, who=BO, locale="zh_CN"),
        NoticesChosen(key="n2", at=START, who=BO, wanted=False),
    )
    unite(app, keep, other)
    contact = stored(store, keep).contact
    assert (contact.locale, contact.notices) == ("en", True)
    profile = store.look(members.by_id, seat(store, ANN).community, keep)
    assert profile is not None
    assert (profile.name, profile.locale) == ("Ann", "en")
    assert [event.key for event in store.look(history, keep)][-2:] == [
        f"merge:{other}:language",
        f"merge:{other}:notices",
    ]


def test_clock_and_place_on_the_boards_are_those_of_who_is_kept(app: App, store: Store, pair: tuple[int, int]) -> None:
    keep, other = pair
    hear(
        app,
        ZoneChosen(key="z1", at=START, who=ANN, zone="Asia/Shanghai"),
        BoardChosen(key="b1", at=START, who=ANN, hidden=True, alias="A."),
        ZoneChosen(key="z2", at=START, who=BO, zone="Europe/Berlin"),
        BoardChosen(key="b2", at=START, who=BO, hidden=False, alias="B."),
    )
    unite(app, keep, other)
    contact = stored(store, keep).contact
    assert (contact.zone, contact.hidden, contact.alias) == ("Asia/Shanghai", True, "A.")
    keys = [event.key for event in store.look(history, keep)]
    assert keys == ["z1", "b1", "z2", "b2", f"merge:{other}:zone", f"merge:{other}:board"]


def test_who_did_not_choose_lives_by_the_others_clock(app: App, store: Store, pair: tuple[int, int]) -> None:
    hear(
        app,
        ZoneChosen(key="z2", at=START, who=BO, zone="Europe/Berlin"),
        BoardChosen(key="b2", at=START, who=BO, hidden=True, alias="B."),
    )
    unite(app, *pair)
    contact = stored(store, pair[0]).contact
    assert (contact.zone, contact.hidden, contact.alias) == ("Europe/Berlin", True, "B.")


def referrals(connection: Connection) -> list[tuple[int, int]]:
    """(who invited, who came), in the order written."""
    table = SQLModel.metadata.tables["referrals"]
    return [tuple(row) for row in connection.execute(select(table.c.member_id, table.c.guest_id).order_by(table.c.id))]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([("third", "other")], [("third", "keep")]),
        ([("third", "keep"), ("third", "other")], [("third", "keep")]),
        ([("keep", "other"), ("other", "third")], [("keep", "third")]),
        ([("other", "keep")], []),
    ],
)
def test_who_was_invited_was_so_once_and_not_by_themselves(
    app: App, store: Store, pair: tuple[int, int], before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    number = {"keep": pair[0], "other": pair[1], "third": 99}
    table = SQLModel.metadata.tables["referrals"]

    def fill(connection: Connection) -> None:
        for who, guest in before:
            values = {"community_id": 1, "member_id": number[who], "guest_id": number[guest], "at": START}
            connection.execute(insert(table).values(values))

    store.transact(fill)
    unite(app, *pair)
    assert store.look(referrals) == [(number[who], number[guest]) for who, guest in after]


def test_wishes_that_only_the_other_had_are_kept(app: App, store: Store, pair: tuple[int, int]) -> None:
    hear(
        app,
        LanguageChosen(key="l2", at=START, who=BO, locale="zh_CN"),
        NoticesChosen(key="n2", at=START, who=BO, wanted=False),
    )
    unite(app, *pair)
    contact = stored(store, pair[0]).contact
    assert (contact.locale, contact.notices) == ("zh_CN", False)


@pytest.mark.parametrize("forbids", [0, 1])
def test_who_forbade_estimates_as_either_has_none_as_both(
    app: App, store: Store, pair: tuple[int, int], forbids: int
) -> None:
    accounts, community = (ANN, BO), seat(store, ANN).community
    hear(app, EstimatesChosen(key="no", at=START, who=accounts[forbids], wanted=False))
    hear(app, EstimatesChosen(key="yes", at=START + timedelta(days=1), who=accounts[1 - forbids], wanted=True))
    left = pair[1 - forbids]
    store.transact(scores.put, community, "silent", START, [Estimate(member=left, p=0.9)])
    store.transact(segments.put, community, START, [(Placed(member=left, segment="regular"), Facts())])
    assert store.look(scores.count, community, "silent") == len(store.look(segments.of_community, community)) == 1
    unite(app, *pair)
    assert stored(store, pair[0]).consent.estimated is False
    assert fold(store.look(history, pair[0]), app.rules) == stored(store, pair[0])
    assert store.look(scores.count, community, "silent") == len(store.look(segments.of_community, community)) == 0


def test_who_is_here_with_one_account_is_here(app: App, store: Store, pair: tuple[int, int]) -> None:
    hear(app, *[wrote(ANN, n) for n in range(9)], MemberJoined(key="j", at=START, who=ANN))
    hear(app, MemberLeft(key="l", at=START, who=BO))
    unite(app, *pair)
    state = stored(store, pair[0])
    assert (state.contact.here, "lounge" in state.access.open) == (True, True)
    assert store.look(members.present, 0, 10) == [(seat(store, ANN).community, pair[0])]


def test_news_under_way_about_who_is_gone_finds_who_they_are(app: App, store: Store, pair: tuple[int, int]) -> None:
    keep, other = pair
    community = seat(store, ANN).community
    paid = Payment(
        id="sandbox:p1", kind="charge", subscription="sandbox:1", plan="gold", price=Price(amount=900, currency="usd")
    )
    late = bought(member_account(community, other), gold())
    hear(app, wrote(BO, 1))
    unite(app, keep, other)
    hear(app, late, PaymentReceived(key="payment:p1", at=START, who=late.who, payment=paid), wrote(BO, 2))
    assert stored(store, keep).membership.plans == ("gold",)
    assert stored(store, keep).engagement.messages == 2
    assert [one.member for one in store.look(_payments, community)] == [keep]
    assert store.look(_owner, "sandbox:1") == keep


def _payments(connection: Connection, community: int) -> Any:
    return books.payments(connection, community)


def _owner(connection: Connection, subscription: str) -> int | None:
    return connection.scalar(select(SUBSCRIPTIONS.c.member_id).where(SUBSCRIPTIONS.c.external == subscription))


def test_reactions_between_the_two_count_as_they_were_heard(app: App, store: Store, pair: tuple[int, int]) -> None:
    hear(app, wrote(ANN, 1), *reaction(giver=BO, of="discord:message:1", emoji="👍", at=START, given=True))
    points = stored(store, pair[0]).engagement.points
    unite(app, *pair)
    state = stored(store, pair[0]).engagement
    assert (state.points, state.reactions_given, state.reactions_received) == (points, 1, 1)


def test_what_both_had_finished_is_finished_and_paid_for_once(app: App, store: Store, pair: tuple[int, int]) -> None:
    def done(key: str, who: Account, item: str) -> ContentFinished:
        return ContentFinished(key=key, at=START, who=who, item=item)

    keep, other = pair
    hear(app, done("a", ANN, "7"), done("b", BO, "7"), done("c", BO, "8"))
    earns = stored(store, keep).engagement.points
    assert (earns, stored(store, other).engagement.points) == (app.rules.earn.content.span[0], 2 * earns)
    unite(app, keep, other)
    both = stored(store, keep).engagement
    assert (both.finished, both.points) == (2, 2 * earns)
    hear(app, done("d", BO, "8"))
    assert stored(store, keep).engagement == both


async def test_the_application_merges_what_it_has_in_memory(app: App, store: Store, pair: tuple[int, int]) -> None:
    running = App(store, app.rules, clock=app.clock)
    await running.start()
    await running.submit([wrote(ANN, 1), wrote(BO, 1)])
    await running.merge(*pair)
    await running.submit([wrote(ANN, 2), wrote(BO, 2)])
    await running.close()
    state = stored(store, pair[0])
    assert state.engagement.messages == 4
    assert fold(store.look(history, pair[0]), app.rules) == state


@pytest.mark.parametrize("who", [lambda a, _: (a, a), lambda a, _: (a, 999), lambda _, b: (999, b)])
def test_what_are_not_two_members_of_one_community_is_refused(
    app: App, store: Store, pair: tuple[int, int], who: Callable[[int, int], tuple[int, int]]
) -> None:
    before = store.look(snapshots.everything)
    with pytest.raises(ValueError, match="member"):
        unite(app, *who(*pair))
    assert store.look(snapshots.everything) == before


def test_members_of_two_communities_are_refused(app: App, store: Store, pair: tuple[int, int]) -> None:
    stranger = seat(store, replace(BO, space="-7")).member
    before = store.look(snapshots.everything)
    with pytest.raises(ValueError, match="two of one community"):
        unite(app, pair[0], stranger)
    assert store.look(snapshots.everything) == before


# ---------------------------------------------------------------------- every table

PERSONAL = {holding.table.name: holding.table for holding in privacy.HOLDINGS if holding.about is not None}


def test_only_customers_and_days_are_unique_by_member() -> None:
    """Rows of two members may clash when they become one's: whoever adds such a table teaches `merge.py` about it."""
    clashing = {
        table.name
        for table in PERSONAL.values()
        for one in (*table.constraints, *table.indexes)
        if isinstance(one, UniqueConstraint) or (isinstance(one, Index) and one.unique)
        if "member_id" in one.columns
    }
    taught = {"arrivals", "assignments", "customers", "days", "nudges", "routes", "studies", "unheeded"}
    assert clashing == taught  # days: anew
    assert {name for name, table in PERSONAL.items() if "member_id" not in table.c} == {"members"}


def row(name: str, member: int, community: int, number: int) -> dict[str, Any]:
    """A row of any table, about a member."""
    made: dict[str, Any] = {}
    for column in SQLModel.metadata.tables[name].columns:
        kind = column.type
        if column.name == "id" or column.nullable:
            continue
        if isinstance(kind, Boolean):
            made[column.name] = False
        elif isinstance(kind, BigInteger | Integer):
            made[column.name] = 1_000_000 + number
        elif isinstance(kind, LargeBinary):
            made[column.name] = b""
        else:
            made[column.name] = START if "Instant" in type(kind).__name__ else f"{name}-{column.name}-{number}"
    if name == "nudges":
        made["state"] = "due"
    return {**made, "member_id": member, **({"community_id": community} if "community_id" in made else {})}


def test_every_table_that_names_a_member_follows(app: App, store: Store, pair: tuple[int, int]) -> None:
    keep, other = pair
    community = seat(store, ANN).community
    hear(app, wrote(BO, 1))
    made = sorted(set(PERSONAL) - {"events", "members", "entries", "days"})

    def fill(connection: Connection) -> None:
        for number, name in enumerate(made):
            for member in pair:
                connection.execute(
                    insert(PERSONAL[name]).values(row(name, member, community, 2 * number + (member == other)))
                )

    store.transact(fill)

    def counted(connection: Connection, member: int) -> dict[str, int]:
        return {
            name: len(connection.execute(select(table).where(table.c.member_id == member)).all())
            for name, table in PERSONAL.items()
            if name != "members"
        }

    mine, theirs = store.look(counted, keep), store.look(counted, other)
    assert min(theirs.values()) > 0
    unite(app, keep, other)
    once = {"arrivals": 1, "unheeded": 1}  # who came by a creator's link did so once; of two posts the later waits
    assert store.look(counted, keep) == {name: mine[name] + theirs[name] for name in mine} | once
    assert set(store.look(counted, other).values()) == {0}


def test_what_one_did_by_hand_was_done_by_whom_they_are_now(app: App, store: Store, pair: tuple[int, int]) -> None:
    """To others and to themselves; the log says so, too."""
    keep, other = pair
    cyd = seat(store, replace(ANN, user="c", name="Cyd"))
    whom = (cyd.member, other)
    hear(
        app,
        *[
            PointsAdjusted(key=f"xp:{n}:{n}", at=START, who=member_account(cyd.community, n), by=5, actor=hand(other))
            for n in whom
        ],
    )
    unite(app, keep, other)
    changes = store.look(adjustments.changes, cyd.community)
    assert {(one.name, one.actor) for one in changes} == {("Cyd", "Ann"), ("Ann", "Ann")}
    for member in (cyd.member, keep):
        booked = store.look(replay.replayed, member, app.rules).entries
        assert {one.by for one in booked if one.way == "adjusted"} == {hand(keep)}


def test_a_customer_known_by_both_is_one_with_what_either_knows(app: App, store: Store, pair: tuple[int, int]) -> None:
    rows = [
        {"provider": "stripe", "external": "cus_1", "community_id": 1, "member_id": pair[0], "email": "", "card": "x",
         "trial_at": START},
        {"provider": "stripe", "external": "cus_1", "community_id": 1, "member_id": pair[1], "email": "e", "card": "",
         "trial_at": START - timedelta(days=1)},
        {"provider": "stripe", "external": "cus_2", "community_id": 1, "member_id": pair[1], "email": "f", "card": "",
         "trial_at": None},
    ]  # fmt: skip
    store.transact(lambda c: c.execute(insert(merge.CUSTOMERS), rows))
    unite(app, *pair)
    c = merge.CUSTOMERS.c
    query = select(c.external, c.member_id, c.email, c.card, c.trial_at).order_by(c.id)
    assert store.look(lambda connection: [tuple(one) for one in connection.execute(query)]) == [
        ("cus_1", pair[0], "e", "x", START - timedelta(days=1)),
        ("cus_2", pair[0], "f", "", None),
    ]
