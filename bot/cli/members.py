"""`lyceum import members`: the command, its preview and its report. What it does is `bot/imports_members.py`'s."""

import asyncio
import csv
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import msgspec
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot import imports_members, logs, service
from bot.adapters import roster
from bot.adapters.roster import FIELDS, Choices, Rejected, RosterError
from bot.app import App
from bot.i18n import N_, Tongue, of_environment, tongue
from bot.imports_members import FATES, Preview, Wishes
from bot.settings import Settings
from bot.storage.database import UNAVAILABLE, DatabaseError
from bot.storage.store import SchemaBehindError, Store
from bot.terminal import fail, unread
from bot.text import display_name

SHOWN = 10
"""Rows of the preview, and of what can't be taken, that are shown in full."""
_PROBLEMS = (OSError, DatabaseError, SchemaBehindError, service.SetupError, *UNAVAILABLE)


def members_command(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    file: Annotated[Path, typer.Argument(help="The list: a CSV file with titles in its first line.")],
    apply: Annotated[bool, typer.Option("--apply", help="Store it. Without this it is only looked at.")] = False,
    plan: Annotated[
        list[str] | None,
        typer.Option(help="What a plan is called there, and yours: 'Gold tier=gold'. Just 'gold' is for all rows."),
    ] = None,
    until: Annotated[str, typer.Option(help="The last day of those whose row names none, like 2026-12-31.")] = "",
    titles: Annotated[
        list[str] | None,
        typer.Option("--map", help=f"Which column a field is: 'until=Paid to'. Of {', '.join(FIELDS)}."),
    ] = None,
    source: Annotated[str, typer.Option(help="Where it is from, like launchpass; else seen from the file.")] = "",
    platform: Annotated[str, typer.Option(help="What the user ids are of: discord or telegram.")] = "",
    community: Annotated[str, typer.Option(help="The community's name, where there are several.")] = "",
    dates: Annotated[str, typer.Option(help="How 3/4/2026 is meant: dmy (day first) or mdy.")] = "",
    encoding: Annotated[str, typer.Option(help="Of the letters, like gb18030; else seen from the file.")] = "",
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Bring the members of LaunchPass, InviteMember, Patreon, Whop or any list. Nothing is stored without --apply."""
    say, errors, out = tongue(of_environment()), Console(stderr=True), Console()
    try:
        settings = Settings()
        logs.configure("error", settings.log_format)
        rules = service.load_rules(settings.rules)
        choices = Choices(
            source=_name(source),
            platform=platform,
            titles=_pairs(titles or []),
            dates=_choice(dates),
            encoding=encoding,
            currency=rules.membership.currency,
        )
        wishes = Wishes(community=community, platform=platform, plans=_plans(plan or []), until=_last_day(until))
        reading = roster.read(file.read_bytes(), choices)

        async def work() -> Preview:
            async with service.opened(Store(settings.database_url)) as store, service.running(App(store, rules)) as app:
                preview = await imports_members.judge(app, reading, wishes)
                if apply:
                    await imports_members.bring(app, preview)
                return preview

        preview = asyncio.run(work())
        kept = _keep_rejected(file, preview, say) if apply else None
    except RosterError as error:
        fail(errors, say(error.message, **error.values))
    except ValidationError as error:
        fail(errors, str(error))
    except _PROBLEMS as error:
        fail(errors, unread(error, say))
    if json:
        print(msgspec.json.format(msgspec.json.encode(as_json(preview, kept, apply=apply))).decode())  # noqa: T201
    else:
        show(preview, kept, out, say, apply=apply)


# ---------------------------------------------------------------------- what was typed


def _name(source: str) -> str:
    name = source.strip().casefold()
    if name and not (name.isascii() and name.replace("-", "").isalnum()):
        raise RosterError(N_("{source} can't be a name: letters, digits and - only."), source=source)
    return name


def _choice(dates: str) -> Literal["", "dmy", "mdy"]:
    if dates not in ("", "dmy", "mdy"):
        raise RosterError(N_("--dates is dmy (day first) or mdy, not {dates}."), dates=dates)
    return cast(Literal["", "dmy", "mdy"], dates)


def _pairs(given: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise RosterError(N_("Write {option} as name=value."), option=one)
        pairs[name.strip()] = value.strip()
    return pairs


def _plans(given: list[str]) -> dict[str, str]:
    """{what it is called there: ours}; one without = is for all rows. The last = parts the two."""
    plans: dict[str, str] = {}
    for one in given:
        there, _, ours = one.rpartition("=")
        plans[there.strip().casefold()] = ours.strip()
    return plans


def _last_day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), time(), UTC) + timedelta(days=1)
    except ValueError as error:
        raise RosterError(N_("{cell} is no date I know: write it like 2026-12-31."), cell=text) from error


# ---------------------------------------------------------------------- what became of it


def _keep_rejected(file: Path, preview: Preview, say: Tongue) -> Path | None:
    """Write the rows that could not be taken beside the list, to be mended and brought again."""
    if not preview.rejected:
        return None
    path = file.with_name(f"{file.name}.rejected.csv")
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["lyceum line", "lyceum why", *preview.titles])
        writer.writerows([str(one.line), _why(one, say), *one.cells] for one in preview.rejected)
    return path


def _why(one: Rejected, say: Tongue) -> str:
    return say(one.why, **one.values)


def as_json(preview: Preview, kept: Path | None, *, apply: bool) -> dict[str, Any]:
    """The outcome for scripts."""
    say = tongue("en")
    return {
        "applied": apply,
        "source": preview.source,
        "community": preview.community,
        "columns": preview.columns,
        "rows": {fate: preview.fates[fate] for fate in FATES},
        "newcomers": preview.newcomers,
        "plans": dict(preview.plans()),
        "unknown_plans": dict(preview.unknown_plans),
        "stored": preview.stored,
        "dropped": preview.dropped,
        "rejected": [{"line": one.line, "why": _why(one, say)} for one in preview.rejected],
        "rejected_file": None if kept is None else str(kept),
    }


def show(preview: Preview, kept: Path | None, out: Console, say: Tongue, *, apply: bool) -> None:
    """The outcome for people."""
    facts = Table(show_header=False, box=None, pad_edge=False)
    columns = ", ".join(f"{name} ← {' / '.join(titles)}" for name, titles in preview.columns.items())
    rows = [
        (N_("Community"), display_name(preview.community)),
        (N_("From"), preview.source),
        (N_("Columns"), columns),
        *((FATES[fate], say.show(preview.fates[fate])) for fate in FATES if preview.fates[fate]),
        (N_("Plans"), ", ".join(f"{name}: {count}" for name, count in preview.plans().most_common()) or "–"),
    ]
    if preview.newcomers:
        rows.append((N_("not here yet, let in when they come"), say.show(preview.newcomers)))
    if preview.unknown_plans:
        unknown = ", ".join(f"{name or '?'}: {count}" for name, count in preview.unknown_plans.most_common())
        rows.append((N_("Plans that I don't know"), unknown))
    for title, value in rows:
        facts.add_row(escape(say(title)), escape(value))
    out.print(facts)
    if not apply:
        _sample(preview, out, say)
    for one in preview.rejected[:SHOWN]:
        out.print(escape(say(N_("Line {line}: {why}"), line=one.line, why=_why(one, say))), soft_wrap=True)
    if len(preview.rejected) > SHOWN:
        out.print(escape(say.many("…and {n} line more.", "…and {n} lines more.", len(preview.rejected) - SHOWN)))
    _conclude(preview, kept, out, say, apply=apply)


def _sample(preview: Preview, out: Console, say: Tongue) -> None:
    """The first rows as they would be stored."""
    table = Table(title=say(N_("The first rows")), title_justify="left")
    for title in (N_("Line"), N_("Member"), N_("Plan"), N_("Until"), N_("What becomes of it")):
        table.add_column(escape(say(title)))
    for one in preview.judged[:SHOWN]:
        row, truth = one.row, one.truth
        who = row.name or row.username or row.user or row.email
        until = "–"
        if truth is not None:
            until = say(N_("for ever")) if truth.until is None else say.day(truth.until - timedelta(microseconds=1))
        cells = (str(row.line), display_name(who), truth.plan if truth else row.plan, until, say(FATES[one.fate]))
        table.add_row(*map(escape, cells))
    if preview.judged:
        out.print(table)


def _conclude(preview: Preview, kept: Path | None, out: Console, say: Tongue, *, apply: bool) -> None:
    if not apply:
        text = say(N_("Nothing was stored: this was a preview. The same with --apply brings it."))
    else:
        text = say.many("{n} membership was stored.", "{n} memberships were stored.", preview.stored)
    out.print(escape(text), soft_wrap=True)
    if preview.dropped:
        left = say.many("{n} could not be: the log says why.", "{n} could not be: the log says why.", preview.dropped)
        out.print(escape(left), soft_wrap=True)
    if kept is not None:
        told = N_("What can't be taken is in {path}: mend it there and import that file.")
        out.print(escape(say(told, path=str(kept))), soft_wrap=True)
