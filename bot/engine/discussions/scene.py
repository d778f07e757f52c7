"""Who wrote where, heard message by message, and what speaks for each discussion that somebody is not in yet.

Four things do, each a number by discussion, standardised over the candidates of the moment before they are added:

- heat: log of Σ 2^(−age / half-life) over the messages of others;
- place: log of how much of their own writing was in its channel (smoothed, old messages counting less);
- people: log of Σ over those who wrote in it, over the root of how many these are, of how like them they are: that is
  Adamic and Adar's Σ 1 / ln(1 + people) over the discussions both are in ('Friends and neighbors on the Web', 2003),
  divided by how many the other is in, so that who is everywhere is like nobody;
- content: the cosine of its title to those of the discussions they wrote in.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import log, sqrt
from typing import Literal, NamedTuple, get_args

import numpy as np

from bot.engine.recommend.past import Floats, Matrix

DAY = 86_400_000_000
"""Microseconds."""
WINDOW = 14 * DAY
"""A discussion is going on while its latest message is younger."""
HALF_LIFE = 2 * DAY
PLACE_HALF_LIFE = 60 * DAY
SMOOTHED = 0.01
"""What a channel somebody never wrote in counts, against all of their writing."""
CROWD = 1_000
"""Being in the same discussion as so many says nothing about two of them."""
NOTHING = 1e-9
"""What is left of a sum whose parts were all taken out again, by the limits of numbers."""
Part = Literal["heat", "place", "people", "content"]
PARTS: tuple[Part, ...] = get_args(Part)
LEAST = (0.5, 0.5, 0.5, 0.05)
"""The spread of each that a difference is measured by at least: a message a minute earlier makes no discussion cold."""


class Features(NamedTuple):
    """What speaks for each of `spots` (numbers of discussions): a row each, the columns `PARTS`, standardised."""

    spots: tuple[int, ...]
    values: Floats


class _Fading:
    """A sum whose parts halve in value every `half_life`."""

    __slots__ = ("at", "value")

    def __init__(self) -> None:
        self.value, self.at = 0.0, 0

    def add(self, at: int, half_life: int) -> None:
        if at >= self.at:
            self.value = self.value * 2.0 ** ((self.at - at) / half_life) + 1.0 if self.value else 1.0
            self.at = at
        else:
            self.value += 2.0 ** ((at - self.at) / half_life)

    def take(self, at: int, half_life: int) -> None:
        self.value -= 2.0 ** ((at - self.at) / half_life)
        if self.value < NOTHING:
            self.value = 0.0

    def now(self, at: int, half_life: int) -> float:
        return self.value * float(2.0 ** ((self.at - at) / half_life))


class Scene:
    """The discussions of a community: `channel` says for each in which it is, `titles` what they are called, or None.

    Messages are heard one after the other, in the order of time; one that comes late does no harm. `titles` has a row
    of length 1 (or 0) for each. Of discussions that begin, `channel` may grow, and `rename` is told all titles.
    """

    def __init__(self, channel: Sequence[int], titles: Matrix | None = None, half_life: int = HALF_LIFE) -> None:
        self._channel, self._titles, self._half_life = channel, titles, half_life
        self._last: dict[int, int] = {}
        self._heat: defaultdict[int, _Fading] = defaultdict(_Fading)
        self._place: defaultdict[tuple[int, int], _Fading] = defaultdict(_Fading)
        self._whole: defaultdict[int, _Fading] = defaultdict(_Fading)
        self._in: defaultdict[int, dict[int, int]] = defaultdict(dict)
        self._of: defaultdict[int, dict[int, int]] = defaultdict(dict)

    def hear(self, at: int, member: int, spot: int) -> None:
        """A member wrote in a discussion, at microseconds since 1970."""
        self._last[spot] = max(at, self._last.get(spot, 0))
        self._heat[spot].add(at, self._half_life)
        self._place[member, self._channel[spot]].add(at, PLACE_HALF_LIFE)
        self._whole[member].add(at, PLACE_HALF_LIFE)
        self._in[spot][member] = self._in[spot].get(member, 0) + 1
        self._of[member][spot] = self._of[member].get(spot, 0) + 1

    def forget(self, at: int, member: int, spot: int, last: int) -> None:
        """A message that was heard is gone; `last` is when somebody wrote there last without it (0: never)."""
        self._heat[spot].take(at, self._half_life)
        self._place[member, self._channel[spot]].take(at, PLACE_HALF_LIFE)
        self._whole[member].take(at, PLACE_HALF_LIFE)
        for counts, one in ((self._in[spot], member), (self._of[member], spot)):
            counts[one] -= 1
            if not counts[one]:
                del counts[one]
        if last:
            self._last[spot] = last
        else:
            del self._last[spot]

    def rename(self, titles: Matrix | None) -> None:
        """What the discussions are called now, one more for each that was begun since."""
        self._titles = titles

    def inside(self, member: int) -> dict[int, int]:
        """The discussions a member wrote in, and how often."""
        return self._of.get(member, {})

    def people(self, spot: int) -> dict[int, int]:
        """Who wrote in a discussion, and how often."""
        return self._in.get(spot, {})

    def last(self, spot: int) -> int:
        """When somebody wrote in it last; 0 for never."""
        return self._last.get(spot, 0)

    def open_to(self, member: int, now: int) -> tuple[int, ...]:
        """The discussions that go on and that the member is not in, in the order of their numbers."""
        mine = self._of.get(member, {})
        return tuple(sorted(spot for spot, at in self._last.items() if spot not in mine and now - WINDOW < at <= now))

    def features(self, member: int, now: int) -> Features:
        """What speaks for each discussion that is open to the member."""
        spots = self.open_to(member, now)
        if not spots:
            return Features((), np.zeros((0, len(PARTS))))
        parts = (
            [log(self._heat[spot].now(now, self._half_life) + 1e-9) for spot in spots],
            self._places(member, spots, now),
            self._alike(member, spots),
            self._content(member, spots),
        )
        standard = [_standard(np.asarray(part, np.float64), least) for part, least in zip(parts, LEAST, strict=True)]
        return Features(spots, np.column_stack(standard))

    def _places(self, member: int, spots: Sequence[int], now: int) -> list[float]:
        whole = self._whole[member].now(now, PLACE_HALF_LIFE) if member in self._whole else 0.0
        found = []
        for spot in spots:
            own = self._place.get((member, self._channel[spot]))
            here = own.now(now, PLACE_HALF_LIFE) if own else 0.0
            found.append(log(SMOOTHED + (here / whole if whole else 0.0)))
        return found

    def nearest(self, member: int) -> dict[int, float]:
        """How like the member everybody is who is in a discussion with them."""
        found: defaultdict[int, float] = defaultdict(float)
        for spot in self._of.get(member, ()):
            people = self._in[spot]
            if 1 < len(people) <= CROWD:
                tie = 1 / log(1 + len(people))
                for other in people:
                    found[other] += tie
        found.pop(member, None)
        return {other: tie / len(self._of[other]) for other, tie in found.items()}

    def _alike(self, member: int, spots: Sequence[int]) -> list[float]:
        near = self.nearest(member)
        people = [self._in[spot] for spot in spots]
        return [log(1e-3 + sum(near.get(one, 0.0) for one in there) / sqrt(len(there))) for there in people]

    def _content(self, member: int, spots: Sequence[int]) -> Floats:
        mine = list(self._of.get(member, ()))
        if self._titles is None or not mine:
            return np.zeros(len(spots))
        profile = np.asarray(self._titles[mine].sum(axis=0)).ravel()
        length = float(np.sqrt(profile @ profile))
        return np.asarray(self._titles[list(spots)] @ profile).ravel() / (length or 1.0)


def _standard(values: Floats, least: float) -> Floats:
    return np.asarray((values - values.mean()) / max(float(values.std()), least))
