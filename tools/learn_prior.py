"""Learn a prior for the churn model from chat archives, and print it as JSON.

    python tools/learn_prior.py --about 'freeCodeCamp …' freecodecamp-gitter.csv.gz > bot/engine/churn/prior.json

The columns of an archive are those of `bot/engine/churn/archive.py`. Who learns a prior to be shipped says in `--about`
from what, under which licence. Features changed: learn it again.
"""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bot.cli.churn import opened
from bot.engine.churn import trial
from bot.engine.churn.archive import ArchiveProblem, read
from bot.engine.churn.model import Prior
from bot.engine.churn.snapshots import together
from bot.engine.churn.training import learn_prior
from bot.words import replace


def learn(paths: list[Path], about: str) -> Prior:
    """From all rows of all archives, weights rounded to six digits. Raises OSError and ArchiveProblem."""
    archives = []
    for path in paths:
        with opened(path) as lines:
            archives.append(trial.prepare(path.name, read(lines)))
    sources = tuple(one.fingerprint for one in archives)
    return rounded(learn_prior(together(one.rows for one in archives), about, sources))


def rounded(prior: Prior) -> Prior:
    """The same in six digits: all that the rows bear."""
    one = prior.logistic
    short = {name: tuple(float(f"{x:.6g}") for x in getattr(one, name)) for name in ("mean", "scale", "weights")}
    return replace(prior, logistic=replace(one, **short, intercept=float(f"{one.intercept:.6g}")))


def main(
    paths: Annotated[list[Path], typer.Argument(help="Chat archives as CSV (.csv or .csv.gz).")],
    about: Annotated[str, typer.Option(help="What it is learnt from, and that one's licence.")],
) -> None:
    """Print the prior."""
    try:
        found = learn(paths, about)
    except (OSError, ArchiveProblem) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    print(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())


if __name__ == "__main__":
    typer.run(main)
