"""The creator's shop: /plan and /coupon. What is sold, for how much, and what it opens."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

import msgspec
from babel.core import UnknownLocaleError
from babel.numbers import is_currency

from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.rules import Plan, Segment, check_plan
from bot.engine.strict import Name
from bot.i18n import N_
from bot.reply import Blank, Button, Field, Form, Option, Reply
from bot.sales import STARS, Price, decimals
from bot.storage import coupons, sales
from bot.storage.coupons import Coupon
from bot.words import Problem, replace, said

PERIODS = {
    "month": N_("every month"),
    "quarter": N_("every 3 months"),
    "year": N_("every year"),
    "once": N_("once, for some days"),
    "date": N_("once, to a date"),
    "lifetime": N_("once, for ever"),
    "free": N_("free"),
}
SEGMENTS = {
    "all": N_("everybody"),
    "new": N_("those who never had a plan"),
    "member": N_("those who have a plan"),
    "lapsed": N_("those who had a plan"),
}
LARGEST_STARS = 10_000
"""Stars that Telegram takes for a subscription at most."""
_PRICE = re.compile(r"([0-9][0-9.,]*)\s*([a-z⭐]+)|([a-z⭐]+)\s*([0-9][0-9.,]*)", re.IGNORECASE)
_STARS = ("xtr", "star", "stars", "⭐")


def read_prices(ask: Ask, text: str) -> dict[str, int]:
    """'9.99 USD, 68 CNY, 500 stars' as {currency: minor units}. Raises Refused that says what can't be read."""
    prices: dict[str, int] = {}
    for part in re.split(r"[;\n]|,\s+|(?<=[A-Za-z⭐])\s*,", text):
        if not part.strip():
            continue
        found = _PRICE.fullmatch(part.strip())
        if found is None:
            raise Refused(
                ask.say(N_("I can't read the price {price}. Write it like 9.99 USD, 68 CNY, 500 stars."), price=part)
            )
        number, name = (found[1], found[2]) if found[1] else (found[4], found[3])
        currency = STARS if name.lower() in _STARS else name.lower()
        prices[currency] = _minor(ask, part.strip(), number, currency)
    return prices


def _minor(ask: Ask, part: str, number: str, currency: str) -> int:
    try:
        if currency != STARS and not is_currency(currency.upper()):
            raise Refused(
                ask.say(N_("I know no currency {currency}. USD, EUR and CNY are some."), currency=currency.upper())
            )
        amount = Decimal(number.replace(",", "." if "." not in number else "")).scaleb(decimals(currency))
    except (InvalidOperation, UnknownLocaleError) as error:
        raise Refused(
            ask.say(N_("I can't read the price {price}. Write it like 9.99 USD, 68 CNY, 500 stars."), price=part)
        ) from error
    if amount != int(amount):
        raise Refused(ask.say(N_("{price} has more decimals than its currency."), price=part))
    if amount < 1 or amount > (LARGEST_STARS if currency == STARS else 100_000_000):
        raise Refused(ask.say(N_("{price} is too little, or too much to be charged."), price=part))
    return int(amount)


def read_names(ask: Ask, text: str) -> tuple[str, ...]:
    """'vip, archive' as names. Raises Refused for one that can't be a name."""
    names = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    for name in names:
        try:
            msgspec.convert(name, Name)
        except msgspec.ValidationError as error:
            raise Refused(
                ask.say(N_("{name} can't be a name: small letters, digits, - and _, 32 at most."), name=name)
            ) from error
    return names


def read_date(ask: Ask, text: str) -> date | None:
    """'2027-06-30' as a date. Raises Refused."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Refused(ask.say(N_("Write the date like 2027-06-30."))) from error


def plan_words(ask: Ask, plan: Plan) -> str:
    """A plan in one line: period, prices, what it opens, and what is special about it."""
    say = ask.say
    length = {
        "once": say.many("{n} day", "{n} days", plan.days),
        "date": "" if plan.ends_on is None else say(N_("to {date}"), date=say.day(plan.ends_on)),
    }.get(plan.period, say(PERIODS[plan.period]))
    prices = [say.money(Price(amount=amount, currency=currency)) for currency, amount in plan.prices.items()]
    parts = [" / ".join(prices), length]
    parts.append(say(N_("opens {gates}"), gates=", ".join(plan.gates)) if plan.gates else say(N_("opens nothing yet")))
    if plan.trial_days:
        parts.append(say.many("{n} day of trial", "{n} days of trial", plan.trial_days))
    if plan.grace_days is not None:
        parts.append(say.many("{n} day of grace", "{n} days of grace", plan.grace_days))
    if plan.shown_to:
        parts.append(say(N_("for {whom}"), whom=", ".join(say(SEGMENTS[one]) for one in plan.shown_to)))
    if plan.code_only:
        parts.append(say(N_("with a code only")))
    if not plan.protect:
        parts.append(say(N_("what it opens may be forwarded")))
    if plan.archived:
        parts.append(say(N_("archived")))
    return " · ".join(part for part in parts if part)


async def complete_plan(ask: Ask, text: str) -> list[tuple[str, str]]:
    """The community's plans, for a creator."""
    plans = (await ask.rules()).plans
    return [(one.name, one.shown) for one in plans if text.casefold() in f"{one.name} {one.shown}".casefold()]


PlanName = Annotated[
    str, About(name=N_("plan"), description=N_("The plan's short name"), complete=complete_plan, least=1, most=32)
]
Title = Annotated[str, About(name=N_("title"), description=N_("What members read"), most=64)]
Words = Annotated[str, About(name=N_("about"), description=N_("A sentence about it"), most=255)]
Prices = Annotated[str, About(name=N_("prices"), description=N_("Like 9.99 USD, 68 CNY, 500 stars"), most=200)]
Gates = Annotated[str, About(name=N_("gates"), description=N_("What it opens, such as vip, archive"), most=300)]
Length = Annotated[int, About(name=N_("days"), description=N_("For a pass: how many days"), least=0, most=3650)]
End = Annotated[str, About(name=N_("until"), description=N_("For a cohort: the first day after, 2027-06-30"), most=10)]
Trial = Annotated[int, About(name=N_("trial"), description=N_("Days that are free at first"), least=0, most=365)]
Grace = Annotated[
    int, About(name=N_("grace"), description=N_("Days to mend a failed payment; -1 is as usual"), least=-1, most=60)
]
Shown = Annotated[
    Literal["all", "new", "member", "lapsed"],
    About(name=N_("shown"), description=N_("Who is offered it"), labels=SEGMENTS),
]
Protect = Annotated[
    bool | None,
    About(name=N_("protect"), description=N_("On Telegram, what it opens in the library can't be forwarded")),
]
CodeOnly = Annotated[bool, About(name=N_("code_only"), description=N_("Sold with a code only"))]


@command(N_("plan create"), N_("Make something to sell: a membership, a pass, a course"), who=Rank.CREATOR)
async def plan_create(
    ask: Ask,
    plan: PlanName = "",
    period: Annotated[
        Literal["month", "quarter", "year", "once", "date", "lifetime", "free"],
        About(name=N_("period"), description=N_("How long it lasts"), labels=PERIODS),
    ] = "month",
    prices: Prices = "",
    gates: Gates = "",
    title: Title = "",
    about: Words = "",
    days: Length = 0,
    until: End = "",
    trial: Trial = 0,
    grace: Grace = -1,
    shown: Shown = "all",
    code_only: CodeOnly = False,
) -> Reply:
    """A form with the five things that matter, or the plan itself."""
    if not plan:
        return Reply(form=_form(ask))
    (name,) = read_names(ask, plan) or ("",)
    if (await ask.rules()).plan(name) is not None:
        raise Refused(ask.say(N_("There is a plan {plan} already. /plan edit changes it."), plan=name))
    made = Plan(
        name=name,
        title=title.strip(),
        about=about.strip(),
        period=period,
        days=days,
        ends_on=read_date(ask, until),
        prices=read_prices(ask, prices),
        gates=read_names(ask, gates),
        trial_days=trial,
        grace_days=None if grace < 0 else grace,
        shown_to=_segments(shown),
        code_only=code_only,
    )
    return await _saved(ask, made, N_("{plan} is for sale now."))


def _form(ask: Ask) -> Form:
    say = ask.say
    return Form(
        title=say(N_("A new plan")),
        command="plan create",
        blanks=(
            Blank(name="plan", label=say(N_("Short name, such as pro")), most=32),
            Blank(name="title", label=say(N_("What members read")), most=64, required=False),
            Blank(
                name="period",
                label=say(N_("How long it lasts")),
                value="month",
                choices=tuple((one, say(words)) for one, words in PERIODS.items() if one not in ("once", "date")),
            ),
            Blank(name="prices", label=say(N_("Prices")), hint="9.99 USD, 68 CNY, 500 stars", required=False),
            Blank(name="gates", label=say(N_("What it opens, such as vip, archive")), required=False),
        ),
    )


def _segments(shown: str) -> tuple[Segment, ...]:
    return () if shown == "all" else msgspec.convert((shown,), tuple[Segment, ...])


async def _saved(ask: Ask, plan: Plan, words: str) -> Reply:
    try:
        check_plan(msgspec.convert(msgspec.to_builtins(plan), Plan))
    except ValueError as error:
        why = said(error.words, ask.say) if isinstance(error, Problem) else str(error)
        raise Refused(ask.say(N_("That does not go together: {why}"), why=why)) from error
    concerned = await ask.app.amend(ask.community.id, plan)
    text = ask.say(words, plan=plan.shown)
    if concerned:
        text += " " + ask.say.many("{n} member was looked at again.", "{n} members were looked at again.", concerned)
    ways = ask.till.counter.ways(plan)
    if plan.prices and not ways:
        text += "\n" + ask.say(N_("⚠️ Nobody can pay for it yet: /doctor says how to connect Stripe or Telegram Stars."))
    lines = (Field(name=plan.name, value=plan_words(ask, plan)),)
    bound = Button(label=ask.say(N_("What is behind the gates?")), command="gate list")
    return Reply(text=text, fields=lines, buttons=((bound,),) if plan.gates else ())


@command(N_("plan edit"), N_("Change a plan; who has it keeps their price"), who=Rank.CREATOR)
async def plan_edit(
    ask: Ask,
    plan: PlanName,
    prices: Prices = "",
    gates: Gates = "",
    title: Title = "",
    about: Words = "",
    until: End = "",
    trial: Annotated[
        int, About(name=N_("trial"), description=N_("Days that are free at first"), least=-1, most=365)
    ] = -1,
    grace: Annotated[
        int, About(name=N_("grace"), description=N_("Days to mend a failed payment"), least=-1, most=60)
    ] = -1,
    shown: Annotated[
        Literal["all", "new", "member", "lapsed"] | None,
        About(name=N_("shown"), description=N_("Who is offered it"), labels=SEGMENTS),
    ] = None,
    code_only: Annotated[bool | None, About(name=N_("code_only"), description=N_("Sold with a code only"))] = None,
    protect: Protect = None,
) -> Reply:
    """What is left out stays as it is. A dash (-) for the gates opens nothing."""
    was = await known_plan(ask, plan)
    changed = replace(
        was,
        title=title.strip() or was.title,
        about=about.strip() or was.about,
        prices=read_prices(ask, prices) if prices.strip() else was.prices,
        gates=() if gates.strip() == "-" else read_names(ask, gates) or was.gates,
        ends_on=read_date(ask, until) or was.ends_on,
        trial_days=was.trial_days if trial < 0 else trial,
        grace_days=was.grace_days if grace < 0 else grace,
        shown_to=was.shown_to if shown is None else _segments(shown),
        code_only=was.code_only if code_only is None else code_only,
        protect=was.protect if protect is None else protect,
    )
    return await _saved(ask, changed, N_("{plan} is changed."))


@command(N_("plan archive"), N_("Stop selling a plan, or sell it again; who has it keeps it"), who=Rank.CREATOR)
async def plan_archive(ask: Ask, plan: PlanName) -> Reply:
    """Turn it round."""
    was = await known_plan(ask, plan)
    now = replace(was, archived=not was.archived)
    words = N_("{plan} is not sold any more. Who has it keeps it, at their price.")
    return await _saved(ask, now, words if now.archived else N_("{plan} is for sale again."))


@command(N_("plan list"), N_("What is sold here, and how many have it"), who=Rank.CREATOR)
async def plan_list(ask: Ask) -> Reply:
    """All plans, archived ones last."""
    plans = sorted((await ask.rules()).plans, key=lambda one: one.archived)
    held = await ask.app.store.read(sales.of_community, ask.community.id)
    living = [one.subscription.plan for one in held if one.subscription.status in ("trialing", "active", "past_due")]
    make = Button(label=ask.say(N_("A new plan")), command="plan create", style="primary")
    if not plans:
        return Reply(text=ask.say(N_("Nothing is sold here yet.")), buttons=((make,),))
    return Reply(
        title=ask.say(N_("Plans of {community}"), community=ask.community.name),
        fields=tuple(
            Field(
                name=f"{one.shown} ({one.name}) · " + ask.say.many("{n} member", "{n} members", living.count(one.name)),
                value=plan_words(ask, one),
            )
            for one in plans
        ),
        buttons=((make,),),
        replaces=True,
    )


async def known_plan(ask: Ask, name: str) -> Plan:
    """The plan of this name. Raises Refused that lists those there are."""
    rules = await ask.rules()
    found = rules.plan(name.strip().lower())
    if found is None:
        listed = ", ".join(one.name for one in rules.plans) or "–"
        raise Refused(ask.say(N_("There is no plan called {plan}. There are: {plans}"), plan=name, plans=listed))
    return found


# ---------------------------------------------------------------------- coupons


@command(N_("coupon create"), N_("Make a coupon, or a code that unlocks a plan"), who=Rank.CREATOR)
async def coupon_create(
    ask: Ask,
    code: Annotated[str, About(name=N_("code"), description=N_("What members type, such as SPRING"), least=3, most=32)],
    off: Annotated[
        str, About(name=N_("discount"), description=N_("20% or 5 USD; nothing for a code that unlocks"), most=20)
    ] = "",
    months: Annotated[
        int, About(name=N_("months"), description=N_("Months it holds; 0 once, 999 for ever"), least=0, most=999)
    ] = 0,
    plans: Annotated[str, About(name=N_("plans"), description=N_("For which plans; all if left out"), most=300)] = "",
    most: Annotated[
        int, About(name=N_("most"), description=N_("How often in all; 0 is no end"), least=0, most=1_000_000)
    ] = 0,
    until: Annotated[str, About(name=N_("until"), description=N_("The last day, like 2027-06-30"), most=10)] = "",
    unlocks: Annotated[bool, About(name=N_("unlocks"), description=N_("Unlocks plans sold with a code only"))] = False,
) -> Reply:
    """A code is one word; a member uses it once."""
    cleaned = coupons.normal(code)
    if not re.fullmatch(r"[A-Z0-9_-]{3,32}", cleaned):
        raise Refused(ask.say(N_("A code has letters, digits, - and _ only.")))
    if await ask.app.store.read(coupons.find, ask.community.id, cleaned) is not None:
        raise Refused(ask.say(N_("There is a coupon {code} already."), code=cleaned))
    named = read_names(ask, plans)
    for name in named:
        await known_plan(ask, name)
    percent, price = _off(ask, off)
    if not percent and price is None and not unlocks:
        raise Refused(ask.say(N_("Say what it takes off (20% or 5 USD), or that it unlocks a plan.")))
    coupon = Coupon(
        code=cleaned,
        percent=percent,
        amount=0 if price is None else price.amount,
        currency="" if price is None else price.currency,
        duration="forever" if months >= FOR_EVER else "months" if months else "once",
        months=0 if months >= FOR_EVER else months,
        plans=named,
        most=most,
        last_on=read_date(ask, until),
        unlocks=unlocks,
    )
    await ask.app.store.write(coupons.put, ask.community.id, coupon)
    return Reply(text=ask.say(N_("The coupon {code} is ready: {what}."), code=cleaned, what=coupon_words(ask, coupon)))


FOR_EVER = 999


def _off(ask: Ask, text: str) -> tuple[int, Price | None]:
    text = text.strip()
    if not text:
        return 0, None
    if text.endswith("%"):
        number = text[:-1].strip()
        if not number.isdecimal() or not 1 <= int(number) <= 100:
            raise Refused(ask.say(N_("A percentage is a whole number from 1 to 100.")))
        return int(number), None
    prices = read_prices(ask, text)
    if len(prices) != 1:
        raise Refused(ask.say(N_("Say what it takes off (20% or 5 USD), or that it unlocks a plan.")))
    ((currency, amount),) = prices.items()
    return 0, Price(amount=amount, currency=currency)


def coupon_words(ask: Ask, coupon: Coupon) -> str:
    """A coupon in one line."""
    say = ask.say
    parts: list[str] = []
    if coupon.percent:
        parts.append(say(N_("{n} % off"), n=coupon.percent))
    if coupon.amount:
        parts.append(say(N_("{price} off"), price=say.money(Price(amount=coupon.amount, currency=coupon.currency))))
    if coupon.percent or coupon.amount:
        lasting = {
            "once": say(N_("once")),
            "forever": say(N_("for ever")),
            "months": say.many("for {n} month", "for {n} months", coupon.months),
        }
        parts.append(lasting[coupon.duration])
    if coupon.unlocks:
        parts.append(say(N_("unlocks what is sold with a code only")))
    if coupon.plans:
        parts.append(say(N_("for {whom}"), whom=", ".join(coupon.plans)))
    if coupon.most:
        parts.append(say.many("{n} time at most", "{n} times at most", coupon.most))
    if coupon.last_on:
        parts.append(say(N_("to {date}"), date=say.day(coupon.last_on)))
    if coupon.archived:
        parts.append(say(N_("archived")))
    return " · ".join(parts)


@command(N_("coupon list"), N_("The coupons, and how often each was used"), who=Rank.CREATOR)
async def coupon_list(ask: Ask) -> Reply:
    """The newest first, with a button to end each of the first five."""
    found = (await ask.app.store.read(coupons.of_community, ask.community.id))[:20]
    if not found:
        return Reply(text=ask.say(N_("There is no coupon yet. /coupon create makes one.")))
    living = [coupon for coupon, _ in found if not coupon.archived][:5]
    return Reply(
        title=ask.say(N_("Coupons of {community}"), community=ask.community.name),
        fields=tuple(
            Field(
                name=f"{coupon.code} · " + ask.say.many("used {n} time", "used {n} times", used),
                value=coupon_words(ask, coupon),
            )
            for coupon, used in found
        ),
        buttons=tuple((_ending(ask, coupon),) for coupon in living),
        replaces=True,
    )


def _ending(ask: Ask, coupon: Coupon) -> Button:
    options: dict[str, Option] = {"code": coupon.code}
    return Button(label=ask.say(N_("End {code}"), code=coupon.code), command="coupon end", options=options)


async def _codes(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    found = await ask.app.store.read(coupons.of_community, ask.community.id)
    return [(one.code, one.code) for one, _ in found if not one.archived and text.upper() in one.code]


@command(N_("coupon end"), N_("End a coupon; what was bought with it stays"), who=Rank.CREATOR)
async def coupon_end(
    ask: Ask,
    code: Annotated[str, About(name=N_("code"), description=N_("The coupon's code"), complete=_codes, most=32)],
) -> Reply:
    """It can't be redeemed any more."""
    coupon = await ask.app.store.read(coupons.find, ask.community.id, code)
    if coupon is None:
        raise Refused(ask.say(N_("There is no coupon {code}."), code=coupons.normal(code)))
    await ask.app.store.write(coupons.put, ask.community.id, replace(coupon, archived=True))
    return Reply(text=ask.say(N_("The coupon {code} is over."), code=coupon.code), replaces=False)


COMMANDS = (plan_create, plan_edit, plan_archive, plan_list, coupon_create, coupon_list, coupon_end)
