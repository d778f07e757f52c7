"""/source, for the creator: tracked links, who comes by them, what they cost, and who stays and pays."""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import uuid4

from bot.cogs.plans import read_prices
from bot.commands import About, Ask, Rank, Refused, command
from bot.delivery import GiveUp, TryAgain
from bot.i18n import N_
from bot.reply import Field, Reply
from bot.sales import Price
from bot.storage import accounts, sources
from bot.storage.sources import Harvest, Source

MOST = Decimal(1000)

Cost = Annotated[str, About(name=N_("cost"), description=N_("What it cost, like 50 USD"), most=20)]
Weight = Annotated[str, About(name=N_("weight"), description=N_("What one member by it counts, 1 if left out"), most=8)]


@command(N_("source create"), N_("A link of its own for each place you advertise in"), who=Rank.CREATOR)
async def create(
    ask: Ask,
    name: Annotated[
        str, About(name=N_("name"), description=N_("Where it stands, such as newsletter"), least=2, most=40)
    ],
    cost: Cost = "",
    weight: Weight = "",
) -> Reply:
    """The link; whoever comes by it is counted for this source. A name again changes cost and weight."""
    title = name.strip()
    amount, currency = await _cost(ask, cost)
    before = await ask.app.store.read(sources.find, ask.community.id, title)
    counts = _weight(ask, weight, before.weight if before else 1.0)
    if before is not None:
        kept = (amount, currency) if cost.strip() else (before.cost, before.currency)
        await ask.app.store.write(sources.spend, before.id, *kept, counts, closed=before.closed)
        return _shown(ask, title, before.link, N_("{name} is changed."))
    space = ask.caller.account.space or await _home(ask)
    port = ask.app.ports.get(ask.platform)
    if port is None or not space:
        raise Refused(ask.say(N_("Say this in your community: I can't tell where the link should lead.")))
    try:
        made = await port.invitation(space, f"src_{uuid4().hex[:12]}", ask.say)
    except GiveUp as error:
        raise Refused(str(error)) from error
    except TryAgain as error:
        raise Refused(ask.say(N_("The platform does not answer. Try again in a minute."))) from error
    if not made.counted:
        raise Refused(ask.say(N_("I can't see here who comes by a link: give me the right 'Manage Server' first.")))
    one = Source(id=0, name=title, link=made.link, platform=ask.platform, cost=amount, currency=currency, weight=counts)
    await ask.app.store.write(sources.create, ask.community.id, one, space, ask.now)
    return _shown(ask, title, made.link, N_("Whoever comes by this link is counted for {name}. /source list shows it."))


def _shown(ask: Ask, title: str, link: str, words: str) -> Reply:
    return Reply(title=title, text=f"{link}\n{ask.say(words, name=title)}")


async def _home(ask: Ask) -> str:
    theirs = await ask.app.store.read(accounts.of, ask.me.member)
    return next((one.space for one in theirs if one.platform == ask.platform), "")


async def _cost(ask: Ask, text: str) -> tuple[int, str]:
    if not text.strip():
        return 0, (await ask.rules()).membership.currency
    prices = read_prices(ask, text)
    if len(prices) != 1:
        raise Refused(ask.say(N_("Name one amount, like 50 USD.")))
    ((currency, amount),) = prices.items()
    return amount, currency


def _weight(ask: Ask, text: str, usual: float) -> float:
    if not text.strip():
        return usual
    try:
        found = Decimal(text.strip().replace(",", "."))
        if not (re.fullmatch(r"[0-9]+(\.[0-9]{1,2})?", str(found)) and 0 <= found <= MOST):
            raise InvalidOperation
    except InvalidOperation as error:
        raise Refused(ask.say(N_("A weight is a number from 0 to 1000, with two decimals at most."))) from error
    return float(found)


@command(N_("source list"), N_("Where members come from, what they cost, who stays and pays"), who=Rank.CREATOR)
async def list_(ask: Ask) -> Reply:
    """Each source, and F, the weighted sum over all."""
    say, rules = ask.say, await ask.rules()
    found = await ask.app.store.read(sources.harvest, ask.community.id, rules, ask.now)
    if not found:
        text = say(N_("There is no source yet. /source create makes a link of its own for each place."))
        return Reply(title=say(N_("Where members come from")), text=text)
    total = f"{sources.total(found):g}"
    return Reply(
        title=say(N_("Where members come from")),
        text=say(N_("F = Σ weight × members = {f}. Active after 28 days: of those who came so long ago."), f=total),
        fields=tuple(_field(ask, one, rules.membership.currency) for one in found[:20]),
    )


def _field(ask: Ask, one: Harvest, currency: str) -> Field:
    say, source = ask.say, one.source
    revenue = Price(amount=one.revenue, currency=currency)
    parts = [
        say(N_("{n} came"), n=one.came),
        say(N_("{n} of {of} active after 28 days"), n=one.stayed, of=one.known),
        say(N_("{n} paid, {money}"), n=one.paid, money=say.money(revenue)),
    ]
    if source.cost:
        cost = Price(amount=source.cost, currency=source.currency or currency)
        parts.append(say(N_("cost {money}"), money=say.money(cost)))
        if one.came:
            each = Price(amount=round(source.cost / one.came), currency=cost.currency)
            parts.append(say(N_("{money} a member"), money=say.money(each)))
    name = say(N_("{name} (weight {weight})"), name=source.name, weight=f"{source.weight:g}")
    return Field(name=name, value=f"{' · '.join(parts)}\n{source.link}")


COMMANDS = (create, list_)
