"""`decide`: the whole policy as one pure function, a fold over the table of policies.

To add a policy: write `(event, state, rules) -> (its part, effects)` in a module of its own and enter it in
`POLICIES` with the part it owns and the events it heeds.
"""

from collections.abc import Callable
from typing import get_args

from bot.effects import Effect
from bot.engine.access import admit
from bot.engine.contact import stay_in_touch
from bot.engine.levels import stand
from bot.engine.membership import keep
from bot.engine.points import engage
from bot.engine.rules import Rules
from bot.events import (
    DayEnded,
    Event,
    LanguageChosen,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessagePosted,
    NoticesChosen,
    ReactionGiven,
    ReactionReceived,
    ReactionWithdrawn,
    Reviewed,
    SubscriptionChanged,
)
from bot.state import MemberState
from bot.words import Word, replace

Apply = Callable[[Event, MemberState, Rules], tuple[Word, tuple[Effect, ...]]]


class Policy(Word, frozen=True):
    """`apply` owns the `part` of the state and is asked about the events it `heeds`, in the order of the table."""

    part: str
    apply: Apply
    heeds: tuple[type, ...]


class Decision(Word, frozen=True):
    """What an event leads to: the member's new state, and what must be done outside."""

    state: MemberState
    effects: tuple[Effect, ...] = ()


_COUNTED = (MessagePosted, MessageDeleted, ReactionGiven, ReactionReceived, ReactionWithdrawn)
_TOLD = (MemberJoined, MemberLeft, MessagePosted, LanguageChosen, NoticesChosen, DayEnded)
_SOLD = (SubscriptionChanged, Reviewed, DayEnded)

POLICIES = (
    Policy(part="engagement", apply=engage, heeds=_COUNTED),
    Policy(part="contact", apply=stay_in_touch, heeds=_TOLD),
    Policy(part="standing", apply=stand, heeds=(*_COUNTED, DayEnded)),
    Policy(part="membership", apply=keep, heeds=_SOLD),
    Policy(part="access", apply=admit, heeds=(*_COUNTED, *_SOLD, MemberJoined, MemberLeft)),
)

_CONCERNED: dict[type, tuple[tuple[str, Apply], ...]] = {
    kind: tuple([(policy.part, policy.apply) for policy in POLICIES if kind in policy.heeds])
    for kind in get_args(Event)
}


def decide(event: Event, state: MemberState, rules: Rules) -> Decision:
    """Apply every policy that heeds `event` to `state`.

    Deterministic: the same three arguments give the same decision.
    """
    effects: tuple[Effect, ...] = ()
    for name, apply in _CONCERNED[type(event)]:
        part, more = apply(event, state, rules)
        if part is not getattr(state, name):
            state = replace(state, **{name: part})
        if more:
            effects += more
    return Decision(state=state, effects=effects)
