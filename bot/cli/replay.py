"""`lyceum replay`: a community's log run under other rules, or again under its own; `--apply` makes it so.

To look takes no lock, so that a Lyceum that runs is not disturbed; what applies has the database to itself.
"""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot import logs, service
from bot.app import App, RulesChangedError
from bot.engine import keys
from bot.engine.keys import KeyProblem
from bot.engine.rules import OWN
from bot.i18n import N_, Tongue, of_environment, tongue
from bot.settings import Settings
from bot.storage import counted, people, recount, rulebook
from bot.storage.database import UNAVAILABLE, DatabaseError
from bot.storage.recount import Told
from bot.storage.shifts import Effects, Group
from bot.storage.store import SchemaBehindError, Store
from bot.terminal import fail, unread
from bot.text import display_name
from bot.words import Word, Words, replace, said

BY = "lyceum replay"
"""Who makes a change by this command, in the history of the rules."""
_PROBLEMS = (OSError, DatabaseError, SchemaBehindError, service.SetupError, *UNAVAILABLE)


class ReplayError(Exception):
    """It can't be replayed as asked; the words say what to do."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.words = Words(message=message, values=values)


class Outcome(Word, frozen=True):
    """What a replay found: of which community, which keys are changed to what, and what that does.

    `outdated`: the stored points were counted under other rules than those that hold.
    """

    community: int
    name: str
    applied: bool
    outdated: bool = False
    changes: dict[str, Any] = {}
    effects: Effects = Effects()


def replay_command(
    community: Annotated[int | None, typer.Option(help="The number of the community, where there are several.")] = None,
    rules: Annotated[
        Path | None, typer.Option(help="A rules file: what of it a community may have of its own, instead of its own.")
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", help="Another rule: earn.message.cooldown=30. As many as you like.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Make it so. Without this it is only looked at.")] = False,
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Count a community's points anew from its log, under other rules or its own, and say what that changes."""
    say, errors, out = tongue(of_environment()), Console(stderr=True), Console()
    try:
        settings = Settings()
        logs.configure("error", settings.log_format)
        changes = _changes(rules, values or [])
        with _progress(errors, say(N_("Replaying"))) as told:
            found = asyncio.run(_replay(settings, community, changes, rules is not None, apply, told))
    except KeyProblem as error:
        fail(errors, said(error.words, say))
    except ReplayError as error:
        fail(errors, said(error.words, say))
    except RulesChangedError:
        fail(errors, say(N_("The rules were changed meanwhile. Nothing was done: try it again.")))
    except ValidationError as error:
        fail(errors, str(error))
    except _PROBLEMS as error:
        fail(errors, unread(error, say))
    if json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())  # noqa: T201
    else:
        show(found, out, say)


@contextmanager
def _progress(console: Console, what: str) -> Iterator[Told]:
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

    def told(done: int, of: int) -> None:
        bar.update(task, completed=done, total=of)

    with bar:
        task = bar.add_task(escape(what), total=None)
        yield told


# ---------------------------------------------------------------------- what was asked


def _changes(file: Path | None, values: list[str]) -> dict[str, Any]:
    """The tables of a rules file that a community may have of its own, and what was set on top of them."""
    tables: dict[str, Any] = {}
    if file is not None:
        try:
            whole = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ReplayError(N_("{path} is no rules file: {why}."), path=str(file), why=str(error)) from error
        own = {name: table for name, table in whole.items() if name in OWN}
        tables = msgspec.json.decode(msgspec.json.encode(own))
    typed = [(key, keys.read(key, text)) for one in values for key, text in keys.assignments(one)]
    return keys.nested({**keys.flat(tables), **dict(typed)}.items())


async def _replay(
    settings: Settings, number: int | None, changes: Mapping[str, Any], instead: bool, apply: bool, told: Told
) -> Outcome:
    async with _store(settings, writing=apply) as store:
        app = App(store, service.load_rules(settings.rules))
        chosen, name = _choose(await store.read(people.communities), number)
        found = Outcome(community=chosen, name=name, applied=apply)
        try:
            return await _run(app, found, changes, instead, told)
        except ValueError as error:
            raise ReplayError("{why}", why=keys.explain(error, changes)) from error


async def _run(app: App, found: Outcome, changes: Mapping[str, Any], instead: bool, told: Told) -> Outcome:
    """Look, or do it. Raises ValueError for changes that do not fit."""
    number, now = found.community, await app.rules_of(found.community)
    found = replace(found, outdated=await app.store.read(counted.outdated, number, now))
    draft = await app.store.read(rulebook.as_they_are, app.rules, number)
    if changes or instead:
        draft = await app.store.read(rulebook.draft, app.rules, number, changes, instead=instead)
    different = _different(keys.values(now), keys.values(draft.rules))
    found = replace(found, changes=different)
    if not found.applied:
        return replace(found, effects=await recount.fold(app.store, number, draft.rules, told=told))
    what = "; ".join(f"{key} = {keys.written(value)}" for key, value in different.items())
    async with service.running(app):
        if not different:
            return replace(found, effects=await app.recount(number, told))
        done = await app.amend_rules(number, draft.own, what=what, by=BY, instead=True, after=draft.page, told=told)
        return replace(found, effects=done)


def _different(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in after.items() if before[key] != value}


def _there(url: str) -> None:
    """Raises DatabaseError where there is no database: to look must not make one."""
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).exists():
        raise DatabaseError(f"there is no database at {path}: is LYCEUM_DATABASE_URL right?")


@asynccontextmanager
async def _store(settings: Settings, *, writing: bool) -> AsyncIterator[Store]:
    """The database: with the writer's lock, or to be read beside a Lyceum that runs."""
    _there(settings.database_url)
    store = Store(settings.database_url)
    if writing:
        async with service.opened(store):
            yield store
        return
    try:
        if await asyncio.to_thread(store.outdated):
            raise SchemaBehindError("the database is older than this Lyceum: run `lyceum migrate` first")
        yield store
    finally:
        await asyncio.to_thread(store.close)


def _choose(known: list[tuple[int, str]], number: int | None) -> tuple[int, str]:
    names = ", ".join(f"{one}: {display_name(name)}" for one, name in known)
    if not known:
        raise ReplayError(N_("There is no community in this database yet."))
    if number is None and len(known) > 1:
        raise ReplayError(N_("There are several communities. Choose one by --community: {names}"), names=names)
    found = next((one for one in known if number in (None, one[0])), None)
    if found is None:
        raise ReplayError(N_("There is no community {n}. There are: {names}"), n=number, names=names)
    return found


# ---------------------------------------------------------------------- what came of it


def show(found: Outcome, out: Console, say: Tongue) -> None:
    """The outcome for people."""
    effects = found.effects
    if found.outdated and not found.applied:
        out.print(escape(say(N_("⚠️ The points were counted under other rules than those that hold today."))))
    facts = Table(show_header=False, box=None, pad_edge=False)
    rows = [(N_("Community"), display_name(found.name))]
    for key, value in found.changes.items():
        facts.add_row(escape(key), escape(keys.written(value)))
    rows += [
        (N_("Members"), say.show(effects.members)),
        (N_("Other points, level, gates or badges"), say.show(effects.changed)),
        (N_("Points of all members"), f"{say.show(effects.points[0])} → {say.show(effects.points[1])}"),
        (N_("To a higher level"), _members(effects.risen, say)),
        (N_("To a lower level"), _members(effects.fallen, say)),
    ]
    for title, value in rows:
        facts.add_row(escape(say(title)), escape(value))
    for message, groups in (
        (N_("{name} opens to"), effects.opened),
        (N_("{name} closes to"), effects.closed),
        (N_("Badge {name} won"), effects.won),
        (N_("Badge {name} lost"), effects.lost),
    ):
        for name, group in groups.items():
            facts.add_row(escape(say(message, name=name)), escape(_members(group, say)))
    out.print(facts)
    if effects.changed:
        _boards(effects, out, say)
    done = N_("It is so now. /rules undo takes a change of the rules back.")
    if not found.applied:
        done = N_("Nothing was changed: this was a preview. The same with --apply makes it so.")
    out.print(escape(say(done)), soft_wrap=True)


def _members(group: Group, say: Tongue) -> str:
    names = ", ".join(
        f"{display_name(one.name)} ({one.level[0]} → {one.level[1]})"
        if one.level[0] != one.level[1]
        else display_name(one.name)
        for one in group.first
    )
    more = "…" if group.count > len(group.first) else ""
    return f"{say.show(group.count)}{': ' if names else ''}{names}{more}"


def _boards(effects: Effects, out: Console, say: Tongue) -> None:
    table = Table(title=say(N_("The board")), title_justify="left")
    for title in ("#", N_("Before"), N_("Points"), N_("After"), N_("Points")):
        table.add_column(escape(say(title)), justify="right" if title in ("#", "Points") else "left")
    pairs = zip(effects.board_before, effects.board_after, strict=True)
    for n, (before, after) in enumerate(pairs, 1):
        cells = (before.name, say.show(before.points[0]), after.name, say.show(after.points[1]))
        table.add_row(str(n), *(escape(display_name(cell)) for cell in cells))
    out.print(table)
