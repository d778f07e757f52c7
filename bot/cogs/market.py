"""The shop for coins: /shop for members, /item for the creator. Spending coins lowers no rank."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import uuid4

from bot.cogs.plans import complete_plan, known_plan
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.purse import coins
from bot.i18n import N_
from bot.reply import Button, Field, Option, Reply
from bot.storage import market
from bot.storage.market import Item, Kind
from bot.till.market import Sold, Unsold, Why
from bot.words import replace

SHELF = 20
"""Items shown at once."""
MOST = 1_000_000

WHYS: dict[Why, str] = {
    "no_item": N_("There is nothing called {item} in the shop. /shop shows what there is."),
    "sold_out": N_("{item} is sold out. Nothing was paid."),
    "enough": N_("You have {item} as often as each may: {n}. Nothing was paid."),
    "have_it": N_("{item} would bring you nothing: you have it for ever already. Nothing was paid."),
    "returned": N_("This purchase could not be handed over and was paid back. /shop begins another one."),
    "coins": N_("You need {n} more coins for {item}. /points ways says how to earn them."),
    "no_membership": N_("{item} goes on top of a membership, and you have none that ends. Nothing was paid."),
    "no_plan": N_("The plan behind {item} is gone: tell the creator. Nothing was paid."),
    "unable": N_("{item} can't be handed over now, so nothing was paid: {why}"),
}
KINDS: dict[Kind, str] = {
    "coupon": N_("a coupon"),
    "role": N_("what is behind a gate"),
    "plan": N_("a plan"),
    "credit": N_("days on the membership"),
}


async def _items(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    found = await ask.app.store.read(market.of_community, ask.community.id)
    wanted = text.casefold()
    return [
        (one.name, f"{one.shown} ({ask.say.show(one.price)})")
        for one in found
        if not one.archived and (wanted in one.name or wanted in one.shown.casefold())
    ]


Chosen = Annotated[str, About(name=N_("item"), description=N_("What, by its short name"), complete=_items, most=32)]


@command(N_("shop"), N_("What there is for coins, and how many you have"), aliases=("store",))
async def shop(
    ask: Ask,
    item: Chosen = "",
    sure: Annotated[str, About(name=N_("sure"), description=N_("Filled in by the button"), most=12)] = "",
) -> Reply:
    """The shelf; one item with a button to take it; and, pressed once more, taken."""
    has = coins(ask.me.state, await ask.rules())
    if not item:
        return await _shelf(ask, has)
    found = await ask.app.store.read(market.find, ask.community.id, item)
    if found is None or found.archived:
        raise Refused(ask.say(WHYS["no_item"], item=item))
    if not sure:
        return _asked(ask, found, has)
    try:
        sold = await ask.till.market.buy(ask.community.id, ask.me.member, found.name, f"{ask.me.member}-{sure}")
    except Unsold as error:
        words = ask.say(WHYS[error.why], item=found.shown, n=ask.say.show(error.n), why=error.about)
        raise Refused(words) from error
    return Reply(text=_handed(ask, sold), private=True, replaces=True)


async def _shelf(ask: Ask, has: int) -> Reply:
    say = ask.say
    mine = say.many("You have {n} coin.", "You have {n} coins.", has)
    offered = [one for one in await ask.app.store.read(market.of_community, ask.community.id) if not one.archived]
    if not offered:
        return Reply(text=f"{mine} {say(N_('The shop is empty so far: the creator fills it with /item add.'))}")
    sold = await ask.app.store.read(market.sold, ask.community.id)
    shown, more = offered[:SHELF], len(offered) - SHELF
    text = [mine + " " + say(N_("Coins come with the points you earn; spending them lowers no rank."))]
    if more > 0:
        text.append(
            say.many("{n} more thing: say /shop with its name.", "{n} more things: say /shop with a name.", more)
        )
    return Reply(
        title=say(N_("Shop of {community}"), community=ask.community.name),
        text="\n".join(text),
        fields=tuple(
            Field(name=f"{one.shown} · {_price(ask, one)}", value=_about(ask, one, sold.get(one.name, 0)))
            for one in shown
        ),
        buttons=tuple(
            tuple(
                Button(
                    label=f"{one.shown} · {say.show(one.price)}",
                    command="shop",
                    options={"item": one.name},
                    off=one.price > has or bool(one.stock and sold.get(one.name, 0) >= one.stock),
                )
                for one in shown[start : start + 2]
            )
            for start in range(0, len(shown), 2)
        ),
    )


def _price(ask: Ask, one: Item) -> str:
    return ask.say.many("{n} coin", "{n} coins", one.price)


def _about(ask: Ask, one: Item, sold: int) -> str:
    say = ask.say
    parts = [one.about] if one.about else []
    parts.append(_what(ask, one))
    if one.stock:
        left = max(one.stock - sold, 0)
        parts.append(say.many("{n} left", "{n} left", left) if left else say(N_("sold out")))
    if one.each:
        parts.append(say.many("{n} for each", "{n} for each", one.each))
    return " · ".join(parts)


def _what(ask: Ask, one: Item) -> str:
    say = ask.say
    lasting = say.many("for {n} day", "for {n} days", one.days) if one.days else say(N_("for ever"))
    match one.kind:
        case "coupon":
            words = N_("{n} % off {plan}") if one.plan else N_("{n} % off your next purchase")
            return say(words, n=one.percent, plan=one.plan)
        case "role":
            return say(N_("opens {gate} {lasting}"), gate=one.gate, lasting=lasting)
        case "plan":
            return say(N_("{plan} {lasting}"), plan=one.plan, lasting=lasting)
        case "credit":
            return say.many("{n} day on your membership", "{n} days on your membership", one.days)


def _asked(ask: Ask, one: Item, has: int) -> Reply:
    say = ask.say
    options: dict[str, Option] = {"item": one.name, "sure": uuid4().hex[:8]}
    yes = Button(
        label=say.many("Yes, for {n} coin", "Yes, for {n} coins", one.price),
        command="shop",
        options=options,
        style="primary",
        off=one.price > has,
    )
    back = Button(label=say(N_("Back")), command="shop")
    text = say.many("Take it? You have {n} coin.", "Take it? You have {n} coins.", has)
    return Reply(
        title=one.shown,
        text=f"{_about(ask, one, 0) if not one.stock else _what(ask, one)}\n{text}",
        buttons=((yes, back),),
        replaces=True,
    )


def _handed(ask: Ask, sold: Sold) -> str:
    say, item = ask.say, sold.item
    left = say.many("You have {n} coin left.", "You have {n} coins left.", sold.left)
    if sold.code:
        last = say.day(sold.until) if sold.until else ""
        words = say(
            N_("Your code is {code}: {what}, until {date}. /redeem takes it."),
            code=sold.code,
            what=_what(ask, item),
            date=last,
        )
    elif sold.off is not None:
        words = say(N_("{price} come off your next bill."), price=say.money(sold.off))
    elif sold.until is not None:
        words = say(N_("{item} is yours until {date}."), item=item.shown, date=say.day(sold.until))
    else:
        words = say(N_("{item} is yours for ever."), item=item.shown)
    return f"🛍️ {words} {left}"


# ---------------------------------------------------------------------- the creator's side


@command(N_("item add"), N_("Put something into the shop, or change what has this name"), who=Rank.CREATOR)
async def item_add(
    ask: Ask,
    item: Annotated[str, About(name=N_("item"), description=N_("A short name, such as vip-week"), least=1, most=27)],
    price: Annotated[int, About(name=N_("price"), description=N_("How many coins"), least=1, most=MOST)],
    kind: Annotated[
        Literal["coupon", "role", "plan", "credit"],
        About(name=N_("kind"), description=N_("What members get for it"), labels=KINDS),
    ],
    title: Annotated[str, About(name=N_("title"), description=N_("What members read"), most=64)] = "",
    about: Annotated[str, About(name=N_("about"), description=N_("A sentence about it"), most=255)] = "",
    percent: Annotated[
        int, About(name=N_("percent"), description=N_("What a coupon takes off"), least=0, most=100)
    ] = 0,
    plan: Annotated[
        str, About(name=N_("plan"), description=N_("The plan's short name"), complete=complete_plan, most=32)
    ] = "",
    gate: Annotated[str, About(name=N_("gate"), description=N_("The gate's name, such as vip"), most=32)] = "",
    days: Annotated[int, About(name=N_("days"), description=N_("How many; 0 is for ever"), least=0, most=3650)] = 0,
    stock: Annotated[
        int, About(name=N_("stock"), description=N_("How many there are; 0 is no limit"), least=0, most=MOST)
    ] = 0,
    each: Annotated[
        int, About(name=N_("each"), description=N_("How many each member may have; 0 is no limit"), least=0, most=1_000)
    ] = 0,
) -> Reply:
    """What belongs to another kind is refused, so that nothing is sold that was not meant."""
    name = item.strip().casefold()
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,26}", name):
        raise Refused(ask.say(N_("{name} can't be a name: small letters, digits, - and _, 27 at most."), name=item))
    if kind == "coupon" and not percent:
        raise Refused(ask.say(N_("Say how many percent the coupon takes off.")))
    if kind == "role" and not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", gate):
        raise Refused(ask.say(N_("Say which gate it opens: /gate add puts a role or channel behind one.")))
    if kind == "credit" and not days:
        raise Refused(ask.say(N_("Say how many days.")))
    if kind == "plan" or plan:
        plan = (await known_plan(ask, plan)).name
    made = Item(
        name=name,
        price=price,
        kind=kind,
        title=" ".join(title.split()),
        about=about.strip(),
        percent=percent if kind == "coupon" else 0,
        plan=plan if kind in ("coupon", "plan") else "",
        gate=gate if kind == "role" else "",
        days=days,
        stock=stock,
        each=each,
    )
    await ask.app.store.write(market.put, ask.community.id, made)
    text = ask.say(
        N_("{item} is in the shop for {price}: {what}."),
        item=made.shown,
        price=_price(ask, made),
        what=_what(ask, made),
    )
    return Reply(text=text)


@command(N_("item list"), N_("What the shop has and had, and how many were sold"), who=Rank.CREATOR)
async def item_list(ask: Ask) -> Reply:
    """With a button to take away each that is sold."""
    found = await ask.app.store.read(market.of_community, ask.community.id)
    if not found:
        return Reply(text=ask.say(N_("The shop is empty. /item add puts something into it.")))
    sold = await ask.app.store.read(market.sold, ask.community.id)
    say = ask.say
    return Reply(
        title=say(N_("Shop of {community}"), community=ask.community.name),
        fields=tuple(
            Field(
                name=f"{one.name} · {_price(ask, one)}"
                + (f" · {say(N_('not sold any more'))}" if one.archived else ""),
                value=_about(ask, one, sold.get(one.name, 0))
                + " · "
                + say.many("sold {n} time", "sold {n} times", sold.get(one.name, 0)),
            )
            for one in found[-20:]
        ),
        buttons=tuple(
            (Button(label=say(N_("Remove {item}"), item=one.name), command="item remove", options={"item": one.name}),)
            for one in found[-20:]
            if not one.archived
        )[:5],
    )


@command(N_("item remove"), N_("Take something out of the shop; what was bought stays"), who=Rank.CREATOR)
async def item_remove(ask: Ask, item: Chosen) -> Reply:
    """Members who have it keep it."""
    found = await ask.app.store.read(market.find, ask.community.id, item)
    if found is None or found.archived:
        raise Refused(ask.say(WHYS["no_item"], item=item))
    await ask.app.store.write(market.put, ask.community.id, replace(found, archived=True))
    return Reply(text=ask.say(N_("{item} is not sold any more. Who has it keeps it."), item=found.shown))


COMMANDS = (shop, item_add, item_list, item_remove)
