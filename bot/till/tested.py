"""Prices and trials that are being tested: which a member is offered, and that it stays theirs."""

from collections.abc import Sequence
from datetime import datetime

from bot.engine.experiments.subjects import applied
from bot.engine.rules import Plan
from bot.sales import Subscription
from bot.storage import experiments
from bot.storage.experiments import Experiment
from bot.storage.members import Profile
from bot.storage.store import Store


async def as_tested(store: Store, me: Profile, plans: Sequence[Plan], now: datetime) -> list[Plan]:
    """The plans as this member is offered them: whoever is in a test sees the same price and trial for ever.

    A test takes in whoever is offered its plan for the first time, never had it, and was in no test of the same before.
    Since when is noted.
    """
    theirs = await store.read(experiments.of_plans, me.community, me.member)
    theirs.sort(key=lambda pair: not pair[1])  # what they are in already goes first
    found, new = [], []
    for plan in plans:
        offered, settled = plan, set[str]()
        for one, known in theirs:
            if one.about != plan.name or one.subject in settled:
                continue
            arm = known or ("" if _had(me.state.membership.subscriptions, plan) else one.arm(me.member))
            if arm:
                offered = _as(offered, one, arm)
                settled.add(one.subject)
                new += [] if known else [(one, me.member, arm)]
        found.append(offered)
    if new:
        await store.write(experiments.expose, new, now)
    return found


async def as_seen(store: Store, community: int, member: int, plan: Plan) -> Plan:
    """A plan as it was offered to a member who is in a test of it; nobody comes into a test by this."""
    settled = set[str]()
    for one, arm in await store.read(experiments.of_plans, community, member):
        if arm and one.about == plan.name and one.subject not in settled:
            settled.add(one.subject)
            plan = _as(plan, one, arm)
    return plan


def _as(plan: Plan, one: Experiment, arm: str) -> Plan:
    """A plan as an arm has it; as it is where the creator has changed the plan so that the two do not go together."""
    try:
        return applied(plan, one.subject, one.terms.values[arm])
    except (KeyError, ValueError):
        return plan


def _had(subscriptions: Sequence[Subscription], plan: Plan) -> bool:
    return any(one.plan == plan.name for one in subscriptions)
