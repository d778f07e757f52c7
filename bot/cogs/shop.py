"""What there is to join, and how: /plans, /subscribe, and the button that the creator pins."""

from collections.abc import Sequence
from typing import Annotated

from bot.cogs import coming
from bot.cogs.selling import (
    PROVIDERS,
    Way,
    at_the_till,
    costs,
    get,
    in_order,
    offered,
    rows,
    takes_off,
    tries,
)
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.membership import OPEN, Phase, phase
from bot.engine.rules import Plan
from bot.i18n import N_
from bot.payments import Link, Unable
from bot.reply import Button, Option, Reply
from bot.sales import STARS
from bot.standing import standing, tell
from bot.storage import coupons
from bot.storage.coupons import Coupon, Trouble
from bot.storage.store import Connection
from bot.till import Offer, Refusal, Wish
from bot.till.counter import Why, live

LONG = 512
"""Characters of an address that a button may have on every platform."""


@command(N_("plans"), N_("What you can join here, and what it costs"), newcomers=coming.to_the_only_one)
async def plans(ask: Ask) -> Reply:
    """Every plan the member is offered, with a button each, and what they have already."""
    say = ask.say
    offers = await ask.till.counter.offers(ask.me, ask.now)
    mine = await _mine(ask)
    again = (Button(label=say(N_("My membership")), command="status"),)
    if not offers:
        text = say(N_("There is nothing to join here at the moment."))
        if ask.caller.rank >= Rank.CREATOR:
            text += " " + say(N_("/plan create makes something to sell."))
        return Reply(text="\n".join([*mine, text]), buttons=(again,) if mine else ())
    buttons = [get(ask, offer.plan) for offer in offers if await _to_be_had(ask, offer)]
    return Reply(
        title=say(N_("Plans of {community}"), community=ask.community.name),
        text="\n".join(mine),
        fields=tuple(offered(ask, offer) for offer in offers[:20]),
        buttons=(*rows(buttons), *((again,) if mine else ())),
    )


async def _mine(ask: Ask) -> list[str]:
    rules = await ask.rules()
    held = ask.me.state.membership.subscriptions
    going = [one for one in held if phase(one, ask.now, rules) in OPEN | {Phase.PAUSED}]
    return [f"✅ {tell(ask.say, standing(one, ask.now, rules))}" for one in going]


async def _to_be_had(ask: Ask, offer: Offer) -> bool:
    """Whether a plan can be had now: it can be paid for, and is not theirs for longer than they could buy."""
    rules = await ask.rules()
    mine = live(ask.me.state.membership.subscriptions, offer.plan, ask.now, rules)
    have = mine is not None and bool(offer.plan.months or mine.until is None)
    return not have and bool(offer.ways or offer.plan.period == "free")


@command(N_("setup subscribe"), N_("Put a button here by which people join"), who=Rank.CREATOR, private=False)
async def pin(ask: Ask) -> Reply:
    """A message for everybody, with a button that never runs out."""
    if ask.caller.private:
        raise Refused(ask.say(N_("Say this in the community, not in private.")))
    return Reply(
        title=ask.say(N_("Join {community}"), community=ask.community.name),
        text=ask.say(N_("Press the button to see what there is. Only you see what I answer.")),
        buttons=((Button(label=ask.say(N_("Subscribe")), command="plans", style="primary"),),),
        private=False,
    )


async def complete_offer(ask: Ask, text: str) -> list[tuple[str, str]]:
    """The plans that the member is offered."""
    offers = await ask.till.counter.offers(ask.me, ask.now)
    found = [offer.plan for offer in offers]
    return [(one.name, one.shown) for one in found if text.casefold() in f"{one.name} {one.shown}".casefold()]


OfferedPlan = Annotated[
    str,
    About(name=N_("plan"), description=N_("Which one; all are shown if left out"), complete=complete_offer, most=64),
]
By = Annotated[str, About(name=N_("way"), description=N_("How to pay; you are asked if left out"), most=32)]


@command(N_("subscribe"), N_("Join: choose a plan and pay for it"), slow=True, newcomers=coming.to_the_only_one)
async def subscribe(
    ask: Ask,
    plan: OfferedPlan = "",
    code: Annotated[str, About(name=N_("code"), description=N_("A coupon, if you have one"), most=64)] = "",
    by: By = "",
) -> Reply:
    """Choose the plan, choose how to pay, get the link. What is free is theirs at once."""
    if code:
        async with at_the_till(ask):
            await hold(ask, code)
    if not plan:
        offers = await ask.till.counter.offers(ask.me, ask.now)
        if len(offers) != 1:
            return await plans.run(ask)
        plan = offers[0].plan.name
    async with at_the_till(ask):
        offer = await find_offer(ask, plan)
        await _refuse_twice(ask, offer.plan)
        if offer.plan.period == "free":
            return await _enter(ask, offer.plan)
        if code:
            await hold(ask, code, offer.plan.name)
        way = choose(ask, offer, by)
        if way is None:
            return ways_to_pay(ask, offer, "subscribe", offer.ways)
        coupon = None if by.endswith(WITHOUT) else await _usable(ask, offer.plan, way)
        return await _order(ask, offer, way, coupon)


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


async def _refuse_twice(ask: Ask, plan: Plan) -> None:
    mine = live(ask.me.state.membership.subscriptions, plan, ask.now, await ask.rules())
    if mine is not None and (plan.months or mine.until is None):
        raise Refusal("have_it", plan.shown)


WITHOUT = ".n"
"""Ends a way to pay that is taken without a code."""


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


def ways_to_pay(ask: Ask, offer: Offer, path: str, ways: Sequence[Way]) -> Reply:
    """A button for each way to pay."""
    buttons = [
        Button(label=way_words(ask, way), command=path, options={"plan": offer.plan.name, "by": named(way)})
        for way in in_order(ways, ask.platform)
    ]
    return Reply(
        title=offer.plan.shown,
        text=ask.say(N_("How would you like to pay?")),
        fields=(offered(ask, offer),),
        buttons=rows(buttons),
    )


def way_words(ask: Ask, way: Way) -> str:
    """A way to pay in a few words."""
    name, price = way
    if price.currency == STARS:
        return ask.say.money(price)
    return f"{ask.say.money(price)} · {ask.say(PROVIDERS.get(name, name))}"


async def _enter(ask: Ask, plan: Plan) -> Reply:
    await ask.till.enter(ask.me, plan)
    return Reply(
        text=ask.say(N_("🎉 {plan} is yours, and costs nothing."), plan=plan.shown),
        buttons=(
            (
                Button(label=ask.say(N_("Where am I in?")), command="why"),
                Button(label=ask.say(N_("My membership")), command="status"),
            ),
        ),
    )


# ---------------------------------------------------------------------- the order


async def _order(ask: Ask, offer: Offer, way: Way, coupon: Coupon | None) -> Reply:
    """Raises what the till raises; but where only the code is in the way, it is offered without."""
    try:
        link = await place(ask, offer.plan, way, coupon.code if coupon else "")
    except (Refusal, Unable) as error:
        if coupon is None or (isinstance(error, Refusal) and not error.why.startswith("coupon_")):
            raise
        label = ask.say(N_("Pay {price} without the code"), price=ask.say.money(way[1]))
        options: dict[str, Option] = {"plan": offer.plan.name, "by": f"{named(way)}{WITHOUT}"}
        return Reply(
            text=ask.say(N_("The code {code} can't be used when you pay in this way."), code=coupon.code),
            buttons=((Button(label=label, command="subscribe", options=options),),),
            error=True,
        )
    return to_pay(ask, offer, way, link, coupon)


async def place(ask: Ask, plan: Plan, way: Way, code: str = "", *, gift: bool = False) -> Link:
    """Place an order. Raises what the till raises."""
    wish = Wish(
        plan=plan,
        way=way,
        platform=ask.platform,
        user=ask.caller.account.user,
        locale=ask.say.locale,
        code=code,
        gift=gift,
    )
    return await ask.till.counter.order(ask.me, wish, ask.now)


async def _usable(ask: Ask, plan: Plan, way: Way) -> Coupon | None:
    """The coupon that the member redeemed last, of those that take something off this plan, paid in this way."""
    name, price = way
    if "coupon" not in ask.till.providers[name].can:
        return None
    for one in await ask.app.store.read(coupons.held, ask.community.id, ask.me.member):
        fits = one.percent or (one.amount and one.currency == price.currency)
        if fits and await ask.app.store.read(_trouble, ask, one, plan.name) in ("", "exhausted"):
            return one  # the last one left may be reserved by their own offer: the counter knows
    return None


def to_pay(ask: Ask, offer: Offer, way: Way, link: Link, coupon: Coupon | None) -> Reply:
    """The link, what is paid by it, and until when it can be."""
    say, plan, price = ask.say, offer.plan, way[1]
    lines = [costs(say, plan, price)]
    trial = tries(ask, offer, way)
    if trial:
        lines.append(say.many("The first {n} day is free.", "The first {n} days are free.", offer.trial_days))
    if coupon is not None:
        lines.append(say(N_("Code {code}: {off}"), code=coupon.code, off=takes_off(say, coupon)))
    if plan.months:
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


# ---------------------------------------------------------------------- coupons


async def hold(ask: Ask, code: str, plan: str = "") -> Coupon:
    """Keep a coupon for the member, to be used when they buy. Raises Refusal."""
    return await ask.app.store.write(_hold, ask, coupons.normal(code), plan)


def _hold(connection: Connection, ask: Ask, code: str, plan: str) -> Coupon:
    coupon = coupons.find(connection, ask.community.id, code)
    trouble = _trouble(connection, ask, coupon, plan)
    if trouble or coupon is None:
        why: dict[Trouble, Why] = {
            "over": "coupon_over",
            "exhausted": "coupon_exhausted",
            "used": "coupon_used",
            "other_plan": "coupon_other_plan",
        }
        raise Refusal(why.get(trouble, "coupon_unknown"), code)
    coupons.hold(connection, ask.community.id, ask.me.member, coupon.code, ask.now)
    return coupon


def _trouble(connection: Connection, ask: Ask, coupon: Coupon | None, plan: str) -> Trouble:
    return coupons.trouble(connection, ask.community.id, ask.me.member, coupon, plan, ask.now)


COMMANDS = (plans, subscribe, pin)
