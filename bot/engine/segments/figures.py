"""What members are grouped by: a row of numbers each, from the log before an instant.

To add a figure that groups are made by: a column of `GROUPED`, computed in `figures`. What is old counts less and less,
by half-lives and not by windows, so that nobody moves because a day fell out of a window.
"""

from dataclasses import dataclass

import numpy as np

from bot.engine.activity import ACTIVITY, JOINED, MESSAGE, USEFUL, Bools, Floats, Ints, Log, before
from bot.engine.churn.exchanges import NEXT, followers
from bot.engine.churn.features import DAY, LONG, NAMES, Matrix, features

ENOUGH = 5
"""Messages with a mood below which nothing is said of it."""
HALF_LIFE = 45.0
"""Days in which an answer given, a question asked or a lesson finished counts half."""
GROUPED = ("level", "helped", "balance", "learnt", "company", "breadth", "reading")
"""The columns that groups are made by. All but `balance`, which is log((helped + 1) / (asked + 1)), and `reading`, the
share of what they do that is not writing, are log(1 + n). What changes within days is none of them: who falls silent is
seen at once by other means, and is not another kind of member by that."""


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Of `members` (sorted) at an instant: `x`, a row each in the columns `GROUPED`, and plain facts.

    `acted` says that they ever took part; `silence` is days since the last act (365 at most), `tenure` since they came
    or first acted, `active` the days active of the last 28, `before` of the 63 days before those, `gap` the usual days
    between two active ones, `level` A(t) with a half-life of 28 days. `helped`, `asked` and `learnt` are counts of the
    last 91 days, `people` and `topics` those they had to do with in them. `mood` is the mean of the last 28 days'
    messages that have one, and `mood_before` that of the 63 days before; NaN where they are fewer than `ENOUGH`.
    """

    members: Ints
    x: Matrix
    acted: Bools
    silence: Floats
    tenure: Floats
    active: Floats
    before: Floats
    gap: Floats
    level: Floats
    helped: Floats
    asked: Floats
    learnt: Floats
    people: Floats
    topics: Floats
    mood: Floats
    mood_before: Floats


def figures(log: Log, until: int, members: Ints) -> Figures:
    """The figures of members (sorted, each once) at `until` (microseconds since 1970)."""
    known = dict(zip(NAMES, features(log, until, members, ACTIVITY).T, strict=True))
    past = before(log, until)
    messages = past.kind == MESSAGE
    acts = ACTIVITY[past.kind]
    kinds = (answering(past), past.question & messages, USEFUL[past.kind] & acts, acts, messages)
    fading = [_counted(past, until, members, which) for which in kinds]
    helped, asked, learnt, all_acts, written = fading
    x = np.stack(
        [
            known["level_60"],
            np.log1p(helped),
            np.log((helped + 1) / (asked + 1)),
            np.log1p(learnt),
            known["partners_91"],
            known["topics_91"],
            np.where(all_acts > 0, 1 - written / np.maximum(all_acts, 1e-9), 0),
        ],
        axis=1,
    )
    active = np.expm1(known["active_28"])
    lately = [_counted(past, until, members, which, whole=91) for which in kinds[:3]]
    return Figures(
        members=members,
        x=x,
        acted=known["tenure"] > 0,
        silence=np.expm1(known["silence"]),
        tenure=np.maximum(np.expm1(known["tenure"]), _here_for(past, until, members)),
        active=active,
        before=np.expm1(known["active_91"]) - active,
        gap=np.expm1(known["gap_median"]),
        level=np.expm1(known["level_28"]),
        helped=lately[0],
        asked=lately[1],
        learnt=lately[2],
        people=np.expm1(known["partners_91"]),
        topics=np.expm1(known["topics_91"]),
        mood=moods(past, until, members, 0, 28),
        mood_before=moods(past, until, members, 28, 91),
    )


def moods(past: Log, until: int, members: Ints, after: int, days: int) -> Floats:
    """The mean mood of each member's messages of `after` to `days` days ago; NaN where that is of too few to say."""
    if not len(past.mood):
        return np.full(len(members), np.nan)
    age = (until - past.at) / DAY
    chosen = np.flatnonzero((past.mood != 0) & (age > after) & (age <= days) & np.isin(past.member, members))
    spot = np.searchsorted(members, past.member[chosen])
    counts = np.bincount(spot, minlength=len(members))
    sums = np.bincount(spot, past.mood[chosen].astype(np.float64), len(members))
    return np.where(counts >= ENOUGH, sums / np.maximum(counts, 1), np.nan)


def _counted(past: Log, until: int, members: Ints, which: Bools, whole: int = 0) -> Floats:
    """How many such events each has: those of the last `whole` days, or all, of which old ones count less."""
    chosen = np.flatnonzero(which & np.isin(past.member, members))
    age = (until - past.at[chosen]) / DAY
    weight = (age <= whole).astype(np.float64) if whole else 0.5 ** (age / HALF_LIFE)
    return np.bincount(np.searchsorted(members, past.member[chosen]), weight, len(members)).astype(np.float64)


def _here_for(past: Log, until: int, members: Ints) -> Floats:
    """Days since each first joined; 0 where that was not heard."""
    joined = np.flatnonzero((past.kind == JOINED) & np.isin(past.member, members))
    found = np.zeros(len(members))
    np.maximum.at(found, np.searchsorted(members, past.member[joined]), (until - past.at[joined]) / DAY)
    return np.minimum(found, 3 * LONG)


def answering(past: Log) -> Bools:
    """For each event, whether it answers another's question: as a reply, or as the next to write within the hour."""
    found = np.zeros(len(past.at), np.bool_)
    replies = np.flatnonzero((past.answers >= 0) & (past.answers < len(past.at)) & (past.kind == MESSAGE))
    asker = past.answers[replies]
    found[replies[past.question[asker] & (past.member[asker] != past.member[replies])]] = True
    following = followers(past, np.flatnonzero(past.kind == MESSAGE))
    asked = np.flatnonzero(past.question & (past.kind == MESSAGE) & (following >= 0))
    soon = asked[past.at[following[asked]] - past.at[asked] <= NEXT]
    found[following[soon]] = True
    return found
