"""Refunds and disputes: what they mean for access, and what the books say."""

import pytest

from bot.adapters.stripe import Options
from bot.payments import Busy, Discount, Truth, Unable
from bot.sales import Payment
from tests.adapters.stripe.conftest import DAY, HOUR, PASS, Stall, opened
from tests.adapters.stripe.test_life import END, NEXT, charged, stands
from tests.fakes.stripe import CUT


def moved(truth: Truth) -> list[tuple[str, int]]:
    """Kind and amount of all money, as it is told."""
    return [(one.kind, one.price.amount) for _, one in truth.payments]


def paid(truth: Truth) -> Payment:
    """The latest charge."""
    return next(one for _, one in truth.payments if one.kind == "charge")


async def test_a_refund_leaves_a_subscription_running(stall: Stall) -> None:
    bought = await stall.sell()
    stall.world.advance(DAY)
    given = await stall.provider.refund(bought.subscription, paid(bought), ends=False)
    assert stands(given) == ("active", END, True)
    assert moved(given) == [("charge", 1000), ("refund", 1000)]
    at, refund = given.payments[1]
    assert (at, refund.id) == (stall.world.now, f"stripe:{stall.world.one('refund')['id']}")
    assert await stall.provider.refund(bought.subscription, paid(bought), ends=False) == given


async def test_a_refund_may_end_a_subscription(stall: Stall) -> None:
    bought = await stall.sell()
    stall.world.advance(DAY)
    given = await stall.provider.refund(bought.subscription, paid(bought), ends=True)
    assert stands(given) == ("refunded", stall.world.now, False)
    assert stall.sub()["status"] == "canceled"
    assert await stall.provider.refund(bought.subscription, paid(bought), ends=True) == given
    assert moved(given) == [("charge", 1000), ("refund", 1000)]


async def test_a_refund_that_ends_and_is_cut_off_halfway_is_refunded_all_the_same(stall: Stall) -> None:
    bought = await stall.sell()
    stall.fake.fail_next(503, path="/v1/subscriptions", method="GET")
    with pytest.raises(Busy):
        await stall.provider.refund(bought.subscription, paid(bought), ends=True)
    assert stall.sub()["status"] == "active"
    assert (await stall.now(bought)).subscription.status == "refunded"
    await stall.provider.refund(bought.subscription, paid(bought), ends=True)
    assert stall.sub()["status"] == "canceled"
    assert len(stall.world.find("refund")) == 1


@pytest.mark.parametrize("fault", [CUT, 500])
async def test_a_refund_whose_answer_is_lost_is_not_made_twice(stall: Stall, fault: int) -> None:
    bought = await stall.sell(PASS)
    stall.fake.lose_next(path="/v1/refunds", status=fault)
    with pytest.raises(Busy):
        await stall.provider.refund(bought.subscription, paid(bought), ends=True)
    given = await stall.provider.refund(bought.subscription, paid(bought), ends=True)
    assert moved(given) == [("charge", 5000), ("refund", 5000)]


async def test_the_rest_is_given_back_after_a_part(stall: Stall) -> None:
    bought = await stall.sell()
    stall.world.refund(stall.world.one("charge")["id"], 300)
    part = await stall.heard()
    assert (stands(part), moved(part)) == (("active", END, True), [("charge", 1000), ("refund", 300)])
    given = await stall.provider.refund(part.subscription, paid(bought), ends=False)
    assert sorted(moved(given)) == [("charge", 1000), ("refund", 300), ("refund", 700)]


async def test_a_full_refund_ends_a_pass_and_a_part_does_not(stall: Stall) -> None:
    bought = await stall.sell(PASS)
    number = stall.world.one("charge")["id"]
    stall.world.refund(number, 4000)
    assert (await stall.heard()).subscription.status == "active"
    last = stall.world.refund(number)
    assert (await stall.heard()).subscription.status == "refunded"
    stall.world.fail_refund(last["id"])
    back = await stall.heard()
    assert back.subscription == bought.subscription
    assert sum(amount if kind == "charge" else -amount for kind, amount in moved(back)) == 1000


@pytest.mark.parametrize(("ends", "status"), [(False, "active"), (True, "refunded")])
async def test_a_pass_that_is_paid_back_stays_where_the_creator_said_so(stall: Stall, ends: bool, status: str) -> None:
    bought = await stall.sell(PASS)
    given = await stall.provider.refund(bought.subscription, paid(bought), ends=ends)
    assert (given.subscription.status, given.subscription.until) == (status, bought.subscription.until)
    assert moved(given) == [("charge", 5000), ("refund", 5000)]
    assert (await stall.heard()).subscription.status == status


async def test_a_refund_of_an_earlier_month_ends_nothing(stall: Stall) -> None:
    bought = await stall.sell()
    stall.world.advance(END + HOUR)
    given = await stall.provider.refund(bought.subscription, paid(bought), ends=False)
    assert stands(given) == ("active", NEXT, True)


async def test_cancelled_in_the_dashboard_with_a_refund(stall: Stall) -> None:
    await stall.sell()
    stall.world.refund(stall.world.one("charge")["id"])
    stall.world.cancel(stall.sub()["id"])
    assert stands(await stall.heard()) == ("refunded", stall.world.now, False)


@pytest.mark.parametrize("plan", ["gold", "pass"])
async def test_a_dispute_won(stall: Stall, plan: str) -> None:
    bought = await (stall.sell() if plan == "gold" else stall.sell(PASS))
    amount = paid(bought).price.amount
    stall.world.advance(DAY)
    dispute = stall.world.dispute(stall.world.one("charge")["id"])
    disputed = await stall.heard()
    assert (disputed.subscription.status, disputed.subscription.until) == ("disputed", bought.subscription.until)
    assert moved(disputed) == [("charge", amount), ("dispute", amount)]
    with pytest.raises(Unable, match="answer the dispute"):
        await stall.provider.refund(bought.subscription, paid(bought), ends=True)
    assert stall.world.find("refund") == []
    stall.world.advance(DAY)
    stall.world.close_dispute(dispute["id"], won=True)
    won = await stall.heard()
    assert stands(won) == stands(bought)
    assert moved(won) == [("charge", amount), ("dispute", amount), ("charge", amount)]
    at, back = won.payments[2]
    assert (at, back.id) == (stall.world.now, f"stripe:{dispute['id']}:back")


@pytest.mark.parametrize("plan", ["gold", "pass"])
async def test_a_dispute_lost(stall: Stall, plan: str) -> None:
    bought = await (stall.sell() if plan == "gold" else stall.sell(PASS))
    dispute = stall.world.dispute(stall.world.one("charge")["id"])
    stall.world.close_dispute(dispute["id"], won=False)
    lost = await stall.heard()
    assert lost.subscription.status == "refunded"
    assert [kind for kind, _ in moved(lost)] == ["charge", "dispute"]
    assert bought.subscription.status == "active"


async def test_a_lost_dispute_of_an_earlier_month_ends_nothing_once_a_later_one_is_paid(stall: Stall) -> None:
    await stall.sell()
    first = stall.world.one("charge")["id"]
    stall.world.advance(END + HOUR)
    dispute = stall.world.dispute(first)
    assert (await stall.heard()).subscription.status == "disputed"
    stall.world.close_dispute(dispute["id"], won=False)
    assert stands(await stall.heard()) == ("active", NEXT, True)


async def test_an_inquiry_moves_no_money(stall: Stall) -> None:
    bought = await stall.sell(PASS)
    dispute = stall.world.dispute(stall.world.one("charge")["id"])
    dispute["status"] = "warning_needs_response"
    assert await stall.now(bought) == bought


async def test_bills_and_receipts(stall: Stall) -> None:
    monthly = await stall.sell(trial_days=7)
    stall.world.advance(10 * DAY)
    once = await stall.sell(PASS, customer=monthly.buyer.customer)
    stall.world.advance(40 * DAY)
    mine = (monthly.subscription, once.subscription)
    found = await stall.provider.invoices(mine, monthly.buyer.customer, 5)
    assert [(one.price.amount, one.paid) for one in found] == [(1000, True), (5000, True), (1000, True)]
    assert found[0].url.startswith("https://invoice.stripe.com/i/in_")
    assert found[1].url.startswith("https://pay.stripe.com/receipts/ch_")
    assert found[0].number != found[2].number
    assert await stall.provider.invoices(mine, monthly.buyer.customer, 1) == found[:1]
    assert charged(await stall.now(monthly)) == [1000, 1000]


async def test_what_was_given_has_no_receipt(stall: Stall) -> None:
    free = await stall.sell(PASS, None, discount=Discount(code="ALL", percent=100))
    assert await stall.provider.invoices((free.subscription,), free.buyer.customer, 5) == []


async def test_the_portal(stall: Stall) -> None:
    bought = await stall.sell()
    assert (await stall.provider.portal(bought.buyer.customer)).startswith("https://billing.stripe.com/p/session/")
    async with opened(world=stall.world, options=Options(public_url="https://lyceum.example")) as public:
        await public.provider.portal(bought.buyer.customer)
    pages = stall.world.find("billing_portal.session")
    assert [one["return_url"] for one in pages] == [None, "https://lyceum.example"]
