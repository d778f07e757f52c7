"""A member as the triggers and brakes see them, as of one instant; gathered by `bot/storage/nudges.py`."""

from datetime import datetime

from bot.engine.days import day_of
from bot.engine.points import zone_of
from bot.engine.rules import Rules
from bot.state import MemberState
from bot.words import Word


class Reach(Word, frozen=True):
    """An account by which a member can be reached; `started` says whether they opened a private chat with the bot."""

    platform: str
    space: str
    user: str
    name: str = ""
    started: bool = False


class Post(Word, frozen=True):
    """Something the member wrote: the event's key, the channel, when, and by which account."""

    key: str
    channel: str
    at: datetime
    platform: str
    space: str = ""
    user: str = ""


class Progress(Word, frozen=True):
    """How far a member is in a course: `done` parts of `of`, the latest at `last_at`."""

    id: int
    title: str
    done: int
    of: int
    last_at: datetime


class Contacted(Word, frozen=True):
    """A nudge that reached the member, is under way to them or was held back to compare, and when; `row` its number."""

    nudge: str
    at: datetime
    row: int = 0


class Person(Word, frozen=True):
    """Everything the triggers and brakes ask about a member.

    `dead` are surfaces that refused, as `platform:user:kind`; `contacts` the nudges of the last weeks. `risk` is how
    likely they are to leave (None: not known). `question` is a newcomer's message that nobody heeded, `spoke`
    the last message. `got` counts what they had of the last month by its kind; `offer` is the coupon that they can use.
    """

    member: int
    community: int
    name: str = ""
    state: MemberState = MemberState()
    reaches: tuple[Reach, ...] = ()
    dead: frozenset[str] = frozenset()
    contacts: tuple[Contacted, ...] = ()
    paid_at: datetime | None = None
    risk: float | None = None
    courses: tuple[Progress, ...] = ()
    question: Post | None = None
    spoke: Post | None = None
    got: dict[str, int] = {}
    answered_at: datetime | None = None
    offer: str = ""

    def zone(self, rules: Rules) -> str:
        """The name of the clock they live by."""
        return zone_of(self.state, rules)

    def today(self, rules: Rules, now: datetime) -> int:
        """The day (its ordinal) that it is for them."""
        return day_of(now, self.zone(rules))
