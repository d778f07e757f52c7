"""`lyceum report`: a community's numbers as a page, as JSON or as CSV files. What they are is `bot/insight`'s."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from errno import ENOENT
from os import strerror
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot import logs, service
from bot.engine.activity import Log, TooLittleError, instant
from bot.i18n import LOCALES, N_, Tongue, of_environment, tongue
from bot.insight import page, plates, tables
from bot.insight.gather import Gathered, gather
from bot.settings import Settings
from bot.spreadsheet import sheet
from bot.storage import activity, members
from bot.storage.database import UNAVAILABLE, DatabaseError
from bot.storage.members import Community
from bot.storage.store import SchemaBehindError, Store
from bot.terminal import fail

_PROBLEMS = (OSError, DatabaseError, SchemaBehindError, service.SetupError, *UNAVAILABLE)
QUIET = timedelta(days=35)
"""A log whose last activity is longer ago than this ended: the report ends with it, not with today."""


class ReportError(Exception):
    """There is no such report; the message, translated, says what to do."""


def report_command(
    community: Annotated[int | None, typer.Option(help="The number of the community, where there are several.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write the tables as CSV files into this folder.")] = None,
    zone: Annotated[str | None, typer.Option(help="The time zone to count days in, like Europe/Berlin.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day shown.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day counted.")] = None,
    locale: Annotated[str | None, typer.Option(help="en or zh_CN; else the terminal's language.")] = None,
) -> None:
    """Report a community's numbers: a page (--html), JSON (--json) or CSV files (--csv), each figure defined."""
    errors, out = Console(stderr=True), Console()
    say = tongue(locale or of_environment())
    try:
        if locale is not None and locale not in LOCALES:
            raise ReportError(
                say(N_("{locale} is no language here: choose one of {known}."), locale=locale, known=", ".join(LOCALES))
            )
        if html is None and csv is None and not json:
            raise ReportError(say(N_("Say what you want: --html FILE, --json or --csv FOLDER.")))
        if html is not None and not html.parent.is_dir():  # rather now than when everything is drawn
            raise FileNotFoundError(ENOENT, strerror(ENOENT), str(html))
        with _reading() as store:
            chosen = _community(store, community, say)
            with _progress(errors, say(N_("Reading the log"))) as tell:
                log = store.look(activity.read, chosen.id, tell)
            names = store.look(activity.names, chosen.id)
        found = _gathered(log, _zone(zone, say), since, until, say)
        if csv is not None:
            _write_tables(csv, found, names, out, say)
        if html is not None:
            with _progress(errors, say(N_("Drawing"))) as tell:
                text = page.page(found, chosen.name, say, tell)
            html.write_text(text, encoding="utf-8")
            out.print(escape(say(N_("The report is in {path}."), path=html)), soft_wrap=True)
        if json:
            print(msgspec.json.format(msgspec.json.encode(tables.document(found, chosen.name))).decode())  # noqa: T201
    except ValidationError as error:
        fail(errors, str(error))
    except ReportError as error:
        fail(errors, str(error))
    except _PROBLEMS as error:
        fail(errors, _words(error, say))


def _words(error: Exception, say: Tongue) -> str:
    if isinstance(error, OSError) and error.filename:
        return say(N_("{path} can't be written: {why}."), path=error.filename, why=error.strerror)
    return str(error).splitlines()[0]


@contextmanager
def _reading() -> Iterator[Store]:
    """The database, to be read beside a Lyceum that runs: without its lock, and never made or changed here."""
    settings = Settings()
    logs.configure("error", settings.log_format)
    path = settings.database_url.removeprefix("sqlite:///")
    if path != settings.database_url and not Path(path).exists():
        raise DatabaseError(f"there is no database at {path}: is LYCEUM_DATABASE_URL right?")
    store = Store(settings.database_url)
    try:
        if store.outdated():
            raise SchemaBehindError("the database is older than this Lyceum: run `lyceum migrate` first")
        yield store
    finally:
        store.close()


def _community(store: Store, number: int | None, say: Tongue) -> Community:
    known = store.look(members.communities)
    if not known:
        raise ReportError(say(N_("There is no community in this database yet.")))
    if number is None and len(known) > 1:
        listed = "\n".join(f"{one}: {store.look(members.community, one).name}" for one in known)
        raise ReportError(say(N_("There are several communities. Choose one by --community:")) + "\n" + listed)
    chosen = known[0] if number is None else number
    if chosen not in known:
        raise ReportError(
            say(N_("There is no community {n}. There are: {known}."), n=chosen, known=", ".join(map(str, known)))
        )
    return store.look(members.community, chosen)


def _zone(name: str | None, say: Tongue) -> ZoneInfo:
    chosen = name or str(getattr(service.load_rules(Settings().rules), "zone", "UTC"))
    try:
        return ZoneInfo(chosen)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ReportError(
            say(N_("{zone} is no time zone: write it like Europe/Berlin or UTC."), zone=chosen)
        ) from error


def _gathered(log: Log, zone: ZoneInfo, since: datetime | None, until: datetime | None, say: Tongue) -> Gathered:
    if not len(log.at):
        raise ReportError(say(N_("Nothing happened in this community yet: there is nothing to report.")))
    first = None if since is None else since.date()
    if first is not None and until is not None and until.date() < first:
        raise ReportError(say(N_("--since is after --until.")))
    end = _end(log, until, zone)
    try:
        return gather(log, zone, end, first)
    except TooLittleError as error:
        raise ReportError(
            say(
                N_("There is no whole day of activity before {time}: there is nothing to report."),
                time=f"{end:%Y-%m-%d %H:%M}",
            )
        ) from error


def _end(log: Log, until: datetime | None, zone: ZoneInfo) -> datetime:
    """Up to when to count: the end of the day `until`; else now; else, when that is long past, the last activity."""
    now = datetime.now(UTC)  # noqa: TID251 - the edge
    if until is not None:
        last: date = until.date() + timedelta(days=1)
        return min(datetime.combine(last, datetime.min.time(), tzinfo=zone).astimezone(UTC), now)
    end = instant(int(log.at[-1]) + 1)
    return end if now - end > QUIET else now


def _write_tables(folder: Path, found: Gathered, names: dict[int, str], out: Console, say: Tongue) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    made: Sequence[tables.Sheet] = tables.sheets(found, names)
    for one in made:
        (folder / f"{one.name}.csv").write_bytes(sheet(f"{one.name}.csv", one.header, one.written()).data)
    out.print(
        escape(
            say(N_("{n} tables are in {path}. {fresh}"), n=len(made), path=folder, fresh=plates.freshness(found, say))
        ),
        soft_wrap=True,
    )


@contextmanager
def _progress(console: Console, what: str) -> Iterator[Any]:
    """A bar where there is a terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
