"""The life of a subscription in the fake Stripe, as stripe-python's client sees it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from tests.fakes.stripe_shop import Shop, open_shop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop(now=datetime(2026, 1, 31, 12, tzinfo=UTC)) as opened:
        yield opened


def end(shop: Shop, number: str) -> datetime:
    """When the present period ends."""
    return datetime.fromtimestamp(shop.subscription(number)["items"].data[0].current_period_end, UTC)


def test_the_31st_comes_back_after_february(shop: Shop) -> None:
    number = shop.subscribe()
    ends = []
    for _ in range(4):
        ends.append(end(shop, number))
        shop.world.advance(ends[-1])
    assert [(one.month, one.day) for one in ends] == [(2, 28), (3, 31), (4, 30), (5, 31)]
    assert [one["billing_reason"] for one in shop.world.find("invoice")] == [
        "subscription_create",
        *["subscription_cycle"] * 4,
    ]


def test_a_renewal_is_invoiced_at_the_end_and_paid_an_hour_later(shop: Shop) -> None:
    number = shop.subscribe()
    shop.kinds()
    shop.world.advance(end(shop, number))
    assert shop.kinds() == ["invoice.upcoming", "invoice.created", "customer.subscription.updated"]
    invoice = shop.subscription(number, "latest_invoice").latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.status, invoice.amount_due, invoice.parent.subscription_details.subscription) == (  # type: ignore[union-attr]
        "draft",
        1000,
        number,
    )
    shop.world.advance(HOUR)
    assert shop.kinds("invoice") == [
        "invoice.finalized",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert [one["amount"] for one in shop.world.charges_of(shop.world.objects[number])] == [1000, 1000]


def test_a_declined_renewal_is_tried_again_and_recovers(shop: Shop) -> None:
    number = shop.subscribe()
    customer = str(shop.subscription(number).customer)
    shop.world.set_card(customer, "insufficient_funds")
    shop.world.advance(end(shop, number) + HOUR)
    shop.kinds()
    found = shop.subscription(number, "latest_invoice")
    assert isinstance(found.latest_invoice, stripe.Invoice)
    assert (found.status, found.latest_invoice.attempt_count) == ("past_due", 1)
    assert found.latest_invoice.next_payment_attempt == int((shop.world.now + 3 * DAY).timestamp())
    shop.world.set_card(customer, "ok")
    shop.world.advance(3 * DAY)
    assert shop.subscription(number).status == "active"
    assert "invoice.paid" in shop.kinds()


@pytest.mark.parametrize(("after", "status"), [("cancel", "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due")])
def test_after_the_last_attempt(shop: Shop, after: str, status: str) -> None:
    shop.world.after_retries = after  # type: ignore[assignment]
    number = shop.subscribe("decline_later")
    shop.world.advance(end(shop, number) + HOUR + 14 * DAY)
    assert shop.subscription(number).status == "past_due"
    shop.world.advance(DAY)
    found = shop.subscription(number, "latest_invoice")
    assert found.status == status
    assert len(shop.world.events("invoice.payment_failed")) == 4
    if status == "canceled":
        assert found.cancellation_details is not None
        assert found.cancellation_details.reason == "payment_failed"
        assert len(shop.world.events("customer.subscription.deleted")) == 1


def test_a_renewal_may_need_3d_secure(shop: Shop) -> None:
    number = shop.session()
    assert shop.world.pay(number, "3ds") is False
    assert shop.client.v1.checkout.sessions.retrieve(number).status == "open"
    assert shop.world.find("subscription") == []
    assert shop.world.authenticate(number) is True
    (subscription,) = shop.world.find("subscription")
    assert subscription["status"] == "active"
    shop.world.advance(end(shop, subscription["id"]) + HOUR)
    assert subscription["status"] == "past_due"
    assert len(shop.world.events("invoice.payment_action_required")) == 1
    assert shop.world.pay_invoice(subscription["latest_invoice"], "3ds") is True
    assert subscription["status"] == "active"


def test_cancel_at_the_end_keeps_it_until_then_and_can_be_undone(shop: Shop) -> None:
    number = shop.subscribe()
    last = end(shop, number)
    found = shop.client.v1.subscriptions.update(number, {"cancel_at_period_end": True})
    assert (found.status, found.cancel_at, found.cancel_at_period_end) == ("active", int(last.timestamp()), True)
    undone = shop.client.v1.subscriptions.update(number, {"cancel_at_period_end": False})
    assert (undone.cancel_at, undone.canceled_at, undone.cancel_at_period_end) == (None, None, False)
    shop.world.cancel(number, at_period_end=True)
    shop.world.advance(last - timedelta(seconds=1))
    assert shop.subscription(number).status == "active"
    shop.world.advance(last)
    gone = shop.subscription(number)
    assert (gone.status, gone.ended_at) == ("canceled", int(last.timestamp()))
    assert shop.kinds("customer.subscription")[-1] == "customer.subscription.deleted"
    assert len(shop.world.find("invoice")) == 1


def test_cancel_at_once_and_never_twice(shop: Shop) -> None:
    number = shop.subscribe()
    assert shop.client.v1.subscriptions.cancel(number).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        shop.client.v1.subscriptions.cancel(number)
    with pytest.raises(stripe.InvalidRequestError, match="can only update"):
        shop.client.v1.subscriptions.update(number, {"cancel_at_period_end": False})
    assert [one.id for one in shop.client.v1.subscriptions.list().data] == []
    assert [one.id for one in shop.client.v1.subscriptions.list({"status": "all"}).data] == [number]


def test_a_trial_with_a_card_becomes_paid(shop: Shop) -> None:
    number = shop.subscribe(subscription_data={"trial_period_days": 7})
    found = shop.subscription(number, "latest_invoice")
    assert isinstance(found.latest_invoice, stripe.Invoice)
    assert (found.status, found.latest_invoice.amount_paid) == ("trialing", 0)
    shop.world.advance(4 * DAY)
    assert shop.kinds()[-1] == "customer.subscription.trial_will_end"
    shop.world.advance(3 * DAY + HOUR)
    assert shop.subscription(number).status == "active"
    assert [one["amount"] for one in shop.world.charges_of(shop.world.objects[number])] == [1000]


def test_a_trial_asks_the_card_too(shop: Shop) -> None:
    number = shop.session(subscription_data={"trial_period_days": 7})
    assert shop.world.pay(number, "decline") is False
    assert shop.world.pay(number, "3ds") is False
    assert shop.world.find("subscription") == []
    assert shop.world.authenticate(number) is True
    assert shop.world.one("subscription")["status"] == "trialing"


@pytest.mark.parametrize(("missing", "status"), [("cancel", "canceled"), ("pause", "paused")])
def test_a_trial_without_a_card_ends_as_it_was_told(shop: Shop, missing: str, status: str) -> None:
    trial = {"trial_period_days": 7, "trial_settings": {"end_behavior": {"missing_payment_method": missing}}}
    session = shop.session(subscription_data=trial, payment_method_collection="if_required")
    assert shop.world.pay(session, card=None) is True
    done = shop.client.v1.checkout.sessions.retrieve(session)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    number = str(done.subscription)
    assert shop.subscription(number).default_payment_method is None
    shop.world.advance(7 * DAY)
    assert shop.subscription(number).status == status
    assert shop.world.charges_of(shop.world.objects[number]) == []
    if status == "paused":
        shop.world.set_card(str(done.customer), "ok")
        assert shop.client.v1.subscriptions.resume(number).status == "active"
        assert shop.kinds("customer.subscription.")[-2:] == [
            "customer.subscription.updated",
            "customer.subscription.resumed",
        ]
        assert end(shop, number) == datetime(2026, 3, 7, 12, tzinfo=UTC)


def test_an_incomplete_one_dies_after_23_hours(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({}).id
    items = [{"price": shop.monthly}]
    made = [
        shop.client.v1.subscriptions.create(
            {"customer": customer, "items": items, "payment_behavior": "default_incomplete"}  # type: ignore[arg-type]
        )
        for _ in range(2)
    ]
    assert [one.status for one in made] == ["incomplete", "incomplete"]
    assert shop.world.pay_invoice(str(made[0].latest_invoice)) is True
    shop.world.advance(timedelta(hours=23))
    assert [shop.subscription(one.id).status for one in made] == ["active", "incomplete_expired"]
    assert shop.world.objects[str(made[1].latest_invoice)]["status"] == "void"


@pytest.mark.parametrize(
    ("behavior", "invoice"), [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")]
)
def test_pausing_collection_leaves_the_status_alone(shop: Shop, behavior: str, invoice: str) -> None:
    number = shop.subscribe()
    resumes = int((end(shop, number) + 2 * DAY).timestamp())
    pause = {"behavior": behavior, "resumes_at": resumes}
    shop.client.v1.subscriptions.update(number, {"pause_collection": pause})  # type: ignore[arg-type]
    shop.world.advance(end(shop, number) + HOUR)
    found = shop.subscription(number, "latest_invoice")
    assert isinstance(found.latest_invoice, stripe.Invoice)
    assert (found.status, found.latest_invoice.status) == ("active", invoice)
    shop.world.advance(2 * DAY)
    assert shop.subscription(number).pause_collection is None


def test_another_price_in_the_middle_is_prorated(shop: Shop) -> None:
    dear = shop.price(3000, "month")
    number = shop.subscribe()
    item = shop.subscription(number)["items"].data[0].id
    shop.world.advance(14 * DAY)  # of 28
    changed = shop.client.v1.subscriptions.update(
        number,
        {"items": [{"id": item, "price": dear}], "proration_behavior": "always_invoice"},
        {"idempotency_key": "change"},
    )
    assert changed["items"].data[0].price.id == dear
    invoice = shop.client.v1.invoices.retrieve(str(changed.latest_invoice))
    assert [one.amount for one in invoice.lines.data] == [-500, 1500]
    assert (invoice.amount_paid, invoice.billing_reason) == (1000, "subscription_update")
    assert shop.kinds("customer.subscription")[-1] == "customer.subscription.updated"


def test_prorations_may_wait_for_the_next_invoice_or_not_be(shop: Shop) -> None:
    dear = shop.price(3000, "month")
    one, two = shop.subscribe(), shop.subscribe()
    for number, behavior in ((one, "create_prorations"), (two, "none")):
        item = shop.subscription(number)["items"].data[0].id
        shop.client.v1.subscriptions.update(
            number,
            {"items": [{"id": item, "price": dear}], "proration_behavior": behavior},
        )
    shop.world.advance(end(shop, one) + HOUR)
    assert [charge["amount"] for charge in shop.world.charges_of(shop.world.objects[one])] == [1000, 3000 + 2000]
    assert [charge["amount"] for charge in shop.world.charges_of(shop.world.objects[two])] == [1000, 3000]


def test_a_change_that_would_not_be_paid_is_refused_and_changes_nothing(shop: Shop) -> None:
    number = shop.subscribe("decline_later")
    before = shop.subscription(number).to_dict()
    item = before["items"]["data"][0]["id"]
    with pytest.raises(stripe.CardError) as caught:
        shop.client.v1.subscriptions.update(
            number,
            {
                "items": [{"id": item, "price": shop.yearly}],
                "proration_behavior": "always_invoice",
                "payment_behavior": "error_if_incomplete",
            },
        )
    assert caught.value.code == "card_declined"
    assert shop.subscription(number).to_dict() == before


def test_a_subscription_that_must_be_paid_is_not_made_when_it_is_not(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({}).id
    shop.world.set_card(customer, "decline_later")
    with pytest.raises(stripe.CardError):
        shop.client.v1.subscriptions.create(
            {"customer": customer, "items": [{"price": shop.monthly}], "payment_behavior": "error_if_incomplete"}
        )
    assert shop.world.find("subscription") == []
    assert shop.world.find("charge") == []


def test_another_interval_begins_a_new_period(shop: Shop) -> None:
    number = shop.subscribe()
    shop.world.advance(14 * DAY)
    shop.world.change_plan(number, shop.yearly)
    assert end(shop, number) == datetime(2027, 2, 14, 12, tzinfo=UTC)
    assert [one["amount"] for one in shop.world.charges_of(shop.world.objects[number])] == [1000, 10000 - 500]
    shop.world.advance(30 * DAY)
    assert len(shop.world.find("invoice")) == 2


def test_time_given_moves_the_next_payment(shop: Shop) -> None:
    number = shop.subscribe()
    last = end(shop, number)
    shop.world.extend(number, days=5)
    assert end(shop, number) == last + 5 * DAY
    shop.world.advance(last + 4 * DAY)
    assert len(shop.world.charges_of(shop.world.objects[number])) == 1
    shop.world.advance(DAY + HOUR)
    assert len(shop.world.charges_of(shop.world.objects[number])) == 2
    assert shop.subscription(number).status == "active"


@pytest.mark.parametrize("wallet", ["alipay", "wechat_pay"])
def test_a_wallet_pays_invoices_that_are_sent(shop: Shop, wallet: str) -> None:
    customer = shop.client.v1.customers.create({"email": "a@b.c"}).id
    params = {
        "customer": customer,
        "items": [{"price": shop.monthly}],
        "collection_method": "send_invoice",
        "days_until_due": 7,
        "payment_settings": {"payment_method_types": [wallet, "card"]},
    }
    made = shop.client.v1.subscriptions.create(params)  # type: ignore[arg-type]
    assert made.status == "active"
    shop.world.advance(HOUR)
    invoice = shop.client.v1.invoices.retrieve(str(made.latest_invoice))
    assert invoice.status == "open"
    assert invoice.hosted_invoice_url == f"https://invoice.stripe.com/i/{invoice.id}"
    assert shop.kinds("invoice.")[-1] == "invoice.sent"
    assert shop.world.pay_invoice(invoice.id, wallet) is True
    (charge,) = shop.world.charges_of(shop.world.objects[made.id])
    assert charge["payment_method_details"]["type"] == wallet
    shop.world.advance(end(shop, made.id) + HOUR + 7 * DAY)
    assert shop.subscription(made.id).status == "past_due"
    assert len(shop.world.events("invoice.overdue")) == 1
    assert shop.world.pay_invoice(str(shop.subscription(made.id).latest_invoice), wallet) is True
    assert shop.subscription(made.id).status == "active"
    with pytest.raises(ValueError, match="only card payments"):
        shop.world.dispute(charge["id"])
    with pytest.raises(stripe.InvalidRequestError, match="send_invoice"):
        shop.client.v1.subscriptions.create(
            {name: value for name, value in params.items() if name not in ("collection_method", "days_until_due")}  # type: ignore[arg-type]
        )


def test_lists_for_reconciliation(shop: Shop) -> None:
    one = shop.subscribe()
    began = int(shop.world.now.timestamp())
    shop.world.advance(DAY)
    two = shop.subscribe()
    shop.client.v1.subscriptions.cancel(one)
    listed = shop.client.v1.subscriptions.list
    assert [s.id for s in listed({"status": "all"}).data] == [two, one]
    assert [s.id for s in listed({"status": "all", "created": {"gt": began}}).data] == [two]
    assert [s.id for s in listed({"status": "canceled"}).data] == [one]
    assert [s.id for s in listed({"customer": str(shop.subscription(two).customer)}).data] == [two]
    invoices = shop.client.v1.invoices.list({"subscription": two}).data
    assert [i.id for i in invoices] == [shop.subscription(two).latest_invoice]
    assert len(shop.client.v1.charges.list({"created": {"gte": began}}).data) == 2
    payments = shop.client.v1.invoice_payments.list({"invoice": invoices[0].id}).data
    assert [p.status for p in payments] == ["paid"]
    intent = str(payments[0].payment.payment_intent)
    by_intent = shop.client.v1.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}})
    assert [p.invoice for p in by_intent.data] == [invoices[0].id]
