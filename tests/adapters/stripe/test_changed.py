"""Reconciliation: what changed since a time, from Stripe's own lists, however many webhooks were lost."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.payments import Busy, Truth
from tests.adapters.stripe.conftest import DAY, HOUR, PASS, Stall
from tests.adapters.stripe.test_life import END


async def changed(stall: Stall, since: datetime) -> list[Truth]:
    return [truth async for truth in stall.provider.changed(since, stall.world.now)]


def lose_all(stall: Stall) -> None:
    """Every event of the world so far is lost for ever."""
    for event in stall.world.events():
        stall.world.forget(event)


async def test_everything_new_is_found_and_each_once(stall: Stall) -> None:
    start = stall.world.now
    sold = [await stall.sell(), await stall.sell(PASS), await stall.sell(trial_days=7)]
    await stall.provider.checkout(stall.order())
    found = await changed(stall, start)
    assert sorted(one.order for one in found) == ["order1", "order2", "order3"]
    assert {one.subscription.id: one for one in found} == {one.subscription.id: one for one in sold}
    lose_all(stall)
    assert sorted(one.order for one in await changed(stall, start)) == ["order1", "order2", "order3"]


async def test_again_is_the_same_and_changes_nothing(stall: Stall) -> None:
    start = stall.world.now
    await stall.sell()
    before = len(stall.world.events())
    assert await changed(stall, start) == await changed(stall, start)
    assert len(stall.world.events()) == before
    assert stall.fake.calls_of("POST", "/v1/") == stall.fake.calls_of("POST", "/v1/")[:3]  # product, price, session


HAPPENS: dict[str, Callable[[Stall, Truth], object]] = {
    "a cancellation": lambda stall, sold: stall.world.cancel(stall.sub()["id"]),
    "a cancellation to a date": lambda stall, sold: stall.world.cancel(stall.sub()["id"], at_period_end=True),
    "a renewal": lambda stall, sold: stall.world.advance(END + HOUR),
    "a refund": lambda stall, sold: stall.world.refund(stall.world.one("charge")["id"]),
    "a dispute": lambda stall, sold: stall.world.dispute(stall.world.one("charge")["id"]),
}
SEEN_WITHOUT_EVENTS = ("a renewal", "a refund", "a dispute")


@pytest.mark.parametrize("name", HAPPENS)
async def test_what_happened_to_one_sold_long_ago_is_found(stall: Stall, name: str) -> None:
    sold = await stall.sell()
    stall.world.advance(20 * DAY)
    since = stall.world.now
    assert await changed(stall, since + timedelta(seconds=1)) == []
    stall.world.advance(HOUR)
    HAPPENS[name](stall, sold)
    (found,) = await changed(stall, since)
    assert found == await stall.now(sold)
    assert (found.subscription, found.payments) != (sold.subscription, sold.payments)
    if name in SEEN_WITHOUT_EVENTS:
        lose_all(stall)
        assert await changed(stall, since) == [found]


async def test_a_pass_that_was_refunded_long_after(stall: Stall) -> None:
    await stall.sell(PASS)
    stall.world.advance(20 * DAY)
    since = stall.world.now
    stall.world.refund(stall.world.one("charge")["id"])
    lose_all(stall)
    (found,) = await changed(stall, since)
    assert found.subscription.status == "refunded"


async def test_more_than_a_page(stall: Stall) -> None:
    start = stall.world.now
    truth = await stall.sell(PASS)
    for _ in range(104):
        link = await stall.provider.checkout(stall.order(PASS, customer=truth.buyer.customer))
        assert stall.world.pay(link.external)
    found = await changed(stall, start)
    assert len(found) == len({one.subscription.id for one in found}) == 105


async def test_a_longer_time_than_stripe_keeps_events(stall: Stall) -> None:
    start = stall.world.now
    await stall.sell()
    stall.world.advance(40 * DAY)
    (found,) = await changed(stall, start)
    assert found.subscription.status == "active"


async def test_a_stumble_is_said_not_swallowed(stall: Stall) -> None:
    start = stall.world.now
    await stall.sell()
    stall.fake.fail_next(503, path="/v1/events")
    with pytest.raises(Busy):
        await changed(stall, start)
