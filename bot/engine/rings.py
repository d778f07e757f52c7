"""Hints at reactions passed around: rings that give only to each other, and accounts that live for one member.

A hint is for a creator to look at, with its numbers. It accuses nobody, and nothing is done by it: friends may be just
such friends, and a quiet reader may have one favourite author.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from math import exp, log
from typing import NamedTuple

import networkx as nx

from bot.engine.social import KUDOS, TALKING, Kind, Talk
from bot.words import Word

RING = 12
"""Members of a ring at most."""
FAVOURITE = 0.1
"""Of all somebody gives, what a tie that may hold a ring together carries at least."""
GIVES, GETS = 0.8, 0.6
"""Of what each in a ring gives, and of what each gets, the shares that stay in it at least."""
WARM, EAGER = 0.25, 0.5
"""Of each other's messages, the share a ring gave something for, at least: anywhere, and in a channel of its own."""
VOLUME = 10
"""Reactions, thanks and accepted answers each gives and gets at least, to be spoken of at all."""
UNLIKELY = 0.001
"""How likely chance may do as much at most, after allowing for all that were looked at (Bonferroni)."""
ANYWHERE = ""
"""The channel of what is known to have happened in none: all of them as one."""
QUIET = 0.34
"""Messages of a satellite at most, for each thing it gave: it writes little and gives much."""
WORTH = 0.1
"""Of all its star gets, what a satellite gives at least: many quiet readers of one author are no satellites."""
TOGETHER = timedelta(days=2)
"""How far apart a satellite and its star were first heard of at most, to have come together."""
RARE = 0.1
"""The share of members who came so near to the star, at most, for it to say anything."""
COMPANY = 0.9
"""Of the hours in which a satellite did anything, the share in which its star did too, at least."""


class Ring(NamedTuple):
    """`members` gave each other `inside` of the `given` they gave and the `received` they got.

    Chance, giving to each in proportion to their messages in the same channels, does that at most so often as `chance`
    says. `eager` is the share of each other's messages that they gave something for, `outside` how often they talked
    with anybody else.
    """

    members: tuple[int, ...]
    inside: int
    given: int
    received: int
    eager: float
    outside: int
    chance: float


class Satellite(NamedTuple):
    """`member` gave `to_star` of the `given` to `star`, wrote `posts` messages, and talks with nobody else.

    `came_together` is how far apart they were first heard of, where that is near and rare; `hours_shared` the share of
    its hours in which the star was active, where that is nearly all and more than chance.
    """

    member: int
    star: int
    to_star: int
    given: int
    posts: int
    chance: float
    came_together: timedelta | None
    hours_shared: float | None


class Suspects(Word, frozen=True):
    """What was hinted at, the most given first."""

    rings: tuple[Ring, ...] = ()
    satellites: tuple[Satellite, ...] = ()


class _Ledger:
    """Who gave what to whom, who wrote how much, and who talked with whom."""

    def __init__(self, talk: Talk, kinds: Collection[Kind]) -> None:
        self.gave: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self.got: Counter[int] = Counter()
        self.partners: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self._where: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self._written: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for post in talk.posts:
            self._written[post.place.channel][post.member] += 1
        self._written[ANYWHERE] = self.posts = Counter(post.member for post in talk.posts)
        self._totals = {channel: by.total() for channel, by in self._written.items()}
        for link in talk.links:
            if link.kind in kinds:
                self.gave[link.source][link.target] += 1
                self.got[link.target] += 1
                channel = link.place.channel
                self._where[link.source][channel if channel in self._totals else ANYWHERE] += 1
            if link.kind in TALKING:
                self.partners[link.source][link.target] += 1
                self.partners[link.target][link.source] += 1

    def expected(self, giver: int, takers: Collection[int]) -> float:
        """The share of what somebody gives that goes to `takers` by chance: by what others write where they give.

        In each channel a message is as good as any other; so whoever is in a small channel gives to those few who are
        there, and a reader of announcements to who makes them. Each author counts one message more than they wrote.
        """
        there = self._where[giver]
        return sum(n * self.likely(giver, takers, channel) for channel, n in there.items()) / there.total()

    def likely(self, giver: int, takers: Collection[int], channel: str) -> float:
        """The same for what is given in one channel."""
        by = self._written[channel]
        others = self._totals[channel] - by[giver] + len(by) - (giver in by)
        return min(1.0, sum(by[one] + 1 for one in takers if one != giver) / max(others, 1))

    def messages(self, members: Collection[int]) -> int:
        """How often each of them might have given something for a message of another."""
        return sum(self.posts[one] for one in members) * (len(members) - 1)

    def talk_outside(self, members: Collection[int]) -> int:
        """Replies and mentions, either way, between these and anybody else."""
        return sum(n for one in members for other, n in self.partners[one].items() if other not in members)


def suspects(talk: Talk, kinds: Collection[Kind] = KUDOS) -> Suspects:
    """Rings and satellites among whoever gave and got what `kinds` says."""
    ledger = _Ledger(talk, kinds)
    rings = sorted(_rings(ledger), key=lambda one: (-one.inside, one.members))
    ringed = {member for ring in rings for member in ring.members}
    satellites = [one for one in _satellites(talk, ledger) if one.member not in ringed]
    return Suspects(
        rings=tuple(rings), satellites=tuple(sorted(satellites, key=lambda one: (-one.to_star, one.member)))
    )


def tail(successes: int, trials: int, likely: float) -> float:
    """An upper bound of the chance of so many successes or more, in trials of mean probability `likely`.

    W. Hoeffding, 'Probability inequalities for sums of bounded random variables' (1963), theorem 1:
    P[X ≥ k] ≤ exp(−n · KL(k/n ‖ p)) for k/n ≥ p, KL(q ‖ p) = q ln(q/p) + (1 − q) ln((1 − q)/(1 − p)); it holds though
    the trials differ in their probabilities. 1 where k/n is not above p.
    """
    if trials == 0 or successes <= likely * trials or likely >= 1:
        return 1.0
    if likely <= 0:
        return 0.0
    share = successes / trials
    rest = 0.0 if share >= 1 else (1 - share) * log((1 - share) / (1 - likely))
    return exp(-trials * (share * log(share / likely) + rest))


def _rings(ledger: _Ledger) -> Iterator[Ring]:
    """Sets of members whose favourites are each other, and who keep to themselves.

    Candidates are the strongly connected components of the graph of favourites (who carries at least `FAVOURITE` of
    what somebody gives): whoever only gives to a ring, or only gets from it, is not in it.
    """
    favourites = nx.DiGraph()
    for giver, takers in ledger.gave.items():
        total = takers.total()
        if total >= VOLUME:
            favourites.add_edges_from((giver, taker) for taker, n in takers.items() if n >= FAVOURITE * total)
    candidates = [one for one in nx.strongly_connected_components(favourites) if 2 <= len(one) <= RING]
    for members in candidates:
        ring = _ring(ledger, tuple(sorted(members)), len(candidates))
        if ring is not None and ring.chance <= UNLIKELY:
            yield ring


def _ring(ledger: _Ledger, members: tuple[int, ...], tried: int) -> Ring | None:
    inside, expected, anywhere = 0, 0.0, 0.0
    for one in members:
        given, got = ledger.gave[one].total(), ledger.got[one]
        stays = sum(ledger.gave[one][other] for other in members)
        comes = sum(ledger.gave[other][one] for other in members)
        if min(given, got) < VOLUME or stays < GIVES * given or comes < GETS * got:
            return None
        inside += stays
        expected += given * ledger.expected(one, members)
        anywhere += given * ledger.likely(one, members, ANYWHERE)
    given = sum(ledger.gave[one].total() for one in members)
    received = sum(ledger.got[one] for one in members)
    eager = min(1.0, inside / max(ledger.messages(members), 1))
    if eager < WARM:
        return None
    if eager >= EAGER:  # in a channel of their own they can only give to each other, but need not give for everything
        expected = min(expected, anywhere)
    chance = min(1.0, tried * tail(inside, given, expected / given))
    return Ring(members, inside, given, received, eager, ledger.talk_outside(members), chance)


def _satellites(talk: Talk, ledger: _Ledger) -> Iterator[Satellite]:
    """Accounts that give nearly all to one member, write little, talk with nobody else, and come and go with them.

    All but the last is true of many a quiet reader, so that one of the two signs of time must be there as well: that
    they came together, or keep the same hours. Both are compared with how others came and with the star's own hours.
    """
    givers = [one for one, takers in ledger.gave.items() if takers.total() >= VOLUME]
    hours: dict[int, set[int]] | None = None
    for member in sorted(givers):
        takers = ledger.gave[member]
        star, to_star = min(takers.items(), key=lambda one: (-one[1], one[0]))
        given, posts = takers.total(), ledger.posts[member]
        chance = min(1.0, len(givers) * tail(to_star, given, ledger.expected(member, (star,))))
        talked = ledger.partners[member].total() - ledger.partners[member][star]
        devoted = to_star >= GIVES * given and to_star >= WORTH * ledger.got[star] and chance <= UNLIKELY
        if not devoted or posts > QUIET * given or talked > 0:
            continue
        hours = _hours(talk) if hours is None else hours
        came, shared = _came_together(talk, member, star), _hours_shared(hours, member, star)
        if came is not None or shared is not None:
            yield Satellite(member, star, to_star, given, posts, chance, came, shared)


def _came_together(talk: Talk, member: int, star: int) -> timedelta | None:
    """How far apart two were first heard of, if that is near, and few members came so near to the second."""
    began = sorted(one.since for one in talk.members.values())
    middle = talk.members[star].since
    apart = abs(talk.members[member].since - middle)
    others = bisect_right(began, middle + apart) - bisect_left(began, middle - apart) - 2
    near = apart <= TOGETHER and others <= RARE * max(len(began) - 2, 1)
    return apart if near else None


def _hours(talk: Talk) -> dict[int, set[int]]:
    """The hours, counted from 1970, in which each member wrote or gave anything."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for post in talk.posts:
        found[post.member].add(_hour(post.at))
    for link in talk.links:
        found[link.source].add(_hour(link.at))
    return dict(found)


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // 3600


def _hours_shared(hours: dict[int, set[int]], member: int, star: int) -> float | None:
    """The share of a member's hours in which the star was active, if it is nearly all, and more than chance gives.

    Chance is how much of the hours, in which anybody was active while the member was about, were the star's.
    """
    own, theirs = hours[member], hours.get(star, set())
    first, last = min(own), max(own)
    everybody = {hour for active in hours.values() for hour in active if first <= hour <= last}
    usual = len(theirs & everybody) / len(everybody)
    both = len(own & theirs)
    rare = tail(both, len(own), usual) <= UNLIKELY
    return both / len(own) if rare and both >= COMPANY * len(own) else None
