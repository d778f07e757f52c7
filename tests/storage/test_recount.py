"""Another rulebook: what is stored is what life under it would have come to, and undoing it is as if it never was."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from bot.app import App, RulesChangedError
from bot.effects import GrantAccess, RevokeAccess, ShowLevel
from bot.engine.curves import LevelRules
from bot.engine.rules import Gate, Rules, amended
from bot.events import Account, Event, MemberLeft, MessagePosted
from bot.state import MemberState
from bot.storage import counted, rulebook
from bot.storage.entries import DAYS, ENTRIES
from bot.storage.ledger import ACCOUNTS, SPACES
from bot.storage.shifts import Effects, Named
from bot.storage.store import Store
from bot.text import features
from bot.words import replace
from tests import snapshots
from tests.conftest import START, Clock
from tests.laws import hear as live
from tests.laws import on_a_database, scene
from tests.storage.people import ANN, World, found, hear, unite, wrote
from tests.strategies import FIRST, MEMBERS, Deed, Scene, stories

DOUBLE = {"earn": {"message": {"points": 100, "to": 100}}}
BO = Account(platform="discord", space="guild", user="b", name="Bo")


def books(connection: Connection, space: str) -> tuple[Any, ...]:
    """All that is counted of a community, as it is stored: states, ledger and days of each account."""
    whose = (
        select(ACCOUNTS.c.member_id)
        .join(SPACES, SPACES.c.community_id == ACCOUNTS.c.community_id)
        .where(SPACES.c.external == space)
    )
    rows = []
    for table in (ENTRIES, DAYS):
        columns = [column for column in table.c if column.name != "id"]
        query = select(*columns).where(table.c.member_id.in_(whose)).order_by(table.c.member_id, table.c.id)
        rows.append(sorted(map(repr, connection.execute(query))))
    return snapshots.states(connection, space), *rows


def member_states(store: Store) -> dict[str, MemberState]:
    return store.look(snapshots.states, "guild")


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "earn": st.sampled_from((
            {"message": {"points": 3, "to": 90}},
            {"message": {"cooldown": 50_000, "cap": 30}},
            {"reaction": {"points": 50, "cap": 70}, "reply": {"points": 9}},
        )),
        "guard": st.sampled_from(({"on": True}, {"on": True, "decay": 0.1, "similar": 1.0, "memory": 0})),
        "levels": st.sampled_from(({"curve": "custom", "linear": 15.0}, {"curve": "amari"})),
        "gates": st.sampled_from(([], [{"name": "lounge", "level": 2}, {"name": "attic", "level": 1}])),
        "zone": st.sampled_from(("Asia/Shanghai", "America/Los_Angeles")),
        "badges": st.just([{"name": "poster", "metric": "messages", "goal": 2}]),
        "multipliers": st.just([{"channel": "c", "factor": 0.5}]),
        "streaks": st.just({"freezes": 0}),
    },
)  # fmt: skip


@pytest.fixture
def near(rules: Rules) -> Rules:
    """Levels so near that a few messages cross them, and answering is worth something."""
    earn = replace(rules.earn, reply=replace(rules.earn.reply, points=4))
    gates = (Gate(name="lounge", level=1), Gate(name="vault", level=3))
    return replace(rules, earn=earn, levels=LevelRules(curve="custom", linear=40.0), gates=gates)


Talk = tuple[list[int], list[Deed]]
talks = st.tuples(st.lists(st.integers(1, 5), max_size=8), stories)
"""Messages that answer each other (and one's own), before or after those were heard; and then a story."""


def happened(talk: Talk, here: Scene) -> list[Event]:
    """The events of a talk; every message answers another, in words of its own."""
    posts = [Deed(kind="post", user=MEMBERS[n % len(MEMBERS)], number=n, at=FIRST) for n in talk[0]]
    return [spoken(deed, event, here) for deed in (*posts, *talk[1]) for event in deed.events(here)]


def spoken(deed: Deed, event: Event, here: Scene) -> Event:
    if not isinstance(event, MessagePosted):
        return event
    words = features(f"what is the answer to number {deed.number}")
    return replace(event, reply_to=here.message(deed.number % 4 + 1), text=words)


@on_a_database
@given(story=talks, changes=CHANGES)
def test_what_is_applied_is_life_under_these_rules_from_the_start_and_as_was_previewed(
    store: Store, near: Rules, clock: Clock, story: Talk, changes: dict[str, Any]
) -> None:
    here = scene(store)
    after = amended(near, changes)
    live(App(store, after, clock=clock), happened(story, here))
    life = store.look(books, here.name)
    number = next(iter(store.look(seat_of, here.name)))
    app = App(store, near, clock=clock)

    async def work() -> None:
        await app.recount(number)
        before = store.look(books, here.name)
        draft, tried = await app.preview_rules(number, changes)
        assert store.look(books, here.name) == before
        done = await app.amend_rules(number, changes, what="x", by="Ann", after=draft.page)
        assert store.look(books, here.name) == life
        assert done == tried
        taken_back = await app.undo_rules(number)
        assert store.look(books, here.name) == before
        assert taken_back == backwards(done)

    asyncio.run(work())


def seat_of(connection: Connection, space: str) -> set[int]:
    return set(connection.scalars(select(SPACES.c.community_id).where(SPACES.c.external == space)))


def backwards(effects: Effects) -> Effects:
    """The other way round, as far as numbers go that do not depend on who is named."""
    return replace(
        effects,
        points=effects.points[::-1],
        risen=turned(effects.fallen),
        fallen=turned(effects.risen),
        opened={name: turned(group) for name, group in effects.closed.items()},
        closed={name: turned(group) for name, group in effects.opened.items()},
        won={name: turned(group) for name, group in effects.lost.items()},
        lost={name: turned(group) for name, group in effects.won.items()},
        board_before=tuple(map(turn, effects.board_after)),
        board_after=tuple(map(turn, effects.board_before)),
    )


def turn(one: Named) -> Named:
    return replace(one, points=one.points[::-1], level=one.level[::-1])


def turned(group: Any) -> Any:
    """A group the other way round, ordered by the points after."""
    first = sorted(map(turn, group.first), key=lambda one: (-one.points[1], one.member))
    return replace(group, first=tuple(first))


@on_a_database
@given(story=talks, more=talks, changes=CHANGES)
def test_undo_keeps_what_came_in_between_and_counts_it_under_the_old_rules(
    store: Store, near: Rules, clock: Clock, story: Talk, more: Talk, changes: dict[str, Any]
) -> None:
    here = scene(store)
    app = App(store, near, clock=clock)
    live(app, happened(story, here))
    number = next(iter(store.look(seat_of, here.name)))
    asyncio.run(app.amend_rules(number, changes, what="x", by="Ann"))
    live(app, happened(more, here))
    stored = store.look(books, here.name)
    assert asyncio.run(app.recount(number)).changed == 0
    assert store.look(books, here.name) == stored
    asyncio.run(app.undo_rules(number))
    undone = store.look(books, here.name)
    assert asyncio.run(app.recount(number)).changed == 0
    assert store.look(books, here.name) == undone
    assert asyncio.run(app.rules_of(number)) == near


# ---------------------------------------------------------------------- a change at work


@pytest.fixture
def quick(store: Store, near: Rules, clock: Clock) -> App:
    """An application that is called directly, in this thread; Ann and Bo wrote something."""
    app = App(store, near, clock=clock)
    hear(app, *[wrote(ANN, n) for n in range(5)], *[wrote(BO, n) for n in range(10, 12)])
    return app


async def test_from_now_on_it_counts_and_everybody_was_counted_anew(quick: App) -> None:
    done = await quick.amend_rules(1, DOUBLE, what="points doubled", by="Ann")
    assert (done.members, done.changed, done.points[1]) == (2, 2, 700)
    hear(quick, wrote(BO, 13))
    points = {user: state.engagement.points for user, state in member_states(quick.store).items()}
    assert points == {"a": 500, "b": 300}
    (page,) = quick.store.look(rulebook.history, 1)
    assert (page.own, page.what, page.by, page.at, page.undone_at) == (DOUBLE, "points doubled", "Ann", START, None)


async def test_changes_are_laid_over_each_other_or_put_in_their_place(quick: App) -> None:
    await quick.amend_rules(1, DOUBLE, what="", by="")
    await quick.amend_rules(1, {"earn": {"message": {"cap": 150}}}, what="", by="")
    message = (await quick.rules_of(1)).earn.message
    assert (message.points, message.to, message.cap) == (100, 100, 150)
    assert member_states(quick.store)["a"].engagement.points == 150
    await quick.amend_rules(1, {"zone": "Asia/Tokyo"}, what="", by="", instead=True)
    rules = await quick.rules_of(1)
    assert (rules.zone, rules.earn.message.points) == ("Asia/Tokyo", 15)
    for cap in (150, 0):
        await quick.undo_rules(1)
        assert (await quick.rules_of(1)).earn.message.cap == cap
    await quick.undo_rules(1)
    with pytest.raises(LookupError):
        await quick.undo_rules(1)


@pytest.mark.parametrize("changes", [{"earn": {"message": {"points": 50}}}, {"plans": []}, {"zone": "Mars"}])
async def test_what_does_not_fit_changes_nothing(quick: App, changes: dict[str, Any]) -> None:
    before = quick.store.look(snapshots.everything)
    for ask in (quick.preview_rules(1, changes), quick.amend_rules(1, changes, what="", by="")):
        with pytest.raises(ValueError, match=r"points \(50\)|plans|Mars"):
            await ask
    assert quick.store.look(snapshots.everything) == before


async def test_doors_open_and_close_and_nobody_is_told(store: Store, near: Rules, clock: Clock) -> None:
    app, world = App(store, near, clock=clock), World(store)
    store.transact(found, ANN, "guild")
    hear(app, *[wrote(ANN, n) for n in range(5)], *[wrote(BO, n) for n in range(10, 12)])
    world.deliver()
    assert {place[1:] for place in world.inside} == {("a", "role:guild-lounge"), ("b", "role:guild-lounge")}
    world.done.clear()
    done = await app.amend_rules(1, {"gates": [{"name": "vault", "level": 1}]}, what="", by="")
    assert [(name, group.count) for name, group in done.closed.items()] == [("lounge", 2)]
    assert [(name, group.count) for name, group in done.opened.items()] == [("vault", 2)]
    world.deliver()
    assert {place[1:] for place in world.inside} == {("a", "role:guild-vault"), ("b", "role:guild-vault")}
    assert {type(task.effect) for task in world.done} == {GrantAccess, RevokeAccess}
    await app.undo_rules(1)
    world.deliver()
    assert {place[1:] for place in world.inside} == {("a", "role:guild-lounge"), ("b", "role:guild-lounge")}


async def test_levels_at_names_are_those_of_the_new_rules(store: Store, near: Rules, clock: Clock) -> None:
    """Of everybody who is here when that is switched on; later of those whose level is another."""
    app, world = App(store, near, clock=clock), World(store)
    store.transact(found, ANN, "guild")
    gone = replace(BO, user="c", name="Cy")
    hear(app, *[wrote(ANN, n) for n in range(5)], wrote(BO, 10), *[wrote(gone, n) for n in range(20, 25)])
    hear(app, MemberLeft(key="left", at=START, who=gone))

    def tags() -> dict[str, int]:
        world.done.clear()
        world.deliver()
        shown = [task for task in world.done if isinstance(task.effect, ShowLevel)]
        return {task.member_name: task.effect.level for task in shown if isinstance(task.effect, ShowLevel)}

    assert tags() == {}
    await app.amend_rules(1, {"levels": {"tags": True}}, what="", by="")
    assert tags() == {"Ann": 2}
    await app.amend_rules(1, {"levels": {"linear": 15.0}}, what="", by="")
    assert tags() == {"Ann": 6, "Bo": 1}
    await app.amend_rules(1, {"zone": "Asia/Shanghai"}, what="", by="")
    assert tags() == {}


# ---------------------------------------------------------------------- while it goes on


async def test_what_is_heard_while_counting_is_counted(quick: App) -> None:
    came: list[int] = []

    def told(done: int, of: int) -> None:
        came.append(done)
        hear(quick, wrote(BO, 100), wrote(Account(platform="discord", space="guild", user="n", name="New"), 101))

    done = await quick.amend_rules(1, DOUBLE, what="", by="", told=told)
    assert came == [2]
    points = {user: state.engagement.points for user, state in member_states(quick.store).items()}
    assert points == {"a": 500, "b": 300, "n": 100}
    assert (done.members, done.points[1]) == (3, 900)
    assert (await quick.recount(1)).changed == 0


async def test_who_becomes_one_while_counting_is_counted_as_one(quick: App) -> None:
    times: list[int] = []

    def told(done: int, of: int) -> None:
        times.append(of)
        if len(times) == 1:
            unite(quick, 1, 2)

    await quick.amend_rules(1, DOUBLE, what="", by="", told=told)
    assert times == [2, 1]
    assert member_states(quick.store)["a"].engagement.points == 700
    assert (await quick.recount(1)).changed == 0


async def test_a_change_on_top_of_another_than_was_seen_is_refused(quick: App) -> None:
    draft, _ = await quick.preview_rules(1, DOUBLE)
    await quick.amend_rules(1, {"zone": "Asia/Tokyo"}, what="", by="")
    before = quick.store.look(snapshots.everything)
    with pytest.raises(RulesChangedError):
        await quick.amend_rules(1, DOUBLE, what="", by="", after=draft.page)
    with pytest.raises(RulesChangedError):
        await quick.undo_rules(1, after=draft.page + 7)
    assert quick.store.look(snapshots.everything) == before


async def test_two_changes_at_once_both_hold(quick: App) -> None:
    await asyncio.gather(
        quick.amend_rules(1, DOUBLE, what="", by=""),
        quick.amend_rules(1, {"levels": {"linear": 100.0}}, what="", by=""),
    )
    rules = await quick.rules_of(1)
    assert (rules.earn.message.points, rules.levels.linear) == (100, 100.0)
    assert member_states(quick.store)["a"].standing.level == 5
    assert (await quick.recount(1)).changed == 0


FAIL = {
    "sqlite": (
        "CREATE TRIGGER fail BEFORE INSERT ON cursors BEGIN SELECT RAISE(ABORT, 'no'); END",
        "DROP TRIGGER fail",
    ),
    "postgresql": (
        "ALTER TABLE cursors ADD CONSTRAINT fail CHECK (name = '') NOT VALID",
        "ALTER TABLE cursors DROP CONSTRAINT fail",
    ),
}


@pytest.fixture
def full(store: Store) -> Iterator[None]:
    """No cursor can be written."""
    statements = FAIL[store.engine.dialect.name]
    with store.engine.begin() as connection:
        connection.execute(text(statements[0]))
    yield
    with store.engine.begin() as connection:
        connection.execute(text(statements[1]))


async def test_what_breaks_in_the_middle_changes_nothing(quick: App, full: None) -> None:
    """The cursor is written last, after states, ledger and days."""
    before = quick.store.look(snapshots.everything)
    with pytest.raises(Exception, match=r"no|fail"):
        await quick.amend_rules(1, DOUBLE, what="", by="")
    assert quick.store.look(snapshots.everything) == before
    assert (await quick.rules_of(1)).earn.message.points == 15
    hear(quick, wrote(ANN, 99))
    assert member_states(quick.store)["a"].engagement.messages == 6


# ---------------------------------------------------------------------- under which rules


async def test_it_is_known_under_which_rules_a_community_was_counted(quick: App, near: Rules, clock: Clock) -> None:
    look = quick.store.look
    assert not look(counted.outdated, 1, near)
    other = amended(near, DOUBLE)
    assert look(counted.outdated, 1, other)
    later = App(quick.store, other, clock=clock)
    hear(later, wrote(ANN, 50))
    assert look(counted.outdated, 1, other)
    assert (await later.recount(1)).changed == 2
    assert not look(counted.outdated, 1, other)
    await later.amend_rules(1, {"earn": {"message": {"points": 7}}}, what="", by="")
    assert not look(counted.outdated, 1, await later.rules_of(1))


def test_what_is_only_said_or_shown_needs_no_counting(near: Rules) -> None:
    same: list[dict[str, Any]] = [
        {"levels": {"announce": "off", "every": 5, "rewards_only": True}},
        {"boards": {"winners": 3}},
        {"card": {"theme": "sky"}},
    ]
    badge = {"name": "x", "metric": "messages", "goal": 5}
    assert {counted.digest(amended(near, one)) for one in same} == {counted.digest(near)}
    told = [
        counted.digest(amended(near, {"badges": [{**badge, **more}]})) for more in ({}, {"title": "X"}, {"goal": 6})
    ]
    assert (told[0] == told[1], told[0] == told[2]) == (True, False)


async def test_of_many_the_first_ten_are_named(store: Store, near: Rules, clock: Clock) -> None:
    app = App(store, near, clock=clock)
    people = [Account(platform="discord", space="guild", user=f"{n:02}", name=f"M{n:02}") for n in range(12)]
    hear(app, *[wrote(one, 100 * n + m) for n, one in enumerate(people) for m in range(n + 1)])
    flat = {"earn": {"message": {"points": 100, "to": 100}}, "levels": {"linear": 100.0}}
    _, tried = await app.preview_rules(1, flat)
    assert (tried.members, tried.points[1]) == (12, 7800)
    assert [one.name for one in tried.board_after] == [f"M{n:02}" for n in range(11, 1, -1)]
    assert tried.board_after[0].points[1] == 1200
    assert tried.opened["lounge"].count == sum(1 for n in range(12) if not member_states(store)[f"{n:02}"].access.open)
    assert len(tried.risen.first) <= 10
