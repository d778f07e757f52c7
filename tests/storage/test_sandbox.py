"""The sandbox's books, on both databases."""

from datetime import timedelta

from bot.storage import sandbox
from bot.storage.store import Store
from tests.conftest import START

DAY = timedelta(days=1)


def put(store: Store, name: str, *, member: int = 1, due: int | None = None, data: str = "{}", day: int = 0) -> None:
    store.transact(
        sandbox.put,
        external=name,
        community=1,
        member=member,
        data=data,
        due_at=None if due is None else START + due * DAY,
        changed_at=START + day * DAY,
    )


def test_a_purchase_is_kept_once_and_stays_whose_it_is(store: Store) -> None:
    assert store.look(sandbox.find, "a") is None
    put(store, "a", data='{"n":1}')
    put(store, "a", member=2, data='{"n":2}')
    assert store.look(sandbox.find, "a") == '{"n":2}'
    assert store.look(sandbox.of_member, 1, 1) == ['{"n":2}']
    assert store.look(sandbox.of_member, 1, 2) == []


def test_purchases_are_found_by_whoever_made_one_of_them(store: Store) -> None:
    for name, member in (("a", 1), ("b", 2), ("c", 1)):
        put(store, name, member=member, data=f'"{name}"')
    assert store.look(sandbox.of_buyer, "c") == ['"a"', '"c"']
    assert store.look(sandbox.of_buyer, "b") == ['"b"']
    assert store.look(sandbox.of_buyer, "none") == []


def test_what_is_due_comes_in_the_order_of_its_time(store: Store) -> None:
    assert store.look(sandbox.next_due) is None
    for name, due in (("late", 3), ("never", None), ("soon", 1), ("then", 2)):
        put(store, name, due=due)
    assert store.look(sandbox.next_due) == START + DAY
    assert store.look(sandbox.due, START) == []
    assert store.look(sandbox.due, START + 2 * DAY) == ["soon", "then"]
    put(store, "soon", due=None)
    assert store.look(sandbox.next_due) == START + 2 * DAY


def test_what_changed_since_is_read_on_page_by_page(store: Store) -> None:
    for day, name in enumerate("abcd"):
        put(store, name, data=f'"{name}"', day=day)
    first = store.look(sandbox.changed, START + DAY, 0, 2)
    assert [data for _, data in first] == ['"b"', '"c"']
    rest = store.look(sandbox.changed, START + DAY, first[-1][0], 2)
    assert [data for _, data in rest] == ['"d"']
    put(store, "a", data='"a"', day=9)
    assert [data for _, data in store.look(sandbox.changed, START + 9 * DAY, 0, 9)] == ['"a"']
