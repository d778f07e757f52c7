"""Points explained: /points why says where a balance comes from, /points ways how to earn more."""

from typing import Annotated

from bot.cogs.clocks import called, moment
from bot.cogs.ways import DEEDS, REFUSED, WAYS
from bot.commands import About, Ask, Person, Rank, Refused, command
from bot.engine.days import day_of
from bot.engine.earning import Earning, EarnRules
from bot.engine.ledger import Entry, Tally
from bot.engine.points import QUALITY, cap, zone_of
from bot.engine.purse import PURCHASE, coins, money_noted
from bot.engine.rules import Rules
from bot.i18n import N_, Tongue
from bot.reply import Button, Field, Option, Reply, Table
from bot.storage import links, statement
from bot.storage.members import Profile
from bot.storage.statement import Sum

SHOWN = 10
LATELY = 7
"""Days of which is said what did not count."""


@command(N_("points why"), N_("Where your points come from, and what did not count"))
async def why(
    ask: Ask,
    page: Annotated[int, About(name=N_("page"), description=N_("Which page of the entries"), least=1, most=10_000)] = 1,
    member: Annotated[Person | None, About(name=N_("member"), description=N_("Whose; for the creator only"))] = None,
) -> Reply:
    """The sums on the first page, the entries on all."""
    who = member.profile if member else ask.me
    if who.member != ask.me.member and ask.caller.rank < Rank.CREATOR:
        raise Refused(ask.say(N_("Only the creator may look at the points of others, one by one.")))
    rules, read = await ask.rules(), ask.app.store.read
    entries, total = await read(statement.latest, who.member, (page - 1) * SHOWN, SHOWN)
    pages = max(-(-total // SHOWN), 1)
    if page > pages:
        page = pages
        entries, total = await read(statement.latest, who.member, (page - 1) * SHOWN, SHOWN)
    channels = await read(links.channel_names, ask.community.id)
    clock = zone_of(ask.me.state, rules)
    lines = "\n".join(_entry(ask.say, one, clock, channels) for one in entries)
    recent = (
        Field(name=ask.say(N_("Entries, the latest first ({clock})"), clock=called(clock, ask.say)), value=lines),
    )
    balance = await _balance(ask, who, rules) if page == 1 else Reply()
    return Reply(
        title=ask.say(N_("Points of {member}"), member=who.name),
        text=balance.text,
        table=balance.table,
        fields=(*balance.fields, *recent) if entries else balance.fields,
        buttons=_pages(ask, who, page, pages),
        replaces=True,
    )


async def _balance(ask: Ask, who: Profile, rules: Rules) -> Reply:
    say, engagement = ask.say, who.state.engagement
    sums = await ask.app.store.read(statement.sums, who.member)
    today = day_of(ask.now, zone_of(who.state, rules))
    days = await ask.app.store.read(statement.days, who.member, today - LATELY + 1)
    text = [
        say.many("{n} point.", "{n} points.", engagement.points)
        if not engagement.quality
        else say(N_("{n} points, {q} of them quality points."), n=engagement.points, q=engagement.quality),
        say.many("{n} coin to spend.", "{n} coins to spend.", coins(who.state, rules)),
        *([] if sums else [say(N_("Nothing was earned yet. /points ways says how."))]),
    ]
    fields = (
        (say(N_("Counted nothing in the last 7 days")), _refused(say, days)),
        (say(N_("Above the limit of a day, in the last 7 days")), _above(say, days, rules)),
    )
    return Reply(
        text="\n".join(text),
        table=_sums(say, sums) if any(one.points or one.lost for one in sums) else None,
        fields=tuple(Field(name=name, value=value) for name, value in fields if value),
    )


def _sums(say: Tongue, sums: list[Sum]) -> Table:
    """Each way; what was taken back; and what it comes to, which is the balance."""
    rows = [
        (say(WAYS.get(one.way, one.way)), say.show(one.times), one.points) for one in sums if one.points or one.lost
    ]
    undone, lost = sum(one.undone for one in sums if one.lost), sum(one.lost for one in sums)
    if undone:
        rows.append((say(N_("Taken back")), say.show(undone), -lost))
    rows.append((say(N_("Together")), "", sum(points for _, _, points in rows)))
    return Table(
        header=(say(N_("For what")), say(N_("How often")), say(N_("Points"))),
        rows=tuple((name, times, say.show(points)) for name, times, points in rows),
        numeric=(1, 2),
    )


def _refused(say: Tongue, days: list[Tally]) -> str:
    counts: dict[str, int] = {}
    for day in days:
        for note, times in day.refused.items():
            counts[note] = counts.get(note, 0) + times
    known = sorted((-times, note) for note, times in counts.items() if note in REFUSED)
    return "\n".join(f"{say.show(-times)} × {say(REFUSED[note])}" for times, note in known)


def _above(say: Tongue, days: list[Tally], rules: Rules) -> str:
    lost: dict[str, int] = {}
    for day in days:
        for way, worth in day.worth.items():
            limit = cap(way, rules)
            if limit and worth > limit:
                lost[way] = lost.get(way, 0) + worth - limit
    lines = [say(N_("{what}: {n} points"), what=say(WAYS.get(way, way)), n=lost[way]) for way in sorted(lost)]
    return "\n".join(lines)


def _entry(say: Tongue, one: Entry, clock: str, channels: dict[str, str]) -> str:
    what = [say(WAYS.get(one.way, one.way))]
    if one.channel:
        what.append(f"#{channels.get(one.channel) or one.channel}")
    if one.undoes:
        what.append(say(N_("taken back")))
    if one.way == PURCHASE and (paid := money_noted(one.note)):
        what.append(say.money(paid))
    elif one.note and not one.undoes:
        what.append(one.note)
    over = abs(one.worth) - abs(one.points)
    if over > 0:
        what.append(say(N_("{n} above the day's limit"), n=over))
    change = f"{one.coins:+,} 🪙" if one.coins or one.way == PURCHASE else f"{one.points:+,}"
    return f"{moment(say, one.at, clock)} · {change} · {', '.join(what)}"


def _pages(ask: Ask, who: Profile, page: int, pages: int) -> tuple[tuple[Button, ...], ...]:
    whose: dict[str, Option] = {} if who.member == ask.me.member else {"member": f"#{who.member}"}
    how = (Button(label=ask.say(N_("How to earn more")), command="points ways"),)
    if pages == 1:
        return (how,)
    turn = (
        Button(label="◀", command="points why", options={"page": max(page - 1, 1), **whose}, off=page == 1),
        Button(label=f"{page} / {pages}", command="points why", options={"page": page, **whose}),
        Button(label="▶", command="points why", options={"page": min(page + 1, pages), **whose}, off=page == pages),
    )
    return turn, how


@command(N_("points ways"), N_("Everything that earns points here, and how much"))
async def ways(ask: Ask) -> Reply:
    """The ways to earn under the rules of this community; quality points are marked."""
    say, rules = ask.say, await ask.rules()
    there = [(way, getattr(rules.earn, way)) for way in EarnRules.__struct_fields__]
    rows = tuple(
        (f"{say(DEEDS[way])}{' 💎' if way in QUALITY else ''}", _worth(say, one), say.show(one.cap) if one.cap else "–")
        for way, one in there
        if one.span[1] > 0
    )
    return Reply(
        title=say(N_("How to earn points")),
        text="\n".join(_remarks(say, rules)),
        table=Table(
            header=(say(N_("For what")), say(N_("Points")), say(N_("At most a day"))), rows=rows, numeric=(1, 2)
        ),
        fields=tuple(await _multipliers(ask, rules)),
        buttons=((Button(label=say(N_("Where my points come from")), command="points why"),),),
    )


def _worth(say: Tongue, one: Earning) -> str:
    least, most = one.span
    return say.show(least) if least == most else f"{say.show(least)}–{say.show(most)}"


def _remarks(say: Tongue, rules: Rules) -> list[str]:
    cooldown, share = rules.earn.message.cooldown, rules.shop.coins_per_point
    said = [say(N_("💎 are quality points: others give them. They have a board of their own."))]
    if cooldown:
        said.append(say(N_("Of the messages within {n} seconds the first one counts."), n=cooldown))
    if rules.guard.on:
        said.append(say(N_("Repeated, empty and flooding messages count nothing; /points why says which did not.")))
    said.append(say(N_("Whatever is deleted takes its points along.")))
    if share:
        said.append(say(N_("Each point you earn brings {n} coins to spend; spending lowers no rank."), n=f"{share:g}"))
    return said


async def _multipliers(ask: Ask, rules: Rules) -> list[Field]:
    """Channels by name; roles are only counted, for their names are on the platform."""
    if not rules.multipliers:
        return []
    say = ask.say
    names = await ask.app.store.read(links.channel_names, ask.community.id)
    lines = [f"#{names.get(one.channel) or one.channel}: ×{one.factor:g}" for one in rules.multipliers if one.channel]
    roles = sorted({one.factor for one in rules.multipliers if one.role})
    if roles:
        lines.append(say(N_("Some roles: {factors}"), factors=", ".join(f"×{one:g}" for one in roles)))
    return [Field(name=say(N_("More or less")), value="\n".join(lines))]


COMMANDS = (why, ways)
