"""What Stripe's objects mean where no fake gets to: payments that come late, what older or stranger things say."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from bot.adapters.stripe.truth import of_session, of_subscription, payments
from bot.adapters.stripe.wire import Bill, Charge, Checkout, Dispute, Recurrence, moment
from bot.payments import Unable
from tests.adapters.stripe.conftest import DAY

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
MONTH = 30 * 86400
META = {"lyceum_order": "order1", "lyceum_plan": "pass", "lyceum_term": "days:30"}


def session(**content: Any) -> Checkout:
    given = {
        "id": "cs_test_1", "mode": "payment", "status": "complete", "payment_status": "paid", "created": AT,
        "currency": "usd", "amount_total": 5000, "metadata": META,
    }  # fmt: skip
    return msgspec.convert(given | content, Checkout)


def charge(**content: Any) -> dict[str, Any]:
    return {"id": "ch_1", "amount": 5000, "currency": "usd", "created": AT, "payment_intent": "pi_1"} | content


def refund(number: int, **content: Any) -> dict[str, Any]:
    return {"id": f"re_{number}", "amount": 1000, "currency": "usd", "created": AT} | content


def paid_by(**content: Any) -> dict[str, Any]:
    return {"id": "pi_1", "status": "succeeded", "latest_charge": charge(**content)}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"payment_intent": paid_by()}, "active"),
        ({"payment_status": "no_payment_required"}, "active"),
        ({"payment_status": "unpaid", "payment_intent": {"id": "pi_1", "status": "processing"}}, "pending"),
        ({"payment_status": "unpaid", "payment_intent": {"id": "pi_1", "status": "requires_payment_method"}}, "ended"),
        ({"payment_status": "unpaid", "payment_intent": "pi_1"}, "pending"),
        ({"payment_intent": paid_by(refunded=True)}, "refunded"),
        (
            {"payment_intent": paid_by(refunds={"data": [refund(1, metadata={"lyceum_ends": "yes"})]})},
            "refunded",
        ),
        (
            {
                "payment_intent": paid_by(
                    refunds={"data": [refund(1, status="failed", metadata={"lyceum_ends": "yes"})]}
                )
            },
            "active",
        ),
        ({"metadata": {**META, "lyceum_ended": str(AT + 5)}}, "ended"),
    ],
)
def test_a_session(content: dict[str, Any], status: str) -> None:
    truth = of_session(session(**content), {}, NOW)
    assert truth is not None
    assert truth.subscription.status == status


@pytest.mark.parametrize(
    "content",
    [
        {"status": "open"},
        {"status": "expired"},
        {"mode": "setup"},
        {"metadata": {"shop": "another"}},
        {"metadata": None},
    ],
)
def test_what_is_no_purchase_of_ours(content: dict[str, Any]) -> None:
    assert of_session(session(**content), {}, NOW) is None


def subscription(**content: Any) -> Recurrence:
    item = {
        "id": "si_1", "quantity": 2, "current_period_start": AT, "current_period_end": AT + MONTH,
        "price": {"id": "price_1", "currency": "eur", "unit_amount": 700, "recurring": {"interval": "month"}},
    }  # fmt: skip
    given = {
        "id": "sub_1", "status": "active", "created": AT, "items": {"data": [item]}, "customer": "cus_1",
        "metadata": {"lyceum_plan": "gold"},
    }  # fmt: skip
    return msgspec.convert(given | content, Recurrence)


def bill(start: int, status: str, **content: Any) -> Bill:
    line = {
        "period": {"start": start, "end": start + MONTH},
        "parent": {"subscription_item_details": {"proration": False}},
    }
    given = {"created": start, "currency": "eur", "status": status, "total": 1400, "lines": {"data": [line]}}
    return msgspec.convert(given | content, Bill)


@pytest.mark.parametrize(
    ("status", "ours", "until"),
    [
        ("incomplete", "pending", AT),
        ("incomplete_expired", "ended", AT),
        ("active", "active", AT + MONTH),
        ("past_due", "past_due", AT),
        ("unpaid", "past_due", AT),
        ("canceled", "ended", AT + MONTH),
        ("paused", "paused", AT),
    ],
)
def test_every_status(status: str, ours: str, until: int) -> None:
    told = of_subscription(subscription(status=status), [], [], {}, NOW, "").subscription
    assert (told.status, told.until) == (ours, moment(until))
    assert (told.price.amount, told.price.currency, told.plan) == (1400, "eur", "gold")


def test_a_status_that_nobody_has_heard_of_decides_nothing() -> None:
    with pytest.raises(Unable, match="'dormant'"):
        of_subscription(subscription(status="dormant"), [], [], {}, NOW, "")


def test_unpaid_time_begins_with_the_first_of_several_unpaid_bills() -> None:
    bills = [bill(AT + 2 * MONTH, "draft"), bill(AT + MONTH, "open"), bill(AT, "paid"), bill(AT - MONTH, "open")]
    told = of_subscription(subscription(status="unpaid"), bills, [], {}, NOW, "").subscription
    assert told.until == moment(AT + MONTH)


def test_an_unpaid_change_of_plan_counts_from_the_change() -> None:
    line = {
        "period": {"start": AT + 86400, "end": AT + MONTH},
        "parent": {"subscription_item_details": {"proration": True}},
    }
    bills = [bill(AT, "open", lines={"data": [line]}), bill(AT, "paid")]
    told = of_subscription(subscription(status="past_due"), bills, [], {}, NOW, "").subscription
    assert told.until == NOW + DAY


@pytest.mark.parametrize(
    ("every", "months"), [(("month", 3), 3), (("year", 1), 12), (("year", 2), 24), (("week", 2), 1), (("day", 1), 1)]
)
def test_months_between_charges(every: tuple[str, int], months: int) -> None:
    recurring = {"interval": every[0], "interval_count": every[1]}
    item = {"id": "si_1", "price": {"id": "price_1", "currency": "eur", "unit_amount": 700, "recurring": recurring}}
    sub = subscription(items={"data": [item]})
    assert of_subscription(sub, [], [], {}, NOW, "").subscription.months == months


@pytest.mark.parametrize(
    ("status", "moved"),
    [
        ("warning_needs_response", []),
        ("warning_closed", []),
        ("needs_response", [("dispute", 5000)]),
        ("under_review", [("dispute", 5000)]),
        ("lost", [("dispute", 5000)]),
        ("won", [("dispute", 5000), ("charge", 5000)]),
    ],
)
def test_what_a_dispute_moves(status: str, moved: list[tuple[str, int]]) -> None:
    about = Dispute(id="du_1", amount=5000, currency="usd", created=AT, status=status, charge="ch_1")
    told = payments(msgspec.convert(charge(), Charge), {"ch_1": [about]}, "stripe:cs_1", "pass")
    assert [(one.kind, one.price.amount) for _, one in told] == [("charge", 5000), *moved]
