"""`lyceum import library`: the command and its report. What it does is `bot/imports_library.py`'s."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from bot import imports_library, logs, service
from bot.app import App
from bot.i18n import N_, Tongue, of_environment, tongue
from bot.imports_library import LibraryError, Outcome, Reading, Trouble
from bot.settings import Settings
from bot.storage.database import UNAVAILABLE, DatabaseError
from bot.storage.store import SchemaBehindError, Store
from bot.terminal import fail, unread
from bot.text import display_name

SHOWN = 50
"""Errors that are shown."""
_PROBLEMS = (OSError, DatabaseError, SchemaBehindError, service.SetupError, *UNAVAILABLE)


def library_command(
    file: Annotated[Path, typer.Argument(help="A CSV file with the names of its columns in the first line.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check; store nothing.")] = False,
    community: Annotated[str, typer.Option(help="The community's name, where there are several.")] = "",
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Bring courses, lessons, articles and links from a spreadsheet: all of it or, if a line is wrong, nothing."""
    say, errors, out = tongue(of_environment()), Console(stderr=True), Console()
    try:
        settings = Settings()
        logs.configure("error", settings.log_format)
        reading = imports_library.read(file.read_bytes())
        outcome = asyncio.run(_bring(settings, reading, community, dry_run=dry_run))
    except LibraryError as error:
        fail(errors, say(error.message, **error.values))
    except ValidationError as error:
        fail(errors, str(error))
    except _PROBLEMS as error:
        fail(errors, unread(error, say))
    if json:
        print(msgspec.json.format(msgspec.json.encode(as_json(outcome, dry_run=dry_run))).decode())  # noqa: T201
    else:
        show(outcome, out, errors, say, dry_run=dry_run)
    if outcome.troubles:
        raise typer.Exit(1)


async def _bring(settings: Settings, reading: Reading, community: str, *, dry_run: bool) -> Outcome:
    rules = service.load_rules(settings.rules)
    async with service.opened(Store(settings.database_url)) as store, service.running(App(store, rules)) as app:
        return await imports_library.bring(app, reading, community=community, dry_run=dry_run)


def _why(one: Trouble, say: Tongue) -> str:
    return say(one.why, **one.values)


def _where(one: Trouble, say: Tongue) -> str:
    why = _why(one, say)
    if not one.column:
        return say(N_("Line {line}: {why}"), line=one.line, why=why)
    return say(N_("Line {line}, column {column}: {why}"), line=one.line, column=one.column, why=why)


def as_json(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    """The outcome for scripts."""
    say = tongue("en")
    return {
        "stored": not (dry_run or outcome.troubles),
        "community": outcome.community,
        "new": [one.name for one in outcome.new],
        "changed": [one.name for one in outcome.changed],
        "same": outcome.same,
        "unknown_columns": outcome.unknown,
        "encoding": outcome.encoding,
        "errors": [{"line": one.line, "column": one.column, "why": _why(one, say)} for one in outcome.troubles],
    }


def show(outcome: Outcome, out: Console, errors: Console, say: Tongue, *, dry_run: bool) -> None:
    """The outcome for people."""

    def tell(where: Console, text: str) -> None:
        where.print(escape(text), soft_wrap=True)

    if not outcome.encoding.startswith("utf"):
        text = N_(
            "The file is not in UTF-8: I read it as {encoding}. Where letters look wrong, save it as CSV (UTF-8)."
        )
        tell(out, say(text, encoding=outcome.encoding))
    if outcome.unknown:
        text = N_("I know nothing to do with these columns: {columns}.")
        tell(out, say(text, columns=", ".join(map(display_name, outcome.unknown))))
    for one in outcome.troubles[:SHOWN]:
        tell(errors, _where(one, say))
    if len(outcome.troubles) > SHOWN:
        tell(errors, say.many("…and {n} line more.", "…and {n} lines more.", len(outcome.troubles) - SHOWN))
    if outcome.troubles:
        tell(errors, say(N_("Nothing was stored. Mend these lines and import the file again.")))
        return
    counts = [
        say.many("{n} new item", "{n} new items", len(outcome.new)),
        say.many("{n} changed", "{n} changed", len(outcome.changed)),
        say.many("{n} as it was", "{n} as they were", outcome.same),
    ]
    tell(out, f"{display_name(outcome.community)}: {', '.join(counts)}.")
    if dry_run:
        tell(out, say(N_("Nothing was stored: this was a dry run.")))
