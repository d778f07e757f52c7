"""What is predicted, and of whom: rows of members at snapshots, with what became of them.

Two targets. *Silent*: a member active in the 28 days before a snapshot is not active in the 28 days after. *Lapsed*: a
paid period that is due is not renewed. A row is asked only when its answer is in the log as a whole.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from bot.engine.activity import ACTS, Bools, Ints, Log
from bot.engine.churn.features import DAY, NAMES, Matrix, features_of
from bot.engine.churn.story import story

HORIZON = 28 * DAY
"""How far is looked back for activity, and ahead for silence."""
LEAD, GRACE = 7 * DAY, 3 * DAY
"""A renewal is predicted so long before it is due, and is missed when it did not come so long after."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Features `x` (rows × `NAMES`) of `member` at `at`; `left` is what is predicted, known from `known` on."""

    x: Matrix
    left: Bools
    at: Ints
    known: Ints
    member: Ints

    def __len__(self) -> int:
        return len(self.left)

    def __getitem__(self, chosen: Bools | Ints) -> "Rows":
        return Rows(self.x[chosen], self.left[chosen], self.at[chosen], self.known[chosen], self.member[chosen])

    def learnable(self, at: int) -> "Rows":
        """The rows whose outcome was known at an instant: all that may be learnt from to predict from then on."""
        return self[self.known <= at]


def together(parts: Iterable[Rows]) -> Rows:
    """Several rows as one, in their order."""
    found = list(parts)
    if not found:
        none = np.zeros(0, np.int64)
        return Rows(np.zeros((0, len(NAMES))), none.astype(np.bool_), none, none, none)
    return Rows(
        np.concatenate([one.x for one in found]),
        np.concatenate([one.left for one in found]),
        np.concatenate([one.at for one in found]),
        np.concatenate([one.known for one in found]),
        np.concatenate([one.member for one in found]),
    )


def moments(log: Log, until: int) -> Ints:
    """Snapshots of a log that is whole up to `until`: midnights (UTC), 28 days apart, the last so long before it."""
    active = log.at[ACTS[log.kind]]
    if not len(active):
        return np.zeros(0, np.int64)
    last = until // DAY * DAY - HORIZON
    return np.arange(last, int(active[0]), -HORIZON, dtype=np.int64)[::-1]


def present(log: Log, at: int) -> Ints:
    """The members who were active in the 28 days before an instant, sorted."""
    return _active(log, at - HORIZON, at)


def _active(log: Log, since: int, until: int) -> Ints:
    first, last = np.searchsorted(log.at, [since, until])
    return np.unique(log.member[first:last][ACTS[log.kind[first:last]]]).astype(np.int64)


def silent(log: Log, at: int, members: Ints) -> Bools:
    """For each of the members, whether they were not active in the 28 days from an instant on."""
    return ~np.isin(members, _active(log, at, at + HORIZON))


def silences(log: Log, at: Iterable[int], tell: Callable[[int, int], None] = lambda _done, _of: None) -> Rows:
    """The rows of snapshots for the target *silent*; `tell` is told how many are done, of how many."""
    laid_out, when, found = story(log, ACTS), list(at), []
    for done, moment in enumerate(when):
        members = present(log, moment)
        if len(members):
            spread = np.full(len(members), moment, np.int64)
            x = features_of(laid_out, spread, members)
            found.append(Rows(x, silent(log, moment, members), spread, spread + HORIZON, members))
        tell(done + 1, len(when))
    return together(found)


@dataclass(frozen=True, slots=True, eq=False)
class Dues:
    """Paid periods: whose, when the next is due, when it was renewed (-1: not yet). Times are microseconds."""

    member: Ints
    due: Ints
    renewed: Ints


def lapses(log: Log, dues: Dues, until: int) -> Rows:
    """The rows for the target *lapsed*, of a log and of dues that are whole up to `until`.

    A snapshot is taken at the midnight (UTC) of the day `LEAD` before a period is due. Who had renewed by then is no
    row, for nothing is open; nor is a period whose grace is not over by `until`. *Lapsed* is who had not renewed when
    `GRACE` after the date was over: a later renewal is a return.
    """
    at = (dues.due - LEAD) // DAY * DAY
    end = dues.due + GRACE
    asked = np.flatnonzero((end <= until) & ((dues.renewed < 0) | (dues.renewed >= at)))
    asked = asked[np.argsort(at[asked], kind="stable")]
    lapsed = (dues.renewed < 0) | (dues.renewed > end)
    x = features_of(story(log, ACTS), at[asked], dues.member[asked])
    return Rows(x, lapsed[asked], at[asked], end[asked], dues.member[asked])
