"""The state of a member: one frozen part for each policy, composed.

A policy reads what it likes and returns only its own part. To add a policy, add its part here with a default for every
field: old states in the database then read as before.
"""

from datetime import date, datetime

from bot.sales import Subscription
from bot.words import Word


class Engagement(Word, frozen=True):
    """What the member has done: counts, `points` and when they were first and last active."""

    points: int = 0
    messages: int = 0
    reactions_given: int = 0
    reactions_received: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


class Standing(Word, frozen=True):
    """The `level` that the points amount to, and the highest one `announced`, so that none is announced twice."""

    level: int = 0
    announced: int = 0


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
    """How to reach the member: whether they are `here`, in which `locale`, whether they want `notices`."""

    here: bool = True
    locale: str = ""
    notices: bool = True
    nudged_on: date | None = None


class MemberState(Word, frozen=True):
    """All the parts. A new member's state is `MemberState()`."""

    engagement: Engagement = Engagement()
    standing: Standing = Standing()
    membership: Membership = Membership()
    access: Access = Access()
    contact: Contact = Contact()
