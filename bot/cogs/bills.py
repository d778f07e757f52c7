"""Bills, and what to do about money: /invoices, /portal, /paysupport and /terms."""

from typing import Annotated

from bot.cogs.selling import PROVIDERS, at_the_till, rows, tell_staff
from bot.commands import About, Ask, command
from bot.effects import Alert
from bot.i18n import N_
from bot.reply import Button, Reply, Table

LAST = 5
"""Bills that are shown."""


@command(N_("invoices"), N_("Your last five bills"), slow=True)
async def invoices(ask: Ask) -> Reply:
    """A table, and a button for each bill that has a page."""
    say = ask.say
    async with at_the_till(ask):
        found = await ask.till.invoices(ask.me, LAST)
    if not found:
        return Reply(text=say(N_("There are no bills of yours yet.")))
    return Reply(
        title=say(N_("Your bills")),
        table=Table(
            header=(say(N_("Date")), say(N_("Amount")), say(N_("Paid")), say(N_("Number"))),
            rows=tuple(
                (say.day(one.at), say.money(one.price), say(N_("yes")) if one.paid else say(N_("no")), one.number)
                for one in found
            ),
            numeric=(1,),
        ),
        buttons=rows(
            [Button(label=f"{say.day(one.at)} · {say.money(one.price)}", url=one.url) for one in found if one.url]
        ),
    )


@command(
    N_("portal"), N_("Change your card and see all bills, at the payment provider's"), slow=True, aliases=("card",)
)
async def portal(ask: Ask) -> Reply:
    """A button for each provider that has such a page; Telegram's own settings have it for Stars."""
    say = ask.say
    async with at_the_till(ask):
        pages = await ask.till.portal(ask.me)
    lines = []
    if any(one.provider == "stars" for one in ask.me.state.membership.subscriptions):
        lines.append(say(N_("Stars are looked after by Telegram itself: Settings, My Stars.")))
    if pages:
        lines.insert(0, say(N_("Here you change your card and see all bills. The page is yours alone.")))
    if not lines:
        lines.append(
            say(N_("You have paid nothing here yet, so there is no card to change. /plans shows what there is."))
        )
    buttons = [Button(label=say(PROVIDERS.get(name, name)), url=url, style="primary") for name, url in pages]
    return Reply(text="\n".join(lines), buttons=rows(buttons))


@command(N_("paysupport"), N_("Help with a payment"), aliases=("support",))
async def paysupport(
    ask: Ask,
    words: Annotated[
        str, About(name=N_("words"), description=N_("What is wrong; the creator reads it"), most=300)
    ] = "",
) -> Reply:
    """Whom to write to; what is said here is handed to the creator, where they have a channel for it."""
    say, rules = ask.say, await ask.rules()
    contact = rules.membership.support
    lines = []
    if words.strip():
        told = await tell_staff(ask, Alert(notice="staff_paysupport", values={"words": words.strip()}), ask.key)
        lines.append(
            say(N_("I have handed that to the creator. They answer you themselves."))
            if told
            else say(N_("I could not hand that on: no channel is set up for it here. Please write to the creator."))
        )
    if contact:
        lines.append(say(N_("Help with payments: {contact}"), contact=contact))
    if not lines:
        lines.append(say(N_("Say what is wrong, like this: /paysupport I paid twice. The creator reads it.")))
    lines.append(say(N_("A payment that did not arrive shows in /status within minutes; /why says where you are in.")))
    buttons = (
        Button(label=say(N_("My membership")), command="status"),
        Button(label=say(N_("Invoices")), command="invoices"),
        Button(label=say(N_("Terms")), command="terms"),
    )
    return Reply(title=say(N_("Help with payments")), text="\n".join(lines), buttons=(buttons,))


@command(N_("terms"), N_("What holds when you pay here: renewal, cancelling, refunds"))
async def terms(ask: Ask) -> Reply:
    """In plain words; the creator's own terms are a button."""
    say, rules = ask.say, (await ask.rules()).membership
    lines = [
        say(N_("What renews is charged by itself at the end of each period. What is paid once is not.")),
        say(N_("/cancel ends it at any time; access stays to the date that is paid, and until then you can undo it.")),
        say.many(
            "If a payment fails, access goes on for {n} day, to mend it.",
            "If a payment fails, access goes on for {n} days, to mend it.",
            rules.grace_days,
        ),
        say(N_("The creator decides on refunds, and says whether access ends with one: /paysupport asks for one.")),
        say(
            N_("{community} sells what is sold here, not the platform you read this on."), community=ask.community.name
        ),
    ]
    if rules.renewal_notice_days:
        notice = say.many(
            "I remind you {n} day before a renewal.",
            "I remind you {n} days before a renewal.",
            rules.renewal_notice_days,
        )
        lines.insert(1, notice)
    page = (Button(label=say(N_("The terms in full")), url=rules.terms_url),) if rules.terms_url else ()
    return Reply(title=say(N_("Terms")), text="\n".join(f"• {line}" for line in lines), buttons=(page,) if page else ())


COMMANDS = (invoices, portal, paysupport, terms)
