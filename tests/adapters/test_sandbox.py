"""The sandbox: a bank of our own whose months pass when told, and a provider that rings like a real one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.adapters.sandbox import Deal, Sandbox
from bot.adapters.sandbox import deal as bank
from bot.adapters.sandbox.deal import pay, settle_up
from bot.app import App
from bot.cogs import COMMANDS
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.engine.rules import Plan
from bot.events import Account, MemberJoined
from bot.payments import Discount, Forged, Order, Unable
from bot.sales import Payment, Price, Subscription, months_later
from bot.storage import members, sales
from bot.storage.members import Profile
from bot.storage.store import Store
from bot.till import Till, Wish
from bot.words import replace, to_json
from tests.conftest import START, Clock

USD = Price(amount=1200, currency="usd")
PRO = Plan(name="pro", period="month", prices={"usd": 1200}, gates=("vip",))
DAY = timedelta(days=1)
TOKEN = "t0ken"


def order(plan: Plan = PRO, token: str = TOKEN, **more: Any) -> Order:
    return Order(
        token=token, community=1, member=1, plan=plan, price=more.pop("price", USD), created_at=START,
        expires_at=START + DAY, **more,
    )  # fmt: skip


def bought(plan: Plan = PRO, card: bank.Card = "works", **more: Any) -> Deal:
    return pay(Deal(order=order(plan, **more)), START, card)


def after(deal: Deal, **span: float) -> Deal:
    """How it stands when time has passed."""
    steps = settle_up(deal, START + timedelta(**span))
    return steps[-1] if steps else deal


def told(deal: Deal) -> tuple[str, datetime | None, bool]:
    one = deal.sold
    return one.status, one.until, one.renews


def moved(deal: Deal) -> list[tuple[str, int]]:
    return [(payment.kind, payment.price.amount) for _, payment in deal.payments]


# -------------------------------------------------------------------- the bank


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ((2027, 1, 31), 1, (2027, 2, 28)),
        ((2027, 1, 31), 2, (2027, 3, 31)),
        ((2028, 1, 31), 1, (2028, 2, 29)),
        ((2026, 11, 21), 12, (2027, 11, 21)),
        ((2026, 11, 30), 3, (2027, 2, 28)),
        ((2026, 12, 5), 1, (2027, 1, 5)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(
    start: tuple[int, int, int], months: int, end: tuple[int, int, int]
) -> None:
    assert months_later(datetime(*start, tzinfo=UTC), months) == datetime(*end, tzinfo=UTC)


def test_it_renews_on_the_same_day_of_each_month() -> None:
    deal = bought()
    assert told(deal) == ("active", datetime(2026, 12, 21, 12, tzinfo=UTC), True)
    steps = settle_up(deal, START + timedelta(days=95))
    assert [one.sold.until for one in steps] == [datetime(2027, month, 21, 12, tzinfo=UTC) for month in (1, 2, 3)]
    assert [at for at, _ in steps[-1].payments] == [
        START,
        *(datetime(*month, 21, 12, tzinfo=UTC) for month in ((2026, 12), (2027, 1), (2027, 2))),
    ]
    assert len({payment.id for _, payment in steps[-1].payments}) == 4


@pytest.mark.parametrize(
    ("plan", "status", "until", "months"),
    [
        (replace(PRO, period="quarter"), "active", datetime(2027, 2, 21, 12, tzinfo=UTC), 3),
        (replace(PRO, period="year"), "active", datetime(2027, 11, 21, 12, tzinfo=UTC), 12),
        (replace(PRO, period="once", days=10), "active", START + timedelta(days=10), 0),
        (
            replace(PRO, period="date", ends_on=datetime(2027, 1, 1, tzinfo=UTC).date()),
            "active",
            datetime(2027, 1, 1, tzinfo=UTC),
            0,
        ),
        (replace(PRO, period="lifetime"), "active", None, 0),
    ],
)
def test_each_period_lasts_as_long_as_it_says(plan: Plan, status: str, until: datetime | None, months: int) -> None:
    deal = bought(plan)
    assert told(deal) == (status, until, months > 0)
    assert deal.sold.months == months
    if not months and until is not None:
        assert told(after(deal, days=400)) == ("ended", until, False)
        assert moved(after(deal, days=400)) == [("charge", 1200)]


def test_a_trial_is_charged_when_it_ends() -> None:
    deal = bought(trial_days=7)
    assert told(deal) == ("trialing", START + 7 * DAY, True)
    assert (deal.payments, deal.sold.trial_until) == ((), START + 7 * DAY)
    paid = after(deal, days=7)
    assert told(paid) == ("active", months_later(START + 7 * DAY, 1), True)
    assert moved(paid) == [("charge", 1200)]


def test_a_card_that_declines_after_the_trial_was_never_charged() -> None:
    deal = after(bought(trial_days=7, card="declines"), days=7)
    assert told(deal) == ("past_due", START + 7 * DAY, True)
    assert deal.payments == ()


def test_a_renewal_that_fails_is_tried_again_after_2_5_and_7_days_then_it_is_over() -> None:
    due = datetime(2026, 12, 21, 12, tzinfo=UTC)
    steps = settle_up(bought(card="declines"), due + timedelta(days=30))
    assert [(one.sold.status, one.sold.as_of) for one in steps] == [
        ("past_due", due),
        ("past_due", due + 2 * DAY),
        ("past_due", due + 7 * DAY),
        ("ended", due + 14 * DAY),
    ]
    assert {one.sold.until for one in steps} == {due}
    assert moved(steps[-1]) == [("charge", 1200)]
    assert steps[-1].due_at is None


def test_a_mended_card_pays_at_once_and_the_period_goes_on_from_where_it_ended() -> None:
    due = datetime(2026, 12, 21, 12, tzinfo=UTC)
    late = after(bought(card="declines"), days=31)
    assert late.sold.status == "past_due"
    mended = bank.set_card(late, due + DAY, "works")
    assert told(mended) == ("active", datetime(2027, 1, 21, 12, tzinfo=UTC), True)
    assert moved(mended) == [("charge", 1200), ("charge", 1200)]
    assert mended.sold.as_of == due + DAY


@pytest.mark.parametrize(
    ("discount", "amounts"),
    [
        (Discount(code="A", percent=25), [900, 1200, 1200, 1200]),
        (Discount(code="A", amount=200, duration="months", months=2), [1000, 1000, 1200, 1200]),
        (Discount(code="A", percent=50, duration="forever"), [600, 600, 600, 600]),
        (Discount(code="A", percent=100), [1200, 1200, 1200]),
        (Discount(code="A", amount=5000), [1200, 1200, 1200]),
    ],
)
def test_a_coupon_takes_off_what_it_says_for_as_long_as_it_says(discount: Discount, amounts: list[int]) -> None:
    deal = after(bought(discount=discount), days=92)
    assert [amount for _, amount in moved(deal)] == amounts


def test_a_cancelled_one_ends_at_its_date_unless_it_is_kept() -> None:
    until = datetime(2026, 12, 21, 12, tzinfo=UTC)
    cancelled = bank.cancel(bought(), START + DAY, at_once=False)
    assert told(cancelled) == ("active", until, False)
    assert bank.cancel(cancelled, START + 2 * DAY, at_once=False) == cancelled
    assert told(after(cancelled, days=60)) == ("ended", until, False)
    kept = bank.keep(cancelled, START + 2 * DAY)
    assert told(kept) == ("active", until, True)
    assert bank.keep(kept, START + 3 * DAY) == kept
    assert told(bank.cancel(bought(), START + DAY, at_once=True)) == ("ended", START + DAY, False)
    with pytest.raises(Unable):
        bank.keep(after(cancelled, days=60), START + 61 * DAY)


def test_a_refund_is_one_for_each_payment_and_ends_it_if_asked() -> None:
    deal = bought()
    ((_, charge),) = deal.payments
    kept = bank.refund(deal, START + DAY, charge.id, ends=False)
    assert (told(kept), moved(kept)) == (told(deal), [("charge", 1200), ("refund", 1200)])
    ended = bank.refund(kept, START + 2 * DAY, charge.id, ends=True)
    assert (ended.sold.status, ended.sold.renews, moved(ended)) == (
        "refunded",
        False,
        [("charge", 1200), ("refund", 1200)],
    )
    assert bank.refund(ended, START + 3 * DAY, charge.id, ends=True) == ended
    assert ended.due_at is None
    with pytest.raises(Unable):
        bank.refund(deal, START, "sandbox:elsewhere:1", ends=True)


def test_a_pause_is_not_charged_and_goes_on_where_it_stood() -> None:
    paused = bank.pause(bought(), START + DAY)
    assert (paused.sold.status, paused.due_at) == ("paused", None)
    soon = bank.resume(paused, START + 2 * DAY)
    assert told(soon) == ("active", datetime(2026, 12, 21, 12, tzinfo=UTC), True)
    late = bank.resume(after(paused, days=70), START + 70 * DAY)
    assert told(late) == ("active", months_later(START + 70 * DAY, 1), True)
    assert moved(late) == [("charge", 1200), ("charge", 1200)]
    with pytest.raises(Unable):
        bank.resume(replace(after(paused, days=70), card="declines"), START + 70 * DAY)


def test_another_plan_is_charged_at_once_less_what_is_left() -> None:
    year = replace(PRO, name="year", period="year")
    half = START + (months_later(START, 1) - START) / 2
    changed = bank.change(bought(), half, year, Price(amount=10_000, currency="usd"))
    assert moved(changed) == [("charge", 1200), ("charge", 10_000 - 600)]
    assert (changed.sold.plan, *told(changed)) == ("year", "active", months_later(half, 12), True)
    cheap = bank.change(bought(), half, replace(PRO, name="mini"), Price(amount=100, currency="usd"))
    assert (moved(cheap), cheap.credit) == ([("charge", 1200)], 500)
    assert moved(settle_up(cheap, months_later(half, 6))[-1]) == [("charge", 1200), ("charge", 100)]
    for refused in (replace(PRO, period="lifetime"), replace(PRO, name="eur")):
        with pytest.raises(Unable):
            bank.change(bought(), half, refused, Price(amount=5, currency="eur"))


def test_a_trial_goes_on_under_another_plan() -> None:
    deal = bank.change(bought(trial_days=7), START + DAY, replace(PRO, name="big"), Price(amount=3000, currency="usd"))
    assert (deal.sold.plan, *told(deal), deal.payments) == ("big", "trialing", START + 7 * DAY, True, ())
    assert moved(after(deal, days=7)) == [("charge", 3000)]


def test_renewing_now_begins_a_new_period_today() -> None:
    at = START + 3 * DAY
    renewed = bank.renew_now(bought(), at)
    assert told(renewed) == ("active", months_later(at, 1), True)
    assert moved(renewed) == [("charge", 1200), ("charge", 1200)]
    failed = bank.renew_now(bought(card="declines"), at)
    assert told(failed) == ("past_due", at, True)
    assert told(bank.set_card(failed, at + DAY, "works")) == ("active", months_later(at, 1), True)
    trial = bank.renew_now(bought(trial_days=7), at)
    assert told(trial) == ("active", months_later(at, 1), True)
    with pytest.raises(Unable):
        bank.renew_now(bank.cancel(bought(), at, at_once=False), at)


def test_a_credit_comes_off_the_next_bills_once_for_each_key() -> None:
    deal = bank.credit(bank.credit(bought(), 1500, "shop:1"), 1500, "shop:1")
    assert [amount for _, amount in moved(after(deal, days=100))] == [1200, 900, 1200]
    with pytest.raises(Unable, match="no bill"):
        bank.credit(bank.cancel(bought(), START, at_once=False), 100, "shop:2")


def test_a_present_is_paid_once_and_never_renews() -> None:
    gift = bought(gift=True, trial_days=7)
    assert told(gift) == ("active", months_later(START, 1), False)
    assert (moved(gift), gift.sold.months, gift.due_at) == ([("charge", 1200)], 0, None)


def test_each_truth_is_later_than_the_one_before_even_at_the_same_instant() -> None:
    deal, moments = bought(), [START]
    for _ in range(3):
        deal = bank.cancel(deal, START, at_once=False)
        moments.append(deal.sold.as_of)
        deal = bank.keep(deal, START)
        moments.append(deal.sold.as_of)
    assert moments == sorted(set(moments))


def test_an_offer_that_is_over_can_not_be_paid() -> None:
    for deal, now in (
        (Deal(order=order()), START + DAY),
        (Deal(order=order(), withdrawn=True), START),
    ):
        with pytest.raises(Unable):
            pay(deal, now, "works")
    paid = bought()
    assert pay(paid, START + 9 * DAY, "declines") == paid, "paid already: nothing more is charged"


# -------------------------------------------------------------------- the provider


@pytest.fixture
def sandbox(store: Store, clock: Clock) -> Sandbox:
    return Sandbox(store, clock, "https://lyceum.example/")


async def test_an_order_offered_twice_is_one_page_and_one_charge(sandbox: Sandbox) -> None:
    first, again = await sandbox.checkout(order()), await sandbox.checkout(order())
    assert first == again
    assert (first.url, first.external) == ("https://lyceum.example/checkout/t0ken", "t0ken")
    await sandbox.pay("t0ken", "works")
    await sandbox.pay("t0ken", "works")
    deal = await sandbox.deal("t0ken")
    assert deal is not None
    assert moved(deal) == [("charge", 1200)]


async def test_an_offer_taken_back_is_not_paid_and_a_paid_one_stays(sandbox: Sandbox) -> None:
    await sandbox.withdraw(order(), "t0ken")
    assert await sandbox.deal("t0ken") is None
    await sandbox.checkout(order())
    await sandbox.withdraw(order(), "t0ken")
    with pytest.raises(Unable):
        await sandbox.pay("t0ken", "works")
    await sandbox.checkout(order(token="other"))
    await sandbox.pay("other", "works")
    await sandbox.withdraw(order(token="other"), "other")
    deal = await sandbox.deal("other")
    assert deal is not None
    assert deal.sold.status == "active"


async def test_it_tells_what_is_so_and_what_changed_since(sandbox: Sandbox, clock: Clock) -> None:
    unknown = bought(token="unknown").sold
    assert await sandbox.fetch(unknown) is None
    with pytest.raises(Unable):
        await sandbox.cancel(unknown)
    await sandbox.checkout(order())
    assert await sandbox.fetch(bought().sold) is None, "not paid: nothing was sold"
    assert [one async for one in sandbox.changed(START, START)] == []
    ring = await sandbox.pay("t0ken", "works")
    (heard,) = await sandbox.hear(ring.body, START)
    assert heard == await sandbox.fetch(heard.subscription)
    assert (heard.order, heard.buyer.customer, heard.subscription) == ("t0ken", "cus_t0ken", bought().sold)
    assert [one async for one in sandbox.changed(START, START)] == [heard]
    clock.advance(days=1)
    cancelled = await sandbox.cancel(heard.subscription)
    assert [one async for one in sandbox.changed(clock.now, clock.now)] == [cancelled]
    assert [one async for one in sandbox.changed(clock.now + DAY, clock.now)] == []


async def test_time_passes_a_step_at_a_time(sandbox: Sandbox, clock: Clock) -> None:
    assert await sandbox.next_tick() is None
    await sandbox.checkout(order())
    assert await sandbox.next_tick() is None
    await sandbox.pay("t0ken", "declines")
    assert await sandbox.next_tick() == datetime(2026, 12, 21, 12, tzinfo=UTC)
    assert await sandbox.tick(clock.advance(days=29)) == []
    assert [one.subscription.status for one in await sandbox.tick(clock.advance(days=4))] == ["past_due", "past_due"]
    assert await sandbox.tick(clock.now) == []
    assert await sandbox.next_tick() == datetime(2026, 12, 28, 12, tzinfo=UTC)


async def test_what_was_due_happens_before_what_is_asked_for(sandbox: Sandbox, clock: Clock) -> None:
    await sandbox.checkout(order())
    await sandbox.pay("t0ken", "works")
    clock.advance(days=31)
    cancelled = await sandbox.cancel(bought().sold)
    assert [payment.price.amount for _, payment in cancelled.payments] == [1200, 1200]
    assert cancelled.subscription.until == datetime(2027, 1, 21, 12, tzinfo=UTC)


async def test_a_refused_act_changes_nothing(sandbox: Sandbox, store: Store) -> None:
    await sandbox.checkout(order())
    for refused in (sandbox.renew_now("t0ken"), sandbox.refund_last("t0ken"), sandbox.set_card("t0ken", "works")):
        with pytest.raises(Unable):
            await refused
    assert await sandbox.deal("t0ken") == Deal(order=order())


async def test_invoices_are_the_payments_and_the_open_bill_newest_first(sandbox: Sandbox, clock: Clock) -> None:
    await sandbox.checkout(order())
    await sandbox.pay("t0ken", "declines")
    await sandbox.tick(clock.advance(days=31))
    bills = await sandbox.invoices((bought().sold,), "", 5)
    assert [(one.number, one.paid, one.price) for one in bills] == [
        ("SB-T0KEN-2", False, USD),
        ("SB-T0KEN-1", True, USD),
    ]
    assert await sandbox.invoices((bought().sold,), "", 1) == bills[:1]
    assert await sandbox.portal("cus_t0ken") == "https://lyceum.example/checkout/customer/cus_t0ken"
    assert [deal.name for deal in await sandbox.of_customer("cus_t0ken")] == ["t0ken"]
    assert await sandbox.of_customer("cus_other") == []


@pytest.mark.parametrize(
    ("plan", "price", "sold"),
    [
        (PRO, USD, True),
        (PRO, Price(amount=6800, currency="cny"), True),
        (PRO, Price(amount=500, currency="xtr"), False),
        (PRO, Price(amount=0, currency="usd"), False),
        (Plan(name="free", period="free"), Price(amount=0, currency="usd"), False),
    ],
)
def test_it_sells_what_costs_something_in_money(sandbox: Sandbox, plan: Plan, price: Price, sold: bool) -> None:
    assert (sandbox.sells(plan, price) == "") is sold


# -------------------------------------------------------------------- the bell


async def test_only_the_sandbox_rings(sandbox: Sandbox, store: Store, clock: Clock) -> None:
    ring = sandbox.ring(bought())
    assert sandbox.verify(ring.body, ring.signature, START).startswith("evt_")
    at = int(START.timestamp())
    forged = [
        (ring.body, ""),
        (ring.body, "t=,v1="),
        (ring.body, f"t={at}"),
        (ring.body, f"t={at},v1="),
        (ring.body, f"t=²,v1={'0' * 64}"),
        (ring.body, ring.signature.replace(f"t={at}", f"t={at + 1}")),
        (ring.body + b" ", ring.signature),
        (b"", ring.signature),
        (ring.body, Sandbox(store, clock).ring(bought()).signature),
        (ring.body, ring.signature + "0"),
    ]
    for body, signature in forged:
        with pytest.raises(Forged):
            sandbox.verify(body, signature, START)
    for seconds, good in ((300, True), (-300, True), (301, False), (-301, False)):
        if good:
            sandbox.verify(ring.body, ring.signature, START + timedelta(seconds=seconds))
        else:
            with pytest.raises(Forged):
                sandbox.verify(ring.body, ring.signature, START + timedelta(seconds=seconds))


async def test_news_of_what_was_never_sold_is_about_nothing(sandbox: Sandbox) -> None:
    assert await sandbox.hear(to_json({"id": "evt_1", "subscription": "sandbox:nobody"}), START) == []


# -------------------------------------------------------------------- through the till


@pytest.fixture
def till(app: App, sandbox: Sandbox) -> Till:
    return Till(app, [sandbox])


async def nora(app: App) -> Profile:
    who = Account(platform="discord", space="s", user="nora", name="Nora", space_name="North")
    await app.submit([MemberJoined(key="j", at=START, who=who)])
    return await app.profile(who)


async def test_a_payment_goes_the_whole_way_from_the_page_to_the_state(
    app: App, till: Till, sandbox: Sandbox, clock: Clock
) -> None:
    me = await nora(app)
    await app.amend(me.community, PRO)
    wish = Wish(plan=PRO, way=("sandbox", USD), platform="discord", user="nora", locale="en")
    link = await till.counter.order(me, wish, clock.now)
    ring = await sandbox.pay(link.external, "works")
    for _ in range(3):
        assert await till.ring("sandbox", ring.body, ring.signature) == 200
    assert await till.bell.work() == 1
    found = await app.store.read(members.by_id, me.community, me.member)
    assert found is not None
    assert (found.state.membership.plans, found.state.access.open) == (("pro",), ("vip",))
    paid = await app.store.read(sales.payments, me.community)
    assert [(one.payment.kind, one.payment.price) for one in paid] == [("charge", USD)]
    assert await till.ring("sandbox", ring.body, "t=1,v1=00") == 400
    assert await till.bell.work() == 0


async def test_a_bell_that_never_rang_is_made_up_for_by_reconciling(
    app: App, till: Till, sandbox: Sandbox, clock: Clock
) -> None:
    me = await nora(app)
    await app.amend(me.community, PRO)
    wish = Wish(plan=PRO, way=("sandbox", USD), platform="discord", user="nora", locale="en")
    link = await till.counter.order(me, wish, clock.now)
    await sandbox.pay(link.external, "works")
    assert (await till.reconcile(clock.now)).news == 2
    assert (await till.reconcile(clock.now)).news == 0
    clock.advance(days=31)
    assert await till.tick(clock.now) == 1
    one: Subscription = (
        await app.profile(Account(platform="discord", space="s", user="nora"))
    ).state.membership.subscriptions[0]
    assert one.until == datetime(2027, 1, 21, 12, tzinfo=UTC)
    refunded = Payment(id=f"{one.id}:2", kind="charge", subscription=one.id, plan="pro", price=USD)
    await till.refund(one, refunded, ends=True)
    await till.refund(one, refunded, ends=True)
    found = await app.store.read(members.by_id, me.community, me.member)
    assert found is not None
    assert (found.state.membership.plans, found.state.access.open) == ((), ())
    kinds = [row.payment.kind for row in await app.store.read(sales.payments, me.community)]
    assert kinds == ["charge", "charge", "refund"]


@pytest.mark.parametrize(("platform", "warned"), [("discord", True), ("playground", False)])
async def test_the_creator_is_warned_while_it_is_on(app: App, till: Till, platform: str, warned: bool) -> None:
    who = Account(platform=platform, space="s", user="lin", name="Lin", space_name="North")
    await app.submit([MemberJoined(key="j", at=START, who=who)])
    caller = Caller(account=who, channel="c", rank=Rank.CREATOR, locale="en")
    found = await Desk(app, COMMANDS, till).run("doctor", caller, {})
    assert any(field.name == "⚠️ The sandbox is on" for field in found.fields) is warned
