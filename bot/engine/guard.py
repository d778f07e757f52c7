"""The guard: why a message is worth nothing. Each check is one function in `CHECKS`; the first that objects decides.

What it costs is bounded: a message is a sketch of six numbers (`bot/text.py`), and what is remembered of earlier ones
has a fixed size: the print of a number is one character, so that a memory is a text in which any is found at once. Time
is judged first, and of what was out of time nothing is remembered, so that nobody can flush the memory. Only what is
worth something starts the cooldown: a refused message costs an honest member nothing.

What can't be told from taking part, by anything kept here: text that a language model wrote for the occasion, at a
human's pace; sentences of others, copied without a quotation mark, or a list of more than `memory` of them; random
words drawn as often as a language uses them. Against these there are the cooldown, the cap of a day, and that quality
points come from other people.
"""

from collections.abc import Callable
from datetime import datetime

from bot.effects import Effect
from bot.engine.earning import GuardRules
from bot.engine.ledger import Past
from bot.engine.rules import Rules
from bot.events import Event, MessagePosted
from bot.state import Guard, MemberState
from bot.text import Features
from bot.words import N_, replace

LAST = 5
"""Messages whose sketches are compared."""
BRIEF = 5
"""A text of fewer different words than this is a copy of one of the last few only when it is the same…"""
FEW = 3
"""…and of fewer than this, of none but those."""
ALIKE = 1.75
"""Shares of words shared with the last few that sum up to this make a copy, too: what is left is noise."""
KNOWN = 64
"""Different words that count as used just before."""
STALE = 8
"""How many words without a fresh one are too many. A fresh one makes up for 1 / `fresh` of the others (a CUSUM)."""
ENOUGH = 20
"""Words that must be remembered before somebody's share of everyday ones is judged…"""
FULL = 96
"""…and at which both counts are halved, so that the latest count most."""
GLUE = 0.95
"""Somebody with a greater share of everyday words says nothing with them: real text has three in four at most, in
Chinese nine in ten."""
PAID = 4
"""Instants of messages worth something that are remembered: what comes late is within somebody's cooldown, too."""
GLYPHS = range(0x80, 0xD800)
"""The characters that are prints of words: from the first after ASCII to those that no encoding can hold…"""
RARE_GLYPHS = range(0x1_0000, 0x11_0000)
"""…and of whole texts: all of the other planes, so that in a hundred thousand messages six are taken for a copy."""
MINUTE = 60_000
BEAT = 15_000
"""Milliseconds of silence before a beat: messages nearer to each other are one, for people at a quick talk are even."""
JITTER = 2_000
"""Milliseconds by which two gaps differ and are still alike to a clockwork; or an eighth of the gap."""
SLIP = 2
"""What a gap unlike the one before takes from the count of gaps alike, which is twice the limit at most (a CUSUM)."""

REASONS: dict[str, str] = {
    "excluded": N_("You wrote where, or with a role for which, messages earn nothing."),
    "soon": N_("You wrote it too soon after the last message that counted."),
    "flood": N_("You wrote too many messages within a minute."),
    "clockwork": N_("Your messages come as regularly as a clock's."),
    "wordless": N_("You put nothing in words of your own."),
    "short": N_("You wrote too little."),
    "repetitive": N_("You wrote the same words over and over in one message."),
    "copied": N_("You wrote nearly the same a short while before."),
    "stale": N_("You have been using the same few words for a while."),
    "salad": N_("Your words make no sentences."),
}
"""Why a message is worth nothing, in a sentence to the member, by the names in `CHECKS`."""

Check = Callable[[MessagePosted, int, Guard, Rules], bool]
"""(message, its instant in ms, what is remembered, rules) -> whether it objects."""


def millis(at: datetime) -> int:
    """An instant in whole milliseconds since 1970: the precision of the platforms' own."""
    return int(at.timestamp() * 1_000)


def glyph(value: int, among: range = GLYPHS) -> str:
    """The print of a number: a character."""
    return chr(among[value % len(among)])


def _print_of(text: Features) -> str:
    """What a text is made of, whatever the order and however often repeated."""
    return glyph(sum(text.sketch), RARE_GLYPHS)


def _excluded(event: MessagePosted, at: int, was: Guard, rules: Rules) -> bool:
    return factor(event, rules) == 0


def _soon(event: MessagePosted, at: int, was: Guard, rules: Rules) -> bool:
    cooldown = rules.earn.message.cooldown * 1_000
    for one in reversed(was.paid):  # noqa: SIM110 - a generator costs three times as much
        if -cooldown < at - one < cooldown:
            return True
    return False


def _flood(event: MessagePosted, at: int, was: Guard, rules: Rules) -> bool:
    return 0 < rules.guard.burst < was.burst


def _clockwork(event: MessagePosted, at: int, was: Guard, rules: Rules) -> bool:
    return 0 < rules.guard.even <= was.even


def _wordless(event: MessagePosted, at: int, was: Guard, rules: Rules) -> bool:
    return not event.text.tokens and not event.text.attachments


def _short(event: MessagePosted, at: int, was: Guard, rules: Rules) -> bool:
    text, guard = event.text, rules.guard
    return text.tokens < guard.tokens and text.length < guard.length and not text.attachments


def _repetitive(event: MessagePosted, at: int, was: Guard, rules: Rules) -> bool:
    return event.text.distinct < rules.guard.distinct * event.text.tokens


def _copied(event: MessagePosted, at: int, was: Guard, rules: Rules) -> bool:
    text, guard = event.text, rules.guard
    if not text.sketch:
        return False
    if len(text.sketch) >= FEW and guard.memory and _print_of(text) in was.copies:
        return True
    *earlier, mine = was.texts
    alike = 0.0
    for other in earlier:
        shared = len([one for one in mine if one in other])
        if not shared:
            continue
        smaller = min(len(mine), len(other))
        if shared > guard.similar * smaller and (smaller >= BRIEF or shared == len(mine) == len(other)):
            return True
        alike += shared / smaller
    return alike >= ALIKE


def _stale(event: MessagePosted, at: int, was: Guard, rules: Rules) -> bool:
    return was.stale > STALE


def _salad(event: MessagePosted, at: int, was: Guard, rules: Rules) -> bool:
    common = rules.guard.common
    return was.words >= ENOUGH and common > 0 and not common * was.words <= was.common <= GLUE * was.words


IN_TIME: dict[str, Check] = {"excluded": _excluded, "soon": _soon, "flood": _flood, "clockwork": _clockwork}
IN_WORDS: dict[str, Check] = {
    "wordless": _wordless,
    "short": _short,
    "repetitive": _repetitive,
    "copied": _copied,
    "stale": _stale,
    "salad": _salad,
}
CHECKS = {**IN_TIME, **IN_WORDS}
"""The name of each reason, and its check: first those of time, then those of the text.

They are asked with this message counted already, and its words the last of the `texts`; only `copies` are those of
earlier ones.
"""
ALWAYS = {name: CHECKS[name] for name in ("excluded", "soon")}
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


def _objection(checks: dict[str, Check], event: MessagePosted, at: int, now: Guard, rules: Rules) -> str:
    for name, objects in checks.items():
        if objects(event, at, now, rules):
            return name
    return ""


def watch(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Guard, tuple[Effect, ...]]:
    """Judge a message, and remember of it what the next one is judged by."""
    was = state.guard
    if not isinstance(event, MessagePosted):
        return was, ()
    at = millis(event.at)
    if not rules.guard.on:
        verdict = _objection(ALWAYS, event, at, was, rules)
        return replace(was, verdict=verdict, paid=was.paid if verdict else (*was.paid, at)[-PAID:]), ()
    now = _timed(at, was, rules.guard)
    verdict = _objection(IN_TIME, event, at, now, rules)
    if verdict:
        return (now if now.verdict == verdict else replace(now, verdict=verdict)), ()
    return _read(event, at, now, rules), ()


def _timed(at: int, was: Guard, rules: GuardRules) -> Guard:
    """Count the message in its minute, and among the beats of a clockwork."""
    opens = abs(at - was.burst_at) >= MINUTE
    burst, burst_at = (1, at) if opens else (was.burst + 1, was.burst_at)
    last = max(was.last, at)
    if at - was.last < BEAT:  # late news, too
        return replace(was, burst=burst, burst_at=burst_at, last=last)
    gap = at - was.beat
    alike = abs(gap - was.gap) <= max(JITTER, gap // 8)
    even = min(was.even + 1, 2 * rules.even) if alike else max(was.even - SLIP, 0)
    return replace(was, burst=burst, burst_at=burst_at, last=last, beat=at, gap=gap, even=even)


def _read(event: MessagePosted, at: int, was: Guard, rules: Rules) -> Guard:
    """Judge the text of a message that was in time, and remember it."""
    text, guard = event.text, rules.guard
    mine, copies = "".join([glyph(value) for value in text.sketch]), was.copies
    words, common = was.words + text.tokens - text.unlisted, was.common + text.common
    if words >= FULL:
        words, common = words // 2, common // 2
    untold = bool(text.tokens) and not mine  # an archive says how much was written, and not what
    used, stale = (was.used, was.stale) if untold else _used(mine, was, guard)
    texts = (*was.texts, mine) if mine else was.texts
    now = replace(was, words=words, common=common, texts=texts, used=used, stale=stale)
    verdict = _objection(IN_WORDS, event, at, now, rules)
    if guard.memory and len(mine) >= FEW:
        copies = (copies + _print_of(text))[-guard.memory :]
    return replace(
        now,
        verdict=verdict,
        paid=was.paid if verdict else (*was.paid, at)[-PAID:],
        texts=texts[-LAST:],
        copies=copies,
    )


def _used(mine: str, was: Guard, rules: GuardRules) -> tuple[str, int]:
    """The words used last, and how stale the talk is."""
    if not rules.fresh:
        return was.used, 0
    used = was.used
    fresh = [one for one in mine if one not in used]
    stale = was.stale + max(len(mine), 1) - round(len(fresh) / rules.fresh)
    return (used + "".join(fresh))[-KNOWN:], min(max(stale, 0), 2 * STALE)
