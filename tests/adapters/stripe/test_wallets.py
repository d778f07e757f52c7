"""Alipay and WeChat Pay can't be charged again: each period is an invoice that is sent, and paid by its link."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.adapters.stripe import Options
from bot.payments import Busy, Discount, Unable
from bot.sales import Price
from tests.adapters.stripe.conftest import DAY, HOUR, Stall, opened
from tests.adapters.stripe.test_life import END, NEXT, charged, stands
from tests.fakes.stripe import CUT

YUAN: dict[str, Any] = {"wallet": True, "email": "li@example.com", "currency": "cny"}


@pytest.fixture
async def stall() -> AsyncIterator[Stall]:
    async with opened(options=Options(wallets=True)) as found:
        yield found


@pytest.mark.parametrize("wallet", ["alipay", "wechat_pay"])
async def test_a_year_in_the_life(stall: Stall, wallet: str) -> None:
    link = await stall.provider.checkout(stall.order(**YUAN))
    sub = stall.sub()
    assert (sub["collection_method"], sub["days_until_due"]) == ("send_invoice", 7)
    assert sub["payment_settings"]["payment_method_types"] == ["alipay", "wechat_pay"]
    assert sub["metadata"]["lyceum_order"] == "order1"
    assert (link.external, link.url) == (sub["id"], stall.world.one("invoice")["hosted_invoice_url"])
    waiting = await stall.heard()
    assert stands(waiting) == ("pending", stall.world.now, True)

    stall.world.pay_invoice(sub["latest_invoice"], wallet)
    paid = await stall.heard()
    assert stands(paid) == ("active", END, True)
    assert paid.payments[0][1].price == Price(amount=7000, currency="cny")
    assert paid.buyer.email == "li@example.com"

    stall.world.advance(END)
    assert stands(await stall.heard()) == ("active", END, True)  # drafted: nobody could have paid it yet
    stall.world.advance(HOUR)
    asked = await stall.heard()
    assert stands(asked) == ("past_due", END, True)
    bills = await stall.provider.invoices((asked.subscription,), paid.buyer.customer, 5)
    assert [(one.paid, one.price.amount) for one in bills] == [(False, 7000), (True, 7000)]
    assert bills[0].url == stall.world.objects[sub["latest_invoice"]]["hosted_invoice_url"]

    stall.world.advance(8 * DAY)
    assert stands(await stall.heard()) == ("past_due", END, True)
    stall.world.pay_invoice(sub["latest_invoice"], wallet)
    recovered = await stall.heard()
    assert stands(recovered) == ("active", NEXT, True)
    assert charged(recovered) == [7000, 7000]


@pytest.mark.parametrize("fault", [CUT, 500])
@pytest.mark.parametrize("path", ["/v1/customers", "/v1/subscriptions", "/v1/invoices"])
async def test_the_same_order_is_one_subscription(stall: Stall, fault: int, path: str) -> None:
    order = stall.order(**YUAN)
    stall.fake.lose_next(path=path, status=fault)
    with pytest.raises(Busy):
        await stall.provider.checkout(order)
    link = await stall.provider.checkout(order)
    assert link == await stall.provider.checkout(order)
    assert stall.sub()["id"] == link.external
    assert len(stall.world.find("invoice")) == 1


async def test_a_coupon_comes_off_the_first_invoice(stall: Stall) -> None:
    await stall.provider.checkout(stall.order(discount=Discount(code="HALF", percent=50), **YUAN))
    assert stall.world.one("invoice")["amount_due"] == 3500


async def test_an_offer_that_nobody_paid_is_taken_back(stall: Stall) -> None:
    order = stall.order(**YUAN)
    link = await stall.provider.checkout(order)
    await stall.provider.withdraw(order, link.external)
    assert (stall.sub()["status"], stall.world.one("invoice")["status"]) == ("canceled", "void")
    await stall.provider.withdraw(order, link.external)
    paid = await stall.provider.checkout(second := stall.order(**YUAN))
    stall.world.pay_invoice(stall.world.objects[paid.external]["latest_invoice"], "alipay")
    await stall.provider.withdraw(second, paid.external)
    assert stall.world.objects[paid.external]["status"] == "active"


async def test_a_cancelled_one_is_not_billed_any_more(stall: Stall) -> None:
    await stall.provider.checkout(stall.order(**YUAN))
    stall.world.pay_invoice(stall.sub()["latest_invoice"], "alipay")
    bought = await stall.heard()
    assert stands(await stall.provider.cancel(bought.subscription)) == ("active", END, False)
    stall.world.advance(END + DAY)
    assert stands(await stall.heard()) == ("ended", END, False)
    assert len(stall.world.find("invoice")) == 1


async def test_who_owes_and_cancels_has_nothing_left_to_pay(stall: Stall) -> None:
    await stall.provider.checkout(stall.order(**YUAN))
    stall.world.pay_invoice(stall.sub()["latest_invoice"], "alipay")
    bought = await stall.heard()
    stall.world.advance(END + DAY)
    assert stands(await stall.provider.cancel(bought.subscription)) == ("ended", END + DAY, False)
    assert [one["status"] for one in stall.world.find("invoice")] == ["paid", "void"]


async def test_a_gift_and_a_pass_by_wallet_are_paid_by_checkout(stall: Stall) -> None:
    link = await stall.provider.checkout(stall.order(gift=True, **YUAN))
    assert stall.world.pay(link.external, "alipay")
    assert stands(await stall.heard()) == ("active", END, False)
    assert stall.world.find("subscription") == []


async def test_the_customer_is_known_by_their_address(stall: Stall) -> None:
    await stall.provider.checkout(stall.order(**YUAN))
    customer = stall.world.one("customer")
    await stall.provider.checkout(stall.order(wallet=True, currency="cny", customer=customer["id"]))
    customer["email"] = None
    with pytest.raises(Unable, match="e-mail"):
        await stall.provider.checkout(stall.order(wallet=True, currency="cny", customer=customer["id"]))
    await stall.provider.checkout(stall.order(customer=customer["id"], **YUAN))
    assert stall.world.one("customer")["email"] == "li@example.com"
    assert len(stall.world.find("subscription")) == 3


@pytest.mark.parametrize(
    ("options", "content", "why"),
    [
        (Options(), YUAN, "LYCEUM_STRIPE_WALLETS"),
        (Options(wallets=True, tax=True), YUAN, "tax"),
        (Options(wallets=True), {**YUAN, "price": Price(amount=90000, currency="inr")}, "this currency"),
        (Options(wallets=True), {**YUAN, "email": ""}, "e-mail"),
    ],
)
async def test_what_can_not_be_sent_is_refused(options: Options, content: dict[str, Any], why: str) -> None:
    async with opened(options=options) as found:
        with pytest.raises(Unable, match=why):
            await found.provider.checkout(found.order(**content))
        assert found.world.find("customer") == found.world.find("subscription") == []


async def test_a_trial_by_wallet_is_billed_at_its_end(stall: Stall) -> None:
    start = stall.world.now
    link = await stall.provider.checkout(stall.order(trial_days=7, **YUAN))
    assert link.url.startswith("https://invoice.stripe.com/")
    assert stands(await stall.heard()) == ("trialing", start + 7 * DAY, True)
    stall.world.advance(7 * DAY + HOUR)
    asked = await stall.heard()
    assert stands(asked) == ("past_due", start + 7 * DAY, True)
    stall.world.pay_invoice(stall.sub()["latest_invoice"], "alipay")
    assert stands(await stall.heard()) == ("active", datetime(2026, 12, 28, 12, tzinfo=UTC), True)
