"""What can be done with a membership: /cancel, /pause, /resume and /change."""

from typing import Annotated

from bot.cogs.membership import Mine, Which, mine
from bot.cogs.selling import at_the_till, costs, rows, tell_staff
from bot.commands import About, Ask, Refused, command
from bot.effects import Alert
from bot.engine.membership import Phase
from bot.events import CancellationExplained, member_account
from bot.i18n import N_
from bot.notices import REASONS
from bot.reply import Button, Field, Option, Reply
from bot.sales import Price, Reason, Subscription
from bot.till import Offer

Sure = Annotated[bool, About(name=N_("sure"), description=N_("Do it, don't ask"))]

_AT_ONCE = (Phase.GRACE, Phase.PAUSED)
"""What has no paid time left is over as soon as it is cancelled, so that nobody tries to charge for it again."""


# ---------------------------------------------------------------------- /cancel


@command(N_("cancel"), N_("End a membership at the date it is paid to"), slow=True)
async def cancel(
    ask: Ask,
    which: Which = "",
    sure: Sure = False,
    reason: Annotated[
        Reason | None,
        About(name=N_("reason"), description=N_("Why, if you like to say it"), labels=REASONS),
    ] = None,
) -> Reply:
    """Asked once more first, with the date that access stays to; a pause is offered where there is one."""
    own = await mine(ask)
    if reason is not None:
        return await _explained(ask, own, *own.one(which), reason)
    found = {number: one for number, one in own.named(which).items() if own.cancellable(one)}
    if not found:
        return await _nothing(ask, own, which)
    if len(found) > 1:
        return _choose(ask, own, found)
    number, one = next(iter(found.items()))
    if not sure:
        return _ask_once(ask, own, number, one)
    async with at_the_till(ask):
        await ask.till.cancel(one, now=own.phase(one) in _AT_ONCE or one.provider == "free")
    return await _cancelled(ask, number)


async def _nothing(ask: Ask, own: Mine, which: str) -> Reply:
    named = own.named(which)
    if which and not named:
        raise Refused(ask.say(N_("You have no such membership. /status shows yours.")))
    text = ask.say(N_("There is nothing to cancel: nothing of yours will be charged. /status shows what you have."))
    undo = [number for number, one in named.items() if own.resumable(one) and own.phase(one) is Phase.CANCELLED]
    return Reply(text=text, buttons=rows([_undo(ask, number) for number in undo]), error=True)


def _choose(ask: Ask, own: Mine, found: dict[int, Subscription]) -> Reply:
    buttons = [
        Button(label=own.plan(one).shown, command="cancel", options={"which": number}) for number, one in found.items()
    ]
    return Reply(text=ask.say(N_("Which one shall end?")), buttons=rows(buttons))


def _ask_once(ask: Ask, own: Mine, number: int, one: Subscription) -> Reply:
    say, which = ask.say, {"which": number}
    text = {
        Phase.TRIALING: N_("Cancel {plan}? You stay in until {until}, and nothing is charged."),
        Phase.GRACE: N_("Cancel {plan}? The time you paid for is over, so access ends now. Nothing is charged again."),
        Phase.PAUSED: N_("Cancel {plan}? It is paused, and then it is over for good. Nothing is charged again."),
    }.get(own.phase(one), N_("Cancel {plan}? You stay in until {until}, and nothing is charged after that."))
    if one.provider == "free" or one.until is None:
        text = N_("Leave {plan}? What it opens closes now. You may take it again.")
    buttons = [Button(label=say(N_("Yes, cancel")), command="cancel", options={**which, "sure": True}, style="danger")]
    if own.pausable(one):
        buttons.append(Button(label=say(N_("Pause it instead")), command="pause", options={**which}))
    buttons.append(Button(label=say(N_("Keep it")), command="status"))
    until = say.day(one.until) if one.until else ""
    return Reply(
        title=own.plan(one).shown,
        text=say(text, plan=own.plan(one).shown, until=until),
        buttons=tuple((button,) for button in buttons),
        replaces=True,
    )


async def _cancelled(ask: Ask, number: int) -> Reply:
    """What came of it, an undo, and why."""
    own = await mine(ask)
    one, say = own.held[number], ask.say
    plan = own.plan(one).shown
    if own.phase(one) is Phase.CANCELLED and one.until is not None:
        text = say(N_("{plan} is cancelled. You stay in until {until}."), plan=plan, until=say.day(one.until))
    else:
        text = say(N_("{plan} is cancelled and has ended."), plan=plan)
    buttons = [
        Button(label=say(words), command="cancel", options={"which": number, "reason": name})
        for name, words in REASONS.items()
    ]
    undo = ((_undo(ask, number),),) if own.resumable(one) else ()
    asked = say(N_("If you like, say why. The creator is told, and learns from it."))
    pairs = tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
    return Reply(text=f"{text}\n{asked}", buttons=(*undo, *pairs), replaces=True)


def _undo(ask: Ask, number: int) -> Button:
    label = ask.say(N_("Undo the cancellation"))
    return Button(label=label, command="resume", options={"which": number}, style="primary")


async def _explained(ask: Ask, own: Mine, number: int, one: Subscription, reason: Reason) -> Reply:
    """Keep why, once for each cancellation, and tell the creator."""
    if own.phase(one) not in (Phase.CANCELLED, Phase.EXPIRED):
        return _ask_once(ask, own, number, one) if own.cancellable(one) else await _nothing(ask, own, str(number))
    who = member_account(ask.community.id, ask.me.member)
    key = f"cancelled:{one.id}:{one.until:%Y-%m-%dT%H:%M}" if one.until else f"cancelled:{one.id}"
    event = CancellationExplained(key=key, at=ask.now, who=who, subscription=one.id, reason=reason)
    if (await ask.app.submit([event])).new:
        plan = own.plan(one).shown
        await tell_staff(ask, Alert(notice="staff_reason", values={"plan": plan, "reason": reason}), key)
    undo = ((_undo(ask, number),),) if own.resumable(one) else ()
    return Reply(text=ask.say(N_("Thank you: that helps.")), buttons=undo, replaces=True)


# ---------------------------------------------------------------------- /pause and /resume


@command(N_("pause"), N_("Pause a membership: no charges and no access until you resume it"), slow=True)
async def pause(ask: Ask, which: Which = "") -> Reply:
    """At once; /resume ends it."""
    own = await mine(ask)
    number, one = own.one(which)
    if not own.pausable(one):
        raise Refused(ask.say(N_("{plan} can't be paused. /status shows what can be done."), plan=own.plan(one).shown))
    async with at_the_till(ask):
        await ask.till.pause(one)
    text = N_("{plan} is paused: no charges and no access until you resume it.")
    again = Button(label=ask.say(N_("Resume")), command="resume", options={"which": number}, style="primary")
    return Reply(text=ask.say(text, plan=own.plan(one).shown), buttons=((again,),), replaces=True)


@command(N_("resume"), N_("End a pause, or undo a cancellation"), slow=True, aliases=("keep", "uncancel"))
async def resume(ask: Ask, which: Which = "") -> Reply:
    """Whichever of the two it is."""
    own = await mine(ask)
    number, one = own.one(which)
    if not own.resumable(one):
        raise Refused(
            ask.say(N_("{plan} is neither paused nor cancelled. /status shows it."), plan=own.plan(one).shown)
            if own.phase(one) is not Phase.CANCELLED
            else ask.say(
                N_("The cancellation of {plan} can't be undone here. /status says how."), plan=own.plan(one).shown
            )
        )
    async with at_the_till(ask):
        if own.phase(one) is Phase.PAUSED:
            await ask.till.resume(one)
        else:
            await ask.till.keep(one)
    own = await mine(ask)
    until = own.held[number].until
    text = N_("{plan} goes on. It is paid until {until}.") if until else N_("{plan} goes on.")
    return Reply(text=ask.say(text, plan=own.plan(one).shown, until=ask.say.day(until) if until else ""), replaces=True)


# ---------------------------------------------------------------------- /change


async def _complete_other(ask: Ask, text: str) -> list[tuple[str, str]]:
    found = [one.plan for one in await ask.till.counter.offers(ask.me, ask.now) if one.plan.months]
    return [(one.name, one.shown) for one in found if text.casefold() in f"{one.name} {one.shown}".casefold()]


@command(N_("change"), N_("Change a membership to another plan"), slow=True)
async def change(
    ask: Ask,
    which: Which = "",
    to: Annotated[str, About(name=N_("plan"), description=N_("To which plan"), complete=_complete_other, most=64)] = "",
    sure: Sure = False,
) -> Reply:
    """Shows what it may become; asks once more, with the price."""
    own = await mine(ask)
    number, one = own.one(which)
    if not own.changeable(one):
        raise Refused(
            ask.say(
                N_("{plan} can't be changed to another plan. /status shows what can be done."), plan=own.plan(one).shown
            )
        )
    ways = await _others(ask, one)
    if not to:
        return await _to_which(ask, own, number, one, ways)
    found = next(
        (pair for pair in ways if to.strip().casefold() in (pair[0].plan.name, pair[0].plan.title.casefold())), None
    )
    if found is None:
        raise Refused(ask.say(N_("{plan} can't be changed to that. /change shows to what."), plan=own.plan(one).shown))
    offer, price = found
    if not sure:
        return await _ask_change(ask, own, number, one, offer, price)
    async with at_the_till(ask):
        await ask.till.change(one, offer.plan, price)
    text = N_("{old} is {new} from now on.")
    return Reply(text=ask.say(text, old=own.plan(one).shown, new=offer.plan.shown), replaces=True)


async def _others(ask: Ask, one: Subscription) -> list[tuple[Offer, Price]]:
    """The plans that a subscription may become, with the price: of the same provider, in its currency if possible."""
    found: list[tuple[Offer, Price]] = []
    for offer in await ask.till.counter.offers(ask.me, ask.now):
        prices = [price for name, price in offer.ways if name == one.provider]
        prices.sort(key=lambda price: price.currency != one.price.currency)
        if prices and offer.plan.months and offer.plan.name != one.plan:
            found.append((offer, prices[0]))
    return found


async def _to_which(ask: Ask, own: Mine, number: int, one: Subscription, ways: list[tuple[Offer, Price]]) -> Reply:
    if not ways:
        raise Refused(ask.say(N_("There is no other plan that {plan} could become."), plan=own.plan(one).shown))
    buttons = [
        Button(label=offer.plan.shown, command="change", options={"which": number, "to": offer.plan.name})
        for offer, _ in ways
    ]
    await ask.till.counter.saw(ask.me, [offer for offer, _ in ways], ask.now)
    return Reply(
        title=own.plan(one).shown,
        text=ask.say(N_("What shall it become?")),
        fields=tuple(Field(name=offer.plan.shown, value=costs(ask.say, offer.plan, price)) for offer, price in ways),
        buttons=rows(buttons),
        replaces=True,
    )


async def _ask_change(ask: Ask, own: Mine, number: int, one: Subscription, offer: Offer, price: Price) -> Reply:
    say, plan = ask.say, offer.plan
    await ask.till.counter.saw(ask.me, [offer], ask.now)
    text = N_("Change {old} to {new}, {price}? What you have paid is set off against it, and access goes on.")
    options: dict[str, Option] = {"which": number, "to": plan.name, "sure": True}
    return Reply(
        text=say(text, old=own.plan(one).shown, new=plan.shown, price=costs(say, plan, price)),
        buttons=(
            (
                Button(label=say(N_("Yes, change")), command="change", options=options, style="primary"),
                Button(label=say(N_("Keep it")), command="status"),
            ),
        ),
        replaces=True,
    )


COMMANDS = (cancel, pause, resume, change)
