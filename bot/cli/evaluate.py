"""`lyceum evaluate`: how good what this program learns is, on data that you bring, beside what others do.

`recommend` follows one protocol for every data set; `bot/engine/recommend/trial.py` says which.
"""

import csv
import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, TextIO

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Printed

from bot.engine.recommend import trial
from bot.engine.recommend.past import Floats, Ints, Matrix
from bot.engine.recommend.trial import Rival, Rows, Scorer, Setting, Table, TrialError, grid
from bot.terminal import fail
from bot.words import Word

evaluating = typer.Typer(no_args_is_help=True, help="Measure what Lyceum learns on data of your own, beside others.")

SIZES = "100x30,300x100,1000x300"
LEAST_HISTORY = 2
_SUFFIXES = (".csv", ".csv.gz")


class EvaluateError(ValueError):
    """The data can't be used; the message says which file and line, and what to do."""


class Columns(Word, frozen=True):
    """What the columns are called."""

    user: str
    item: str
    time: str
    part: str
    text: str


class Report(Word, frozen=True):
    """All tables, and which methods are missing here and why."""

    tables: tuple[Table, ...]
    missing: tuple[str, ...] = ()


@evaluating.command("recommend")
def recommend_command(  # noqa: PLR0913, PLR0917 - options are parameters
    paths: Annotated[
        list[Path],
        typer.Argument(help="A folder, or the interactions as CSV (.csv or .csv.gz), then the items with their texts."),
    ],
    user: Annotated[str, typer.Option(help="The column of the member; else user, learner, member.")] = "",
    item: Annotated[str, typer.Option(help="The column of the item, in both files; else item, course.")] = "",
    time: Annotated[str, typer.Option(help="The column of the time, a number; else time, timestamp.")] = "",
    part: Annotated[str, typer.Option(help="The column that says train or test; else part, split. Without one, each "
                                           "member's last item is the test.")] = "",
    text: Annotated[str, typer.Option(help="The column of an item's text; else text, description, title, name.")] = "",
    sizes: Annotated[str, typer.Option(help="Subsamples, members x items; '' for none.")] = SIZES,
    each: Annotated[int, typer.Option(help="Interactions of each member in a subsample.", min=3)] = 4,
    seeds: Annotated[int, typer.Option(help="How many subsamples of each size.", min=2)] = 20,
    whole: Annotated[bool, typer.Option("--full/--no-full", help="Try it on the full set as well.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Measure recommendations by NDCG@10 and Recall@10 beside popularity, ItemKNN, TruncatedSVD and implicit's ALS."""
    errors, out = Console(stderr=True), Console()
    try:
        rows = load(paths, Columns(user=user, item=item, time=time, part=part, text=text))
        shapes = _shapes(sizes)
        with _said(errors) as tell:
            report = _report(rows, shapes, each, seeds, whole, tell)
    except (EvaluateError, TrialError) as error:
        fail(errors, str(error))
    except OSError as error:
        fail(errors, f"{error.filename}: {error.strerror}" if error.filename else str(error))
    if json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())  # noqa: T201
    else:
        show(report, out)


@contextmanager
def _said(console: Console) -> Iterator[Any]:
    """What is being done, where there is a terminal."""
    if not console.is_terminal:
        yield lambda _what: None
        return
    with console.status("…") as status:
        yield lambda what: status.update(escape(what))


def _shapes(sizes: str) -> tuple[tuple[int, int], ...]:
    try:
        pairs = [one.lower().replace("×", "x").split("x") for one in sizes.split(",") if one.strip()]
        shapes = tuple((int(members), int(items)) for members, items in pairs)
    except ValueError as error:
        raise EvaluateError(f"--sizes {sizes}: write members x items, like {SIZES}") from error
    if any(members < 10 or items < 2 for members, items in shapes):
        raise EvaluateError(f"--sizes {sizes}: a subsample needs at least 10 members and 2 items")
    return shapes


def _report(rows: Rows, shapes: Iterable[tuple[int, int]], each: int, seeds: int, whole: bool, tell: Any) -> Report:
    rivals, missing = rivals_here()
    tables = []
    for members, items in shapes:
        name = f"{members} × {items}, {each} each"
        try:
            splits = trial.subsamples(rows, members, items, each, seeds)
            found = trial.compare(name, splits, rivals, partial(_tell, tell, name))
        except TrialError as error:
            missing = (*missing, f"{name}: {error}")
            continue
        tables.append(found)
    if whole:
        tables.append(trial.compare("full", [trial.full(rows)], rivals, partial(_tell, tell, "full")))
    return Report(tables=tuple(tables), missing=missing)


def _tell(tell: Any, name: str, method: str) -> None:
    tell(f"{name}: {method}")


def show(report: Report, out: Console) -> None:
    """Print the tables for people: standard errors after ±, the best of each in bold."""
    for one in report.tables:
        over = f"{one.seeds} runs" if one.seeds > 1 else "one run, errors over members"
        printed = Printed("method", "NDCG@10", "Recall@10", "setting", title_justify="left",
                          title=f"{one.name}: {one.members:,} members, {one.items:,} items, {over}")  # fmt: skip
        best = max(line.ndcg for line in one.lines)
        for line in one.lines:
            style = "bold" if line.ndcg == best else ""
            ndcg = f"{line.ndcg:.4f} ± {line.ndcg_error:.4f}"
            recall = f"{line.recall:.4f} ± {line.recall_error:.4f}"
            printed.add_row(line.method, ndcg, recall, escape(line.setting), style=style)
        out.print(printed)
        out.print(f"NDCG@10 less popularity's: {one.gain:+.4f} ± {one.gain_error:.4f}\n")
    for absent in report.missing:
        out.print(f"missing: {escape(absent)}", soft_wrap=True)


# What is read


def load(paths: list[Path], columns: Columns) -> Rows:
    """The interactions and the items' texts. Raises EvaluateError naming file, line and column that do not fit."""
    interactions, texts = _files(paths)
    head, lines = _table(interactions)
    user = _column(interactions, head, columns.user, ("user", "learner", "member", "user_id", "author"))
    item = _column(interactions, head, columns.item, ("item", "course", "item_id", "content"))
    time = _column(interactions, head, columns.time, ("time", "timestamp", "at"))
    part = _column(interactions, head, columns.part, ("part", "split"), needed=False)
    if not lines:
        raise EvaluateError(f"{interactions}: there are no rows in it")
    about = None if texts is None else _texts(texts, columns, head[item])
    members = {name: at for at, name in enumerate(dict.fromkeys(line[user] for line in lines))}
    known = list(dict.fromkeys([*(about or ()), *(line[item] for line in lines)]))
    places = {name: at for at, name in enumerate(known)}
    at = np.array([_number(interactions, n, line[time]) for n, line in enumerate(lines, 2)])
    member = np.array([members[line[user]] for line in lines])
    items = np.array([places[line[item]] for line in lines])
    test = _last(member, at) if part is None else np.array([_part(interactions, n, line[part])
                                                           for n, line in enumerate(lines, 2)])  # fmt: skip
    return Rows(member, items, at, test, None if about is None else [about.get(name, "") for name in known])


def _files(paths: list[Path]) -> tuple[Path, Path | None]:
    if len(paths) == 1 and paths[0].is_dir():
        found = sorted(one for one in paths[0].iterdir() if one.name.endswith(_SUFFIXES))
        interactions = [one for one in found if any(word in one.name for word in ("interaction", "rating", "event"))]
        others = [one for one in found if one not in interactions]
        if len(interactions) != 1 or len(others) > 1:
            raise EvaluateError(
                f"{paths[0]}: there should be one CSV with 'interactions' in its name and at most one other, of the "
                f"items; there are {', '.join(one.name for one in found) or 'none'}. Name the files instead"
            )
        return interactions[0], others[0] if others else None
    if len(paths) > 2:
        raise EvaluateError("give a folder, or the interactions and, if there are texts, the items: two files at most")
    for one in paths:
        if not one.is_file():
            raise EvaluateError(f"{one}: there is no such file")
    return paths[0], paths[1] if len(paths) == 2 else None


def _open(path: Path) -> TextIO:
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with _open(path) as file:
            reader = csv.reader(file, strict=True)
            head = [one.strip() for one in next(reader, [])]
            lines = [line for line in reader if line]
    except (UnicodeDecodeError, csv.Error, EOFError, gzip.BadGzipFile) as error:
        raise EvaluateError(f"{path}: this is no CSV in UTF-8, plain or gzipped: {error}") from error
    for number, line in enumerate(lines, 2):
        if len(line) != len(head):
            raise EvaluateError(f"{path}, row {number}: {len(line)} cells, but the header has {len(head)}")
    return head, lines


def _column(path: Path, head: list[str], given: str, usual: tuple[str, ...], needed: bool = True) -> Any:
    for name in (given,) if given else usual:
        if name in head:
            return head.index(name)
    if not (needed or given):
        return None
    wanted = given or " or ".join(usual)
    raise EvaluateError(f"{path}: there is no column {wanted}; there are {', '.join(head) or 'none'}. See --help")


def _number(path: Path, row: int, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        raise EvaluateError(f"{path}, row {row}: the time {cell!r} is no number") from error
    if not np.isfinite(value):
        raise EvaluateError(f"{path}, row {row}: the time {cell!r} is no number")
    return value


def _part(path: Path, row: int, cell: str) -> bool:
    if cell not in {"train", "test"}:
        raise EvaluateError(f"{path}, row {row}: the part is {cell!r}, not train or test")
    return cell == "test"


def _last(member: Ints, at: Floats) -> Any:
    """Each member's last row, of those with at least two; of equal times the later row."""
    test = np.zeros(len(member), bool)
    order = np.lexsort((np.arange(len(at)), at, member))
    ends = np.flatnonzero(np.diff(member[order], append=-1))
    many = np.bincount(member)[member[order[ends]]] >= LEAST_HISTORY
    test[order[ends[many]]] = True
    return test


def _texts(path: Path, columns: Columns, item: str) -> dict[str, str]:
    head, lines = _table(path)
    key = _column(path, head, columns.item, (item, "item", "course", "item_id", "id"))
    text = _column(path, head, columns.text, ("text", "description", "title", "name"))
    return {line[key]: line[text] for line in lines}


# What is beside it


def rivals_here() -> tuple[tuple[Rival, ...], tuple[str, ...]]:
    """The methods to compare with, and a line for each that is not installed."""
    svd = Rival("TruncatedSVD", grid(k=(2, 4, 8, 16, 32, 64, 128)), _svd)
    if find_spec("implicit") is None:
        return (*trial.BUILT_IN, svd), ("implicit's ALS: the package `implicit` is not installed (extra: bench)",)
    als = Rival("implicit ALS", grid(factors=(4, 16, 64, 128), alpha=(1, 10), regularization=(0.1, 10.0)), _als)
    return (*trial.BUILT_IN, svd, als), ()


def _svd(taken: Matrix, setting: Setting) -> Scorer:
    decomposition = import_module("sklearn.decomposition")  # half a second that no other command should wait for
    made = decomposition.TruncatedSVD(min(setting["k"], min(taken.shape) - 1), random_state=0)
    factors: Floats = made.fit_transform(taken)
    return lambda rows: np.asarray(factors[rows] @ made.components_)


def _als(taken: Matrix, setting: Setting) -> Scorer:
    als = import_module("implicit.als")
    with import_module("threadpoolctl").threadpool_limits(1, "blas"):  # else implicit warns, as it is ten times slower
        made = als.AlternatingLeastSquares(**setting, iterations=15, random_state=0, num_threads=0)
        made.fit(taken, show_progress=False)
    return lambda rows: np.asarray(made.user_factors[rows] @ made.item_factors.T)
