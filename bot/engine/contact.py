"""Contact: whether a member is here, how to speak to them, and when to write."""

from datetime import timedelta

from bot.effects import Effect, Nudge
from bot.engine.ledger import Past
from bot.engine.rules import Rules
from bot.events import (
    BoardChosen,
    DayEnded,
    Event,
    LanguageChosen,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    NoticesChosen,
    ZoneChosen,
)
from bot.state import Contact, MemberState
from bot.words import replace


def stay_in_touch(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Contact, tuple[Effect, ...]]:
    """Follow comings, goings and wishes; write once to a member who has fallen silent."""
    was = state.contact
    match event:
        case MessagePosted():
            return (was if was.nudged_on is None else replace(was, nudged_on=None)), ()
        case MemberJoined():
            return replace(was, here=True), ()
        case MemberLeft():
            return replace(was, here=False), ()
        case LanguageChosen() | NoticesChosen() | ZoneChosen() | BoardChosen():
            return _wished(event, was), ()
        case DayEnded() if _fell_silent(event, state, rules):
            days = rules.nudges.quiet_days
            return replace(was, nudged_on=event.day), (Nudge(notice="quiet", values={"days": days}),)
        case _:
            return was, ()


def _wished(event: LanguageChosen | NoticesChosen | ZoneChosen | BoardChosen, was: Contact) -> Contact:
    match event:
        case LanguageChosen():
            return replace(was, locale=event.locale)
        case NoticesChosen():
            return replace(was, notices=event.wanted)
        case ZoneChosen():
            return replace(was, zone=event.zone)
        case BoardChosen():
            return replace(was, hidden=event.hidden, alias=event.alias)


def _fell_silent(event: DayEnded, state: MemberState, rules: Rules) -> bool:
    last, contact = state.engagement.last_at, state.contact
    if not rules.nudges.quiet_days or last is None or not (contact.here and contact.notices) or contact.nudged_on:
        return False
    return event.day - last.date() >= timedelta(days=rules.nudges.quiet_days)
