"""The clock on a question: when somebody is told that nobody has answered it, and who."""

from datetime import datetime, timedelta
from enum import IntEnum

from bot.engine.asking.rules import AskingRules


class Stage(IntEnum):
    """Who knows of a question that is open."""

    MEMBERS = 0
    MODERATORS = 1
    CREATOR = 2


def begins(now: datetime, rules: AskingRules) -> datetime | None:
    """When the moderators are told of a question that is open to members from `now` on; None is never."""
    return now + timedelta(hours=rules.answer_hours) if rules.answer_hours else None


def rings(stage: Stage, now: datetime, rules: AskingRules) -> tuple[Stage, datetime | None] | None:
    """What follows when a question's time is over: who knows of it from `now` on, and when it rings next.

    One stage at a time, each with its whole time, however late it rings: a night switched off skips nobody. None where
    that clock is switched off: it is by the rules of now that somebody is told, whatever was so when it was wound up.
    """
    if not (rules.answer_hours if stage is Stage.MEMBERS else rules.escalate_hours):
        return None
    if stage >= Stage.MODERATORS:
        return Stage.CREATOR, None
    return Stage.MODERATORS, now + timedelta(hours=rules.escalate_hours) if rules.escalate_hours else None
