"""What an act led to, in words for everybody. New acts and effects get their sentence here, gains in `gains.py`."""

from collections.abc import Iterator
from datetime import date, datetime

from bot.adapters.playground import Playground
from bot.adapters.playground.trace import Act, differences
from bot.batch import Change
from bot.cogs.ways import REFUSED
from bot.effects import Alert, Announce, Effect, GrantAccess, Nudge, Relay, RevokeAccess, ShowLevel, Tell
from bot.engine.membership import OPEN, Phase, ends_at, phase
from bot.engine.rules import Rules
from bot.events import DayEnded, PaymentReceived, PaymentReturned
from bot.i18n import N_, Tongue
from bot.sales import Subscription
from bot.state import Won
from bot.web.playground import gains
from bot.web.playground.gains import Chip

MINE = {
    "wrote": N_("You wrote in #{channel}"),
    "edited": N_("You edited a message in #{channel}"),
    "deleted": N_("You deleted a message in #{channel}"),
    "reacted": N_("You gave {author} a {emoji}"),
    "withdrew": N_("You took back your {emoji} for {author}"),
    "joined": N_("You joined the community"),
    "left": N_("You left the community"),
    "command": N_("You used /{path}"),
    "billed": N_("News of your membership"),
}
THEIRS = {
    "wrote": N_("{name} wrote in #{channel}"),
    "edited": N_("{name} edited a message in #{channel}"),
    "deleted": N_("{name} deleted a message in #{channel}"),
    "reacted": N_("{name} gave {author} a {emoji}"),
    "withdrew": N_("{name} took back a {emoji}"),
    "joined": N_("{name} joined the community"),
    "left": N_("{name} left the community"),
    "command": N_("{name} used /{path}"),
    "billed": N_("News of {name}'s membership"),
}
FIELDS = {
    "verdict": N_("why the last message was worth nothing"),
    "points": N_("points"),
    "quality": N_("quality points"),
    "adjusted": N_("points given by hand or brought along"),
    "messages": N_("messages"),
    "replies": N_("answers to others"),
    "thanks": N_("thanks received"),
    "answers": N_("accepted answers"),
    "checkins": N_("check-ins"),
    "attended": N_("live sessions"),
    "finished": N_("lessons finished"),
    "invited": N_("invited, and stayed"),
    "givers": N_("people who gave something lately"),
    "extra": N_("coins not earned by points"),
    "spent": N_("coins spent"),
    "prestige": N_("times begun again"),
    "base": N_("points when last begun again"),
    "crowned": N_("wears the crown until"),
    "runs": N_("active days, as runs"),
    "days": N_("active days"),
    "best": N_("longest streak"),
    "checked": N_("last check-in"),
    "won": N_("badges"),
    "seasons": N_("counted this season"),
    "zone": N_("clock"),
    "hidden": N_("hidden from the boards"),
    "alias": N_("name on the boards"),
    "reactions_given": N_("reactions given"),
    "reactions_received": N_("reactions received"),
    "first_at": N_("first active"),
    "last_at": N_("last active"),
    "level": N_("level"),
    "announced": N_("announced up to level"),
    "open": N_("open gates"),
    "subscriptions": N_("subscriptions"),
    "plans": N_("plans held"),
    "seen_at": N_("last looked at"),
    "due_at": N_("looked at again"),
    "told": N_("told of"),
    "here": N_("is here"),
    "locale": N_("language"),
    "notices": N_("wants private notices"),
    "joined_at": N_("joined"),
    "muted": N_("wants no nudges about"),
    "quiet": N_("quiet hours"),
    "fewer": N_("wants fewer nudges"),
    "complained_at": N_("complained"),
}
"""What the fields of a member's state are called; one that is missing is shown by its own name."""


SHOWN = 8
"""Outcomes of one leap through time that are shown to whom they concern, the latest."""


def headline(act: Act, me: str, playground: Playground, say: Tongue) -> str:
    """What was done, in one line."""
    if act.kind == "time":
        return _span(int(act.values["hours"]), say)
    values = dict(act.values)
    if "channel" in values:
        values["channel"] = _channel(str(values["channel"]), playground, say)
    name = playground.place.users[act.user].name if act.user in playground.place.users else act.user
    return say((MINE if act.user == me else THEIRS)[act.kind], name=name, **values)


def _span(hours: int, say: Tongue) -> str:
    if hours % (7 * 24) == 0:
        return say.many("{n} week passed", "{n} weeks passed", hours // (7 * 24))
    if hours % 24 == 0:
        return say.many("{n} day passed", "{n} days passed", hours // 24)
    return say.many("{n} hour passed", "{n} hours passed", hours)


def _channel(channel: str, playground: Playground, say: Tongue) -> str:
    found = playground.place.channels.get(channel)
    return say(found.name) if found else channel


def chips(act: Act, me: str, playground: Playground, say: Tongue) -> list[Chip]:
    """What came of it, the most telling first."""
    if act.open and not act.changes:
        return []
    if act.kind == "time":
        return _time(act, me, playground, say)
    found = [chip for change in act.changes for chip in gains.chips(change, me, playground, say)]
    found += [chip for change in act.changes for chip in _bought(change, playground, say)]
    found += [_sent(effect, done, playground, say) for _, _, effect, done in act.effects()]
    bound = [task for task in act.delivered if task.key.startswith(("bind:", "unbind:"))]
    if bound:
        found.append(Chip("door", "meeting_room", say.many("{n} door moved", "{n} doors moved", len(bound))))
    recounted = int(act.values.get("recounted", 0))
    if recounted:
        text = say.many("Counted anew: {n} member has other points", "Counted anew: {n} members have other points",
                        recounted)  # fmt: skip
        found.append(Chip("level", "calculate", text))
    if not found and any(change.before is not change.after for change in act.changes):
        return [Chip("sent", "check", say(N_("Remembered")))]
    return list(dict.fromkeys(found)) or [Chip("calm", "visibility", say(N_("Nothing changed")))]


def _time(act: Act, me: str, playground: Playground, say: Tongue) -> list[Chip]:
    """What time did: in sum for everybody, and to whom the tab acts as in particular."""
    mine = [change for change in act.changes if playground.user_of(change.seat.member) == me]
    found = [chip for change in mine for chip in gains.chips(change, me, playground, say)]
    found += [chip for change in mine for chip in _bought(change, playground, say)]
    found += [
        _sent(effect, done, playground, say)
        for _, change, effect, done in act.effects()
        if change in mine and isinstance(effect, GrantAccess | RevokeAccess)
    ]
    return [*found[-SHOWN:], *(chip for chip in _days(act, say) if not found or chip.kind != "calm")]


def _bought(change: Change, playground: Playground, say: Tongue) -> Iterator[Chip]:
    """What was paid, and how a subscription stands now."""
    event = change.event
    if isinstance(event, PaymentReceived):
        yield Chip("gain", "payments", say(N_("Paid {price}"), price=say.money(event.payment.price)))
    if isinstance(event, PaymentReturned):
        yield Chip("loss", "undo", say(N_("{price} paid back"), price=say.money(event.payment.price)))
    at = change.after.membership.seen_at or event.at
    was = {one.id: one for one in change.before.membership.subscriptions}
    for one in change.after.membership.subscriptions:
        before = was.get(one.id)
        then = change.before.membership.seen_at or at
        now = phase(one, at, playground.rules)
        if before != one or phase(before, then, playground.rules) is not now:
            kind = "plan" if now in OPEN - {Phase.GRACE} else "loss"
            yield Chip(kind, "card_membership", stands(one, now, playground.rules, say))


STANDS: dict[Phase, str] = {
    Phase.PENDING: N_("{plan} waits for its payment"),
    Phase.TRIALING: N_("{plan}: free until {date}"),
    Phase.ACTIVE: N_("{plan} until {date}"),
    Phase.CANCELLED: N_("{plan} cancelled, in until {date}"),
    Phase.GRACE: N_("{plan}: payment failed, in until {date}"),
    Phase.PAUSED: N_("{plan} is paused"),
    Phase.EXPIRED: N_("{plan} is over"),
    Phase.REFUNDED: N_("{plan} is refunded"),
    Phase.DISPUTED: N_("{plan} is disputed"),
}
"""How a subscription stands, in a few words."""


def stands(one: Subscription, now: Phase, rules: Rules, say: Tongue) -> str:
    """How a subscription stands."""
    plan = rules.plan(one.plan)
    end = ends_at(one, rules) if now is Phase.GRACE else one.until
    date = say(N_("for ever")) if end is None else say.day(end)
    return say(STANDS[now], plan=plan.shown if plan else one.plan, date=date)


def _days(act: Act, say: Tongue) -> Iterator[Chip]:
    ended = sum(isinstance(change.event, DayEnded) for change in act.changes)
    told = sum(isinstance(effect, Nudge | Tell) for _, _, effect, _ in act.effects())
    told += sum(isinstance(task.effect, Nudge) and task.effect.row > 0 for task in act.delivered)
    if ended:
        yield Chip("calm", "nightlight", say.many("{n} day ended for a member", "{n} days ended for members", ended))
    if told:
        yield Chip("sent", "mail", say.many("{n} private notice", "{n} private notices", told))
    if not ended and not told:
        yield Chip("calm", "schedule", say(N_("Nothing was due")))


def _sent(effect: Effect, done: bool, playground: Playground, say: Tongue) -> Chip:
    text = effect_words(effect, playground, say)
    door = isinstance(effect, GrantAccess | RevokeAccess)
    icon = ("lock_open" if isinstance(effect, GrantAccess) else "lock") if door else "campaign"
    if isinstance(effect, Nudge | Tell | Relay):
        icon = "mail"
    return Chip("door" if door else "sent", icon if done else "hourglass_top", text)


def effect_words(effect: Effect, playground: Playground, say: Tongue) -> str:
    """What an effect asks for."""
    match effect:
        case GrantAccess(gate=gate):
            return say(N_("The {channel} opens"), channel=_behind(gate, playground, say))
        case RevokeAccess(gate=gate):
            return say(N_("The {channel} closes"), channel=_behind(gate, playground, say))
        case Announce():
            return say(N_("Announced to everybody"))
        case Alert():
            return say(N_("The creator was told"))
        case Nudge() | Tell() | Relay():
            return say(N_("A private notice"))
        case ShowLevel(level=level):
            return say(N_("Shown at the name: level {level}"), level=level)


def _behind(gate: str, playground: Playground, say: Tongue) -> str:
    names = [say(one.name) for one in playground.place.channels.values() if gate in playground.behind(one.id)]
    return names[0] if names else gate


def rows(change: Change, say: Tongue) -> list[tuple[str, str, str]]:
    """(field, before, after) of what changed in the member's state.

    What the guard remembers to compare with are numbers made of texts, which say nothing to anybody: only its verdict.
    """
    return [
        (
            say(FIELDS[one.field]) if one.field in FIELDS else one.field.replace("_", " "),
            _show(one.field, one.before, say),
            _show(one.field, one.after, say),
        )
        for one in differences(change.before, change.after)
        if one.part != "guard" or one.field == "verdict"
    ]


def _show(field: str, value: object, say: Tongue) -> str:
    """A value of a field; days are kept as ordinals."""
    if value is None or value in ("", (), {}):
        return "–"
    if field == "verdict":
        return say(REFUSED.get(str(value), str(value)))
    if field == "givers" and isinstance(value, tuple):
        return str(len(value))
    if field == "runs" and isinstance(value, tuple):
        return ", ".join(f"{_day(first)}–{_day(last)}" if first < last else _day(first) for first, last in value[-3:])
    if field == "checked" and isinstance(value, int):
        return _day(value) if value else "–"
    return _shown(value)


def _day(ordinal: int) -> str:
    return f"{date.fromordinal(ordinal):%m-%d}"


def _shown(value: object) -> str:
    if isinstance(value, Won):
        return value.badge
    if isinstance(value, bool):
        return "✓" if value else "–"
    if isinstance(value, Subscription):
        return f"{value.plan} {value.status}"
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    if isinstance(value, date):
        return f"{value:%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)
    return str(value)
