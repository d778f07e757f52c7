"""/uplift, for the creator: what each nudge brings against its standing hold-out, and how much is known yet."""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from bot.app import App
from bot.cogs.experiments import onward
from bot.cogs.verdicts import Words
from bot.commands import Ask, Rank, command
from bot.engine.nudges.table import NAMED
from bot.engine.rules import Rules
from bot.i18n import N_
from bot.reply import Field, Reply
from bot.storage import uplift
from bot.storage.exposures import Uplift

FRESH = timedelta(hours=1)
"""How long what was worked out is shown again: it changes by the day."""
FEW = 2_000
"""Exposures of all kinds together that are worked out anew each time: it takes no time."""


class Panel(NamedTuple):
    """What the nudges of a community bring, worked out `at` a time by these rules."""

    at: datetime
    rules: Rules
    found: list[Uplift]


class _Memory:
    """The panels of one application, by community. One is worked out at a time, in a thread beside the writer."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.kept: dict[int, Panel] = {}


_MEMORIES: WeakKeyDictionary[App, _Memory] = WeakKeyDictionary()


async def worked_out(app: App, community: int, now: datetime) -> Panel:
    """The panel of a community, at most `FRESH` old if that is large: 0.7 s for 10,000 members and 50,000 rows."""
    memory, rules = _MEMORIES.setdefault(app, _Memory()), await app.rules_of(community)
    async with memory.turn:
        kept = memory.kept.get(community)
        if kept is None or kept.rules != rules or not kept.at <= now < kept.at + FRESH:
            found = await app.store.read(uplift.holdouts, community, rules, now)
            kept = Panel(now, rules, found)
            if sum(arm.assigned for one in found for arm in one.judgement.arms) >= FEW:
                memory.kept[community] = kept
        return kept


@command(N_("uplift"), N_("What the nudges bring, compared with who got none, and how much is known yet"),
         who=Rank.CREATOR, slow=True)  # fmt: skip
async def panel(ask: Ask) -> Reply:
    """Each kind of nudge against its standing hold-out."""
    say = ask.say
    at, rules, found = await worked_out(ask.app, ask.community.id, ask.now)
    share = round(rules.nudges.holdout * 100)
    if not found:
        text = say(
            N_("No nudge was decided upon yet. Of each kind {share} % of the members get none, to compare."),
            share=share,
        )
        return Reply(title=say(N_("What the nudges bring")), text=text, buttons=onward(ask))
    text = say(
        N_(
            "Of each kind {share} % of the members get none. Members count from their first one, when the days after "
            "it are over; the intervals stay valid however often you look."
        ),
        share=share,
    )
    if at < ask.now:
        text = f"{text} {say(N_('Worked out at {when}.'), when=say.moment(at))}"
    return Reply(
        title=say(N_("What the nudges bring")),
        text=text,
        fields=tuple(_held(ask, one, rules) for one in found),
        buttons=onward(ask),
    )


def _held(ask: Ask, one: Uplift, rules: Rules) -> Field:
    say, words, judged = ask.say, Words(ask, one.outcome, rules), one.judgement
    (contrast,) = judged.contrasts
    held, sent = judged.arms
    shares = say(
        N_("{outcome} in {days} days: {sent} of {n} who got it, {held} of {m} who got none"),
        outcome=words.outcome,
        days=one.days,
        sent=words.value(sent.mean),
        n=sent.ready,
        held=words.value(held.mean),
        m=held.ready,
    )
    lines = [words.verdict(contrast, judged), shares]
    if contrast.kind == "early" and judged.kind != "fault" and contrast.low is not None:
        lines.append(say(N_("so far: {difference}"), difference=words.difference(contrast)))
    title = say(NAMED[one.name].title) if one.name in NAMED else one.name or say(N_("All nudges together"))
    return Field(name=title, value="\n".join(lines))


COMMANDS = (panel,)
