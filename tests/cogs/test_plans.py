"""/plan and /coupon: what the creator sells, and what is refused in words that help."""

from datetime import date
from typing import Any

import pytest

from bot.app import App
from bot.commands import Rank
from bot.engine.rules import Plan
from bot.events import SubscriptionChanged, member_account
from bot.reply import Reply
from bot.sales import Price, Subscription
from bot.storage import coupons, members
from bot.storage.coupons import Coupon
from tests.cogs.conftest import Say
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("talk")
TOGETHER = "That does not go together: plan 'p': "


async def create(say: Say, path: str = "plan create", **options: Any) -> Reply:
    return await say("ann", path, rank=Rank.CREATOR, **options)


async def plan(app: App, name: str) -> Plan | None:
    return (await app.rules_of(1)).plan(name)


async def test_a_plan_is_made_in_one_line(app: App, say: Say) -> None:
    reply = await create(
        say,
        plan="Pro",
        title="Pro circle",
        prices="9.99 USD, 68 CNY, 500 stars",
        gates="vip, archive",
        trial=7,
        grace=3,
    )
    assert not reply.error, reply.text
    assert reply.text.startswith("Pro circle is for sale now.")
    assert await plan(app, "pro") == Plan(
        name="pro",
        title="Pro circle",
        prices={"usd": 999, "cny": 6800, "xtr": 500},
        gates=("vip", "archive"),
        trial_days=7,
        grace_days=3,
    )
    assert [(f.name, f.value) for f in reply.fields] == [
        ("pro", "$9.99 / CN¥68.00 / 500 ⭐ · every month · opens vip, archive · 7 days of trial · 3 days of grace")
    ]


async def test_nothing_said_opens_a_form_that_makes_the_same(app: App, say: Say) -> None:
    form = (await create(say)).form
    assert form is not None
    assert [blank.name for blank in form.blanks] == ["plan", "title", "period", "prices", "gates"]
    await create(say, form.command, plan="book", title="Book", period="lifetime", prices="20 EUR", gates="")
    assert await plan(app, "book") == Plan(name="book", title="Book", period="lifetime", prices={"eur": 2000})


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("9.99 usd", {"usd": 999}),
        ("USD 9.99", {"usd": 999}),
        ("9,99 EUR", {"eur": 999}),
        ("1500 JPY", {"jpy": 1500}),
        ("1500 ISK", {"isk": 150000}),  # as Stripe counts it
        ("1,500.00 usd", {"usd": 150000}),
        ("⭐ 500", {"xtr": 500}),
        ("500 XTR; 10 USD", {"xtr": 500, "usd": 1000}),
        ("10 USD\n68 CNY", {"usd": 1000, "cny": 6800}),
    ],
)
async def test_prices_are_read_as_people_write_them(app: App, say: Say, text: str, minor: dict[str, int]) -> None:
    assert not (reply := await create(say, plan="p", prices=text)).error, reply.text
    made = await plan(app, "p")
    assert made is not None
    assert made.prices == minor


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"prices": "cheap"}, "I can't read the price cheap. Write it like 9.99 USD, 68 CNY, 500 stars."),
        ({"prices": "9.99"}, "I can't read the price 9.99. Write it like 9.99 USD, 68 CNY, 500 stars."),
        ({"prices": "9 ABC"}, "I know no currency ABC. USD, EUR and CNY are some."),
        ({"prices": "9.999 USD"}, "9.999 USD has more decimals than its currency."),
        ({"prices": "0 USD"}, "0 USD is too little, or too much to be charged."),
        ({"prices": "10001 stars"}, "10001 stars is too little, or too much to be charged."),
        ({"prices": "1500.5 JPY"}, "1500.5 JPY has more decimals than its currency."),
        ({"prices": "9 USD", "gates": "V I P"}, "v i p can't be a name: small letters, digits, - and _, 32 at most."),
        ({"prices": "9 USD", "plan": "<b>"}, "<b> can't be a name: small letters, digits, - and _, 32 at most."),
        ({"prices": "9 USD", "period": "date", "until": "tomorrow"}, "Write the date like 2027-06-30."),
        ({"prices": "9 USD", "period": "once"}, TOGETHER + "a period of 'once' needs days, from 1 to 3650"),
        ({}, TOGETHER + "it needs a price, such as prices = { usd = 999 } (in cents)"),
        (
            {"prices": "9 USD", "period": "lifetime", "trial": 3},
            TOGETHER + "only what renews (month, quarter, year) can have a trial",
        ),
        ({"prices": "9 USD", "trial": 400}, "trial must be between 0 and 365."),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_refused_and_nothing_is_made(
    app: App, say: Say, options: dict[str, Any], words: str
) -> None:
    reply = await create(say, **{"plan": "p", **options})
    assert (reply.error, reply.text) == (True, words)
    assert (await app.rules_of(1)).plans == ()


async def test_a_plan_of_the_same_name_is_not_made_twice(app: App, say: Say) -> None:
    await create(say, plan="p", prices="9 USD")
    reply = await create(say, plan="P", prices="1 USD")
    assert (reply.error, reply.text) == (True, "There is a plan p already. /plan edit changes it.")
    made = await plan(app, "p")
    assert made is not None
    assert made.prices == {"usd": 900}


async def test_editing_changes_what_is_said_and_looks_again_at_who_has_it(app: App, say: Say, clock: Clock) -> None:
    await create(say, plan="p", prices="9 USD", gates="vip", title="P")
    await app.submit([bought(clock)])
    reply = await create(say, "plan edit", plan="p", gates="vip, archive", grace=0)
    assert reply.text.startswith("P is changed. 1 member was looked at again.")
    assert await plan(app, "p") == Plan(
        name="p", title="P", prices={"usd": 900}, gates=("vip", "archive"), grace_days=0
    )
    state = await app.store.read(members.state, 1)
    assert state is not None
    assert state.access.open == ("archive", "lounge", "vip")
    await create(say, "plan edit", plan="p", gates="-")
    state = await app.store.read(members.state, 1)
    assert state is not None
    assert state.access.open == ("lounge",)


def bought(clock: Clock) -> SubscriptionChanged:
    one = Subscription(
        id="sandbox:1", plan="p", status="active", since=clock(), as_of=clock(), price=Price(amount=900, currency="usd")
    )
    return SubscriptionChanged(key="sandbox:1:a", at=clock(), who=member_account(1, 1), subscription=one)


async def test_an_archived_plan_is_not_sold_and_stays_with_who_has_it(app: App, say: Say, clock: Clock) -> None:
    await create(say, plan="p", prices="9 USD", gates="vip")
    await app.submit([bought(clock)])
    assert (await create(say, "plan archive", plan="p")).text.startswith(
        "p is not sold any more. Who has it keeps it, at their price."
    )
    state = await app.store.read(members.state, 1)
    assert state is not None
    assert "vip" in state.access.open
    listed = await create(say, "plan list")
    assert [(f.name, f.value) for f in listed.fields] == [
        ("p (p) · 1 member", "$9.00 · every month · opens vip · archived")
    ]
    assert (await create(say, "plan archive", plan="p")).text.startswith("p is for sale again.")


async def test_a_plan_that_is_not_there_is_named_with_those_that_are(say: Say) -> None:
    await create(say, plan="p", prices="9 USD")
    reply = await create(say, "plan edit", plan="q")
    assert (reply.error, reply.text) == (True, "There is no plan called q. There are: p")


async def test_plans_of_one_community_are_none_of_anothers(app: App, say: Say) -> None:
    await create(say, plan="p", prices="9 USD")
    await say("zoe", "plan create", space="elsewhere", rank=Rank.CREATOR, plan="q", prices="1 EUR")
    assert [one.name for one in (await app.rules_of(1)).plans] == ["p"]
    assert [one.name for one in (await app.rules_of(2)).plans] == ["q"]


async def test_a_coupon_is_made_listed_and_ended(app: App, say: Say) -> None:
    await create(say, plan="p", prices="9 USD")
    made = await create(
        say, "coupon create", code="spring 27", off="20%", months=3, plans="p", most=50, until="2027-03-31"
    )
    assert made.text == (
        "The coupon SPRING27 is ready: 20 % off · for 3 months · for p · 50 times at most · to Mar 31, 2027."
    )
    assert await app.store.read(coupons.find, 1, "Spring27") == Coupon(
        code="SPRING27", percent=20, duration="months", months=3, plans=("p",), most=50, last_on=date(2027, 3, 31)
    )
    listed = await create(say, "coupon list")
    assert [f.name for f in listed.fields] == ["SPRING27 · used 0 times"]
    ended = await create(say, "coupon end", code="spring27")
    assert ended.text == "The coupon SPRING27 is over."
    found = await app.store.read(coupons.find, 1, "SPRING27")
    assert found is not None
    assert found.archived


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"code": "a b;c"}, "A code has letters, digits, - and _ only."),
        ({"off": "5 USD, 4 EUR"}, "Say what it takes off (20% or 5 USD), or that it unlocks a plan."),
        ({"off": "120%"}, "A percentage is a whole number from 1 to 100."),
        ({"off": "-5%"}, "A percentage is a whole number from 1 to 100."),
        ({"off": ""}, "Say what it takes off (20% or 5 USD), or that it unlocks a plan."),
        ({"plans": "nope"}, "There is no plan called nope. There are: –"),
        ({"until": "31.3."}, "Write the date like 2027-06-30."),
    ],
)
async def test_a_coupon_that_does_not_fit_is_refused(app: App, say: Say, options: dict[str, Any], words: str) -> None:
    reply = await create(say, "coupon create", **{"code": "SPRING", "off": "5 USD", **options})
    assert (reply.error, reply.text) == (True, words)
    assert await app.store.read(coupons.of_community, 1) == []
