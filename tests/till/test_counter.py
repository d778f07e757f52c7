"""The counter: who is offered what, and that an order is one order."""

import asyncio
from datetime import timedelta

import pytest

from bot.app import App
from bot.payments import Busy, Buyer, Link
from bot.sales import STARS, Price
from bot.storage import coupons, orders
from bot.storage.coupons import Coupon
from bot.storage.members import Profile
from bot.till import Refusal, Till, Wish
from tests.conftest import Clock
from tests.fakes.providers import FakeProvider
from tests.till.conftest import PASS, PRO, SECRET, TRY, USD, Buy, account, again


async def offered(app: App, till: Till, who: Profile, clock: Clock) -> list[str]:
    return [offer.plan.name for offer in await till.counter.offers(await again(app, who), clock())]


async def test_who_is_new_lapsed_or_has_a_code_is_offered_what_is_for_them(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    assert await offered(app, till, ann, clock) == ["pro", "pass", "try"]
    await app.store.write(coupons.put, ann.community, Coupon(code="OPEN", plans=("secret",), unlocks=True))
    await app.store.write(coupons.hold, ann.community, ann.member, "OPEN", clock())
    assert await offered(app, till, ann, clock) == ["pro", "pass", "secret", "try"]
    await buy(ann, PASS)
    await till.take([provider.paid(provider.orders[-1], clock())])
    clock.advance(days=31)
    await till.review_due(clock())
    assert "late" in await offered(app, till, ann, clock)


async def test_each_way_to_pay_is_a_provider_that_takes_the_currency(app: App, till: Till) -> None:
    stars = FakeProvider("stars", frozenset({STARS}))
    till.join(stars)
    assert till.counter.ways(PRO) == (("fake", USD), ("fake", Price(amount=6800, currency="cny")))
    assert till.counter.ways(PASS) == (("fake", Price(amount=500, currency="usd")),)
    stars.unsold = "not this"
    assert till.counter.ways(PRO) == (("fake", USD), ("fake", Price(amount=6800, currency="cny")))


async def test_the_same_wish_is_the_same_offer_and_the_provider_hears_of_it_once(
    app: App, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    first = await buy(ann, PRO)
    assert await buy(ann, PRO) == first
    assert len(provider.orders) == 1
    clock.advance(days=1)
    assert (await buy(ann, PRO)).url != first.url
    assert len(await app.store.read(orders.of_member, ann.member)) == 2


async def test_an_offer_that_failed_on_its_way_is_offered_again_under_the_same_token(
    provider: FakeProvider, ann: Profile, buy: Buy
) -> None:
    provider.plan.append(Busy("no network"))
    with pytest.raises(Busy):
        await buy(ann, PRO)
    link = await buy(ann, PRO)
    tokens = [token for what, token in provider.calls if what == "checkout"]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
    assert link.url.endswith(tokens[0])


async def test_another_wish_for_the_plan_or_by_the_coupon_takes_the_place_of_the_first_and_a_gift_of_none(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    await app.store.write(coupons.put, ann.community, Coupon(code="X", percent=5))
    first = await buy(ann, PRO)
    await buy(ann, PASS, gift=True)
    assert provider.withdrawn == []
    second = await buy(ann, PRO, code="X")
    assert provider.withdrawn == [first.external]
    third = await buy(ann, PASS, code="X")
    assert provider.withdrawn == [first.external, second.external]
    assert await buy(ann, PASS, code="X") == third
    statuses = [(one.plan, one.gift, one.status) for one in await app.store.read(orders.of_member, ann.member)]
    assert statuses == [
        ("pass", False, "open"),
        ("pro", False, "expired"),
        ("pass", True, "open"),
        ("pro", False, "expired"),
    ]
    await till.take([provider.paid(provider.orders[0], clock(), until=clock() + timedelta(days=30))])
    assert (await again(app, ann)).state.membership.plans == ("pro",), "it was paid before it could be taken back"


async def test_where_the_first_offer_cant_be_taken_back_just_now_there_is_no_second(
    app: App, provider: FakeProvider, ann: Profile, buy: Buy
) -> None:
    first = await buy(ann, PRO)
    await app.store.write(coupons.put, ann.community, Coupon(code="X", percent=5))
    provider.plan.append(Busy("no network"))
    with pytest.raises(Busy):
        await buy(ann, PRO, code="X")
    assert [order.token for order in provider.orders] == [first.url.rpartition("/")[2]]
    second = await buy(ann, PRO, code="X")
    assert (provider.withdrawn, len(provider.orders)) == ([first.external], 2)
    assert second.url != first.url


async def test_two_wishes_at_once_leave_one_offer_that_can_be_paid(
    app: App, till: Till, provider: FakeProvider, ann: Profile, clock: Clock
) -> None:
    yuan = Price(amount=6800, currency="cny")
    wishes = [Wish(plan=PRO, way=("fake", price), platform="discord", user="u", locale="en") for price in (USD, yuan)]
    made = await asyncio.gather(*(till.counter.order(ann, one, clock()) for one in wishes), return_exceptions=True)
    dead = set(provider.withdrawn) - {""}
    links = [one.external for one in made if isinstance(one, Link) and one.external not in dead]
    assert len(links) == 1
    assert len(await app.store.read(orders.waiting, ann.member, clock())) == 1


async def test_a_second_living_subscription_is_refused_and_a_pass_follows_on(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    await buy(ann, PRO)
    await till.take([provider.paid(provider.orders[0], clock(), until=clock() + timedelta(days=30))])
    with pytest.raises(Refusal) as refused:
        await buy(ann, PRO)
    assert (refused.value.why, refused.value.about) == ("have_it", "Pro")
    assert len(provider.orders) == 1
    for _ in range(2):
        await buy(ann, PASS)
        await till.take([provider.paid(provider.orders[-1], clock())])
    passes = [one for one in (await again(app, ann)).state.membership.subscriptions if one.plan == "pass"]
    assert sorted(one.until - clock() for one in passes if one.until) == [timedelta(days=30), timedelta(days=60)]


async def test_a_trial_is_one_for_each_member(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    await buy(ann, TRY)
    assert provider.orders[0].trial_days == 7
    tried = provider.paid(provider.orders[0], clock(), until=clock() + timedelta(days=7))
    await till.take([tried])
    await till.take([provider.now_is(tried.subscription, status="ended", as_of=clock() + timedelta(hours=1))])
    clock.advance(days=2)
    assert [offer.trial_days for offer in await till.counter.offers(await again(app, ann), clock())] == [0, 0, 0, 0]
    await buy(ann, TRY)
    assert provider.orders[-1].trial_days == 0


async def test_the_last_of_a_coupon_is_reserved_by_who_orders_first_and_freed_when_they_do_not_pay(
    app: App, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    bo = await app.profile(account("bo"))
    await app.store.write(coupons.put, ann.community, Coupon(code="ONE", percent=50, most=1))
    await buy(ann, PRO, code=" one ")
    assert provider.orders[0].discount is not None
    assert provider.orders[0].discount.percent == 50
    await buy(ann, PRO, code="ONE")
    with pytest.raises(Refusal, match="coupon_exhausted"):
        await buy(bo, PRO, code="ONE")
    assert len(provider.orders) == 1
    clock.advance(days=1)
    await buy(bo, PRO, code="ONE")
    assert provider.orders[1].member == bo.member


@pytest.mark.parametrize(
    ("coupon", "why"),
    [
        (None, "coupon_unknown"),
        (Coupon(code="X", percent=5, archived=True), "coupon_unknown"),
        (Coupon(code="X", percent=5, plans=("pass",)), "coupon_other_plan"),
    ],
)
async def test_a_coupon_that_does_not_fit_is_refused_and_nothing_is_ordered(
    app: App, provider: FakeProvider, ann: Profile, buy: Buy, coupon: Coupon | None, why: str
) -> None:
    if coupon is not None:
        await app.store.write(coupons.put, ann.community, coupon)
    with pytest.raises(Refusal, match=why):
        await buy(ann, PRO, code="X")
    assert provider.orders == []
    assert await app.store.read(orders.of_member, ann.member) == []


async def test_a_coupon_used_once_is_used_and_a_full_refund_frees_it(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    await app.store.write(coupons.put, ann.community, Coupon(code="X", percent=5))
    await buy(ann, SECRET, code="X")
    truth = provider.paid(provider.orders[0], clock())
    await till.take([truth])
    assert await app.store.read(coupons.used, ann.community, "X") == 1
    with pytest.raises(Refusal, match="coupon_used"):
        await buy(ann, PASS, code="X")
    await till.take([provider.now_is(truth.subscription, status="refunded", as_of=clock.advance(hours=1))])
    assert await app.store.read(coupons.used, ann.community, "X") == 0
    await buy(ann, PASS, code="X")


async def test_a_coupon_is_one_for_each_person_by_their_email_or_card_too(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    bo, cy = [await app.profile(account(name)) for name in ("bo", "cy")]
    await app.store.write(coupons.put, ann.community, Coupon(code="X", percent=5))
    await buy(ann, PASS, code="X")
    await till.take(
        [provider.paid(provider.orders[-1], clock(), buyer=Buyer(customer="c1", email="Ann@x.org", card="fp"))]
    )
    for who, buyer in ((bo, Buyer(customer="c2", email="ann+2@x.org")), (cy, Buyer(customer="c3", card="fp"))):
        await buy(who, PASS)
        await till.take([provider.paid(provider.orders[-1], clock(), buyer=buyer)])
        placed = len(provider.orders)
        with pytest.raises(Refusal, match="coupon_used"):
            await buy(who, PASS, code="X")
        assert len(provider.orders) == placed
    dee = await app.profile(account("dee"))
    await buy(dee, PASS)
    await till.take(
        [provider.paid(provider.orders[-1], clock(), buyer=Buyer(customer="c4", email="dee@x.org", card="fp4"))]
    )
    await buy(dee, PASS, code="X")
    assert provider.orders[-1].discount is not None
