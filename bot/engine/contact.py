"""Contact: whether a member is here, and how and how often they want to be spoken to.

When to write to them is not decided here: see `bot/engine/nudges/`.
"""

from bot.effects import Alert, Effect
from bot.engine.ledger import Past
from bot.engine.rules import Rules
from bot.events import (
    BoardChosen,
    Complained,
    Event,
    LanguageChosen,
    MemberJoined,
    MemberLeft,
    NoticesChosen,
    PaceChosen,
    QuietHoursChosen,
    TopicChosen,
    ZoneChosen,
)
from bot.state import Contact, MemberState
from bot.words import replace

Wish = LanguageChosen | NoticesChosen | ZoneChosen | BoardChosen | TopicChosen | QuietHoursChosen | PaceChosen
"""What a member may say of how they want to be treated."""


def stay_in_touch(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Contact, tuple[Effect, ...]]:
    """Follow comings, goings and wishes; tell the creator of a complaint."""
    was = state.contact
    match event:
        case MemberJoined():
            return replace(was, here=True, joined_at=event.at), ()
        case MemberLeft():
            return replace(was, here=False), ()
        case Complained():
            now = replace(was, complained_at=event.at)
            told = Alert(notice="staff_complaint", values={"nudge": event.nudge}) if was.complained_at is None else None
            return now, () if told is None else (told,)
        case (
            LanguageChosen()
            | NoticesChosen()
            | ZoneChosen()
            | BoardChosen()
            | TopicChosen()
            | QuietHoursChosen()
            | PaceChosen()
        ):
            return _wished(event, was), ()
        case _:
            return was, ()


def _wished(event: Wish, was: Contact) -> Contact:
    match event:
        case LanguageChosen():
            return replace(was, locale=event.locale)
        case NoticesChosen():  # who wants to hear from us again takes a complaint back
            return replace(was, notices=event.wanted, complained_at=None if event.wanted else was.complained_at)
        case ZoneChosen():
            return replace(was, zone=event.zone)
        case BoardChosen():
            return replace(was, hidden=event.hidden, alias=event.alias)
        case TopicChosen():
            others = {*was.muted} - {event.topic}
            return replace(was, muted=tuple(sorted(others if event.wanted else {*others, event.topic})))
        case QuietHoursChosen():
            return replace(was, quiet=(event.start, event.end))
        case PaceChosen():
            return replace(was, fewer=event.fewer)
