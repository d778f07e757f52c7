"""Consent: whether a member lets themselves be estimated (scores of leaving, segments)."""

from bot.engine.ledger import Past
from bot.engine.rules import Rules
from bot.events import EstimatesChosen, Event
from bot.state import Consent, MemberState


def agree(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Consent, tuple[()]]:
    """Follow what the member wishes; the last word counts."""
    return Consent(estimated=event.wanted) if isinstance(event, EstimatesChosen) else state.consent, ()
