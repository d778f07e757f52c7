"""What holds a nudge back. Each brake is a pure function of who, which, the rules and the time; a new one is an entry.

A brake says why, and until when: what is held for a time waits, what is held for good is dropped. Contacts are counted
by when they reached the member, or would have were they not in the hold-out; one under way counts as reaching them now,
and one in the future (a clock that was put back) as not over yet, so that no schedule of clock changes and restarts
lets two come close.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.engine.days import zone
from bot.engine.nudges.person import Contacted, Person
from bot.engine.nudges.table import NAMED, Trigger
from bot.engine.rules import Rules
from bot.words import N_, Word

WEEK = timedelta(days=7)
QUARTER = timedelta(minutes=15)
"""Clocks are a whole number of these apart from UTC, so that quiet hours end at one of them."""
FEWER = 1
"""How many nudges in seven days whoever wants fewer than others gets."""


class Held(Word, frozen=True):
    """Why a nudge is not sent now: until when (None: for good)."""

    why: str
    until: datetime | None = None


Pull = Callable[[Person, Trigger, Rules, datetime], Held | None]


class Brake(Word, frozen=True):
    """A brake by its name, what it says to creators, and when it holds."""

    name: str
    title: str
    pull: Pull


def brake(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    """Whatever holds a nudge back: for good if anything does so, else until all that holds it is over."""
    pulled = [one.pull(person, trigger, rules, now) for one in BRAKES if one.name not in trigger.spared]
    found = [held for held in pulled if held is not None]
    final = [held for held in found if held.until is None]
    return final[0] if final else max(found, key=lambda held: held.until or now, default=None)


def _off(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    wanted = rules.nudges.on and rules.nudges.budget and getattr(rules.nudges.send, trigger.name)
    return None if wanted else Held(why="off")


def _opted_out(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    contact = person.state.contact
    return None if contact.notices and trigger.topic not in contact.muted else Held(why="opted_out")


def _complained(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    return Held(why="complained") if person.state.contact.complained_at is not None else None


def _away(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    return None if person.state.contact.here or trigger.win_back else Held(why="away")


def _paid(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    if person.paid_at is None:
        return None
    return _until("paid", person.paid_at + timedelta(hours=rules.nudges.after_payment_hours), now)


def _gap(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    last = max((one.at for one in person.contacts), default=None)
    return None if last is None else _until("gap", last + timedelta(hours=rules.nudges.gap_hours), now)


def _budget(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    most = most_a_week(person, rules)
    lately = sorted([one.at for one in person.contacts if one.at > now - WEEK])
    if not most or len(lately) < most:
        return None  # none at all is `off`
    return Held(why="budget", until=lately[-most] + WEEK)


def _again(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    last = max((one.at for one in person.contacts if one.nudge == trigger.name), default=None)
    return None if last is None else _until("again", last + timedelta(days=trigger.rest_days), now)


def _won_back(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    last = max((one.at for one in person.contacts if _wins_back(one)), default=None)
    if not trigger.win_back or last is None:
        return None
    return _until("win_back", last + timedelta(days=rules.nudges.win_back_days), now)


def _wins_back(one: Contacted) -> bool:
    known = NAMED.get(one.nudge)
    return known is not None and known.win_back


def _quiet(person: Person, trigger: Trigger, rules: Rules, now: datetime) -> Held | None:
    hours = quiet_hours(person, rules)
    if not is_quiet(now, person.zone(rules), hours):
        return None
    return Held(why="quiet", until=quiet_ends(now, person.zone(rules), hours))


def most_a_week(person: Person, rules: Rules) -> int:
    """How many nudges a member gets in seven days at most."""
    return min(rules.nudges.budget, FEWER) if person.state.contact.fewer else rules.nudges.budget


def _until(why: str, when: datetime, now: datetime) -> Held | None:
    return Held(why=why, until=when) if now < when else None


def quiet_hours(person: Person, rules: Rules) -> tuple[int, int]:
    """(from, to): the hours in which a member wants no nudges, by their clock; the same twice is never."""
    own = person.state.contact.quiet
    return (own[0], own[1]) if len(own) == 2 else (rules.nudges.quiet_from, rules.nudges.quiet_to)


def is_quiet(now: datetime, clock: str, hours: tuple[int, int]) -> bool:
    """Whether it is quiet by a clock. From 21 to 9 is the night, from 9 to 21 the day."""
    start, end = hours
    hour = now.astimezone(zone(clock)).hour
    return start <= hour < end if start <= end else hour >= start or hour < end


def quiet_ends(now: datetime, clock: str, hours: tuple[int, int]) -> datetime:
    """When it is not quiet any more; found step by step, for a clock that is put forward may skip the very hour."""
    at = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0) + QUARTER
    while is_quiet(at, clock, hours):
        at += QUARTER
    return at


BRAKES = (
    Brake(name="off", title=N_("switched off"), pull=_off),
    Brake(name="complained", title=N_("has complained"), pull=_complained),
    Brake(name="opted_out", title=N_("does not want these"), pull=_opted_out),
    Brake(name="away", title=N_("is not here any more"), pull=_away),
    Brake(name="paid", title=N_("has just paid"), pull=_paid),
    Brake(name="win_back", title=N_("was asked back not long ago"), pull=_won_back),
    Brake(name="again", title=N_("had the same not long ago"), pull=_again),
    Brake(name="budget", title=N_("has had enough for a week"), pull=_budget),
    Brake(name="gap", title=N_("heard from us just before"), pull=_gap),
    Brake(name="quiet", title=N_("has quiet hours"), pull=_quiet),
)
"""What holds nudges back."""
