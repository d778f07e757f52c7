"""The creator's books: /revenue. What comes in, each figure with its definition (`bot/figures.py`)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from bot.commands import About, Ask, Rank, command
from bot.engine.revenue import Line, Revenue, revenue
from bot.engine.rules import Rules
from bot.figures import EXCHANGE, FIGURES, Value, cells, shown
from bot.i18n import N_
from bot.reply import Attachment, Button, Field, Reply, Table
from bot.spreadsheet import sheet
from bot.storage import books, inbox


@command(N_("revenue"), N_("What comes in: recurring revenue, who came and went, money"), who=Rank.CREATOR, slow=True)
async def revenue_(
    ask: Ask,
    days: Annotated[int, About(name=N_("days"), description=N_("Of how many days, to now"), least=1, most=3660)] = 30,
    show: Annotated[
        Literal["figures", "definitions", "file"],
        About(
            name=N_("show"),
            description=N_("The figures, what they mean, or a file (CSV)"),
            labels={"figures": N_("figures"), "definitions": N_("definitions"), "file": N_("file")},
        ),
    ] = "figures",
) -> Reply:
    """All figures of the last days, each with its definition at the press of a button."""
    say = ask.say
    if show == "definitions":
        fields = tuple(Field(name=say(one.title), value=say(one.definition)) for one in FIGURES)
        back = Button(label=say(N_("Figures")), command="revenue", options={"days": days})
        return Reply(title=say(N_("What the figures mean")), text=say(EXCHANGE), fields=fields, buttons=((back,),))
    rules, read = await ask.rules(), ask.app.store.read
    sold, booked = await read(books.sold, ask.community.id), await read(books.booked, ask.community.id)
    found = revenue(sold, booked, ask.now - timedelta(days=days), ask.now, rules)
    asked = await read(inbox.cursor, "job:reconcile")
    freshness = say(N_("Counted just now from what is stored; all times are UTC."))
    if asked is not None:
        when = _minute(datetime.fromtimestamp(asked, UTC))
        freshness += " " + say(N_("The payment providers were last asked for what was missed at {time}."), time=when)
    period = say(N_("{start} – {end} UTC"), start=_minute(found.start), end=_minute(found.end))
    if show == "file":
        return Reply(text=f"{period}. {freshness}", file=_revenue_file(found, ask.now))
    apart = N_(
        "⚠️ Amounts without a rate stand apart, in their own currency. [membership.rates] in the rules gives one."
    )
    fields = tuple(Field(name=say(one.title), value=shown(say, one.value(found))) for one in FIGURES)
    return Reply(
        title=say(N_("Revenue of {community}"), community=ask.community.name),
        text="\n".join([period, freshness, *([say(apart)] if _without_rate(found) else [])]),
        fields=fields,
        table=_lines(ask, found, rules),
        buttons=(
            (
                Button(label=say(N_("Definitions")), command="revenue", options={"days": days, "show": "definitions"}),
                Button(label="CSV", command="revenue", options={"days": days, "show": "file"}),
            ),
        ),
    )


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _without_rate(found: Revenue) -> bool:
    return any((found.mrr.apart, found.gross.apart, found.refunds.apart, found.disputes.apart))


def _lines(ask: Ask, found: Revenue, rules: Rules) -> Table | None:
    """A line for each plan and each provider."""
    say = ask.say

    def row(line: Line, name: str) -> tuple[str, ...]:
        return name, say.show(line.subscriptions), *(shown(say, one) for one in (line.mrr, line.gross, line.net))

    plans = [row(line, plan.shown if (plan := rules.plan(line.name)) else line.name) for line in found.plans]
    providers = [row(line, say(N_("by {provider}"), provider=line.name)) for line in found.providers]
    if not plans:
        return None
    header = (N_("Plan or provider"), N_("Subscriptions"), N_("MRR"), N_("Paid"), N_("Net"))
    return Table(header=tuple(say(one) for one in header), rows=(*plans, *providers), numeric=(1, 2, 3, 4))


def _revenue_file(found: Revenue, now: datetime) -> Attachment:
    rows = [
        ("figure", one.name, number, unit, one.definition)
        for one in FIGURES
        for number, unit in cells(one.value(found))
    ]
    for kind, lines in (("plan", found.plans), ("provider", found.providers)):
        for line in lines:
            values: dict[str, Value] = {
                "subscriptions": line.subscriptions,
                "mrr": line.mrr,
                "gross": line.gross,
                "net": line.net,
            }
            rows += [
                (f"{kind} {line.name}", name, number, unit, "")
                for name, value in values.items()
                for number, unit in cells(value)
            ]
    rows += [
        ("period", "start", found.start.isoformat(), "UTC", ""),
        ("period", "end", found.end.isoformat(), "UTC", ""),
    ]
    return sheet(f"revenue-{now:%Y-%m-%d}.csv", ("of", "name", "value", "unit", "definition"), rows)


COMMANDS = (revenue_,)
