"""Intake and bell: what a provider says is believed once, in its latest form, and nothing forged is heard."""

import asyncio
from datetime import timedelta

import pytest

from bot.app import App
from bot.effects import Tell
from bot.events import MemberJoined
from bot.payments import Busy, Truth
from bot.sales import Subscription, months_later
from bot.storage import codes, grants, merge, orders, outbox, sales
from bot.storage.inbox import waiting
from bot.storage.members import Profile
from bot.till import Till
from bot.words import replace
from tests.conftest import Clock
from tests.fakes.ports import FakePort
from tests.fakes.providers import GOOD, FakeProvider
from tests.till.conftest import PASS, PRO, TRY, Buy, account, again


async def settled(app: App, clock: Clock) -> None:
    """Wait until everything is delivered, by this or by the application's own loop."""
    async with asyncio.timeout(20):
        while (await app.store.read(outbox.waiting)).values():
            if not await app.deliver(clock()):
                await asyncio.sleep(0.01)


def did(port: FakePort) -> list[str]:
    return sorted(type(task.effect).__name__ for task in port.performed)


async def subscribed(
    till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock, days: int = 30
) -> Subscription:
    await buy(ann, PRO)
    truth = provider.paid(provider.orders[-1], clock(), until=clock() + timedelta(days=days))
    await till.take([truth])
    return truth.subscription


async def test_paid_is_inside_told_once_and_in_the_books(
    app: App, till: Till, provider: FakeProvider, port: FakePort, ann: Profile, buy: Buy, clock: Clock
) -> None:
    one = await subscribed(till, provider, ann, buy, clock)
    truth = provider.truths[one.id]
    await till.take([truth, truth])
    await settled(app, clock)
    assert did(port) == ["GrantAccess", "Tell"]
    assert [(task.effect.notice, task.effect.plan) for task in port.performed if isinstance(task.effect, Tell)] == [
        ("subscribed", "Pro")
    ]
    assert [(grant.target, grant.status) for grant in await app.store.read(grants.of_member, ann.member)] == [
        ("role:r1", "granted")
    ]
    assert [(moved.payment.kind, moved.payment.price.amount) for moved in await app.store.read(sales.payments, 1)] == [
        ("charge", 900)
    ]
    (order,) = await app.store.read(orders.of_member, ann.member)
    assert (order.status, order.subscription) == ("paid", one.id)
    assert await app.store.read(orders.customer, "fake", ann.member) == f"cus_{ann.member}"


async def test_old_news_after_new_changes_nothing(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    one = await subscribed(till, provider, ann, buy, clock)
    ended = provider.now_is(one, status="ended", as_of=clock() + timedelta(hours=2))
    await till.take([ended])
    assert (await again(app, ann)).state.membership.plans == ()
    late = replace(ended, subscription=replace(one, status="active", as_of=clock() + timedelta(hours=1)))
    assert (await till.take([late])).new == 0
    assert (await again(app, ann)).state.membership.plans == ()


async def test_what_nobody_bought_here_concerns_nobody(app: App, till: Till, ann: Profile, clock: Clock) -> None:
    one = Subscription(id="fake:x", plan="pro", status="active", since=clock(), as_of=clock())
    assert (await till.take([Truth(subscription=one, order="nobody's")])).new == 0
    assert await app.store.read(sales.of_community, ann.community) == []


async def test_a_gift_is_paid_by_one_and_used_by_another(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    bo = await app.profile(account("bo"))
    await buy(ann, PASS, gift=True)
    await till.take([provider.paid(provider.orders[0], clock())])
    assert (await again(app, ann)).state.membership.subscriptions == ()
    assert len(await app.store.read(sales.payments, 1, member=ann.member)) == 1
    token = provider.orders[0].token
    code = await app.store.write(codes.make, "gift", ann.community, ann.member, clock(), lasting=None, data=token)
    used = await app.store.write(codes.use, code, bo.member, ("gift",), clock())
    assert isinstance(used, codes.Code)
    assert await till.redeem(used.data, bo.community, bo.member, PASS)
    assert not await till.redeem(used.data, ann.community, ann.member, PASS)
    assert (await again(app, bo)).state.membership.plans == ("pass",)
    assert (await again(app, ann)).state.membership.plans == ()


async def test_of_many_who_redeem_a_gift_at_once_one_has_it(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    crowd = [await app.profile(account(f"u{number}")) for number in range(8)]
    await buy(ann, PRO, gift=True)
    await till.take([provider.paid(provider.orders[0], clock())])
    token = provider.orders[0].token
    had = await asyncio.gather(*(till.redeem(token, who.community, who.member, PRO) for who in crowd))
    assert sorted(had) == [False] * 7 + [True]
    states = [(await again(app, who)).state.membership for who in crowd]
    assert [len(one.subscriptions) for one in states] == [int(one) for one in had]
    (until,) = [one.subscriptions[0].until for one in states if one.subscriptions]
    assert until == months_later(clock(), 1)


async def test_a_gift_whose_money_goes_back_ends_for_who_has_it_and_a_dispute_won_brings_it_back(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    bo = await app.profile(account("bo"))
    await buy(ann, PASS, gift=True)
    paid = provider.paid(provider.orders[0], clock())
    await till.take([paid])
    assert await till.redeem(provider.orders[0].token, bo.community, bo.member, PASS)
    seen = []
    for status in ("disputed", "active", "refunded"):
        told = provider.now_is(paid.subscription, status=status, as_of=clock.advance(hours=1))
        await till.take([told])
        await till.take([told])
        seen.append((await again(app, bo)).state.membership.plans)
    assert seen == [(), ("pass",), ()]
    (gift,) = (await again(app, bo)).state.membership.subscriptions
    assert (gift.id, gift.status) == (f"gift:{provider.orders[0].token}", "refunded")
    assert (await again(app, ann)).state.membership.subscriptions == ()


async def test_a_second_trial_with_the_same_card_ends_at_once(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    bo = await app.profile(account("bo"))
    for who in (ann, bo):
        await buy(who, TRY)
        order = provider.orders[-1]
        truth = provider.paid(order, clock(), until=clock() + timedelta(days=7))
        await till.take([replace(truth, buyer=replace(truth.buyer, card="fp_1", email="Ann+x@example.com"))])
    assert (await again(app, ann)).state.membership.plans == ("try",)
    assert (await again(app, bo)).state.membership.plans == ()
    assert [what for what, _ in provider.calls if what.startswith("cancel")] == ["cancel now"]


async def test_a_webhook_is_stored_before_it_is_answered_and_handled_once(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    await buy(ann, PRO)
    one = provider.paid(provider.orders[0], clock(), until=clock() + timedelta(days=30)).subscription
    body = f"evt_1 {one.id}".encode()
    assert [await till.ring("fake", body, GOOD) for _ in range(3)] == [200, 200, 200]
    assert (await again(app, ann)).state.membership.plans == ()
    assert len(await app.store.read(waiting, "pay:fake")) == 1
    assert await till.bell.work() == 1
    assert (await again(app, ann)).state.membership.plans == ("pro",)
    assert await till.ring("fake", body, GOOD) == 200
    assert await till.bell.work() == 0


@pytest.mark.parametrize("signature", ["", "forged"])
async def test_what_is_not_signed_is_not_stored(app: App, till: Till, signature: str) -> None:
    assert await till.ring("fake", b"evt_1 fake:1", signature) == 400
    assert await till.ring("nobody", b"evt_1 fake:1", GOOD) == 404
    assert await app.store.read(waiting, "pay:fake") == []


async def test_a_letter_waits_until_its_provider_can_be_asked_and_holds_up_no_other(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    await buy(ann, PRO)
    one = provider.paid(provider.orders[0], clock(), until=clock() + timedelta(days=30)).subscription
    await till.ring("fake", b"evt_0 fake:unknown", GOOD)
    await till.ring("fake", f"evt_1 {one.id}".encode(), GOOD)
    provider.plan.extend([Busy("no network"), Busy("no network")])
    assert await till.bell.work() == 0
    assert await till.bell.work() == 1
    assert (await again(app, ann)).state.membership.plans == ("pro",)
    assert [letter.external for letter in await app.store.read(waiting, "pay:fake")] == ["evt_0"]


async def test_who_comes_back_to_the_server_is_let_in_again(
    app: App, till: Till, provider: FakeProvider, port: FakePort, ann: Profile, buy: Buy, clock: Clock
) -> None:
    await subscribed(till, provider, ann, buy, clock)
    await settled(app, clock)
    await app.submit([MemberJoined(key="back", at=clock(), who=account("ann"))])
    await settled(app, clock)
    assert did(port) == ["GrantAccess", "GrantAccess", "Tell"]


async def test_a_reminder_that_is_no_longer_so_is_not_sent(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    one = await subscribed(till, provider, ann, buy, clock)
    clock.advance(days=26)
    assert await till.review_due(clock()) == 1
    assert sum((await app.store.read(outbox.waiting)).values()) == 3
    renewed = provider.now_is(one, until=clock() + timedelta(days=34), as_of=clock())
    await till.take([renewed])
    port = FakePort("discord")
    app.join(port)
    await settled(app, clock)
    assert [task.effect.notice for task in port.performed if isinstance(task.effect, Tell)] == ["subscribed"]


async def test_whoever_was_handed_a_subscription_does_not_get_the_card_that_pays_for_it(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    one = await subscribed(till, provider, ann, buy, clock)
    bo = await app.profile(account("bo"))
    await app.rework(merge.hand_over, ann.member, bo.member, app.rules, clock())
    renewed = provider.now_is(one, until=clock() + timedelta(days=60), as_of=clock() + timedelta(days=30))
    await till.take([renewed])
    assert (await again(app, bo)).state.membership.subscriptions[0].until == clock() + timedelta(days=60)
    assert await till.portal(await again(app, bo)) == []
    assert await till.portal(await again(app, ann)) == [("fake", f"https://pay.example/portal/cus_{ann.member}")]
