"""Where a nudge goes: the first surface of its ladder that is open to the member and has not refused before."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.engine.nudges.person import Person, Post, Reach
from bot.engine.nudges.table import Kind, Trigger
from bot.words import Word

PRIVATE = "private"
"""The target of what goes to the member alone (`bot/storage/outbox.py`)."""
FRESH = timedelta(days=3)
"""An answer in the channel is for what was written lately; a thread is opened where they wrote in the last months."""
KNOWN = timedelta(days=120)
OURS = ("reply", "thread")
"""Surfaces for which we need a right, that may be given later; they are in a space, and each space has its own."""


class Surface(Word, frozen=True):
    """A place to reach a member: its `kind`, the account it belongs to, and the `target` in the outbox."""

    kind: Kind
    reach: Reach
    target: str = PRIVATE

    @property
    def place(self) -> str:
        """Its kind, and the space that it is in: what is said in one community's server is not said in another's."""
        return f"{self.kind}:{self.reach.space}" if self.kind in OURS else self.kind

    @property
    def name(self) -> str:
        """What it is remembered by when it refuses."""
        return f"{self.reach.platform}:{self.reach.user}:{self.place}"


def surface(person: Person, trigger: Trigger, now: datetime) -> Surface | None:
    """The surface for a nudge; None when there is none (any more)."""
    for kind in trigger.ladder:
        for found in _FIND[kind](person, now):
            if found.name not in person.dead:
                return found
    return None


def _telegram(person: Person, now: datetime) -> list[Surface]:
    return [Surface(kind="telegram", reach=one) for one in person.reaches if one.platform == "telegram" and one.started]


def _playground(person: Person, now: datetime) -> list[Surface]:
    return [Surface(kind="playground", reach=one) for one in person.reaches if one.platform == "playground"]


def _dm(person: Person, now: datetime) -> list[Surface]:
    here = person.state.contact.here  # a message of its own needs a server that is shared
    return [Surface(kind="dm", reach=one) for one in person.reaches if one.platform == "discord" and here]


def _thread(person: Person, now: datetime) -> list[Surface]:
    last = person.spoke
    if last is None or now - last.at > KNOWN or not person.state.contact.here:
        return []
    mine = [one for one in person.reaches if one.platform == "discord" == last.platform and one.space == last.space]
    return [Surface(kind="thread", reach=one, target=f"thread:{last.channel}") for one in mine]


def _reply(person: Person, now: datetime) -> list[Surface]:
    asked = person.question
    if asked is None or now - asked.at > FRESH:
        return []
    return [
        Surface(kind="reply", reach=one, target=answering(asked))
        for one in person.reaches
        if (one.platform, one.user) == (asked.platform, asked.user)
    ]


def answering(post: Post) -> str:
    """The target of what answers a message where it was written."""
    return f"reply:{post.channel}:{post.key.rpartition(':')[2]}"


_FIND: dict[Kind, Callable[[Person, datetime], list[Surface]]] = {
    "reply": _reply,
    "telegram": _telegram,
    "playground": _playground,
    "thread": _thread,
    "dm": _dm,
}
