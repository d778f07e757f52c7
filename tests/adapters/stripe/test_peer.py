"""What a third party's Stripe shows, localstripe's, means the same to us as what our fake shows.

localstripe has an older API: the period's ends are the subscription's own, and plans stand where prices stand now. It
has neither Checkout nor disputes, and does not expand what the provider asks for: so what it shows is read, no more.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import stripe

from bot.adapters.stripe.truth import of_subscription
from bot.adapters.stripe.wire import Bill, Charge, Recurrence
from bot.payments import Truth
from bot.sales import Price
from tests.adapters.stripe.test_life import charged, stands
from tests.fakes.stripe import FakeStripe
from tests.fakes.test_stripe_fake_peer import ATTACHES_ONLY, GOOD, Peer, _localstripe

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
META = {"lyceum_plan": "gold", "lyceum_order": "order1"}


@pytest.fixture(scope="module")
def peers() -> Iterator[tuple[Peer, Peer]]:
    with _localstripe() as url, FakeStripe() as fake:
        yield Peer(url, "sk_test_12345", prices=False), Peer(fake.url, fake.key, prices=True)
        assert (fake.world.complaints, fake.world.unfit()) == ([], [])


def priced(shown: dict[str, Any]) -> dict[str, Any]:
    """A subscription whose items have prices: localstripe's have plans, as Stripe's had until August 2020."""
    for item in shown["items"]["data"]:
        plan = item["plan"]
        recurring = {"interval": plan["interval"], "interval_count": plan["interval_count"]}
        item.setdefault(
            "price",
            {"id": plan["id"], "currency": plan["currency"], "unit_amount": plan["amount"], "recurring": recurring},
        )
    return shown


def truth(peer: Peer, number: str) -> Truth:
    """What a subscription means, from the plainest requests."""
    sub = peer.v1.subscriptions.retrieve(number)
    customer = str(sub.customer)
    try:
        bills = peer.v1.invoices.list({"subscription": number, "expand": ["data.payments"]}).data
    except stripe.InvalidRequestError:  # localstripe: the invoice itself names what paid it
        bills = peer.v1.invoices.list({"subscription": number}).data
    charges = peer.v1.charges.list({"customer": customer}).data
    return of_subscription(
        msgspec.convert(priced(sub.to_dict()), Recurrence),
        [msgspec.convert(one.to_dict(), Bill) for one in bills],
        [msgspec.convert(one.to_dict(), Charge) for one in charges],
        {},
        NOW,
        "",
    )


def test_a_subscription_paid_cancelled_and_ended(peers: tuple[Peer, Peer]) -> None:
    for peer in peers:
        made = peer.subscribe(peer.customer(GOOD), metadata=META)
        bought = truth(peer, made.id)
        status, until, renews = stands(bought)
        assert (status, renews, charged(bought), bought.order) == ("active", True, [1000], "order1")
        assert until is not None
        assert 28 <= (until - bought.subscription.since).days <= 31
        assert bought.subscription.price == Price(amount=1000, currency="usd")
        assert (bought.subscription.plan, bought.subscription.months) == ("gold", 1)
        peer.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
        assert stands(truth(peer, made.id)) == ("active", until, False)
        peer.v1.subscriptions.cancel(made.id)
        assert stands(truth(peer, made.id))[::2] == ("ended", False)


def test_a_card_that_is_refused(peers: tuple[Peer, Peer]) -> None:
    for peer in peers:
        made = peer.subscribe(peer.customer(ATTACHES_ONLY), metadata=META)
        waiting = truth(peer, made.id)
        assert (waiting.subscription.status, waiting.subscription.renews, charged(waiting)) == ("pending", False, [])
