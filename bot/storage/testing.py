"""What experiments change about a nudge that is about to be decided upon: which wording, which coupon, whose words."""

from collections.abc import Mapping

from sqlalchemy import Connection

from bot.engine.experiments import thompson
from bot.engine.experiments.subjects import OWN_WORDS
from bot.engine.nudges.decision import Row
from bot.storage import experiments
from bot.storage.experiments import Experiment

Weights = Mapping[str, float]


class Trials:
    """The experiments about nudges, of every community that is asked about."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._all: dict[int, list[Experiment]] = {}

    def weights(self, row: Row) -> Weights | None:
        """{wording: 1} of the one that is tested on a member, or was chosen for all; None is as usual."""
        one = self._about(row.community, "wording", row.nudge)
        return None if one is None else {self._arm(one, row.member): 1.0}

    def values(self, row: Row) -> dict[str, int | str]:
        """What stands in a nudge's words because of a test: the creator's own welcome."""
        one = self._about(row.community, "welcome", "") if row.nudge == "welcome" else None
        words = "" if one is None else one.terms.values[self._arm(one, row.member)]
        return {OWN_WORDS: words} if words else {}

    def _about(self, community: int, subject: str, about: str) -> Experiment | None:
        """The latest test of something, of those that run or were ended with a choice for everybody."""
        if community not in self._all:
            self._all[community] = experiments.of_community(self._connection, community)
        holding = (one for one in self._all[community] if one.stopped_at is None or one.terms.chosen)
        return next((one for one in holding if (one.subject, one.about) == (subject, about)), None)

    def _arm(self, one: Experiment, member: int) -> str:
        if one.terms.chosen:
            return one.terms.chosen
        if not one.terms.adaptive:
            return one.arm(member)
        results = one.terms.results or dict.fromkeys(one.terms.values, (0, 0))
        return thompson.choose(one.salt, member, results)[0]


def coupons(connection: Connection, community: int, nudge: str) -> Experiment | None:
    """The test of the coupon in a nudge, if one runs."""
    running = experiments.running(connection, community)
    return next((one for one in running if (one.subject, one.about) == ("offer", nudge)), None)
