"""What the commands that sell have in common: an offer in words, and what to say when the till says no."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b

import structlog

from bot.commands import Ask, Rank, Refused
from bot.effects import Alert
from bot.engine.rules import Plan
from bot.events import member_account
from bot.i18n import N_, Tongue
from bot.payments import Busy, Unable
from bot.reply import Button, Field
from bot.sales import STARS, Price, Subscription
from bot.storage import outbox
from bot.storage.coupons import Coupon
from bot.storage.ledger import Seat
from bot.till import Offer, Refusal
from bot.till.counter import Why

Way = tuple[str, Price]
"""A provider's name, and a price it takes."""

PROVIDERS = {
    "stripe": N_("card and more"),
    "stars": N_("Telegram Stars"),
    "sandbox": N_("sandbox, no money moves"),
}
"""What providers are called before members."""
MOST = 20
"""Plans that are described in one answer."""
ROWS = 4
"""Rows of buttons that every platform has room for, with one to spare."""

REFUSALS: dict[Why, str] = {
    "have_it": N_("You have {about} already. /status shows it."),
    "code_needed": N_("{about} is for those who have a code: /redeem takes yours."),
    "no_such_plan": N_("There is no plan called {about} to be had here. /plans shows what there is."),
    "no_provider": N_("{about} can't be paid for here yet. Ask the creator: /paysupport"),
    "no_currency": N_("{about} can't be paid for in that way. /subscribe shows how it can."),
    "free": N_("{about} costs nothing, so nothing is to be paid or given. /subscribe takes it."),
    "coupon_unknown": N_("I know no code {about}. Look at how it is written."),
    "coupon_over": N_("The code {about} is not good any more. /plans shows what there is without it."),
    "coupon_exhausted": N_("The code {about} was used as often as it may be. /plans shows what there is without it."),
    "coupon_used": N_("You have used the code {about} already."),
    "coupon_other_plan": N_("The code {about} is for another plan. /redeem says for which."),
    "no_gift": N_("{about} can't be given away. /gift shows what can."),
    "ended": N_("{about} is over. /plans shows what there is now."),
    "replaced": N_("You have begun to buy {about} in another way. Take the link that came last, or /subscribe again."),
}
"""Why an order can't be placed, and what to do."""

_log = structlog.get_logger()


# ---------------------------------------------------------------------- in words


def costs(say: Tongue, plan: Plan, price: Price) -> str:
    """A price, and for how long it is paid."""
    return _for(say, say.money(price), plan)


def _for(say: Tongue, money: str, plan: Plan) -> str:
    match plan.period:
        case "once":
            return say.many("{price} for {n} day", "{price} for {n} days", plan.days, price=money)
        case "date":
            return say(N_("{price}, good until {date}"), price=money, date=say.day(plan.ends_on))
        case "lifetime":
            return say(N_("{price} once, for ever"), price=money)
        case "free":
            return say(N_("free"))
        case _:
            return every(say, money, plan.months)


def every(say: Tongue, money: str, months: int) -> str:
    """An amount that is paid every so many months."""
    if months == 1:
        return say(N_("{price} a month"), price=money)
    if months == 12:
        return say(N_("{price} a year"), price=money)
    return say(N_("{price} for {n} months"), price=money, n=months) if months else money


def bought_for(say: Tongue, one: Subscription) -> str:
    """What a subscription costs; '' for what was given."""
    return every(say, say.money(one.price), one.months) if one.price.amount else ""


def in_order(ways: Sequence[Way], platform: str) -> list[Way]:
    """Ways to pay: Stars first on Telegram, where they are what is sold digitally for, and last elsewhere."""
    return sorted(ways, key=lambda way: (way[1].currency == STARS) != (platform == "telegram"))


async def offered(ask: Ask, offers: Sequence[Offer]) -> tuple[Field, ...]:
    """Plans as a member reads them, prices and all, which is noted where one is tested; twenty at most."""
    shown = offers[:MOST]
    await ask.till.counter.saw(ask.me, shown, ask.now)
    return tuple(_offered(ask, offer) for offer in shown)


def _offered(ask: Ask, offer: Offer) -> Field:
    """What a plan is, costs and opens, and what is free of it."""
    say, plan = ask.say, offer.plan
    ways = in_order(offer.ways, ask.platform)
    prices = list(dict.fromkeys(price for _, price in ways)) or [
        Price(amount=amount, currency=currency) for currency, amount in plan.prices.items()
    ]
    money = " / ".join(say.money(price) for price in prices)
    lines = [plan.about, _for(say, money, plan)]
    if tries(ask, offer):
        lines.append(say.many("{n} day free to try", "{n} days free to try", offer.trial_days))
    if plan.gates:
        lines.append(say(N_("Opens: {gates}"), gates=", ".join(plan.gates)))
    if plan.period != "free" and not ways:
        lines.append(say(N_("It can't be paid for here yet.")))
    return Field(name=plan.shown, value="\n".join(line for line in lines if line))


def tries(ask: Ask, offer: Offer, way: Way | None = None) -> bool:
    """Whether there is a trial, in this way to pay or in any."""
    ways = offer.ways if way is None else (way,)
    return bool(offer.trial_days) and any("trial" in ask.till.providers[name].can for name, _ in ways)


def takes_off(say: Tongue, coupon: Coupon) -> str:
    """What a coupon takes off, and for how long."""
    off = f"{coupon.percent} %"
    if coupon.amount:
        off = say.money(Price(amount=coupon.amount, currency=coupon.currency))
    if coupon.duration == "forever":
        return say(N_("{off} off every payment"), off=off)
    if coupon.duration == "months":
        return say.many("{off} off for {n} month", "{off} off for {n} months", coupon.months, off=off)
    return say(N_("{off} off the first payment"), off=off)


def get(ask: Ask, plan: Plan, command: str = "subscribe", label: str = N_("Get {plan}")) -> Button:
    """A button that begins to buy a plan."""
    return Button(label=ask.say(label, plan=plan.shown), command=command, options={"plan": plan.name}, style="primary")


def rows(buttons: Sequence[Button]) -> tuple[tuple[Button, ...], ...]:
    """Buttons in rows: one in each, or as many as it takes to need no more than four rows; at most twenty."""
    wide = min(max(-(-len(buttons) // ROWS), 1), 5)
    return tuple(tuple(buttons[at : at + wide]) for at in range(0, min(len(buttons), ROWS * wide), wide))


# ---------------------------------------------------------------------- when the till says no


@asynccontextmanager
async def at_the_till(ask: Ask) -> AsyncIterator[None]:
    """What the till refuses becomes words for the member; what the creator must mend is told to them, too."""
    try:
        yield
    except Refusal as refusal:
        raise Refused(ask.say(REFUSALS[refusal.why], about=refusal.about)) from refusal
    except Busy as error:
        _log.info("a provider is busy", why=str(error))
        text = N_("The payment provider can't be reached just now. Nothing has changed; try again in a minute.")
        raise Refused(ask.say(text)) from error
    except Unable as error:
        raise await unable(ask, error) from error


async def unable(ask: Ask, error: Unable) -> Refused:
    """A refusal of the provider's: the creator is told why, once a day; members that it is not their doing."""
    why = str(error)
    _log.warning("a provider refuses", why=why, community=ask.community.id)
    name = blake2b(why.encode(), digest_size=8).hexdigest()
    await tell_staff(ask, Alert(notice="staff_unable", values={"why": why}), f"unable:{name}:{ask.now:%Y-%m-%d}")
    if ask.caller.rank >= Rank.CREATOR:
        return Refused(ask.say(N_("The payment provider refuses: {why}"), why=ask.say(why)))
    text = N_("The payment provider does not do that at the moment. Nothing has changed; /paysupport helps.")
    return Refused(ask.say(text))


async def tell_staff(ask: Ask, alert: Alert, key: str) -> bool:
    """Tell the creator in the staff's channel, once for each key; False when there is no such channel."""
    community, member = ask.community.id, ask.me.member
    wanted = outbox.Wanted(
        seat=Seat(member=member, community=community),
        key=f"{community}:{key}",
        heard=member_account(community, member),
        effect=alert,
    )
    return bool(await ask.app.store.write(outbox.post, [wanted], ask.now))
