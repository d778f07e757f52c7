"""What is rare in the ledger is found without looking through all of it."""

from typing import Any

import pytest
from sqlalchemy import event

from bot.engine.purse import BOUGHT
from bot.storage import adjustments, market
from bot.storage.hands import WAYS
from bot.storage.store import Store
from bot.storage.tables import RARE
from tests.conftest import START


def test_the_rare_lines_are_purchases_and_changes_by_hand() -> None:
    assert RARE.text == f"way IN {(BOUGHT, *WAYS)!r}"


@pytest.mark.one_database
def test_the_shop_and_the_list_of_changes_use_the_index_of_what_is_rare(store: Store) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, parameters, context, many: asked.append((statement, parameters)),
    )
    with store.engine.connect() as connection:
        market.sold(connection, 1)
        market.purchases(connection, 1, item="vip", since=START)
        adjustments.changes(connection, 1)
        adjustments.concerned(connection, 1, "x")
        plans = [
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in [one for one in asked if one[0].startswith("SELECT")]
        ]
    assert [any("ix_entries_rare" in step for step in plan) for plan in plans] == [True] * 4
