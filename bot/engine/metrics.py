"""What of a member is counted, by name: what badges, segments and files speak of. A new metric is one entry."""

from collections.abc import Callable

from bot.state import MemberState

METRICS: dict[str, Callable[[MemberState], int]] = {
    "points": lambda s: s.engagement.points,
    "quality": lambda s: s.engagement.quality,
    "level": lambda s: s.standing.level,
    "prestige": lambda s: s.standing.prestige,
    "messages": lambda s: s.engagement.messages,
    "replies": lambda s: s.engagement.replies,
    "reactions_given": lambda s: s.engagement.reactions_given,
    "reactions_received": lambda s: s.engagement.reactions_received,
    "thanks": lambda s: s.engagement.thanks,
    "answers": lambda s: s.engagement.answers,
    "checkins": lambda s: s.engagement.checkins,
    "attended": lambda s: s.engagement.attended,
    "finished": lambda s: s.engagement.finished,
    "invited": lambda s: s.engagement.invited,
    "active_days": lambda s: s.habit.days,
    "streak": lambda s: s.habit.best,
}
"""A number of each, that may fall only where something is taken back."""
