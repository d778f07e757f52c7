"""An order on its way: which plan, by which way to pay, and the link where it is paid."""

import re
from collections.abc import Sequence

from bot.cogs.selling import PROVIDERS, Way, costs, in_order, offered, rows, takes_off, tries
from bot.commands import Ask, Refused
from bot.engine.rules import Plan
from bot.i18n import N_
from bot.payments import Link
from bot.reply import Button, Reply
from bot.sales import STARS
from bot.storage.coupons import Coupon
from bot.till import Offer, Refusal, Wish
from bot.till.counter import Why

WALLETS = frozenset(
    ("aud", "cad", "chf", "cny", "dkk", "eur", "gbp", "hkd", "jpy", "myr", "nok", "nzd", "sek", "sgd", "usd")
)
"""Currencies that Alipay or WeChat Pay take (docs.stripe.com/payments/alipay, …/wechat-pay)."""
LONG = 512
"""Characters of an address that a button may have on every platform."""
WITHOUT = ".n"
"""Ends a way to pay that is taken without a code."""


async def find_offer(ask: Ask, wanted: str) -> Offer:
    """The offer of a plan, by its name or title. Raises Refusal that says why there is none."""
    wanted = wanted.strip().casefold()
    for offer in await ask.till.counter.offers(ask.me, ask.now):
        if wanted in (offer.plan.name, offer.plan.title.casefold()):
            return offer
    rules = await ask.rules()
    plan = next((one for one in rules.plans if wanted in (one.name, one.title.casefold())), None)
    why: Why = "no_such_plan"
    if plan is not None and not plan.archived:
        if plan.period == "date" and plan.ends_on is not None and plan.ends_on <= ask.now.date():
            why = "ended"
        elif plan.code_only:
            why = "code_needed"
    raise Refusal(why, plan.shown if plan else wanted)


def named(way: Way) -> str:
    """A way to pay as a button's option: `stripe.usd`."""
    return f"{way[0]}.{way[1].currency}"


def choose(ask: Ask, offer: Offer, by: str, ways: Sequence[Way] | None = None) -> Way | None:
    """The way to pay that was named, or the only one; None when there are several to choose from. Raises Refusal."""
    ways = offer.ways if ways is None else ways
    if not ways:
        raise Refusal("no_provider", offer.plan.shown)
    wanted = by.strip().lower().removesuffix(WITHOUT)
    if not wanted:
        return ways[0] if len(ways) == 1 else None
    found = [way for way in ways if wanted in (named(way), way[0], way[1].currency)]
    if not found:
        raise Refusal("no_currency", offer.plan.shown)
    return in_order(found, ask.platform)[0]


async def ways_to_pay(ask: Ask, offer: Offer, path: str, ways: Sequence[Way]) -> Reply:
    """A button for each way to pay."""
    buttons = [
        Button(label=way_words(ask, way), command=path, options={"plan": offer.plan.name, "by": named(way)})
        for way in in_order(ways, ask.platform)
    ]
    if path == "subscribe":
        buttons += [
            Button(
                label=f"{ask.say.money(way[1])} · {ask.say(N_('Alipay or WeChat Pay'))}",
                command="wallet",
                options={"plan": offer.plan.name, "by": named(way)},
            )
            for way in by_wallet(ask, offer)
        ]
    return Reply(
        title=offer.plan.shown,
        text=ask.say(N_("How would you like to pay?")),
        fields=await offered(ask, [offer]),
        buttons=rows(buttons),
    )


def by_wallet(ask: Ask, offer: Offer) -> list[Way]:
    """The ways that may be paid by a wallet which can't be charged again: each period is a bill."""
    able = [way for way in offer.ways if "wallet" in ask.till.providers[way[0]].can]
    return [way for way in able if offer.plan.months and way[1].currency in WALLETS]


def address(ask: Ask, offer: Offer, way: Way, email: str) -> str:
    """Where a wallet's bills are sent; '' for another way to pay. Raises Refused and Refusal."""
    cleaned = email.strip()
    if not cleaned:
        return ""
    if not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", cleaned):
        raise Refused(ask.say(N_("That is no e-mail address. Write it like name@example.com.")))
    if way not in by_wallet(ask, offer):
        raise Refusal("no_currency", offer.plan.shown)
    return cleaned


def way_words(ask: Ask, way: Way) -> str:
    """A way to pay in a few words."""
    name, price = way
    if price.currency == STARS:
        return ask.say.money(price)
    return f"{ask.say.money(price)} · {ask.say(PROVIDERS.get(name, name))}"


async def place(ask: Ask, plan: Plan, way: Way, code: str = "", *, gift: bool = False, email: str = "") -> Link:
    """Place an order. Raises what the till raises."""
    wish = Wish(
        plan=plan,
        way=way,
        platform=ask.platform,
        user=ask.caller.account.user,
        locale=ask.say.locale,
        code=code,
        gift=gift,
        wallet=bool(email),
        email=email,
    )
    return await ask.till.counter.order(ask.me, wish, ask.now)


async def to_pay(ask: Ask, offer: Offer, way: Way, link: Link, coupon: Coupon | None, email: str = "") -> Reply:
    """The link, what is paid by it, and until when it can be."""
    say, plan, price = ask.say, offer.plan, way[1]
    await ask.till.counter.saw(ask.me, [offer], ask.now)
    lines = [costs(say, plan, price)]
    trial = tries(ask, offer, way) and not email
    if trial:
        lines.append(say.many("The first {n} day is free.", "The first {n} days are free.", offer.trial_days))
    if coupon is not None:
        lines.append(say(N_("Code {code}: {off}"), code=coupon.code, off=takes_off(say, coupon)))
    if email:
        lines.append(say(N_("Each time it is due a bill goes to {email}; nothing is charged by itself."), email=email))
    elif plan.months:
        lines.append(
            say(N_("It renews by itself until you /cancel it."))
            if _renews(ask, plan, way)
            else say(N_("It does not renew by itself: I remind you before it ends."))
        )
    return link_reply(ask, plan, lines, link, N_("Start the trial") if trial else N_("Pay"))


def link_reply(ask: Ask, plan: Plan, lines: Sequence[str], link: Link, label: str) -> Reply:
    """A reply whose button opens the page where an order is paid."""
    say, told = ask.say, list(lines)
    if link.expires_at is not None:
        told.append(say(N_("This offer holds until {moment}."), moment=say.moment(link.expires_at)))
    if len(link.url) > LONG:
        told.append(link.url)
    button = Button(label=say(label), url=link.url, style="primary")
    return Reply(title=plan.shown, text="\n".join(told), buttons=((button,),))


def _renews(ask: Ask, plan: Plan, way: Way) -> bool:
    """Stars renew by the month only: what is longer is sold as a pass."""
    name, price = way
    return "renew" in ask.till.providers[name].can and (price.currency != STARS or plan.months == 1)
