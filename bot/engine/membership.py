"""Membership: what each subscription is worth at a time, as a state machine that only knows the latest truth.

`phase` names the state a subscription is in; `entitles` says which of them open doors; `keep` is the policy. Time comes
with the events: `Reviewed` says that some has passed, and `Membership.due_at` when to say so.

A renewal that is not heard of leaves access as it is for a while (`UNHEARD`): a webhook that is late, or lost, costs
nobody their access before the reconciliation has asked the provider.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from bot.effects import Alert, Effect, Tell
from bot.engine.ledger import Past
from bot.engine.reminders import due_reminder, next_reminder
from bot.engine.rules import Plan, Rules
from bot.events import Event, SubscriptionChanged
from bot.sales import Subscription, newer
from bot.state import Membership, MemberState

KEPT = 100
"""Things a member was told that are remembered."""


class Phase(StrEnum):
    """The state of a subscription at a time."""

    PENDING = "pending"
    TRIALING = "trialing"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    """Paid to a date and will not renew."""
    GRACE = "grace"
    """The renewal failed; access goes on for a while."""
    PAUSED = "paused"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


OPEN = frozenset({Phase.TRIALING, Phase.ACTIVE, Phase.CANCELLED, Phase.GRACE})
"""The phases that open doors."""


UNHEARD = timedelta(days=3)
"""How long the renewal of what was never said to fail may go unheard of: as long as providers repeat their news."""


def grace(subscription: Subscription, rules: Rules) -> timedelta:
    """How long access goes on after a renewal that failed.

    Not at all when nothing was ever paid: a card that fails at the end of the trial was never a member's. The plan's
    own number counts before the general one, and long standing never shortens it.
    """
    until = subscription.until
    if until is None or until in (subscription.since, subscription.trial_until):
        return timedelta()
    plan, general = rules.plan(subscription.plan), rules.membership
    days = general.grace_days if plan is None or plan.grace_days is None else plan.grace_days
    if days and until - subscription.since >= timedelta(days=general.loyal_after_days):
        days = max(days, general.loyal_grace_days)
    return timedelta(days=days)


def ends_at(subscription: Subscription, rules: Rules) -> datetime | None:
    """When access by this subscription ends if nothing more is heard; None is never."""
    until = subscription.until
    if until is None:
        return None
    if subscription.status == "past_due":
        return until + grace(subscription, rules)
    return until + max(grace(subscription, rules), UNHEARD) if subscription.renews else until


_SETTLED: dict[str, Phase] = {
    "pending": Phase.PENDING,
    "paused": Phase.PAUSED,
    "refunded": Phase.REFUNDED,
    "disputed": Phase.DISPUTED,
    "ended": Phase.EXPIRED,
}
"""Statuses that time does not change."""


def phase(subscription: Subscription, at: datetime, rules: Rules) -> Phase:
    """The state a subscription is in at a time."""
    settled = _SETTLED.get(subscription.status)
    if settled is not None:
        return settled
    ends = ends_at(subscription, rules)
    if ends is not None and at >= ends:
        return Phase.EXPIRED
    if subscription.status == "past_due":
        return Phase.GRACE
    if subscription.months and not subscription.renews:
        return Phase.CANCELLED
    return Phase.TRIALING if subscription.status == "trialing" else Phase.ACTIVE


def entitles(subscription: Subscription, at: datetime, rules: Rules) -> bool:
    """Whether a subscription opens the gates of its plan at a time."""
    now = phase(subscription, at, rules)
    if now is Phase.DISPUTED and rules.membership.dispute_keeps_access:
        ends = ends_at(subscription, rules)
        return ends is None or at < ends
    return now in OPEN


def entitled_plans(subscriptions: Iterable[Subscription], at: datetime, rules: Rules) -> tuple[str, ...]:
    """The names of the plans that subscriptions entitle to at a time, sorted."""
    return tuple(sorted({one.plan for one in subscriptions if entitles(one, at, rules)}))


def keep(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Membership, tuple[Effect, ...]]:
    """Take in news of a subscription, or that time has passed; tell the member what they should know."""
    was = state.membership
    if not was.subscriptions and not isinstance(event, SubscriptionChanged):
        return was, ()
    at = event.at if was.seen_at is None else max(event.at, was.seen_at)
    before = {one.id: one for one in was.subscriptions}
    if isinstance(event, SubscriptionChanged):
        told = event.subscription
        known = before.get(told.id)
        after = {**before, told.id: told if known is None else newer(known, told)}
    else:
        after = before
    subscriptions = tuple(after[key] for key in sorted(after))
    fresh = [said for one in after.values() for said in _said(before.get(one.id), one, subscriptions, was, at, rules)]
    kept = Membership(
        subscriptions=subscriptions,
        plans=entitled_plans(subscriptions, at, rules),
        seen_at=at,
        due_at=min((moment for one in subscriptions for moment in _moments(one, at, rules)), default=None),
        told=(*was.told, *(name for name, _ in fresh))[-KEPT:],
    )
    return kept, tuple([effect for _, effects in fresh for effect in effects])


def _moments(one: Subscription, at: datetime, rules: Rules) -> list[datetime]:
    """When something about a subscription changes by time alone, after `at`."""
    if one.status not in ("trialing", "active", "past_due", "disputed"):
        return []
    moments = (ends_at(one, rules), next_reminder(one, at, rules))
    return [moment for moment in moments if moment is not None and moment > at]


_SAID: dict[Phase, str] = {
    Phase.TRIALING: "trial_begun",
    Phase.ACTIVE: "subscribed",
    Phase.CANCELLED: "cancelled",
    Phase.GRACE: "declined",
    Phase.PAUSED: "paused",
    Phase.EXPIRED: "expired",
    Phase.REFUNDED: "refunded",
    Phase.DISPUTED: "disputed",
}
"""What a member is told when a subscription of theirs gets into a phase…"""
_RETURN: dict[tuple[Phase, Phase], str] = {
    (Phase.GRACE, Phase.ACTIVE): "recovered",
    (Phase.CANCELLED, Phase.ACTIVE): "kept",
    (Phase.CANCELLED, Phase.TRIALING): "kept",
    (Phase.PAUSED, Phase.ACTIVE): "resumed",
    (Phase.PAUSED, Phase.TRIALING): "resumed",
    (Phase.TRIALING, Phase.ACTIVE): "trial_paid",
    (Phase.DISPUTED, Phase.ACTIVE): "dispute_won",
    (Phase.DISPUTED, Phase.CANCELLED): "dispute_won",
    (Phase.DISPUTED, Phase.TRIALING): "dispute_won",
    (Phase.REFUNDED, Phase.EXPIRED): "",
}
"""…unless the phase it comes from makes it other news, or none."""
_TO_STAFF = frozenset({"subscribed", "cancelled", "refunded", "disputed", "expired"})


Said = tuple[str, tuple[Effect, ...]]
"""What it is remembered as, and the effects."""


def _said(
    old: Subscription | None,
    one: Subscription,
    all_: tuple[Subscription, ...],
    was: Membership,
    at: datetime,
    rules: Rules,
) -> list[Said]:
    """What is new about a subscription. With news there is no reminder: the member has just been told."""
    before = None if old is None else phase(old, was.seen_at or at, rules)
    news = [said for said in _news(before, one, at, rules) if said[0] not in was.told]
    reminder = due_reminder(one, all_, at, rules, ends=ends_at(one, rules))
    if reminder is None or reminder[0] in was.told:
        return news
    name, tell = reminder
    return [*news, (name, () if news else (tell,))]


def _news(was: Phase | None, one: Subscription, at: datetime, rules: Rules) -> list[Said]:
    """What is to be said about a change of phase: nothing about what was over before it was heard of."""
    now = phase(one, at, rules)
    if now is was or now is Phase.PENDING or (was in (None, Phase.PENDING) and now not in OPEN):
        return []
    notice = _RETURN.get((was, now), _SAID[now]) if was is not None else _SAID[now]
    if not notice:
        return []
    plan = rules.plan(one.plan) or Plan(name=one.plan)
    until = ends_at(one, rules) if now is Phase.GRACE else one.until
    effects: tuple[Effect, ...] = (Tell(notice=notice, about=one.id, plan=plan.shown, until=until),)
    if notice in ("disputed", "dispute_won") and rules.membership.dispute_keeps_access:
        effects = ()  # nothing changes for the member
    if notice in _TO_STAFF:
        effects += (Alert(notice=f"staff_{notice}", values={"plan": plan.shown}),)
    return [(f"{one.id}:{notice}:{_date(one.until)}", effects)]


def _date(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%dT%H:%M}"
