"""My membership: /status and /why. What can be done with it is in `leaving.py`.

A membership is named by its number, which is short enough for a button, or by its plan. It is always looked for among
one's own: somebody else's number is no number at all.
"""

from datetime import datetime
from typing import Annotated

from bot.cogs.selling import bought_for, rows
from bot.commands import About, Ask, Refused, command
from bot.engine.audit import IN, Holder
from bot.engine.membership import OPEN, Phase, phase
from bot.engine.rules import Plan, Rules
from bot.i18n import N_
from bot.payments import Ability
from bot.reply import Button, Field, Option, Reply
from bot.sales import Subscription
from bot.standing import PHASES, explain, label, longest, platform_name, standing, tell
from bot.storage import books, grants, sales
from bot.words import replace

MOST = 10
"""Memberships that /status shows."""


class Mine:
    """The caller's memberships by number, as they stand at the time of the call."""

    def __init__(self, ask: Ask, rules: Rules, held: dict[int, Subscription]) -> None:
        self._ask = ask
        self.rules = rules
        self.held = held

    def phase(self, one: Subscription) -> Phase:
        """The state of one now."""
        return phase(one, self._ask.now, self.rules)

    def plan(self, one: Subscription) -> Plan:
        """Its plan, or what is left of it."""
        return self.rules.plan(one.plan) or Plan(name=one.plan)

    def named(self, wanted: str) -> dict[int, Subscription]:
        """Those of a number, or of a plan; all, if nothing is said."""
        wanted = wanted.strip().casefold()
        return {
            number: one
            for number, one in self.held.items()
            if wanted in ("", str(number), one.plan, self.plan(one).title.casefold())
        }

    def can(self, one: Subscription, ability: Ability) -> bool:
        """Whether the provider of one can do this."""
        return self._ask.till.can(one, ability)

    def cancellable(self, one: Subscription) -> bool:
        """Whether there is something to cancel: it would be charged again, or it is free and for ever."""
        if one.provider == "free":
            return self.phase(one) is Phase.ACTIVE
        return one.renews and self.phase(one) in (Phase.TRIALING, Phase.ACTIVE, Phase.GRACE, Phase.PAUSED)

    def pausable(self, one: Subscription) -> bool:
        """Whether it can be paused."""
        return one.renews and self.phase(one) is Phase.ACTIVE and self.can(one, "pause")

    def resumable(self, one: Subscription) -> bool:
        """Whether a pause or a cancellation can be undone."""
        now = self.phase(one)
        if now is Phase.PAUSED:
            return self.can(one, "pause")
        return now is Phase.CANCELLED and self.can(one, "keep")

    def one(self, wanted: str) -> tuple[int, Subscription]:
        """The only one of a number or plan. Raises Refused when there is none, or several."""
        found = self.named(wanted)
        if not found:
            raise Refused(self._ask.say(N_("You have no such membership. /status shows yours.")))
        if len(found) > 1:
            found = {number: one for number, one in found.items() if self.phase(one) in OPEN | {Phase.PAUSED}} or found
        if len(found) > 1:
            raise Refused(self._ask.say(N_("You have several memberships: /status has a button for each.")))
        return next(iter(found.items()))

    def changeable(self, one: Subscription) -> bool:
        """Whether it can become another plan."""
        return one.renews and self.phase(one) is Phase.ACTIVE and self.can(one, "change")


async def mine(ask: Ask) -> Mine:
    """The caller's memberships."""
    held = await ask.app.store.read(sales.of_member, ask.me.member)
    return Mine(ask, await ask.rules(), held)


async def complete_mine(ask: Ask, text: str) -> list[tuple[str, str]]:
    """The caller's memberships that are not over."""
    own = await mine(ask)
    return [
        (str(number), own.plan(one).shown)
        for number, one in own.held.items()
        if own.phase(one) in OPEN | {Phase.PAUSED} and text.casefold() in own.plan(one).shown.casefold()
    ]


Which = Annotated[
    str,
    About(name=N_("membership"), description=N_("Which one, if you have several"), complete=complete_mine, most=64),
]


# ---------------------------------------------------------------------- /status


@command(
    N_("status"),
    N_("Your membership: what you have, until when, and what you can do with it"),
    aliases=("membershipstatus", "memberships", "membership"),
)
async def status(ask: Ask) -> Reply:
    """Each membership with its state, dates and price, and buttons for what its provider can do."""
    say, own = ask.say, await mine(ask)
    shown = _latest(own, ask.now)
    common = [Button(label=say(N_("Why am I in, or not?")), command="why")]
    if not shown:
        common.append(Button(label=say(N_("Plans")), command="plans", style="primary"))
        return Reply(text=say(N_("You have no membership here. /plans shows what there is.")), buttons=(tuple(common),))
    going = {number: one for number, one in shown.items() if own.phase(one) in OPEN | {Phase.PAUSED}}
    buttons = [button for number, one in going.items() for button in _deeds(ask, own, number, one, len(going) > 1)]
    if any(own.can(one, "portal") for one in shown.values()):
        common.append(Button(label=say(N_("Card")), command="portal"))
    if any(own.can(one, "invoices") for one in shown.values()):
        common.append(Button(label=say(N_("Invoices")), command="invoices"))
    common.append(Button(label=say(N_("Plans")), command="plans"))
    return Reply(
        title=say(N_("Your membership")),
        fields=(*(_shown(ask, own, one) for one in shown.values()), *await _places(ask)),
        buttons=(*rows(buttons), tuple(common)),
        replaces=True,
    )


def _latest(own: Mine, now: datetime) -> dict[int, Subscription]:
    """Those that are not over in front, the newest of each first."""
    over = (Phase.EXPIRED, Phase.REFUNDED)
    worth_it = longest(own.held.values(), now, own.rules)
    held = [(number, one) for number, one in own.held.items() if one in worth_it]
    newest = sorted(held, key=lambda pair: (own.phase(pair[1]) in over, -pair[1].since.timestamp()))
    return dict(newest[:MOST])


def _shown(ask: Ask, own: Mine, one: Subscription) -> Field:
    head = [ask.say(PHASES[own.phase(one)]), bought_for(ask.say, one)]
    lines = [" · ".join(part for part in head if part), tell(ask.say, standing(one, ask.now, own.rules))]
    if one.provider == "stars" and own.phase(one) is Phase.CANCELLED:
        lines.append(ask.say(N_("Telegram can take that back: Settings, My Stars, the subscription, Renew.")))
    return Field(name=own.plan(one).shown, value="\n".join(lines))


async def _places(ask: Ask) -> tuple[Field, ...]:
    read, number = ask.app.store.read, ask.community.id
    holder = (await read(books.holders, number, [ask.me.member]))[0]
    names = await read(books.names, number)
    inside = [f"{label(way, names)} ({platform_name(way.platform)})" for way in holder.ways if way.status in IN]
    return (Field(name=ask.say(N_("You are in")), value=", ".join(inside)),) if inside else ()


def _deeds(ask: Ask, own: Mine, number: int, one: Subscription, several: bool) -> list[Button]:
    """What can be done with a membership."""
    say, found = ask.say, []
    which: dict[str, Option] = {"which": number}

    def add(text: str, path: str) -> None:
        label = f"{say(text)} · {own.plan(one).shown}" if several else say(text)
        found.append(Button(label=label, command=path, options=which))

    if own.resumable(one):
        paused = own.phase(one) is Phase.PAUSED
        add(N_("Resume") if paused else N_("Undo the cancellation"), "resume")
    if own.changeable(one):
        add(N_("Change the plan"), "change")
    if own.pausable(one):
        add(N_("Pause"), "pause")
    if own.cancellable(one):
        add(N_("Cancel"), "cancel")
    return found


# ---------------------------------------------------------------------- /why


@command(N_("why"), N_("Where you are in or out, why, and when that mends itself"))
async def why(ask: Ask) -> Reply:
    """How each membership stands; then each place behind a gate."""
    read, number = ask.app.store.read, ask.community.id
    ways = await _ways_in(ask)
    holder = _outside((await read(books.holders, number, [ask.me.member]))[0], ways)
    places, names = await read(books.places, number), await read(books.names, number)
    lines = [tell(ask.say, line) for line in explain(holder, places, await ask.rules(), ask.now, names)]
    buttons = (
        Button(label=ask.say(N_("My membership")), command="status"),
        Button(label=ask.say(N_("Plans")), command="plans"),
    )
    return Reply(
        title=ask.say(N_("Why you are in, or not")),
        text="\n".join(f"• {line}" for line in lines),
        buttons=(*rows(_doors(ask, ways)), buttons),
        replaces=True,
    )


async def _ways_in(ask: Ask) -> dict[tuple[str, str, str], str]:
    """{(platform, target, user): a link in} of the places that are open to the member and that they are not in.

    A chat was opened when the link was sent; whether they have followed it since, its platform says.
    """
    found: dict[tuple[str, str, str], str] = {}
    for one in await ask.app.store.read(grants.of_member, ask.me.member):
        port = ask.app.ports.get(one.platform)
        asked = one.status == "away" or (one.status == "granted" and one.target.startswith("chat:"))
        if asked and one.gate in ask.me.state.access.open and port is not None:
            url = await port.way_in(one.space, one.user)
            if url:
                found[one.platform, one.target, one.user] = url
    return found


def _outside(holder: Holder, ways: dict[tuple[str, str, str], str]) -> Holder:
    """The same, whoever has a way in being outside."""
    return replace(
        holder,
        ways=tuple(
            replace(way, status="away") if (way.platform, way.target, way.user) in ways else way for way in holder.ways
        ),
    )


def _doors(ask: Ask, ways: dict[tuple[str, str, str], str]) -> list[Button]:
    named = {url: platform_name(platform) for (platform, _, _), url in ways.items()}
    return [
        Button(label=ask.say(N_("Come in on {platform}"), platform=platform), url=url, style="primary")
        for url, platform in named.items()
    ]


COMMANDS = (status, why)
