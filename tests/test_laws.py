"""The laws of the whole path, on both databases: whatever happens, in whatever pieces, the answer is known.

Each example is a community of its own in one database.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.app import App
from bot.batch import Outcome
from bot.effects import Effect, GrantAccess, RevokeAccess
from bot.engine.access import open_gates
from bot.engine.curves import LevelRules
from bot.engine.earning import MessageEarning
from bot.engine.levels import level_of
from bot.engine.points import amount
from bot.engine.rules import Gate, Plan, Rules
from bot.events import Event
from bot.state import MemberState
from bot.storage import boards, ledger
from bot.storage.boards import Board
from bot.storage.store import Connection, Store
from bot.words import Word, from_json, replace, to_json
from tests import snapshots
from tests.conftest import Clock
from tests.laws import check_books, hear, on_a_database, scene
from tests.oracle import Oracle
from tests.strategies import Deed, Scene, stories, told


@pytest.fixture
def law_rules(rules: Rules) -> Rules:
    """The rules as shipped with levels so near that a few messages cross them, a second gate, and plans for both."""
    return replace(
        rules,
        levels=LevelRules(curve="custom", linear=40),
        gates=(Gate(name="lounge", level=1), Gate(name="vault", level=3)),
        plans=(Plan(name="gold", gates=("lounge", "vault")), Plan(name="silver", gates=("lounge",))),
    )


@pytest.fixture
def application(store: Store, law_rules: Rules, clock: Clock) -> App:
    """An application that is called directly, in this thread."""
    return App(store, law_rules, clock=clock)


def read_event(line: str) -> Event:
    """A line of the log."""
    event: Event = from_json(Event, line)
    return event


def nameless(here: Scene, word: Word) -> str:
    """A word as it would be in any other scene."""
    return to_json(word).decode().replace(here.name, "here")


def plain(state: MemberState) -> MemberState:
    """A state without the numbers that follow from the names of messages."""
    return replace(state, engagement=replace(state.engagement, givers=()))


@on_a_database
@given(story=stories, cuts=st.lists(st.integers(0, 80), max_size=4))
def test_replaying_the_log_gives_the_stored_state(application: App, story: list[Deed], cuts: list[int]) -> None:
    here = scene(application.store)
    hear(application, told(story, here), cuts)
    check_books(application, here)


@on_a_database
@given(story=stories, cuts=st.lists(st.integers(0, 80), max_size=4))
def test_batches_cut_anywhere_give_the_same(application: App, story: list[Deed], cuts: list[int]) -> None:
    whole, pieces = scene(application.store), scene(application.store)
    earn = replace(application.rules.earn, message=MessageEarning(points=20, cooldown=0))  # the keys of the two differ
    flat = replace(application.rules, earn=earn)
    at_once = hear(App(application.store, flat, clock=application.clock), told(story, whole))
    in_pieces = hear(App(application.store, flat, clock=application.clock), told(story, pieces), cuts)
    assert in_pieces == at_once
    look = application.store.look
    states, announced = [], []
    for one in (whole, pieces):
        states.append({user: nameless(one, plain(state)) for user, state in look(snapshots.states, one.name).items()})
        effects = look(snapshots.effects, one.name)
        announced.append([(user, nameless(one, effect)) for user, _, effect, _ in effects if effect.PRIORITY > 1])
    assert states[0] == states[1]
    assert announced[0] == announced[1]


@on_a_database
@given(story=stories, again=st.lists(st.integers(0, 79), max_size=20), restart=st.booleans())
def test_an_event_twice_is_an_event_once(application: App, story: list[Deed], again: list[int], restart: bool) -> None:
    here = scene(application.store)
    events = told(story, here)
    hear(application, events)
    look = application.store.look
    before = look(snapshots.states, here.name), look(snapshots.log, here.name), look(snapshots.effects, here.name)
    app = App(application.store, application.rules, clock=application.clock) if restart else application
    counted = {read_event(line).key for lines in before[1].values() for line in lines}
    repeated = [events[n % len(events)] for n in again if events]
    outcomes = hear(app, [event for event in repeated if event.key in counted])
    assert all(outcome == Outcome(seen=1) for outcome in outcomes)
    after = look(snapshots.states, here.name), look(snapshots.log, here.name), look(snapshots.effects, here.name)
    assert after == before


@on_a_database
@given(story=stories, cuts=st.lists(st.integers(0, 80), max_size=4))
def test_what_waits_in_the_outbox_is_a_grant_for_each_gate_that_stands_open(
    application: App, story: list[Deed], cuts: list[int]
) -> None:
    """Nothing is delivered here: what was never given is withdrawn, and not taken."""
    here = scene(application.store)
    hear(application, told(story, here), cuts)
    waiting: dict[tuple[str, str], list[type[Effect]]] = {}
    for user, target, effect, outcome in application.store.look(snapshots.effects, here.name):
        if isinstance(effect, GrantAccess | RevokeAccess) and outcome != "superseded":
            waiting.setdefault((user, target), []).append(type(effect))
    for user, state in application.store.look(snapshots.states, here.name).items():
        assert state.access.open == open_gates(state, application.rules)
        for gate in application.rules.gates:
            wanted = [GrantAccess] if gate.name in state.access.open else []
            assert waiting.get((user, f"role:{here.name}-{gate.name}"), []) == wanted


@on_a_database
@given(story=stories, cuts=st.lists(st.integers(0, 80), max_size=4))
def test_the_columns_show_the_state(application: App, story: list[Deed], cuts: list[int]) -> None:
    here = scene(application.store)
    hear(application, told(story, here), cuts)

    def compare(connection: Connection) -> None:
        community = ledger.communities(connection, [here.account("x")])["discord", here.name]
        states = snapshots.states(connection, here.name)
        assert {
            line.name: (line.points, line.level)
            for line in boards.top(connection, Board(community=community), limit=100)
        } == {
            user: (state.engagement.points, state.standing.level)
            for user, state in states.items()
            if state.contact.here and state.engagement.points > 0
        }
        for row in connection.execute(select(ledger.MEMBERS).where(ledger.MEMBERS.c.community_id == community)):
            state = from_json(MemberState, row.state)
            done, contact = state.engagement, state.contact
            assert (row.points, row.quality, row.level) == (done.points, done.quality, state.standing.level)
            assert (row.here, row.alias, row.locale) == (contact.here, contact.alias, contact.locale)
            assert row.listed == (contact.here and not contact.hidden)
            assert (row.last_at, row.due_at) == (done.last_at, state.membership.due_at)
            assert row.last_day == (done.last_at and done.last_at.toordinal())

    application.store.look(compare)


@on_a_database
@given(story=stories, order=st.randoms(use_true_random=False))
def test_points_are_the_sum_of_what_counts_in_any_order(application: App, story: list[Deed], order: object) -> None:
    """A message before what is said of it, what is given before what takes it back; else any order at all.

    With a deleted message goes all that it brought: what others gave for it, too.
    """
    told_of = [deed for deed in story if deed.kind in ("post", "delete", "react", "unreact")]
    posts = {deed.number: deed for deed in reversed(told_of) if deed.kind == "post"}
    about = [deed for deed in told_of if deed.kind != "post" and deed.number in posts]
    given_ = {(deed.user, deed.number): deed for deed in about if deed.kind == "react"}
    rest = [deed for deed in about if deed.kind == "delete"]
    gone = [deed for deed in about if deed.kind == "unreact" and (deed.user, deed.number) in given_]
    stages = [list(posts.values()), list(given_.values()), [*rest, *gone]]
    orders = []
    for _ in range(2):
        for stage in stages:
            order.shuffle(stage)  # type: ignore[attr-defined]
        orders.append([deed for stage in stages for deed in stage])
    expected: dict[str, int] = {}
    spaces = [scene(application.store), scene(application.store)]
    for here, deeds in zip(spaces, orders, strict=True):
        hear(application, told(deeds, here))
        expected = {deed.user: 0 for deed in [*posts.values(), *given_.values()]}
        deleted = {deed.number for deed in rest}
        for number, post in posts.items():
            if number not in deleted:
                expected[post.user] += amount(here.message(number), application.rules.earn.message)
        withdrawn = {(deed.user, deed.number) for deed in gone}
        for user, number in given_:
            if (user, number) not in withdrawn and number not in deleted:
                expected[posts[number].user] += 5
        stored = application.store.look(snapshots.states, here.name)
        assert {user: state.engagement.points for user, state in stored.items()} == expected
        levels = {user: state.standing.level for user, state in stored.items()}
        assert levels == {user: level_of(points, application.rules.levels) for user, points in expected.items()}


@on_a_database
@given(story=stories, cuts=st.lists(st.integers(0, 80), max_size=4))
def test_the_database_agrees_with_a_plain_model(
    store: Store, rules: Rules, clock: Clock, story: list[Deed], cuts: list[int]
) -> None:
    here = scene(store)
    events = told([deed for deed in story if deed.kind in ("post", "delete", "react", "unreact")], here)
    hear(App(store, rules, clock=clock), events, cuts)
    oracle = Oracle()
    oracle.feed(events)
    stored = store.look(snapshots.states, here.name)
    assert {
        user: (
            state.engagement.points,
            state.engagement.messages,
            state.engagement.reactions_given,
            state.engagement.reactions_received,
            state.standing.level,
        )
        for user, state in stored.items()
        if user in oracle.seen.values()
    } == oracle.rows()
    assert set(oracle.seen.values()) == set(stored)
