"""`lyceum evaluate experiments`: whether verdicts on experiments can be believed, by thousands whose truth is known."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from bot.engine.experiments import trial
from bot.engine.experiments.compare import each_arm_needs
from bot.engine.experiments.trial import Fault, Row, Wordings
from bot.words import Word

HALF, ENOUGH = 0.5, 1_000
"""Arms of the same size; runs from which on a promise that is not kept is no accident."""
SENDS = (400, 2_000)
LEGEND = (
    "in %; daily: a test at 5 % each day · once: one at the end · OBF: O'Brien and Fleming's, for a planned size · "
    "CS: a confidence sequence, for hold-outs · +: adjusted by the past · split: proportions called wrong"
)
MOST_FALSE, MOST_LOST = 0.055, 0.05
"""What is demanded: false alarms at most, and power lost at most to a single look at the end."""
NEEDS = ((0.12, 0.05), (0.12, 0.03), (0.25, 0.05))


class Report(Word, frozen=True):
    """All that was measured, and what of it missed what is demanded."""

    same: tuple[Row, ...]
    different: tuple[Row, ...]
    faults: tuple[Fault, ...]
    wordings: tuple[Wordings, ...]
    missed: tuple[str, ...]


def experiments_command(
    runs: Annotated[int, typer.Option(help="Simulated tests of each kind.", min=20)] = 2_000,
    seed: Annotated[int, typer.Option(help="Another number draws other members.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Simulate A/A tests, tests with a true effect, broken splits and wordings; fails where a promise is not kept."""
    errors, out = Console(stderr=True), Console()
    with errors.status("…") if errors.is_terminal else errors:
        report = measure(runs, seed)
    if json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())  # noqa: T201
    else:
        show(report, out)
    if report.missed:
        for one in report.missed:
            errors.print(one, style="red")
        raise typer.Exit(1)


def measure(runs: int, seed: int = 0) -> Report:
    """Everything; minutes for thousands of runs."""
    same = tuple(trial.simulate(one, runs, seed) for one in trial.AA)
    different = tuple(trial.simulate(one, runs, seed) for one in trial.EFFECTS)
    faults = trial.faults(max(runs // 10, 20), seed)
    wordings = tuple(trial.wordings(sends, max(runs // 20, 10), seed) for sends in SENDS)
    found = missed(same, different, faults) if runs >= ENOUGH else ()
    return Report(same=same, different=different, faults=faults, wordings=wordings, missed=found)


def missed(same: tuple[Row, ...], different: tuple[Row, ...], faults: tuple[Fault, ...]) -> tuple[str, ...]:
    """What is promised and was not kept, in words. What has no equal arms is a hold-out, judged by the sequence."""
    found = [
        f"{row.setting.name}: {way} {getattr(row, way):.1%} false alarms, more than {MOST_FALSE:.1%}"
        for row in same
        for way in (("plain", "adjusted", "always") if row.setting.control == HALF else ("always",))
        if getattr(row, way) > MOST_FALSE
    ]
    found += [
        f"{row.setting.name}: {way} has {once - getattr(row, way):.1%} less power than one look at the end"
        for row in different
        for way, once in (("plain", row.once), ("adjusted", row.once_adjusted))
        if once - getattr(row, way) > MOST_LOST
    ]
    planted = [one for one in faults if one.name != "none"]
    found += [
        f"{one.name}, {one.members} members: found in {max(one.ratio, one.delivery, one.misplaced):.0%} only"
        for one in planted
        if one.members >= 4_000 and max(one.ratio, one.delivery, one.misplaced) < 0.9
    ]
    return tuple(found)


def show(report: Report, out: Console) -> None:
    """The tables."""
    for title, rows in (
        ("No difference: false alarms", report.same),
        ("A true difference: how often it is found", report.different),
    ):
        out.print(_judged(title, rows))
    table = Table(title="Splits: how often a check finds the fault")
    for name in ("fault", "members", "proportions", "deliveries", "hash"):
        table.add_column(name, justify="left" if name == "fault" else "right")
    for one in report.faults:
        shares = (f"{share:.1%}" for share in (one.ratio, one.delivery, one.misplaced))
        table.add_row(one.name, f"{one.members:,}", *shares)
    out.print(table)
    table = Table(title="Four wordings, 8, 10, 12 and 17 % (Thompson sampling, a floor of 5 % each)")
    for name in ("sends", "best leads", "worst, all sends", "worst, of the floor", "truth", "lost", "lost evenly"):
        table.add_column(name, justify="right")
    for told in report.wordings:
        rates = (told.best, told.naive, told.even, told.truth, told.lost, told.lost_evenly)
        table.add_row(f"{told.sends:,}", *(f"{rate:.1%}" for rate in rates))
    out.print(table)
    needs = [f"from {rate:.0%}: +{more * 100:.0f} points {each_arm_needs(rate, more):,}" for rate, more in NEEDS]
    out.print("An arm needs (80 % power, one look): " + " · ".join(needs))


def _judged(title: str, rows: tuple[Row, ...]) -> Table:
    table = Table(title=f"{title} ({rows[0].runs:,} tests, a look each day)", caption=LEGEND, padding=0)
    table.add_column("test", no_wrap=True)
    columns = (
        ("daily", "daily"),
        ("once", "once"),
        ("once+", "once_adjusted"),
        ("OBF", "plain"),
        ("OBF+", "adjusted"),
        ("CS+", "always"),
        ("split", "split"),
    )
    for name, _ in columns:
        table.add_column(name, justify="right")
    table.add_column("days", justify="right")
    for row in rows:
        table.add_row(row.setting.name, *(f"{getattr(row, key) * 100:.1f}" for _, key in columns), f"{row.days:.1f}")
    return table
