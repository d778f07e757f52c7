"""The register of grants: whose a way in is, what a human's hand did to it, and what goes when somebody leaves."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.effects import Alert, GrantAccess, RevokeAccess
from bot.events import Account
from bot.storage import gates, grants, ledger, outbox, removals
from bot.storage.grants import Status
from bot.storage.ledger import COMMUNITIES, Seat
from bot.storage.outbox import OUTBOX, Task
from bot.storage.store import Connection, Store
from bot.words import from_json
from tests.conftest import START

ANN = Account(platform="discord", space="g", user="1", name="Ann")
BO = Account(platform="discord", space="g", user="2", name="Bo")
ROLE, OTHER, CHANNEL = "role:7", "role:8", "channel:9"
BEHIND = {"lounge": (ROLE, CHANNEL), "vault": (ROLE, OTHER)}
LATER = START + timedelta(hours=1)
STATUSES: tuple[Status, ...] = ("wanted", "giving", "granted", "found", "blocked", "away", "held", "gone")


@pytest.fixture
def seat(store: Store) -> Seat:
    """Ann's; of the two gates each has a role of its own behind it, and they share one."""

    def begin(connection: Connection) -> Seat:
        (found,) = ledger.seats(connection, [ANN]).values()
        for gate, targets in BEHIND.items():
            for kind, _, target in (one.partition(":") for one in targets):
                gates.bind(
                    connection,
                    community=found.community,
                    gate=gate,
                    platform="discord",
                    space="g",
                    kind=kind,
                    target=target,
                    now=START,
                )
        return found

    return store.transact(begin)


@pytest.fixture
def post(store: Store, seat: Seat) -> Callable[..., list[str]]:
    """Decide something for Ann; returns what of it is to be performed, oldest first."""
    numbers = iter(range(1000))

    def decided(effect: GrantAccess | RevokeAccess, *also_open: str) -> list[str]:
        wanted = outbox.Wanted(seat=seat, key=f"k{next(numbers)}", heard=ANN, effect=effect, open=also_open)
        store.transact(outbox.post, [wanted], START)
        query = select(OUTBOX.c.effect, OUTBOX.c.target).where(OUTBOX.c.done_at.is_(None)).order_by(OUTBOX.c.id)
        return store.look(
            lambda connection: [
                f"{type(from_json(GrantAccess | RevokeAccess, effect)).__name__} {target}"
                for effect, target in connection.execute(query)
            ]
        )

    return decided


def perform(store: Store, give: Status = "granted") -> list[Task]:
    """All that waits is done."""

    def work(connection: Connection) -> list[Task]:
        tasks = outbox.claim(connection, LATER, ["discord"], 100, timedelta(minutes=1))
        for task in tasks:
            outbox.finish(connection, task, START, "done", give if isinstance(task.effect, GrantAccess) else "gone")
        return tasks

    return store.transact(work)


def register(store: Store) -> dict[str, Status]:
    return {one.target: one.status for one in store.look(grants.of_community, 1)}


def stand(store: Store, seat: Seat, target: str, status: Status) -> None:
    """Let the register say this of Ann's way into a place."""
    row = {
        "community_id": seat.community,
        "member_id": seat.member,
        "platform": "discord",
        "space": "g",
        "user": "1",
        "target": target,
        "gate": "lounge",
    }
    store.transact(grants.put, [row], status, START)


# ------------------------------------------------------------------ what is performed


def test_what_is_wanted_is_in_the_register_with_all_that_tells_whose_it_is(
    store: Store, seat: Seat, post: Callable[..., list[str]]
) -> None:
    assert post(GrantAccess(gate="lounge")) == [f"GrantAccess {ROLE}", f"GrantAccess {CHANNEL}"]
    role, channel = store.look(grants.of_member, seat.member)
    assert role == grants.Grant(
        member=seat.member,
        name="Ann",
        platform="discord",
        space="g",
        user="1",
        target=ROLE,
        gate="lounge",
        status="wanted",
        why="",
        since=START,
    )
    assert (channel.target, channel.status) == (CHANNEL, "wanted")
    assert store.look(grants.of_member, seat.member + 1) == []
    assert store.look(grants.status, ("discord", ROLE, "1", seat.community)) == "wanted"
    assert store.look(grants.status, ("discord", ROLE, "2", seat.community)) is None


GIVEN_AGAIN: dict[Status, tuple[bool, Status]] = {
    "wanted": (True, "wanted"),
    "giving": (True, "giving"),
    "granted": (True, "granted"),
    "found": (True, "found"),
    "blocked": (True, "wanted"),
    "away": (True, "wanted"),
    "held": (False, "held"),
    "gone": (True, "wanted"),
}
"""What becomes of a grant that is decided again: whether it is performed, and what the register says then."""
TAKEN: dict[Status, tuple[bool, Status | None]] = {
    "wanted": (False, None),
    "giving": (True, "giving"),
    "granted": (True, "granted"),
    "found": (False, None),
    "blocked": (False, None),
    "away": (False, None),
    "held": (False, None),
    "gone": (False, None),
}
"""What becomes of a revocation; None is that the grant is over."""


@pytest.mark.parametrize("status", STATUSES)
def test_what_is_given_again(store: Store, seat: Seat, post: Callable[..., list[str]], status: Status) -> None:
    stand(store, seat, CHANNEL, status)
    performed, then = GIVEN_AGAIN[status]
    assert (f"GrantAccess {CHANNEL}" in post(GrantAccess(gate="lounge"))) is performed
    assert register(store)[CHANNEL] == then


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_is_ours_is_taken(store: Store, seat: Seat, post: Callable[..., list[str]], status: Status) -> None:
    stand(store, seat, CHANNEL, status)
    performed, then = TAKEN[status]
    assert post(RevokeAccess(gate="lounge")) == ([f"RevokeAccess {CHANNEL}"] if performed else [])
    assert register(store).get(CHANNEL) == then


def test_one_place_behind_two_gates_stays_when_one_closes(store: Store, post: Callable[..., list[str]]) -> None:
    post(GrantAccess(gate="lounge"))
    post(GrantAccess(gate="vault"))
    perform(store)
    assert register(store) == {ROLE: "granted", CHANNEL: "granted", OTHER: "granted"}
    assert post(RevokeAccess(gate="lounge"), "vault") == [f"RevokeAccess {CHANNEL}"]
    perform(store)
    assert register(store) == {ROLE: "granted", OTHER: "granted"}
    assert post(RevokeAccess(gate="vault")) == [f"RevokeAccess {ROLE}", f"RevokeAccess {OTHER}"]
    perform(store)
    assert register(store) == {}


def test_what_a_human_took_is_given_when_it_begins_anew_and_not_before(
    store: Store, post: Callable[..., list[str]]
) -> None:
    post(GrantAccess(gate="lounge"))
    perform(store)
    assert store.transact(grants.hold, "discord", ROLE, "1", LATER) == 1
    assert post(GrantAccess(gate="lounge")) == [f"GrantAccess {CHANNEL}"]
    perform(store)
    assert register(store) == {ROLE: "held", CHANNEL: "granted"}
    assert post(RevokeAccess(gate="lounge")) == [f"RevokeAccess {CHANNEL}"]
    assert register(store) == {CHANNEL: "granted"}
    assert post(GrantAccess(gate="lounge")) == [f"GrantAccess {ROLE}", f"GrantAccess {CHANNEL}"]


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_is_there_can_be_held(store: Store, seat: Seat, status: Status) -> None:
    stand(store, seat, ROLE, status)
    there = status in ("giving", "granted", "found")
    assert store.transact(grants.hold, "discord", ROLE, "2", LATER) == 0
    assert store.transact(grants.hold, "discord", ROLE, "1", LATER) == int(there)
    assert register(store).get(ROLE) == ("held" if there else None if status == "gone" else status)


# ------------------------------------------------------------------ who leaves


@pytest.mark.parametrize("status", STATUSES)
def test_roles_go_with_whoever_leaves_and_entries_in_channels_do_not(store: Store, seat: Seat, status: Status) -> None:
    stand(store, seat, ROLE, status)
    stand(store, seat, CHANNEL, status)
    before = None if status == "gone" else status
    store.transact(grants.leave, BO, LATER)
    store.transact(grants.leave, ANN, START - timedelta(seconds=1))  # an old story: they were given it later
    assert register(store).get(ROLE) == before
    store.transact(grants.leave, ANN, LATER)
    assert register(store).get(ROLE) == ("away" if status in ("granted", "found") else before)
    assert register(store).get(CHANNEL) == before


# ------------------------------------------------------------------ human hands


def staff(store: Store) -> None:
    place = update(COMMUNITIES).values(staff=json.dumps({"discord": "g/c"}))
    store.transact(lambda connection: connection.execute(place))


def alerts(store: Store) -> list[Alert]:
    query = select(OUTBOX.c.effect).where(OUTBOX.c.target == "c")
    return store.look(lambda connection: [from_json(Alert, one) for one in connection.scalars(query)])


def given(store: Store, *users: str) -> list[str]:
    return [one.target for one in store.look(removals.given, "discord", "g", users)]


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_was_granted_can_be_missed(store: Store, seat: Seat, status: Status) -> None:
    stand(store, seat, ROLE, status)
    assert given(store, "1", "2") == ([ROLE] if status == "granted" else [])
    assert given(store, "2") == []
    assert store.look(removals.given, "discord", "another", ["1"]) == []


def test_what_is_being_taken_or_given_again_is_not_missed(
    store: Store, seat: Seat, post: Callable[..., list[str]]
) -> None:
    for target in (ROLE, CHANNEL):
        stand(store, seat, target, "granted")
    post(RevokeAccess(gate="vault"))
    assert given(store, "1") == [CHANNEL]
    post(GrantAccess(gate="lounge"))
    assert given(store, "1") == []
    perform(store)
    assert given(store, "1") == [ROLE, CHANNEL]


def test_a_hand_is_noted_once_and_the_staff_told_once(store: Store, seat: Seat) -> None:
    staff(store)
    stand(store, seat, ROLE, "granted")
    (one,) = store.look(removals.given, "discord", "g", ["1"])
    assert (one.member, one.gate, one.since) == (seat.member, "lounge", START)
    assert [store.transact(removals.taken, "g", one, "@Pro", LATER) for _ in range(2)] == [True, False]
    assert register(store) == {ROLE: "held"}
    assert alerts(store) == [Alert(notice="staff_held", values={"place": "@Pro", "gate": "lounge"})]


def test_what_was_given_again_meanwhile_is_not_taken_for_a_hand(store: Store, seat: Seat) -> None:
    staff(store)
    stand(store, seat, ROLE, "granted")
    (one,) = store.look(removals.given, "discord", "g", ["1"])
    store.transact(grants.settle, ("discord", ROLE, "1", seat.community), "granted", LATER)
    assert not store.transact(removals.taken, "g", one, "@Pro", LATER)
    assert register(store) == {ROLE: "granted"}
    assert alerts(store) == []
