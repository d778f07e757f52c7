"""The tables of the rules about taking part: what is worth how much, what is not counted, streaks, badges, the shop."""

from datetime import date
from typing import Annotated

import msgspec

from bot.engine.strict import Amount, Days, Name, Share, Strict
from bot.pictures.themes import DEFAULT

Seconds = Annotated[int, msgspec.Meta(ge=0, le=86_400)]


class Earning(Strict, frozen=True):
    """A way to earn: worth `points`, or from those `to` so many; no more than `cap` a day (0: no limit)."""

    points: Amount = 0
    to: Amount = 0
    cap: Amount = 0

    @property
    def span(self) -> tuple[int, int]:
        """The least and the most it is worth."""
        return self.points, self.to or self.points


class MessageEarning(Earning, frozen=True):
    """As every way to earn; and of the messages within `cooldown` seconds only the first is worth anything."""

    cooldown: Seconds = 60


class EarnRules(Strict, frozen=True):
    """Every way to earn. What a message is worth within its span follows from the message's own id.

    `message`, `reply` (to somebody else), `checkin`, `attendance` and `content` (finished) are activity. `reaction`,
    `thanks`, `answer` (accepted) and `invite` (somebody who stayed) are quality: others give them. `purchase` gives
    coins alone, for each charge: money does not buy rank.
    """

    message: MessageEarning = MessageEarning(points=15, to=25, cap=2_000)
    reply: Earning = Earning(points=5, cap=200)
    checkin: Earning = Earning(points=20)
    attendance: Earning = Earning(points=50, cap=150)
    content: Earning = Earning(points=30, cap=300)
    reaction: Earning = Earning(points=5, cap=150)
    thanks: Earning = Earning(points=20, cap=200)
    answer: Earning = Earning(points=100, cap=1_000)
    invite: Earning = Earning(points=100, cap=500)
    purchase: Earning = Earning(points=0)


class Multiplier(Strict, frozen=True):
    """What is written in `channel`, or by who has `role` (ids of the platform), is worth `factor` times as much.

    0 is nothing. Of several for a member's roles the greatest holds, unless one is 0; channel and role are multiplied.
    `name` is what channel or role is called before people.
    """

    channel: str = ""
    role: str = ""
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    factor: Annotated[float, msgspec.Meta(ge=0, le=10)] = 1.0


class GuardRules(Strict, frozen=True):
    """What keeps points from being farmed (`bot/engine/guard.py` says how it is measured); `on` = false is not at all.

    A message counts with at least `tokens` words or `length` characters, with `distinct` of its words different, not
    more than `similar` like one of the last five and not the same as one of the last `memory`. Somebody of whose words
    fewer than `common` are everyday ones writes word salad, and somebody of whose words fewer than `fresh` were not
    used just before says the same over and over. More than `burst` messages in a minute are a flood. `even` messages
    at much the same distance are a clockwork. What the same giver gives again within a week is worth `decay` times as
    much each time. 0 turns a check off.
    """

    on: bool = True
    tokens: Amount = 2
    length: Amount = 2
    distinct: Share = 0.4
    similar: Share = 0.7
    memory: Annotated[int, msgspec.Meta(ge=0, le=64)] = 64
    common: Share = 0.08
    fresh: Share = 0.2
    burst: Amount = 20
    even: Amount = 6
    decay: Share = 0.5


class StreakRules(Strict, frozen=True):
    """A streak outlives `freezes` missed days in every thirty."""

    freezes: Annotated[int, msgspec.Meta(ge=0, le=10)] = 2


class PrestigeRules(Strict, frozen=True):
    """From `level` on a member may begin again at level 0, with a star; 0 is never."""

    level: Amount = 0


class ShopRules(Strict, frozen=True):
    """Coins that come with each point earned by taking part."""

    coins_per_point: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.1


class BoardRules(Strict, frozen=True):
    """The week's winners: so many places, announced or not, and the days the crown is theirs.

    Who is level shares a place; more than three for each place have won nothing by that.
    """

    winners: Annotated[int, msgspec.Meta(ge=0, le=10)] = 1
    announce: bool = True
    crown_days: Days = 7


class CardRules(Strict, frozen=True):
    """How pictures look: a `theme` by its name, with an `accent` and a `background` ('#rrggbb') in place of its own."""

    theme: str = DEFAULT
    accent: str = ""
    background: str = ""


class Badge(Strict, frozen=True):
    """A badge of the creator's: won when `metric` (`bot/engine/badges.py`) comes to `goal`.

    A `secret` one is not shown before, a `quiet` one not told of. With `since` and `until` (the first day after) it
    counts what was done in that season.
    """

    name: Name
    metric: str
    goal: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
    title: Annotated[str, msgspec.Meta(max_length=64)] = ""
    about: Annotated[str, msgspec.Meta(max_length=255)] = ""
    emoji: Annotated[str, msgspec.Meta(max_length=16)] = "🏅"
    secret: bool = False
    quiet: bool = False
    since: date | None = None
    until: date | None = None
