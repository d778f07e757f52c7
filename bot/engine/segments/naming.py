"""What a member is called, in words a creator understands: by rules where time decides, else by their group's middle.

`SEGMENTS` names them all; the rules are tried in the order of `_RULES`, the names of groups in that of `_GROUPS`. The
bounds are the same for every community, so that a name means the same everywhere and always.
"""

from collections.abc import Callable, Mapping

import numpy as np

from bot.engine.activity import Bools, Ints
from bot.engine.churn.features import Matrix
from bot.engine.segments.clusters import GROUPS, Clusters, assigned, grouped
from bot.engine.segments.figures import GROUPED, Figures
from bot.words import N_, Word, replace

NEW, QUIET, GONE = 28, 28, 56
"""Days here up to which somebody is new; of silence from which a payer is quiet, and anybody else gone."""
SLIPPING, USUAL, ONCE = 10, 2.0, 3
"""Slipping away: silent for so many days and so many times their usual gap, who was active on so many days of 91."""
LEAST = 40
"""Members from which on groups are made; of fewer each is named by themselves."""
SLACK = 0.15
"""A group keeps its name while it misses the bounds by no more than this share."""


class Segment(Word, frozen=True):
    """How a segment is called: to the creator as a `title` with what it `means`, to the member in `kind` words."""

    title: str
    means: str
    kind: str


SEGMENTS: Mapping[str, Segment] = {
    "newcomer": Segment(
        title=N_("Newcomers"),
        means=N_("here for 28 days at most"),
        kind=N_("You are new here: welcome!"),
    ),
    "answerer": Segment(
        title=N_("Answerers"),
        means=N_("answer others' questions, more than they ask"),
        kind=N_("You help others: people get answers from you."),
    ),
    "learner": Segment(
        title=N_("Learners"),
        means=N_("finish lessons, come to sessions, or ask more than they answer"),
        kind=N_("You are here to learn, and you do."),
    ),
    "regular": Segment(
        title=N_("Regulars"),
        means=N_("take part every week"),
        kind=N_("You are one of those who keep this place alive."),
    ),
    "reader": Segment(
        title=N_("Readers"),
        means=N_("react and check in more than they write"),
        kind=N_("You follow along and show what you like."),
    ),
    "occasional": Segment(
        title=N_("Now and then"),
        means=N_("drop in now and then"),
        kind=N_("You drop in when it suits you."),
    ),
    "slipping": Segment(
        title=N_("Slipping away"),
        means=N_("silent for twice as long as they usually are, and ten days at least"),
        kind=N_("We have not heard from you for a while."),
    ),
    "quiet_payer": Segment(
        title=N_("Quiet payers"),
        means=N_("pay, and were not active for 28 days"),
        kind=N_("You are a member, and like it quiet."),
    ),
    "onlooker": Segment(
        title=N_("Onlookers"),
        means=N_("here for longer than 28 days, and never took part"),
        kind=N_("You look on from the side, which is fine."),
    ),
    "gone": Segment(
        title=N_("Gone"),
        means=N_("left, or were silent for 56 days and do not pay"),
        kind=N_("You have not been here for long: good to see you!"),
    ),
}


def _slipping(f: Figures) -> Bools:
    return (f.silence >= SLIPPING) & (f.silence > USUAL * f.gap) & (f.active + f.before >= ONCE)


_RULES: tuple[tuple[str, Callable[[Figures, Bools, Bools], Bools]], ...] = (
    ("gone", lambda f, pays, here: ~here | (~pays & f.acted & (f.silence >= GONE))),
    ("quiet_payer", lambda f, pays, here: pays & (f.silence >= QUIET)),
    ("onlooker", lambda f, pays, here: ~f.acted & ((f.tenure == 0) | (f.tenure > NEW))),
    ("slipping", lambda f, pays, here: _slipping(f)),
    ("newcomer", lambda f, pays, here: (f.tenure > 0) & (f.tenure <= NEW)),
)
_Bounds = tuple[tuple[str, float], ...]
_GROUPS: tuple[tuple[str, _Bounds], ...] = (
    ("answerer", (("helped", 1.4), ("balance", 0.3))),
    ("learner", (("learnt", 1.4),)),
    ("regular", (("level", 2.0),)),
    ("learner", (("learnt", 0.7),)),
    ("learner", (("balance", -0.45),)),
    ("reader", (("reading", 0.5),)),
)
"""In the columns of `GROUPED`: at least so much, or at most so much where the bound is below 0."""
REST = "occasional"


class Placed(Word, frozen=True):
    """The `segment` of a member, and the group they are in (-1: none)."""

    member: int
    segment: str
    group: int = -1


def named(row: Matrix, was: str = "") -> str:
    """How a group with this middle (or a member by themselves) is called; the name it has is kept if it nearly fits."""
    if any(name == was and _fits(row, bounds, SLACK) for name, bounds in _GROUPS):
        return was
    return next((name for name, bounds in _GROUPS if _fits(row, bounds, 0)), REST)


def _fits(row: Matrix, bounds: _Bounds, slack: float) -> bool:
    return all(_within(float(row[GROUPED.index(column)]), bound, slack) for column, bound in bounds)


def _within(value: float, bound: float, slack: float) -> bool:
    return value <= bound * (1 - slack) if bound < 0 else value >= bound * (1 - slack)


def segmented(
    found: Figures, here: Ints, paying: Ints, clusters: Clusters | None, was: Mapping[int, int], *, anew: bool
) -> tuple[list[Placed], Clusters | None]:
    """The segment of each member, and the groups they were made by.

    `clusters` are those that hold, `was` the group of each member by them. With `anew` they are fitted to the members
    as they are now, which is done once a week.
    """
    present, pays = np.isin(found.members, here), np.isin(found.members, paying)
    names = np.full(len(found.members), "", object)
    for name, rule in _RULES:
        names[(names == "") & rule(found, pays, present)] = name
    settled = (names == "") | (names == "slipping")
    if anew or clusters is None:
        clusters = _fitted(found.x[settled], clusters)
    groups = np.full(len(found.members), -1, np.int64)
    if clusters is not None:
        before = np.array([was.get(int(one), -1) for one in found.members], np.int64)
        groups[settled] = assigned(clusters, found.x[settled], before[settled])
    for spot in np.flatnonzero(names == ""):
        names[spot] = named(found.x[spot]) if clusters is None else clusters.names[groups[spot]]
    placed = [
        Placed(member=int(member), segment=str(name), group=int(group))
        for member, name, group in zip(found.members, names, groups, strict=True)
    ]
    return placed, clusters


def _fitted(x: Matrix, before: Clusters | None) -> Clusters | None:
    if len(x) < LEAST:
        return before
    made = grouped(x, before, GROUPS)
    old = before.names if before is not None else ("",) * GROUPS
    return replace(made, names=tuple(named(row, name) for row, name in zip(made.typical, old, strict=True)))
