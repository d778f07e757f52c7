"""Access: which gates stand open, and the difference to what stood open before.

Nothing else grants or revokes: a level gained, a message deleted and a member gone all end in this one difference.
"""

from bot.effects import Effect, GrantAccess, RevokeAccess
from bot.engine.rules import Rules
from bot.events import Event
from bot.state import Access, MemberState


def open_gates(state: MemberState, rules: Rules) -> tuple[str, ...]:
    """The names of the gates that stand open to a member in this state, sorted."""
    if not state.contact.here:
        return ()
    level = state.standing.level
    names = [gate.name for gate in rules.gates if level >= gate.level]
    if len(names) > 1:
        names.sort()
    return tuple(names)


def admit(event: Event, state: MemberState, rules: Rules) -> tuple[Access, tuple[Effect, ...]]:
    """Open and close what the state of the member now asks for."""
    before, after = state.access.open, open_gates(state, rules)
    if before == after:
        return state.access, ()
    opened = tuple([GrantAccess(gate=name) for name in after if name not in before])
    closed = tuple([RevokeAccess(gate=name) for name in before if name not in after])
    return Access(open=after), (*closed, *opened)
