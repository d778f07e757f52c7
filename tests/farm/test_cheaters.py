"""The farm corpus through the real application under the rules as shipped: cheating does not pay."""

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bot.app import App
from bot.batch import Parcel
from bot.engine.rules import Rules, read_rules
from bot.events import Event
from bot.storage.ledger import ACCOUNTS, MEMBERS
from bot.storage.store import Store
from tests.conftest import ROOT
from tests.farm.schemes import COUNT, SCHEMES, Scheme, honest

SHARE = 0.1
"""Of what an honest member earns, what a cheater earns at most."""
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An application for all of them; each has a guild of its own."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('farm')}/lyceum.db")
    store.open(upgrade=True)
    yield App(store, shipped_rules())
    store.close()


def shipped_rules() -> Rules:
    return read_rules((ROOT / "config" / "rules.toml").read_bytes())


def earned(app: App, events: list[Event]) -> dict[str, int]:
    """The points of each member of the guild that these events are from, when they have been told; by name."""
    guild = next(event.who.space for event in events if hasattr(event.who, "space"))
    app.handle([Parcel(events=tuple(events))])
    with app.store.engine.connect() as connection:
        query = select(ACCOUNTS.c.name, MEMBERS.c.points).join(MEMBERS, MEMBERS.c.id == ACCOUNTS.c.member_id)
        return dict(connection.execute(query.where(ACCOUNTS.c.space == guild)).all())


@pytest.fixture(scope="module")
def fair(farm: App) -> int:
    """What the honest member earns."""
    return earned(farm, honest(random.Random(0)))["honest"]


def test_the_honest_member_earns_what_the_cooldown_and_the_cap_leave(fair: int) -> None:
    assert COUNT == 240
    assert 2_000 < fair <= 4_000  # two days with a cap of 2,000 each


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.__name__)
def test_a_cheater_earns_a_tenth_of_an_honest_member_at_most(farm: App, fair: int, scheme: Scheme) -> None:
    got = earned(farm, scheme(random.Random(1)))
    assert max(got.values()) <= SHARE * fair, got
