"""Points: what an event adds to what a member has done, and takes back.

A new way to earn is an entry in `EarnRules` and the case in `earned` that says which event it is; if others give it,
its name in `QUALITY`. What something is worth follows from its key, the rules and the ledger, so that replaying the
log gives the same.
"""

from collections.abc import Iterator
from datetime import datetime
from zlib import crc32

from bot.effects import Effect
from bot.engine.days import day_of, known
from bot.engine.earning import Earning
from bot.engine.guard import factor
from bot.engine.ledger import FOR_ITSELF, Entry, Past
from bot.engine.rules import Rules
from bot.events import (
    AdjustmentUndone,
    AnswerAccepted,
    Attended,
    CheckedIn,
    ContentFinished,
    ContentOpened,
    Event,
    InviteStayed,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PointsAdjusted,
    QuestionAnswered,
    QuestionAsked,
    ReactionGiven,
    ReactionReceived,
    ReactionWithdrawn,
    ThanksReceived,
    ThanksWithdrawn,
)
from bot.state import Engagement, Giver, MemberState
from bot.words import replace

ADJUSTED, PRAISED = "adjusted", "adjusted_quality"
"""How entries are called that a creator made: of points, and of the part that is quality."""
QUALITY = frozenset({"reaction", "thanks", "answer", "invite", PRAISED})
"""The ways by which others give points; all other ways are the member's own activity."""
FADING = frozenset({"reaction", "thanks"})
"""The ways by which the same giver gives less and less."""
WEEK = 7
GIVERS = 24
"""How many givers are remembered; then the one who gave longest ago is forgotten."""


ACTIVE = (
    MessagePosted,
    ReactionGiven,
    CheckedIn,
    Attended,
    ContentOpened,
    ContentFinished,
    QuestionAsked,
    QuestionAnswered,
)
"""What a member does, so that they were there, and that day is an active one."""
GIFTS = (ReactionReceived, ThanksReceived)
"""What others give, and what fades when the same give it again."""


def amount(key: str, earning: Earning) -> int:
    """What the event with this key is worth, evenly spread over the span of the earning."""
    least, most = earning.span
    return least + crc32(key.encode()) % (most - least + 1) if most > least else least


def zone_of(state: MemberState, rules: Rules) -> str:
    """The clock that a member lives by; the community's, where this machine does not know theirs."""
    own = state.contact.zone
    return own if own and known(own) else rules.zone


def today(event: Event, state: MemberState, rules: Rules) -> int:
    """The day (its ordinal) on which an event happened to a member, by the clock they live by."""
    zone = zone_of(state, rules) if state.contact.zone else rules.zone
    return event.at.toordinal() if zone == "UTC" else day_of(event.at, zone)


def earned(event: Event, state: MemberState, rules: Rules, past: Past) -> Iterator[tuple[str, int]]:
    """(way, worth) of each thing that the event earns, before the cap of the day."""
    earn = rules.earn
    match event:
        case MessagePosted():
            times = factor(event, rules)
            yield "message", _share(amount(event.key, earn.message), times)
            if past.answers:
                yield "reply", _share(amount(event.key, earn.reply), times)
        case ReactionReceived():
            yield "reaction", _fading(amount(event.key, earn.reaction), event, state.engagement, rules)
        case ThanksReceived():
            yield "thanks", _fading(amount(event.key, earn.thanks), event, state.engagement, rules)
        case AnswerAccepted():
            yield "answer", amount(event.key, earn.answer)
        case CheckedIn() if not done_before(event, state, rules, past):
            yield "checkin", amount(event.key, earn.checkin)
        case Attended() if not done_before(event, state, rules, past):
            yield "attendance", amount(event.key, earn.attendance)
        case ContentFinished() if not done_before(event, state, rules, past):
            yield "content", amount(event.key, earn.content)
        case InviteStayed():
            yield "invite", amount(event.key, earn.invite)
        case _:
            return


def done_before(event: Event, state: MemberState, rules: Rules, past: Past) -> bool:
    """Whether what counts once was done already: two who did it are one member since."""
    match event:
        case CheckedIn():
            day = today(event, state, rules)
            return day == state.habit.checked or past.tally(day).worth.get("checkin", 0) > 0
        case Attended():
            return any(one.way == "attendance" for one in past.standing)
        case ContentFinished():
            return any(one.way == "content" for one in past.standing)
        case _:
            return False


def entries(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Entry, ...]:
    """What an event books in the ledger: what it earns, or what goes with what it takes away."""
    match event:
        case MessageDeleted() | AdjustmentUndone():
            return _reversed(past.standing, event, rules, past)
        case ReactionWithdrawn() | ThanksWithdrawn():
            key = event.key.removesuffix(":withdrawn")
            return _reversed([entry for entry in past.standing if entry.key == key], event, rules, past)
        case MessageEdited():
            mine = [entry for entry in past.standing if _hollow(event, rules) and entry.key == event.of]
            return _reversed(mine, event, rules, past)
        case PointsAdjusted():
            return _adjusted(event, state, rules)
        case _:
            return _booked(event, state, rules, past)


def _hollow(event: MessageEdited, rules: Rules) -> bool:
    """Whether a message was edited to something that would have been worth nothing."""
    text, guard = event.text, rules.guard
    return guard.on and not text.attachments and text.tokens < guard.tokens and text.length < guard.length


def _booked(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Entry, ...]:
    day = today(event, state, rules)
    channel = event.channel if isinstance(event, MessagePosted) else ""
    of = _thing(event)
    by = event.giver if isinstance(event, GIFTS) else getattr(event, "by", "")
    made: list[Entry] = []
    for way, worth in earned(event, state, rules, past):
        if not worth and way not in FOR_ITSELF and (way not in FADING or not getattr(rules.earn, way).span[1]):
            continue
        points = _counted(past.tally(day).worth.get(way, 0), worth, cap(way, rules))
        made.append(
            Entry(
                key=event.key,
                way=way,
                day=day,
                at=event.at,
                worth=worth,
                points=points,
                of=of,
                channel=channel,
                note="" if worth else "again",
                by=by,
            )
        )
    return tuple(made)


def _thing(event: Event) -> str:
    """What the entries of an event hang on."""
    match event:
        case MessagePosted():
            return event.key
        case Attended():
            return event.session
        case ContentFinished():
            return event.item
        case _:
            return getattr(event, "of", "")


def _counted(before: int, worth: int, cap: int) -> int:
    """By how much what counts of a day changes."""
    return min(cap, before + worth) - min(cap, before) if cap else worth


def cap(way: str, rules: Rules) -> int:
    """The most that counts of a way on a day; 0 is no limit."""
    earning: Earning | None = getattr(rules.earn, way, None)
    return earning.cap if earning else 0


def _reversed(
    gone: Iterator[Entry] | tuple[Entry, ...] | list[Entry], event: Event, rules: Rules, past: Past
) -> tuple[Entry, ...]:
    made: list[Entry] = []
    sums: dict[tuple[int, str], int] = {}
    for entry in gone:
        if entry.coins:
            continue  # the purse takes them back
        before = sums.get((entry.day, entry.way))
        if before is None:
            before = past.tally(entry.day).worth.get(entry.way, 0)
        sums[entry.day, entry.way] = before - entry.worth
        points = _counted(before, -entry.worth, cap(entry.way, rules))
        made.append(
            replace(entry, key=event.key, at=event.at, worth=-entry.worth, points=points, undoes=entry.key, note="")
        )
    return tuple(made)


def _adjusted(event: PointsAdjusted, state: MemberState, rules: Rules) -> tuple[Entry, ...]:
    if event.what == "coins":
        return ()
    has = state.engagement.points if event.what == "points" else state.engagement.quality
    change = event.by if event.by is not None else (event.to or 0) - has
    if not change:
        return ()
    way = ADJUSTED if event.what == "points" else PRAISED
    day = today(event, state, rules)
    return (
        Entry(
            key=event.key,
            way=way,
            day=day,
            at=event.at,
            worth=change,
            points=change,
            of=event.key,
            note=event.why,
            by=event.actor,
        ),
    )


def engage(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Engagement, tuple[Effect | Entry, ...]]:
    """Count the event, and book what it earns."""
    was = state.engagement
    if isinstance(event, MessagePosted) and state.guard.verdict:  # most are: the least that is to be done
        first, last = _span(was, event.at)
        return replace(was, messages=was.messages + 1, first_at=first, last_at=last), ()
    booked = entries(event, state, rules, past)
    changes = {} if done_before(event, state, rules, past) else _counts(event, was)
    for entry in booked:
        if entry.way == "reply":
            changes["replies"] = changes.get("replies", was.replies) + (-1 if entry.undoes else 1)
        if entry.points:
            changes["points"] = changes.get("points", was.points) + entry.points
            if entry.way in QUALITY:
                changes["quality"] = changes.get("quality", was.quality) + entry.points
            if entry.way in (ADJUSTED, PRAISED):
                changes["adjusted"] = changes.get("adjusted", was.adjusted) + entry.points
    if isinstance(event, ACTIVE):
        first, last = _span(was, event.at)
        return replace(was, first_at=first, last_at=last, **changes), booked
    if isinstance(event, GIFTS):
        return replace(was, givers=_remembered(event, was.givers), **changes), booked
    return (replace(was, **changes) if changes else was), booked


_COUNTERS: dict[type, str] = {
    MessagePosted: "messages",
    ReactionGiven: "reactions_given",
    ReactionReceived: "reactions_received",
    ThanksReceived: "thanks",
    AnswerAccepted: "answers",
    CheckedIn: "checkins",
    Attended: "attended",
    ContentFinished: "finished",
    InviteStayed: "invited",
}
_UNCOUNTED: dict[type, str] = {
    MessageDeleted: "messages",
    ReactionWithdrawn: "reactions_received",
    ThanksWithdrawn: "thanks",
}


def _counts(event: Event, was: Engagement) -> dict[str, int]:
    counts: dict[str, int] = {}
    kind = type(event)
    if kind in _COUNTERS:
        counts[_COUNTERS[kind]] = getattr(was, _COUNTERS[kind]) + 1
    elif kind in _UNCOUNTED:
        counts[_UNCOUNTED[kind]] = getattr(was, _UNCOUNTED[kind]) - 1
    return counts


def _fading(worth: int, event: ReactionReceived | ThanksReceived, was: Engagement, rules: Rules) -> int:
    """What a gift is worth: less each time that the same giver gives within a week, nothing twice for one message."""
    if not rules.guard.on:
        return worth
    before = _giver(event, was.givers)
    if before is None:
        return worth
    if event.of and before.last == _number(event.of):
        return 0
    return _share(worth, rules.guard.decay**before.times)


def _share(worth: int, times: float) -> int:
    """A multiple, rounded down; as it is written, not as a computer has it (100 · 0.57 is 57)."""
    return int(round(worth * times, 6))


def _number(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))


def _giver(event: ReactionReceived | ThanksReceived, givers: tuple[Giver, ...]) -> Giver | None:
    who, day = _number(event.giver), event.at.toordinal()
    return next((one for one in givers if one.who == who and abs(day - one.since) < WEEK), None)


def _remembered(event: ReactionReceived | ThanksReceived, givers: tuple[Giver, ...]) -> tuple[Giver, ...]:
    who, last = _number(event.giver), _number(event.of) if event.of else 0
    before = _giver(event, givers)
    now = (
        Giver(who=who, since=event.at.toordinal(), times=1, last=last)
        if before is None
        else replace(before, times=before.times + 1, last=last)
    )
    return (*[one for one in givers if one.who != who], now)[-GIVERS:]


def _span(was: Engagement, at: datetime) -> tuple[datetime, datetime]:
    first, last = was.first_at, was.last_at
    return at if first is None or at < first else first, at if last is None or at > last else last
