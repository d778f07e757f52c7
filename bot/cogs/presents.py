"""For somebody else, and by a code: /gift and /redeem."""

from typing import Annotated

from bot.cogs import coming
from bot.cogs.ordering import choose, find_offer, link_reply, place, ways_to_pay
from bot.cogs.selling import REFUSALS, at_the_till, costs, get, offered, rows, takes_off
from bot.cogs.shop import By, OfferedPlan, hold
from bot.commands import About, Ask, Refused, command
from bot.engine.rules import Plan
from bot.i18n import N_
from bot.reply import Button, Reply
from bot.storage import presents
from bot.storage.codes import Wrong
from bot.storage.coupons import Coupon
from bot.storage.orders import Placed
from bot.storage.presents import Barred
from bot.till import Offer, Refusal
from bot.till.counter import coupon_refusal, live

SHORT = 12
"""Characters of an order's token that tell a member's gifts apart, and fit a button."""
PLACE_OF = {"link": "/link", "space": "/link", "move": "/link"}

WRONG = {
    "unknown": N_("I know no such code. Look at how it is written."),
    "other": N_("That is a code for {command}, not for /redeem."),
    "expired": N_("This code is not good any more. Ask for a new one where you have it from."),
    "used": N_("This code was used already: each is good once."),
    "tired": N_("That were too many wrong codes. Try again in an hour."),
}


@command(N_("redeem"), N_("Use a code: a gift, a coupon, or a key to a plan"), newcomers=coming.by_gift)
async def redeem(
    ask: Ask, code: Annotated[str, About(name=N_("code"), description=N_("As it was given to you"), least=3, most=64)]
) -> Reply:
    """A gift is theirs at once; a coupon is kept until they buy; a key shows what it opens."""
    found = await ask.app.store.write(presents.look, code, ask.community.id, ask.me.member, ask.now)
    if isinstance(found, Wrong):
        raise Refused(ask.say(WRONG.get(found.why, WRONG["unknown"]), command=PLACE_OF.get(found.kind, "/link")))
    if isinstance(found, Barred):
        refusal = coupon_refusal(found.trouble, found.code)
        raise Refused(ask.say(REFUSALS[refusal.why], about=refusal.about))
    if isinstance(found, Placed):
        return await _unwrap(ask, code, found)
    async with at_the_till(ask):
        await hold(ask, code)
    return await _kept(ask, found)


async def _unwrap(ask: Ask, code: str, order: Placed) -> Reply:
    rules = await ask.rules()
    plan = rules.plan(order.plan) or Plan(name=order.plan)
    mine = live(ask.me.state.membership.subscriptions, plan, ask.now, rules)
    if mine is not None and (mine.renews or mine.until is None):
        text = N_("You have {plan} already, and it goes on by itself. Keep the code for later, or give it to a friend.")
        raise Refused(ask.say(text, plan=plan.shown))
    after = mine.until if mine else None
    if not await ask.till.redeem(order.token, ask.community.id, ask.me.member, plan, after=after):
        raise Refused(ask.say(WRONG["used"]))
    # only now: should we die between the two, the gift is theirs, and its code is as good as used (`presents.look`)
    await ask.app.store.write(presents.unwrap, code, ask.me.member, ask.now)
    return Reply(
        text=ask.say(N_("🎁 {plan} is yours: a gift. /status shows to when."), plan=plan.shown),
        buttons=((Button(label=ask.say(N_("My membership")), command="status"),),),
    )


async def _kept(ask: Ask, coupon: Coupon) -> Reply:
    say = ask.say
    lines = []
    if coupon.percent or coupon.amount:
        lines.append(
            say(N_("Code {code}: {off}. I use it when you buy."), code=coupon.code, off=takes_off(say, coupon))
        )
    offers = await ask.till.counter.offers(ask.me, ask.now)
    fitting = [one for one in offers if not coupon.plans or one.plan.name in coupon.plans]
    if coupon.unlocks:
        fitting = [one for one in fitting if one.plan.code_only] or fitting
        lines.append(say(N_("Code {code} opens this to you:"), code=coupon.code))
    return Reply(
        text="\n".join(lines),
        fields=await offered(ask, fitting),
        buttons=rows([get(ask, one.plan) for one in fitting]),
    )


# ---------------------------------------------------------------------- gifts


@command(N_("gift"), N_("Buy a plan for somebody else, or see the gifts you bought"), slow=True)
async def gift(ask: Ask, plan: OfferedPlan = "", by: By = "") -> Reply:
    """What can be given, and what was bought to be given; or the link by which a gift is paid."""
    if not plan:
        return await _gifts(ask)
    async with at_the_till(ask):
        offer = await find_offer(ask, plan)
        ways = [way for way in offer.ways if "gift" in ask.till.providers[way[0]].can]
        if offer.plan.period == "free":
            raise Refusal("free", offer.plan.shown)
        if offer.ways and not ways:
            raise Refusal("no_gift", offer.plan.shown)
        way = choose(ask, offer, by, ways)
        if way is None:
            return await ways_to_pay(ask, offer, "gift", ways)
        link = await place(ask, offer.plan, way, gift=True)
    await ask.till.counter.saw(ask.me, [offer], ask.now)
    lines = [
        costs(ask.say, offer.plan, way[1]),
        ask.say(N_("A gift: it is paid once and does not renew. When it is paid, /gift shows the code to give away.")),
    ]
    return link_reply(ask, offer.plan, lines, link, N_("Pay"))


async def _gifts(ask: Ask) -> Reply:
    say, rules = ask.say, await ask.rules()
    bought = await ask.app.store.read(presents.paid, ask.me.member)
    lines, buttons = [], []
    for one in bought[:10]:
        plan = rules.plan(one.order.plan) or Plan(name=one.order.plan)
        values = {"plan": plan.shown, "date": say.day(one.order.created_at)}
        text = N_("🎁 {plan}, bought on {date}: somebody has it.") if one.taken else N_("🎁 {plan}, bought on {date}")
        lines.append(say(text, **values))
        if not one.taken:
            label = say(N_("Show the code for {plan}"), plan=plan.shown)
            buttons.append(Button(label=label, command="giftcode", options={"order": one.order.token[:SHORT]}))
    offers = [one for one in await ask.till.counter.offers(ask.me, ask.now) if _to_give(ask, one)]
    buttons += [get(ask, one.plan, "gift", N_("Give {plan}")) for one in offers]
    if not buttons and not lines:
        return Reply(text=say(N_("There is nothing here that can be given away at the moment.")))
    return Reply(title=say(N_("Gifts")), text="\n".join(lines), buttons=rows(buttons))


def _to_give(ask: Ask, offer: Offer) -> bool:
    return any("gift" in ask.till.providers[name].can for name, _ in offer.ways)


@command(N_("giftcode"), N_("The code of a gift you bought; one shown before is void then"))
async def gift_code(
    ask: Ask,
    order: Annotated[str, About(name=N_("order"), description=N_("Which gift, as /gift shows it"), most=32)] = "",
) -> Reply:
    """Made when it is asked for, as only its hash is kept."""
    bought = await ask.app.store.read(presents.paid, ask.me.member)
    mine = [one.order for one in bought if one.order.token.startswith(order[:SHORT]) and not one.taken]
    code = await ask.app.store.write(presents.wrap, mine[0], ask.now) if mine else None
    if code is None:
        raise Refused(ask.say(N_("You have no such gift to give away. /gift shows those you bought.")))
    rules = await ask.rules()
    plan = rules.plan(mine[0].plan) or Plan(name=mine[0].plan)
    text = N_("Give this to whom you like. In {community} they send me: /redeem {code}")
    return Reply(
        title=plan.shown,
        text=f"{code}\n{ask.say(text, community=ask.community.name, code=code)}\n"
        + ask.say(N_("It is good once. Show it again and this one is void.")),
    )


COMMANDS = (redeem, gift, gift_code)
