"""Who does what to whom: the members of a community as a graph, drawn from the log.

`bot/storage/links.py` reads a `Talk` (messages, links, members); what is asked of it is next door: `centrality` (who
connects, answers, is followed), `unheard` (whom nobody answered), `groups` (who keeps to whom) and `rings` (hints at
reactions passed around). A new kind of link is an entry in `WEIGHTS` and one in `KINDS` of `bot/storage/links.py`.

What there are hundred thousands of is a `Word`: the garbage collector walks over no words, and while it walks, the
event loop stands still, whatever thread it walks for.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import networkx as nx

from bot.words import Word

Kind = Literal["reply", "mention", "reaction", "thanks", "accepted"]
WEIGHTS: dict[Kind, float] = {"reply": 1, "mention": 1, "reaction": 0.5, "thanks": 2, "accepted": 3}
"""What one link of each kind weighs, against a reply. The window is the decay: what is older is nothing."""
TALKING: frozenset[Kind] = frozenset({"reply", "mention"})
KUDOS: frozenset[Kind] = frozenset({"reaction", "thanks", "accepted"})
"""What earns points or standing for whoever it is given to."""
SOON = timedelta(hours=24)
"""A mention answers what its target asked in the same place at most so long before."""


class Place(NamedTuple):
    """Where something was said: a channel by its id, and the thread or topic in it, '' where there is none."""

    channel: str
    topic: str


NOWHERE = Place("", "")


class Post(Word, frozen=True):
    """A message: whose it is, when and where it was written, whether it asks and whether it is a reply."""

    key: str
    member: int
    at: datetime
    place: Place
    question: bool
    reply: bool


class Link(Word, frozen=True):
    """What `source` did to `target`: to their message `of` ('' for a mention), by a message of their own (`by`, or '').

    `question` says whether `of` asks. A reaction counts once for each giver and message, whatever the emoji.
    """

    source: int
    target: int
    kind: Kind
    at: datetime
    of: str
    by: str
    place: Place
    question: bool


class Seen(NamedTuple):
    """A member: when they were first heard of, and when they first wrote (None: never)."""

    since: datetime
    first: datetime | None


class Talk(Word, frozen=True):
    """What a community said and did from `since` on: posts and links, oldest first, and all its members by id.

    `cut` says that there was more than can be looked at, so that `since` is later than was asked for.
    """

    since: datetime
    posts: tuple[Post, ...] = ()
    links: tuple[Link, ...] = ()
    members: dict[int, Seen] = {}
    cut: bool = False


class Answer(Word, frozen=True):
    """That the message `by` of `answerer` answers the question `of` of `asker`; `inferred` from a mention alone."""

    asker: int
    answerer: int
    of: str
    by: str
    inferred: bool


def directed(links: Iterable[Link], kinds: Collection[Kind] = tuple(WEIGHTS)) -> "nx.DiGraph[int]":
    """The graph of whoever did something to whoever it was done to; `weight` is the sum of `WEIGHTS`.

    Members whom nothing links are not in it, so they change nobody's figures. Nodes and edges are in the order of the
    ids: the same links in another order give the same graph, and sums that are equal to the last bit.
    """
    counts: defaultdict[tuple[int, int], defaultdict[Kind, int]] = defaultdict(lambda: defaultdict(int))
    for link in links:
        if link.kind in kinds and link.source != link.target:
            counts[link.source, link.target][link.kind] += 1
    return weighted({pair: sum(WEIGHTS[k] * n[k] for k in WEIGHTS if k in n) for pair, n in counts.items()})


def weighted(edges: dict[tuple[int, int], float]) -> "nx.DiGraph[int]":
    """A directed graph of {(source, target): weight}, nodes and edges in the order of the ids."""
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted({node for pair in edges for node in pair}))
    graph.add_weighted_edges_from((*pair, edges[pair]) for pair in sorted(edges))
    return graph


def mutual(graph: "nx.DiGraph[int]") -> "nx.Graph[int]":
    """Those who did something to each other, both ways; `weight` is the sum of both."""
    both = nx.Graph()
    for source, target, weight in graph.edges(data="weight"):
        if source < target and graph.has_edge(target, source):
            both.add_edge(source, target, weight=weight + graph[target][source]["weight"])
    return both


def either(graph: "nx.DiGraph[int]") -> "nx.Graph[int]":
    """Those of whom one did something to the other; `weight` is the sum of both ways."""
    any_way = nx.Graph()
    any_way.add_nodes_from(graph)
    for source, target, weight in graph.edges(data="weight"):
        if not any_way.has_edge(source, target):
            back = graph[target][source]["weight"] if graph.has_edge(target, source) else 0
            any_way.add_edge(source, target, weight=weight + back)
    return any_way


def answers(talk: Talk) -> list[Answer]:
    """All answers, in the order they were given.

    A reply to a question is one. Where people talk without replying (plain chat, archives), so is a mention of the
    asker in the same place within `SOON` of the latest question they asked there; adjacency alone is no answer.
    """
    asked: defaultdict[tuple[int, Place], list[tuple[datetime, str]]] = defaultdict(list)
    for post in talk.posts:
        if post.question:
            asked[post.member, post.place].append((post.at, post.key))
    found: list[Answer] = []
    for link in talk.links:
        if link.kind == "reply" and link.question:
            found.append(Answer(link.target, link.source, link.of, link.by, inferred=False))
        elif link.kind == "mention":
            questions = asked.get((link.target, link.place), [])
            before = bisect_right(questions, link.at, key=lambda one: one[0])
            if before and link.at - questions[before - 1][0] <= SOON:
                found.append(Answer(link.target, link.source, questions[before - 1][1], link.by, inferred=True))
    return found


def answering(talk: Talk) -> "nx.DiGraph[int]":
    """Whoever asked → whoever answered: 1 for each question answered, and the weight of what the answer was given.

    An accepted answer, and thanks for one, count from the asker whose question it answers. An answer that was accepted
    though it replies to no known question counts from whoever accepted it.
    """
    given = answers(talk)
    asker = {answer.by: answer.asker for answer in given}
    edges: defaultdict[tuple[int, int], float] = defaultdict(float)
    for who in {(answer.asker, answer.answerer, answer.of) for answer in given}:
        edges[who[:2]] += 1
    for link in talk.links:
        if link.kind in ("thanks", "accepted"):
            source = asker.get(link.of, link.source if link.kind == "accepted" else link.target)
            if source != link.target:
                edges[source, link.target] += WEIGHTS[link.kind]
    return weighted(edges)
