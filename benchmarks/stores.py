"""Databases to measure on: a community already known, and the application on top of it."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from benchmarks.traffic import START
from bot.app import GROUP, App
from bot.batch import Parcel
from bot.engine.levels import level_of
from bot.engine.rules import Rules, read_rules
from bot.events import Event
from bot.state import Access, Engagement, MemberState, Standing
from bot.storage import ledger
from bot.storage.store import Connection, Store

RULES = Path(__file__).parent.parent / "config" / "rules.toml"


def shipped() -> Rules:
    """The rules as shipped."""
    return read_rules(RULES.read_bytes())


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that goes away."""
    made = Path(tempfile.mkdtemp(prefix="lyceum-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


@contextmanager
def application(known: Sequence[Event] = ()) -> Iterator[App]:
    """An application on a SQLite database, WAL and synchronous FULL as always, with a community that has been going on.

    `known` are messages of its members, one of each: they are at level 9 or 10 then, as the peer's are.
    """
    with folder() as place:
        store = Store(f"sqlite:///{place}/lyceum.db")
        store.open()
        try:
            app = App(store, shipped())
            hear(app, known)
            store.transact(_grow_up, app.rules)
            yield App(store, app.rules)
        finally:
            store.close()


def _grow_up(connection: Connection, rules: Rules) -> None:
    grown = {}
    for member in connection.scalars(select(ledger.MEMBERS.c.id)):
        points = 3_720 + member * 7_919 % 1_500
        level = level_of(points, rules.levels)
        state = MemberState(
            engagement=Engagement(points=points, messages=points // 20, first_at=START, last_at=START),
            standing=Standing(level=level, announced=level),
            access=Access(open=tuple([gate.name for gate in rules.gates])),
        )
        grown[member] = state
    ledger.keep(connection, grown)


def hear(app: App, events: Sequence[Event], group: int = GROUP) -> None:
    """Hand in events in transactions of `group`."""
    for first in range(0, len(events), group):
        app.handle([Parcel(events=tuple(events[first : first + group]))])
