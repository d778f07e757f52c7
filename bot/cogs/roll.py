"""The roll: /members. Who has which plan, how it stands, what it brought and where they are in."""

from collections.abc import Sequence
from typing import Annotated, Literal

from bot.commands import About, Ask, Rank, command
from bot.engine.audit import IN, Holder, Place
from bot.engine.membership import OPEN, Phase, phase
from bot.engine.rules import Rules
from bot.i18n import N_
from bot.reply import Attachment, Button, Option, Reply, Table
from bot.sales import Price, Subscription
from bot.spreadsheet import sheet
from bot.standing import PHASES, platform_name
from bot.storage import books
from bot.words import Word

PAGE = 10
SHORT = 20
"""Characters of a plan's name that are on a button; the rest is a star."""


class _Entry(Word, frozen=True):
    """One subscription of one member, and how it stands."""

    holder: Holder
    one: Subscription
    phase: Phase


async def _plans(ask: Ask, text: str) -> list[tuple[str, str]]:
    rules = await ask.rules()
    return [
        (plan.name, plan.shown) for plan in rules.plans if text.casefold() in f"{plan.name} {plan.shown}".casefold()
    ]


@command(N_("members"), N_("Who has which plan, how it stands and where they are in"), who=Rank.CREATOR, slow=True)
async def members_(
    ask: Ask,
    plan: Annotated[
        str,
        About(name=N_("plan"), description=N_("Only this plan; gold* is all that begin so"), complete=_plans, most=33),
    ] = "",
    standing: Annotated[
        Literal["pending", "trialing", "active", "cancelled", "grace", "paused", "expired", "refunded", "disputed"]
        | None,
        About(
            name=N_("standing"),
            description=N_("Only those that stand so"),
            labels={str(one): words for one, words in PHASES.items()},
        ),
    ] = None,
    page: Annotated[
        int, About(name=N_("page"), description=N_("Which page, ten to a page"), least=1, most=100_000)
    ] = 1,
    csv: Annotated[bool, About(name=N_("file"), description=N_("As a file (CSV) for a spreadsheet"))] = False,
) -> Reply:
    """A page of ten, the open ones first; all of them in the file."""
    rules, read, number = await ask.rules(), ask.app.store.read, ask.community.id
    everybody = await read(books.holders, number)
    entries = [
        _Entry(holder=holder, one=one, phase=now)
        for holder in everybody
        for one in holder.subscriptions
        if _matches(plan, one.plan) and (now := phase(one, ask.now, rules)) == (standing or now)
    ]
    entries.sort(key=lambda entry: (entry.phase not in OPEN, entry.holder.name.casefold(), entry.one.id))
    paid = books.paid(await read(books.booked, number))
    places = await read(books.places, number)
    if csv:
        return Reply(
            text=ask.say.many("{n} subscription", "{n} subscriptions", len(entries)),
            file=_members_file(ask, entries, paid, places, rules),
        )
    if not entries:
        return Reply(text=ask.say(N_("Nobody has such a subscription.")), replaces=True)
    pages = -(-len(entries) // PAGE)
    page = min(page, pages)
    here = entries[(page - 1) * PAGE : page * PAGE]
    header = (N_("Member"), N_("Plan"), N_("Standing"), N_("Until"), N_("Since"), N_("Paid in all"), N_("Is in"))
    options = _short(plan, standing)
    return Reply(
        title=ask.say(N_("Members of {community}"), community=ask.community.name),
        text=ask.say.many("{n} subscription", "{n} subscriptions", len(entries)),
        table=Table(
            header=tuple(ask.say(one) for one in header),
            rows=tuple(_entry_row(ask, entry, paid, places, rules) for entry in here),
            numeric=(5,),
        ),
        buttons=turn(
            "members", options, page, pages, (Button(label="CSV", command="members", options={**options, "csv": True}),)
        ),
        replaces=True,
    )


def _matches(wanted: str, plan: str) -> bool:
    wanted = wanted.strip().lower()
    return plan.startswith(wanted[:-1]) if wanted.endswith("*") else wanted in ("", plan)


def _short(plan: str, standing: str | None) -> dict[str, Option]:
    """The filter as it fits on a button."""
    plan = plan if len(plan) <= SHORT + 1 else f"{plan[:SHORT]}*"
    return {**({"plan": plan} if plan else {}), **({"standing": standing} if standing else {})}


def turn(
    path: str, options: dict[str, Option], page: int, pages: int, more: tuple[Button, ...] = ()
) -> tuple[tuple[Button, ...], ...]:
    """Buttons to turn the page, if there are several, and others."""
    turn = (
        Button(label="◀", command=path, options={**options, "page": page - 1}, off=page == 1),
        Button(label=f"{page} / {pages}", command=path, options={**options, "page": page}),
        Button(label="▶", command=path, options={**options, "page": page + 1}, off=page == pages),
    )
    return (*((turn,) if pages > 1 else ()), *((more,) if more else ()))


def _inside(holder: Holder, one: Subscription, places: Sequence[Place], rules: Rules) -> list[str]:
    """The platforms on which a member is in somewhere by a subscription's plan."""
    plan = rules.plan(one.plan)
    behind = {(place.platform, place.target) for place in places if plan and place.gate in plan.gates}
    return sorted({way.platform for way in holder.ways if way.status in IN and (way.platform, way.target) in behind})


def _entry_row(
    ask: Ask, entry: _Entry, paid: dict[str, dict[str, int]], places: Sequence[Place], rules: Rules
) -> tuple[str, ...]:
    say, one = ask.say, entry.one
    plan = rules.plan(one.plan)
    money = [say.money(Price(amount=a, currency=c)) for c, a in sorted(paid.get(one.id, {}).items()) if a]
    inside = _inside(entry.holder, one, places, rules)
    return (
        entry.holder.name,
        plan.shown if plan else one.plan,
        say(PHASES[entry.phase]),
        say(N_("for ever")) if one.until is None else say.day(one.until),
        say.day(one.since),
        " + ".join(money) or "–",
        ", ".join(ask.say(platform_name(platform)) for platform in inside) or "–",
    )


def _members_file(
    ask: Ask, entries: Sequence[_Entry], paid: dict[str, dict[str, int]], places: Sequence[Place], rules: Rules
) -> Attachment:
    header = (
        "member",
        "name",
        "accounts",
        "subscription",
        "plan",
        "standing",
        "since",
        "until",
        "renews",
        "paid",
        "is_in",
    )
    rows = [
        (
            str(entry.holder.member),
            entry.holder.name,
            " ".join(f"{platform}:{user}" for platform, user in entry.holder.accounts),
            entry.one.id,
            entry.one.plan,
            str(entry.phase),
            entry.one.since.isoformat(),
            entry.one.until.isoformat() if entry.one.until else "",
            "yes" if entry.one.renews else "no",
            " ".join(
                f"{Price(amount=a, currency=c).major} {c.upper()}"
                for c, a in sorted(paid.get(entry.one.id, {}).items())
                if a
            ),
            " ".join(_inside(entry.holder, entry.one, places, rules)),
        )
        for entry in entries
    ]
    return sheet(f"members-{ask.now:%Y-%m-%d}.csv", header, rows)


COMMANDS = (members_,)
