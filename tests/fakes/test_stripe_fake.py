"""The fake Stripe's wire: keys, versions, idempotency, pages, expansion, faults, signatures."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
import stripe
from stripe import StripeClient
from typing_extensions import is_typeddict

from tests.fakes.stripe import CUT, SILENT
from tests.fakes.stripe_api import params_of
from tests.fakes.stripe_endpoints import ENDPOINTS
from tests.fakes.stripe_shop import Shop, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def test_keys(shop: Shop) -> None:
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided"):
        shop.with_key("sk_test_unknown").v1.balance.retrieve()
    restricted = shop.with_key(shop.fake.restricted("customers"))
    assert restricted.v1.customers.list().data == []
    with pytest.raises(stripe.PermissionError, match="rak_balance"):
        restricted.v1.balance.retrieve()
    assert shop.client.v1.balance.retrieve().livemode is False
    assert httpx.get(f"{shop.fake.url}/v1/balance").status_code == 401


def test_a_foreign_account_is_refused_and_a_connected_one_named_in_events() -> None:
    with open_shop(account="acct_1Creator") as shop:
        shop.client.v1.customers.create({}, {"stripe_account": "acct_1Creator"})
        with pytest.raises(stripe.PermissionError):
            shop.client.v1.customers.create({}, {"stripe_account": "acct_1Other"})
        assert [one.event["account"] for one in shop.world.deliveries()] == ["acct_1Creator"]


def test_live_mode_shows_in_ids_objects_and_events() -> None:
    with open_shop(livemode=True) as shop:
        assert shop.session().startswith("cs_live_")
        assert shop.client.v1.products.retrieve(shop.product).livemode is True
        assert {one["livemode"] for one in shop.world.events()} == {True}


def test_a_wrong_parameter_is_refused_recorded_and_changes_nothing(shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {shop.fake.key}"}
    answer = httpx.post(f"{shop.fake.url}/v1/customers", headers=headers, data={"coupon": "ten"})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": {
            "type": "invalid_request_error",
            "message": "Received unknown parameter: coupon",
            "param": "coupon",
            "code": "parameter_unknown",
        }
    }
    assert shop.world.find("customer") == []
    assert shop.world.complaints == ["CustomerCreateParams: Received unknown parameter: coupon (coupon)"]
    shop.world.complaints.clear()


def test_another_version_and_an_unknown_path_are_complained_of(shop: Shop) -> None:
    shop.client.v1.customers.list({}, {"stripe_version": "2024-06-20"})
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        shop.client.v1.payouts.list()
    assert shop.world.complaints == [
        "/v1/customers asks for API version 2024-06-20",
        "the fake has no GET /v1/payouts",
    ]
    shop.world.complaints.clear()


def test_what_the_fake_would_ignore_is_complained_of(shop: Shop) -> None:
    shop.client.v1.subscriptions.update(shop.subscribe(), {"proration_date": 1})
    shop.client.v1.customers.list({"test_clock": "clock_1"})
    assert shop.world.complaints == [
        "the fake ignores proration_date of subscriptions.update",
        "the fake ignores test_clock of /v1/customers",
    ]
    shop.world.complaints.clear()


def test_metadata_is_limited(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="50 keys"):
        shop.client.v1.customers.create({"metadata": {"name": "x" * 501}})
    assert shop.world.find("customer") == []
    assert len(shop.world.complaints) == 1
    shop.world.complaints.clear()


def test_an_idempotency_key_brings_the_same_answer_again(shop: Shop) -> None:
    customers = shop.client.v1.customers
    first = customers.create({"email": "a@b.c"}, {"idempotency_key": "one"})
    again = customers.create({"email": "a@b.c"}, {"idempotency_key": "one"})
    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        customers.create({"email": "x@b.c"}, {"idempotency_key": "one"})
    assert [one["email"] for one in shop.world.find("customer")] == ["a@b.c"]
    assert [one.event["request"]["idempotency_key"] for one in shop.world.deliveries()] == ["one"]


def test_one_key_from_many_threads_makes_one_object(shop: Shop) -> None:
    def create(_: int) -> str:
        return shop.client.v1.customers.create({"email": "a@b.c"}, {"idempotency_key": "same"}).id

    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(create, range(40)))
    assert made == {shop.world.one("customer")["id"]}


def test_every_endpoint_names_parameters_that_stripe_python_has() -> None:
    assert len(ENDPOINTS) == len({(one.method, one.path) for one in ENDPOINTS}) == 78
    assert [one.params for one in ENDPOINTS if not is_typeddict(params_of(one.params))] == []


def test_a_refusal_is_replayed_too(shop: Shop) -> None:
    refunds = shop.client.v1.refunds
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="No such charge"):
            refunds.create({"charge": "ch_none"}, {"idempotency_key": "two"})


def test_pages(shop: Shop) -> None:
    made = [shop.client.v1.customers.create({"email": f"{n}@b.c"}).id for n in range(5)]
    page = shop.client.v1.customers.list({"limit": 2})
    assert [one.id for one in page.data] == [made[4], made[3]]
    assert page.has_more is True
    rest = shop.client.v1.customers.list({"limit": 3, "starting_after": made[3]})
    assert ([one.id for one in rest.data], rest.has_more) == ([made[2], made[1], made[0]], False)
    before = shop.client.v1.customers.list({"limit": 1, "ending_before": made[3]})
    assert [one.id for one in before.data] == [made[4]]
    assert [one.id for one in page.auto_paging_iter()] == made[::-1]
    with pytest.raises(stripe.InvalidRequestError, match="between 1 and 100"):
        shop.client.v1.customers.list({"limit": 101})


def test_expansion(shop: Shop) -> None:
    number = shop.subscribe()
    plain = shop.subscription(number)
    assert isinstance(plain.latest_invoice, str)
    deep = shop.subscription(number, "latest_invoice.payments", "customer", "items.data.price.product")
    assert isinstance(deep.latest_invoice, stripe.Invoice)
    assert isinstance(deep.customer, stripe.Customer)
    assert deep["items"].data[0].price.product.name == "Gold"
    invoice = shop.client.v1.invoices.retrieve(
        deep.latest_invoice.id,
        {"expand": ["payments.data.payment.payment_intent", "parent.subscription_details.subscription"]},
    )
    assert invoice.payments is not None
    assert deep.latest_invoice.payments is not None
    intent = invoice.payments.data[0].payment.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.id, intent.amount) == (deep.latest_invoice.payments.data[0].payment.payment_intent, 1000)
    assert invoice.to_dict()["parent"]["subscription_details"]["subscription"]["id"] == number
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        shop.subscription(number, "latest_invoice.payments.data.payment.payment_intent")
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        shop.subscription(number, "status")
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        shop.subscription(number, "plan")
    assert not hasattr(shop.client.v1.invoices.retrieve(str(plain.latest_invoice)), "payments")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, stripe.RateLimitError), (500, stripe.APIError), (503, stripe.APIError), (CUT, stripe.APIConnectionError)],
)
def test_a_fault_comes_before_the_effect(shop: Shop, status: int, kind: type[Exception]) -> None:
    shop.fake.fail_next(status, path="/v1/customers")
    shop.client.v1.balance.retrieve()
    with pytest.raises(kind):
        shop.client.v1.customers.create({})
    assert shop.world.find("customer") == []
    shop.client.v1.customers.create({})
    assert len(shop.world.find("customer")) == 1


def test_silence_lasts_until_the_client_gives_up(shop: Shop) -> None:
    impatient = StripeClient(
        shop.fake.key,
        base_addresses={"api": shop.fake.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=0.2),
    )
    shop.fake.fail_next(SILENT)
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.customers.create({})
    assert shop.world.find("customer") == []


def test_a_lost_answer_leaves_the_effect_and_the_key_brings_it_back(shop: Shop) -> None:
    shop.fake.lose_next()
    with pytest.raises(stripe.APIConnectionError):
        shop.client.v1.customers.create({"email": "a@b.c"}, {"idempotency_key": "three"})
    (kept,) = shop.world.find("customer")
    assert shop.client.v1.customers.create({"email": "a@b.c"}, {"idempotency_key": "three"}).id == kept["id"]
    shop.fake.lose_next()
    patient = shop.with_key(shop.fake.key, retries=2)  # stripe-python gives every POST a key of its own
    assert patient.v1.customers.create({"email": "b@b.c"}).email == "b@b.c"
    assert [one["email"] for one in shop.world.find("customer")] == ["a@b.c", "b@b.c"]


def test_a_kept_500_is_brought_again_by_its_key(shop: Shop) -> None:
    shop.fake.lose_next(status=500)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            shop.client.v1.customers.create({}, {"idempotency_key": "four"})
    assert len(shop.world.find("customer")) == 1


def test_deliveries_are_signed_as_stripe_signs(shop: Shop) -> None:
    shop.client.v1.customers.create({"email": "会员@b.c"})
    (delivery,) = shop.world.deliveries(at=shop.world.now)
    assert list(shop.world.deliveries()) == []
    secret = shop.world.secret
    event = stripe.Webhook.construct_event(delivery.body, delivery.headers["Stripe-Signature"], secret, tolerance=0)
    assert (event.type, event.api_version) == ("customer.created", "2026-10-28.endive")
    assert json.loads(delivery.body) == delivery.event
    for broken in (
        shop.world.delivery(delivery.event, secret="whsec_other"),
        delivery._replace(body=delivery.body.replace(b"customer", b"customes", 1)),
    ):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(broken.body, broken.headers["Stripe-Signature"], secret, tolerance=0)
    forged = shop.world.delivery(delivery.event, livemode=True, account="acct_other")
    assert [json.loads(forged.body)[name] for name in ("livemode", "account")] == [True, "acct_other"]
    stripe.Webhook.construct_event(forged.body, forged.headers["Stripe-Signature"], secret, tolerance=0)


def test_a_lost_event_is_neither_delivered_nor_listed(shop: Shop) -> None:
    shop.client.v1.customers.create({})
    (event,) = shop.world.events("customer.created")
    shop.world.forget(event)
    assert list(shop.world.deliveries()) == []
    assert shop.client.v1.events.list({"type": "customer.created"}).data == []


def test_events_are_listed_for_30_days(shop: Shop) -> None:
    shop.client.v1.customers.create({})
    listed = shop.client.v1.events.list({"types": ["customer.*"]})
    assert [one.type for one in listed.data] == ["customer.created"]
    assert shop.client.v1.events.list({"created": {"gt": listed.data[0].created}}).data == []
    shop.world.advance(timedelta(days=31))
    assert shop.client.v1.events.list({"types": ["customer.*"]}).data == []


async def test_it_serves_asynchronous_clients_too(shop: Shop) -> None:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {shop.fake.key}"}) as client:
        answer = await client.get(f"{shop.fake.url}/v1/account")
    assert answer.json()["charges_enabled"] is True
    assert [(one.method, one.path) for one in shop.fake.calls[-1:]] == [("GET", "/v1/account")]
