"""What of a member is counted, by name: what badges, segments and files speak of. A new metric is one entry."""

from collections.abc import Callable
from operator import attrgetter

from bot.state import MemberState

FIELDS: dict[str, tuple[str, str]] = {
    "points": ("engagement", "points"),
    "quality": ("engagement", "quality"),
    "level": ("standing", "level"),
    "prestige": ("standing", "prestige"),
    "messages": ("engagement", "messages"),
    "replies": ("engagement", "replies"),
    "reactions_given": ("engagement", "reactions_given"),
    "reactions_received": ("engagement", "reactions_received"),
    "thanks": ("engagement", "thanks"),
    "answers": ("engagement", "answers"),
    "checkins": ("engagement", "checkins"),
    "attended": ("engagement", "attended"),
    "finished": ("engagement", "finished"),
    "invited": ("engagement", "invited"),
    "active_days": ("habit", "days"),
    "streak": ("habit", "best"),
}
"""Which field of which part of the state it is."""
METRICS: dict[str, Callable[[MemberState], int]] = {
    name: attrgetter(f"{part}.{field}") for name, (part, field) in FIELDS.items()
}
"""A number of each, that may fall only where something is taken back."""
