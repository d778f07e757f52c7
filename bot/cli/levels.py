"""`lyceum import levels`: the command, its preview and its report. What it does is `bot/imports_levels.py`'s."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot import imports_levels, logs, service
from bot.adapters import levels
from bot.adapters.levels import PRODUCTS, Choices, LevelsError, Rejected
from bot.app import App
from bot.engine.levels import level_of
from bot.engine.rules import Rules
from bot.i18n import N_, Tongue, of_environment, tongue
from bot.imports_levels import FATES, Preview, Wishes
from bot.settings import Settings
from bot.storage import people
from bot.storage.database import UNAVAILABLE, DatabaseError
from bot.storage.store import SchemaBehindError, Store
from bot.terminal import fail, unread
from bot.text import display_name

SHOWN = 10
"""Rows of the preview, and of what can't be taken, that are shown in full."""
_PROBLEMS = (OSError, DatabaseError, SchemaBehindError, service.SetupError, *UNAVAILABLE)


def levels_command(
    file: Annotated[Path | None, typer.Argument(help="The export: JSON or CSV.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Store it. Without this it is only looked at.")] = False,
    product: Annotated[
        str, typer.Option("--from", help=f"Where it is from: {', '.join(PRODUCTS)}; else seen from the file.")
    ] = "",
    community: Annotated[int | None, typer.Option(help="The number of the community, where there are several.")] = None,
    platform: Annotated[str, typer.Option(help="What the user ids are of: discord or telegram.")] = "discord",
    curve: Annotated[str, typer.Option(help="By which curve levels become XP, where a file has levels only.")] = "",
    undo: Annotated[str, typer.Option(help="Take back what was brought from a product, like mee6.")] = "",
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Bring the levels of MEE6, Carl-bot, LevelUp, Lurkr, Arcane or Amari. Nothing is stored without --apply."""
    say, errors, out = tongue(of_environment()), Console(stderr=True), Console()
    wishes = Wishes(community=community, platform=platform)
    try:
        settings = Settings()
        logs.configure("error", settings.log_format)
        rules = service.load_rules(settings.rules)
        if undo:
            _undone(asyncio.run(_undo(settings, rules, undo, wishes)), undo, out, say, json=json)
            return
        if file is None:
            raise LevelsError(N_("Say which file: lyceum import levels FILE."))
        data = file.read_bytes()
        preview, own = asyncio.run(
            _bring(settings, rules, data, Choices(product=product, platform=platform, curve=curve), wishes, apply=apply)
        )
    except LevelsError as error:
        fail(errors, say(error.message, **error.values))
    except ValidationError as error:
        fail(errors, str(error))
    except _PROBLEMS as error:
        fail(errors, unread(error, say))
    if json:
        print(msgspec.json.format(msgspec.json.encode(as_json(preview, own, apply=apply))).decode())  # noqa: T201
    else:
        show(preview, own, out, say, apply=apply)


async def _bring(
    settings: Settings, rules: Rules, data: bytes, choices: Choices, wishes: Wishes, *, apply: bool
) -> tuple[Preview, Rules]:
    async with service.opened(Store(settings.database_url)) as store, service.running(App(store, rules)) as app:
        number, _, _ = await imports_levels.place(app, wishes)
        spaces = await store.read(people.spaces, number)
        reading = levels.read(data, msgspec.structs.replace(choices, guilds=tuple(spaces.values())))
        preview = await imports_levels.judge(app, reading, wishes)
        if apply:
            await imports_levels.bring(app, preview)
        return preview, await app.rules_of(number)


async def _undo(settings: Settings, rules: Rules, product: str, wishes: Wishes) -> int:
    async with service.opened(Store(settings.database_url)) as store, service.running(App(store, rules)) as app:
        return await imports_levels.undo(app, product, wishes)


def _undone(count: int, product: str, out: Console, say: Tongue, *, json: bool) -> None:
    if json:
        print(msgspec.json.encode({"undone": count, "product": product}).decode())  # noqa: T201
        return
    text = say.many("The levels of {n} member were taken back.", "The levels of {n} members were taken back.", count)
    out.print(escape(text), soft_wrap=True)


def _why(one: Rejected, say: Tongue) -> str:
    return say(one.why, **one.values)


def as_json(preview: Preview, rules: Rules, *, apply: bool) -> dict[str, Any]:
    """The outcome for scripts."""
    say = tongue("en")
    return {
        "applied": apply,
        "product": preview.product,
        "community": preview.community,
        "guild": preview.guild,
        "foreign": preview.foreign,
        "rows": {fate: preview.fates[fate] for fate in FATES},
        "reckoned": preview.reckoned,
        "stored": preview.stored,
        "dropped": preview.dropped,
        "members": [
            {
                "user": one.row.user,
                "xp": one.row.xp,
                "fate": one.fate,
                "level_there": one.row.level,
                "level_here": level_of(one.row.xp, rules.levels),
            }
            for one in preview.judged
        ],
        "rejected": [{"line": one.line, "what": one.what, "why": _why(one, say)} for one in preview.rejected],
    }


def show(preview: Preview, rules: Rules, out: Console, say: Tongue, *, apply: bool) -> None:
    """The outcome for people."""
    facts = Table(show_header=False, box=None, pad_edge=False)
    rows = [
        (N_("Community"), display_name(preview.name)),
        (N_("From"), say(PRODUCTS[preview.product].title)),
        *((FATES[fate], say.show(preview.fates[fate])) for fate in FATES if preview.fates[fate]),
    ]
    if preview.reckoned:
        rows.append((N_("of them with a level only, and the least XP that it takes"), say.show(preview.reckoned)))
    for title, value in rows:
        facts.add_row(escape(say(title)), escape(value))
    out.print(facts)
    if preview.foreign:
        told = N_("⚠️ The file is of the server {guild}, and this community's is {space}.")
        out.print(escape(say(told, guild=preview.guild, space=preview.space)), soft_wrap=True)
    if not apply:
        _sample(preview, rules, out, say)
    for one in preview.rejected[:SHOWN]:
        line = say(N_("Row {line} ({what}): {why}"), line=one.line, what=one.what, why=_why(one, say))
        out.print(escape(line), soft_wrap=True)
    if len(preview.rejected) > SHOWN:
        out.print(escape(say.many("…and {n} row more.", "…and {n} rows more.", len(preview.rejected) - SHOWN)))
    text = say(N_("Nothing was stored: this was a preview. The same with --apply brings it."))
    if apply:
        text = say.many("{n} member has their points now.", "{n} members have their points now.", preview.stored)
    out.print(escape(text), soft_wrap=True)
    if apply and preview.stored:
        undo = N_("`lyceum import levels --undo {product}` takes them back.")
        out.print(escape(say(undo, product=preview.product)), soft_wrap=True)
    if preview.dropped:
        left = say.many("{n} could not be: the log says why.", "{n} could not be: the log says why.", preview.dropped)
        out.print(escape(left), soft_wrap=True)


def _sample(preview: Preview, rules: Rules, out: Console, say: Tongue) -> None:
    """The first rows as they would be stored."""
    if not preview.judged:
        return
    table = Table(title=say(N_("The first rows")), title_justify="left")
    titles = (N_("Member"), N_("XP"), N_("Level there"), N_("Level here"), N_("What becomes of it"))
    for title in titles:
        table.add_column(escape(say(title)), justify="right" if title in titles[1:4] else "left")
    for one in preview.judged[:SHOWN]:
        there = "–" if one.row.level is None else str(one.row.level)
        here = str(level_of(one.row.xp, rules.levels))
        cells = (display_name(one.row.name or one.row.user), say.show(one.row.xp), there, here, say(FATES[one.fate]))
        table.add_row(*map(escape, cells))
    out.print(table)
