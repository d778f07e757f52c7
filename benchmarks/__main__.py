"""Everything measured, in one run: `make bench`, or `make bench ARGS=--quick` for a look.

Ours and the others take turns, each several times; figures are medians, and only ratios are judged. Ends with 1 when a
target is missed. To measure something new: a function that returns `Figure`s, and a line in `sections`.
"""

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog

from benchmarks.discord_path import against_discord
from benchmarks.engine import against_library, boards, grouped, growth, hostile, memory
from benchmarks.measure import Figure, machine
from benchmarks.pictures import pictures
from benchmarks.recommender import large
from benchmarks.simulation import simulated
from benchmarks.telegram_path import against_telegram
from benchmarks.traffic import TEXT
from benchmarks.year import lived
from bot.service import settle
from tests.hostile import HOSTILE

FEW, MANY = 10_000, 100_000


def sections(*, quick: bool) -> Iterator[tuple[str, Callable[[], list[Figure]]]]:
    """What there is to measure, cheapest first."""
    repeats, messages = (3, 20_000) if quick else (5, 40_000)
    yield "hostile text", partial(hostile, HOSTILE, TEXT, 20 if quick else 100)
    yield "memory", partial(memory, FEW, MANY)
    yield "pictures", partial(pictures, 200 if quick else 1_000)
    yield "growth", partial(growth, (FEW, MANY), messages, repeats)
    yield "group commit", partial(grouped, FEW, messages, repeats)
    yield "leaderboards", partial(boards, 1_000, 100_000 if quick else 1_000_000, 300)
    yield "Discord", partial(against_discord, (FEW, MANY), messages, repeats)
    yield "Telegram", partial(against_telegram, (FEW, MANY), messages // 2, repeats)
    yield "levelling library", partial(against_library, FEW, messages, 10 if quick else 30, repeats)
    yield "levelling library, ten times the members", partial(against_library, MANY, messages, 3, repeats)
    yield "recommender", partial(large, 100_000 if quick else 1_000_000, 2_000 if quick else 10_000)
    yield "simulation of memberships", partial(simulated, 2 if quick else 20, 10_000)
    yield "a simulated year", partial(lived, 2 if quick else 4, 300 if quick else 1_000)


def main() -> int:
    """Run it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half the size, and 100,000 members on the board")
    parser.add_argument("--only", default="", metavar="WORD", help="only the sections with this word in their name")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    warnings.simplefilter("ignore")  # the peers' own
    where: dict[str, Any] = machine()
    print(f"Python {where['python']}, {where['cores']} cores, load {where['load']}: judge by ratios")
    figures: list[Figure] = []
    for name, measure in sections(quick=asked.quick):
        if asked.only in name:
            print(f"\n{name}", flush=True)
            settle()  # as a service does; what the sections before left behind is not what this one costs
            found = measure()
            figures += found
            print("\n".join(str(figure) for figure in found), flush=True)
    where["load after"] = machine()["load"]
    missed = [figure.name for figure in figures if not figure.holds]
    print(f"\nload {where['load after']}; targets missed: {', '.join(missed) or 'none'}")
    if asked.json:
        report = {"machine": where, "figures": figures, "missed": missed}
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
