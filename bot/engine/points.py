"""Points: what an event adds to what a member has done.

A new way to earn is one case in `worth`. The worth of a message follows from its key alone, so that replaying
the log gives the same points, whatever order the messages were heard in, and a deletion takes back exactly what
the message had earned.
"""

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
    now = replace(was, points=was.points + worth(event, rules.points))
    match event:
        case MessagePosted():
            now = replace(now, messages=was.messages + 1)
        case MessageDeleted():
            return replace(now, messages=was.messages - 1), ()
        case ReactionGiven():
            now = replace(now, reactions_given=was.reactions_given + 1)
        case ReactionReceived():
            return replace(now, reactions_received=was.reactions_received + 1), ()
        case ReactionWithdrawn():
            return replace(now, reactions_received=was.reactions_received - 1), ()
        case _:
            return now, ()
    first, last = was.first_at, was.last_at
    return (
        replace(
            now,
            first_at=event.at if first is None or event.at < first else first,
            last_at=event.at if last is None or event.at > last else last,
        ),
        (),
    )
