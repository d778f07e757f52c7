"""Access: which gates stand open, and the difference to what stood open before.

Nothing else grants or revokes: a level gained, a message deleted and a member gone all end in this one difference.
"""

from bot.effects import Effect, GrantAccess, RevokeAccess
from bot.engine.ledger import Past
from bot.engine.rules import Rules
from bot.events import Event, MemberJoined
from bot.state import Access, MemberState


def open_gates(state: MemberState, rules: Rules) -> tuple[str, ...]:
    """The names of the gates that stand open to a member in this state, sorted.

    What was earned is open to those who are here. What was bought stays open to whoever is away: they may come in.
    """
    names = _earned(state, rules) if state.contact.here else []
    for name in state.membership.plans:
        plan = rules.plan(name)
        names += plan.gates if plan else ()
    return tuple(sorted(set(names))) if len(names) > 1 else tuple(names)


def _earned(state: MemberState, rules: Rules) -> list[str]:
    level, crowned = state.standing.level, state.standing.crowned is not None
    reached = [gate for gate in rules.gates if (crowned if gate.crown else level >= gate.level)]
    tops: dict[str, int] = {}
    for gate in reached:
        if gate.ladder:
            tops[gate.ladder] = max(tops.get(gate.ladder, 0), gate.level)
    return [gate.name for gate in reached if not gate.ladder or gate.level == tops[gate.ladder]]


def admit(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Access, tuple[Effect, ...]]:
    """Open and close what the state of the member now asks for; who comes (back) is let in to what is theirs."""
    before, after = state.access.open, open_gates(state, rules)
    returns = isinstance(event, MemberJoined)
    if before == after and not returns:
        return state.access, ()
    opened = tuple([GrantAccess(gate=name) for name in after if returns or name not in before])
    closed = tuple([RevokeAccess(gate=name) for name in before if name not in after])
    return (state.access if before == after else Access(open=after)), (*closed, *opened)
