"""The guard: why a message is worth nothing. Each check is one function in `CHECKS`; the first that objects decides.

The cost is bounded: a message is a sketch of six numbers (`bot/text.py`) and what is remembered of earlier ones has a
fixed size. Only what is worth something starts the cooldown, so that a refused message costs an honest member nothing.
"""

from collections.abc import Callable
from datetime import timedelta

from bot.effects import Effect
from bot.engine.earning import GuardRules
from bot.engine.ledger import Past
from bot.engine.rules import Rules
from bot.events import Event, MessagePosted
from bot.state import Guard, MemberState
from bot.text import Features
from bot.words import replace

LAST = 5
"""Messages whose sketches are compared."""
FADE = 8
"""Of what was counted before, an eighth is forgotten with each message."""
ENOUGH = 24
"""Words that must be remembered before somebody's share of everyday words is judged."""
JUDGED = 3
"""A text of fewer different words than this is like another only when it is the same."""
MINUTE = timedelta(seconds=60)
TOLERANCE = 2
"""Seconds by which two gaps differ and are still the same to a clockwork."""


def print_of(text: Features) -> int:
    """A 16-bit print of what a text is made of, whatever the order and however often repeated."""
    mixed = 0
    for value in text.sketch:
        mixed = (mixed * 31 + value) & 0xFFFFFFFF
    return (mixed ^ mixed >> 16) & 0xFFFF


def likeness(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """How much of the smaller of two sketches is in the larger (the overlap coefficient), 0 to 1."""
    smaller = min(len(one), len(other))
    return len(set(one) & set(other)) / smaller if smaller else 0.0


Check = Callable[[MessagePosted, Guard, Rules], bool]


def _excluded(event: MessagePosted, was: Guard, rules: Rules) -> bool:
    return factor(event, rules) == 0


def _short(event: MessagePosted, was: Guard, rules: Rules) -> bool:
    text, guard = event.text, rules.guard
    return not text.attachments and text.tokens < guard.tokens and text.length < guard.length


def _wordless(event: MessagePosted, was: Guard, rules: Rules) -> bool:
    text = event.text
    return not text.attachments and not text.tokens


def _repetitive(event: MessagePosted, was: Guard, rules: Rules) -> bool:
    return event.text.distinct < rules.guard.distinct * event.text.tokens


def _copied(event: MessagePosted, was: Guard, rules: Rules) -> bool:
    sketch, guard = event.text.sketch, rules.guard
    if not sketch:
        return False
    if guard.memory and print_of(event.text) in was.echoes:
        return True
    if len(sketch) < JUDGED:
        return sketch in was.sketches
    return any(likeness(sketch, other) > guard.similar for other in was.sketches if len(other) >= JUDGED)


def _salad(event: MessagePosted, was: Guard, rules: Rules) -> bool:
    words, common = was.words + event.text.tokens, was.common + event.text.common
    return words >= ENOUGH and common < rules.guard.common * words


def _flood(event: MessagePosted, was: Guard, rules: Rules) -> bool:
    if not rules.guard.burst or was.burst_at is None:
        return False
    return abs(event.at - was.burst_at) < MINUTE and was.burst >= rules.guard.burst


def _soon(event: MessagePosted, was: Guard, rules: Rules) -> bool:
    cooldown = rules.earn.message.cooldown
    return was.paid_at is not None and abs(event.at - was.paid_at).total_seconds() < cooldown


def _clockwork(event: MessagePosted, was: Guard, rules: Rules) -> bool:
    return bool(rules.guard.even) and _even(event, was) >= rules.guard.even


CHECKS: tuple[tuple[str, Check], ...] = (
    ("excluded", _excluded),
    ("wordless", _wordless),
    ("short", _short),
    ("repetitive", _repetitive),
    ("copied", _copied),
    ("salad", _salad),
    ("flood", _flood),
    ("soon", _soon),
    ("clockwork", _clockwork),
)
"""The name of each reason, and its check."""
ALWAYS = frozenset({"excluded", "soon"})
"""What holds with the guard switched off, too."""


def factor(event: MessagePosted, rules: Rules) -> float:
    """How many times as much a message is worth for where it was written and by whom."""
    if not rules.multipliers:
        return 1.0
    found = 1.0
    mine: list[float] = []
    for one in rules.multipliers:
        if one.channel and one.channel == event.channel:
            found *= one.factor
        elif one.role and one.role in event.roles:
            mine.append(one.factor)
    return found * (0.0 if 0.0 in mine else max(mine, default=1.0))


def judge(event: MessagePosted, was: Guard, rules: Rules) -> str:
    """Why a message is worth nothing; '' when nothing speaks against it."""
    on = rules.guard.on
    for name, objects in CHECKS:
        if (on or name in ALWAYS) and objects(event, was, rules):
            return name
    return ""


def watch(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Guard, tuple[Effect, ...]]:
    """Judge a message, and remember of it what the next one is judged by."""
    was = state.guard
    if not isinstance(event, MessagePosted):
        return was, ()
    verdict = judge(event, was, rules)
    now = _remembered(event, was, rules.guard) if rules.guard.on else was
    if verdict:
        return (now if verdict == now.verdict else replace(now, verdict=verdict)), ()
    gap = 0 if was.paid_at is None else round(abs(event.at - was.paid_at).total_seconds())
    return replace(now, verdict="", paid_at=event.at, gap=gap, even=_even(event, was)), ()


def _remembered(event: MessagePosted, was: Guard, rules: GuardRules) -> Guard:
    text = event.text
    opens = was.burst_at is None or abs(event.at - was.burst_at) >= MINUTE
    echoes = was.echoes
    if rules.memory and len(text.sketch) > 1:
        print_ = print_of(text)
        echoes = (*[one for one in echoes if one != print_], print_)[-rules.memory :]
    return replace(
        was,
        sketches=(*was.sketches, text.sketch)[-LAST:] if text.sketch else was.sketches,
        echoes=echoes,
        words=was.words - was.words // FADE + text.tokens,
        common=was.common - was.common // FADE + text.common,
        burst=1 if opens else was.burst + 1,
        burst_at=event.at if opens else was.burst_at,
    )


def _even(event: MessagePosted, was: Guard) -> int:
    """How many gaps in a row were the same, with the one that ends at this message."""
    if was.paid_at is None or not was.gap:
        return 0
    gap = round(abs(event.at - was.paid_at).total_seconds())
    return was.even + 1 if abs(gap - was.gap) <= TOLERANCE else 0
