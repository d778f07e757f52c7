"""A subscription from its first payment to its end, as the truth has it after each thing that happens."""

from datetime import UTC, datetime
from typing import Literal

import pytest

from bot.adapters.stripe import Options
from bot.engine.membership import Phase, phase
from bot.engine.rules import MembershipRules, Plan, Rules
from bot.payments import Buyer, Truth, Unable
from bot.sales import Payment, Price, Subscription
from bot.words import replace
from tests.adapters.stripe.conftest import DAY, HOUR, MONTH, PASS, YEAR, Stall, opened

RULES = Rules(plans=(MONTH, YEAR), membership=MembershipRules(grace_days=7))
TEN = Price(amount=1000, currency="usd")
END = datetime(2026, 12, 21, 12, tzinfo=UTC)
"""When the first month ends: the fake's time begins on 21 November 2026 at 12:00."""
NEXT = datetime(2027, 1, 21, 12, tzinfo=UTC)


def stands(truth: Truth) -> tuple[str, datetime | None, bool]:
    """Status, until, renews."""
    return truth.subscription.status, truth.subscription.until, truth.subscription.renews


def charged(truth: Truth) -> list[int]:
    """Money that came, the latest first."""
    return [one.price.amount for _, one in truth.payments if one.kind == "charge"]


async def test_a_purchase_is_told_in_full(stall: Stall) -> None:
    link = await stall.provider.checkout(stall.order())
    at = stall.world.now
    assert stall.world.pay(link.external, email="ada@example.com", fingerprint="card-of-ada")
    truth = await stall.heard()
    sub, charge = stall.sub(), stall.world.one("charge")
    number = f"stripe:{sub['id']}"
    assert truth == Truth(
        subscription=Subscription(
            id=number,
            plan="gold",
            status="active",
            since=at,
            as_of=at,
            until=END,
            renews=True,
            months=1,
            price=TEN,
        ),
        order="order1",
        payments=(
            (
                at,
                Payment(id=f"stripe:{charge['id']}", kind="charge", subscription=number, plan="gold", price=TEN),
            ),
        ),
        buyer=Buyer(customer=sub["customer"], email="ada@example.com", card="card-of-ada"),
    )


async def test_all_webhooks_of_a_purchase_say_the_same(stall: Stall) -> None:
    link = await stall.provider.checkout(stall.order())
    stall.world.pay(link.external)
    truths = [await stall.hear(body) for body in stall.deliveries()]
    assert len(truths) >= 4
    assert all(truth == truths[0] and len(truth) == 1 for truth in truths)


@pytest.mark.parametrize("card", ["decline", "insufficient_funds", "lost"])
async def test_a_declined_card_is_no_purchase(stall: Stall, card: str) -> None:
    link = await stall.provider.checkout(stall.order())
    assert stall.world.pay(link.external, card) is False
    assert [await stall.hear(body) for body in stall.deliveries()] == []
    once = await stall.provider.checkout(stall.order(PASS))
    assert stall.world.pay(once.external, card) is False
    assert [truth for body in stall.deliveries() for truth in await stall.hear(body)] == []
    assert stall.world.pay(link.external)
    assert stands(await stall.heard()) == ("active", END, True)


async def test_3d_secure_is_a_purchase_when_it_is_passed(stall: Stall) -> None:
    link = await stall.provider.checkout(stall.order())
    assert stall.world.pay(link.external, "3ds") is False
    assert stall.deliveries() == []
    assert stall.world.authenticate(link.external) is True
    assert stands(await stall.heard()) == ("active", END, True)


async def test_a_renewal(stall: Stall) -> None:
    first = await stall.sell()
    stall.world.advance(END)
    assert stands(await stall.heard()) == ("active", NEXT, True)
    stall.world.advance(HOUR)
    truth = await stall.heard()
    assert stands(truth) == ("active", NEXT, True)
    assert truth.payments[1:] == first.payments
    assert charged(truth) == [1000, 1000]


async def test_a_failed_renewal_and_a_card_that_mends_it(stall: Stall) -> None:
    truth = await stall.sell(card="decline_later")
    stall.world.advance(END + HOUR)
    failed = await stall.heard()
    assert stands(failed) == ("past_due", END, True)
    assert charged(failed) == [1000]
    assert phase(failed.subscription, stall.world.now, RULES) is Phase.GRACE
    stall.world.set_card(truth.buyer.customer, "ok")
    stall.world.advance(3 * DAY)
    assert stands(await stall.heard()) == ("active", NEXT, True)


@pytest.mark.parametrize(
    ("then", "status", "until"),
    [("cancel", "ended", 15 * DAY + HOUR), ("unpaid", "past_due", 0 * DAY), ("past_due", "past_due", 0 * DAY)],
)
async def test_a_renewal_that_is_never_paid(
    stall: Stall, then: Literal["cancel", "unpaid", "past_due"], status: str, until: object
) -> None:
    stall.world.after_retries = then
    await stall.sell(card="decline_later")
    stall.world.advance(END + 16 * DAY)
    truth = await stall.heard()
    assert stands(truth) == (status, END + until, status == "past_due")  # type: ignore[operator]
    stall.world.advance(NEXT + DAY)
    assert stands(await stall.now(truth)) == (status, END + until, status == "past_due")  # type: ignore[operator]


async def test_a_trial_with_a_card(stall: Stall) -> None:
    link = await stall.provider.checkout(stall.order(trial_days=7))
    assert stall.asked(link)["payment_method_collection"] == "always"
    stall.world.pay(link.external, fingerprint="card-of-ada")
    trial, start = await stall.heard(), stall.world.now
    assert stands(trial) == ("trialing", start + 7 * DAY, True)
    assert (trial.subscription.trial_until, trial.payments, trial.buyer.card) == (start + 7 * DAY, (), "card-of-ada")
    stall.world.advance(7 * DAY + HOUR)
    paid = await stall.heard()
    assert stands(paid) == ("active", datetime(2026, 12, 28, 12, tzinfo=UTC), True)
    assert charged(paid) == [1000]


async def test_a_trial_without_a_card_ends_by_itself() -> None:
    async with opened(options=Options(trial_card=False)) as stall:
        start = stall.world.now
        trial = await stall.sell(card=None, trial_days=7)
        assert stands(trial) == ("trialing", start + 7 * DAY, False)
        stall.world.advance(7 * DAY + HOUR)
        assert stands(await stall.heard()) == ("ended", start + 7 * DAY, False)


async def test_a_trial_without_a_card_is_kept_by_giving_one() -> None:
    async with opened(options=Options(trial_card=False)) as stall:
        trial = await stall.sell(card=None, trial_days=7)
        stall.world.set_card(trial.buyer.customer, "ok")
        assert (await stall.now(trial)).subscription.renews is True
        stall.world.advance(7 * DAY + HOUR)
        assert (await stall.heard()).subscription.status == "active"


async def test_a_card_refused_after_the_trial_has_no_grace(stall: Stall) -> None:
    start = stall.world.now
    await stall.sell(card="decline_later", trial_days=7)
    stall.world.advance(7 * DAY + HOUR)
    truth = await stall.heard()
    assert stands(truth) == ("past_due", start + 7 * DAY, True)
    assert phase(truth.subscription, stall.world.now, RULES) is Phase.EXPIRED


# ---------------------------------------------------------------------- cancelling


async def test_cancel_and_keep(stall: Stall) -> None:
    bought = await stall.sell()
    cancelled = await stall.provider.cancel(bought.subscription)
    assert stands(cancelled) == ("active", END, False)
    assert await stall.provider.cancel(bought.subscription) == cancelled
    assert stands(await stall.provider.keep(bought.subscription)) == ("active", END, True)
    assert stands(await stall.provider.keep(bought.subscription)) == ("active", END, True)
    await stall.provider.cancel(bought.subscription)
    stall.world.advance(END)
    ended = await stall.heard()
    assert stands(ended) == ("ended", END, False)
    with pytest.raises(Unable, match="ended"):
        await stall.provider.keep(bought.subscription)
    assert await stall.provider.cancel(bought.subscription) == ended


async def test_cancel_in_a_trial_keeps_the_trial(stall: Stall) -> None:
    bought = await stall.sell(trial_days=7)
    assert stands(await stall.provider.cancel(bought.subscription)) == (
        "trialing",
        bought.subscription.trial_until,
        False,
    )


async def test_cancel_at_once(stall: Stall) -> None:
    bought = await stall.sell()
    stall.world.advance(DAY)
    assert stands(await stall.provider.cancel(bought.subscription, now=True)) == ("ended", stall.world.now, False)


async def test_who_owes_and_cancels_is_not_charged_any_more(stall: Stall) -> None:
    bought = await stall.sell(card="decline_later")
    stall.world.advance(END + DAY)
    assert stands(await stall.provider.cancel(bought.subscription)) == ("ended", END + DAY, False)
    assert [one["status"] for one in stall.world.find("invoice")] == ["paid", "void"]
    stall.world.set_card(bought.buyer.customer, "ok")
    stall.world.advance(30 * DAY)
    assert len(stall.world.find("charge", paid=True)) == 1


async def test_a_cancellation_in_the_dashboard_to_a_date(stall: Stall) -> None:
    bought = await stall.sell()
    sub, day = stall.sub(), stall.world.now + 10 * DAY
    stall.world.update_subscription(sub, {"cancel_at": int(day.timestamp())})
    assert stands(await stall.heard()) == ("active", day, False)
    assert stands(await stall.provider.keep(bought.subscription)) == ("active", END, True)


# ---------------------------------------------------------------------- pauses


async def test_pause_and_resume_within_the_paid_time(stall: Stall) -> None:
    bought = await stall.sell()
    stall.world.advance(DAY)
    assert stands(await stall.provider.pause(bought.subscription)) == ("paused", END, True)
    assert stands(await stall.provider.pause(bought.subscription)) == ("paused", END, True)
    stall.world.advance(DAY)
    resumed = await stall.provider.resume(bought.subscription)
    assert stands(resumed) == ("active", END, True)
    assert charged(resumed) == [1000]


async def test_a_pause_beyond_the_paid_time_is_not_charged_and_ends_with_a_new_period(stall: Stall) -> None:
    bought = await stall.sell()
    await stall.provider.pause(bought.subscription)
    stall.world.advance(END + 50 * DAY)
    paused = await stall.heard()
    assert stands(paused) == ("paused", END, True)
    assert charged(paused) == [1000]
    resumed = await stall.provider.resume(bought.subscription)
    assert stands(resumed) == ("active", datetime(2027, 3, 9, 12, tzinfo=UTC), True)
    assert charged(resumed) == [1000, 1000]
    assert stands(await stall.provider.resume(bought.subscription)) == stands(resumed)


async def test_what_stripe_itself_paused(stall: Stall) -> None:
    start = stall.world.now
    link = await stall.provider.checkout(stall.order(trial_days=7))
    stall.asked(link)["subscription_data"]["trial_settings"] = {"end_behavior": {"missing_payment_method": "pause"}}
    stall.world.objects[link.external]["payment_method_collection"] = "if_required"
    stall.world.pay(link.external, None)
    stall.world.advance(7 * DAY)
    paused = await stall.heard()
    assert stands(paused) == ("paused", start + 7 * DAY, False)
    stall.world.set_card(paused.buyer.customer, "ok")
    assert stands(await stall.provider.resume(paused.subscription)) == (
        "active",
        datetime(2026, 12, 28, 12, tzinfo=UTC),
        True,
    )


# ---------------------------------------------------------------------- another plan


async def test_another_plan_is_set_off(stall: Stall) -> None:
    bought = await stall.sell()
    dear = Plan(name="platinum", period="month", prices={"usd": 3000})
    stall.world.advance(15 * DAY)
    changed = await stall.provider.change(bought.subscription, dear, Price(amount=3000, currency="usd"))
    assert (changed.subscription.plan, changed.subscription.price.amount) == ("platinum", 3000)
    assert stands(changed) == ("active", END, True)
    assert charged(changed) == [1000]
    stall.world.advance(END + HOUR)
    assert charged(await stall.heard()) == [3000 + 1500 - 500, 1000]


async def test_a_year_instead_of_a_month_begins_now(stall: Stall) -> None:
    bought = await stall.sell()
    stall.world.advance(15 * DAY)
    changed = await stall.provider.change(bought.subscription, YEAR, Price(amount=10000, currency="usd"))
    assert stands(changed) == ("active", datetime(2027, 12, 6, 12, tzinfo=UTC), True)
    assert (changed.subscription.plan, changed.subscription.months) == ("patron", 12)
    assert charged(changed) == [10000 - 500, 1000]


async def test_a_change_in_the_portal_is_noticed(stall: Stall) -> None:
    await stall.sell()
    await stall.provider.checkout(stall.order(YEAR))
    stall.world.change_plan(stall.sub()["id"], stall.world.find("price")[1]["id"])
    assert (await stall.heard()).subscription.plan == "patron"


async def test_what_can_not_be_changed_stays(stall: Stall) -> None:
    change, price = stall.provider.change, Price(amount=10000, currency="usd")
    once = await stall.sell(PASS)
    with pytest.raises(Unable, match="paid once"):
        await change(once.subscription, YEAR, price)
    bought = await stall.sell()
    before = await stall.now(bought)
    with pytest.raises(Unable, match="that renews"):
        await change(bought.subscription, PASS, Price(amount=5000, currency="usd"))
    with pytest.raises(Unable, match="as small"):
        await change(bought.subscription, YEAR, replace(price, amount=1))
    with pytest.raises(Unable, match="eur"):
        await change(bought.subscription, YEAR, replace(price, currency="eur"))
    assert await stall.now(bought) == before
    cancelled = await stall.provider.cancel(bought.subscription)
    with pytest.raises(Unable, match="first keep it"):
        await change(bought.subscription, YEAR, price)
    assert await stall.now(bought) == cancelled
    await stall.provider.keep(bought.subscription)
    paused = await stall.provider.pause(bought.subscription)
    with pytest.raises(Unable, match="paused"):
        await change(bought.subscription, YEAR, price)
    assert await stall.now(bought) == paused


async def test_a_change_that_the_card_does_not_pay_is_not_made(stall: Stall) -> None:
    bought = await stall.sell(card="decline_later")
    with pytest.raises(Unable, match="declined"):
        await stall.provider.change(bought.subscription, YEAR, Price(amount=10000, currency="usd"))
    assert await stall.now(bought) == bought


# ---------------------------------------------------------------------- what is paid once


async def test_a_credit_comes_off_the_next_bill_once_for_each_key(stall: Stall) -> None:
    truth = await stall.sell()
    for key in ("shop:1", "shop:1", "shop:2"):
        await stall.provider.credit(truth.subscription, Price(amount=300, currency="usd"), key)
    assert stall.world.one("customer")["balance"] == -600
    stall.world.advance(END)
    stall.world.advance(HOUR)
    assert charged(await stall.now(truth)) == [400, 1000]
    assert stall.world.one("customer")["balance"] == 0
    with pytest.raises(Unable, match="paid once"):
        await stall.provider.credit(replace(truth.subscription, id="stripe:cs_1"), TEN, "shop:3")


async def test_a_pass(stall: Stall) -> None:
    at = stall.world.now
    truth = await stall.sell(PASS)
    session, charge = stall.world.one("checkout.session"), stall.world.one("charge")
    number = f"stripe:{session['id']}"
    fifty = Price(amount=5000, currency="usd")
    assert truth.subscription == Subscription(
        id=number, plan="pass", status="active", since=at, as_of=at, until=at + 30 * DAY, price=fifty
    )
    paid = Payment(id=f"stripe:{charge['id']}", kind="charge", subscription=number, plan="pass", price=fifty)
    assert (truth.order, truth.payments) == ("order1", ((at, paid),))
    assert truth.buyer == Buyer(customer=session["customer"], email="member@example.com", card="Fp4242424242424242")


async def test_a_lifetime_and_a_gift(stall: Stall) -> None:
    life = await stall.sell(Plan(name="life", period="lifetime", prices={"usd": 99900}))
    assert stands(life) == ("active", None, False)
    gift = await stall.sell(gift=True)
    assert stands(gift) == ("active", END, False)
    assert (gift.order, gift.subscription.months, charged(gift)) == ("order2", 0, [1000])


@pytest.mark.parametrize("wallet", ["alipay", "wechat_pay"])
async def test_a_wallet_pays_once_by_checkout(stall: Stall, wallet: str) -> None:
    assert stands(await stall.sell(PASS, wallet))[0] == "active"


async def test_a_pass_is_ended_by_hand(stall: Stall) -> None:
    bought = await stall.sell(PASS)
    stall.world.advance(DAY)
    assert stands(await stall.provider.cancel(bought.subscription)) == ("active", bought.subscription.until, False)
    ended = await stall.provider.cancel(bought.subscription, now=True)
    assert stands(ended) == ("ended", stall.world.now, False)
    for act in (stall.provider.keep, stall.provider.pause, stall.provider.resume):
        with pytest.raises(Unable, match="paid once"):
            await act(bought.subscription)
    assert stands(await stall.now(bought)) == stands(ended)


async def test_members_may_be_shown_another_currency_and_books_keep_ours(stall: Stall) -> None:
    link = await stall.provider.checkout(stall.order(PASS))
    assert stall.world.pay(link.external, present=("cny", 36000))
    truth = await stall.heard()
    assert truth.payments[0][1].price == truth.subscription.price == Price(amount=5000, currency="usd")


# ---------------------------------------------------------------------- strangers


async def test_what_others_sell_in_the_same_account_is_not_ours(stall: Stall) -> None:
    bought = await stall.sell()
    sub = stall.sub()
    sub["metadata"] = {}
    stall.world.cancel(sub["id"], at_period_end=True)
    assert [truth for body in stall.deliveries() for truth in await stall.hear(body)] == []
    imported = replace(bought.subscription, plan="imported", as_of=stall.world.now)
    found = await stall.provider.fetch(imported)
    assert found is not None
    assert (found.subscription.plan, found.order) == ("gold", "")


async def test_what_is_not_there_is_none(stall: Stall) -> None:
    bought = await stall.sell()
    for number in ("stripe:sub_none", "stripe:cs_none", "stripe:xy_none"):
        gone = replace(bought.subscription, id=number)
        assert await stall.provider.fetch(gone) is None
    with pytest.raises(Unable, match="no such purchase"):
        await stall.provider.cancel(replace(bought.subscription, id="stripe:sub_none"))
