"""`lyceum import`: the command, its progress bar and its report. What it does is `bot/imports.py`'s."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot import imports, logs, service
from bot.adapters import archive
from bot.adapters.archive import ArchiveError, Options, Volume
from bot.app import App
from bot.i18n import N_, Tongue, of_environment, tongue
from bot.imports import Summary
from bot.settings import Settings
from bot.storage.database import UNAVAILABLE, DatabaseError
from bot.storage.store import SchemaBehindError, Store
from bot.terminal import fail
from bot.text import display_name

STOPPED = 130
"""The exit code of what was interrupted, as shells have it."""
_PROBLEMS = (ArchiveError, OSError, DatabaseError, SchemaBehindError, service.SetupError, *UNAVAILABLE)


def import_command(
    file: Annotated[Path, typer.Argument(help="The archive: a file, or a folder of files.")],
    community: Annotated[
        str,
        typer.Option(help="The community's name, where the archive has none; the chat to take, where it has several."),
    ] = "",
    form: Annotated[
        str | None, typer.Option("--format", help="discord, telegram, zulip or csv; else seen from the file.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="The zone of times that name none, like Europe/Berlin.")] = "UTC",
    bot: Annotated[
        list[str] | None, typer.Option(help="The name or id of a bot that the archive does not mark as one.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and count; store nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Bring a community's history: DiscordChatExporter, Telegram Desktop, Zulip, or CSV. Twice is as good as once."""
    say, errors, out = tongue(of_environment()), Console(stderr=True), Console()
    try:
        options = Options(community=community, zone=ZoneInfo(timezone), bots=frozenset(bot or ()))
    except (ZoneInfoNotFoundError, ValueError):
        fail(errors, say(N_("{zone} is no time zone: write it like Europe/Berlin or UTC."), zone=timezone))
    if form is not None and form not in {one.name for one in archive.FORMATS}:
        known = ", ".join(one.name for one in archive.FORMATS)
        fail(errors, say(N_("{format} is no format: choose one of {known}."), format=form, known=known))
    try:
        volumes = archive.find(file, form)
        with _interruptible() as stop, _progress_bar(errors, say) as tell:
            if dry_run:
                summary = imports.survey(volumes, options, tell, stop)
            else:
                summary = asyncio.run(_store(volumes, options, tell, stop))
    except ValidationError as error:
        fail(errors, str(error))
    except _PROBLEMS as error:
        fail(errors, _words(error, say))
    if json:
        print(msgspec.json.format(msgspec.json.encode(as_json(summary, volumes, dry_run=dry_run))).decode())  # noqa: T201
    else:
        show(summary, out, say, dry_run=dry_run)
    for one in summary.damage:
        errors.print(f"[red]{escape(one.say(say))}[/red]", soft_wrap=True)
    if summary.stopped:
        errors.print(say(N_("Stopped. What was read is kept; the same command goes on from there.")), soft_wrap=True)
        raise typer.Exit(STOPPED)
    if summary.damage:
        raise typer.Exit(1)


def _words(error: Exception, say: Tongue) -> str:
    if isinstance(error, ArchiveError):
        values = {"formats": "\n".join(f"- {one.name}: {say(one.title)}" for one in archive.FORMATS)}
        return say(error.message, **{**error.values, **values})
    if isinstance(error, OSError) and error.filename:
        return say(N_("{path} can't be read: {why}."), path=error.filename, why=error.strerror)
    return str(error).splitlines()[0]


async def _store(volumes: list[Volume], options: Options, tell: imports.Tell, stop: Callable[[], bool]) -> Summary:
    settings = Settings()
    logs.configure("error", settings.log_format)
    rules = service.load_rules(settings.rules)
    async with service.opened(Store(settings.database_url)) as store, service.running(App(store, rules)) as app:
        return await imports.Import(app, volumes, options, tell, stop).run()


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Asked whether somebody wants to stop. The first Ctrl-C asks nicely, the next one ends the program."""
    asked = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _: object) -> None:
        asked.set()
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    for number in before:
        signal.signal(number, ask)
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress_bar(console: Console, say: Tongue) -> Iterator[imports.Tell]:
    """A bar where there is a terminal; elsewhere only trouble is told of, once."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[counted]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    told = [""]

    def tell(now: imports.Progress) -> None:
        if now.trouble and now.trouble != told[0]:
            waits = N_("The database can't be written just now ({why}): waiting. Ctrl-C stops.")
            console.print(escape(say(waits, why=logs.redact(now.trouble))), soft_wrap=True)
        told[0] = now.trouble
        name = display_name(now.file) if now.files == 1 else f"{display_name(now.file)} ({now.number}/{now.files})"
        counted = say.many("{n} message", "{n} messages", now.messages)
        bar.update(task, description=escape(name), completed=now.position, total=now.size, counted=counted)

    with bar:
        task = bar.add_task("", total=None, counted="")
        yield tell


def as_json(summary: Summary, volumes: list[Volume], *, dry_run: bool) -> dict[str, Any]:
    """The summary for scripts."""
    return {
        "files": [{"path": str(one.source.path), "format": one.format.name} for one in volumes],
        "dry_run": dry_run,
        "stopped": summary.stopped,
        "damage": [str(one.say(tongue("en"))) for one in summary.damage],
        "communities": summary.communities,
        "members": summary.members,
        "messages": summary.messages,
        "reactions": summary.reactions,
        "channels": len(summary.channels),
        "first": summary.first,
        "last": summary.last,
        "active": [{"name": one.name, "messages": one.messages} for one in summary.active],
        "skipped": dict(summary.skipped),
        "bad": [{"file": one.file, "where": one.where, "why": one.why} for one in summary.notes],
        "events": {
            "new": summary.new,
            "known": summary.known,
            "passed": summary.passed,
            "dropped": summary.dropped,
            "poisoned": summary.poisoned,
        },
        "seconds": round(summary.seconds, 3),
        "messages_per_second": round(summary.rate),
    }


def show(summary: Summary, out: Console, say: Tongue, *, dry_run: bool) -> None:
    """The summary for people."""
    facts = Table(show_header=False, box=None, pad_edge=False)
    names = ", ".join(display_name(name) for name in summary.communities.values())
    rows = [
        (N_("Community"), names),
        (N_("Members"), say.show(summary.members)),
        (N_("Messages"), say.show(summary.messages)),
        (N_("Reactions"), say.show(summary.reactions)),
        (N_("Channels"), say.show(len(summary.channels))),
        (N_("From – to"), _span(summary, say)),
    ]
    if not dry_run:
        rows.append((N_("New in the database"), say(N_("{n} events"), n=summary.new)))
        rows.append((N_("There before"), say(N_("{n} events"), n=summary.known + summary.passed)))
        if summary.dropped:
            told = N_("{n} events (about bots, or about members whose data were erased)")
            rows.append((N_("Left out"), say(told, n=summary.dropped)))
        if summary.poisoned:
            rows.append((N_("Set aside"), say(N_("{n} events broke a rule; the log says which"), n=summary.poisoned)))
    rows += [(N_("Skipped"), f"{say.show(n)} {say(archive.SKIPPED[why])}") for why, n in summary.skipped.items()]
    rows.append((N_("Time"), say(N_("{seconds} s, {rate} messages a second"), **_pace(summary))))
    for title, value in rows:
        facts.add_row(escape(say(title)), escape(value))
    out.print(facts)
    if summary.active:
        _most_active(summary, out, say)
    for note in summary.notes:
        out.print(escape(f"{note.file}, {say(note.numbered, n=note.where)}: {say(note.why)}"), soft_wrap=True)
    if dry_run:
        out.print(say(N_("Nothing was stored: this was a rehearsal.")))


def _most_active(summary: Summary, out: Console, say: Tongue) -> None:
    table = Table(title=say(N_("Most active")), title_justify="left")
    table.add_column(say(N_("Member")))
    table.add_column(say(N_("Messages")), justify="right")
    for one in summary.active:
        table.add_row(escape(display_name(one.name)), say.show(one.messages))
    out.print(table)


def _span(summary: Summary, say: Tongue) -> str:
    first, last = summary.first, summary.last
    return "–" if first is None or last is None else f"{_day(first, say)} – {_day(last, say)}"


def _day(at: datetime, say: Tongue) -> str:
    return say.day(at.date())


def _pace(summary: Summary) -> dict[str, object]:
    return {"seconds": f"{summary.seconds:.1f}", "rate": round(summary.rate)}
