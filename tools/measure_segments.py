"""How stable segments are from week to week on chat archives: `python tools/measure_segments.py FILE…`.

In the last weeks of each archive everybody is put into segments as the bot does it, week by week. Compared are those
who were in a group both weeks: the adjusted Rand index, the share who changed, and the share who changed though
they moved less than half a standard deviation. Beside it: groups formed anew each week, and groups without staying put.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score

from bot.cli.churn import opened
from bot.engine.activity import Ints, Log
from bot.engine.churn.archive import read
from bot.engine.churn.features import DAY
from bot.engine.segments import clusters
from bot.engine.segments.clusters import Clusters, assigned, grouped
from bot.engine.segments.figures import Figures, figures
from bot.engine.segments.naming import SEGMENTS, segmented

WEEKS = 20
NOBODY = np.zeros(0, np.int64)


def weeks(log: Log) -> Iterator[Figures]:
    """The figures of everybody at each of the last weeks' ends."""
    end = int(log.at[-1]) // DAY * DAY
    for back in range(WEEKS, -1, -1):
        at = end - 7 * back * DAY
        yield figures(log, at, np.unique(log.member[: np.searchsorted(log.at, at)]).astype(np.int64))


def common(one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Where those who are in both stand in each."""
    both = np.intersect1d(one, other)
    return np.searchsorted(one, both), np.searchsorted(other, both)


def groups(found: list[Figures], way: str) -> tuple[list[float], list[float], list[float]]:
    """(adjusted Rand indices, shares who changed, shares who changed without reason), week to week."""
    rand, changed, idle = [], [], []
    held: Clusters | None = None
    last: tuple[Ints, Ints, np.ndarray] | None = None
    for week in found:
        settled = (week.silence < 56) & (week.tenure > 28)
        members, x = week.members[settled], week.x[settled]
        held = grouped(x, None if way == "anew" else held)
        was = np.full(len(members), -1, np.int64)
        if last is not None and way == "staying":
            here, there = common(members, last[0])
            was[here] = last[1][there]
        mine = assigned(held, x, was)
        if last is not None:
            here, there = common(members, last[0])
            far = np.sqrt(((held.scaled(x[here]) - held.scaled(last[2][there])) ** 2).sum(axis=1))
            differ = mine[here] != last[1][there]
            rand.append(adjusted_rand_score(last[1][there], mine[here]))
            changed.append(float(differ.mean()))
            idle.append(float((differ & (far < 0.5)).mean()))
        last = members, mine, x
    return rand, changed, idle


def named(found: list[Figures]) -> None:
    """Print the same of the segments as they are called, and how many are in each at last."""
    rand, changed = [], []
    held: Clusters | None = None
    last: dict[int, str] = {}
    was: dict[int, int] = {}
    for week in found:
        placed, held = segmented(week, week.members, NOBODY, held, was, anew=True)
        was = {one.member: one.group for one in placed}
        now = {one.member: one.segment for one in placed}
        both = sorted(one for one in now if last.get(one, "gone") != "gone" and now[one] != "gone")
        if both:
            pairs = [(last[one], now[one]) for one in both]
            rand.append(adjusted_rand_score([a for a, _ in pairs], [b for _, b in pairs]))
            timed = {"newcomer", "slipping"}
            free = [(a, b) for a, b in pairs if not {a, b} & timed]
            changed.append(sum(a != b for a, b in free) / max(len(free), 1))
        last = now
    print(f"  as called: ARI {np.mean(rand):.3f} (least {min(rand):.3f}); changed but by time {np.mean(changed):.3f}")
    print("  at last:", {name: sum(one == name for one in last.values()) for name in SEGMENTS})
    if held is not None:
        print("  groups:", held.names)


def main(paths: list[str]) -> None:
    """Measure each archive."""
    for path in paths:
        with opened(Path(path)) as lines:
            log = read(lines)
        found = list(weeks(log))
        print(f"{path}: {clusters.GROUPS} groups")
        for way in ("anew", "carried", "staying"):
            rand, changed, idle = groups(found, way)
            tail = "" if way == "anew" else f"; changed {np.mean(changed):.3f}, without reason {np.mean(idle):.3f}"
            print(f"  {way}: ARI {np.mean(rand):.3f} (least {min(rand):.3f}){tail}")
        named(found)


if __name__ == "__main__":
    main(sys.argv[1:])
