"""Who holds a community together: who connects, who answers, whom others follow, who starts conversations.

Each ranking is a tuple of lines with the numbers that say why, best first; equals stand in the order of their ids.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import networkx as nx

from bot.engine.social import TALKING, Answer, Kind, Link, Talk, answering, answers, directed, either
from bot.words import Word

DAMPING = 0.85
"""Brin and Page's: how likely a walk goes on along the links, instead of beginning anew anywhere."""
EXACT = 300
"""Members up to whom betweenness is computed from everybody; above, from a sample that the cost below allows."""
STEPS = 1_500_000
"""Edges and nodes walked over at most, in all, to compute betweenness of more than `EXACT` members."""
LEAST_SAMPLE = 20
SEED = 4
"""Of the sample: the same graph always gives the same figures."""
NOISE = 1e-9
"""Scores nearer than this are equal: what differs is the order of the sums."""


class Connector(NamedTuple):
    """`share` of the shortest ways between two others lead through the member, who talks with `partners` people."""

    member: int
    share: float
    partners: int


class Answerer(NamedTuple):
    """`score` is the PageRank; they answered `questions` of `askers` people, and were accepted and thanked so often."""

    member: int
    score: float
    questions: int
    askers: int
    accepted: int
    thanks: int


class Followed(NamedTuple):
    """`score` is the PageRank; `people` replied to them, mentioned them or reacted to them, `times` in all."""

    member: int
    score: float
    people: int
    times: int


class Starter(NamedTuple):
    """`started` conversations that at least two others joined by replying, `people` in all."""

    member: int
    started: int
    people: int


class Rankings(Word, frozen=True):
    """All of them, for one window."""

    connectors: tuple[Connector, ...] = ()
    answerers: tuple[Answerer, ...] = ()
    followed: tuple[Followed, ...] = ()
    starters: tuple[Starter, ...] = ()


class Position(Word, frozen=True):
    """Where one member stands in the graph: ranks from 1 (None: in no such ranking), and whom they have to do with."""

    connects: int | None = None
    answers: int | None = None
    followed: int | None = None
    starts: int | None = None
    partners: int = 0
    answered: int = 0
    followers: int = 0


def rankings(talk: Talk) -> Rankings:
    """Everybody's place. Some seconds of a processor at 200,000 messages: call it in a thread."""
    return Rankings(
        connectors=connectors(talk), answerers=answerers(talk), followed=followed(talk), starters=starters(talk)
    )


def connectors(talk: Talk) -> tuple[Connector, ...]:
    """Who connects people: betweenness in the graph of replies and mentions, whichever way they go.

    L. C. Freeman, 'A set of measures of centrality based on betweenness' (1977): the sum over pairs s, t of
    σ(s, t | v) / σ(s, t), σ the number of shortest ways and of those through v, divided by the number of pairs without
    v, (n − 1)(n − 2) / 2. A tie is as short as any other, however much passes over it. Computed by U. Brandes'
    algorithm (2001), above `EXACT` members from k sources drawn with a fixed seed (Brandes and Pich, 2007), as many
    as `STEPS` allow and at least `LEAST_SAMPLE`. Members between nobody are not listed.
    """
    graph = either(directed(talk.links, TALKING))
    if len(graph) < 3:
        return ()
    sample = None if len(graph) <= EXACT else max(LEAST_SAMPLE, STEPS // (len(graph) + graph.number_of_edges()))
    if sample is not None and sample >= len(graph):
        sample = None
    shares: Mapping[int, float] = nx.betweenness_centrality(graph, k=sample, seed=SEED)
    found = [Connector(member, share, graph.degree(member)) for member, share in shares.items() if share > NOISE]
    return tuple(sorted(found, key=lambda one: (-round(one.share, 9), one.member)))


def answerers(talk: Talk) -> tuple[Answerer, ...]:
    """Who answers: PageRank on the graph of whoever asked → whoever answered (`bot.engine.social.answering`).

    J. Zhang, M. Ackerman and L. Adamic, 'Expertise networks in online communities' (2007), call it ExpertiseRank:
    ER(a) = (1 − d)/n + d · Σ ER(u) · w(u, a) / w(u) over those u whom a answered; so answering many people counts, and
    answering those who answer others counts most. Only who answered somebody is listed.
    """
    graph = answering(talk)
    scores, counted = pagerank(graph), _answered(answers(talk))
    got = _received(talk.links)
    found = [
        Answerer(member, scores[member], *counted.get(member, (0, 0)), *got.get(member, (0, 0)))
        for member in graph
        if graph.in_degree(member)
    ]
    return tuple(sorted(found, key=lambda one: (-round(one.score, 9), one.member)))


def followed(talk: Talk) -> tuple[Followed, ...]:
    """Whom others follow: PageRank on the graph of all that members do to each other's messages.

    S. Brin and L. Page, 'The anatomy of a large-scale hypertextual web search engine' (1998):
    PR(a) = (1 − d)/n + d · Σ PR(u) · w(u, a) / w(u) over those u who replied to, mentioned, reacted to or thanked a.
    """
    graph, times = directed(talk.links), defaultdict[int, int](int)
    for link in talk.links:
        times[link.target] += 1
    scores = pagerank(graph)
    found = [
        Followed(member, scores[member], people, times[member])
        for member in graph
        if (people := graph.in_degree(member))
    ]
    return tuple(sorted(found, key=lambda one: (-round(one.score, 9), one.member)))


def starters(talk: Talk) -> tuple[Starter, ...]:
    """Who starts conversations: messages that reply to nothing and to which at least two others replied."""
    opened = {post.key for post in talk.posts if not post.reply}
    joined: defaultdict[int, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for link in talk.links:
        if link.kind == "reply" and link.of in opened:
            joined[link.target][link.of].add(link.source)
    found: list[Starter] = []
    for member, threads in joined.items():
        crowds = [people for people in threads.values() if len(people) >= 2]
        if crowds:
            found.append(Starter(member, len(crowds), len(set[int]().union(*crowds))))
    return tuple(sorted(found, key=lambda one: (-one.started, -one.people, one.member)))


def pagerank(graph: "nx.DiGraph[int]") -> dict[int, float]:
    """PageRank by weight, with `DAMPING`; they add up to 1. A member without links to others passes to everybody."""
    found: dict[int, float] = nx.pagerank(graph, alpha=DAMPING, tol=1e-10, max_iter=1000) if len(graph) else {}
    return found


def _answered(given: Iterable[Answer]) -> dict[int, tuple[int, int]]:
    """(questions, askers) by who answered."""
    questions, askers = defaultdict[int, set[str]](set), defaultdict[int, set[int]](set)
    for answer in given:
        questions[answer.answerer].add(answer.of)
        askers[answer.answerer].add(answer.asker)
    return {member: (len(questions[member]), len(askers[member])) for member in questions}


def _received(links: Iterable[Link]) -> dict[int, tuple[int, int]]:
    """(accepted answers, thanks) by who received them."""
    counts: defaultdict[int, dict[Kind, int]] = defaultdict(lambda: {"accepted": 0, "thanks": 0})
    for link in links:
        if link.kind in ("accepted", "thanks"):
            counts[link.target][link.kind] += 1
    return {member: (both["accepted"], both["thanks"]) for member, both in counts.items()}


def position(ranked: Rankings, member: int) -> Position:
    """Where a member stands. Equal scores have ranks of their own, in the order of the rankings."""
    connects = _place(ranked.connectors, member)
    helps = _place(ranked.answerers, member)
    leads = _place(ranked.followed, member)
    return Position(
        connects=connects,
        answers=helps,
        followed=leads,
        starts=_place(ranked.starters, member),
        partners=ranked.connectors[connects - 1].partners if connects else 0,
        answered=ranked.answerers[helps - 1].questions if helps else 0,
        followers=ranked.followed[leads - 1].people if leads else 0,
    )


def _place(lines: Iterable[Connector | Answerer | Followed | Starter], member: int) -> int | None:
    return next((number for number, line in enumerate(lines, 1) if line.member == member), None)
