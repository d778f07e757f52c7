"""Reminders of what time will do to a subscription. A new one is an entry in `REMINDERS`.

Each is said once for each date it rests on, and of several that are due only the last: after a week switched off
nobody hears three at once. `still_so` is asked again just before it is sent, for much may have happened meanwhile.

The pair of 3 days and 1 day is what others do for trials; 5 days before an automatic renewal is what Chinese rules ask
(网络交易监督管理办法, article 18), and `membership.renewal_notice_days` changes it.
"""

from collections.abc import Callable
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
    return one.status in ("active", "trialing") and not one.renews


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


def _times(one: Subscription, rules: Rules) -> list[tuple[datetime, Reminder]]:
    until = one.until
    if until is None:
        return []
    found = [
        (until - timedelta(days=days), reminder)
        for reminder in REMINDERS
        if reminder.applies(one) and (days := reminder.days(rules))
    ]
    return [(when, reminder) for when, reminder in found if when > one.since]


def due_reminder(one: Subscription, at: datetime, rules: Rules, *, until: datetime | None) -> tuple[str, Tell] | None:
    """(what it is remembered as, the effect) of the reminder that is due at a time, if there is one.

    `until` is the date the member is told: when access ends.
    """
    due = [(when, r) for when, r in _times(one, rules) if when <= at < when + timedelta(days=r.lasting)]
    if not due:
        return None
    when, reminder = max(due, key=lambda pair: pair[0])
    plan = rules.plan(one.plan)
    tell = Tell(
        notice=reminder.notice,
        about=one.id,
        plan=one.plan if plan is None else plan.shown,
        until=until,
        rests_on=one.until,
    )
    return f"{one.id}:{reminder.notice}:{when:%Y-%m-%dT%H:%M}", tell


def next_reminder(one: Subscription, at: datetime, rules: Rules) -> datetime | None:
    """When the next reminder of a subscription is due, after `at`."""
    return min((when for when, _ in _times(one, rules) if when > at), default=None)


def still_so(tell: Tell, subscriptions: tuple[Subscription, ...]) -> bool:
    """Whether what a reminder says is still true; always, of what is no reminder."""
    if tell.rests_on is None:
        return True
    known = next((one for one in subscriptions if one.id == tell.about), None)
    if known is None or known.until != tell.rests_on:
        return False
    return any(one.applies(known) for one in REMINDERS if one.notice == tell.notice)
