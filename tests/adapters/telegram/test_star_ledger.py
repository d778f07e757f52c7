"""What follows from Telegram's books: payloads, terms, dates, and a list that is read on where it ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.adapters.telegram import TelegramAdapter
from bot.adapters.telegram.star_ledger import Entry, Purchase, StarLedger, Ticket, term_of, ticket
from bot.engine.rules import Plan
from bot.sales import months_later
from tests.adapters.telegram.conftest import ANN
from tests.fakes.telegram import FakeTelegram

AT = datetime(2026, 1, 31, 10, tzinfo=UTC)


def test_a_ticket_comes_back_as_it_went_and_fits_an_invoice() -> None:
    longest = Ticket(order="f" * 64, plan="p" * 32, term="u20270101")
    assert ticket(longest.write()) == longest
    assert len(longest.write().encode()) <= 128
    for foreign in ("", "order", "a|b", "a|B|m", "a|b|x", "a|b|m|", "a|b|d", "a|b|m\n", "é|b|m"):
        assert ticket(foreign) is None


@pytest.mark.parametrize(
    ("fields", "gift", "term"),
    [
        ({"period": "month"}, False, "m"),
        ({"period": "month"}, True, "M1"),
        ({"period": "quarter"}, False, "M3"),
        ({"period": "year"}, False, "M12"),
        ({"period": "once", "days": 30}, False, "d30"),
        ({"period": "date", "ends_on": datetime(2027, 1, 1).date()}, False, "u20270101"),  # noqa: DTZ001 - a day
        ({"period": "lifetime"}, False, "l"),
    ],
)
def test_every_period_has_a_term(fields: dict[str, Any], gift: bool, term: str) -> None:
    assert term_of(Plan(name="pro", prices={"xtr": 1}, **fields), gift=gift) == term


@pytest.mark.parametrize(
    ("term", "until"),
    [
        ("d30", AT + timedelta(days=30)),
        ("M1", datetime(2026, 2, 28, 10, tzinfo=UTC)),
        ("M12", datetime(2027, 1, 31, 10, tzinfo=UTC)),
        ("u20270101", datetime(2027, 1, 1, tzinfo=UTC)),
        ("l", None),
    ],
)
def test_a_pass_is_good_to_a_date(term: str, until: datetime | None) -> None:
    assert Ticket(order="o", plan="p", term=term).until([AT]) == until


def test_a_subscription_is_paid_to_thirty_days_after_each_payment_and_an_early_one_loses_nothing() -> None:
    monthly, days = Ticket(order="o", plan="p", term="m"), timedelta(days=1)
    assert monthly.until([AT]) == AT + 30 * days
    assert monthly.until([AT, AT + 29.9 * days]) == AT + 60 * days
    assert monthly.until([AT, AT + 40 * days]) == AT + 70 * days


def test_months_end_on_the_last_day_where_there_is_no_such_day() -> None:
    assert [months_later(AT, n).strftime("%Y-%m-%d") for n in (1, 3, 10, 11, 13)] == [
        "2026-02-28", "2026-04-30", "2026-11-30", "2026-12-31", "2027-02-28"
    ]  # fmt: skip


def entry(charge: str, hours: int, *, back: bool = False, term: str = "d30") -> Entry:
    made = Ticket(order="o", plan="p", term=term)
    return Entry(charge=charge, at=AT + timedelta(hours=hours), stars=5, user=7, ticket=made, back=back)


def test_money_that_went_back_is_in_the_books_and_ends_nothing_by_itself() -> None:
    bought = Purchase(entries=(entry("a", 0), entry("a", 9, back=True)))
    assert (bought.subscription().status, bought.subscription().as_of) == ("active", AT)
    assert bought.moved_at == AT + timedelta(hours=9)
    assert [(at, one.id, one.kind, one.price.amount) for at, one in bought.payments()] == [
        (AT, "stars:a", "charge", 5), (AT + timedelta(hours=9), "stars:a:refund", "refund", 5)
    ]  # fmt: skip
    asked = [("a", False), ("a", True), ("b", False), ("", True)]
    assert [bought.has(charge, back=back) for charge, back in asked] == [True, True, False, True]


async def test_the_list_is_read_on_where_it_ended_and_anew_if_it_is_another(
    telegram: FakeTelegram, adapter: TelegramAdapter
) -> None:
    def sold(number: int) -> None:
        invoice = {"payload": f"o{number}|p|d30", "amount": 1, "period": None}
        telegram._charge(ANN, invoice)

    def asked() -> list[tuple[int, int]]:
        return [(c["offset"], c["limit"]) for name, c in telegram.calls if name == "getStarTransactions"]

    telegram.give_stars(ANN, 1_000)
    for number in range(230):
        sold(number)
    telegram._charge(ANN, {"payload": "of another program", "amount": 1, "period": None})
    ledger = StarLedger(adapter._api.bot)
    await ledger.refresh()
    assert asked() == [(0, 100), (100, 100), (200, 100)]
    sold(230)
    await ledger.refresh()
    assert asked()[3:] == [(230, 1), (231, 100)]
    assert ledger.of("o230") is not None
    assert len(ledger.since(AT)) == 231
    del telegram.transactions[:230]
    await ledger.refresh()
    assert asked()[5:] == [(231, 1), (0, 100)]
    assert [one.ticket.order for one in ledger.since(AT)] == ["o230"]
