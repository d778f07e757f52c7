"""Forged webhooks, posted to the address that Stripe posts to: none is taken in but the first true one."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from pydantic import ValidationError
from sqlalchemy import func, select

from bot.adapters.stripe import StripeProvider
from bot.engine.rules import Plan
from bot.events import Account, MemberJoined
from bot.sales import Price
from bot.settings import Settings
from bot.storage.ledger import EVENTS, INBOX
from bot.storage.store import Connection
from bot.till import Wish
from bot.web.server import LARGEST
from tests.conftest import START, Clock
from tests.fakes.ports import FakePort
from tests.fakes.stripe_store import Delivery
from tests.journeys.street import WEBHOOK, Street

GOLD = Plan(name="gold", prices={"usd": 1000}, gates=("vip",))
ME = Account(platform="discord", space="1", user="7", name="Ann")
LATER = f"t={int(START.timestamp()) + 1}"
Post = tuple[bytes, dict[str, str]]


def counted(connection: Connection) -> tuple[int, int]:
    """(rows of the inbox, events of the log)."""
    rows, events = (connection.scalar(select(func.count()).select_from(one)) for one in (INBOX, EVENTS))
    return rows or 0, events or 0


@pytest_asyncio.fixture
async def paid(street: Street) -> AsyncIterator[Delivery]:
    """Somebody has paid: the webhook that says so, true and on its way. Nothing else was heard since."""
    app = street.app
    app.join(FakePort("discord"))
    await app.submit([MemberJoined(key="joined", at=START, who=ME)])
    me = await app.profile(ME)
    await app.amend(me.community, GOLD)
    wish = Wish(
        plan=GOLD, way=("stripe", Price(amount=1000, currency="usd")), platform="discord", user="7", locale="en"
    )
    link = await street.till.counter.order(me, wish, street.clock())
    assert street.stripe.pay(street.page(link.url)["id"])
    (told,) = [one for one in street.stripe.deliveries() if one.event["type"] == "checkout.session.completed"]
    yield told
    await street.settled()


def header(street: Street, body: bytes, **options: object) -> dict[str, str]:
    return street.stripe.signed(body, **options)  # type: ignore[arg-type]


def flipped(one: Delivery) -> Post:
    """One bit of one byte in the middle is another."""
    middle = len(one.body) // 2
    return one.body[:middle] + bytes([one.body[middle] ^ 1]) + one.body[middle + 1 :], one.headers


def signature(one: Delivery, text: str) -> Post:
    return one.body, {**one.headers, "Stripe-Signature": text}


def at(street: Street, one: Delivery, seconds: int) -> Post:
    return one.body, header(street, one.body, at=street.clock() + timedelta(seconds=seconds))


def content(street: Street, body: bytes) -> Post:
    return body, header(street, body)


def told(street: Street, one: Delivery, **options: object) -> Post:
    made = street.stripe.delivery(one.event, **options)  # type: ignore[arg-type]
    return made.body, made.headers


def mark(one: Delivery) -> str:
    """The signature proper."""
    return one.headers["Stripe-Signature"].rpartition("v1=")[2]


def nameless(one: Delivery) -> bytes:
    return one.body.replace(one.event["id"].encode(), b"")


def moment(one: Delivery) -> str:
    return one.headers["Stripe-Signature"].partition(",")[0]


FORGED: dict[str, tuple[int, Callable[[Street, Delivery], Post]]] = {
    "no signature": (400, lambda _, one: (one.body, {"Content-Type": "application/json"})),
    "an empty signature": (400, lambda _, one: signature(one, "")),
    "no mark": (400, lambda _, one: signature(one, moment(one))),
    "an empty mark": (400, lambda _, one: signature(one, f"{moment(one)},v1=")),
    "a mark cut short": (400, lambda _, one: signature(one, f"{moment(one)},v1={mark(one)[:-1]}")),
    "no time": (400, lambda _, one: signature(one, f"v1={mark(one)}")),
    "another time than was signed": (400, lambda _, one: signature(one, f"{LATER},v1={mark(one)}")),
    "a second time that was not signed": (
        400, lambda _, one: signature(one, f"{LATER},{moment(one)},v1={mark(one)}"),
    ),
    "another scheme": (400, lambda _, one: signature(one, f"{moment(one)},v0={mark(one)}")),
    "not ASCII": (400, lambda _, one: signature(one, f"{moment(one)},v1=\xe9")),
    "another secret": (400, lambda street, one: told(street, one, secret="whsec_of_somebody_else")),
    "an empty secret": (400, lambda street, one: told(street, one, secret="")),
    "301 s ago": (400, lambda street, one: at(street, one, -301)),
    "301 s ahead": (400, lambda street, one: at(street, one, 301)),
    "one byte changed": (400, lambda _, one: flipped(one)),
    "one byte more": (400, lambda _, one: (one.body + b" ", one.headers)),
    "nothing under a true signature of something": (400, lambda _, one: (b"", one.headers)),
    "live mode": (400, lambda street, one: told(street, one, livemode=True)),
    "a foreign account": (400, lambda street, one: told(street, one, account="acct_of_somebody_else")),
    "no JSON": (400, lambda street, _: content(street, b"not JSON")),
    "an empty body": (400, lambda street, _: content(street, b"")),
    "a list": (400, lambda street, one: content(street, b"[" + one.body + b"]")),
    "no event": (400, lambda street, _: content(street, b'{"id":"cus_1","object":"customer","livemode":false}')),
    "an event without an id": (400, lambda street, one: content(street, nameless(one))),
    "another character set": (400, lambda street, one: content(street, one.body.decode().encode("utf-16"))),
    "too large": (413, lambda street, one: content(street, one.body + b" " * LARGEST)),
}  # fmt: skip
"""What is forged: the answer, and how it is made of the true one."""


@pytest.mark.parametrize("name", FORGED)
async def test_what_is_forged_is_refused_and_leaves_nothing(street: Street, paid: Delivery, name: str) -> None:
    before, asked = await street.app.store.read(counted), len(street.fake.calls)
    status, forge = FORGED[name]
    assert await street.post(*forge(street, paid)) == status
    await street.settled()
    assert await street.app.store.read(counted) == before
    assert len(street.fake.calls) == asked
    assert await street.post(paid.body, paid.headers) == 200  # it was the forging that was refused
    await street.settled()
    assert await street.money() == [("charge", 1000, "usd")]


def test_the_table_of_forgeries_is_whole() -> None:
    assert len(FORGED) == 26


@pytest.mark.parametrize("seconds", [-300, 300])
async def test_a_signature_is_good_for_five_minutes_either_way(street: Street, paid: Delivery, seconds: int) -> None:
    assert await street.post(*at(street, paid, seconds)) == 200
    await street.settled()
    assert await street.money() == [("charge", 1000, "usd")]


async def test_of_a_hundred_and_one_true_ones_the_first_counts(street: Street, paid: Delivery) -> None:
    rows, events = await street.app.store.read(counted)
    assert await street.post(paid.body, paid.headers) == 200
    await street.settled()
    after = await street.app.store.read(counted)
    assert after == (rows + 1, events + 2)  # the subscription, and its payment
    asked = len(street.fake.calls)
    for number in range(100):
        street.clock.advance(seconds=3)  # the last one is signed 300 s ago
        assert await street.post(paid.body, paid.headers) == 200, number
    await street.settled()
    assert await street.app.store.read(counted) == after
    assert len(street.fake.calls) == asked
    street.clock.advance(seconds=1)
    assert await street.post(paid.body, paid.headers) == 400


async def test_all_that_is_forged_at_once_with_the_true_one_among_it(street: Street, paid: Delivery) -> None:
    rows, events = await street.app.store.read(counted)
    forged = [forge(street, paid) for _, forge in FORGED.values()]
    posts = [*forged[:13], (paid.body, paid.headers), *forged[13:]]
    statuses = [await street.post(*one) for one in posts]
    await street.settled()
    assert statuses.count(200) == 1
    assert await street.app.store.read(counted) == (rows + 1, events + 2)
    assert await street.money() == [("charge", 1000, "usd")]


async def test_providers_that_do_not_ring_here_have_no_address(street: Street, paid: Delivery) -> None:
    for path in ("/webhooks/stars", "/webhooks/sandbox", "/webhooks/Stripe", "/webhooks/"):
        answer = await street.client.post(path, content=paid.body, headers=paid.headers)
        assert answer.status_code == 404, path
    answer = await street.client.get(WEBHOOK)
    assert answer.status_code == 405


async def test_what_says_that_it_is_small_and_is_not_is_refused(street: Street, paid: Delivery) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 1000 + 1):
            yield b" " * 1000

    answer: httpx.Response = await street.client.post(WEBHOOK, content=pieces(), headers=paid.headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("secret", ["", "  ", "\n"])
def test_an_empty_secret_does_not_start(clock: Clock, secret: str) -> None:
    with pytest.raises(ValueError, match="secret is empty"):
        StripeProvider("sk_test_1", secret, clock)
    with pytest.raises(ValidationError, match="must not be empty: an empty secret can be forged"):
        Settings(stripe_webhook_secret=secret)  # type: ignore[arg-type]


async def test_without_a_secret_nothing_is_believed(street: Street, paid: Delivery, clock: Clock) -> None:
    deaf = StripeProvider(street.fake.key, None, clock, url=street.fake.url, retries=0)
    street.till.join(deaf)
    before = await street.app.store.read(counted)
    for body, headers in ((paid.body, paid.headers), told(street, paid, secret="")):
        assert await street.post(body, headers) == 400
    assert await street.app.store.read(counted) == before
    await deaf.close()
