"""One community through anything that may happen, against the plain model: repeats, crashes, a re-told past, erasures.

The platform's stream is the same for ever; what was handed in and not committed is lost in a crash, and the stream is
then told again from a little before the durable cursor, as an adapter does.
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.app import App
from bot.batch import Parcel
from bot.engine.rules import Rules
from bot.events import Account, Author, Event, MessageDeleted, MessagePosted, reaction
from bot.storage import inbox, members
from bot.storage.store import Store
from bot.text import Features
from tests import snapshots
from tests.conftest import Clock
from tests.oracle import Oracle
from tests.strategies import FIRST, MEMBERS

_spaces = count(1)
OVERLAP = 5


class Community(RuleBasedStateMachine):
    """Few members, few messages, ten days."""

    store: Store
    rules_: Rules

    def __init__(self) -> None:
        super().__init__()
        self.space = f"machine-{next(_spaces)}"
        self.clock = Clock(FIRST + timedelta(days=20))
        self.app = self._start()
        self.stream: list[Event] = []
        self.waiting: list[tuple[int, Event]] = []
        self.durable = 0
        self.oracle = Oracle()
        self.forgotten: dict[str, object] = {}
        self.messages: list[str] = []

    def _start(self) -> App:
        return App(self.store, self.rules_, clock=self.clock)

    def _account(self, user: str) -> Account:
        return Account(platform="discord", space=self.space, user=user, name=user)

    def _tell(self, *events: Event) -> None:
        for event in events:
            self.stream.append(event)
            self.waiting.append((len(self.stream), event))

    # ------------------------------------------------------------------ what happens there

    @rule(user=st.sampled_from(MEMBERS), day=st.integers(0, 9))
    def write(self, user: str, day: int) -> None:
        """A member writes; days are out of order, as when two channels are read one after the other."""
        key = f"{self.space}:{len(self.messages)}"
        self.messages.append(key)
        who, at = self._account(user), FIRST + timedelta(days=day)
        self._tell(MessagePosted(key=key, at=at, who=who, channel="c", text=Features()))

    @precondition(lambda self: self.messages)
    @rule(pick=st.integers(0, 7))
    def delete(self, pick: int) -> None:
        """One of the last messages goes."""
        of = self.messages[-1 - pick % len(self.messages)]
        self._tell(MessageDeleted(key=f"{of}:deleted", at=FIRST + timedelta(days=10), who=Author(of=of), of=of))

    @precondition(lambda self: self.messages)
    @rule(user=st.sampled_from(MEMBERS), pick=st.integers(0, 3), given=st.booleans())
    def react(self, user: str, pick: int, given: bool) -> None:
        """Somebody reacts, or takes it back if they had."""
        of = self.messages[-1 - pick % len(self.messages)]
        at = FIRST + timedelta(days=10)
        if not given and not any(e.key.startswith(f"{of}:reaction") for e in self.stream):
            return
        self._tell(*reaction(giver=self._account(user), of=of, emoji="👍", at=at, given=True))
        if not given:
            self._tell(*reaction(giver=self._account(user), of=of, emoji="👍", at=at, given=False))

    @precondition(lambda self: self.stream)
    @rule(pick=st.integers(0, 30))
    def repeat(self, pick: int) -> None:
        """The platform says something again."""
        if pick < len(self.stream):
            self._tell(self.stream[pick])

    # ------------------------------------------------------------------ what happens here

    @rule(pieces=st.integers(1, 3))
    def commit(self, pieces: int) -> None:
        """What waits is committed, in some batches."""
        size = max(-(-len(self.waiting) // pieces), 1)
        while self.waiting:
            batch, self.waiting = self.waiting[:size], self.waiting[size:]
            mark = f"stream:{self.space}"
            self.app.handle([Parcel(events=(event,), marks={mark: position}) for position, event in batch])
            self._heard(batch)

    def _heard(self, batch: list[tuple[int, Event]]) -> None:
        for position, event in batch:
            self.durable = max(self.durable, position)
            user = event.who.user if isinstance(event.who, Account) else self.oracle.seen.get(event.who.of, "")
            if user not in self.forgotten:
                self.oracle.feed([event])

    @rule()
    def crash(self) -> None:
        """Nothing is flushed; the next life asks the database how far it was, and hears some of it again."""
        self.app = self._start()
        durable = self.store.look(inbox.cursor, f"stream:{self.space}") or 0
        assert durable == self.durable
        first = max(durable - OVERLAP, 0)
        self.waiting = [(first + 1 + n, event) for n, event in enumerate(self.stream[first:])]

    @rule(hours=st.sampled_from([-24, -1, 1, 24]))
    def jump(self, hours: int) -> None:
        """The clock of the machine jumps: nothing depends on it."""
        self.clock.advance(hours=hours)

    @rule(user=st.sampled_from(MEMBERS))
    def forget(self, user: str) -> None:
        """A member has everything erased; what they did before is not taken in again, however often it is told."""
        self.commit(1)
        found = self.store.look(_find(self.space, user))
        if found is None:
            return
        self.app._forget(found.community, found.member, FIRST + timedelta(days=11))
        self.forgotten[user] = True
        for key in [key for key, whose in self.oracle.seen.items() if whose == user]:
            del self.oracle.seen[key]

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        """After every step, whoever is known."""
        expected = {user: row for user, row in self.oracle.rows().items() if user not in self.forgotten}
        stored = self.store.look(snapshots.states, self.space)
        shown = {
            user: (
                state.engagement.points,
                state.engagement.messages,
                state.engagement.reactions_given,
                state.engagement.reactions_received,
                state.standing.level,
            )
            for user, state in stored.items()
        }
        assert {user: row for user, row in shown.items() if user not in self.forgotten and any(row)} == {
            user: row for user, row in expected.items() if any(row)
        }
        assert all(shown[user] == (0, 0, 0, 0, 0) for user in self.forgotten if user in shown)


def _find(space: str, user: str) -> Callable[..., members.Profile | None]:
    def find(connection: object) -> members.Profile | None:
        number = members.see_channels(connection, "discord", Account(platform="discord", space=space, user=""), [])  # type: ignore[arg-type]
        return members.find(connection, number, "discord", user)  # type: ignore[arg-type]

    return find


@pytest.mark.slow
@pytest.mark.uncounted
def test_a_community_comes_through_anything(store: Store, rules: Rules) -> None:
    class Here(Community):
        pass

    Here.store, Here.rules_ = store, rules
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
