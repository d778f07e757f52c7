"""What an order becomes at Stripe, and that it becomes so once."""

from datetime import UTC, date, datetime

import pytest
import stripe

from bot.adapters.stripe import Options
from bot.adapters.stripe.api import API_VERSION
from bot.adapters.stripe.truth import term_end
from bot.engine.rules import Plan
from bot.payments import Busy, Discount, Unable
from bot.sales import Price
from bot.words import replace
from tests.adapters.stripe.conftest import DAY, HOUR, MONTH, PASS, YEAR, Stall, opened
from tests.fakes.stripe import CUT, SILENT

META = {"lyceum_order": "order1", "lyceum_member": "42", "lyceum_community": "7", "lyceum_plan": "gold"}


def test_the_version_is_the_one_stripe_python_was_written_for() -> None:
    assert stripe.api_version == API_VERSION


async def test_a_subscription_says_everywhere_whose_it_is(stall: Stall) -> None:
    order = stall.order(locale="zh_CN", email="a@b.c")
    link = await stall.provider.checkout(order)
    session = stall.world.objects[link.external]
    assert link.url == session["url"]
    assert link.expires_at == order.expires_at
    asked = stall.asked(link)
    assert (asked["mode"], asked["client_reference_id"], asked["metadata"]) == ("subscription", "order1", META)
    assert asked["subscription_data"] == {"metadata": META}
    assert (asked["locale"], asked["customer_email"], asked["allow_promotion_codes"]) == ("zh", "a@b.c", True)
    assert (asked["adaptive_pricing"], asked["automatic_tax"]) == ({"enabled": True}, {"enabled": False})
    assert (asked["success_url"], asked["cancel_url"]) == ("https://t.me", "https://t.me")
    (call,) = stall.fake.calls_of("POST", "/v1/checkout/sessions")
    assert call.headers["idempotency-key"] == "lyceum:order:order1"
    assert call.headers["stripe-version"] == API_VERSION


async def test_what_is_paid_once_says_how_long_it_lasts(stall: Stall) -> None:
    link = await stall.provider.checkout(stall.order(PASS, locale="fr", platform="discord"))
    asked = stall.asked(link)
    meta = {**META, "lyceum_plan": "pass", "lyceum_term": "days:30"}
    assert (asked["mode"], asked["metadata"]) == ("payment", meta)
    assert asked["payment_intent_data"] == {"metadata": meta, "description": "Pass"}
    assert (asked["customer_creation"], asked["locale"]) == ("always", "auto")
    assert asked["success_url"] == "https://discord.com/channels/@me"


@pytest.mark.parametrize(
    ("plan", "gift", "term"),
    [
        (Plan(name="cohort", period="date", ends_on=date(2027, 1, 1)), False, "until:2027-01-01T00:00:00+00:00"),
        (Plan(name="life", period="lifetime"), False, "ever"),
        (MONTH, True, "months:1"),
        (YEAR, True, "months:12"),
        (PASS, True, "days:30"),
    ],
)
async def test_terms_and_gifts_are_paid_once(stall: Stall, plan: Plan, gift: bool, term: str) -> None:
    link = await stall.provider.checkout(stall.order(replace(plan, prices={"usd": 900}), gift=gift))
    asked = stall.asked(link)
    assert (asked["mode"], asked["metadata"]["lyceum_term"]) == ("payment", term)


@pytest.mark.parametrize(
    ("plan", "interval"), [("month", ("month", 1)), ("quarter", ("month", 3)), ("year", ("year", 1))]
)
async def test_prices_are_made_once_and_found_again(plan: str, interval: tuple[str, int]) -> None:
    wanted = Plan(name="gold", title="Gold", period=plan, prices={"usd": 1000})  # type: ignore[arg-type]
    async with opened() as stall:
        for _ in range(2):
            await stall.provider.checkout(stall.order(wanted))
        async with opened(world=stall.world) as other:
            await other.provider.checkout(stall.order(replace(wanted, title="Golden")))
        price, product = stall.world.one("price"), stall.world.one("product")
    assert (price["recurring"]["interval"], price["recurring"]["interval_count"]) == interval
    assert (price["unit_amount"], price["currency"], price["product"]) == (1000, "usd", "lyceum_7_gold")
    assert price["metadata"] == {"lyceum_plan": "gold", "lyceum_community": "7"}
    assert product["name"] == "Golden"


async def test_another_price_is_another_object_and_the_old_one_stays(stall: Stall) -> None:
    first = await stall.sell()
    await stall.provider.checkout(stall.order(replace(MONTH, prices={"usd": 1500}), customer=first.buyer.customer))
    assert [one["unit_amount"] for one in stall.world.find("price")] == [1000, 1500]
    assert (await stall.now(first)).subscription.price == Price(amount=1000, currency="usd")


async def test_a_price_that_was_archived_is_made_anew(stall: Stall) -> None:
    await stall.provider.checkout(stall.order())
    stall.world.one("price")["active"] = False
    link = await stall.provider.checkout(stall.order())
    assert [one["active"] for one in stall.world.find("price")] == [False, True]
    assert stall.world.pay(link.external)


async def test_the_same_order_is_the_same_page(stall: Stall) -> None:
    order = stall.order()
    first = await stall.provider.checkout(order)
    stall.world.advance(HOUR)
    assert await stall.provider.checkout(order) == first
    assert len(stall.world.find("checkout.session")) == 1


@pytest.mark.parametrize("fault", [CUT, 500])
async def test_a_lost_answer_does_not_make_a_second_page(stall: Stall, fault: int) -> None:
    order = stall.order()
    await stall.provider.checkout(stall.order())
    stall.fake.lose_next(path="/v1/checkout/sessions", status=fault)
    with pytest.raises(Busy):
        await stall.provider.checkout(order)
    link = await stall.provider.checkout(order)
    mine = stall.world.find("checkout.session", client_reference_id=order.token)
    assert link.external == mine[-1]["id"]
    assert len(mine) == (1 if fault == CUT else 2)  # a 500 that Stripe keeps can only be left behind
    assert (await stall.provider.checkout(order)).external == link.external


async def test_the_client_itself_asks_again() -> None:
    async with opened(retries=1) as stall:
        stall.fake.lose_next(path="/v1/checkout/sessions", status=CUT)
        link = await stall.provider.checkout(stall.order())
        assert stall.world.one("checkout.session")["id"] == link.external


async def test_a_page_lives_as_long_as_stripe_lets_it(stall: Stall) -> None:
    now = stall.world.now
    short = await stall.provider.checkout(stall.order(expires_at=now + 5 * HOUR / 60))
    long = await stall.provider.checkout(stall.order(expires_at=now + 3 * DAY))
    assert short.expires_at == now + 31 * HOUR / 60
    assert long.expires_at == now + 24 * HOUR - 2 * HOUR / 60


async def test_switches_and_our_own_pages() -> None:
    options = Options(tax=True, adaptive_pricing=False, public_url="https://lyceum.example/")
    async with opened(options=options) as stall:
        link = await stall.provider.checkout(stall.order())
        asked = stall.asked(link)
        assert (asked["adaptive_pricing"], asked["automatic_tax"]) == ({"enabled": False}, {"enabled": True})
        assert asked["success_url"] == "https://lyceum.example/paid"
        assert asked["cancel_url"] == "https://lyceum.example/unpaid"
        stall.world.tax_percent = 10
        assert stall.world.pay(link.external)
        customer = (await stall.heard()).buyer.customer
        again = await stall.provider.checkout(stall.order(customer=customer))
        assert stall.asked(again)["customer_update"] == {"address": "auto"}


async def test_a_customer_is_used_again_and_made_anew_when_gone(stall: Stall) -> None:
    first = await stall.sell(PASS)
    again = await stall.sell(PASS, customer=first.buyer.customer)
    assert again.buyer.customer == first.buyer.customer
    assert len(stall.world.find("customer")) == 1
    link = await stall.provider.checkout(stall.order(PASS, customer="cus_deleted"))
    assert stall.world.objects[link.external]["customer"] is None


@pytest.mark.parametrize(
    ("discount", "coupon", "charged"),
    [
        (Discount(code="HALF", percent=50), {"percent_off": 50.0, "duration": "once"}, [500, 1000, 1000]),
        (
            Discount(code="THREE", amount=300, duration="months", months=2),
            {"amount_off": 300, "currency": "usd", "duration": "repeating", "duration_in_months": 2},
            [700, 700, 1000],
        ),
        (
            Discount(code="朋友", percent=10, duration="forever"),
            {"percent_off": 10.0, "duration": "forever"},
            [900] * 3,
        ),
    ],
)
async def test_coupons(stall: Stall, discount: Discount, coupon: dict[str, object], charged: list[int]) -> None:
    truth = await stall.sell(discount=discount)
    async with opened(world=stall.world) as after_a_restart:
        await after_a_restart.provider.checkout(stall.order(discount=discount))
    made = stall.world.one("coupon")
    assert coupon.items() <= made.items()
    assert made["name"] == discount.code
    stall.world.advance(62 * DAY + HOUR)
    amounts = [one.price.amount for _, one in (await stall.now(truth)).payments]
    assert amounts == charged[::-1]


async def test_a_promotion_code_of_the_creators_own_is_taken(stall: Stall) -> None:
    coupon = stall.world.new_coupon(percent_off=20.0)
    stall.world.new_code(coupon["id"], code="WELCOME")
    link = await stall.provider.checkout(stall.order(PASS))
    assert stall.world.pay(link.external, promotion_code="welcome")
    truth = await stall.heard()
    assert truth.subscription.price == Price(amount=4000, currency="usd")


async def test_what_costs_nothing_after_a_coupon_is_given_without_a_card(stall: Stall) -> None:
    truth = await stall.sell(PASS, None, discount=Discount(code="ALL", percent=100))
    assert (truth.subscription.status, truth.payments) == ("active", ())
    assert truth.subscription.until == truth.subscription.since + 30 * DAY


async def test_an_offer_is_taken_back(stall: Stall) -> None:
    order = stall.order()
    link = await stall.provider.checkout(order)
    await stall.provider.withdraw(order, link.external)
    assert stall.world.objects[link.external]["status"] == "expired"
    await stall.provider.withdraw(order, link.external)
    paid = await stall.provider.checkout(bought := stall.order())
    stall.world.pay(paid.external)
    await stall.provider.withdraw(bought, paid.external)
    await stall.provider.withdraw(bought, "")
    assert stall.sub()["status"] == "active"
    with pytest.raises(Unable, match="new one"):
        await stall.provider.checkout(stall.order(token=order.token, created_at=order.created_at, email="x@y.z"))


@pytest.mark.parametrize(
    ("plan", "price", "why"),
    [
        (MONTH, Price(amount=1000, currency="usd"), ""),
        (MONTH, Price(amount=50, currency="usd"), ""),
        (MONTH, Price(amount=49, currency="usd"), "Stripe takes no payment as small as this."),
        (MONTH, Price(amount=49, currency="jpy"), "Stripe takes no payment as small as this."),
        (
            Plan(name="free", period="free"),
            Price(amount=0, currency="usd"),
            "Stripe takes no payment as small as this.",
        ),
        (MONTH, Price(amount=100, currency="xtr"), "Stripe takes no Stars."),
        (replace(MONTH, trial_days=731), Price(amount=1000, currency="usd"), "Stripe's longest trial is 730 days."),
    ],
)
async def test_what_is_sold(stall: Stall, plan: Plan, price: Price, why: str) -> None:
    assert stall.provider.sells(plan, price) == why
    if why:
        with pytest.raises(Unable, match=why[:20]):
            await stall.provider.checkout(stall.order(plan, price=price))
        assert stall.fake.calls == []


async def test_a_silent_server_is_given_up_and_nothing_is_lost() -> None:
    async with opened(timeout=0.5) as stall:
        order = stall.order()
        stall.fake.lose_next(path="/v1/products", status=SILENT)
        with pytest.raises(Busy):
            await stall.provider.checkout(order)
        assert stall.world.find("checkout.session") == []
        assert (await stall.provider.checkout(order)).external


def test_terms_end_where_the_calendar_says() -> None:
    start = datetime(2027, 1, 31, 12, tzinfo=UTC)
    assert term_end("months:1", start) == datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert term_end("months:12", start) == datetime(2028, 1, 31, 12, tzinfo=UTC)
    assert term_end("days:30", start) == start + 30 * DAY
    assert term_end("until:2027-06-01T00:00:00+00:00", start) == datetime(2027, 6, 1, tzinfo=UTC)
    assert term_end("ever", start) is None
