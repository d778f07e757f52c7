"""`lyceum train`: learn from a community's log now, and print what the models are worth on its own later time.

Every night the bot does the same by itself. While it runs, this looks only: one process writes to a database.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bot import discussing, logs, recommending, training
from bot.apart import ApartError, Tell, apart
from bot.cli.churn import show
from bot.engine.churn.learning import LEAST_LAPSES, Learnt
from bot.engine.churn.training import LAPSED, SILENT
from bot.engine.discussions.scene import PARTS
from bot.engine.discussions.weights import Learnt as Weights
from bot.engine.recommend.choice import Chosen
from bot.i18n import N_, Tongue, of_environment, tongue
from bot.settings import Settings
from bot.storage import people
from bot.storage.database import UNAVAILABLE, DatabaseError
from bot.storage.store import SchemaBehindError, Store
from bot.terminal import fail
from bot.text import display_name
from bot.words import Word

_PROBLEMS = (OSError, DatabaseError, SchemaBehindError, ApartError, *UNAVAILABLE)
STEPS: Mapping[str, str] = {
    "log": N_("reading the log"),
    "snapshots": N_("looking back"),
    "validation": N_("measuring on later time"),
    "tastes": N_("what members like"),
    "discussions": N_("what they join"),
}
"""What is said of a step of the work; others are said as they are called."""
TITLES = {SILENT: N_("Who falls silent"), LAPSED: N_("Who does not renew")}


class TrainError(Exception):
    """It can't be trained as asked; the message, translated, says what to do."""


def train_command(
    community: Annotated[int | None, typer.Option(help="The number of the community, where there are several.")] = None,
    kind: Annotated[
        Literal["churn", "tastes"], typer.Option(help="What to learn: who leaves, or what members like.")
    ] = "churn",
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Learn who leaves from the log, beside the recency rule and A(t), and estimate everybody by it; or tastes."""
    say, errors, out = tongue(of_environment()), Console(stderr=True), Console()
    try:
        settings = Settings()
        logs.configure("error", settings.log_format)
        _there(settings.database_url)
        with _progress(errors, say) as tell:
            if kind == "tastes":
                liked = asyncio.run(_tastes(settings, community, tell, say))
                _tell_tastes(liked, json=json, out=out, say=say)
                return
            found, kept = asyncio.run(_train(settings, community, tell, say))
    except ValidationError as error:
        fail(errors, str(error))
    except TrainError as error:
        fail(errors, str(error))
    except _PROBLEMS as error:
        fail(errors, str(error).splitlines()[0])
    if json:
        print(msgspec.json.format(msgspec.json.encode([_plain(one) for one in found])).decode())  # noqa: T201
        return
    for one in found:
        _show(one, out, say)
    last = N_("The models hold from now on, and everybody was estimated by them: /risk shows it.")
    if not kept:
        last = N_("Nothing was stored: a Lyceum is running on this database, which trains by itself every night.")
    out.print(escape(say(last)), soft_wrap=True)


def _there(url: str) -> None:
    """Raises DatabaseError where there is no database: to look must not make one."""
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).exists():
        raise DatabaseError(f"there is no database at {path}: is LYCEUM_DATABASE_URL right?")


class Liked(Word, frozen=True):
    """What was learnt of what members like, from how many of them and of items, and the weights of discussions.

    `chosen` says how the recommender was chosen; None where nobody took anything.
    """

    chosen: Chosen | None
    members: int
    items: int
    discussions: Weights


async def _tastes(settings: Settings, community: int | None, tell: Tell, say: Tongue) -> Liked:
    now = datetime.now(UTC)  # noqa: TID251 - the edge
    store = Store(settings.database_url)
    try:
        if await asyncio.to_thread(store.outdated):
            raise SchemaBehindError("the database is older than this Lyceum: run `lyceum migrate` first")
        number = _chosen(await store.read(people.communities), community, say)
        await asyncio.to_thread(store.open, upgrade=False)
        found = await recommending.learn(store, number, now, tell)
        weights = await discussing.learn(store, number, now, tell)
    finally:
        await asyncio.to_thread(store.close)
    if found is None:
        return Liked(chosen=None, members=0, items=0, discussions=weights)
    return Liked(chosen=found.chosen, members=found.members, items=found.items, discussions=weights)


def _tell_tastes(found: Liked, *, json: bool, out: Console, say: Tongue) -> None:
    if json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())  # noqa: T201
        return
    if found.chosen is None:
        text = say(N_("Nobody has opened, finished or saved anything of the library yet: there is nothing to learn."))
        out.print(escape(text), soft_wrap=True)
    else:
        one = found.chosen
        text = say(
            N_("{members} members, {items} items. NDCG@10 of the last items of {asked}: {ndcg}, popularity {plain}."),
            members=found.members, items=found.items, asked=one.asked,
            ndcg=f"{one.ndcg:.3f}", plain=f"{one.ndcg_popularity:.3f}",
        )  # fmt: skip
        out.print(escape(text), soft_wrap=True)
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(PARTS, found.discussions.weights, strict=True))
    text = say(N_("Discussions, from {n} choices: {weights}."), n=found.discussions.choices, weights=weights)
    out.print(escape(text), soft_wrap=True)


async def _train(settings: Settings, community: int | None, tell: Tell, say: Tongue) -> tuple[Sequence[Learnt], bool]:
    now = datetime.now(UTC)  # noqa: TID251 - the edge
    store = Store(settings.database_url)
    try:
        if await asyncio.to_thread(store.outdated):
            raise SchemaBehindError("the database is older than this Lyceum: run `lyceum migrate` first")
        number = _chosen(await store.read(people.communities), community, say)
        try:
            await asyncio.to_thread(store.open, upgrade=False)
        except DatabaseError:  # a Lyceum is running
            found = await apart(training.learnt, tell, store.address, number, now)
            return [one.learnt for one in found], False
        found_here = await training.train(store, number, now, tell)
        await training.estimate(store, number, now, tell)
        return found_here, True
    finally:
        await asyncio.to_thread(store.close)


def _chosen(known: Sequence[tuple[int, str]], number: int | None, say: Tongue) -> int:
    names = ", ".join(f"{one}: {display_name(name)}" for one, name in known)
    if not known:
        raise TrainError(say(N_("There is no community in this database yet.")))
    if number is None and len(known) > 1:
        raise TrainError(say(N_("There are several communities. Choose one by --community: {names}"), names=names))
    if number is not None and number not in dict(known):
        raise TrainError(say(N_("There is no community {n}. There are: {names}"), n=number, names=names))
    return known[0][0] if number is None else number


def _plain(one: Learnt) -> dict[str, Any]:
    """What was learnt, without the model itself."""
    how = None
    if one.model is not None:
        model = one.model
        how = {"rows": model.rows, "ridge": model.ridge, "prior": model.prior, "forest": model.forest is not None,
               "calibration": model.calibration.kind}  # fmt: skip
    return {"target": one.target, "rows": one.rows, "left": one.left, "model": how, "report": one.report}


def _show(one: Learnt, out: Console, say: Tongue) -> None:
    out.print(f"\n[bold]{escape(say(TITLES[one.target]))}[/bold]")
    rows = say(N_("{rows} rows whose outcome is known; {left} of them left."), rows=one.rows, left=one.left)
    out.print(escape(rows), soft_wrap=True)
    if one.model is None:
        few = say(N_("That is too few to learn from: it takes {n} renewals that were due."), n=LEAST_LAPSES)
        out.print(escape(few), soft_wrap=True)
        return
    if one.report is not None:
        show(one.report, out, say)
        return
    if not one.model.rows:
        text = say(N_("Nothing of its own to learn from yet: the shipped prior is used ({about})."),
                   about=one.model.prior)  # fmt: skip
    else:
        text = say(N_("Learnt from them, drawn towards the prior; too few to measure on later time."))
    out.print(escape(text), soft_wrap=True)


@contextmanager
def _progress(console: Console, say: Tongue) -> Iterator[Tell]:
    """A bar where there is a terminal."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task("…", total=None)

        def tell(what: str, done: int, of: int) -> None:
            words = escape(say(STEPS[what]) if what in STEPS else what)
            bar.update(task, description=words, completed=done, total=of or None)

        yield tell
