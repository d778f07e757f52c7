"""The state of a member: one frozen part for each policy, composed.

A policy reads what it likes and returns only its own part. To add a policy, add its part here with a default for every
field: old states in the database then read as before.
"""

from datetime import date, datetime

from bot.sales import Subscription
from bot.words import Word


class Giver(Word, frozen=True, array_like=True):
    """Somebody who gave the member something lately: `who` as a number, `times` within a week of the day `since`.

    `last` is the message it was for the last time, as a number.
    """

    who: int
    since: int
    times: int
    last: int = 0


class Guard(Word, frozen=True):
    """What is remembered of a member's last messages to tell taking part from farming (`bot/engine/guard.py`).

    `verdict` is why the last message was worth nothing; '' if it was worth something. Instants are milliseconds since
    1970. `paid` are the last at which one was worth something. `burst` messages came since `burst_at`, the
    `last` one then. The last `beat` (after a silence) was `gap` ms after the one before, and `even` says how much this
    looks like a clockwork.

    The rest is about the texts of messages that were in time, in prints, a character each: of the words in the last
    few `texts`, of what more of them were made of (`copies`), and of the words last `used`. Of `words` lately written
    `common` were everyday ones; `stale` says how long there was little in them that had not been used just before.
    """

    verdict: str = ""
    paid: tuple[int, ...] = ()
    burst: int = 0
    burst_at: int = 0
    last: int = 0
    beat: int = 0
    gap: int = 0
    even: int = 0
    texts: tuple[str, ...] = ()
    copies: str = ""
    used: str = ""
    words: int = 0
    common: int = 0
    stale: int = 0


class Engagement(Word, frozen=True):
    """What the member has done: counts, points, and when they were first and last active.

    `points` are their standing, and `quality` is the part of it that others gave (thanks, reactions, accepted answers).
    `adjusted` is the part that creators gave or imports brought; it buys nothing.
    """

    points: int = 0
    quality: int = 0
    adjusted: int = 0
    messages: int = 0
    replies: int = 0
    reactions_given: int = 0
    reactions_received: int = 0
    thanks: int = 0
    answers: int = 0
    checkins: int = 0
    attended: int = 0
    finished: int = 0
    invited: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    givers: tuple[Giver, ...] = ()


class Purse(Word, frozen=True):
    """Coins: `extra` came otherwise than by points, `spent` were spent. What is left: `bot.engine.purse.coins`."""

    extra: int = 0
    spent: int = 0


class Standing(Word, frozen=True):
    """The `level` that the points since `base` amount to, and the highest one `announced`.

    `prestige` is how often the member began again. The crown of a week's winner is theirs until the day `crowned`.
    `lowered` says by how much which of a creator's changes put `base` down.
    """

    level: int = 0
    announced: int = 0
    prestige: int = 0
    base: int = 0
    crowned: date | None = None
    lowered: dict[str, int] = {}


class Habit(Word, frozen=True):
    """The days on which the member was active, in their own zone, as runs of days (first, last) by their ordinals.

    They are `days` in all; `best` is the longest streak there ever was, `checked` the last day they checked in.
    """

    runs: tuple[tuple[int, int], ...] = ()
    days: int = 0
    best: int = 0
    checked: int = 0


class Won(Word, frozen=True):
    """A badge, by its name, and when it was won."""

    badge: str
    at: datetime


class Honours(Word, frozen=True):
    """The badges won, in the order won; and, for a badge of a season, how much was done in it so far."""

    won: tuple[Won, ...] = ()
    seasons: dict[str, int] = {}


class Membership(Word, frozen=True):
    """What the member bought or was given: the latest truth of each of their `subscriptions`, sorted by id.

    `plans` are those that entitled them to something when that was last looked at (`seen_at`, which never goes back),
    `due_at` is when to look again, `told` what they were told about (so that nothing is said twice).
    """

    subscriptions: tuple[Subscription, ...] = ()
    plans: tuple[str, ...] = ()
    seen_at: datetime | None = None
    due_at: datetime | None = None
    told: tuple[str, ...] = ()


class Access(Word, frozen=True):
    """The names of the gates that stand open to the member, sorted."""

    open: tuple[str, ...] = ()


class Contact(Word, frozen=True):
    """How to reach the member: whether they are `here`, in which `locale`, whether they want `notices`.

    `zone` is the clock they live by ('': the community's), `alias` the name they want on the boards, if not `hidden`.
    Of nudges they do not want the topics `muted` (sorted), and none in the `quiet` hours (from, to; () is as the rules
    say). They want `fewer`, or complained.
    """

    here: bool = True
    joined_at: datetime | None = None
    locale: str = ""
    notices: bool = True
    zone: str = ""
    hidden: bool = False
    alias: str = ""
    muted: tuple[str, ...] = ()
    quiet: tuple[int, ...] = ()
    fewer: bool = False
    complained_at: datetime | None = None


class Interests(Word, frozen=True):
    """What the member said of themselves: `topics` they like, the `goal` they have, the `level` they are at.

    `goal` is a tag, or the name of an item of the library; `level` one of the library's levels.
    """

    topics: tuple[str, ...] = ()
    goal: str = ""
    level: str = ""


class Consent(Word, frozen=True):
    """Whether the member lets themselves be `estimated`: how likely they leave, what kind of member they are."""

    estimated: bool = True


class MemberState(Word, frozen=True):
    """All the parts. A new member's state is `MemberState()`."""

    guard: Guard = Guard()
    engagement: Engagement = Engagement()
    purse: Purse = Purse()
    standing: Standing = Standing()
    habit: Habit = Habit()
    honours: Honours = Honours()
    membership: Membership = Membership()
    access: Access = Access()
    contact: Contact = Contact()
    consent: Consent = Consent()
    interests: Interests = Interests()
