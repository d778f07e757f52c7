"""The table [asking] of the rules file."""

from typing import Annotated

import msgspec

from bot.engine.strict import Days, Share, Strict

Hours = Annotated[int, msgspec.Meta(ge=0, le=24 * 60)]
Few = Annotated[int, msgspec.Meta(ge=0, le=20)]


class AskingRules(Strict, frozen=True):
    """How questions are answered.

    From `match` on a text of the library is believed to answer one. Of those who may know, `people` are asked (0: none
    by name), who wrote within `active_days` and have not `open_with_each` questions before them. After `answer_hours`
    without an answer the moderators are told, and `escalate_hours` later the creator; 0 is never. A member asks at most
    `a_day` questions a day (0: as many as they like), and without a name if `anonymous`.
    """

    match: Share = 0.6
    people: Few = 3
    open_with_each: Few = 3
    active_days: Days = 30
    answer_hours: Hours = 24
    escalate_hours: Hours = 24
    a_day: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 5
    anonymous: bool = True
