"""Prices and trials that are being tested: which a member is offered while the test runs, and that they saw it.

When a test is over everybody is offered the plan as it is then: the arm that was taken for all, or what it was before.
What somebody bought stays what they bought, for their subscription has a price of its own.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.engine.experiments.subjects import applied
from bot.engine.rules import Plan
from bot.sales import Subscription
from bot.storage import experiments, members
from bot.storage.experiments import Experiment
from bot.storage.members import Profile
from bot.storage.store import Store
from bot.words import Word


class Tested(Word, frozen=True):
    """A plan as a member is offered it; `unseen` are the tests ({number: arm}) that they come into by reading it."""

    plan: Plan
    unseen: dict[int, str] = {}


async def as_tested(store: Store, me: Profile, plans: Sequence[Plan], *, tried: bool = False) -> list[Tested]:
    """The plans as this member is offered them. Nothing is noted: that is for whoever shows the price (`saw`).

    A test is for whoever never had its plan, and that of a trial for whoever has not `tried` anything: they have no
    trial left. Who has been shown their arm keeps it until the test is over.
    """
    theirs = await store.read(experiments.of_plans, me.community, me.member)
    theirs = [(one, arm) for one, arm in theirs if arm or not (tried and one.subject == "trial")]
    return [_tested(plan, theirs, me) for plan in plans]


def _tested(plan: Plan, theirs: Sequence[tuple[Experiment, str]], me: Profile) -> Tested:
    offered, unseen = plan, dict[int, str]()
    for one, known in theirs:
        if one.about != plan.name or not (known or not _had(me.state.membership.subscriptions, plan)):
            continue
        arm = known or one.arm(me.member)
        offered = _as(offered, one, arm)
        if not known:
            unseen[one.id] = arm
    return Tested(plan=offered, unseen=unseen)


async def saw(store: Store, me: Profile, shown: Sequence[dict[int, str]], now: datetime) -> None:
    """Note that a member reads what these offers (`unseen`) cost."""
    arms = {number: arm for one in shown for number, arm in one.items()}
    if arms:
        await store.write(experiments.expose, me.community, me.member, arms, now)


async def as_seen(store: Store, community: int, member: int, plan: Plan) -> Plan:
    """A plan as it is offered to a member, by their number."""
    me = await store.read(members.by_id, community, member)
    return plan if me is None else (await as_tested(store, me, [plan]))[0].plan


def _as(plan: Plan, one: Experiment, arm: str) -> Plan:
    """A plan as an arm has it; as it is where the creator has changed the plan so that the two do not go together."""
    try:
        return applied(plan, one.subject, one.terms.values[arm])
    except (KeyError, ValueError):
        return plan


def _had(subscriptions: Sequence[Subscription], plan: Plan) -> bool:
    return any(one.plan == plan.name for one in subscriptions)
