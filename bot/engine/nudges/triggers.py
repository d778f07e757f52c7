"""Who meets which trigger, and when: pure functions of a person, the rules and an instant.

Each says what the nudge would be about, from when it is due and until when it is worth sending, or None. It is asked
when nudges are planned and again just before one is sent; only if it then says the same of the same thing, it is sent.
"""

from calendar import isleap
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from bot.engine.days import day_of, zone
from bot.engine.membership import OPEN, Phase, ends_at, phase
from bot.engine.nudges.person import Person
from bot.engine.rules import Rules
from bot.engine.streaks import length
from bot.sales import Subscription
from bot.words import Word

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EVENING, MORNING = time(18), time(10)
"""When, by the member's own clock, what depends on the day is said."""
LATEST = time(21)
SILENT_ENOUGH = 3
"""Days without a sign from which on a high risk is believed: who wrote yesterday needs no check-in."""
AWAY = 3
"""Days without a sign from which on somebody is away, and told what they missed."""
LAPSED = 28
"""Days of silence after which no check-in is sent: that is what the model calls leaving (docs/churn.md)."""
RECEIPT = 7
"""Days before a charge on which its receipt of value is sent: two before the notice of the renewal itself."""
AFTER_REMINDER = timedelta(days=14)
"""From `come_back` of `bot/engine/reminders.py`, three days after a pass has ended, to the first win-back."""


class Due(Word, frozen=True):
    """A nudge `about` something, worth sending from `at` to `until`; `values` stand in its words."""

    about: str
    at: datetime
    until: datetime
    values: dict[str, int | str] = {}


def at_local(day: int, moment: time, clock: str) -> datetime:
    """An hour of a day (its ordinal) by a clock, in UTC."""
    return datetime.combine(date.fromordinal(day), moment, zone(clock)).astimezone(UTC)


def welcome(person: Person, rules: Rules, now: datetime) -> Due | None:
    """Whoever has just come and not written yet."""
    joined = person.state.contact.joined_at
    if joined is None or person.state.engagement.messages:
        return None
    return Due(about=f"{joined:%Y-%m-%d}", at=joined + HOUR, until=joined + 3 * DAY)


def first_win(person: Person, rules: Rules, now: datetime) -> Due | None:
    """Whoever came two days ago and has done nothing at all."""
    joined = person.state.contact.joined_at
    if joined is None or person.state.engagement.first_at is not None or person.state.habit.days:
        return None
    return Due(about=f"{joined:%Y-%m-%d}", at=joined + 2 * DAY, until=joined + 5 * DAY)


def unanswered(person: Person, rules: Rules, now: datetime) -> Due | None:
    """A newcomer whose message nobody answered or reacted to."""
    asked = person.question
    return None if asked is None else Due(about=asked.key, at=asked.at + 6 * HOUR, until=asked.at + 3 * DAY)


def recommendation(person: Person, rules: Rules, now: datetime) -> Due | None:
    """On Wednesday evenings, for whoever was active in the last three days; who is away gets a digest instead."""
    return _weekly(person, rules, now, weekday=2, moment=EVENING) if _active(person, now, within=AWAY) else None


def digest(person: Person, rules: Rules, now: datetime) -> Due | None:
    """On Saturday mornings, for whoever was active in the last 90 days and not in the last three."""
    if not _active(person, now, within=90) or _active(person, now, within=AWAY):
        return None
    return _weekly(person, rules, now, weekday=5, moment=MORNING)


def _active(person: Person, now: datetime, within: int) -> bool:
    last = person.state.engagement.last_at
    return last is not None and now - last < within * DAY


def _weekly(person: Person, rules: Rules, now: datetime, weekday: int, moment: time) -> Due:
    clock, today = person.zone(rules), person.today(rules, now)
    day = today - date.fromordinal(today).weekday() + weekday
    at = at_local(day, moment, clock)
    year, week, _ = date.fromordinal(day).isocalendar()
    return Due(about=f"{year}-W{week:02}", at=at, until=at + 36 * HOUR)


def streak(person: Person, rules: Rules, now: datetime) -> Due | None:
    """Whose streak ends tonight if they do nothing, and no missed day is forgiven any more."""
    runs, today, freezes = person.state.habit.runs, person.today(rules, now), rules.streaks.freezes
    days = length(runs, today, freezes)
    safe = (runs and runs[-1][1] >= today) or length(runs, today + 1, freezes)
    if not rules.nudges.streak or days < rules.nudges.streak or safe:
        return None
    clock = person.zone(rules)
    at, until = at_local(today, EVENING, clock), at_local(today, LATEST, clock)
    return Due(about=f"{date.fromordinal(today)}", at=at, until=until, values={"days": days})


def course(person: Person, rules: Rules, now: datetime) -> Due | None:
    """A course begun, and left for five days; the one that is furthest, if there are several."""
    left = [one for one in person.courses if 0 < one.done < one.of and now - one.last_at < 30 * DAY]
    if not left:
        return None
    one = max(left, key=lambda one: (one.done / one.of, one.id))
    values: dict[str, int | str] = {"course": one.title, "done": one.done, "of": one.of, "id": one.id}
    at = one.last_at + 5 * DAY
    return Due(about=f"{one.id}:{one.last_at:%Y-%m-%d}", at=at, until=one.last_at + 30 * DAY, values=values)


def course_done(person: Person, rules: Rules, now: datetime) -> Due | None:
    """A course finished in the last days."""
    done = [one for one in person.courses if one.of and one.done >= one.of]
    one = max(done, key=lambda one: (one.last_at, one.id), default=None)
    if one is None:
        return None
    return Due(about=f"{one.id}", at=one.last_at, until=one.last_at + 3 * DAY, values={"course": one.title})


def receipt(person: Person, rules: Rules, now: datetime) -> Due | None:
    """Before a charge: what they got in the month before it, if that was anything."""
    renewing = [one for one in _subscriptions(person) if one.renews and phase(one, now, rules) is Phase.ACTIVE]
    ahead = [(one.until, one) for one in renewing if one.until is not None and one.until > now]
    if not ahead or not any(person.got.values()):
        return None
    until, one = min(ahead, key=lambda pair: (pair[0], pair[1].id))
    values: dict[str, int | str] = {**person.got, "plan": _title(one, rules), "date": f"{until:%Y-%m-%d}"}
    at = until - RECEIPT * DAY
    return Due(about=f"{one.id}:{until:%Y-%m-%d}", at=at, until=at + 1.5 * DAY, values=values)


def payment_check(person: Person, rules: Rules, now: datetime) -> Due | None:
    """The last day of grace after a payment that failed, when the reminders of it are two days old or more."""
    for one in _subscriptions(person):
        ends = ends_at(one, rules)
        if one.until is None or ends is None or phase(one, now, rules) is not Phase.GRACE:
            continue
        at = max(ends - 1 * DAY, one.until + 7 * DAY)
        if at < ends:
            values: dict[str, int | str] = {"plan": _title(one, rules), "date": f"{ends:%Y-%m-%d}"}
            return Due(about=f"{one.id}:{one.until:%Y-%m-%d}", at=at, until=ends, values=values)
    return None


def at_risk(person: Person, rules: Rules, now: datetime) -> Due | None:
    """Who has been silent for long, or for some days with a high risk of leaving."""
    last = person.state.engagement.last_at
    if last is None:
        return None
    days = [rules.nudges.quiet_days] if rules.nudges.quiet_days else []
    if rules.nudges.risk and person.risk is not None and person.risk >= rules.nudges.risk:
        days.append(SILENT_ENOUGH)
    if not days or min(days) >= LAPSED:
        return None
    silent = max((now - last).days, min(days))
    return Due(about=f"{last:%Y-%m-%d}", at=last + min(days) * DAY, until=last + LAPSED * DAY, values={"days": silent})


def win_back(person: Person, rules: Rules, now: datetime) -> Due | None:
    """Whose membership ended some days ago, and was not followed by another."""
    return _lapsed(person, rules, now, after=7, to=28)


def win_back_offer(person: Person, rules: Rules, now: datetime) -> Due | None:
    """Who is gone for five weeks: with the coupon of the rules, if they can still use it."""
    found = _lapsed(person, rules, now, after=35, to=90) if person.offer else None
    if found is None:
        return None
    return Due(about=found.about, at=found.at, until=found.until, values={**found.values, "coupon": person.offer})


def _lapsed(person: Person, rules: Rules, now: datetime, after: int, to: int) -> Due | None:
    all_ = _subscriptions(person)
    phases = [phase(one, now, rules) for one in all_]
    if any(one in OPEN or one in (Phase.PENDING, Phase.PAUSED, Phase.REFUNDED, Phase.DISPUTED) for one in phases):
        return None  # a member still, or one who left with a quarrel that is not ours to reopen
    ended = [(one.until, one) for one in all_ if one.until is not None]
    if not ended:
        return None
    until, one = max(ended, key=lambda pair: (pair[0], pair[1].id))
    start = until + after * DAY
    if not one.months:  # passes and trials are followed by a reminder of their own, which is a win-back, too
        start = max(start, until + 3 * DAY + AFTER_REMINDER)
    values: dict[str, int | str] = {"plan": _title(one, rules)}
    return Due(about=one.id, at=start, until=until + to * DAY, values=values)


def first_answer(person: Person, rules: Rules, now: datetime) -> Due | None:
    """The first answer of theirs that was accepted."""
    at = person.answered_at
    return None if at is None else Due(about="first", at=at, until=at + 3 * DAY)


def anniversary(person: Person, rules: Rules, now: datetime) -> Due | None:
    """A year, or several, since they came."""
    known = [at for at in (person.state.contact.joined_at, person.state.engagement.first_at) if at is not None]
    if not known:
        return None
    clock = person.zone(rules)
    came, today = date.fromordinal(day_of(min(known), clock)), date.fromordinal(person.today(rules, now))
    for day in (today, today - DAY):
        years = day.year - came.year
        leap = (came.month, came.day) == (2, 29) and (day.month, day.day) == (2, 28) and not isleap(day.year)
        if years > 0 and ((day.month, day.day) == (came.month, came.day) or leap):
            at = at_local(day.toordinal(), MORNING, clock)
            return Due(about=f"{years}", at=at, until=at + 36 * HOUR, values={"years": years})
    return None


def _subscriptions(person: Person) -> Iterable[Subscription]:
    return person.state.membership.subscriptions


def _title(one: Subscription, rules: Rules) -> str:
    plan = rules.plan(one.plan)
    return one.plan if plan is None else plan.shown
