"""The fake's Stars do what Telegram's do: over HTTP, with the answers and updates that aiogram's models allow."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_stars import PERIOD

ANN = 11
Json = dict[str, Any]
PRICE = [{"label": "Month", "amount": 250}]
INVOICE: Json = {
    "title": "Pro", "description": "A month of Pro", "payload": "order-1", "currency": "XTR", "provider_token": "",
    "prices": PRICE,
}  # fmt: skip


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.user(ANN, "Ann")
        yield fake
    assert fake.faults == []


async def call(telegram: FakeTelegram, method: str, **params: Any) -> Any:
    """The result, or the description of a refusal."""
    form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in params.items()}
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{telegram.url}/bot{telegram.token}/{method}", data=form)
    body = answer.json()
    return body["result"] if body["ok"] else body["description"]


def news(telegram: FakeTelegram, kind: str) -> list[Json]:
    return [update[kind] for update in telegram.updates if kind in update]


def payments(telegram: FakeTelegram) -> list[Json]:
    return [m["successful_payment"] for m in news(telegram, "message") if "successful_payment" in m]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"provider_token": "x:TEST:y"}, "PAYMENT_PROVIDER_INVALID"),
        ({"currency": "EUR"}, "PAYMENT_PROVIDER_INVALID"),
        ({"title": ""}, 'parameter "title" is required'),
        ({"title": "x" * 33}, "MEDIA_INVALID"),
        ({"description": "x" * 256}, "MEDIA_INVALID"),
        ({"payload": ""}, 'parameter "payload" is required'),
        ({"payload": "é" * 65}, "INVOICE_PAYLOAD_INVALID"),
        ({"prices": PRICE * 2}, "STARS_INVOICE_INVALID"),
        ({"prices": []}, "STARS_INVOICE_INVALID"),
        ({"prices": [{"label": "-", "amount": 0}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
        (
            {"prices": [{"label": "-", "amount": 10_001}], "subscription_period": PERIOD},
            "CURRENCY_TOTAL_AMOUNT_INVALID",
        ),
        ({"subscription_period": 86_400 * 365}, "SUBSCRIPTION_PERIOD_INVALID"),
    ],
)
async def test_an_invoice_that_does_not_fit_is_refused(telegram: FakeTelegram, wrong: Json, refusal: str) -> None:
    assert await call(telegram, "createInvoiceLink", **(INVOICE | wrong)) == f"Bad Request: {refusal}"
    assert telegram.invoices == {}


@pytest.mark.parametrize(
    "right",
    [
        {"title": "x" * 32, "description": "x" * 255, "payload": "é" * 64},
        {"prices": [{"label": "-", "amount": 10_000}], "subscription_period": PERIOD},
        {"prices": [{"label": "-", "amount": 10_001}]},
    ],
)
async def test_an_invoice_at_the_limits_is_taken(telegram: FakeTelegram, right: Json) -> None:
    link = await call(telegram, "createInvoiceLink", **(INVOICE | right))
    assert list(telegram.invoices) == [link]


async def test_a_payment_goes_through_once_the_bot_agrees(telegram: FakeTelegram) -> None:
    link = await call(telegram, "createInvoiceLink", **INVOICE)
    assert telegram.pay(ANN, link) == ""
    telegram.give_stars(ANN, 300)
    query = telegram.pay(ANN, link)
    (asked,) = news(telegram, "pre_checkout_query")
    assert asked == {
        "id": query, "from": telegram.users[ANN], "currency": "XTR", "total_amount": 250, "invoice_payload": "order-1"
    }  # fmt: skip
    assert (payments(telegram), telegram.purses[ANN], telegram.balance) == ([], 300, 0)
    assert await call(telegram, "answerPreCheckoutQuery", pre_checkout_query_id=query, ok=True) is True
    (charge,) = telegram.charges(ANN)
    assert payments(telegram) == [
        {
            "currency": "XTR", "total_amount": 250, "invoice_payload": "order-1", "telegram_payment_charge_id": charge,
            "provider_payment_charge_id": "",
        }
    ]  # fmt: skip
    assert (telegram.purses[ANN], telegram.subscriptions) == (50, {})
    assert await call(telegram, "getMyStarBalance") == {"amount": 250}
    again = await call(telegram, "answerPreCheckoutQuery", pre_checkout_query_id=query, ok=True)
    assert "query is too old" in again
    assert len(payments(telegram)) == 1


async def test_a_refusal_needs_words_and_a_late_answer_is_none(telegram: FakeTelegram) -> None:
    telegram.give_stars(ANN, 900)
    link = await call(telegram, "createInvoiceLink", **INVOICE)
    query = telegram.pay(ANN, link)
    silent = await call(telegram, "answerPreCheckoutQuery", pre_checkout_query_id=query, ok=False)
    assert silent == "Bad Request: ERROR_TEXT_EMPTY"
    await call(telegram, "answerPreCheckoutQuery", pre_checkout_query_id=query, ok=False, error_message="sold out")
    assert (telegram.checkouts[query]["state"], telegram.checkouts[query]["error"]) == ("refused", "sold out")
    late = telegram.pay(ANN, link)
    telegram.advance(11)
    assert telegram.checkouts[late]["state"] == "late"
    assert "too old" in await call(telegram, "answerPreCheckoutQuery", pre_checkout_query_id=late, ok=True)
    assert (telegram.balance, telegram.purses[ANN]) == (0, 900)


async def subscribe(telegram: FakeTelegram, stars: int) -> str:
    """A subscription's first charge."""
    telegram.give_stars(ANN, stars)
    link = await call(telegram, "createInvoiceLink", **INVOICE, subscription_period=PERIOD)
    await call(telegram, "answerPreCheckoutQuery", pre_checkout_query_id=telegram.pay(ANN, link), ok=True)
    return telegram.charges(ANN)[-1]


def marks(payment: Json) -> tuple[Any, ...]:
    return payment.get("is_recurring"), payment.get("is_first_recurring"), payment["subscription_expiration_date"]


async def test_a_subscription_renews_every_thirty_days_until_the_stars_run_out(telegram: FakeTelegram) -> None:
    first = await subscribe(telegram, 550)
    end = telegram.subscriptions[first]["ends"]
    telegram.advance(days=29)
    assert len(payments(telegram)) == 1
    telegram.advance(days=90)
    assert [marks(one) for one in payments(telegram)] == [(True, True, end), (True, None, end + PERIOD)]
    assert news(telegram, "subscription") == [
        {"user": telegram.users[ANN], "invoice_payload": "order-1", "state": "failed"}
    ]
    assert telegram.balance == 500
    assert len({one["telegram_payment_charge_id"] for one in payments(telegram)}) == 2
    assert not telegram.top_up_and_renew(ANN, first, 100)
    assert telegram.top_up_and_renew(ANN, first, 100)
    assert marks(payments(telegram)[-1]) == (True, None, telegram.subscriptions[first]["ends"])


async def test_what_the_user_cancels_ends_and_what_they_resume_goes_on(telegram: FakeTelegram) -> None:
    charge = await subscribe(telegram, 2500)
    telegram.cancel_subscription(ANN, charge)
    assert telegram.resume_subscription(ANN, charge)
    telegram.advance(days=30)
    telegram.cancel_subscription(ANN, charge)
    telegram.advance(days=90)
    assert [one["state"] for one in news(telegram, "subscription")] == ["canceled", "active", "canceled"]
    assert len(payments(telegram)) == 2
    assert not telegram.resume_subscription(ANN, charge)


async def test_what_the_bot_cancels_only_the_user_resumes_and_only_when_permitted(telegram: FakeTelegram) -> None:
    charge = await subscribe(telegram, 2500)
    edit: Json = {"user_id": ANN, "telegram_payment_charge_id": charge}
    assert await call(telegram, "editUserStarSubscription", **edit, is_canceled=True) is True
    assert not telegram.resume_subscription(ANN, charge)
    assert await call(telegram, "editUserStarSubscription", **edit, is_canceled=False) is True
    assert telegram.subscriptions[charge]["canceled"]
    assert telegram.resume_subscription(ANN, charge)
    telegram.advance(days=30)
    assert len(payments(telegram)) == 2
    later = {**edit, "telegram_payment_charge_id": telegram.charges(ANN)[-1]}
    assert (
        await call(telegram, "editUserStarSubscription", **later, is_canceled=True) == "Bad Request: CHARGE_ID_INVALID"
    )


async def test_a_refund_is_made_once_and_ends_no_subscription(telegram: FakeTelegram) -> None:
    charge = await subscribe(telegram, 250)
    refund: Json = {"user_id": ANN, "telegram_payment_charge_id": charge}
    other = telegram.user(12, "Bea")
    assert (
        await call(telegram, "refundStarPayment", **(refund | {"user_id": other})) == "Bad Request: CHARGE_ID_INVALID"
    )
    assert await call(telegram, "refundStarPayment", **refund) is True
    assert await call(telegram, "refundStarPayment", **refund) == "Bad Request: CHARGE_ALREADY_REFUNDED"
    assert (telegram.balance, telegram.purses[ANN]) == (0, 250)
    (told,) = [m["refunded_payment"] for m in news(telegram, "message") if "refunded_payment" in m]
    assert (told["telegram_payment_charge_id"], told["total_amount"]) == (charge, 250)
    telegram.advance(days=30)
    assert len(payments(telegram)) == 2


async def test_transactions_are_listed_by_the_page_with_where_they_came_from(telegram: FakeTelegram) -> None:
    charge = await subscribe(telegram, 2500)
    telegram.advance(days=60)
    await call(telegram, "refundStarPayment", user_id=ANN, telegram_payment_charge_id=charge)
    found = (await call(telegram, "getStarTransactions"))["transactions"]
    assert [(one["id"] == charge, "source" in one, "receiver" in one) for one in found] == [
        (True, True, False), (False, True, False), (False, True, False), (True, False, True)
    ]  # fmt: skip
    assert found[0]["source"] == {
        "type": "user", "transaction_type": "invoice_payment", "user": telegram.users[ANN],
        "invoice_payload": "order-1", "subscription_period": PERIOD,
    }  # fmt: skip
    page = await call(telegram, "getStarTransactions", offset=1, limit=2)
    assert page["transactions"] == found[1:3]
    assert (await call(telegram, "getStarTransactions", offset=4))["transactions"] == []
    assert await call(telegram, "getStarTransactions", limit=101) == "Bad Request: LIMIT_INVALID"


async def test_a_query_that_the_bot_does_not_listen_to_is_never_agreed_to(telegram: FakeTelegram) -> None:
    telegram.give_stars(ANN, 900)
    telegram.allowed = {"message"}
    query = telegram.pay(ANN, await call(telegram, "createInvoiceLink", **INVOICE))
    assert (telegram.checkouts[query]["state"], telegram.updates) == ("late", [])
