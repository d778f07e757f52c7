"""Our fake Stripe and localstripe, a third party's, told the same through stripe-python, must agree on what both have.

localstripe knows plans instead of prices and has an older API's objects, so only facts that outlived the versions are
compared. It runs in a process of its own, on 127.0.0.1, and keeps nothing on the disk.
"""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
import stripe

from tests.fakes.stripe import FakeStripe
from tests.fakes.stripe_store import Store

LOCALSTRIPE = """
import socket, sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda store: None  # else it leaves a file in /tmp
web.run_app(server.app, sock=socket.socket(fileno=int(sys.argv[1])), print=None, access_log=None)
"""
SECRET = "whsec_of_both"
GOOD, ATTACHES_ONLY, REFUSED = "4242424242424242", "4000000000000341", "4000000000000002"
Json = dict[str, Any]


@contextmanager
def _localstripe() -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", LOCALSTRIPE, str(listener.fileno())], pass_fds=[listener.fileno()]
    )
    listener.close()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def localstripe() -> Iterator[str]:
    with _localstripe() as url:
        yield url


class Peer:
    """Either of the two."""

    def __init__(self, url: str, key: str, *, prices: bool) -> None:
        self.v1 = stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0).v1
        product = self.v1.products.create({"name": "Gold"}).id
        if prices:
            recurring: Any = {"interval": "month"}
            price = {"currency": "usd", "unit_amount": 1000, "product": product, "recurring": recurring}
            self.item: Any = {"price": self.v1.prices.create(price).id}  # type: ignore[arg-type]
        else:
            plan = {"currency": "usd", "amount": 1000, "product": product, "interval": "month"}
            self.item = {"plan": self.v1.plans.create(plan).id}  # type: ignore[arg-type]

    def customer(self, card: str = GOOD) -> str:
        """Somebody with this card."""
        made = self.v1.customers.create({"email": "ada@b.c"}).id
        details: Any = {"number": card, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        method = self.v1.payment_methods.create({"type": "card", "card": details}).id
        self.v1.payment_methods.attach(method, {"customer": made})
        self.v1.customers.update(made, {"invoice_settings": {"default_payment_method": method}})
        return made

    def subscribe(self, customer: str, **params: Any) -> stripe.Subscription:
        """Sell one month after another."""
        return self.v1.subscriptions.create({"customer": customer, "items": [self.item], **params})  # type: ignore[arg-type]


def _customers(peer: Peer) -> Json:
    made = peer.v1.customers.create({"email": "ada@b.c", "name": "Ada", "metadata": {"member": "7"}})
    changed = peer.v1.customers.update(made.id, {"name": "Ada L.", "metadata": {"seat": "2"}})
    other = peer.v1.customers.create({"email": "bob@b.c"})
    gone = peer.v1.customers.delete(other.id)
    shown = peer.v1.customers.retrieve(made.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        peer.v1.customers.retrieve("cus_none")
    return {
        "made": (made.object, made.email, made.name),
        "changed": (changed.name, changed.metadata.to_dict() if changed.metadata else None),
        "shown": (shown.id == made.id, shown.name, shown.livemode),
        "found": [one.id == made.id for one in peer.v1.customers.list({"email": "ada@b.c"}).data],
        "gone": (gone.object, gone.deleted),
        "unknown": caught.value.http_status,
    }


def _life(peer: Peer) -> Json:
    customer = peer.customer()
    made = peer.subscribe(customer, metadata={"plan": "gold"})
    item = made.to_dict()["items"]["data"][0]
    set_to_end = peer.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    undone = peer.v1.subscriptions.update(made.id, {"cancel_at_period_end": False})
    ended = peer.v1.subscriptions.cancel(made.id)
    return {
        "made": (made.status, made.customer == customer, made.metadata.to_dict()),
        "item": (item["object"], item["quantity"], item["plan"]["amount"], item["plan"]["interval"]),
        "end": (set_to_end.status, set_to_end.cancel_at_period_end),
        "undone": (undone.status, undone.cancel_at_period_end),
        "ended": (ended.status, ended.ended_at is not None),
    }


def _invoices(peer: Peer) -> Json:
    customer = peer.customer()
    made = peer.subscribe(customer)
    invoice = peer.v1.invoices.retrieve(str(made.latest_invoice)).to_dict()
    listed = peer.v1.invoices.list({"customer": customer}).data
    (charge,) = peer.v1.charges.list({"customer": customer}).data
    return {
        "invoice": {name: invoice[name] for name in ("status", "amount_due", "amount_paid", "currency", "total")},
        "lines": [one["amount"] for one in invoice["lines"]["data"]],
        "parent": invoice["parent"]["subscription_details"]["subscription"] == made.id,
        "listed": [one.id == invoice["id"] for one in listed],
        "charge": (charge.amount, charge.currency, charge.paid, charge.status, charge.refunded),
    }


def _declines(peer: Peer) -> Json:
    with pytest.raises(stripe.StripeError) as attaching:
        peer.customer(REFUSED)
    customer = peer.customer(ATTACHES_ONLY)
    waiting = peer.subscribe(customer)
    return {
        "attaching": (attaching.value.http_status, attaching.value.code),
        "waiting": (waiting.status, peer.v1.invoices.retrieve(str(waiting.latest_invoice)).status),
        "left": [one.id == waiting.id for one in peer.v1.subscriptions.list({"customer": customer}).data],
    }


def _refunds(peer: Peer) -> Json:
    customer = peer.customer()
    peer.subscribe(customer)
    (charge,) = peer.v1.charges.list({"customer": customer}).data
    part = peer.v1.refunds.create({"charge": charge.id, "amount": 400, "metadata": {"by": "creator"}})
    between = peer.v1.charges.retrieve(charge.id)
    rest = peer.v1.refunds.create({"charge": charge.id, "amount": 600})
    after = peer.v1.charges.retrieve(charge.id)
    return {
        "part": (part.object, part.amount, part.currency, part.status, part.metadata.to_dict() if part.metadata else 0),
        "between": (between.amount_refunded, between.refunded),
        "after": (after.amount_refunded, after.refunded),
        "listed": {one.id for one in peer.v1.refunds.list({"charge": charge.id}).data} == {part.id, rest.id},
    }


STORIES: dict[Callable[[Peer], Json], Json] = {
    _customers: {
        "made": ("customer", "ada@b.c", "Ada"),
        "changed": ("Ada L.", {"member": "7", "seat": "2"}),
        "shown": (True, "Ada L.", False),
        "found": [True],
        "gone": ("customer", True),
        "unknown": 404,
    },
    _life: {
        "made": ("active", True, {"plan": "gold"}),
        "item": ("subscription_item", 1, 1000, "month"),
        "end": ("active", True),
        "undone": ("active", False),
        "ended": ("canceled", True),
    },
    _invoices: {
        "invoice": {"status": "paid", "amount_due": 1000, "amount_paid": 1000, "currency": "usd", "total": 1000},
        "lines": [1000],
        "parent": True,
        "listed": [True],
        "charge": (1000, "usd", True, "succeeded", False),
    },
    _declines: {
        "attaching": (402, "card_declined"),
        "waiting": ("incomplete", "open"),
        "left": [True],
    },
    _refunds: {
        "part": ("refund", 400, "usd", "succeeded", {"by": "creator"}),
        "between": (400, False),
        "after": (1000, True),
        "listed": True,
    },
}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.strip("_"))
def test_both_tell_the_same(localstripe: str, story: Callable[[Peer], Json]) -> None:
    httpx.delete(f"{localstripe}/_config/data").raise_for_status()
    assert story(Peer(localstripe, "sk_test_12345", prices=False)) == STORIES[story]
    with FakeStripe() as fake:
        assert story(Peer(fake.url, fake.key, prices=True)) == STORIES[story]
        assert (fake.world.complaints, fake.world.unfit()) == ([], [])


class _Listener(BaseHTTPRequestHandler):
    heard: list[tuple[bytes, str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((body, self.headers["Stripe-Signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the library
        pass


def test_both_sign_alike(localstripe: str) -> None:
    with HTTPServer(("127.0.0.1", 0), _Listener) as server:
        server.timeout = 20
        config = {"url": f"http://127.0.0.1:{server.server_port}/", "secret": SECRET, "events": ["customer.created"]}
        httpx.post(f"{localstripe}/_config/webhooks/one", json=config).raise_for_status()
        client = stripe.StripeClient("sk_test_12345", base_addresses={"api": localstripe}, max_network_retries=0)
        customer = client.v1.customers.create({"email": "会员@b.c"})
        heard: list[bytes] = []
        while not any(customer.id.encode() in body for body in heard):  # others may come from the stories before
            server.handle_request()
            assert len(_Listener.heard) > len(heard), "nothing came within the server's timeout"
            heard = [body for body, _ in _Listener.heard]
    body, signature = _Listener.heard[-1]
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    assert event.to_dict()["data"]["object"]["id"] == customer.id
    signed = Store().signed(body, secret=SECRET, at=datetime.fromtimestamp(event.created, UTC))
    assert signed["Stripe-Signature"] == signature
