"""The sandbox's pages, as a browser without scripts and as a forger would use them."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from httpx import ASGITransport, AsyncClient, Response

from bot.adapters.sandbox import Sandbox
from bot.app import App
from bot.engine.rules import Plan
from bot.events import Account, MemberJoined
from bot.payments import Discount, Order
from bot.sales import Price
from bot.storage import inbox, orders, sales
from bot.storage.members import Profile
from bot.till import Till, Wish
from bot.web import checkout, pages, server
from tests.conftest import START, Clock

USD = Price(amount=1200, currency="usd")
PRO = Plan(name="pro", title="Pro <b>", about="Talks & reviews", period="month", prices={"usd": 1200}, gates=("vip",))
NORA = Account(platform="discord", space="s", user="nora", name="Nora", space_name="Café & Co")


@pytest.fixture
def sandbox(app: App, clock: Clock) -> Sandbox:
    return Sandbox(app.store, clock)


@pytest.fixture
def till(app: App, sandbox: Sandbox) -> Till:
    return Till(app, [sandbox])


@pytest_asyncio.fixture
async def me(app: App) -> Profile:
    await app.submit([MemberJoined(key="j", at=START, who=NORA)])
    me = await app.profile(NORA)
    await app.amend(me.community, PRO)
    return me


@pytest_asyncio.fixture
async def http(app: App, till: Till) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(server.create(app, till=till))
    async with AsyncClient(transport=transport, base_url="http://lyceum") as client:
        yield client


async def offered(till: Till, me: Profile, clock: Clock, locale: str = "en") -> str:
    """Ask for the plan; returns where it is paid."""
    wish = Wish(plan=PRO, way=("sandbox", USD), platform="discord", user="nora", locale=locale)
    return (await till.counter.order(me, wish, clock.now)).url


async def press(http: AsyncClient, page: str, do: str, at: str = "", **given: str) -> Response:
    """Press a button of the form that is on the page, going along wherever it leads."""
    text = (await http.get(page)).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))
    target = re.search(r'<form method="post" action="([^"]*)">', text)
    assert target is not None
    return await http.post(at or target[1], data={**hidden, "do": do, **given}, follow_redirects=True)


async def state(app: App, till: Till) -> tuple[tuple[str, ...], list[tuple[str, int]]]:
    """What is open to her, and what she paid, when all that rang was heard."""
    await till.bell.work()
    me = await app.profile(NORA)
    moved = await app.store.read(sales.payments, me.community)
    return me.state.access.open, [(one.payment.kind, one.payment.price.amount) for one in moved]


async def test_the_offer_says_what_it_costs_and_escapes_every_word(
    http: AsyncClient, till: Till, me: Profile, clock: Clock
) -> None:
    answer = await http.get(await offered(till, me, clock))
    assert answer.status_code == 200
    for words in ("$12.00 a month", "You pay $12.00 today.", "Pro &lt;b&gt;", "Talks &amp; reviews", "Café &amp; Co"):
        assert words in answer.text
    assert "Pro <b>" not in answer.text
    assert "Sandbox" in answer.text
    assert '<html lang="en">' in answer.text


async def test_a_payment_opens_the_gate(http: AsyncClient, app: App, till: Till, me: Profile, clock: Clock) -> None:
    page = await offered(till, me, clock)
    answer = await press(http, page, "pay", card="works")
    assert "Thank you, it is paid" in answer.text
    assert "Renews on Dec 21, 2026" in answer.text
    assert await state(app, till) == (("vip",), [("charge", 1200)])
    again = await http.get(page)
    assert "<form" not in again.text, "what is paid can't be paid again"


async def test_a_declined_card_is_charged_nothing_and_may_try_again(
    http: AsyncClient, app: App, till: Till, me: Profile, clock: Clock
) -> None:
    page = await offered(till, me, clock)
    answer = await press(http, page, "decline")
    assert "The card was declined. Nothing was charged" in answer.text
    assert await state(app, till) == ((), [])
    assert "Thank you" in (await press(http, page, "pay")).text
    assert await state(app, till) == (("vip",), [("charge", 1200)])


async def test_the_bank_is_asked_first_and_may_refuse(
    http: AsyncClient, app: App, till: Till, me: Profile, clock: Clock, sandbox: Sandbox
) -> None:
    page = await offered(till, me, clock)
    bank = await press(http, page, "bank", card="declines")
    assert bank.url.path == f"{page}/bank"
    assert "asks your bank for $12.00" in bank.text
    assert await state(app, till) == ((), [])
    refused = await press(http, str(bank.url), "refuse")
    assert "The card was declined" in refused.text
    assert await state(app, till) == ((), [])
    assert "Thank you" in (await press(http, str(bank.url), "confirm")).text
    assert await state(app, till) == (("vip",), [("charge", 1200)])
    deal = await sandbox.deal(page.rpartition("/")[2])
    assert deal is not None
    assert deal.card == "declines", "what was chosen before the detour holds after it"


async def test_a_double_press_is_charged_once(
    http: AsyncClient, app: App, till: Till, me: Profile, clock: Clock
) -> None:
    page = await offered(till, me, clock)
    text = (await http.get(page)).text
    sign = re.search(r'name="sign" value="(\w+)"', text)
    assert sign is not None
    for _ in range(3):
        answer = await http.post(page, data={"sign": sign[1], "do": "pay"})
        assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert await state(app, till) == (("vip",), [("charge", 1200)])


@pytest.mark.parametrize(
    "body",
    [
        {"do": "pay"},
        {"do": "pay", "sign": ""},
        {"do": "pay", "sign": "0" * 64},
        {"do": "pay", "sign": "é"},
        {"do": "pay", "sign": "theirs"},
        {"do": "pay", "pad": "x" * checkout.LARGEST},
    ],
)
async def test_a_form_from_elsewhere_is_refused_and_changes_nothing(
    http: AsyncClient, app: App, till: Till, me: Profile, clock: Clock, body: dict[str, str]
) -> None:
    page = await offered(till, me, clock)
    if body.get("sign") == "theirs":  # the signature of another page
        other = await till.providers["sandbox"].checkout(
            Order(
                token="other", community=1, member=1, plan=PRO, price=USD, created_at=START,
                expires_at=clock.now.replace(hour=23),
            )
        )  # fmt: skip
        found = re.search(r'name="sign" value="(\w+)"', (await http.get(other.url)).text)
        assert found is not None
        body = {**body, "sign": found[1]}
    answer = await http.post(page, data=body)
    assert answer.status_code == 403
    assert "Nothing was charged" in answer.text
    assert await state(app, till) == ((), [])


async def test_an_offer_that_is_over_says_so(
    http: AsyncClient, app: App, till: Till, me: Profile, clock: Clock
) -> None:
    page = await offered(till, me, clock)
    sign = re.search(r'name="sign" value="(\w+)"', (await http.get(page)).text)
    assert sign is not None
    clock.advance(hours=24)
    late = await http.post(page, data={"sign": sign[1], "do": "pay"}, follow_redirects=True)
    assert (late.status_code, "This offer is over" in late.text) == (410, True)
    assert (await http.get(f"{page}/bank")).status_code == 410
    assert await state(app, till) == ((), [])


@pytest.mark.parametrize("path", ["/checkout/x", "/checkout/x/bank", "/checkout/customer/x", "/checkout/%00"])
async def test_what_was_never_offered_is_not_found(http: AsyncClient, path: str) -> None:
    for answer in (await http.get(path), await http.post(path, data={"do": "pay"})):
        assert (answer.status_code, "There is no such offer" in answer.text) == (404, True)


async def test_the_customers_page_renews_fails_mends_and_refunds(
    http: AsyncClient, app: App, till: Till, me: Profile, clock: Clock
) -> None:
    page = await offered(till, me, clock)
    await press(http, page, "pay")
    assert await state(app, till) == (("vip",), [("charge", 1200)])
    customer = await app.store.read(orders.customer, "sandbox", me.member)
    mine = f"/checkout/customer/{customer}"
    assert (await till.portal(me)) == [("sandbox", mine)]
    clock.advance(days=1)
    assert "Renews on Dec 22, 2026" in (await press(http, mine, "renew")).text
    assert await state(app, till) == (("vip",), [("charge", 1200), ("charge", 1200)])
    assert "Mend the card" in (await press(http, mine, "decline")).text
    clock.advance(days=1)
    assert "Payment failed, tried again on Nov 25, 2026" in (await press(http, mine, "renew")).text
    assert await state(app, till) == (("vip",), [("charge", 1200), ("charge", 1200)]), "in grace"
    (one,) = (await app.profile(NORA)).state.membership.subscriptions
    assert one.status == "past_due"
    assert "Renews on Dec 23, 2026" in (await press(http, mine, "mend")).text
    assert len((await state(app, till))[1]) == 3
    ended = await press(http, mine, "refund")
    assert "Refunded" in ended.text
    opened, moved = await state(app, till)
    assert (opened, moved[-1]) == ((), ("refund", 1200))
    refused = await press(http, mine, "renew")
    assert "That can&#x27;t be done as things stand." in refused.text
    assert (await press(http, mine, "nonsense")).url.query == b"refused=1"
    assert await state(app, till) == (opened, moved)


async def test_a_trial_and_a_coupon_and_a_present_say_what_happens(
    http: AsyncClient, sandbox: Sandbox, me: Profile, clock: Clock
) -> None:
    def order(token: str, **more: Any) -> Order:
        return Order(
            token=token, community=me.community, member=me.member, plan=PRO, price=USD, created_at=clock.now,
            expires_at=clock.now.replace(hour=23), **more,
        )  # fmt: skip

    trial = await http.get((await sandbox.checkout(order("a", trial_days=7))).url)
    assert "7 days free. Nothing is charged today; the first payment is $12.00." in trial.text
    assert "Begin the free trial" in trial.text
    coupon = await http.get((await sandbox.checkout(order("b", discount=Discount(code="SPRING", percent=25)))).url)
    assert "With the coupon SPRING you pay $9.00 today." in coupon.text
    assert "Pay $9.00" in coupon.text
    present = await http.get((await sandbox.checkout(order("c", gift=True))).url)
    assert "it does not renew" in present.text
    assert "Your trial has begun" in (await press(http, "/checkout/a", "pay")).text
    assert "there is the code of your present" in (await press(http, "/checkout/c", "pay")).text


async def test_the_page_speaks_the_orders_language(http: AsyncClient, till: Till, me: Profile, clock: Clock) -> None:
    answer = await http.get(await offered(till, me, clock, locale="zh_CN"), headers={"Accept-Language": "de"})
    assert '<html lang="zh-Hans">' in answer.text
    assert "US$12.00" in answer.text


async def test_no_page_has_a_script_or_may_be_framed(http: AsyncClient, till: Till, me: Profile, clock: Clock) -> None:
    page = await offered(till, me, clock)
    for path in (page, f"{page}/bank", "/checkout/none", "/paid", "/unpaid"):
        answer = await http.get(path)
        assert answer.headers.get_list("content-security-policy") == [pages.POLICY]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "script" not in answer.text
    assert "script-src" not in pages.POLICY
    assert "default-src 'none'" in pages.POLICY
    sheet = await http.get(pages.STYLE_AT)
    assert (sheet.status_code, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [("/paid", "zh-CN,en;q=0.5", "zh-Hans"), ("/paid", "de", "en"), ("/unpaid?lang=zh_CN", "en", "zh-Hans")],
)
async def test_members_come_back_to_a_page_in_their_language(
    http: AsyncClient, path: str, accepted: str, language: str
) -> None:
    answer = await http.get(path, headers={"Accept-Language": accepted})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text


class Bell(Sandbox):
    """A provider that rings from outside: its signature is what the test says."""

    name = "stripe"
    heard: list[tuple[bytes, str]]

    def verify(self, body: bytes, signature: str, now: object) -> str:
        self.heard.append((body, signature))
        return "evt_1"


async def test_a_providers_webhook_is_rung_with_its_raw_bytes_and_signature(app: App, till: Till, clock: Clock) -> None:
    stripe = Bell(app.store, clock)
    stripe.heard = []
    till.join(stripe)
    async with AsyncClient(transport=ASGITransport(server.create(app, till=till)), base_url="http://lyceum") as http:
        body = b'{"id": "evt_1",  "type": "x"}\n'
        assert (
            await http.post("/webhooks/stripe", content=body, headers={"Stripe-Signature": "t=1"})
        ).status_code == 200
        assert (await http.post("/webhooks/stripe", content=body)).status_code == 200
        assert stripe.heard == [(body, "t=1"), (body, "")]
        too_long = await http.post("/webhooks/stripe", content=b"x" * (server.LARGEST + 1))
        assert (too_long.status_code, len(stripe.heard)) == (413, 2)
        assert (await http.get("/webhooks/stripe")).status_code == 405
    (letter,) = await app.store.read(inbox.waiting, "pay:stripe")
    assert (letter.external, letter.body) == ("evt_1", body)


@pytest.mark.parametrize("provider", ["stripe", "sandbox", "stars", "telegram", "nobody"])
async def test_nobody_rings_from_outside_for_a_provider_that_does_not(http: AsyncClient, provider: str) -> None:
    """The sandbox rings within; Stripe is not set up here."""
    assert (await http.post(f"/webhooks/{provider}", content=b"{}")).status_code == 404


async def test_without_a_sandbox_there_is_no_checkout(app: App) -> None:
    async with AsyncClient(transport=ASGITransport(server.create(app, till=Till(app))), base_url="http://x") as http:
        assert (await http.get("/checkout/x")).status_code == 404
        assert "offer" not in (await http.get("/checkout/x")).text
        assert (await http.get("/paid")).status_code == 200


async def test_somebody_erased_has_no_page_any_more(
    http: AsyncClient, app: App, till: Till, me: Profile, clock: Clock
) -> None:
    page = await offered(till, me, clock)
    assert (await http.get(page)).status_code == 200
    await app.forget(me.community, me.member, clock.now)
    assert (await http.get(page)).status_code == 404
