"""How somebody stands, in words: the phases of a subscription, why a place is open or closed, and when that changes.

`explain` is what /why says. The words are one table each; a new phase or reason is one entry.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.engine.audit import IN, Holder, Kind, Place, Way, Why
from bot.engine.membership import OPEN, Phase, ends_at, entitles, phase
from bot.engine.rules import Rules
from bot.i18n import N_, Tongue
from bot.sales import Price, Subscription

PHASES: dict[Phase, str] = {
    Phase.PENDING: N_("waiting for the payment"),
    Phase.TRIALING: N_("in trial"),
    Phase.ACTIVE: N_("active"),
    Phase.CANCELLED: N_("cancelled, open until its date"),
    Phase.GRACE: N_("payment failed, still open"),
    Phase.PAUSED: N_("paused"),
    Phase.EXPIRED: N_("ended"),
    Phase.REFUNDED: N_("refunded"),
    Phase.DISPUTED: N_("disputed at the bank"),
}
"""Each phase in a word or two."""

KINDS: dict[Kind, str] = {
    "pays_out": N_("Pays and is not in"),
    "due_in": N_("May be in, pays nothing, and is not"),
    "should_leave": N_("Is in and should not be"),
    "unpaid": N_("Is in by right and does not pay"),
    "by_hand": N_("Let in by hand, left alone"),
}
"""What an audit finds."""

WHYS: dict[Why, str] = {
    "late": N_("not looked at yet"),
    "unbound": N_("nothing is behind the gate: /gate add"),
    "not_linked": N_("no account linked there"),
    "missing": N_("never given, or lost"),
    "waiting": N_("on its way"),
    "blocked": N_("I could not let them in"),
    "away": N_("not in the server or group"),
    "held": N_("a moderator took it back"),
    "closing": N_("being taken back"),
    "stuck": N_("we let them in, and no gate is open"),
    "by_hand": N_("somebody else let them in"),
    "trial": N_("in a trial"),
    "grace": N_("the payment failed; in grace"),
    "given": N_("given free of charge"),
    "level": N_("by level"),
}
"""Why an audit finds it."""

PLATFORMS = {"discord": "Discord", "telegram": "Telegram", "playground": N_("Playground")}
EVERY = 5
"""Minutes between two attempts to mend what could not be given (see `bot/jobs.py`)."""

Line = tuple[str, dict[str, object]]
"""A message to translate, and its values: text, numbers, `datetime`s and `Price`s."""
Names = Mapping[tuple[str, str], str]
"""{(platform, target): what a place is called}."""


def tell(say: Tongue, line: Line) -> str:
    """A line in a language, dates and money as it writes them."""
    message, values = line
    return say(message, **{name: _shown(say, name, value) for name, value in values.items()})


def _shown(say: Tongue, name: str, value: object) -> object:
    if name == "platform":
        return say(str(value))
    if isinstance(value, datetime):
        return say.day(value)
    return say.money(value) if isinstance(value, Price) else value


def label(place: Place | Way, names: Names) -> str:
    """What a place is called: its name, or else its kind and id."""
    return names.get((place.platform, place.target)) or place.target.replace(":", " ", 1)


def platform_name(platform: str) -> str:
    """What a platform is called, in words to translate."""
    return PLATFORMS.get(platform, platform)


# ---------------------------------------------------------------------- a subscription

_PHRASES: dict[Phase, str] = {
    Phase.PENDING: N_("{plan}: begun, but not paid yet. It opens as soon as the payment arrives."),
    Phase.TRIALING: N_("{plan}: a trial until {until}; it is charged then, unless you /cancel it before."),
    Phase.ACTIVE: N_("{plan}: paid until {until}. It renews by itself then."),
    Phase.CANCELLED: N_("{plan}: cancelled, and still yours until {until}. /status can undo that until then."),
    Phase.GRACE: N_(
        "{plan}: the payment due on {due} did not go through. You stay in until {until}: mend it by /portal."
    ),
    Phase.PAUSED: N_("{plan}: paused. No charges and no access until you resume it by /status."),
    Phase.EXPIRED: N_("{plan}: ended on {until}. /subscribe brings you back in."),
    Phase.REFUNDED: N_("{plan}: refunded, and access ended with that."),
    Phase.DISPUTED: N_(
        "{plan}: the payment is disputed at your bank; access rests until that is settled. /paysupport helps."
    ),
}
_FOR_EVER = N_("{plan}: yours for ever.")
_TO_A_DATE = N_("{plan}: yours until {until}. It does not renew by itself.")
_TRIAL_ENDS = N_("{plan}: a trial until {until}. It ends then, and nothing is charged.")
_OVER = N_("{plan}: ended. /subscribe brings you back in.")
_UNHEARD = N_("{plan}: its renewal of {due} has not been heard of yet and is being asked about. You stay in meanwhile.")
_DISPUTED_IN = N_("{plan}: the payment is disputed at your bank. You stay in meanwhile. /paysupport helps.")
_SHORT_OF_STARS = N_("{plan}: there were not enough Stars on {due}. You stay in until {until}: top them up till then.")


def standing(one: Subscription, at: datetime, rules: Rules) -> Line:
    """How a subscription stands, with the dates that matter."""
    plan = rules.plan(one.plan)
    now, until = phase(one, at, rules), one.until
    values: dict[str, object] = {"plan": plan.shown if plan else one.plan}
    message = _PHRASES[now]
    if now is Phase.GRACE:
        message = _SHORT_OF_STARS if one.provider == "stars" else message
        values |= {"due": until, "until": ends_at(one, rules)}
    elif until is not None:
        values |= {"until": until}
    if now is Phase.ACTIVE and not one.renews:
        message = _FOR_EVER if until is None else _TO_A_DATE
    elif now is Phase.ACTIVE and until is None:
        message = _FOR_EVER
    elif now in (Phase.ACTIVE, Phase.TRIALING) and until is not None and at >= until:
        message = _UNHEARD
        values |= {"due": until}
    elif one.status == "trialing" and now in (Phase.CANCELLED, Phase.TRIALING) and not one.renews:
        message = _TRIAL_ENDS
    elif now is Phase.EXPIRED and (until is None or until > at):
        message = _OVER
    elif now is Phase.DISPUTED and entitles(one, at, rules):
        message = _DISPUTED_IN
    return message, values


def longest(subscriptions: Iterable[Subscription], at: datetime, rules: Rules) -> list[Subscription]:
    """Those that are worth a line of their own.

    Of what runs to a date and no further, such as days bought with coins, that is only what runs longest of each plan;
    what ended as it began was a mere sign, of something taken off a bill.
    """
    held = [one for one in subscriptions if not (_runs_out(one) and one.until == one.since)]
    last: dict[tuple[str, bool], datetime] = {}
    for one in filter(_runs_out, held):
        which = one.plan, phase(one, at, rules) in OPEN
        last[which] = max(one.until or at, last.get(which, one.until or at))
    return [one for one in held if not _runs_out(one) or one.until == last[one.plan, phase(one, at, rules) in OPEN]]


def _runs_out(one: Subscription) -> bool:
    return one.status == "active" and one.until is not None and not one.months


def _worth_telling(subscriptions: Sequence[Subscription], at: datetime, rules: Rules) -> list[Subscription]:
    """All that are not over; or else the one that ended last."""
    over = (Phase.EXPIRED, Phase.REFUNDED)
    subscriptions = longest(subscriptions, at, rules)
    going = [one for one in subscriptions if phase(one, at, rules) not in over]
    ended = sorted(subscriptions, key=lambda one: (one.until or one.as_of, one.id))
    return going or ended[-1:]


# ---------------------------------------------------------------------- a place


def explain(holder: Holder, places: Sequence[Place], rules: Rules, at: datetime, names: Names) -> list[Line]:
    """What /why says: how each subscription stands, then for each place whether one is in, why, and when it mends."""
    told = [standing(one, at, rules) for one in _worth_telling(holder.subscriptions, at, rules)]
    lines = told or [(N_("You have no plan. /plans shows what there is."), {})]
    seen: dict[tuple[str, str], list[Place]] = {}
    for place in places:
        seen.setdefault((place.platform, place.target), []).append(place)
    return [*lines, *(line for behind in seen.values() for line in _place(holder, behind, rules, at, names))]


def _place(holder: Holder, behind: Sequence[Place], rules: Rules, at: datetime, names: Names) -> list[Line]:
    """One place, which may stand behind several gates; a line for each of the member's accounts there."""
    place = behind[0]
    values: dict[str, object] = {"place": label(place, names), "platform": platform_name(place.platform)}
    gates = [one.gate for one in behind]
    ways = {way.user: way for way in holder.ways if (way.platform, way.target) == (place.platform, place.target)}
    users = [user for platform, user in holder.accounts if platform == place.platform]
    if any(gate in holder.open for gate in gates):
        if not users:
            return [
                (N_("{place} ({platform}) is open to you, but I do not know you there: /link joins the two."), values)
            ]
        return [_open(ways.get(user), values) for user in users]
    if _entitled(holder, gates, rules, at):
        return [(N_("{place} ({platform}) opens within {minutes} minutes."), {**values, "minutes": EVERY})]
    inside = [way for way in ways.values() if way.status in IN]
    return [_closed(way, values) for way in inside] or [_shut(gates, rules, values)]


def _entitled(holder: Holder, gates: Sequence[str], rules: Rules, at: datetime) -> bool:
    plans = [rules.plan(one.plan) for one in holder.subscriptions if entitles(one, at, rules)]
    return any(gate in plan.gates for plan in plans if plan is not None for gate in gates)


_OPEN: dict[str, str] = {
    "giving": N_("{place} ({platform}): you are being let in, which takes seconds."),
    "wanted": N_("{place} ({platform}): you are being let in, which takes seconds."),
    "granted": N_("{place} ({platform}): you are in."),
    "found": N_("{place} ({platform}): you are in; somebody else let you in, and I leave that alone."),
    "away": N_("{place} ({platform}): you are not there yet. I let you in when you join."),
    "held": N_("{place} ({platform}): a moderator took it back, so I do not give it again. Ask them, or /paysupport."),
}
_BLOCKED = N_("{place} ({platform}): I could not let you in: {why}. I try again every {minutes} minutes.")
_LOST = N_("{place} ({platform}): it is open to you and you are not in. I mend that within {minutes} minutes.")


def _open(way: Way | None, values: dict[str, object]) -> Line:
    if way is not None and way.waiting and way.status not in IN:
        return _OPEN["wanted"], values
    if way is not None and way.status in _OPEN:
        return _OPEN[way.status], values
    if way is not None and way.status == "blocked":
        return _BLOCKED, {**values, "why": way.why.rstrip(".") or "?", "minutes": EVERY}
    return _LOST, {**values, "minutes": EVERY}


def _closed(way: Way, values: dict[str, object]) -> Line:
    """Somebody is in a place that is not open to them."""
    if way.status == "found":
        return _OPEN["found"], values
    return N_("{place} ({platform}): your access has ended and is taken back within {minutes} minutes."), {
        **values,
        "minutes": EVERY,
    }


def _shut(gates: Sequence[str], rules: Rules, values: dict[str, object]) -> Line:
    """What would open a place."""
    plans = [plan.shown for plan in rules.plans if not plan.archived and any(gate in plan.gates for gate in gates)]
    levels = [gate.level for gate in rules.gates if gate.name in gates]
    opens: dict[str, object] = {"plans": ", ".join(plans), "level": min(levels, default=0)}
    if plans and levels:
        return N_("{place} ({platform}) is closed to you. It opens by {plans}, or at level {level}."), {
            **values,
            **opens,
        }
    if plans:
        return N_("{place} ({platform}) is closed to you. It opens by {plans}: /subscribe."), {**values, **opens}
    if levels:
        return N_("{place} ({platform}) is closed to you. It opens at level {level}."), {**values, **opens}
    return N_("{place} ({platform}) is closed to you."), values
