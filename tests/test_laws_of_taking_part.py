"""The laws of taking part, on both databases: points, coins, levels, badges, streaks and doors are what a count says.

The oracle (`tests.oracle.Reckoning`) knows the rules of these laws as numbers and counts everything anew each time;
limits of a day are so small that they bite, and days begin by several clocks.
"""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from bot.app import App
from bot.engine.badges import BADGES
from bot.engine.curves import LevelRules
from bot.engine.earning import (
    Badge,
    Earning,
    EarnRules,
    GuardRules,
    MessageEarning,
    Multiplier,
    PrestigeRules,
    ShopRules,
    StreakRules,
)
from bot.engine.purse import coins
from bot.engine.rules import Gate, Rules, check
from bot.state import MemberState
from bot.storage.recount import Drawer, fold_now, put
from bot.storage.store import Connection, Store
from bot.words import replace
from tests import snapshots
from tests.conftest import START, Clock
from tests.laws import check_books, hear, on_a_database, scene
from tests.lives import Act, stories, told
from tests.oracle import COUNTED, FACTORS, FREEZES, GRAND, RATE, STEP, WORTHS, Goal, Life, Reckoning
from tests.storage.people import seat, unite

SEASON = date(2026, 10, 26), date(2026, 10, 30)
OWN = (
    Badge(name="talker", metric="messages", goal=2),
    Badge(name="answerer", metric="replies", goal=1),
    Badge(name="rich", metric="points", goal=90),
    Badge(name="kind", metric="reactions_given", goal=1),
    Badge(name="praised", metric="quality", goal=20),
    Badge(name="steady", metric="streak", goal=3),
    Badge(name="regular", metric="active_days", goal=2),  # instead of the one of the same name that all have
    Badge(name="riser", metric="level", goal=2),
    Badge(name="autumn", metric="checkins", goal=1, since=SEASON[0], until=SEASON[1]),
    Badge(name="harvest", metric="points", goal=60, since=SEASON[0], until=SEASON[1]),
)
LAW = Rules(
    earn=EarnRules(
        message=MessageEarning(points=15, to=25, cap=WORTHS["message"][2], cooldown=0),
        **{
            way: Earning(points=least, to=most, cap=cap)
            for way, (least, most, cap) in WORTHS.items()
            if way != "message"
        },
    ),
    multipliers=tuple(
        Multiplier(channel=name, factor=factor) if what == "channel" else Multiplier(role=name, factor=factor)
        for (what, name), factor in FACTORS.items()
    ),
    # nothing of the guard but that gifts fade and what is edited to nothing is worth nothing
    guard=GuardRules(
        tokens=1, length=1, distinct=0, similar=1, memory=0, common=0, fresh=0, burst=0, even=0, decay=0.5
    ),
    levels=LevelRules(curve="custom", linear=STEP),
    streaks=StreakRules(freezes=FREEZES),
    badges=OWN,
    prestige=PrestigeRules(level=GRAND),
    shop=ShopRules(coins_per_point=1 / RATE),
    gates=(
        Gate(name="lounge", level=1, ladder="rungs"),
        Gate(name="salon", level=3, ladder="rungs"),
        Gate(name="vault", level=2),
        Gate(name="throne", crown=True),
    ),
)
OTHER = replace(
    LAW,
    zone="Pacific/Apia",
    earn=replace(LAW.earn, message=MessageEarning(points=33, cooldown=0), thanks=Earning(points=7, cap=9)),
    levels=LevelRules(curve="amari"),
    streaks=StreakRules(freezes=0),
    multipliers=(),
    badges=OWN[:3],
    prestige=PrestigeRules(),
)
"""Rules under which the same lives come to something else."""
GATES = tuple(gate.name for gate in LAW.gates)
cuts = st.lists(st.integers(0, 80), max_size=4)


@pytest.fixture
def town(store: Store, clock: Clock) -> App:
    """An application under the rules of the laws, that is called directly, in this thread."""
    check(LAW)
    return App(store, LAW, clock=clock)


def goals() -> list[Goal]:
    """The badges as the oracle knows them."""
    own = {badge.name for badge in OWN}
    return [
        (one.name, one.metric, one.goal, one.since, one.until)
        for one in (*[badge for badge in BADGES if badge.name not in own], *OWN)
    ]


def compare(state: MemberState, life: Life) -> None:
    """A member is what the oracle says."""
    done = asdict(state.engagement)
    assert (done["points"], done["quality"]) == (life.points(), life.quality())
    assert done["adjusted"] == life.given("points", "quality")
    assert {name: done[name] for name in COUNTED} == {name: life.counts[name] for name in COUNTED}
    assert coins(state, LAW) == life.coins()
    assert (state.purse.extra, state.purse.spent) == (life.extra(), life.spent)
    standing = state.standing
    assert (standing.level, standing.prestige, standing.base) == (life.level(), life.stars, life.base)
    assert standing.crowned == life.crown
    active = {date.fromordinal(day) for first, last in state.habit.runs for day in range(first, last + 1)}
    assert (active, state.habit.days, state.habit.best) == (life.days, len(life.days), life.best())
    won = [(one.badge, one.at) for one in state.honours.won]
    assert sorted(won) == sorted(life.won)


@settings(on_a_database, max_examples=40)
@given(story=stories, pieces=cuts)
def test_a_member_has_what_counting_gives(town: App, story: list[Act], pieces: list[int]) -> None:
    here = scene(town.store, *GATES)
    events = told(story, here)
    hear(town, events, pieces)
    reckoning = Reckoning(goals())
    reckoning.feed(events)
    stored = town.store.look(snapshots.states, here.name)
    assert set(stored) == set(reckoning.lives)
    for user, life in reckoning.lives.items():
        compare(stored[user], life)
        assert set(stored[user].access.open) == reckoning.open(user)
    check_books(town, here)


@settings(on_a_database, max_examples=12)
@given(story=stories, pieces=cuts, again=st.lists(st.integers(0, 79), max_size=20))
def test_batches_restarts_and_repetitions_change_nothing(
    town: App, story: list[Act], pieces: list[int], again: list[int]
) -> None:
    """Every piece is heard by a process of its own, which remembers nothing; then some of it is told once more."""
    here = scene(town.store, *GATES)
    events = told(story, here)
    for event in events:
        hear(App(town.store, LAW, clock=town.clock), [event])
    repeated = [events[n % len(events)] for n in again if events]
    hear(town, repeated, pieces)
    reckoning = Reckoning(goals())
    reckoning.feed([*events, *repeated])
    stored = town.store.look(snapshots.states, here.name)
    for user, life in reckoning.lives.items():
        compare(stored[user], life)
    check_books(town, here)


def recount(connection: Connection, community: int, rules: Rules, why: str) -> None:
    """Store what the log says under these rules."""
    with Drawer() as drawer:
        fold_now(connection, community, rules, drawer)
        put(connection, community, rules, drawer, why=why, now=START)


@settings(on_a_database, max_examples=15)
@given(story=stories, cut=st.integers(0, 80), pieces=cuts)
def test_replay_equals_life_whoever_becomes_one_and_whatever_the_rules(
    town: App, story: list[Act], cut: int, pieces: list[int]
) -> None:
    """Two become one in the midst of it; then all is counted under other rules, and back, to the very same books."""
    here = scene(town.store, *GATES)
    accounts = [here.account(user) for user in ("ann", "bo")]
    keep, other = (seat(town.store, account).member for account in accounts)
    events = told(story, here)
    hear(town, events[: cut % (len(events) + 1)], pieces)
    unite(town, keep, other)
    check_books(town, here)
    hear(town, events[cut % (len(events) + 1) :], pieces)
    check_books(town, here)
    before = town.store.look(snapshots.books, here.name)
    assert before["ann"] == before["bo"]
    community = seat(town.store, accounts[0]).community
    town.store.transact(recount, community, OTHER, f"{here.name}:other")
    check_books(town, here, OTHER)
    town.store.transact(recount, community, LAW, f"{here.name}:back")
    assert town.store.look(snapshots.books, here.name) == before
