"""Delivery: the most urgent first, once, again when it failed for now, never when it failed for good."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot import delivery
from bot.app import App
from bot.batch import Parcel
from bot.delivery import BACKOFF, LEASE, Delivery, GiveUp, TryAgain
from bot.effects import Announce, Effect, GrantAccess, Nudge, Priority, RevokeAccess, Tell
from bot.engine.curves import LevelRules
from bot.engine.rules import Gate, Rules
from bot.events import Account, MemberLeft, MessagePosted, Reviewed, SubscriptionChanged
from bot.sales import Subscription
from bot.storage import boards, gates, grants, ledger, outbox
from bot.storage.boards import Board
from bot.storage.outbox import OUTBOX
from bot.storage.store import Connection, Store
from bot.text import Features
from bot.words import replace
from tests.conftest import Clock
from tests.fakes.ports import FakePort

ANN = Account(platform="discord", space="g", user="1", name="Ann")


def want(store: Store, clock: Clock, *effects: Effect, user: str = "1", name: str = "w") -> int:
    """Put effects for a member into the outbox; returns how many rows that made."""

    def put(connection: Connection) -> int:
        account = replace(ANN, user=user)
        seat = next(iter(ledger.seats(connection, [account]).values()))
        for gate in ("lounge", "vault"):
            gates.bind(
                connection,
                community=seat.community,
                gate=gate,
                platform="discord",
                space="g",
                kind="role",
                target=gate,
                now=clock(),
            )
        wanted = [
            outbox.Wanted(seat=seat, key=f"{name}#{n}", heard=account, effect=effect, channel="c")
            for n, effect in enumerate(effects)
        ]
        return outbox.post(connection, wanted, clock())

    return store.transact(put)


def let_in(store: Store, clock: Clock, gate: str, status: grants.Status = "granted") -> None:
    """Let the register say how it stands with a member's way through a gate."""

    def put(connection: Connection) -> None:
        seat = next(iter(ledger.seats(connection, [ANN]).values()))
        about = {"community_id": seat.community, "member_id": seat.member, "gate": gate, "target": f"role:{gate}"}
        grants.put(connection, [{**about, "platform": "discord", "space": "g", "user": "1"}], status, clock())

    store.transact(put)


def register(store: Store) -> dict[str, tuple[str, str]]:
    """{target: (status, why)} of the first community's grants that are not over."""
    return {one.target: (one.status, one.why) for one in store.look(grants.of_community, 1)}


def rows(store: Store) -> list[tuple[str, str, int]]:
    """(target, outcome, attempts) of the outbox, in the order written; '' is still waiting."""
    query = select(OUTBOX.c.target, OUTBOX.c.outcome, OUTBOX.c.attempts).order_by(OUTBOX.c.id)
    return store.look(lambda connection: [(a, b, c) for a, b, c in connection.execute(query)])


@pytest.fixture
def port() -> FakePort:
    return FakePort()


@pytest.fixture
def deliver(store: Store, clock: Clock, port: FakePort) -> Delivery:
    return Delivery(store, {"discord": port}, clock)


async def test_the_most_urgent_is_performed_first(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "AT_ONCE", 1)
    let_in(store, clock, "vault")
    want(
        store,
        clock,
        Nudge(notice="level_up", values={"level": 2}),
        Announce(notice="level_up"),
        GrantAccess(gate="lounge"),
        RevokeAccess(gate="vault"),
    )
    assert await deliver.deliver(clock()) == 4
    kinds = [type(task.effect) for task in port.performed]
    assert kinds == [RevokeAccess, GrantAccess, Announce, Nudge]
    assert [outcome for _, outcome, _ in rows(store)] == ["done"] * 4


async def test_a_task_says_all_that_an_adapter_must_know(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"))
    await deliver.deliver(clock())
    (task,) = port.performed
    assert task.account == Account(platform="discord", space="g", user="1", name="Ann")
    assert (task.target, task.effect, task.attempts) == ("role:lounge", GrantAccess(gate="lounge"), 1)
    assert (task.member_name, task.locale, task.key) == ("Ann", "en", "w#0:discord:1:role:lounge")


async def test_what_is_done_is_not_done_again(store: Store, clock: Clock, port: FakePort, deliver: Delivery) -> None:
    want(store, clock, GrantAccess(gate="lounge"))
    assert await deliver.deliver(clock()) == 1
    assert want(store, clock, GrantAccess(gate="lounge")) == 1  # the same key: nothing is written
    assert await deliver.deliver(clock.advance(days=1)) == 0
    assert len(port.performed) == 1


async def test_only_the_platforms_that_are_there_are_served(store: Store, clock: Clock) -> None:
    want(store, clock, GrantAccess(gate="lounge"))
    other = FakePort("telegram")
    assert await Delivery(store, {}, clock).deliver(clock()) == 0
    assert await Delivery(store, {"telegram": other}, clock).deliver(clock()) == 0
    assert other.performed == []
    assert rows(store) == [("role:lounge", "", 0)]


async def test_giving_up_is_for_good_and_says_why(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"))
    port.plan.append(GiveUp("move my role above @lounge"))
    await deliver.deliver(clock())
    assert await deliver.deliver(clock.advance(days=30)) == 0
    assert rows(store) == [("role:lounge", "failed: move my role above @lounge", 1)]
    assert store.look(outbox.failures, 1) == [("GrantAccess → Ann", "move my role above @lounge")]


async def test_trying_again_waits_as_long_as_the_platform_says(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"))
    port.plan.append(TryAgain("429", after=7.5))
    await deliver.deliver(clock())
    assert rows(store) == [("role:lounge", "429", 1)]
    assert await deliver.deliver(clock.advance(seconds=7.4)) == 0
    assert await deliver.deliver(clock.advance(seconds=0.1)) == 1
    assert rows(store) == [("role:lounge", "done", 2)]


async def test_trying_again_backs_off(store: Store, clock: Clock, port: FakePort, deliver: Delivery) -> None:
    want(store, clock, GrantAccess(gate="lounge"))
    waits = [*BACKOFF, BACKOFF[-1]]
    port.plan.extend(TryAgain("503") for _ in waits)
    for wait in waits:
        assert await deliver.deliver(clock()) == 1
        assert await deliver.deliver(clock.advance(seconds=wait - 0.001)) == 0
        clock.advance(seconds=0.001)
    assert await deliver.deliver(clock()) == 1
    assert rows(store) == [("role:lounge", "done", len(waits) + 1)]


async def test_a_mistake_in_an_adapter_is_tried_again_and_stops_nothing_else(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    let_in(store, clock, "vault")
    want(store, clock, RevokeAccess(gate="vault"), GrantAccess(gate="lounge"))
    port.plan.append(ZeroDivisionError("oops"))
    await deliver.deliver(clock())
    assert rows(store) == [("role:vault", "ZeroDivisionError: oops", 1), ("role:lounge", "done", 1)]


async def test_a_platform_that_does_not_answer_is_cut_off(store: Store, clock: Clock) -> None:
    class Deaf(FakePort):
        async def perform(self, task: outbox.Task) -> None:
            raise TimeoutError  # what waiting longer than PATIENCE raises

    want(store, clock, GrantAccess(gate="lounge"))
    await Delivery(store, {"discord": Deaf()}, clock).deliver(clock())
    assert rows(store) == [("role:lounge", "the platform did not answer", 1)]
    assert timedelta(seconds=delivery.PATIENCE) < LEASE


async def test_a_lease_that_ran_out_is_taken_again(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"))
    claimed = store.transact(outbox.claim, clock(), ["discord"], 10, LEASE)  # and the process dies
    assert len(claimed) == 1
    assert await deliver.deliver(clock.advance(seconds=LEASE.total_seconds() - 1)) == 0
    assert await deliver.deliver(clock.advance(seconds=1)) == 1
    assert port.performed[0].key == claimed[0].key
    assert rows(store) == [("role:lounge", "done", 2)]


async def test_the_last_word_on_a_gate_wins(store: Store, clock: Clock, port: FakePort, deliver: Delivery) -> None:
    let_in(store, clock, "lounge")
    want(store, clock, GrantAccess(gate="lounge"), name="first")
    want(store, clock, RevokeAccess(gate="lounge"), name="second")
    await deliver.deliver(clock())
    assert [type(task.effect) for task in port.performed] == [RevokeAccess]
    assert rows(store) == [("role:lounge", "superseded", 0), ("role:lounge", "done", 1)]


async def test_a_late_failure_of_what_was_superseded_changes_nothing(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"), name="first")
    port.plan.append(TryAgain("503", after=0))
    port.before = lambda task: want(store, clock, RevokeAccess(gate="lounge"), name="second")
    await deliver.deliver(clock())
    port.before = lambda task: None
    assert await deliver.deliver(clock.advance(minutes=1)) == 1
    assert [type(task.effect) for task in port.performed] == [GrantAccess, RevokeAccess]
    assert await deliver.deliver(clock.advance(days=1)) == 0


async def test_only_nudges_are_shed_and_the_oldest_first(store: Store, clock: Clock) -> None:
    for n in range(4):
        want(store, clock, Nudge(notice="level_up", values={"level": 2}), name=f"n{n}")
    want(store, clock, GrantAccess(gate="lounge"), Announce(notice="level_up"), name="w")
    assert store.transact(outbox.shed, clock(), 4) == 2
    assert rows(store) == [
        ("private", "shed", 0),
        ("private", "shed", 0),
        ("private", "", 0),
        ("private", "", 0),
        ("role:lounge", "", 0),
        ("c", "", 0),
    ]
    assert store.transact(outbox.shed, clock(), 0) == 2
    assert store.look(outbox.waiting) == {Priority.GRANT: 1, Priority.ANNOUNCEMENT: 1}
    assert store.transact(outbox.shed, clock(), 0) == 0


async def test_no_more_than_a_batch_is_claimed_at_once(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    for n in range(delivery.BATCH + 5):
        want(store, clock, Announce(notice="level_up"), name=f"n{n}")
    assert await deliver.deliver(clock()) == delivery.BATCH
    assert await deliver.deliver(clock()) == 5
    assert len({task.key for task in port.performed}) == delivery.BATCH + 5


async def test_nothing_is_performed_before_it_is_committed(store: Store, rules: Rules, clock: Clock) -> None:
    """When the adapter is asked, the state that led to it can be read."""
    near = replace(rules, levels=LevelRules(curve="custom", linear=1), gates=(Gate(name="lounge", level=1),))
    port = FakePort()
    app = App(store, near, [port], clock=clock)
    seen: list[int] = []
    port.before = lambda task: seen.extend(
        line.points for line in store.look(boards.top, Board(community=task.community)) if line.name == "Ann"
    )
    await app.start()
    await app.submit([MessagePosted(key="m:1", at=clock(), who=ANN, channel="c", text=Features())])
    await asyncio.wait_for(port.arrived.wait(), 10)
    await app.close()
    assert len(seen) == len(port.performed) == 1
    assert seen[0] >= 15
    assert port.performed[0].effect == Announce(notice="level_up", values={"level": seen[0]})


async def test_who_leaves_is_let_out_of_what_does_not_go_with_them(store: Store, rules: Rules, clock: Clock) -> None:
    """A role is gone with the member; an entry of their own in a channel would stay."""
    near = replace(rules, levels=LevelRules(curve="custom", linear=1), gates=(Gate(name="lounge", level=1),))
    port = FakePort()
    app = App(store, near, [port], clock=clock)
    want(store, clock)  # binds the gates
    store.transact(
        gates.bind,
        community=1,
        gate="lounge",
        platform="discord",
        space="g",
        kind="channel",
        target="9",
        now=clock(),
    )
    app.handle([Parcel(events=(MessagePosted(key="m:1", at=clock(), who=ANN, channel="c", text=Features()),))])
    await app.deliver(clock())
    assert register(store) == {"role:lounge": ("granted", ""), "channel:9": ("granted", "")}
    app.handle([Parcel(events=(MemberLeft(key="l:1", at=clock(), who=ANN),))])
    await app.deliver(clock())
    done = [(type(task.effect).__name__, task.target) for task in port.performed]
    given = [("Announce", "c"), ("GrantAccess", "channel:9"), ("GrantAccess", "role:lounge")]
    assert (sorted(done[:3]), done[3:]) == (given, [("RevokeAccess", "channel:9")])
    assert register(store) == {}


async def test_settled_rows_stay_settled(store: Store, clock: Clock) -> None:
    want(store, clock, GrantAccess(gate="lounge"))
    (task,) = store.transact(outbox.claim, clock(), ["discord"], 10, LEASE)
    store.transact(lambda connection: connection.execute(update(OUTBOX).values(done_at=clock(), outcome="superseded")))
    store.transact(outbox.finish, task, clock(), "done", "granted")
    assert rows(store) == [("role:lounge", "superseded", 1)]
    assert register(store) == {"role:lounge": ("wanted", "")}


async def test_the_same_effect_told_again_while_it_waits_still_waits(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"))
    want(store, clock, GrantAccess(gate="lounge"))
    assert rows(store) == [("role:lounge", "", 0)]
    assert await deliver.deliver(clock()) == 1
    assert register(store) == {"role:lounge": ("granted", "")}


# ------------------------------------------------------------------ the register of grants


async def test_what_is_given_is_ours_and_is_taken_when_the_gate_closes(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"), name="in")
    assert register(store) == {"role:lounge": ("wanted", "")}
    port.before = lambda task: seen.append(register(store))
    seen: list[dict[str, tuple[str, str]]] = []
    await deliver.deliver(clock())
    assert seen == [{"role:lounge": ("giving", "")}]  # marked before the deed
    assert register(store) == {"role:lounge": ("granted", "")}
    want(store, clock, RevokeAccess(gate="lounge"), name="out")
    await deliver.deliver(clock())
    assert [type(task.effect) for task in port.performed] == [GrantAccess, RevokeAccess]
    assert register(store) == {}


async def test_what_was_there_before_us_is_found_and_never_taken(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    port.found.add(("1", "role:lounge"))
    want(store, clock, GrantAccess(gate="lounge"), name="in")
    assert await deliver.deliver(clock()) == 1
    assert register(store) == {"role:lounge": ("found", "")}
    assert want(store, clock, RevokeAccess(gate="lounge"), name="out") == 0
    assert await deliver.deliver(clock()) == 0
    assert port.performed == []
    assert register(store) == {}


async def test_what_we_never_gave_is_not_taken(store: Store, clock: Clock, port: FakePort, deliver: Delivery) -> None:
    assert want(store, clock, RevokeAccess(gate="lounge")) == 0
    assert await deliver.deliver(clock()) == 0
    assert (port.performed, register(store), rows(store)) == ([], {}, [])


async def test_a_death_between_giving_and_granted_leaves_no_doubt_whose_it_is(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"), name="in")
    (task,) = store.transact(outbox.claim, clock(), ["discord"], 10, LEASE)
    assert store.transact(outbox.begin, task, clock())
    port.found.add(("1", "role:lounge"))  # given, and the process dies before it could say so
    assert await deliver.deliver(clock.advance(seconds=LEASE.total_seconds())) == 1
    assert port.performed == []  # it is there: nothing is left to do
    assert register(store) == {"role:lounge": ("granted", "")}
    want(store, clock, RevokeAccess(gate="lounge"), name="out")
    await deliver.deliver(clock())
    assert [type(task.effect) for task in port.performed] == [RevokeAccess]


async def test_a_closed_gate_takes_what_may_have_been_given_when_we_died(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"), name="in")
    (task,) = store.transact(outbox.claim, clock(), ["discord"], 10, LEASE)
    assert store.transact(outbox.begin, task, clock())
    assert want(store, clock, RevokeAccess(gate="lounge"), name="out") == 1
    await deliver.deliver(clock.advance(seconds=LEASE.total_seconds()))
    assert [type(task.effect) for task in port.performed] == [RevokeAccess]
    assert register(store) == {}


async def test_what_was_superseded_before_it_began_is_not_given(store: Store, clock: Clock) -> None:
    want(store, clock, GrantAccess(gate="lounge"), name="in")

    class Slow(FakePort):
        async def holds(self, task: outbox.Task) -> bool:
            want(store, clock, RevokeAccess(gate="lounge"), name="out")
            return False

    port = Slow()
    await Delivery(store, {"discord": port}, clock).deliver(clock())
    assert port.performed == []
    assert register(store) == {}


async def test_what_a_human_took_is_not_given_again_but_when_it_begins_anew(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"), name="first")
    await deliver.deliver(clock())
    assert store.transact(grants.hold, "discord", "role:lounge", "1", clock()) == 1
    assert want(store, clock, GrantAccess(gate="lounge"), name="again") == 0
    assert await deliver.deliver(clock()) == 0
    assert register(store) == {"role:lounge": ("held", "")}
    assert want(store, clock, RevokeAccess(gate="lounge"), name="over") == 0
    assert register(store) == {}
    assert want(store, clock, GrantAccess(gate="lounge"), name="anew") == 1
    await deliver.deliver(clock())
    assert [type(task.effect) for task in port.performed] == [GrantAccess, GrantAccess]
    assert register(store) == {"role:lounge": ("granted", "")}


async def test_what_a_human_takes_while_it_waits_to_be_given_again_is_not_given(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    let_in(store, clock, "lounge")
    assert want(store, clock, GrantAccess(gate="lounge"), name="back") == 1
    assert store.transact(grants.hold, "discord", "role:lounge", "1", clock()) == 1
    assert await deliver.deliver(clock()) == 1
    assert port.performed == []
    assert rows(store) == [("role:lounge", "obsolete", 1)]
    assert register(store) == {"role:lounge": ("held", "")}


@pytest.mark.parametrize(
    ("refusal", "stands"),
    [
        (GiveUp("move my role above @lounge"), ("blocked", "move my role above @lounge")),
        (GiveUp("she is not in the server", away=True), ("away", "she is not in the server")),
    ],
    ids=["blocked", "away"],
)
async def test_what_could_not_be_given_is_given_when_it_is_asked_for_again(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery, refusal: GiveUp, stands: tuple[str, str]
) -> None:
    want(store, clock, GrantAccess(gate="lounge"), name="first")
    port.plan.append(refusal)
    await deliver.deliver(clock())
    assert register(store) == {"role:lounge": stands}
    want(store, clock, GrantAccess(gate="lounge"), name="again")
    await deliver.deliver(clock())
    assert register(store) == {"role:lounge": ("granted", "")}


async def test_what_could_not_be_given_need_not_be_taken(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    want(store, clock, GrantAccess(gate="lounge"), name="first")
    port.plan.append(GiveUp("she is not in the server", away=True))
    await deliver.deliver(clock())
    assert want(store, clock, RevokeAccess(gate="lounge"), name="over") == 0
    assert register(store) == {}


async def test_a_revocation_that_was_refused_leaves_it_ours(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery
) -> None:
    let_in(store, clock, "lounge")
    want(store, clock, RevokeAccess(gate="lounge"))
    port.plan.append(GiveUp("move my role above @lounge"))
    await deliver.deliver(clock())
    assert register(store) == {"role:lounge": ("granted", "")}


@pytest.mark.parametrize(
    ("days", "again", "outcome"),
    [(0.5, False, "done"), (1, False, "obsolete"), (0.5, True, "obsolete")],
    ids=["in time", "when it has come", "bought again meanwhile"],
)
async def test_a_reminder_is_asked_once_more_whether_it_is_so(
    store: Store, clock: Clock, port: FakePort, deliver: Delivery, days: float, again: bool, outcome: str
) -> None:
    app, bought = App(store, Rules(), clock=clock), clock()
    one = Subscription(
        id="sandbox:1", plan="gold", status="active", since=bought, as_of=bought, until=bought + timedelta(days=30)
    )
    app.handle([Parcel(events=(SubscriptionChanged(key="s", at=bought, who=ANN, subscription=one),), quiet=True)])
    app.handle([Parcel(events=(Reviewed(key="r", at=clock.advance(days=29), who=ANN),))])
    assert rows(store) == [("private", "", 0)]
    if again:
        other = replace(one, id="sandbox:2", until=bought + timedelta(days=60))
        app.handle(
            [Parcel(events=(SubscriptionChanged(key="t", at=clock(), who=ANN, subscription=other),), quiet=True)]
        )
    assert await deliver.deliver(clock.advance(days=days)) == 1
    assert rows(store) == [("private", outcome, 1)]
    told = [task.effect.notice for task in port.performed if isinstance(task.effect, Tell)]
    assert told == (["ends_soon"] if outcome == "done" else [])
