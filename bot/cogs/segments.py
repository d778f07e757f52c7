"""What kinds of members there are: /segments. How big each is, what it pays and does, who moved since last week."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

from bot.cogs.roll import turn
from bot.commands import About, Ask, Rank, command
from bot.engine.segments.naming import SEGMENTS
from bot.i18n import N_, Tongue
from bot.reply import Attachment, Button, Option, Reply, Table
from bot.sales import Price
from bot.spreadsheet import sheet
from bot.storage import segments as stored
from bot.storage.segments import Standing

PAGE = 15
WEEK = timedelta(days=7)
MOVES = 8
"""Movements that are shown, the largest first."""
LABELS = {name: segment.title for name, segment in SEGMENTS.items()}
Name = Literal[
    "newcomer", "answerer", "learner", "regular", "reader", "occasional", "slipping", "quiet_payer", "onlooker", "gone"
]


@command(N_("segments"), N_("What kinds of members there are, and who moved"), who=Rank.CREATOR, slow=True)
async def segments(
    ask: Ask,
    segment: Annotated[
        Name | None, About(name=N_("segment"), description=N_("Who is in it; all if left out"), labels=LABELS)
    ] = None,
    page: Annotated[
        int, About(name=N_("page"), description=N_("Which page, fifteen to a page"), least=1, most=100_000)
    ] = 1,
    csv: Annotated[bool, About(name=N_("file"), description=N_("As a file (CSV) for a spreadsheet"))] = False,
) -> Reply:
    """All of them with their figures, or the members of one."""
    await ask.app.estimates.fresh(ask.community.id, ask.now)
    everybody = await ask.app.store.read(stored.of_community, ask.community.id)
    latest = {one.member: one for one in everybody}
    shown = [one for one in latest.values() if segment in (None, one.segment)]
    if csv:
        return Reply(text=ask.say.many("{n} member", "{n} members", len(shown)), file=_file(ask, shown))
    return _one(ask, segment, shown, page) if segment else _all(ask, shown)


def _all(ask: Ask, everybody: Sequence[Standing]) -> Reply:
    say = ask.say
    names = [name for name in SEGMENTS if any(one.segment == name for one in everybody)]
    title = say(N_("Segments of {community}"), community=ask.community.name)
    if not names:
        return Reply(title=title, text=say(N_("Nobody is known here yet. Segments begin with the first message.")))
    header = (N_("Segment"), N_("Members"), N_("In a week"), N_("Active days of 28"), N_("Pay"), N_("Paid in all"))
    rows = tuple(_row(say, [one for one in everybody if one.segment == name], ask, name) for name in names)
    lines = [f"{say(SEGMENTS[name].title)}: {say(SEGMENTS[name].means)}" for name in names]
    moved = _moved(ask, everybody)
    if moved:
        lines += ["", say(N_("Moved in the last 7 days: {moves}"), moves="; ".join(moved))]
    buttons = [Button(label=say(SEGMENTS[name].title), command="segments", options={"segment": name}) for name in names]
    csv = Button(label="CSV", command="segments", options={"csv": True})
    return Reply(
        title=title,
        text="\n".join(lines),
        table=Table(header=tuple(say(one) for one in header), rows=rows, numeric=(1, 2, 3, 4, 5)),
        buttons=(*(tuple(buttons[first : first + 4]) for first in range(0, len(buttons), 4)), (csv,)),
        replaces=True,
    )


def _row(say: Tongue, members: Sequence[Standing], ask: Ask, name: str) -> tuple[str, ...]:
    came = sum(one.since > ask.now - WEEK and one.before != "" for one in members)
    active = sum(one.facts.active for one in members) / len(members)
    paid: Counter[str] = Counter()
    for one in members:
        paid.update(one.facts.paid)
    money = " + ".join(say.money(Price(amount=a, currency=c)) for c, a in sorted(paid.items()) if a)
    return (
        say(SEGMENTS[name].title),
        say.show(len(members)),
        f"+{say.show(came)}" if came else "–",
        f"{active:.1f}",
        say.show(sum(one.facts.paying for one in members)),
        money or "–",
    )


def _moved(ask: Ask, everybody: Sequence[Standing]) -> list[str]:
    """Who went from where to where, most first."""
    moves = Counter(
        (one.before, one.segment)
        for one in everybody
        if one.since > ask.now - WEEK and one.before in SEGMENTS and one.segment in SEGMENTS
    )
    say = ask.say
    return [
        f"{say(SEGMENTS[was].title)} → {say(SEGMENTS[now].title)}: {say.show(count)}"
        for (was, now), count in sorted(moves.items(), key=lambda move: (-move[1], move[0]))[:MOVES]
    ]


def _one(ask: Ask, name: str, members: Sequence[Standing], page: int) -> Reply:
    say = ask.say
    ranked = sorted(members, key=lambda one: (-one.facts.level, one.member))
    pages = max(-(-len(ranked) // PAGE), 1)
    page = min(page, pages)
    header = (N_("Member"), N_("Since"), N_("Silent for days"), N_("Active days of 28"), N_("Pays"))
    rows = tuple(
        (
            one.name,
            say.day(one.since),
            say.show(one.facts.silence),
            say.show(one.facts.active),
            say(N_("yes") if one.facts.paying else N_("no")),
        )
        for one in ranked[(page - 1) * PAGE : page * PAGE]
    )
    options: dict[str, Option] = {"segment": name}
    csv = Button(label="CSV", command="segments", options={**options, "csv": True})
    back = Button(label=say(N_("All segments")), command="segments")
    return Reply(
        title=say(N_("{segment} of {community}"), segment=say(SEGMENTS[name].title), community=ask.community.name),
        text=f"{say(SEGMENTS[name].means)} · {say.many('{n} member', '{n} members', len(ranked))}",
        table=Table(header=tuple(say(one) for one in header), rows=rows, numeric=(2, 3)) if rows else None,
        buttons=turn("segments", options, page, pages, (back, csv)),
        replaces=True,
    )


def _file(ask: Ask, members: Sequence[Standing]) -> Attachment:
    header = ("member", "name", "segment", "since", "before", "silence", "tenure", "active_28", "level", "helped_91",
              "asked_91", "learnt_91", "people_91", "topics_91", "mood", "pays", "paid")  # fmt: skip
    rows = [
        (
            str(one.member), one.name, one.segment, one.since.isoformat(), one.before,
            *(str(value) for value in (
                one.facts.silence, one.facts.tenure, one.facts.active, one.facts.level, one.facts.helped,
                one.facts.asked, one.facts.learnt, one.facts.people, one.facts.topics,
            )),
            "" if one.facts.mood is None else str(one.facts.mood),
            "yes" if one.facts.paying else "no",
            " ".join(f"{Price(amount=n, currency=c).major} {c.upper()}" for c, n in sorted(one.facts.paid.items())),
        )
        for one in members
    ]  # fmt: skip
    return sheet(f"segments-{ask.now:%Y-%m-%d}.csv", header, rows)


COMMANDS = (segments,)
