"""Reminders of what time will do to a subscription. A new one is an entry in `REMINDERS`.

Each is said once for each date it rests on, and of several that are due only the last: after a week switched off
nobody hears three at once. `still_so` is asked again just before it is sent, for much may have happened meanwhile.

The pair of 3 days and 1 day is what others do for trials; 5 days before an automatic renewal is what Chinese rules ask
(网络交易监督管理办法, article 18), and `membership.renewal_notice_days` changes it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from bot.effects import Tell
from bot.engine.rules import Rules
from bot.sales import Subscription
from bot.words import Word


class Reminder(Word, frozen=True):
    """`notice` is due `days` before the date paid to (negative: after it) for subscriptions it `applies` to.

    It is of use for `lasting` days, or until the next one is due.
    """

    notice: str
    days: Callable[[Rules], float]
    applies: Callable[[Subscription], bool]
    lasting: float


def _trial_of(least: float, most: float) -> Callable[[Subscription], bool]:
    def applies(one: Subscription) -> bool:
        if one.status != "trialing" or not one.renews or one.until is None:
            return False
        return timedelta(days=least) <= one.until - one.since <= timedelta(days=most)

    return applies


def _renewing(one: Subscription) -> bool:
    return one.status == "active" and one.renews


def _ending(one: Subscription) -> bool:
    """What was bought for a time, or a trial that nothing follows. Whoever has cancelled is left in peace."""
    return not one.renews and (one.status == "trialing" or (one.status == "active" and not one.months))


def _unpaid(one: Subscription) -> bool:
    return one.status == "past_due"


REMINDERS = (
    Reminder(
        notice="renews_soon", days=lambda rules: rules.membership.renewal_notice_days, applies=_renewing, lasting=5
    ),
    Reminder(notice="trial_ends", days=lambda _: 3, applies=_trial_of(3.5, 10_000), lasting=3),
    Reminder(notice="trial_ends", days=lambda _: 1, applies=_trial_of(1, 3.5), lasting=1),
    Reminder(notice="ends_soon", days=lambda _: 3, applies=_ending, lasting=2),
    Reminder(notice="ends_soon", days=lambda _: 1, applies=_ending, lasting=1),
    Reminder(notice="still_declined", days=lambda _: -3, applies=_unpaid, lasting=2),
    Reminder(notice="still_declined", days=lambda _: -5, applies=_unpaid, lasting=2),
    Reminder(notice="come_back", days=lambda _: -3, applies=_ending, lasting=7),
)


_ANY = Rules()
"""What a reminder says does not depend on how long before it is said."""


def _times(one: Subscription, rules: Rules) -> list[tuple[datetime, datetime, Reminder]]:
    """(from when, to when, what): what is to come is not said any more when it has come."""
    until = one.until
    if until is None:
        return []
    found = []
    for reminder in REMINDERS:
        days = reminder.days(rules)
        if days and reminder.applies(one):
            when = until - timedelta(days=days)
            over = when + timedelta(days=reminder.lasting)
            found.append((when, min(over, until) if when < until else over, reminder))
    return [(when, over, reminder) for when, over, reminder in found if when > one.since]


def due_reminder(
    one: Subscription, all_: Iterable[Subscription], at: datetime, rules: Rules, *, ends: datetime | None
) -> tuple[str, Tell] | None:
    """(what it is remembered as, the effect) of the reminder that is due at a time, if there is one.

    `all_` are the member's subscriptions, and `ends` is when access by this `one` ends: who has not paid is told that
    date, and nothing any more when it is past.
    """
    unpaid = _unpaid(one)
    if unpaid and ends is not None and at >= ends:
        return None
    due = [(when, reminder) for when, over, reminder in _times(one, rules) if when <= at < over]
    if not due:
        return None
    when, reminder = max(due, key=lambda pair: pair[0])
    if _goes_on(reminder.notice, one, all_):
        return None
    plan = rules.plan(one.plan)
    tell = Tell(
        notice=reminder.notice,
        about=one.id,
        plan=one.plan if plan is None else plan.shown,
        until=ends if unpaid else one.until,
        rests_on=one.until,
    )
    return f"{one.id}:{reminder.notice}:{when:%Y-%m-%dT%H:%M}", tell


def _goes_on(notice: str, one: Subscription, all_: Iterable[Subscription]) -> bool:
    """Whether the member has gone on otherwise: with another purchase of the plan, or, if they are missed, of any."""
    if notice not in ("ends_soon", "come_back"):
        return False
    return any(
        other.id != one.id
        and other.status in ("trialing", "active", "past_due")
        and (other.plan == one.plan or notice == "come_back")
        and (other.renews or other.until is None or (other.until, other.id) > (one.until, one.id))
        for other in all_
    )


def next_reminder(one: Subscription, at: datetime, rules: Rules) -> datetime | None:
    """When the next reminder of a subscription is due, after `at`."""
    return min((when for when, _, _ in _times(one, rules) if when > at), default=None)


def still_so(tell: Tell, subscriptions: tuple[Subscription, ...], now: datetime) -> bool:
    """Whether what a reminder says is still true, and of use, `now`; always, of what is no reminder."""
    if tell.rests_on is None:
        return True
    one = next((one for one in subscriptions if one.id == tell.about), None)
    if one is None or one.until != tell.rests_on or _goes_on(tell.notice, one, subscriptions):
        return False
    if _unpaid(one) and tell.until is not None and now >= tell.until:
        return False
    return any(now < over for _, over, reminder in _times(one, _ANY) if reminder.notice == tell.notice)
