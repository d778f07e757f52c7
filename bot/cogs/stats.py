"""The creator's numbers: /stats. What is counted and drawn is `bot/insight`'s; `lyceum report` shows more of it."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Literal
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from bot.cogs.faces import picture
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.activity import DAY, MESSAGE, Log, TooLittleError, history
from bot.engine.momentum import Momentum, Stickiness
from bot.engine.numbers import MONTH
from bot.i18n import N_
from bot.insight import tables
from bot.insight.gather import Gathered, gather
from bot.insight.measures import MEASURES, TERMS, shown
from bot.insight.page import UNKNOWN, column_title, forecasts, verdict
from bot.insight.plates import BY_NAME, freshness
from bot.pictures.chart import png
from bot.reply import Attachment, Button, Field, Reply, Table
from bot.spreadsheet import sheet
from bot.storage import activity
from bot.storage.store import Store

HOUR = timedelta(hours=1)
KEPT = 8
"""Communities whose numbers are kept in memory."""
PLATES = {
    "overview": "active",
    "active": "active",
    "growth": "growth",
    "retention": "retention",
    "channels": "channels",
    "hours": "hours",
    "model": "model",
}
"""Which chart belongs to which choice."""
SHEETS = {"overview": "figures", "active": "daily", "retention": "retention_weeks", "model": "models"}
"""Which table, where it is called otherwise."""
_LABELS = {
    "overview": N_("overview"),
    "active": N_("active members"),
    "growth": N_("growth"),
    "retention": N_("retention"),
    "channels": N_("channels"),
    "hours": N_("hours"),
    "model": N_("forecast"),
}
What = Literal["overview", "active", "growth", "retention", "channels", "hours", "model"]


class Kept:
    """The logs that were read within the hour, and what was gathered from them, so that no call reads one again."""

    def __init__(self) -> None:
        self._read: dict[int, tuple[datetime, Log]] = {}
        self._gathered: dict[tuple[int, str, int], tuple[datetime, Gathered]] = {}
        self._turn = asyncio.Lock()

    async def log(self, store: Store, community: int, now: datetime) -> tuple[datetime, Log]:
        """(when it was read, the log): read in a reader's thread, unless it was within the hour."""
        async with self._turn:
            kept = self._read.pop(community, None)
            if kept is None or not kept[0] <= now < kept[0] + HOUR:
                kept = now, await store.read(activity.read, community)
            self._read[community] = kept
            if len(self._read) > KEPT:
                self._forget(next(iter(self._read)))
            return kept

    async def numbers(self, store: Store, community: int, zone: str, days: int, now: datetime) -> Gathered:
        """What was gathered of the last `days`. Raises TooLittleError."""
        read_at, log = await self.log(store, community, now)
        key = community, zone, days
        kept = self._gathered.get(key)
        if kept is None or kept[0] != read_at:
            place = ZoneInfo(zone)
            since = (read_at.astimezone(place) - days * DAY).date()
            found = await asyncio.to_thread(gather, log, place, read_at, since, days)
            for old in [one for one, (at, _) in self._gathered.items() if one[0] == community and at != read_at]:
                self._gathered.pop(old, None)
            kept = self._gathered[key] = read_at, found
            if len(self._gathered) > 4 * KEPT:
                self._gathered.pop(next(iter(self._gathered)))
        return kept[1]

    def _forget(self, community: int) -> None:
        del self._read[community]
        self._gathered = {key: value for key, value in self._gathered.items() if key[0] != community}


_KEPT: WeakKeyDictionary[Store, Kept] = WeakKeyDictionary()


@command(
    N_("stats"), N_("Who takes part: active members, growth, retention, channels, hours"), who=Rank.CREATOR, slow=True
)
async def stats(
    ask: Ask,
    what: Annotated[What, About(name=N_("what"), description=N_("Which numbers"), labels=_LABELS)] = "overview",
    days: Annotated[int, About(name=N_("days"), description=N_("Of how many whole days"), least=7, most=3660)] = MONTH,
    show: Annotated[
        Literal["chart", "definitions", "file"],
        About(
            name=N_("show"),
            description=N_("A chart, what the figures mean, or a file (CSV)"),
            labels={"chart": N_("chart"), "definitions": N_("definitions"), "file": N_("file")},
        ),
    ] = "chart",
) -> Reply:
    """A chart and its figures, of whole days; the others, the definitions and a file at the press of a button."""
    say = ask.say
    if show == "definitions":
        told = tuple(Field(name=say(one.title), value=say(one.definition)) for one in (*TERMS, *MEASURES))
        return Reply(title=say(N_("What the figures mean")), text=say(UNKNOWN), fields=told)
    zone = (await ask.rules()).zone
    kept = _KEPT.setdefault(ask.app.store, Kept())
    try:
        found = await kept.numbers(ask.app.store, ask.community.id, zone, days, ask.now)
    except TooLittleError:
        _, log = await kept.log(ask.app.store, ask.community.id, ask.now)
        raise Refused(_so_far(ask, log, ZoneInfo(zone))) from None
    if show == "file":
        return Reply(text=freshness(found, say), file=_file(found, what, ask.now))
    title = say(N_("Numbers of {community}"), community=ask.community.name)
    chart = BY_NAME[PLATES[what]].of(found, say)
    lines = [freshness(found, say), *_words(ask, found, what)]
    if isinstance(chart, str):
        return Reply(title=title, text="\n".join([*lines, chart]), buttons=_buttons(ask, what, days))
    image = await picture(ask.app, f"{what}.png", chart.alt, png, chart)
    if what != "overview":
        lines.append(chart.alt)
    return Reply(
        title=title,
        text="\n".join(lines),
        table=_table(ask, found) if what == "overview" else None,
        image=image,
        buttons=_buttons(ask, what, days),
    )


def _so_far(ask: Ask, log: Log, zone: ZoneInfo) -> str:
    """What there is before the first whole day is over."""
    try:
        story = history(log, zone, ask.now + timedelta(microseconds=1))
    except TooLittleError:
        return ask.say(N_("Nobody was active yet. Numbers begin with the first message."))
    return ask.say(
        N_(
            "There is no whole day to count yet: the first one ends on {day} at midnight ({zone}). So far {members} "
            "members wrote {messages} messages."
        ),
        day=f"{story.date_of(story.first):%Y-%m-%d}",
        zone=str(zone),
        members=len(story.people),
        messages=int((story.log.kind == MESSAGE).sum()),
    )


def _words(ask: Ask, found: Gathered, what: str) -> Iterator[str]:
    """Sentences beside the chart."""
    say = ask.say
    if what == "retention":
        for triangle, text in (
            (found.weekly, N_("Of the members new in a week, {share} were active the week after.")),
            (found.monthly, N_("Of the members new in a month, {share} were active the month after.")),
        ):
            if (share := triangle.share(1)) is not None:
                yield say(text, share=shown(say, "share", share))
    if what == "model":
        yield from forecasts(found, say)
        fits = []
        if isinstance(found.momentum, Momentum):
            fits.append((N_("Activity"), found.momentum.community))
        if isinstance(found.stickiness, Stickiness):
            fits.append((N_("Retention"), found.stickiness.fit))
        for name, fit in fits:
            yield say(N_("{model} model: {verdict}."), model=say(name), verdict=verdict(fit, say))


def _table(ask: Ask, found: Gathered) -> Table:
    """The figures of these days, beside those of the days before where the log has them."""
    say = ask.say
    columns = [one for one in found.columns if one.name != "whole"] or list(found.columns)
    return Table(
        header=(say(N_("Figure")), *(column_title(one.title, one.numbers.days, say) for one in columns)),
        rows=tuple(
            (say(one.title), *(shown(say, one.unit, one.value(column.numbers)) for column in columns))
            for one in MEASURES
        ),
        numeric=tuple(range(1, len(columns) + 1)),
    )


def _buttons(ask: Ask, what: str, days: int) -> tuple[tuple[Button, ...], ...]:
    say = ask.say
    others = [
        Button(label=say(label), command="stats", options={"what": name, "days": days})
        for name, label in _LABELS.items()
        if name != what
    ]
    last = (
        Button(label=say(N_("Definitions")), command="stats", options={"show": "definitions"}),
        Button(label="CSV", command="stats", options={"what": what, "days": days, "show": "file"}),
    )
    return tuple(others[:3]), tuple(others[3:]), last


def _file(found: Gathered, what: str, now: datetime) -> Attachment:
    name = SHEETS.get(what, what)
    one = next(table for table in tables.sheets(found) if table.name == name)
    return sheet(f"{what}-{now:%Y-%m-%d}.csv", one.header, one.written())


COMMANDS = (stats,)
