"""When an experiment has to stop: refunds and complaints are not waited for until they are significant both ways."""

from collections.abc import Mapping

from scipy.special import bdtrc

LEVEL = 0.01
LEAST = 3
"""Members harmed in an arm before it is stopped."""


def harmful(harmed: Mapping[str, int], exposed: Mapping[str, int], control: str) -> str:
    """The arm in which clearly more members were refunded or complained than in the control; '' for none.

    One-sided and exact: were the arms alike, of all who were harmed those in the arm would be binomial, by the part of
    the members exposed. Below `LEVEL`, and with at least `LEAST` of them, it is time to stop. A false alarm costs an
    experiment, a missed one costs members: so this is looked at daily without a correction.
    """
    for arm in harmed:
        mine, theirs = harmed[arm], harmed.get(control, 0)
        if arm == control or mine < LEAST or not exposed.get(arm):
            continue
        share = exposed[arm] / (exposed[arm] + exposed.get(control, 0))
        if share == 1 or bdtrc(mine - 1, mine + theirs, share) < LEVEL:
            return arm
    return ""
