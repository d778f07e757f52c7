"""`lyceum evaluate discussions`: how well the discussions worth joining are ranked, on chat archives by later time.

The protocol and the columns of an archive are `bot/engine/discussions/trial.py`'s.
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.engine.discussions.trial import Report, TrialError, measure, read
from bot.terminal import fail

GZIP = b"\x1f\x8b"
MOST = 3_000


def discussions_command(
    paths: Annotated[list[Path], typer.Argument(help="Chat archives as CSV (.csv or .csv.gz): time, author, channel, "
                                                     "topic, bot.")],
    most: Annotated[int, typer.Option(help="How many choices are looked at, evenly spread.", min=20)] = MOST,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Measure the ranking of discussions by NDCG@10, beside heat, place, people and content alone."""
    errors, out = Console(stderr=True), Console()
    reports = []
    for path in paths:
        try:
            with _opened(path) as lines:
                said, titled = read(lines)
            reports.append(measure(path.name, said, titled, most))
        except (TrialError, UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
            fail(errors, f"{path}: {error}")
    if json:
        print(msgspec.json.format(msgspec.json.encode(reports)).decode())  # noqa: T201
        return
    for report in reports:
        show(report, out)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    opener: Any = gzip.open if packed else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as lines:
        yield lines


def show(report: Report, out: Console) -> None:
    """Print a table for people, the best in bold."""
    title = f"{report.name}: {report.members:,} members, {report.discussions:,} discussions"
    printed = Table("ranking", "NDCG@10", title=escape(title), title_justify="left")
    best = max(line.ndcg for line in report.lines)
    for line in report.lines:
        style = "bold" if line.ndcg == best else ""
        printed.add_row(line.method, f"{line.ndcg:.4f} ± {line.ndcg_error:.4f}", style=style)
    out.print(printed)
    weights = ", ".join(f"{weight:.2f}" for weight in report.weights)
    out.print(f"{report.tested:,} choices among {report.open:.1f} discussions each; weights {weights} learnt from "
              f"{report.learnt_from:,} earlier ones", soft_wrap=True)  # fmt: skip
    if not report.titled:
        out.print("There are no titles in it: content was left out.")
