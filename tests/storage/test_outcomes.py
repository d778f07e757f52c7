"""What members did after an exposure: the window begins after it and ends in time, and the past is older than it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import pytest
from sqlalchemy import insert

from bot.app import App
from bot.engine.rules import MembershipRules, Rules
from bot.events import Account, Complained, MessagePosted, member_account
from bot.sales import Payment, Price
from bot.storage import outcomes, sales
from bot.storage.entries import DAYS
from bot.storage.ledger import Seat
from bot.storage.outcomes import OUTCOMES, STUDIES, Exposures, Window
from bot.storage.store import Connection, Store
from bot.text import features
from tests.conftest import START

DAY = timedelta(days=1)
SHOWN: Exposures = {1: START, 2: START + 5 * DAY, 3: START}
BOOKS = Rules(membership=MembershipRules(currency="usd", rates={"cny": 0.14, "xtr": 0.013}))
Look = Callable[..., dict[int, float]]


def days(connection: Connection, *rows: tuple[int, int]) -> None:
    """(member, how many days after START) that they were active."""
    first = START.toordinal()
    values = [{"community_id": 1, "member_id": one, "day": first + day, "points": 0, "quality": 0} for one, day in rows]
    connection.execute(insert(DAYS).values(data="{}"), values)


def money(
    connection: Connection, *rows: tuple[int, float, Literal["charge", "refund", "dispute"], int, str, str]
) -> None:
    """(member, days after START, kind, amount, currency, subscription)."""
    booked = []
    for number, (member, day, kind, amount, currency, subscription) in enumerate(rows):
        one = Payment(
            id=f"p{number}", kind=kind, subscription=subscription, plan="pro",
            price=Price(amount=amount, currency=currency),
        )  # fmt: skip
        booked.append((Seat(member=member, community=1), START + day * DAY, one))
    sales.book(connection, booked)


@pytest.fixture
def look(store: Store) -> Look:
    """An outcome of everybody who was shown something, so many days after."""

    def ask(name: str, days_: int = 7) -> dict[int, float]:
        return store.look(lambda connection: OUTCOMES[name].look(Window(connection, 1, SHOWN, days_, BOOKS)))

    return ask


def test_the_day_of_the_exposure_is_neither_before_nor_after(store: Store, look: Look) -> None:
    store.transact(days, (1, 0), (1, 7), (1, 8), (2, 5), (2, 4), (2, 13), (3, 1), (3, 3), (9, 2))
    assert look("active") == {1: 1.0, 3: 1.0}
    assert look("days") == {1: 1.0, 3: 2.0}
    assert look("active", 8) == {1: 1.0, 2: 1.0, 3: 1.0}
    assert store.look(lambda connection: outcomes.before(Window(connection, 1, SHOWN, 7))) == {2: 1 / 28}


def test_the_past_is_of_28_days(store: Store) -> None:
    store.transact(days, *[(1, -day) for day in range(40)])
    assert store.look(lambda connection: outcomes.before(Window(connection, 1, SHOWN, 7))) == {1: 1.0}


def test_another_communitys_days_do_not_count(store: Store) -> None:
    store.transact(days, (1, 1))
    found = store.look(lambda connection: OUTCOMES["active"].look(Window(connection, 2, SHOWN, 7)))
    assert found == {}


def test_money_counts_from_the_instant_to_the_end_of_the_window(store: Store, look: Look) -> None:
    store.transact(
        money,
        (1, -10.0, "charge", 1000, "usd", "old"),
        (1, 0.0, "charge", 1000, "usd", "at once"),  # not after it
        (1, 6.9, "charge", 1000, "usd", "old"),
        (2, 5.1, "charge", 5000, "cny", "new"),
        (2, 5.2, "refund", 2000, "cny", "new"),
        (2, 5.3, "charge", 700, "eur", "other"),  # no rate is known
        (3, 6.8, "charge", 500, "xtr", "stars"),  # of which one is 1.3 cents, not a hundredth of that
        (3, 7.1, "charge", 1000, "usd", "late"),
    )
    assert look("paid") == {1: 1.0, 2: 1.0, 3: 1.0}
    assert look("renewed") == {1: 1.0}
    assert look("revenue") == {1: 1000.0, 2: pytest.approx(420.0), 3: pytest.approx(650.0)}


def test_a_free_trial_is_no_payment(store: Store, look: Look) -> None:
    store.transact(money, (1, 1.0, "charge", 0, "usd", "trial"))
    assert look("paid") == {}


def test_lessons_count_when_they_are_finished(store: Store, look: Look) -> None:
    def write(connection: Connection, member: int, at: datetime) -> None:
        row = {"community_id": 1, "member_id": member, "content_id": member, "shown": 1, "liked": False, "stars": 0}
        connection.execute(insert(STUDIES).values(**row, finished_at=at))

    store.transact(write, 1, START + DAY)
    store.transact(write, 2, START + DAY)
    assert look("finished") == {1: 1.0}


def test_nobody_at_all_is_asked_about_without_a_question(store: Store) -> None:
    def ask(connection: Connection) -> list[dict[int, float]]:
        return [one.look(Window(connection, 1, {}, 7, BOOKS)) for one in OUTCOMES.values()]

    assert store.look(ask) == [{}] * len(OUTCOMES)
    assert store.look(lambda connection: outcomes.harmed(Window(connection, 1, {}, 7))) == set()


@pytest.mark.one_database
async def test_harm_is_a_refund_or_a_complaint_in_the_window(app: App, store: Store) -> None:
    people = [Account(platform="playground", space="s", user=user, name=user) for user in ("ann", "bo", "cy")]
    await app.submit(
        [MessagePosted(key=one.user, at=START, who=one, channel="c", text=features("hi")) for one in people]
    )
    await app.store.write(money, (1, 1.0, "refund", 100, "usd", "s"), (2, 13.0, "dispute", 100, "usd", "s"))
    await app.submit([Complained(key="c", at=START + DAY, who=member_account(1, 3))])
    assert store.look(lambda connection: outcomes.harmed(Window(connection, 1, SHOWN, 7))) == {1, 3}
    assert store.look(lambda connection: outcomes.harmed(Window(connection, 1, SHOWN, 8))) == {1, 2, 3}
