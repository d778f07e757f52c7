"""Who is likely to leave, and why: /risk. What is told is what the latest night estimated (`bot/training.py`)."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from bot import training
from bot.cogs.roll import turn
from bot.commands import About, Ask, Rank, command
from bot.engine.churn.learning import LEAST_LAPSES
from bot.engine.churn.training import LAPSED, SILENT
from bot.engine.segments.naming import SEGMENTS
from bot.i18n import N_, Tongue
from bot.reply import Attachment, Button, Field, Option, Reply
from bot.spreadsheet import sheet
from bot.storage import scores
from bot.storage.models import Trained
from bot.storage.scores import Score
from bot.words import said

PAGE = 10
ROOM = 1_000_000
LOOKED_AT = 5
"""Members of a page who have a button of their own."""
MEANING: dict[str, str] = {
    SILENT: N_("How likely is it that who was active in the last 28 days is not in the next 28?"),
    LAPSED: N_("How likely is it that who has to renew within a week does not?"),
}
LABELS = {SILENT: N_("falls silent"), LAPSED: N_("does not renew")}
NOBODY = {
    SILENT: N_("Nobody was active in the last 28 days."),
    LAPSED: N_("Nobody has to renew within a week."),
}
CAUTION = N_("It is an estimate for people to look after people: a reason is no cause, and no fault of theirs.")
_OURS = ("own rows and prior", "own rows only")
"""The lines of a report that are about the model that holds."""


Target = Literal["silent", "lapsed"]


@command(N_("risk"), N_("Who is likely to leave, and why"), who=Rank.CREATOR, slow=True)
async def risk(
    ask: Ask,
    what: Annotated[
        Target, About(name=N_("what"), description=N_("Who falls silent, or who does not renew"), labels=LABELS)
    ] = "silent",
    page: Annotated[int, About(name=N_("page"), description=N_("Which page, ten to a page"), least=1, most=ROOM)] = 1,
    csv: Annotated[bool, About(name=N_("file"), description=N_("As a file (CSV) for a spreadsheet"))] = False,
) -> Reply:
    """Ten members, the likeliest first, with what speaks for it; by which model, and what that is worth."""
    say, read, number = ask.say, ask.app.store.read, ask.community.id
    await ask.app.estimates.fresh(number, ask.now)
    trained = await read(training.held, number, what)
    if csv:
        everybody = await read(scores.risky, number, what, ROOM)
        return Reply(text=say(MEANING[what]), file=_file(ask, what, everybody))
    total = await read(scores.count, number, what)
    page = min(page, max(-(-total // PAGE), 1))
    shown = await read(scores.risky, number, what, PAGE, (page - 1) * PAGE)
    lines = [say(MEANING[what]), *([] if shown else [say(NOBODY[what])]), by_what(say, what, trained)]
    first = (page - 1) * PAGE + 1
    return Reply(
        title=say(N_("At risk in {community}"), community=ask.community.name),
        text="\n".join([*lines, *([say(CAUTION)] if shown else [])]),
        fields=tuple(
            Field(name=f"{rank}. {one.name} · {one.p:.0%}", value=why(say, one))
            for rank, one in enumerate(shown, first)
        ),
        buttons=_buttons(ask, what, page, total, shown),
        replaces=True,
    )


def why(say: Tongue, one: Score) -> str:
    """The reasons in words, the strongest first."""
    return "; ".join(said(reason.words, say) for reason in one.reasons) or say(N_("nothing stands out"))


def by_what(say: Tongue, what: str, trained: Trained | None) -> str:
    """Which model says so, of when, and what it was worth on later time."""
    if trained is None and what == LAPSED:
        few = N_("There is no model of renewals yet: it takes {n} that were due, and some of either outcome.")
        return say(few, n=LEAST_LAPSES)
    rows = trained.report.get("rows", 0) if trained else 0
    if trained is None or not rows:
        return say(N_("By what was learnt from other communities: there is too little of your own yet to learn from."))
    model = say(N_("By a model of {day}, learnt from {n} cases of your community."), day=say.day(trained.at), n=rows)
    line, rule = measured(trained), _line(trained.report, "lines", ("recency",)) or {}
    if line is None:
        return f"{model} " + say(N_("There are too few yet to measure what it is worth."))
    worth = N_(
        "On later time it put one who left above one who stayed in {auc} of 100 pairs (the rule of long silence alone: "
        "{recency}); its probabilities are off by {ece} points on average, of which chance alone makes {noise}."
    )
    off = _line(trained.report, "rolled", _OURS) or line
    return f"{model} " + say(
        worth,
        auc=round(100 * line["auc"]),
        recency=round(100 * rule.get("auc", 0.5)),
        ece=round(100 * off["ece"], 1),
        noise=round(100 * min(off["noise"], off["ece"]), 1),
    )


def measured(trained: Trained) -> dict[str, float] | None:
    """What the model that holds scored on the community's own later time; None where that was not measured."""
    return _line(trained.report, "lines", _OURS)


def _line(report: dict[str, Any], part: str, names: Sequence[str]) -> dict[str, float] | None:
    lines = {one["model"]: one["scores"] for one in (report.get("report") or {}).get(part, ())}
    return next((lines[name] for name in names if name in lines), None)


def _buttons(ask: Ask, what: str, page: int, total: int, shown: Sequence[Score]) -> tuple[tuple[Button, ...], ...]:
    say, mine = ask.say, {"what": what}
    options: dict[str, Option] = {**mine}
    others = tuple(
        Button(label=say(LABELS[one]), command="risk", options={"what": one}) for one in LABELS if one != what
    )
    csv = Button(label="CSV", command="risk", options={**mine, "csv": True})
    if what == SILENT:
        away = Button(label=say(SEGMENTS["slipping"].title), command="segments", options={"segment": "slipping"})
        others = (*others, away)
    if shown:
        others = (*others, Button(label=say(N_("What I would write")), command="nudges preview"))
    people = tuple(
        Button(label=one.name[:20], command="profile show", options={"member": f"#{one.member}"})
        for one in shown[:LOOKED_AT]
    )
    pages = max(-(-total // PAGE), 1)
    return (*((people,) if people else ()), *turn("risk", options, page, pages, (*others, *((csv,) if total else ()))))


def _file(ask: Ask, what: str, everybody: Sequence[Score]) -> Attachment:
    rows = [
        (str(one.member), one.name, one.target, f"{one.p:.4f}", one.at.isoformat(), why(ask.say, one))
        for one in everybody
    ]
    return sheet(f"risk-{what}-{ask.now:%Y-%m-%d}.csv", ("member", "name", "target", "p", "at", "reasons"), rows)


COMMANDS = (risk,)
