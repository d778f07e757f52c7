"""The table [recommend] of the rules file."""

from bot.engine.strict import Days, Strict


class RecommendRules(Strict, frozen=True):
    """How the library is recommended.

    What was recommended to a member rests for `rests_days` before it may be so again. With `next_plan`, at most one in
    four shows what the next plan would open, marked as such.
    """

    rests_days: Days = 3
    next_plan: bool = True
