"""What the guessed prior for renewals is worth: `python tools/measure_renewals.py [SEEDS]`, on two made-up worlds.

In the one, members live by `tests/year/life.py`: who used the month little cancels more likely. In the other, they come
by `tests/engine/churn/people.py`, and who was not there in the fortnight before a date lets it pass. In each, models
learn from the first renewals whose outcome is known, and are judged by all that come up after that. How much of the
prior is taken was settled on the seeds 1 to 12; this asks those from 13 on.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np

from bot.engine.activity import MESSAGE, Ints, Log, micros
from bot.engine.churn.features import DAY
from bot.engine.churn.model import predict
from bot.engine.churn.scores import auc, brier
from bot.engine.churn.snapshots import HORIZON, Dues, Rows, lapses
from bot.engine.churn.training import guessed, train
from bot.training import shipped_prior
from tests.engine.churn.people import community
from tests.year.life import Life, Power
from tests.year.playback import BEFORE, BEGIN, MONTH, YEAR

FIRST, SEEDS = 13, 20
MEMBERS = 150
KNOWN = (50, 100, 200, 300)
"""Renewals whose outcome is known."""
LEAST = 60
"""Renewals that must be left to judge by."""
HOUR = DAY // 24
FORTNIGHT = 14 * DAY
Due = tuple[int, int, int]


def year(seed: int) -> tuple[Log, list[Due]]:
    """Who writes, and who lets the charge of a month come, in a year in which nobody is written to."""
    told, due = [], []
    for number in range(1, MEMBERS + 1):
        life = Life(seed, number, Power(share=0))
        for day in range(-BEFORE, YEAR):
            morning = micros(BEGIN) + day * DAY
            told += [(morning + (13 + n) * HOUR + number * 1_000_000, number) for n in range(life.day(day))]
            at = morning + 22 * HOUR
            if life.pays and day >= 0 and (day - life.charged_on) % MONTH == 0:
                life.pays = life.renews(day)
                due.append((number, at, at if life.pays else -1))
            elif not life.pays and day >= 0 and life.pays_again(day):
                life.pays, life.charged_on = True, day % MONTH
    told.sort()
    size = len(told)
    none = np.zeros(size, np.int64)
    return Log(
        at=np.array([at for at, _ in told]), member=np.array([who for _, who in told]),
        kind=np.full(size, MESSAGE, np.int8), place=none, thread=none, answers=none - 1, question=none > 0,
    ), due  # fmt: skip


def fortnight(seed: int) -> tuple[Log, list[Due]]:
    """Who was there in the fortnight before a date renews, and nobody else does."""
    log, due = community(seed, MEMBERS, 400), []
    for member in np.unique(log.member).tolist():
        acts = log.at[log.member == member]
        at, renews = int(acts[0]), True
        while renews and (at := at + HORIZON) <= log.at[-1]:
            renews = bool(((acts > at - FORTNIGHT) & (acts < at)).any())
            due.append((member, at, at if renews else -1))
    return log, due


WORLDS: dict[str, Callable[[int], tuple[Log, list[Due]]]] = {"a year": year, "a fortnight": fortnight}


def rows_of(log: Log, due: list[Due]) -> Rows:
    """The rows of a world."""
    columns: Ints = np.array(sorted(due, key=lambda one: one[1]))
    return lapses(log, Dues(columns[:, 0], columns[:, 1], columns[:, 2]), int(log.at[-1]) + 1)


def gains(rows: Rows) -> Iterator[tuple[int, tuple[float, ...]]]:
    """(renewals known, (AUC, Brier) without, and with the guess), where enough is left to judge by."""
    known_at = np.sort(rows.known)
    for count in KNOWN:
        if len(rows) <= count:
            return
        until = int(known_at[count - 1])
        known, later = rows.learnable(until), rows[rows.at >= until]
        if len(later) < LEAST or known.left.sum() < 5:  # as `learning` says
            continue
        told = [predict(train(known, prior, forest=False)[0], later.x) for prior in (None, guessed(shipped_prior()))]
        yield count, tuple(score(later.left, p) for p in told for score in (auc, brier))


def main() -> None:
    """Print the table."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    print("world, renewals known, communities: AUC and Brier without, with; what the guess adds, ± standard error")
    for world, made in WORLDS.items():
        found: defaultdict[int, list[tuple[float, ...]]] = defaultdict(list)
        for seed in range(FIRST, FIRST + seeds):
            for count, scored in gains(rows_of(*made(seed))):
                found[count].append(scored)
        for count, each in found.items():
            table = np.array(each)
            added = table[:, 2:] - table[:, :2]
            error = added.std(axis=0, ddof=1) / len(added) ** 0.5
            told = [f"{mean:.4f}" for mean in table.mean(axis=0)]
            plus = [f"{mean:+.4f} ± {by:.4f}" for mean, by in zip(added.mean(axis=0), error, strict=True)]
            print(world, count, len(table), *told, *plus, sep="  ")


if __name__ == "__main__":
    main()
