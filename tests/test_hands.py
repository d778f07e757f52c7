"""Whose a role is: whatever is bought, lost, tried again, taken and given by hand in between, ours alone is taken back.

A model of the platform knows who gave each role. Moderators give and take as they like; attempts of ours fail before
the deed or after it; processes die; members leave and come back; everything is reconciled now and then.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.app import App
from bot.batch import Parcel
from bot.delivery import HERE, GiveUp, TryAgain
from bot.effects import GrantAccess, RevokeAccess
from bot.engine.rules import Plan, Rules
from bot.events import Account, MemberJoined, MemberLeft, SubscriptionChanged
from bot.sales import Subscription
from bot.storage import gates, members, removals
from bot.storage.grants import GRANTS
from bot.storage.outbox import OUTBOX, Task
from bot.storage.store import Connection, Store
from bot.till import Till
from tests import snapshots
from tests.conftest import START, Clock
from tests.fakes.ports import FakePort

PLANS = {"gold": ("lounge", "vault"), "silver": ("lounge",)}
PEOPLE = ("ann", "bo")
ROLES = ("lounge", "vault", "vault2")
"""Behind the gate `vault` there are two roles."""
RULES = Rules(plans=tuple(Plan(name=name, gates=opened) for name, opened in PLANS.items()))
_scenes = count(1)

Step = tuple[str, str, str]
"""What, to whom, and which: a plan, a role, or how the attempts end."""
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(("buy", "end")), st.sampled_from(PEOPLE), st.sampled_from(tuple(PLANS))),
        st.tuples(st.sampled_from(("give", "take")), st.sampled_from(PEOPLE), st.sampled_from(ROLES)),
        st.tuples(st.sampled_from(("leave", "join")), st.sampled_from(PEOPLE), st.just("")),
        st.tuples(
            st.just("deliver"), st.just(""), st.sampled_from(("well", "well", "well", "before", "after", "killed"))
        ),
        st.tuples(st.sampled_from(("restart", "reconcile")), st.just(""), st.just("")),
    ),
    max_size=30,
)


class KilledError(BaseException):
    """The process is gone in the middle of an attempt."""


class Platform(FakePort):
    """Who has which role, and who gave it: "us" or "hand"."""

    def __init__(self, space: str, here: set[str]) -> None:
        super().__init__("discord")
        self.space = space
        self.here = here
        self.roles: dict[tuple[str, str], str] = {}
        self.moves: dict[tuple[str, str], int] = {}
        self.robbed: list[tuple[str, str]] = []
        self.mood = "well"

    async def holds(self, task: Task) -> bool:
        """Whether the account has the role."""
        return (task.account.user, task.target) in self.roles

    async def perform(self, task: Task) -> None:
        """Give or take; fail as told."""
        if task.account.space != self.space or not isinstance(task.effect, GrantAccess | RevokeAccess):
            return
        if self.mood == "before":
            raise TryAgain("not now")
        if task.account.user not in self.here:
            raise GiveUp("they are not here", away=True)
        place = task.account.user, task.target
        if isinstance(task.effect, GrantAccess):
            self._move(place, place not in self.roles)
            self.roles.setdefault(place, "us")
        else:
            self._move(place, place in self.roles)
            if self.roles.pop(place, "us") == "hand":
                self.robbed.append(place)
        if self.mood == "after":
            raise TryAgain("the answer was lost")
        if self.mood == "killed":
            raise KilledError

    async def held(self, space: str, targets: Sequence[str]) -> dict[str, set[str]] | None:
        """Who has each role, and who is here."""
        if space != self.space:
            return None
        have = {target: {user for user, role in self.roles if role == target} for target in targets if target != HERE}
        return {HERE: set(self.here), **have}

    def _move(self, place: tuple[str, str], moves: bool) -> None:
        self.moves[place] = self.moves.get(place, 0) + moves


class Story:
    """One community, lived through step by step."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.space = f"hands-{next(_scenes)}"
        self.store, self.clock = store, clock
        self.here = set(PEOPLE)
        self.port = Platform(self.space, self.here)
        self.bought: dict[tuple[str, str], bool] = {}
        self.allowed: dict[tuple[str, str], int] = {}
        """How many moves each role may make: one for each true change."""
        self.taken: set[tuple[str, str]] = set()
        """What a moderator took since it was last bought anew."""
        self.keys = count()
        self._restart()
        self.community = store.transact(self._found)
        for user in PEOPLE:
            self._tell(MemberJoined(key=self._key(), at=self.clock(), who=self._account(user)))

    def _found(self, connection: Connection) -> int:
        community = members.see_channels(connection, "discord", self._account(""), [])
        for gate, role in (("lounge", "lounge"), ("vault", "vault"), ("vault", "vault2")):
            gates.bind(
                connection,
                community=community,
                gate=gate,
                platform="discord",
                space=self.space,
                kind="role",
                target=f"{role}-{self.space}",
                now=START,
            )
        return community

    def _restart(self) -> None:
        self.app = App(self.store, RULES, [self.port], clock=self.clock)

    def _key(self) -> str:
        return f"{self.space}:{next(self.keys)}"

    def _account(self, user: str) -> Account:
        return Account(platform="discord", space=self.space, user=user)

    def _place(self, user: str, role: str) -> tuple[str, str]:
        return user, f"role:{role}-{self.space}"

    def _tell(self, event: MemberJoined | MemberLeft | SubscriptionChanged) -> None:
        self.app.handle([Parcel(events=(event,))])

    def entitled(self, user: str) -> set[tuple[str, str]]:
        """The roles that a member's purchases open."""
        opened = {gate for (who, plan), live in self.bought.items() if live and who == user for gate in PLANS[plan]}
        return {self._place(user, role) for role in ROLES if role.rstrip("2") in opened}

    def doubtful(self, place: tuple[str, str]) -> bool:
        """Whether something of ours was begun at a place, or waits there, so that nobody can know whose a role is."""
        user, target = place
        c, g = OUTBOX.c, GRANTS.c
        waits = select(c.id).where(c.user == user, c.target == target, c.done_at.is_(None))
        begun = select(g.id).where(g.user == user, g.target == target, g.status == "giving")

        def ask(connection: Connection) -> bool:
            return bool(connection.execute(waits).first() or connection.execute(begun).first())

        return self.store.look(ask)

    # ------------------------------------------------------------------ steps

    def take(self, step: Step) -> None:
        """One step; what makes no sense just now is left out."""
        what, user, which = step
        self.clock.advance(minutes=1)
        match what:
            case "buy" | "end":
                self._sell(user, which, live=what == "buy")
            case "give" if user in self.here and not self.doubtful(self._place(user, which)):
                self.port.roles.setdefault(self._place(user, which), "hand")
            case "take" if user in self.here and not self.doubtful(self._place(user, which)):
                self._take_away(self._place(user, which))
            case "leave" if user in self.here:
                self.here.remove(user)
                self.port.roles = {place: by for place, by in self.port.roles.items() if place[0] != user}
                self._tell(MemberLeft(key=self._key(), at=self.clock(), who=self._account(user)))
            case "join" if user not in self.here:
                self.here.add(user)
                for place in self.entitled(user):
                    self.allowed[place] = self.allowed.get(place, 0) + 1
                self._tell(MemberJoined(key=self._key(), at=self.clock(), who=self._account(user)))
            case "deliver":
                self.deliver(which)
            case "restart":
                self._restart()
            case "reconcile":
                asyncio.run(Till(self.app).reconcile(self.clock(), community=self.community, force=True))
            case _:
                pass

    def _sell(self, user: str, plan: str, *, live: bool) -> None:
        before = self.entitled(user)
        self.bought[user, plan] = live
        now = self.clock()
        one = Subscription(
            id=f"sandbox:{self.space}:{user}:{plan}",
            plan=plan,
            status="active" if live else "ended",
            since=START,
            as_of=now,
            until=now + timedelta(days=9_999),
        )
        for place in before ^ self.entitled(user):
            self.allowed[place] = self.allowed.get(place, 0) + 1
            self.taken.discard(place)
        self._tell(SubscriptionChanged(key=self._key(), at=now, who=self._account(user), subscription=one))

    def _take_away(self, place: tuple[str, str]) -> None:
        """A moderator takes a role; the adapter notices, as `bot/adapters/discord/hands.py` does."""
        if self.port.roles.pop(place, None) is None:
            return
        user, target = place
        theirs = self.store.look(removals.given, "discord", self.space, [user])
        for one in [one for one in theirs if one.target == target]:
            assert self.store.transact(removals.taken, self.space, one, "the role", self.clock())
            self.taken.add(place)

    def deliver(self, mood: str) -> None:
        """The outbox is looked into, and the platform is in some mood."""
        self.port.mood = mood
        try:
            asyncio.run(self.app.deliver(self.clock()))
        except KilledError:
            self.clock.advance(minutes=2)  # the lease runs out
            self._restart()

    def settle(self) -> None:
        """Everything works again, and is reconciled."""
        for _ in range(2):
            for _ in range(10):
                self.clock.advance(hours=1)
                self.deliver("well")
            self.take(("reconcile", "", ""))


on_a_database = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
WELL = ("deliver", "", "well")


@on_a_database
@given(script=steps)
@example(script=[("give", "ann", "lounge"), ("buy", "ann", "gold"), WELL, ("end", "ann", "gold"), WELL])
@example(
    script=[("buy", "ann", "gold"), WELL, ("take", "ann", "vault"), ("give", "ann", "vault"), ("end", "ann", "gold")]
)
@example(
    script=[("buy", "ann", "gold"), WELL, ("leave", "ann", ""), ("join", "ann", ""), WELL, ("end", "ann", "gold"), WELL]
)
@example(script=[("buy", "ann", "gold"), ("deliver", "", "killed"), ("leave", "ann", ""), ("join", "ann", ""), WELL])
def test_no_role_that_a_hand_gave_is_ever_taken(store: Store, clock: Clock, script: list[Step]) -> None:
    story = Story(store, clock)
    for step in script:
        story.take(step)
        assert story.port.robbed == []
    story.settle()
    assert story.port.robbed == []
    roles = story.port.roles
    for user in story.here:
        for role in ROLES:
            place = story._place(user, role)
            if place in story.entitled(user):
                assert place in roles or place in story.taken
            else:
                assert roles.get(place, "hand") == "hand"
    for place, moves in story.port.moves.items():
        assert moves <= story.allowed.get(place, 0)
    states = store.look(snapshots.states, story.space)
    assert {user: len(state.access.open) for user, state in states.items()} == {
        user: len({gate for (who, plan), live in story.bought.items() if live and who == user for gate in PLANS[plan]})
        for user in PEOPLE
    }


@pytest.mark.parametrize("mood", ["well", "before", "after", "killed"])
def test_what_is_bought_is_given_once_however_the_first_attempt_ends(store: Store, clock: Clock, mood: str) -> None:
    story = Story(store, clock)
    story.take(("buy", "ann", "silver"))
    story.take(("deliver", "", mood))
    story.settle()
    place = story._place("ann", "lounge")
    assert story.port.roles == {place: "us"}
    assert story.port.moves == {place: 1}
    story.take(("end", "ann", "silver"))
    story.take(("deliver", "", mood))
    story.settle()
    assert story.port.roles == {}
    assert story.port.moves == {place: 2}
