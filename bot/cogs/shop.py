"""What there is to join, and how: /plans, /subscribe, and the button that the creator pins."""

from typing import Annotated

from bot.cogs import coming
from bot.cogs.ordering import (
    WITHOUT,
    address,
    by_wallet,
    choose,
    find_offer,
    named,
    place,
    to_pay,
    ways_to_pay,
)
from bot.cogs.selling import (
    Way,
    at_the_till,
    get,
    offered,
    rows,
)
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.membership import OPEN, Phase, phase
from bot.engine.rules import Plan
from bot.i18n import N_
from bot.payments import Unable
from bot.reply import Blank, Button, Form, Option, Reply
from bot.standing import longest, standing, tell
from bot.storage import coupons
from bot.storage.coupons import Coupon, Trouble
from bot.storage.store import Connection
from bot.till import Offer, Refusal
from bot.till.counter import coupon_refusal, live


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
        fields=await offered(ask, offers),
        buttons=(*rows(buttons), *((again,) if mine else ())),
    )


async def _mine(ask: Ask) -> list[str]:
    rules = await ask.rules()
    held = longest(ask.me.state.membership.subscriptions, ask.now, rules)
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
    email: Annotated[
        str, About(name=N_("email"), description=N_("For a wallet: where its bills are sent"), most=254)
    ] = "",
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
        if way is None or (not by and by_wallet(ask, offer)):
            return await ways_to_pay(ask, offer, "subscribe", offer.ways)
        coupon = None if by.endswith(WITHOUT) else await _usable(ask, offer.plan, way)
        return await _order(ask, offer, way, coupon, address(ask, offer, way, email))


async def _refuse_twice(ask: Ask, plan: Plan) -> None:
    mine = live(ask.me.state.membership.subscriptions, plan, ask.now, await ask.rules())
    if mine is not None and (plan.months or mine.until is None):
        raise Refusal("have_it", plan.shown)


@command(N_("wallet"), N_("Pay for a plan by Alipay or WeChat Pay, bill by bill"), newcomers=coming.to_the_only_one)
async def wallet(ask: Ask, plan: OfferedPlan, by: By = "") -> Reply:
    """A form: a wallet can't be charged by itself, so its bills need somewhere to go."""
    async with at_the_till(ask):
        offer = await find_offer(ask, plan)
        ways = by_wallet(ask, offer)
        if not ways:
            raise Refusal("no_currency", offer.plan.shown)
        way = choose(ask, offer, by or named(ways[0]), ways)
    options: dict[str, Option] = {"plan": offer.plan.name, "by": named(way or ways[0])}
    blank = Blank(name="email", label=ask.say(N_("E-mail address for the bills")), hint="name@example.com", most=254)
    title = ask.say(N_("Alipay or WeChat Pay"))
    return Reply(form=Form(title=title, command="subscribe", blanks=(blank,), options=options))


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


async def _order(ask: Ask, offer: Offer, way: Way, coupon: Coupon | None, email: str) -> Reply:
    """Raises what the till raises; but where only the code is in the way, it is offered without."""
    try:
        link = await place(ask, offer.plan, way, coupon.code if coupon else "", email=email)
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
    return await to_pay(ask, offer, way, link, coupon, email)


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


# ---------------------------------------------------------------------- coupons


async def hold(ask: Ask, code: str, plan: str = "") -> Coupon:
    """Keep a coupon for the member, to be used when they buy. Raises Refusal."""
    return await ask.app.store.write(_hold, ask, coupons.normal(code), plan)


def _hold(connection: Connection, ask: Ask, code: str, plan: str) -> Coupon:
    coupon = coupons.find(connection, ask.community.id, code)
    trouble = _trouble(connection, ask, coupon, plan)
    if trouble or coupon is None:
        raise coupon_refusal(trouble, code)
    coupons.hold(connection, ask.community.id, ask.me.member, coupon.code, ask.now)
    return coupon


def _trouble(connection: Connection, ask: Ask, coupon: Coupon | None, plan: str) -> Trouble:
    return coupons.trouble(connection, ask.community.id, ask.me.member, coupon, plan, ask.now)


COMMANDS = (plans, subscribe, wallet, pin)
