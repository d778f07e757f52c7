"""Groups: members who mostly talk to each other, and circles in which everybody talks with everybody."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import networkx as nx

from bot.engine.social import TALKING, Talk, directed, mutual
from bot.words import Word

SMALLEST = 3
LARGEST = 30
"""Members of a group at most: a larger one is the community, or a part of it that everybody sees."""
MOSTLY = 0.5
"""The share of all their talk that a group has with itself at least; and of that, what a channel has to be named."""
OFTEN = 2
"""Replies and mentions each member of a group gives within it, on average, at least."""
NODES = 2_000
"""Members looked at at most: those with the most mutual ties, core by core."""
CIRCLES = 20_000
"""Maximal cliques looked at at most: a graph may have exponentially many."""
SEED = 4


class Group(NamedTuple):
    """`members` by id; `share` of their talk is with each other, `links` times, mostly in `channel` ('': anywhere)."""

    members: tuple[int, ...]
    share: float
    links: int
    channel: str


class Circle(NamedTuple):
    """Members each of whom replied to or mentioned each other, both ways, `links` times in all."""

    members: tuple[int, ...]
    links: int
    channel: str


class Circles(Word, frozen=True):
    """Groups and circles, the largest first."""

    groups: tuple[Group, ...] = ()
    circles: tuple[Circle, ...] = ()


class _Between:
    """How often each member of a talk replied to or mentioned each other, and where."""

    def __init__(self, talk: Talk) -> None:
        self._to: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self._channels: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        self._all: Counter[int] = Counter()
        for link in talk.links:
            if link.kind in TALKING:
                self._to[link.source][link.target] += 1
                self._channels[link.source, link.target][link.place.channel] += 1
                self._all[link.source] += 1
                self._all[link.target] += 1

    def within(self, members: Sequence[int]) -> tuple[int, float, str]:
        """(links inside, their share of the members' talk with anybody, where most of them are if anywhere)."""
        inside, channels = 0, Counter[str]()
        for source in members:
            for target in members:
                if times := self._to[source][target]:
                    inside += times
                    channels.update(self._channels[source, target])
        touching = sum(self._all[member] for member in members)  # what is inside is counted at both ends
        if not inside:
            return 0, 0.0, ""
        channel, times = min(channels.items(), key=lambda one: (-one[1], one[0]))
        return inside, 2 * inside / touching, channel if times > MOSTLY * inside else ""


def circles(talk: Talk) -> Circles:
    """Both, for one window."""
    ties, between = _ties(talk), _Between(talk)
    return Circles(groups=tuple(_groups(ties, between)), circles=tuple(_cliques(ties, between)))


def _ties(talk: Talk) -> "nx.Graph[int]":
    """The mutual ties of those who have at least two: their 2-core, or a denser core where that is too large.

    S. B. Seidman, 'Network structure and minimum degree' (1983): whoever is in the k-core has k ties inside it. Of a
    core that is still too large as a whole, those with the lowest ids are kept.
    """
    ties = mutual(directed(talk.links, TALKING))
    if not ties:
        return ties
    depth: dict[int, int] = nx.core_number(ties)
    kept = sorted((member for member, core in depth.items() if core >= 2), key=lambda one: (-depth[one], one))
    return _ordered(ties, kept[:NODES])


def _ordered(ties: "nx.Graph[int]", members: Sequence[int]) -> "nx.Graph[int]":
    """The part of a graph among these, nodes and edges in the order of the ids: what is seeded depends on it."""
    chosen = set(members)
    part = nx.Graph()
    part.add_nodes_from(sorted(chosen))
    edges = [(*sorted(pair), ties.edges[pair]["weight"]) for pair in ties.edges if chosen.issuperset(pair)]
    part.add_weighted_edges_from(sorted(edges))
    return part


def _groups(ties: "nx.Graph[int]", between: _Between) -> Iterator[Group]:
    """Communities that mostly talk to each other.

    They are found by greedy modularity, as V. Blondel et al., 'Fast unfolding of communities in large networks' (2008),
    do it, with a fixed seed; `MOSTLY` then keeps those that a creator would call a group.
    """
    if not ties.number_of_edges():
        return
    found: list[Group] = []
    for community in nx.community.louvain_communities(ties, seed=SEED):
        if SMALLEST <= len(community) <= LARGEST:
            members = tuple(sorted(community))
            links, share, channel = between.within(members)
            if share >= MOSTLY and links >= OFTEN * len(members):
                found.append(Group(members, share, links, channel))
    yield from sorted(found, key=lambda one: (-len(one.members), -one.links, one.members))


def _cliques(ties: "nx.Graph[int]", between: _Between) -> Iterator[Circle]:
    """Maximal cliques of mutual ties, none of which shares more than half of its members with a larger one.

    They are listed by C. Bron and J. Kerbosch's algorithm (1973) with the pivot of E. Tomita et al. (2006).
    """
    cliques = [tuple(sorted(clique)) for clique in islice(nx.find_cliques(ties), CIRCLES) if len(clique) >= SMALLEST]
    shown: list[set[int]] = []
    for clique in sorted(cliques, key=lambda one: (-len(one), one))[:NODES]:
        if any(len(known.intersection(clique)) > len(clique) / 2 for known in shown):
            continue
        shown.append(set(clique))
        links, _, channel = between.within(clique)
        yield Circle(clique, links, channel)
