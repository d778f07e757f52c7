"""The kept order of a large community gives the ranks that counting gives, and is read anew when it is old."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.events import Account
from bot.storage import bulk, ledger
from bot.storage.boards import Board, place
from bot.storage.ledger import MEMBERS
from bot.storage.ranks import AGE, SMALL, Ranks
from bot.storage.store import Connection, Store
from tests.conftest import Clock

START = datetime(2026, 11, 1, tzinfo=UTC)
BOARD = Board(community=1)


def fill(connection: Connection, size: int) -> None:
    """`size` members with 0, 1, 1, 2, 2, 3, … points; every seventh is hidden."""
    who = Account(platform="discord", space="1", user="0", name="Member")
    community = ledger.communities(connection, [who])["discord", "1"]
    columns = ("community_id", "name", "locale", "points", "quality", "level", "here", "listed", "alias", "state")
    rows = [(community, f"Member {n}", "", (n + 1) // 2, 0, 0, True, n % 7 != 0, "", "{}") for n in range(size)]
    bulk.insert(connection, MEMBERS, columns, rows)


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.mark.parametrize("size", [50, 2 * SMALL + 100])
def test_a_kept_order_gives_the_ranks_that_counting_gives(store: Store, clock: Clock, size: int) -> None:
    store.transact(fill, size)
    ranks = Ranks(clock)
    for member in (1, 2, 3, 8, 9, size // 2, size - 1, size):
        assert store.look(ranks.place, BOARD, member) == store.look(place, BOARD, member), member


def test_the_order_of_many_is_at_most_so_old_and_that_of_a_few_is_never(store: Store, clock: Clock) -> None:
    store.transact(fill, 2 * SMALL + 100)
    ranks = Ranks(clock)
    before = store.look(ranks.place, BOARD, 3)
    store.transact(lambda connection: connection.execute(update(MEMBERS).where(MEMBERS.c.id == 2).values(points=10**9)))
    mine, kept = store.look(ranks.place, BOARD, 2), store.look(ranks.place, BOARD, 3)
    assert mine is not None
    assert (mine.rank, mine.points) == (1, 10**9)  # one's own points are never old
    assert kept == before
    clock.now += AGE
    after = store.look(ranks.place, BOARD, 3)
    assert after == store.look(place, BOARD, 3)
    assert before is not None
    assert after is not None
    assert after.rank == before.rank + 1


def test_a_clock_set_back_does_not_keep_an_order_for_longer(store: Store, clock: Clock) -> None:
    store.transact(fill, 2 * SMALL + 100)
    ranks = Ranks(clock)
    store.look(ranks.place, BOARD, 3)
    clock.now -= timedelta(days=1)
    store.transact(lambda connection: connection.execute(update(MEMBERS).where(MEMBERS.c.id == 2).values(points=10**9)))
    assert store.look(ranks.place, BOARD, 3) == store.look(place, BOARD, 3)
