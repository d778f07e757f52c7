"""The oracle's own timeline: who could enter what, when, if everybody always knew everything; and the difference."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from tests.oracle import entitles, open_until
from tests.simulation.world import END, GRACE, PLANS, Change

Doors = frozenset[str]
Timeline = list[tuple[float, Doors]]
"""(from when, in seconds since 1970, what stands open), in the order of time; nothing before the first."""


def _doors(held: Mapping[str, Change], at: datetime) -> Doors:
    subscriptions = [change.subscription for change in held.values()]
    open_ = [one.plan for one in subscriptions if entitles(one, at, GRACE[one.plan])]
    return frozenset(gate for plan in open_ for gate in PLANS[plan].gates)


def timeline(changes: Iterable[Change]) -> Timeline:
    """What stands open to one member, by what was true of all their subscriptions at each moment."""
    held: dict[str, Change] = {}
    found: Timeline = []
    ordered = sorted(changes, key=lambda change: change.at)
    edges = [*[change.at for change in ordered[1:]], END]
    for change, following in zip(ordered, edges, strict=True):
        held[change.subscription.id] = change
        ends = [open_until(one.subscription, GRACE[one.subscription.plan]) for one in held.values()]
        moments = [change.at, *sorted(datetime.fromtimestamp(end, END.tzinfo) for end in ends if end)]
        for moment in moments:
            if change.at <= moment < following:
                found.append((moment.timestamp(), _doors(held, moment)))
    return [one for index, one in enumerate(found) if not index or one[1] != found[index - 1][1]]


def flips(line: Timeline) -> dict[str, int]:
    """{gate: how often it truly opened or closed}."""
    counted: dict[str, int] = {}
    for before, after in pairwise([frozenset[str](), *[doors for _, doors in line]]):
        for gate in before ^ after:
            counted[gate] = counted.get(gate, 0) + 1
    return counted


def wrong(true: Timeline, real: Timeline, begin: float, end: float) -> float:
    """Seconds between `begin` and `end` at which the two differ, in whatever way."""
    edges = sorted({begin, end, *[at for at, _ in true], *[at for at, _ in real]})
    edges = [at for at in edges if begin <= at <= end]
    return sum(until - at for at, until in pairwise(edges) if _at(true, at) != _at(real, at))


def _at(line: Sequence[tuple[float, Doors]], moment: float) -> Doors:
    found: Doors = frozenset()
    for at, doors in line:
        if at > moment:
            break
        found = doors
    return found
