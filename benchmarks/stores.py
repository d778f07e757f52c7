"""Databases to measure on: a community already known, and the application on top of it."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.app import MOST, App
from bot.batch import Parcel
from bot.engine.rules import Rules, read_rules
from bot.events import Event
from bot.storage.store import Store

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
def application() -> Iterator[App]:
    """An application on an empty SQLite database, WAL and synchronous FULL as always."""
    with folder() as place:
        store = Store(f"sqlite:///{place}/lyceum.db")
        store.open()
        try:
            yield App(store, shipped())
        finally:
            store.close()


def hear(app: App, events: Sequence[Event], group: int = MOST) -> None:
    """Hand in events in transactions of `group`."""
    for first in range(0, len(events), group):
        app.handle([Parcel(events=tuple(events[first : first + group]))])
