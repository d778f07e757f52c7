"""A shop in the fake Stripe for tests: a monthly and a yearly price, a pass, and short ways to buy."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe

from tests.fakes.stripe import FakeStripe

URL = "https://lyceum.example/paid"


class Shop:
    """`client` is stripe-python's, as the bot uses it."""

    def __init__(self, fake: FakeStripe) -> None:
        self.fake, self.world = fake, fake.world
        self.client = self.with_key(fake.key)
        v1 = self.client.v1
        self.product = v1.products.create({"name": "Gold"}).id
        self.monthly = self.price(1000, "month")
        self.yearly = self.price(10000, "year")
        self.once = v1.prices.create({"currency": "usd", "unit_amount": 5000, "product": self.product}).id

    def with_key(self, key: str, retries: int = 0) -> stripe.StripeClient:
        return stripe.StripeClient(key, base_addresses={"api": self.fake.url}, max_network_retries=retries)

    def price(self, amount: int, interval: Any, **more: Any) -> str:
        """A recurring price in dollars' cents."""
        recurring = {"interval": interval}
        return self.client.v1.prices.create(
            {"currency": "usd", "unit_amount": amount, "product": self.product, "recurring": recurring, **more}  # type: ignore[typeddict-item]
        ).id

    def session(self, price: str | None = None, mode: str = "subscription", **params: Any) -> str:
        """A checkout session's id."""
        items = [{"price": price or self.monthly, "quantity": 1}]
        return self.client.v1.checkout.sessions.create(
            {"mode": mode, "line_items": items, "success_url": URL, **params}  # type: ignore[arg-type]
        ).id

    def subscribe(self, card: str | None = "ok", **params: Any) -> str:
        """Sell a subscription by Checkout; its id."""
        number = self.session(**params)
        assert self.world.pay(number, card)
        return str(self.world.objects[number]["subscription"])

    def subscription(self, number: str, *expand: str) -> stripe.Subscription:
        return self.client.v1.subscriptions.retrieve(number, {"expand": list(expand)})

    def kinds(self, prefix: str = "") -> list[str]:
        """The kinds of the events since the last call."""
        return [one.event["type"] for one in self.world.deliveries() if one.event["type"].startswith(prefix)]


@contextmanager
def open_shop(**options: Any) -> Iterator[Shop]:
    """A shop whose end asserts that nothing misfitted."""
    with FakeStripe(**options) as fake:
        shop = Shop(fake)
        shop.kinds()
        yield shop
        assert fake.world.complaints == []
        assert fake.world.unfit() == []
