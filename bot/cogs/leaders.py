"""Who holds the community together: /leaders. Whom it could not do without, whom nobody heard, who keeps to whom.

What is shown is worked out in threads and kept for an hour: ids and numbers only. Names are read anew each time, so
that whoever was erased meanwhile is gone. Other code asks `surveyed(…).position(member)`.
"""

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Annotated
from weakref import WeakKeyDictionary

from bot.app import App
from bot.cogs.leader_views import VIEWS, Page, What
from bot.commands import About, Ask, Rank, command
from bot.engine.survey import Survey, survey
from bot.i18n import N_, Tongue
from bot.reply import Button, Reply
from bot.storage import links

FRESH = timedelta(hours=1)
"""How long what was worked out is shown again."""
KEPT = 16
"""Surveys kept at most, the one asked for longest ago dropped first."""


class _Memory:
    """The surveys of one application. One is worked out at a time: two processors are not there for this alone."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.kept: OrderedDict[tuple[int, int], Survey] = OrderedDict()


_MEMORIES: WeakKeyDictionary[App, _Memory] = WeakKeyDictionary()


async def surveyed(app: App, community: int, now: datetime, days: int = 30) -> Survey:
    """What the last `days` of a community show, at most `FRESH` old. Some seconds for 200,000 messages, in threads."""
    memory = _MEMORIES.setdefault(app, _Memory())
    async with memory.turn:
        found = memory.kept.get((community, days))
        if found is None or not found.at <= now < found.at + FRESH:
            since = now - timedelta(days=days)
            talk = await app.store.read(links.talk, community, since, limit=links.LIMIT)
            found = memory.kept[community, days] = await asyncio.to_thread(survey, talk, now)
        memory.kept.move_to_end((community, days))
        while len(memory.kept) > KEPT:
            memory.kept.popitem(last=False)
        return found


@command(N_("leaders"), N_("Who connects, answers, is followed, was not heard"), who=Rank.CREATOR, slow=True)
async def leaders_(
    ask: Ask,
    what: Annotated[
        What,
        About(
            name=N_("what"),
            description=N_("What to look at"),
            labels={name: view.label for name, view in VIEWS.items()},
        ),
    ] = "connectors",
    days: Annotated[int, About(name=N_("days"), description=N_("Of how many days, to now"), least=1, most=3660)] = 30,
) -> Reply:
    """One view, with the reason for each line, and buttons to the others."""
    say, view = ask.say, VIEWS[what]
    found = await surveyed(ask.app, ask.community.id, ask.now, days)
    read, number = ask.app.store.read, ask.community.id
    names = await read(links.names, number, sorted(set(view.members(found))))
    fields = view.lines(Page(say, found, names, await read(links.channel_names, number)))
    period = say(N_("{start} – {end}"), start=say.moment(found.since), end=say.moment(found.at))
    cut = say(N_("There is more than can be looked at: only the latest {n} events were."), n=links.LIMIT)
    text = [say(view.meaning), *([] if fields else [say(view.nothing)]), period, *([cut] if found.cut else [])]
    return Reply(
        title=say(N_("{view} of {community}"), view=say(view.label), community=ask.community.name),
        text="\n".join(text),
        fields=tuple(fields),
        buttons=_switch(say, what, days),
        replaces=True,
    )


def _switch(say: Tongue, what: What, days: int) -> tuple[tuple[Button, ...], ...]:
    """A button to each view, four in a row; that of this one is off."""
    buttons = [
        Button(label=say(view.label), command="leaders", options={"what": name, "days": days}, off=name == what)
        for name, view in VIEWS.items()
    ]
    return tuple(buttons[:4]), tuple(buttons[4:])


COMMANDS = (leaders_,)
