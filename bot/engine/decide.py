"""`decide`: the whole policy as one pure function, a fold over the table of policies.

To add a policy: write `(event, state, rules, past) -> (its part, effects and entries)` in a module of its own and enter
it in `POLICIES` with the part it owns and the events it heeds.
"""

from collections.abc import Callable
from typing import get_args

from msgspec.structs import force_setattr

from bot.effects import Effect
from bot.engine.access import admit
from bot.engine.badges import honour
from bot.engine.consent import agree
from bot.engine.contact import stay_in_touch
from bot.engine.guard import watch
from bot.engine.ledger import Entry, Past
from bot.engine.levels import stand
from bot.engine.library import prefer
from bot.engine.membership import keep
from bot.engine.points import ACTIVE, engage
from bot.engine.purse import pay
from bot.engine.rules import Rules
from bot.engine.streaks import live
from bot.events import (
    AdjustmentUndone,
    AnswerAccepted,
    Attended,
    BoardChosen,
    CheckedIn,
    Complained,
    ContentFinished,
    ContentOpened,
    Crowned,
    DayEnded,
    EstimatesChosen,
    Event,
    InterestsChosen,
    InviteStayed,
    ItemBought,
    ItemReturned,
    LanguageChosen,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    NoticesChosen,
    PaceChosen,
    PaymentReceived,
    PaymentReturned,
    PointsAdjusted,
    Prestiged,
    QuestionAnswered,
    QuestionAsked,
    QuietHoursChosen,
    ReactionGiven,
    ReactionReceived,
    ReactionWithdrawn,
    Reviewed,
    SubscriptionChanged,
    ThanksReceived,
    ThanksWithdrawn,
    TopicChosen,
    ZoneChosen,
)
from bot.state import MemberState
from bot.words import Word, replace

Apply = Callable[[Event, MemberState, Rules, Past], tuple[Word, tuple[Effect | Entry, ...]]]


class Policy(Word, frozen=True):
    """`apply` owns the `part` of the state and is asked about the events it `heeds`, in the order of the table.

    About those of `booked` it is asked only when the ledger has something new by them (or this is the first that is
    heard of the member): what follows from points alone can't change otherwise, and most messages earn none.
    """

    part: str
    apply: Apply
    heeds: tuple[type, ...] = ()
    booked: tuple[type, ...] = ()


class Decision(Word, frozen=True):
    """What an event leads to: the member's new state, what must be done outside, and what is booked in the ledger."""

    state: MemberState
    effects: tuple[Effect, ...] = ()
    entries: tuple[Entry, ...] = ()


_COUNTED = (
    MessagePosted,
    MessageEdited,
    MessageDeleted,
    ReactionGiven,
    ReactionReceived,
    ReactionWithdrawn,
    ThanksReceived,
    ThanksWithdrawn,
    AnswerAccepted,
    CheckedIn,
    QuestionAsked,
    QuestionAnswered,
    Attended,
    ContentOpened,
    ContentFinished,
    InviteStayed,
    PointsAdjusted,
    AdjustmentUndone,
)
_SPENT = (ItemBought, ItemReturned, PaymentReceived, PaymentReturned, PointsAdjusted, AdjustmentUndone)
_TOLD = (
    MemberJoined,
    MemberLeft,
    LanguageChosen,
    NoticesChosen,
    TopicChosen,
    QuietHoursChosen,
    PaceChosen,
    Complained,
    ZoneChosen,
    BoardChosen,
)
_RANKED = (Prestiged, Crowned, DayEnded, MemberJoined)
_SOLD = (SubscriptionChanged, Reviewed, DayEnded)

POLICIES = (
    Policy(part="guard", apply=watch, heeds=(MessagePosted,)),
    Policy(part="engagement", apply=engage, heeds=_COUNTED),
    Policy(part="purse", apply=pay, heeds=_SPENT),
    Policy(part="contact", apply=stay_in_touch, heeds=_TOLD),
    Policy(part="interests", apply=prefer, heeds=(InterestsChosen,)),
    Policy(part="consent", apply=agree, heeds=(EstimatesChosen,)),
    Policy(part="standing", apply=stand, heeds=_RANKED, booked=_COUNTED),
    Policy(part="habit", apply=live, heeds=ACTIVE),
    Policy(part="honours", apply=honour, heeds=(*_COUNTED, Prestiged)),
    Policy(part="membership", apply=keep, heeds=_SOLD),
    Policy(part="access", apply=admit, heeds=(*_RANKED, SubscriptionChanged, Reviewed, MemberLeft), booked=_COUNTED),
)

_CONCERNED: dict[type, tuple[tuple[str, Apply, bool], ...]] = {
    kind: tuple(
        [
            (policy.part, policy.apply, kind in policy.heeds)
            for policy in POLICIES
            if kind in policy.heeds or kind in policy.booked
        ]
    )
    for kind in get_args(Event)
}


def decide(event: Event, state: MemberState, rules: Rules, past: Past | None = None) -> Decision:
    """Apply every policy that heeds `event` to `state`.

    Deterministic: the same arguments give the same decision. Without a `past` nothing is known of what was before.
    """
    past = Past(before=state) if past is None else past
    done: tuple[Effect | Entry, ...] = ()
    first = state.engagement.last_at is None
    before = state
    for name, apply, always in _CONCERNED[type(event)]:
        if not (always or done or first):
            continue
        part, more = apply(event, state, rules, past)
        if part is not getattr(state, name):
            if state is before:
                state = replace(state, **{name: part})
            else:
                force_setattr(state, name, part)  # nobody else has seen this copy yet: a sixth of another one's cost
        if more:
            done += more
    if not done:
        return Decision(state=state)
    return Decision(
        state=state,
        effects=tuple([one for one in done if not isinstance(one, Entry)]),
        entries=tuple([one for one in done if isinstance(one, Entry)]),
    )
