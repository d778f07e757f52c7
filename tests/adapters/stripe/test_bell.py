"""Webhooks: only Stripe's are let in, and nothing in them is believed but which object they are about."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from bot.adapters.stripe import CONCERNS, StripeProvider
from bot.adapters.stripe.bell import Bell, read
from bot.adapters.stripe.truth import of_subscription
from bot.adapters.stripe.wire import Bill, Charge, News, Recurrence, moment
from bot.payments import Buyer, Forged
from bot.sales import Price
from tests.adapters.stripe.conftest import DAY, Stall, opened
from tests.fakes.stripe_store import SECRET, Delivery
from tests.fakes.stripe_world import World

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAYLOADS = Path("tests/payloads/stripe")
OURS = "acct_ours"


def bell(secret: str | None = SECRET, *, live: bool = False, account: str = "") -> Bell:
    return Bell(secret, live=live, account=account)


def rung(change: Callable[[World], None] = lambda _: None, **options: object) -> Delivery:
    """A true webhook about a new customer."""
    world = World(now=NOW)
    list(world.deliveries())
    world.new_customer()
    change(world)
    return next(world.deliveries(**options))


def header(delivery: Delivery) -> str:
    return delivery.headers["Stripe-Signature"]


def test_a_true_one_is_known_by_its_event() -> None:
    one = rung()
    assert bell().verify(one.body, header(one), NOW) == one.event["id"]
    assert bell().verify(one.body, header(one), NOW) == one.event["id"]  # again: the till knows the id


@pytest.mark.parametrize("off", [-300, 0, 300])
def test_clocks_may_be_300_seconds_apart(off: int) -> None:
    one = rung()
    assert bell().verify(one.body, header(one), NOW + timedelta(seconds=off)) == one.event["id"]


@pytest.mark.parametrize("off", [-301, 301])
def test_not_more(off: int) -> None:
    one = rung()
    with pytest.raises(Forged, match="another time"):
        bell().verify(one.body, header(one), NOW + timedelta(seconds=off))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1",
        "v1=abc",
        "t=,v1=",
        "t=x,v1=abc",
        "nonsense",
        "t=1795262400,v1=" + "0" * 64,
        "t=1795262400,v0=" + "0" * 64,
        "t=1795262400,v1=ü",
        "=,=,=",
    ],
)
def test_a_signature_that_does_not_fit(signature: str) -> None:
    with pytest.raises(Forged, match="signature does not fit"):
        bell().verify(rung().body, signature, NOW)


def test_one_changed_byte_anywhere() -> None:
    one = rung()
    assert len(one.body) > 500
    for place in range(0, len(one.body), 7):
        body = bytearray(one.body)
        body[place] ^= 1
        with pytest.raises(Forged):
            bell().verify(bytes(body), header(one), NOW)


def test_another_time_in_the_header_breaks_it() -> None:
    one = rung(at=NOW - DAY)
    with pytest.raises(Forged, match="another time"):
        bell().verify(one.body, header(one), NOW)
    fresh = header(one).replace(f"t={int((NOW - DAY).timestamp())}", f"t={int(NOW.timestamp())}")
    with pytest.raises(Forged, match="does not fit"):
        bell().verify(one.body, fresh, NOW)
    first = f"t={int(NOW.timestamp())},{header(one)}"
    with pytest.raises(Forged, match="does not fit"):
        bell().verify(one.body, first, NOW)
    second = f"{header(one)},t={int(NOW.timestamp())}"
    with pytest.raises(Forged, match="another time"):
        bell().verify(one.body, second, NOW)


@pytest.mark.parametrize("secret", ["whsec_another", ""])
def test_another_secret(secret: str) -> None:
    one = rung(secret=secret)
    with pytest.raises(Forged, match="does not fit"):
        bell().verify(one.body, header(one), NOW)


@pytest.mark.parametrize("secret", ["", " ", "\n"])
def test_an_empty_secret_does_not_start(secret: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        StripeProvider("sk_test_x", secret, lambda: NOW)


def test_without_a_secret_nothing_is_let_in() -> None:
    one = rung(secret="")
    with pytest.raises(Forged, match="LYCEUM_STRIPE_WEBHOOK_SECRET"):
        bell(None).verify(one.body, header(one), NOW)


@pytest.mark.parametrize("live", [True, False])
def test_the_other_mode(live: bool) -> None:
    one = rung(livemode=live)
    assert bell(live=live).verify(one.body, header(one), NOW) == one.event["id"]
    with pytest.raises(Forged, match="mode"):
        bell(live=not live).verify(one.body, header(one), NOW)


@pytest.mark.parametrize(
    ("account", "ours", "fine"),
    [(None, "", True), (None, OURS, True), (OURS, OURS, True), ("acct_other", OURS, False), (OURS, "", False)],
)
def test_a_foreign_account(account: str | None, ours: str, fine: bool) -> None:
    one = rung(account=account)
    if fine:
        assert bell(account=ours).verify(one.body, header(one), NOW) == one.event["id"]
    else:
        with pytest.raises(Forged, match="another account"):
            bell(account=ours).verify(one.body, header(one), NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"id": "evt_1", "object": "event"}',
        b'{"id": "evt_1", "object": "event", "livemode": "false"}',
        b'{"id": "", "object": "event", "livemode": false}',
        b'{"id": "cus_1", "object": "customer", "livemode": false}',
        b'{"id": 1, "object": "event", "livemode": false}',
    ],
)
def test_what_is_signed_but_no_event(body: bytes) -> None:
    world = World(now=NOW)
    with pytest.raises(Forged):
        bell().verify(body, world.signed(body)["Stripe-Signature"], NOW)


def test_no_refusal_tells_a_secret() -> None:
    one = rung(livemode=True)
    for ring, signature in ((bell(), header(one)), (bell("whsec_another"), header(one)), (bell(), "")):
        with pytest.raises(Forged) as caught:
            ring.verify(one.body, signature, NOW)
        assert "whsec" not in str(caught.value)


# ---------------------------------------------------------------------- what it is about

RECORDED = {
    "charge_refunded": ("charge.refunded", "ch_"),
    "customer_created": ("customer.created", "cus_"),
    "dispute_created": ("charge.dispute.created", "du_"),
    "invoice_paid": ("invoice.paid", "in_"),
    "old_charge_refunded": ("charge.refunded", "ch_1Old"),
    "old_invoice_paid": ("invoice.paid", "in_1Old"),
    "old_subscription_updated": ("customer.subscription.updated", "sub_1Old"),
    "payment_intent_succeeded": ("payment_intent.succeeded", "pi_"),
    "refund_created": ("refund.created", "re_"),
    "session_completed": ("checkout.session.completed", "cs_test_"),
    "subscription_created": ("customer.subscription.created", "sub_"),
    "subscription_updated": ("customer.subscription.updated", "sub_"),
    "thin": ("v1.billing.meter.error_report_triggered", ""),
}


def test_every_recorded_webhook_is_walked() -> None:
    assert {one.stem for one in PAYLOADS.glob("*.json")} == set(RECORDED)
    assert len(RECORDED) == 13


@pytest.mark.parametrize("name", RECORDED)
def test_of_a_webhook_only_kind_and_id_are_read(name: str) -> None:
    body = (PAYLOADS / f"{name}.json").read_bytes()
    kind, number = RECORDED[name]
    news = read(body)
    assert (news.type, news.livemode, news.account) == (kind, False, None)
    assert news.data.object.id.startswith(number)
    signature = World(now=NOW).signed(body)["Stripe-Signature"]
    assert bell().verify(body, signature, NOW) == ("" if name == "thin" else json.loads(body)["id"])


async def test_what_is_of_no_concern_asks_nothing(stall: Stall) -> None:
    for name in ("customer_created", "thin"):
        assert await stall.hear((PAYLOADS / f"{name}.json").read_bytes()) == []
    assert stall.fake.calls == []


@pytest.mark.parametrize("name", sorted(set(RECORDED) - {"customer_created", "thin"}))
async def test_what_is_no_more_is_about_nothing(stall: Stall, name: str) -> None:
    assert await stall.hear((PAYLOADS / f"{name}.json").read_bytes()) == []
    assert len(stall.fake.calls) >= 1


async def test_a_webhook_that_comes_late_tells_what_is_so_now(stall: Stall) -> None:
    await stall.sell()
    created = stall.world.events("customer.subscription.created")[0]
    stall.world.cancel(stall.sub()["id"])
    (truth,) = await stall.hear(stall.world.delivery(created).body)
    assert truth.subscription.status == "ended"


async def test_a_webhook_s_words_are_not_believed(stall: Stall) -> None:
    await stall.sell()
    event = stall.world.events("customer.subscription.created")[0]
    lied = json.loads(stall.world.delivery(event).body)
    lied["data"]["object"] |= {"status": "canceled", "metadata": {"lyceum_member": "1"}}
    (truth,) = await stall.hear(json.dumps(lied).encode())
    assert (truth.subscription.status, truth.order) == ("active", "order1")


async def test_a_connected_account_is_asked_as_such() -> None:
    async with opened(world=World(account=OURS)) as stall:
        truth = await stall.sell()
        assert truth.subscription.status == "active"
        assert {call.headers["stripe-account"] for call in stall.fake.calls} == {OURS}


def test_the_kinds_we_hear_are_each_named_once() -> None:
    assert len(CONCERNS) == len(set(CONCERNS)) == 26


# ---------------------------------------------------------------------- the old shape


def test_objects_of_before_basil_say_the_same() -> None:
    def recorded(name: str, kind: type[Recurrence | Bill | Charge]) -> object:
        news = msgspec.json.decode((PAYLOADS / f"old_{name}.json").read_bytes())
        return msgspec.convert(news["data"]["object"], kind)

    sub, bill, charge = (
        recorded("subscription_updated", Recurrence),
        recorded("invoice_paid", Bill),
        recorded("charge_refunded", Charge),
    )
    assert isinstance(sub, Recurrence)
    assert isinstance(bill, Bill)
    assert isinstance(charge, Charge)
    truth = of_subscription(sub, [bill], [charge], {}, NOW, "")
    told = truth.subscription
    assert (told.id, told.plan, told.status, told.renews) == ("stripe:sub_1Old", "gold", "active", True)
    assert (told.since, told.until) == (moment(1795262400), moment(1797854400))
    assert (told.price, told.months) == (Price(amount=1000, currency="usd"), 1)
    assert [(one.id, one.kind) for _, one in truth.payments] == [
        ("stripe:ch_1Old", "charge"),
        ("stripe:re_1Old", "refund"),
    ]
    assert truth.buyer == Buyer(customer="cus_1Old", card="card-of-ada")
    assert bill.about == "sub_1Old"


def test_news_in_whatever_shape_has_an_id() -> None:
    news = read(b'{"id": "evt_1", "object": "event", "livemode": true, "type": "x", "data": {"object": {}}}')
    assert news == News(id="evt_1", object="event", livemode=True, type="x")
