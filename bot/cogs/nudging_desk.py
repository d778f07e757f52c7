"""/nudges, for the creator: which there are, what became of them, and who would get what now, or why not."""

from datetime import timedelta
from typing import Annotated

from bot.commands import About, Ask, Person, Rank, command
from bot.effects import Nudge
from bot.engine.nudges.brakes import BRAKES
from bot.engine.nudges.decision import WHYS
from bot.engine.nudges.ladder import surface
from bot.engine.nudges.person import Person as Addressee
from bot.engine.nudges.table import NAMED, NUDGES, TOPICS, Trigger
from bot.engine.nudges.triggers import Due
from bot.engine.rules import Rules
from bot.i18n import N_
from bot.notices import nudged
from bot.reply import Button, Field, Reply, Table
from bot.storage import nudges, nudging
from bot.storage.nudging import Prospect

SINCE = timedelta(days=30)
SHOWN = 15
"""Waiting nudges that /nudges preview shows."""
SURFACES: dict[str, str] = {
    "reply": N_("an answer in the channel"),
    "telegram": N_("Telegram, in private"),
    "playground": N_("in private"),
    "thread": N_("a private thread"),
    "dm": N_("a private message"),
}
WHY: dict[str, str] = {**{one.name: one.title for one in BRAKES}, **WHYS}
"""What keeps a nudge back, in words."""


@command(N_("nudges list"), N_("What I write to members of my own accord"), who=Rank.CREATOR)
async def list_(ask: Ask) -> Reply:
    """All nudges, whether they are on, and how to switch each."""
    say, rules = ask.say, (await ask.rules()).nudges
    rows = tuple(
        (
            say(one.title),
            say(TOPICS[one.topic]),
            say(N_("on") if rules.on and getattr(rules.send, one.name) else N_("off")),
            f"nudges.send.{one.name}",
        )
        for one in NUDGES
    )
    text = say(
        N_(
            "At most {budget} a week to a member, {hours} hours apart, none from {start}:00 to {end}:00 by their "
            "clock. {share} % get none of a kind, so that it shows what it does. /rules set changes each of these."
        ),
        budget=rules.budget,
        hours=rules.gap_hours,
        start=rules.quiet_from,
        end=rules.quiet_to,
        share=round(rules.holdout * 100),
    )
    header = (say(N_("Nudge")), say(N_("Topic")), say(N_("On")), say(N_("Key")))
    return Reply(title=say(N_("Nudges")), text=text, table=Table(header=header, rows=rows), buttons=_onward(ask))


@command(N_("nudges status"), N_("What became of them in the last 30 days"), who=Rank.CREATOR)
async def status(ask: Ask) -> Reply:
    """How many wait, were sent, held back, dropped, and why."""
    say = ask.say
    found = await ask.app.store.read(nudges.counts, ask.community.id, ask.now - SINCE)
    stopped = await ask.app.store.read(nudges.stopped, ask.now)
    rows = []
    for one in NUDGES:
        mine = [count for count in found if count.nudge == one.name]
        if mine:
            sums = [
                sum([count.count for count in mine if count.state in states])
                for states in (("due",), ("queued", "sent"), ("held",), ("dropped",))
            ]
            rows.append((say(one.title), *map(say.show, sums)))
    dropped: dict[str, int] = {}
    for count in found:
        if count.state == "dropped":
            dropped[count.why] = dropped.get(count.why, 0) + count.count
    fields = [
        Field(name=say(WHY.get(why, why)), value=say.show(number))
        for why, number in sorted(dropped.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    for platform, until in stopped.items():
        text = say(N_("says too fast; it goes on at {when}"), when=say.moment(until))
        fields.append(Field(name=platform.capitalize(), value=text))
    header = (say(N_("Nudge")), say(N_("Waiting")), say(N_("Sent")), say(N_("Held back")), say(N_("Dropped")))
    if not rows:
        return Reply(title=say(N_("Nudges")), text=say(N_("Nothing was planned yet.")), buttons=_onward(ask))
    table = Table(header=header, rows=tuple(rows), numeric=(1, 2, 3, 4))
    intro = say(N_("In 30 days. Below is why some were dropped.")) if dropped else say(N_("In 30 days."))
    return Reply(title=say(N_("Nudges")), text=intro, table=table, fields=tuple(fields), buttons=_onward(ask))


@command(N_("nudges preview"), N_("Who would get what now, and why not"), who=Rank.CREATOR)
async def preview(
    ask: Ask,
    member: Annotated[
        Person | None, About(name=N_("member"), description=N_("Whom; whatever waits if left out"))
    ] = None,
) -> Reply:
    """Nothing is sent by asking."""
    say = ask.say
    if member is None:
        found = await ask.app.store.read(nudging.prospects, ask.app.rules, ask.community.id, ask.now, SHOWN)
        header = (say(N_("Member")), say(N_("Nudge")), say(N_("When")), say(N_("Then")))
        rows = tuple(_row(ask, one) for one in found)
        text = say(N_("What waits, and what would become of it.")) if rows else say(N_("Nothing waits at the moment."))
        table = Table(header=header, rows=rows) if rows else None
        return Reply(title=say(N_("Nudges")), text=text, table=table, buttons=_onward(ask))
    rules = await ask.rules()
    who = await ask.app.store.read(nudging.of_member, ask.app.rules, member.profile.member, ask.now)
    met = [(one, due) for one in NUDGES if who and one.due and (due := one.due(who, rules, ask.now)) is not None]
    fields = tuple(_field(ask, who, one, due, rules) for one, due in met if who is not None)
    text = "" if fields else say(N_("{member} meets none of the triggers now."), member=member.profile.name)
    return Reply(title=member.profile.name, text=text, fields=fields)


def _row(ask: Ask, one: Prospect) -> tuple[str, ...]:
    say, verdict = ask.say, one.verdict
    match verdict.state:
        case "queued":
            then = say(SURFACES[verdict.surface.kind]) if verdict.surface else ""
        case "held":
            then = say(N_("nothing: hold-out"))
        case _:
            then = say(WHY.get(verdict.why, verdict.why))
    title = NAMED[one.row.nudge].title if one.row.nudge in NAMED else one.row.nudge
    return one.name, say(title), say.moment(max(one.row.due_at, verdict.due_at or one.row.due_at)), then


def _field(ask: Ask, who: Addressee, one: Trigger, due: Due, rules: Rules) -> Field:
    say = ask.say
    kept = [say(brake.title) for brake in BRAKES if brake.pull(who, one, rules, ask.now) is not None]
    where = surface(who, one, ask.now)
    when = say.moment(due.at)
    way = say(SURFACES[where.kind]) if where else say(WHYS["nowhere"])
    effect = Nudge(notice=one.name, values=due.values, variant=one.variants[0].name)
    words = "" if one.content else nudged(effect, who.name, say).text.partition("\n")[0]
    lines = [f"{when} · {way}", words, *([say(N_("Held back: {why}"), why=", ".join(kept))] if kept else [])]
    return Field(name=say(one.title), value="\n".join([line for line in lines if line]))


def _onward(ask: Ask) -> tuple[tuple[Button, ...], ...]:
    say = ask.say
    return (
        (
            Button(label=say(N_("All nudges")), command="nudges list"),
            Button(label=say(N_("What became of them")), command="nudges status"),
            Button(label=say(N_("What waits")), command="nudges preview"),
        ),
    )


COMMANDS = (list_, status, preview)
