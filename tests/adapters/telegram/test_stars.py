"""Stars from the offer to the last refund: the real till and adapter by polling, and a Telegram that keeps books."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.adapters.telegram import TelegramAdapter
from bot.adapters.telegram.stars import Bell
from bot.app import App
from bot.engine.rules import Plan
from bot.events import Account
from bot.payments import Busy, Forged, Order, Unable
from bot.sales import Price, Subscription
from bot.storage import experiments, inbox, orders, outbox, sales
from bot.storage.experiments import Terms
from bot.storage.members import Profile
from bot.till import Till
from bot.till.counter import Wish
from bot.words import replace, to_json
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, OLA, guard, said
from tests.conftest import START, Clock
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_stars import PERIOD

LOUNGE = -1001000000002
MONTH = Plan(name="pro", title="Pro", about="Everything", period="month", prices={"xtr": 250}, gates=("lounge",))
PASS = Plan(name="week", title="A week", period="once", days=7, prices={"xtr": 100}, gates=("lounge",))
WAY = {"pro": ("stars", Price(amount=250, currency="xtr")), "week": ("stars", Price(amount=100, currency="xtr"))}
ME = Account(platform="telegram", space=str(CLUB), user=str(ANN), name="Ann", space_name="Club")


@pytest_asyncio.fixture
async def till(telegram: FakeTelegram, app: App, adapter: TelegramAdapter) -> AsyncIterator[Till]:
    """Open, with two plans, both of which open the lounge's gate. Ann has 10,000 Stars and has pressed Start."""
    telegram.group(LOUNGE, "Lounge", OLA)
    telegram.started |= {ANN, BEA}
    telegram.give_stars(ANN, 10_000)
    await guard(app, LOUNGE)
    made = Till(app)
    made.join(adapter.sell(made.ring))
    await made.start()
    for plan in (MONTH, PASS):
        await app.amend((await app.profile(ME)).community, plan)
    yield made
    await telegram.until(lambda: not telegram.updates)
    async with asyncio.timeout(20):  # nothing is under way when the connections are closed
        while any([await app.store.read(inbox.waiting, source) for source in ("pay:stars", adapter._source)]):
            await app.store.write(lambda _: None)  # behind whatever is to be written yet
        while await app.store.read(outbox.waiting):
            await app.deliver(app.clock())
    await made.close()


async def offer(till: Till, plan: Plan, **options: Any) -> str:
    """The link to pay at."""
    wish = Wish(plan=plan, way=WAY[plan.name], platform="telegram", user=str(ANN), locale="en", **options)
    return (await till.counter.order(await till.app.profile(ME), wish, till.app.clock())).url


async def wait(app: App, true: Callable[[Profile], bool]) -> Profile:
    """Ann, as soon as something is so."""
    async with asyncio.timeout(20):
        while not true(me := await app.profile(ME)):
            await app.store.write(lambda _: None)  # behind whatever is to be written yet
    return me


async def answered(telegram: FakeTelegram, query: str) -> dict[str, Any]:
    await telegram.until(lambda: telegram.checkouts[query]["state"] != "waiting")
    return telegram.checkouts[query]


async def bought(telegram: FakeTelegram, till: Till, plan: Plan = MONTH) -> Subscription:
    """Ann buys, and is told."""
    query = telegram.pay(ANN, await offer(till, plan))
    assert (await answered(telegram, query)).get("error", "") == ""
    me = await wait(till.app, lambda me: bool(me.state.membership.subscriptions))
    (one,) = me.state.membership.subscriptions
    return one


def mine(me: Profile) -> Subscription:
    (one,) = me.state.membership.subscriptions
    return one


async def test_a_month_is_paid_and_the_door_opens(telegram: FakeTelegram, till: Till, app: App) -> None:
    one = await bought(telegram, till)
    (checkout,) = telegram.checkouts.values()
    assert checkout["took"] < 5
    assert (one.status, one.renews, one.months, one.price) == ("active", True, 1, Price(amount=250, currency="xtr"))
    assert one.until is not None
    (charge,) = telegram.charges(ANN)
    assert abs(one.until.timestamp() - telegram.subscriptions[charge]["ends"]) < 5
    door = await said(telegram, "A door has opened", "Lounge", chat=ANN)
    address = door["reply_markup"]["inline_keyboard"][0][0]["url"]  # type: ignore[index]
    assert telegram.open_link(ANN, address) == "asked"
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))
    me = await app.profile(ME)
    booked = await app.store.read(sales.payments, me.community)
    assert [(row.payment.id, row.payment.kind, row.payment.price) for row in booked] == [
        (f"stars:{charge}", "charge", Price(amount=250, currency="xtr"))
    ]
    (placed,) = await app.store.read(orders.of_member, me.member)
    assert (placed.status, placed.subscription) == ("paid", one.id)


async def test_the_same_offer_is_the_same_link_and_is_paid_once(telegram: FakeTelegram, till: Till, app: App) -> None:
    link = await offer(till, PASS)
    assert await offer(till, PASS) == link
    both = [await answered(telegram, query) for query in (telegram.pay(ANN, link), telegram.pay(ANN, link))]
    assert sorted(one["state"] for one in both) == ["agreed", "refused"]
    assert "paid already" in next(one["error"] for one in both if one["state"] == "refused")
    await wait(app, lambda me: bool(me.state.membership.subscriptions))
    third = await answered(telegram, telegram.pay(ANN, link))
    assert (third["state"], telegram.balance) == ("refused", 100)


async def _archive(app: App, plan: Plan) -> None:
    await app.amend((await app.profile(ME)).community, plan)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("other", "somebody else's"),
        ("price", "price has changed"),
        ("archived", "over"),
        ("expired", "over"),
        ("withdrawn", "over"),
        ("foreign", "over"),
    ],
)
async def test_what_is_not_open_any_more_is_refused_in_words_and_costs_nothing(
    telegram: FakeTelegram, till: Till, app: App, clock: Clock, change: str, words: str
) -> None:
    link, user = await offer(till, PASS), ANN
    me = await app.profile(ME)
    match change:
        case "other":
            user = BEA
            telegram.give_stars(BEA, 500)
        case "price":
            await _archive(app, replace(PASS, prices={"xtr": 120}))
        case "archived":
            await _archive(app, replace(PASS, archived=True))
        case "expired":
            clock.advance(hours=24)
        case "withdrawn":
            (placed,) = await app.store.read(orders.of_member, me.member)
            await app.store.write(orders.settle, placed.token, "expired")
        case _:
            telegram.invoices[link]["payload"] = "somebody else's payload"
    before = telegram.purses[user]
    told = await answered(telegram, telegram.pay(user, link))
    assert told["state"] == "refused"
    assert words in told["error"]
    assert (telegram.purses[user], telegram.balance, telegram.transactions) == (before, 0, [])


async def test_a_price_that_is_tested_on_a_member_is_the_price_they_pay(
    telegram: FakeTelegram, till: Till, app: App, clock: Clock
) -> None:
    """Unless it was another, or theirs is not the arm."""
    values, weights = {"a": '{"xtr":100}', "b": '{"xtr":150}'}, {"a": 0.0, "b": 1.0}
    terms = Terms(values=values, weights=weights, outcome="paid", days=7, planned=100, worth=0.05)
    me = await app.profile(ME)
    await app.store.write(experiments.begin, me.community, "dearer", "price", "week", terms, clock())
    shown = {one.plan.name: one.plan for one in await till.counter.offers(me, clock())}["week"]
    assert shown.prices == {"xtr": 150}
    way = ("stars", Price(amount=150, currency="xtr"))
    wish = Wish(plan=shown, way=way, platform="telegram", user=str(ANN), locale="en")
    link = (await till.counter.order(me, wish, clock())).url
    assert (await answered(telegram, telegram.pay(ANN, link))).get("error", "") == ""
    bought_ = mine(await wait(app, lambda me: bool(me.state.membership.subscriptions)))
    assert bought_.price == Price(amount=150, currency="xtr")
    assert telegram.balance == 150


async def test_without_a_database_a_checkout_is_refused_in_time(
    telegram: FakeTelegram, till: Till, app: App, adapter: TelegramAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    link = await offer(till, PASS)
    monkeypatch.setattr("bot.adapters.telegram.cashier.PATIENCE", 0.05)
    monkeypatch.setattr(adapter._cashier._app, "rules_of", never)
    told = await answered(telegram, telegram.pay(ANN, link))
    assert (told["state"], "try again" in told["error"]) == ("refused", True)
    assert told["took"] < 5


async def test_a_checkout_waits_for_nothing_else(
    telegram: FakeTelegram, till: Till, adapter: TelegramAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await offer(till, PASS)
    full = asyncio.Semaphore(0)  # everything else has to wait
    monkeypatch.setattr(adapter._inbox, "_room", full)
    telegram.say(ANN, ANN, "/help")
    await telegram.until(lambda: not telegram.updates)
    assert (await answered(telegram, telegram.pay(ANN, link)))["state"] == "agreed"
    full.release()


async def test_a_payment_that_could_not_be_stored_is_stored_when_it_can_and_counts_once(
    telegram: FakeTelegram, till: Till, app: App, adapter: TelegramAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [503, 503]

    async def ring(provider: str, body: bytes, signature: str) -> int:
        return answers.pop() if answers else await till.ring(provider, body, signature)

    monkeypatch.setattr("bot.adapters.telegram.cashier.PAUSE", 0)
    adapter.sell(ring)
    await bought(telegram, till, PASS)
    assert answers == []
    me = await app.profile(ME)
    assert len(await app.store.read(sales.payments, me.community)) == 1


async def test_without_a_till_nothing_is_sold(telegram: FakeTelegram, till: Till, adapter: TelegramAdapter) -> None:
    link = await offer(till, PASS)
    adapter._cashier.ring = None
    assert (await answered(telegram, telegram.pay(ANN, link)))["state"] == "refused"
    assert telegram.balance == 0


async def test_it_renews_fails_and_recovers(telegram: FakeTelegram, till: Till, app: App, clock: Clock) -> None:
    one = await bought(telegram, till)
    telegram.purses[ANN] = 250
    clock.advance(days=30)
    telegram.advance(days=30)
    first = one.until
    assert first is not None
    me = await wait(app, lambda me: mine(me).until != first)
    assert mine(me).until == first + timedelta(seconds=PERIOD)
    assert len(await app.store.read(sales.payments, me.community)) == 2
    clock.advance(days=30)
    telegram.advance(days=30)
    failed = mine(await wait(app, lambda me: mine(me).status == "past_due"))
    assert (failed.renews, failed.until) == (True, first + timedelta(seconds=PERIOD))
    clock.advance(days=1)
    telegram.advance(days=1)
    (charge,) = telegram.subscriptions
    assert telegram.top_up_and_renew(ANN, charge, 250)
    back = mine(await wait(app, lambda me: mine(me).status == "active"))
    assert back.until is not None
    assert abs(back.until.timestamp() - telegram.subscriptions[charge]["ends"]) < 5


async def test_who_cancels_stays_to_the_paid_date_and_resumes_in_telegram(
    telegram: FakeTelegram, till: Till, app: App, clock: Clock
) -> None:
    one = await bought(telegram, till)
    (charge,) = telegram.subscriptions
    clock.advance(days=1)
    telegram.cancel_subscription(ANN, charge)
    cancelled = mine(await wait(app, lambda me: not mine(me).renews))
    assert (cancelled.status, cancelled.until) == ("active", one.until)
    assert (await app.profile(ME)).state.access.open == ("lounge",)
    clock.advance(days=1)
    telegram.resume_subscription(ANN, charge)
    await wait(app, lambda me: mine(me).renews)


async def test_what_we_cancel_is_not_charged_and_only_the_user_can_resume_it(
    telegram: FakeTelegram, till: Till, app: App, clock: Clock
) -> None:
    one = await bought(telegram, till)
    (charge,) = telegram.subscriptions
    clock.advance(days=1)
    await till.cancel(one)
    cancelled = mine(await app.profile(ME))
    assert (cancelled.status, cancelled.renews, cancelled.until) == ("active", False, one.until)
    assert not telegram.resume_subscription(ANN, charge)
    clock.advance(hours=1)
    await till.keep(cancelled)
    assert not mine(await app.profile(ME)).renews
    assert telegram.resume_subscription(ANN, charge)
    await wait(app, lambda me: mine(me).renews)


async def test_a_refund_that_ends_it_closes_the_door_and_is_made_once(
    telegram: FakeTelegram, till: Till, app: App, clock: Clock
) -> None:
    one = await bought(telegram, till)
    door = await said(telegram, "A door has opened", chat=ANN)
    telegram.open_link(ANN, door["reply_markup"]["inline_keyboard"][0][0]["url"])  # type: ignore[index]
    await telegram.until(lambda: telegram.inside(LOUNGE, ANN))
    me = await app.profile(ME)
    (row,) = await app.store.read(sales.payments, me.community)
    clock.advance(hours=1)
    telegram.advance(3_600)
    for _ in range(2):
        await till.refund(mine(await app.profile(ME)), row.payment, ends=True)
    over = await app.profile(ME)
    assert (mine(over).status, over.state.access.open) == ("refunded", ())
    await telegram.until(lambda: telegram.members[LOUNGE, ANN]["status"] == "left")
    assert (telegram.balance, telegram.purses[ANN]) == (0, 10_000)
    assert [row.payment.kind for row in await app.store.read(sales.payments, me.community)] == ["charge", "refund"]
    telegram.advance(days=60)
    assert (telegram.balance, one.id) == (0, mine(over).id)


async def test_a_pass_that_is_paid_back_stays_good_if_the_creator_says_so(
    telegram: FakeTelegram, till: Till, app: App, clock: Clock
) -> None:
    one = await bought(telegram, till, PASS)
    assert (one.renews, one.until) == (False, one.since + timedelta(days=7))
    me = await app.profile(ME)
    (row,) = await app.store.read(sales.payments, me.community)
    clock.advance(hours=1)
    telegram.advance(3_600)
    await till.refund(one, row.payment, ends=False)
    await telegram.until(lambda: not telegram.updates)
    await till.reconcile(clock.advance(minutes=5))
    assert (telegram.balance, telegram.purses[ANN]) == (0, 10_000)
    kept = await app.profile(ME)
    assert (mine(kept).status, mine(kept).until, kept.state.access.open) == ("active", one.until, ("lounge",))


async def test_what_was_missed_is_found_in_the_books_and_a_second_look_changes_nothing(
    telegram: FakeTelegram, till: Till, app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await offer(till, MONTH)
    monkeypatch.setattr(telegram, "put", lambda *_, **__: 0)  # the news of the payment goes astray
    telegram._charge(ANN, telegram.invoices[link])
    assert (await app.profile(ME)).state.membership.subscriptions == ()
    found = await till.reconcile(clock.advance(minutes=10))
    assert found.news == 2
    assert mine(await app.profile(ME)).status == "active"
    again = await till.reconcile(clock.advance(minutes=10))
    assert (again.news, again.mended) == (0, 0)
    telegram.purses[ANN] = 0
    telegram.advance(days=31)
    await till.reconcile(clock.advance(days=31))
    assert mine(await app.profile(ME)).status == "past_due"


def bell(**fields: str | int) -> bytes:
    made: dict[str, Any] = {"news": "telegram:1", "kind": "paid", "payload": "t|pro|m", "user": ANN, "charge": "x"}
    return to_json(Bell(**(made | fields)))


async def test_only_the_cashier_rings(till: Till, adapter: TelegramAdapter) -> None:
    stars = adapter.stars
    assert stars.verify(bell(), stars.signature, START) == "telegram:1"
    for wrong in ("", "0" * 64, stars.signature[:-1], "\ud83d"):
        with pytest.raises(Forged):
            stars.verify(bell(), wrong, START)
        assert await till.ring("stars", bell(), wrong) == 400


async def test_a_bell_about_what_the_books_do_not_have_waits_and_a_foreign_one_is_nothing(
    till: Till, adapter: TelegramAdapter
) -> None:
    with pytest.raises(Busy):
        await adapter.stars.hear(bell(), START)
    assert await adapter.stars.hear(bell(payload="of another program"), START) == []


def order(plan: Plan, **fields: Any) -> Order:
    made: dict[str, Any] = {
        "token": "t" * 32, "community": 1, "member": 1, "plan": plan, "price": Price(amount=250, currency="xtr"),
        "created_at": START, "expires_at": START + timedelta(hours=1),
    }  # fmt: skip
    return Order(**(made | fields))


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (order(MONTH, price=Price(amount=10_001, currency="xtr")), "10,000"),
        (order(PASS, price=Price(amount=0, currency="xtr")), "100,000"),
        (order(PASS, price=Price(amount=999, currency="usd")), "Stars only"),
        (order(MONTH, trial_days=7), "trials"),
    ],
)
async def test_what_stars_can_not_do_is_refused_before_telegram_hears_of_it(
    telegram: FakeTelegram, adapter: TelegramAdapter, wish: Order, words: str
) -> None:
    with pytest.raises(Unable, match=words):
        await adapter.stars.checkout(wish)
    assert telegram.invoices == {}


async def test_telegrams_refusals_say_who_must_act_and_what_passes_is_busy(
    telegram: FakeTelegram, adapter: TelegramAdapter
) -> None:
    telegram.fail("createInvoiceLink", 429, "Too Many Requests", retry_after=9)
    with pytest.raises(Busy) as busy:
        await adapter.stars.checkout(order(MONTH))
    assert busy.value.after == 9
    telegram.fail("createInvoiceLink", 0)
    with pytest.raises(Busy):
        await adapter.stars.checkout(order(MONTH))
    telegram.fail("createInvoiceLink", 400, "Bad Request: STARS_INVOICE_INVALID")
    with pytest.raises(Unable, match=r"(?i)stars_invoice_invalid"):
        await adapter.stars.checkout(order(MONTH))
