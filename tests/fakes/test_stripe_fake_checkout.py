"""Checkout, discounts, money back and the portal of the fake Stripe, as stripe-python's client sees them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import stripe

from tests.fakes.stripe_shop import URL, Shop, open_shop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def test_a_purchase(shop: Shop) -> None:
    number = shop.session(
        shop.once, "payment", client_reference_id="member-7", metadata={"plan": "pass"}, customer_email="a@b.c",
        payment_intent_data={"metadata": {"plan": "pass"}}, customer_creation="always",
        invoice_creation={"enabled": True},
    )  # fmt: skip
    assert shop.world.pay(number, fingerprint="card-of-ada") is True
    session = shop.client.v1.checkout.sessions.retrieve(
        number, {"expand": ["payment_intent.latest_charge", "line_items", "invoice"]}
    )
    assert (session.status, session.payment_status, session.amount_total) == ("complete", "paid", 5000)
    assert (session.client_reference_id, session.customer_details.email) == ("member-7", "a@b.c")  # type: ignore[union-attr]
    assert session.line_items is not None
    assert [(one.amount_total, one.quantity) for one in session.line_items.data] == [(5000, 1)]
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    charge = session.payment_intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert charge.metadata.to_dict() == {"plan": "pass"}
    assert charge.payment_method_details.card.fingerprint == "card-of-ada"  # type: ignore[union-attr]
    assert isinstance(session.invoice, stripe.Invoice)
    assert (session.invoice.status, session.invoice.amount_paid) == ("paid", 5000)
    assert shop.kinds()[-1] == "checkout.session.completed"


def test_a_declined_card_leaves_the_page_open(shop: Shop) -> None:
    number = shop.session(shop.once, "payment")
    assert shop.world.pay(number, "decline") is False
    session = shop.client.v1.checkout.sessions.retrieve(number, {"expand": ["payment_intent"]})
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    assert session.payment_intent.last_payment_error is not None
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.payment_intent.last_payment_error.decline_code == "generic_decline"
    assert shop.world.pay(number) is True
    assert [one["paid"] for one in shop.world.find("charge")] == [False, True]
    assert len(shop.world.find("payment_intent")) == 1


def test_3d_secure_can_be_failed(shop: Shop) -> None:
    number = shop.session(shop.once, "payment")
    assert shop.world.pay(number, "3ds") is False
    assert shop.world.one("payment_intent")["status"] == "requires_action"
    assert shop.world.authenticate(number, success=False) is False
    assert shop.world.one("payment_intent")["status"] == "requires_payment_method"
    assert shop.client.v1.checkout.sessions.retrieve(number).status == "open"


def test_a_session_ends_after_24_hours_or_when_told(shop: Shop) -> None:
    one, two = shop.session(), shop.session()
    assert shop.client.v1.checkout.sessions.expire(one).status == "expired"
    shop.world.advance(timedelta(hours=24))
    assert shop.client.v1.checkout.sessions.retrieve(two).status == "expired"
    assert shop.kinds() == ["checkout.session.expired"] * 2
    with pytest.raises(ValueError, match="expired"):
        shop.world.pay(two)
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        shop.client.v1.checkout.sessions.expire(two)
    assert [s.id for s in shop.client.v1.checkout.sessions.list({"status": "expired"}).data] == [two, one]


def soon(shop: Shop, **delta: Any) -> int:
    return int((shop.world.now + timedelta(**delta)).timestamp())


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"success_url": None}, "success_url"),
        ({"customer_email": "a@b.c", "customer": "cus_none"}, "customer, customer_email"),
        ({"customer": "cus_none"}, "No such customer"),
        ({"allow_promotion_codes": True, "discounts": [{"coupon": "x"}]}, "allow_promotion_codes, discounts"),
        ({"discounts": [{"coupon": "x"}, {"coupon": "y"}]}, "only apply one discount"),
        ({"discounts": [{"coupon": "x"}]}, "No such coupon"),
        ({"payment_intent_data": {"description": "x"}}, "`payment_intent_data` in `subscription` mode"),
        ({"mode": "payment"}, "passed a recurring price"),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "No such price"),
        ({"allowed_payment_method_types": ["alipay"]}, "No valid payment method types"),
        ({"subscription_data": {"trial_period_days": 0}}, "Invalid trial_period_days"),
        ({"currency": "cny"}, "expected currency: `cny`"),
        ({"client_reference_id": "x" * 201}, "at most 200"),
    ],
)
def test_what_checkout_refuses(shop: Shop, params: dict[str, Any], message: str) -> None:
    asked = {"mode": "subscription", "success_url": URL, "line_items": [{"price": shop.monthly, "quantity": 1}]}
    wanted = {name: value for name, value in (asked | params).items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError, match=message):
        shop.client.v1.checkout.sessions.create(wanted)  # type: ignore[arg-type]
    assert shop.world.find("checkout.session") == []


def test_a_session_lives_between_30_minutes_and_24_hours(shop: Shop) -> None:
    for ahead, message in (({"minutes": 29}, "at least 30 minutes"), ({"hours": 24, "minutes": 1}, "less than 24")):
        with pytest.raises(stripe.InvalidRequestError, match=message):
            shop.session(expires_at=soon(shop, **ahead))
    number = shop.session(expires_at=soon(shop, minutes=30))
    shop.world.advance(timedelta(minutes=30))
    assert shop.client.v1.checkout.sessions.retrieve(number).status == "expired"


def test_wallets_pay_once(shop: Shop) -> None:
    number = shop.session(shop.once, "payment", excluded_payment_method_types=["wechat_pay"])
    assert shop.client.v1.checkout.sessions.retrieve(number).payment_method_types == ["card", "alipay"]
    with pytest.raises(ValueError, match="the page takes"):
        shop.world.pay(number, "wechat_pay")
    assert shop.world.pay(number, "alipay") is True
    assert [one["customer"] for one in shop.world.find("payment_method", type="alipay")] == [None]
    other = shop.session(shop.once, "payment", allowed_payment_method_types=["wechat_pay"])
    assert shop.world.pay(other, "wechat_pay") is True
    with pytest.raises(ValueError, match="the page takes"):
        shop.world.pay(shop.session(), "alipay")
    (charge,) = shop.world.charges_of(shop.world.objects[number])
    shop.world.advance(91 * DAY)
    with pytest.raises(stripe.InvalidRequestError, match="90 days"):
        shop.client.v1.refunds.create({"charge": charge["id"]})


def test_a_code_typed_on_the_page(shop: Shop) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 25, "duration": "repeating", "duration_in_months": 2})
    code = shop.client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SPRING", "max_redemptions": 1}
    )
    number = shop.session(allow_promotion_codes=True)
    with pytest.raises(ValueError, match="not valid"):
        shop.world.pay(number, promotion_code="AUTUMN")
    assert shop.world.pay(number, promotion_code="spring") is True
    session = shop.client.v1.checkout.sessions.retrieve(number, {"expand": ["subscription.discounts"]})
    assert (session.amount_subtotal, session.amount_total) == (1000, 750)
    assert isinstance(session.subscription, stripe.Subscription)
    (discount,) = session.subscription.discounts
    assert isinstance(discount, stripe.Discount)
    assert (discount.source.coupon, discount.promotion_code) == (coupon.id, code.id)
    assert shop.client.v1.promotion_codes.retrieve(code.id).active is False
    with pytest.raises(ValueError, match="not valid"):
        shop.world.pay(shop.session(allow_promotion_codes=True), promotion_code="SPRING")
    shop.world.advance(timedelta(days=70))
    charges = shop.world.charges_of(shop.world.objects[session.subscription.id])
    assert [one["amount"] for one in charges] == [750, 750, 1000]
    assert [p.id for p in shop.client.v1.promotion_codes.list({"code": "spring"}).data] == [code.id]


@pytest.mark.parametrize(
    ("coupon", "amounts"),
    [
        ({"amount_off": 300, "currency": "usd", "duration": "once"}, [700, 1000, 1000]),
        ({"percent_off": 10, "duration": "forever"}, [900, 900, 900]),
        ({"percent_off": 100, "duration": "once"}, [1000, 1000]),
    ],
)
def test_how_long_a_coupon_lasts(shop: Shop, coupon: dict[str, Any], amounts: list[int]) -> None:
    made = shop.client.v1.coupons.create(coupon)  # type: ignore[arg-type]
    number = shop.subscribe(discounts=[{"coupon": made.id}])
    shop.world.advance(timedelta(days=62, hours=2))
    assert [one["amount"] for one in shop.world.charges_of(shop.world.objects[number])] == amounts
    assert shop.subscription(number).status == "active"


def test_coupons_and_codes_end(shop: Shop) -> None:
    coupons = shop.client.v1.coupons
    limited = coupons.create({"percent_off": 10, "duration": "once", "max_redemptions": 1})
    dated = coupons.create({"percent_off": 10, "duration": "once", "redeem_by": soon(shop, days=1)})
    euros = coupons.create({"amount_off": 100, "currency": "eur", "duration": "once"})
    shop.subscribe(discounts=[{"coupon": limited.id}])
    shop.world.advance(DAY)
    for one in (limited, dated, euros):
        with pytest.raises(stripe.InvalidRequestError, match=one.id):
            shop.session(discounts=[{"coupon": one.id}])
    assert coupons.retrieve(limited.id).times_redeemed == 1
    code = shop.client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": euros.id}, "code": "EURO", "expires_at": soon(shop, hours=1)}
    )
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        shop.client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": euros.id}, "code": "euro"})
    shop.world.advance(HOUR)
    assert shop.client.v1.promotion_codes.retrieve(code.id).active is False


def test_a_code_for_one_customer_or_for_the_first_purchase(shop: Shop) -> None:
    customers = [shop.client.v1.customers.create({}).id for _ in range(2)]
    coupon = shop.client.v1.coupons.create({"percent_off": 10, "duration": "once"})
    promotion: Any = {"type": "coupon", "coupon": coupon.id}
    codes = shop.client.v1.promotion_codes
    mine = codes.create({"promotion": promotion, "customer": customers[0]})
    first = codes.create({"promotion": promotion, "restrictions": {"first_time_transaction": True}})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be redeemed"):
        shop.session(customer=customers[1], discounts=[{"promotion_code": mine.id}])
    shop.subscribe(customer=customers[0], discounts=[{"promotion_code": first.id}])
    with pytest.raises(stripe.InvalidRequestError, match="cannot be redeemed"):
        shop.session(customer=customers[0], discounts=[{"promotion_code": first.id}])


def test_refunds_part_by_part(shop: Shop) -> None:
    number = shop.subscribe()
    (charge,) = shop.world.charges_of(shop.world.objects[number])
    shop.kinds()
    part = shop.client.v1.refunds.create({"charge": charge["id"], "amount": 400, "metadata": {"by": "creator"}})
    assert (part.amount, part.status, part.payment_intent) == (400, "succeeded", charge["payment_intent"])
    assert shop.kinds() == ["refund.created", "charge.refunded"]
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        shop.client.v1.refunds.create({"charge": charge["id"], "amount": 601})
    shop.world.refund(charge["id"])
    found = shop.client.v1.charges.retrieve(charge["id"], {"expand": ["refunds"]})
    assert found.refunds is not None
    assert (found.amount_refunded, found.refunded) == (1000, True)
    assert [one.amount for one in found.refunds.data] == [400, 600]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.refunds.create({"payment_intent": charge["payment_intent"]})
    assert caught.value.code == "charge_already_refunded"
    assert shop.subscription(number).status == "active"  # a refund does not cancel


def test_a_refund_may_fail_later(shop: Shop) -> None:
    (charge,) = shop.world.charges_of(shop.world.objects[shop.subscribe()])
    refund = shop.world.refund(charge["id"])
    shop.kinds()
    shop.world.fail_refund(refund["id"])
    assert shop.client.v1.refunds.retrieve(refund["id"]).status == "failed"
    assert shop.client.v1.charges.retrieve(charge["id"]).amount_refunded == 0
    assert shop.kinds() == ["refund.updated", "refund.failed", "charge.updated"]


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute(shop: Shop, *, won: bool) -> None:
    (charge,) = shop.world.charges_of(shop.world.objects[shop.subscribe()])
    shop.kinds()
    dispute = shop.world.dispute(charge["id"])
    assert shop.client.v1.charges.retrieve(charge["id"]).disputed is True
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.refunds.create({"charge": charge["id"]})
    assert caught.value.code == "charge_disputed"
    shop.world.close_dispute(dispute["id"], won=won)
    assert shop.client.v1.disputes.retrieve(dispute["id"]).status == ("won" if won else "lost")
    assert shop.kinds() == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
        *(["charge.dispute.funds_reinstated"] if won else []),
    ]


def test_the_portal_needs_settings(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({}).id
    made = shop.client.v1.billing_portal.sessions.create({"customer": customer, "return_url": URL})
    assert made.url == f"https://billing.stripe.com/p/session/{made.id}"
    with open_shop(portal=False) as bare:
        person = bare.client.v1.customers.create({}).id
        with pytest.raises(stripe.InvalidRequestError, match="portal settings"):
            bare.client.v1.billing_portal.sessions.create({"customer": person})
        settings = bare.client.v1.billing_portal.configurations.create(
            {"features": {"subscription_cancel": {"enabled": True}, "invoice_history": {"enabled": True}}}
        )
        assert settings.features.subscription_cancel.mode == "at_period_end"
        flow: Any = {"type": "payment_method_update"}
        opened = bare.client.v1.billing_portal.sessions.create(
            {"customer": person, "configuration": settings.id, "flow_data": flow}
        )
        assert opened.flow is not None
        assert opened.flow.type == "payment_method_update"


def test_adaptive_pricing_shows_what_the_member_saw(shop: Shop) -> None:
    number = shop.session(shop.once, "payment", adaptive_pricing={"enabled": True})
    shop.world.pay(number, present=("cny", 36000))
    session = shop.client.v1.checkout.sessions.retrieve(number, {"expand": ["payment_intent.latest_charge"]})
    assert session.presentment_details is not None
    assert (session.currency, session.amount_total) == ("usd", 5000)
    shown = session.presentment_details
    assert (shown.presentment_currency, shown.presentment_amount) == ("cny", 36000)
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    assert isinstance(session.payment_intent.latest_charge, stripe.Charge)
    assert session.payment_intent.latest_charge.presentment_details is not None
    subscription = shop.session()
    shop.world.pay(subscription, present=("cny", 7200))
    bought = shop.subscription(shop.world.objects[subscription]["subscription"])
    assert bought.presentment_details is not None
    assert bought.presentment_details.presentment_currency == "cny"


def test_automatic_tax_comes_on_top(shop: Shop) -> None:
    shop.world.tax_percent = 8.0
    number = shop.session(automatic_tax={"enabled": True})
    shop.world.pay(number)
    session = shop.client.v1.checkout.sessions.retrieve(number, {"expand": ["invoice"]})
    assert session.total_details is not None
    assert (session.automatic_tax.status, session.amount_total) == ("complete", 1080)
    assert session.total_details.amount_tax == 80
    assert isinstance(session.invoice, stripe.Invoice)
    assert (session.invoice.total, session.invoice.total_excluding_tax) == (1080, 1000)


def test_prices_in_several_currencies_and_under_names(shop: Shop) -> None:
    options: Any = {"cny": {"unit_amount": 6800}}
    number = shop.price(1000, "month", currency_options=options, lookup_key="gold")
    assert not hasattr(shop.client.v1.prices.retrieve(number), "currency_options")
    shown = shop.client.v1.prices.retrieve(number, {"expand": ["currency_options"]})
    assert shown.to_dict()["currency_options"]["cny"]["unit_amount"] == 6800
    assert [p.id for p in shop.client.v1.prices.list({"lookup_keys": ["gold"]}).data] == [number]
    session = shop.session(number, currency="cny")
    assert shop.world.objects[session]["amount_total"] == 6800
    shop.world.pay(session)
    assert shop.world.one("charge")["currency"] == "cny"
    shop.client.v1.prices.update(number, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        shop.session(number)


def test_an_invoice_for_one_thing_sent_by_link(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({}).id
    draft = shop.client.v1.invoices.create(
        {
            "customer": customer, "collection_method": "send_invoice", "days_until_due": 3, "currency": "usd",
            "payment_settings": {"payment_method_types": ["alipay"]}, "metadata": {"plan": "pass"},
        }
    )  # fmt: skip
    shop.client.v1.invoice_items.create({"customer": customer, "invoice": draft.id, "pricing": {"price": shop.once}})
    sent = shop.client.v1.invoices.send_invoice(draft.id)
    assert (sent.status, sent.amount_due, sent.parent) == ("open", 5000, None)
    assert shop.world.pay_invoice(draft.id, "alipay") is True
    paid = shop.client.v1.invoices.retrieve(draft.id)
    assert (paid.status, paid.metadata.to_dict() if paid.metadata else None) == ("paid", {"plan": "pass"})
    with pytest.raises(stripe.InvalidRequestError, match="open or uncollectible"):
        shop.client.v1.invoices.void_invoice(draft.id)


def test_the_balance_is_net_of_fees(shop: Shop) -> None:
    shop.subscribe()
    pending = shop.client.v1.balance.retrieve().pending
    assert [(one.currency, one.amount) for one in pending] == [("usd", 1000 - 59)]
    shop.world.advance(2 * DAY)
    assert [one.amount for one in shop.client.v1.balance.retrieve().available] == [941]


def test_a_deleted_customer_has_no_subscription(shop: Shop) -> None:
    number = shop.subscribe()
    customer = str(shop.subscription(number).customer)
    assert shop.client.v1.customers.delete(customer).deleted is True
    assert shop.subscription(number).status == "canceled"
    assert shop.client.v1.customers.retrieve(customer).deleted is True
