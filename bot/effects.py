"""Everything that must be done outside, one frozen class each, in the imperative.

An effect is written to the outbox in the transaction that decided it and delivered after the commit. To add
one: write its class with its `PRIORITY`, add it to `Effect`, and say in each adapter's `perform` what it means
there.
"""

from datetime import datetime
from enum import IntEnum
from typing import ClassVar

from bot.words import Word


class Priority(IntEnum):
    """The order of delivery, and what may be dropped when too much waits: only a `NUDGE`."""

    REVOKE = 0
    GRANT = 1
    ANNOUNCEMENT = 2
    NUDGE = 3


class Act(Word, frozen=True, tag_field="type", tag=True):
    """What all effects share."""

    PRIORITY: ClassVar[Priority]


class GrantAccess(Act, frozen=True):
    """Let the member through `gate`."""

    PRIORITY = Priority.GRANT
    gate: str


class RevokeAccess(Act, frozen=True):
    """Close `gate` to the member."""

    PRIORITY = Priority.REVOKE
    gate: str


class Announce(Act, frozen=True):
    """Tell the community in its announcement channel.

    The words of `notice` (see `bot/notices.py`) with `values` put in; and once more, in a line each, with those of
    `more`, which are about other members (`member` is the number, for which the name is put when its turn comes).
    """

    PRIORITY = Priority.ANNOUNCEMENT
    notice: str
    values: dict[str, int | str] = {}
    more: tuple[dict[str, int | str], ...] = ()


class Tell(Act, frozen=True):
    """Tell the member alone about a subscription of theirs; never dropped.

    `about` is the subscription's id, `plan` its plan's title, `until` the date to name. What `rests_on` the date it is
    paid to is said only if that is still so when its turn comes (`bot/engine/reminders.py`).
    """

    PRIORITY = Priority.ANNOUNCEMENT
    notice: str
    about: str = ""
    plan: str = ""
    until: datetime | None = None
    rests_on: datetime | None = None


class Alert(Act, frozen=True):
    """Tell the creator, in the channel of the community's staff."""

    PRIORITY = Priority.ANNOUNCEMENT
    notice: str
    values: dict[str, int | str] = {}


class Nudge(Act, frozen=True):
    """Tell the member alone; may be dropped when the outbox overflows.

    With a `row` it is the nudge of this number (`bot/engine/nudges/`), `notice` its name and `variant` its wording. It
    may then go to other places than a private chat, and is asked about once more when its turn comes.
    """

    PRIORITY = Priority.NUDGE
    notice: str
    values: dict[str, int | str] = {}
    variant: str = ""
    row: int = 0


class Relay(Act, frozen=True):
    """Hand on a `question`, or the `answer` to it: to the member alone, or in the channel where it was asked.

    The words are those of `notice`. What was written is not in here: it is put into `values` when its turn comes
    (`bot/storage/relays.py`), so that what was withdrawn or erased meanwhile is not sent.
    """

    PRIORITY = Priority.ANNOUNCEMENT
    notice: str
    question: int
    answer: int = 0
    values: dict[str, int | str] = {}


class ShowLevel(Act, frozen=True):
    """Show the member's level at their name, on platforms that have a place for it; 0 is no level.

    A newer one takes the place of an older one that still waits, and it may be dropped as a nudge may.
    """

    PRIORITY = Priority.NUDGE
    level: int


Effect = GrantAccess | RevokeAccess | Announce | Tell | Alert | Nudge | Relay | ShowLevel
