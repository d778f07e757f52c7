"""Points: what an event adds to what a member has done.

A new way to earn is one case in `worth`. The worth of a message follows from its key alone, so that replaying
the log gives the same points, whatever order the messages were heard in, and a deletion takes back exactly what
the message had earned.
"""

from datetime import datetime
from zlib import crc32

from bot.effects import Effect
from bot.engine.rules import PointRules, Rules
from bot.events import (
    Event,
    MessageDeleted,
    MessagePosted,
    ReactionGiven,
    ReactionReceived,
    ReactionWithdrawn,
)
from bot.state import Engagement, MemberState
from bot.words import replace


def message_worth(key: str, rules: PointRules) -> int:
    """Points for the message with this key, evenly spread over message_min to message_max."""
    return rules.message_min + crc32(key.encode()) % (rules.message_max - rules.message_min + 1)


def worth(event: Event, rules: PointRules) -> int:
    """Points that `event` adds (or, below zero, takes back)."""
    match event:
        case MessagePosted():
            return message_worth(event.key, rules)
        case MessageDeleted():
            return -message_worth(event.of, rules)
        case ReactionReceived():
            return rules.reaction_received
        case ReactionWithdrawn():
            return -rules.reaction_received
        case _:
            return 0


def engage(event: Event, state: MemberState, rules: Rules) -> tuple[Engagement, tuple[Effect, ...]]:
    """Count the event."""
    was = state.engagement
    points = was.points + worth(event, rules.points)
    match event:
        case MessagePosted():
            first, last = _span(was, event.at)
            now = replace(was, points=points, messages=was.messages + 1, first_at=first, last_at=last)
        case MessageDeleted():
            now = replace(was, points=points, messages=was.messages - 1)
        case ReactionGiven():
            first, last = _span(was, event.at)
            now = replace(was, reactions_given=was.reactions_given + 1, first_at=first, last_at=last)
        case ReactionReceived():
            now = replace(was, points=points, reactions_received=was.reactions_received + 1)
        case ReactionWithdrawn():
            now = replace(was, points=points, reactions_received=was.reactions_received - 1)
        case _:
            return was, ()
    return now, ()


def _span(was: Engagement, at: datetime) -> tuple[datetime, datetime]:
    first, last = was.first_at, was.last_at
    return at if first is None or at < first else first, at if last is None or at > last else last
