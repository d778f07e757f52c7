"""The creator's care for members: /comp, /extend, /refund and /sync."""

from datetime import datetime, time, timedelta
from typing import Annotated, Literal

from bot.cogs.plans import PlanName, known_plan, read_date
from bot.commands import About, Ask, Person, Rank, Refused, command
from bot.engine.membership import OPEN, phase
from bot.engine.money import unreturned
from bot.i18n import N_
from bot.payments import Busy, Unable
from bot.reply import Button, Option, Reply
from bot.sales import Payment, Subscription
from bot.storage import members, sales
from bot.storage.sales import Held

LENGTHS: dict[str, int | None] = {"week": 7, "month": 31, "half": 183, "year": 366, "forever": None}
LENGTH_NAMES = {
    "week": N_("a week"),
    "month": N_("a month"),
    "half": N_("half a year"),
    "year": N_("a year"),
    "forever": N_("for ever"),
}
MOST_DAYS = 366

Whom = Annotated[Person, About(name=N_("member"), description=N_("Whom"))]


@command(N_("comp"), N_("Give a member a plan for nothing, to a date or for ever"), who=Rank.CREATOR)
async def comp(
    ask: Ask,
    member: Whom,
    plan: PlanName,
    length: Annotated[
        Literal["week", "month", "half", "year", "forever"],
        About(name=N_("length"), description=N_("How long"), labels=LENGTH_NAMES),
    ] = "month",
    until: Annotated[str, About(name=N_("until"), description=N_("Or to a day, like 2027-06-30"), most=10)] = "",
) -> Reply:
    """It is theirs at once, and does not renew."""
    given = await known_plan(ask, plan)
    day, days = read_date(ask, until), LENGTHS[length]
    ends = None if days is None else ask.now + timedelta(days=days)
    if day is not None:
        ends = datetime.combine(day, time(), ask.now.tzinfo) + timedelta(days=1)
    if ends is not None and ends <= ask.now:
        raise Refused(ask.say(N_("That day is over. Write one that is to come, like 2027-06-30.")))
    who = member.profile
    await ask.till.give(who.community, who.member, given, ends)
    when = ask.say(N_("for ever")) if ends is None else ask.say(N_("to {date}"), date=ask.say.day(ends))
    return Reply(text=ask.say(N_("{member} has {plan} {when}."), member=who.name, plan=given.shown, when=when))


@command(N_("extend"), N_("Put days on top of everybody's membership, as goodwill"), who=Rank.CREATOR)
async def extend(
    ask: Ask,
    days: Annotated[int, About(name=N_("days"), description=N_("How many"), least=1, most=MOST_DAYS)],
    plan: PlanName = "",
    sure: Annotated[bool, About(name=N_("sure"), description=N_("Do it, don't ask"))] = False,
) -> Reply:
    """Asked once more first: it can't be taken back at one go."""
    only = (await known_plan(ask, plan)).name if plan else ""
    held = {one.subscription.id: one for one in await _living(ask) if not only or one.subscription.plan == only}
    if not held:
        raise Refused(ask.say(N_("Nobody has a membership that could be extended.")))
    if not sure:
        options: dict[str, Option] = {"days": days, "sure": True, **({"plan": only} if only else {})}
        label = ask.say.many("Yes, {n} day", "Yes, {n} days", days)
        text = ask.say.many(
            "{n} membership gets longer. What renews is charged on its day all the same.",
            "{n} memberships get longer. What renews is charged on its day all the same.",
            len(held),
        )
        return Reply(text=text, buttons=((Button(label=label, command="extend", options=options, style="primary"),),))
    done = await ask.till.extend(ask.community.id, days, held)
    text = ask.say.many("{n} membership is longer now.", "{n} memberships are longer now.", done)
    return Reply(text=text, replaces=True)


async def _living(ask: Ask) -> list[Held]:
    rules = await ask.rules()
    held = await ask.app.store.read(sales.of_community, ask.community.id)
    return [
        one for one in held if phase(one.subscription, ask.now, rules) in OPEN and one.subscription.until is not None
    ]


@command(N_("refund"), N_("Give a member's last payment back"), who=Rank.CREATOR, slow=True)
async def refund(
    ask: Ask,
    member: Whom,
    ends: Annotated[
        Literal["yes", "no"] | None,
        About(
            name=N_("ends"), description=N_("Whether access ends with it"), labels={"yes": N_("yes"), "no": N_("no")}
        ),
    ] = None,
) -> Reply:
    """Shows what would be paid back, and asks whether access ends with it."""
    last = await _last_payment(ask, member)
    if last is None:
        raise Refused(ask.say(N_("{member} has no payment that could be given back."), member=member.profile.name))
    payment, one = last
    rules = await ask.rules()
    plan = rules.plan(one.plan)
    values = {
        "member": member.profile.name,
        "price": ask.say.money(payment.price),
        "plan": one.plan if plan is None else plan.shown,
    }
    if ends is None:
        options: dict[str, Option] = {"member": f"#{member.profile.member}"}
        return Reply(
            text=ask.say(N_("{member} paid {price} for {plan}. Give it back, and access…"), **values),
            buttons=(
                (
                    Button(
                        label=ask.say(N_("ends now")),
                        command="refund",
                        options={**options, "ends": "yes"},
                        style="danger",
                    ),
                    Button(label=ask.say(N_("stays to its date")), command="refund", options={**options, "ends": "no"}),
                ),
            ),
        )
    try:
        await ask.till.refund(one, payment, ends=ends == "yes")
    except (Busy, Unable) as error:
        raise Refused(ask.say(N_("It could not be given back: {why}"), why=str(error))) from error
    after = N_("{price} go back to {member}, and {plan} has ended for them.")
    if ends == "no":
        after = N_("{price} go back to {member}. {plan} stays open to them to its date.")
    return Reply(text=ask.say(after, **values), replaces=True)


async def _last_payment(ask: Ask, member: Person) -> tuple[Payment, Subscription] | None:
    """The latest charge of which something is left to be given back, with what is left, of a subscription known."""
    who = member.profile
    moved = await ask.app.store.read(sales.payments, ask.community.id, member=who.member)
    known = {one.id: one for one in who.state.membership.subscriptions}
    for one in reversed(unreturned([one.payment for one in moved])):
        if one.subscription in known:
            return one, known[one.subscription]
    return None


@command(
    N_("sync"), N_("Ask the payment providers and mend roles, channels and chats now"), who=Rank.CREATOR, slow=True
)
async def sync(
    ask: Ask,
    sure: Annotated[bool, About(name=N_("sure"), description=N_("However many it concerns"))] = False,
) -> Reply:
    """Done every few minutes by itself, too. What would concern too many members is shown and asked first."""
    done = await ask.till.reconcile(ask.now, community=ask.community.id, force=sure)
    lines = [
        ask.say.many("{n} piece of news from the providers.", "{n} pieces of news from the providers.", done.news),
        ask.say.many("{n} place was put right.", "{n} places were put right.", done.mended),
    ]
    unreachable = N_("⚠️ {provider} could not be asked. It is tried again in a few minutes.")
    lines += [ask.say(unreachable, provider=name) for name in done.unreachable]
    waits = done.held.get(ask.community.id, 0)
    if not waits:
        return Reply(text="\n".join(lines), replaces=sure)
    everybody = await ask.app.store.read(members.count, ask.community.id)
    lines.append(
        ask.say(
            N_("⚠️ There is a correction that concerns {n} of {all} members. It is not made unless you say so."),
            n=waits,
            all=everybody,
        )
    )
    look = Button(label=ask.say(N_("Show me first")), command="audit")
    make = Button(label=ask.say(N_("Make it")), command="sync", options={"sure": True}, style="danger")
    return Reply(text="\n".join(lines), buttons=((look, make),), replaces=True)


COMMANDS = (comp, extend, refund, sync)
