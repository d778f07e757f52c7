"""`lyceum evaluate churn`: who goes silent, predicted on chat archives by later time, beside simpler rules.

The protocol is `bot/engine/churn/trial.py`'s; what the columns of an archive are, `bot/engine/churn/archive.py`'s.
"""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.engine.churn import trial
from bot.engine.churn.archive import ArchiveProblem, read
from bot.engine.churn.model import OtherFeaturesError, Prior, checked
from bot.engine.churn.snapshots import together
from bot.engine.churn.training import Tell, learn_prior
from bot.engine.churn.trial import Archive, Line, Report
from bot.i18n import N_, Tongue, of_environment, tongue
from bot.terminal import fail
from bot.training import SHIPPED_PRIOR
from bot.words import from_json, said

GZIP = b"\x1f\x8b"


class ChurnError(ValueError):
    """It can't be measured; the message, translated, says which file and what to do."""


def churn_command(
    paths: Annotated[list[Path], typer.Argument(help="Chat archives as CSV (.csv or .csv.gz): time, author, …")],
    prior: Annotated[
        Path | None, typer.Option(help="Another prior than the shipped one (tools/learn_prior.py).")
    ] = None,
    snapshots: Annotated[
        int | None, typer.Option("--test", min=1, help="How many of the last snapshots are the test; else 6, or 10.")
    ] = None,
    few: Annotated[int, typer.Option(help="How many times 50 rows are drawn; 0 for none.", min=0)] = trial.DRAWS,
    forest: Annotated[bool, typer.Option("--forest/--no-forest", help="Try a random forest as well.")] = True,
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Measure predictions of who goes silent (ROC AUC, Brier, calibration), beside recency and A(t)."""
    errors, out, say = Console(stderr=True), Console(), tongue(of_environment())
    try:
        given = load_prior(prior or SHIPPED_PRIOR, say)
        with _said(errors) as tell:
            archives = [_archive(path, say, tell) for path in paths]
            reports = [
                _measured(one, _prior_for(one, archives, given, say), snapshots, few, forest, say, tell)
                for one in archives
            ]
    except ChurnError as error:
        fail(errors, str(error))
    if json:
        print(msgspec.json.format(msgspec.json.encode(reports)).decode())  # noqa: T201
    else:
        for report in reports:
            show(report, out, say)


@contextmanager
def _said(console: Console) -> Iterator[Tell]:
    """What is being done, where there is a terminal."""
    if not console.is_terminal:
        yield lambda _what: None
        return
    with console.status("…") as status:
        yield lambda what: status.update(escape(what))


def load_prior(path: Path, say: Tongue) -> Prior:
    """A prior from its file. Raises ChurnError, with what to do."""
    try:
        prior = from_json(Prior, path.read_bytes())
        checked(prior.logistic)
    except OSError as error:
        raise ChurnError(say(N_("{path} can't be read: {why}."), path=path, why=error.strerror)) from error
    except (msgspec.DecodeError, OtherFeaturesError) as error:
        raise ChurnError(say(N_("{path} is no prior that can be used: {why}."), path=path, why=str(error))) from error
    return prior


def _archive(path: Path, say: Tongue, tell: Tell) -> Archive:
    tell(path.name)
    try:
        with opened(path) as lines:
            return trial.prepare(path.name, read(lines))
    except ArchiveProblem as error:
        raise ChurnError(f"{path}: {said(error.words, say)}") from error
    except UnicodeDecodeError as error:
        raise ChurnError(say(N_("{path} is not in UTF-8: save it as CSV in UTF-8."), path=path)) from error
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ChurnError(say(N_("{path} can't be read: {why}."), path=path, why=why)) from error


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """A CSV file as text, whether packed by gzip or not, with or without a byte order mark."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    opener: Any = gzip.open if packed else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as lines:
        yield lines


def _prior_for(archive: Archive, archives: list[Archive], given: Prior, say: Tongue) -> Prior | None:
    """The prior given; where that was learnt from this archive, one learnt now from the other files; else none."""
    if archive.fingerprint not in given.sources:
        return given
    others = [one for one in archives if one.fingerprint != archive.fingerprint]
    if not others:
        return None
    about = say(N_("learnt now from {names}"), names=", ".join(one.name for one in others))
    return learn_prior(together(one.rows for one in others), about, tuple(one.fingerprint for one in others))


def _measured(
    archive: Archive, prior: Prior | None, snapshots: int | None, few: int, forest: bool, say: Tongue, tell: Tell
) -> Report:
    try:
        return trial.measure(
            archive,
            prior,
            snapshots=snapshots,
            few=few,
            forest=forest,
            tell=lambda what: tell(f"{archive.name}: {what}"),
        )
    except ArchiveProblem as error:
        raise ChurnError(f"{archive.name}: {said(error.words, say)}") from error


# ---------------------------------------------------------------------- what came of it


def show(report: Report, out: Console, say: Tongue) -> None:
    """One archive's figures for people."""
    out.print(f"\n[bold]{escape(report.name)}[/bold]")
    prior = report.prior or say(
        N_("none: the shipped one was learnt from this very archive. Give another file as well.")
    )
    facts = (
        say(N_("{events} messages of people, {snapshots} snapshots; the last {test} are the test."),
            events=report.events, snapshots=report.snapshots, test=report.test_snapshots),
        say(N_("Learnt from {train} rows known before it, tested on {test}."), train=report.train, test=report.test),
        say(N_("Prior: {about}"), about=prior),
        say(N_("Chosen by later snapshots before the test: {method}, ridge {ridge}, calibration: {calibration}."),
            method=report.method, ridge=f"{report.ridge:g}", calibration=report.calibration),
    )  # fmt: skip
    for fact in facts:
        out.print(escape(fact), soft_wrap=True)
    _scores(say(N_("On the test")), report.lines, out, say)
    if report.rolled:
        title = say(N_("Each night anew: {n} snapshots, {rows} rows"),
                    n=report.rolled_snapshots, rows=report.rolled[0].scores.rows)  # fmt: skip
        _scores(title, report.rolled, out, say)
    _validation(report, out, say)
    if report.few:
        _few(report, out, say)
    meaning = N_(
        "ECE: over ten bins of equal width; by chance: what exactly right probabilities would have on average; how "
        "often: in how many of 100 cases they would have as much; debiased: the root of the squared error without what "
        "chance adds to it."
    )
    out.print(escape(say(meaning)), soft_wrap=True)


def _scores(title: str, lines: Sequence[Line], out: Console, say: Tongue) -> None:
    table = Table(title=escape(title), title_justify="left")
    for head in (N_("Model"), "ROC AUC", "Brier", "ECE", N_("ECE by chance"), N_("how often"), N_("ECE, debiased")):
        table.add_column(escape(say(head)), justify="left" if head == "Model" else "right", no_wrap=head == "Model")
    for line in lines:
        s = line.scores
        table.add_row(
            escape(line.model), f"{s.auc:.3f}", f"{s.brier:.3f}", f"{s.ece:.3f}", f"{s.noise:.3f}", f"{s.chance:.0%}",
            f"{s.debiased:.3f}",
        )  # fmt: skip
    out.print(table)


def _validation(report: Report, out: Console, say: Tongue) -> None:
    found = report.validation
    if not found.tried:
        out.print(escape(say(N_("There are too few rows to choose by: the usual settings were taken."))))
        return
    title = say(N_("Validation: {n} later snapshots before the test, {rows} rows"), n=found.folds, rows=found.rows)
    table = Table(title=escape(title), title_justify="left")
    for head in (N_("Model"), N_("Ridge"), "ROC AUC", "Brier"):
        table.add_column(escape(say(head)), justify="left" if head == "Model" else "right")
    for one in found.tried:
        table.add_row(one.method, f"{one.ridge:g}" if one.ridge else "–", f"{one.auc:.4f}", f"{one.brier:.4f}")
    for kind, brier in found.calibrations.items():
        table.add_row(escape(say(N_("calibration, later half: {kind}"), kind=kind)), "", "", f"{brier:.4f}")
    out.print(table)


def _few(report: Report, out: Console, say: Tongue) -> None:
    title = say(N_("A young community: {rows} labelled rows, drawn {n} times"), rows=trial.FEW, n=report.few[0].draws)
    table = Table(title=escape(title), title_justify="left")
    for head in (N_("Model"), "ROC AUC", "±", N_("Worst"), "Brier"):
        table.add_column(escape(say(head)), justify="left" if head == "Model" else "right")
    for one in report.few:
        table.add_row(
            escape(one.model), f"{one.auc:.3f}", f"{one.deviation:.3f}", f"{one.worst:.3f}", f"{one.brier:.3f}"
        )
    out.print(table)
