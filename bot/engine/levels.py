"""Levels: what the points amount to."""

from bisect import bisect_right
from datetime import date, timedelta

from bot.effects import Announce, Effect, Nudge, ShowLevel
from bot.engine.curves import HIGHEST, LevelRules, thresholds
from bot.engine.ledger import Past
from bot.engine.rules import Rules
from bot.events import AdjustmentUndone, Crowned, DayEnded, Event, MemberJoined, PointsAdjusted, Prestiged
from bot.state import MemberState, Standing
from bot.words import replace


def level_of(points: int, rules: LevelRules) -> int:
    """The level that `points` amount to."""
    return bisect_right(thresholds(rules), points, 1) - 1  # level 0 has no lower end


def progress(points: int, rules: LevelRules) -> tuple[int, int, int]:
    """(level, points since it began, points it takes to the next)."""
    totals = thresholds(rules)
    level = level_of(points, rules)
    above = totals[min(level + 1, HIGHEST)]
    return level, points - totals[level], max(above - totals[level], 1)


def way_up(state: MemberState, rules: Rules) -> tuple[int, int, int]:
    """A member's `progress`, since they last began again."""
    return progress(max(state.engagement.points - state.standing.base, 0), rules.levels)


def stand(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Standing, tuple[Effect, ...]]:
    """Follow the points, and announce each new height once; begin again; wear the crown and lay it down."""
    now, effects = _followed(event, state, rules, past)
    changed = now.level != state.standing.level or (isinstance(event, MemberJoined) and now.level > 0)
    return now, (*effects, ShowLevel(level=now.level)) if changed and rules.levels.tags else effects


def _followed(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Standing, tuple[Effect, ...]]:
    was = _lowered(event, state, past.before.engagement.points)
    match event:
        case Prestiged():
            return _again(was, state, rules)
        case Crowned():
            return _crown(event, was, state, rules)
        case DayEnded() | MemberJoined() if was.crowned is not None and _day_begun(event) >= was.crowned:
            was = replace(was, crowned=None)
    level = level_of(state.engagement.points - was.base, rules.levels)
    if level <= was.announced:
        return (was if level == was.level else replace(was, level=level)), ()
    return replace(was, level=level, announced=level), _told(was.announced, level, state, rules)


def _day_begun(event: DayEnded | MemberJoined) -> date:
    """Of whoever was away nobody says when their days end: it is looked at when they are back."""
    return event.day + timedelta(days=1) if isinstance(event, DayEnded) else event.at.date()


def _lowered(event: Event, state: MemberState, before: int) -> Standing:
    """Begin from where a creator's hand put the points, if that is below where they began; undone, as before.

    Else nothing earned afterwards would bring a level, until all that was taken is earned again.
    """
    was, points = state.standing, max(state.engagement.points, 0)
    match event:
        case PointsAdjusted() if points < min(was.base, before):
            return replace(was, base=points, lowered={**was.lowered, event.key: was.base - points})
        case AdjustmentUndone() if event.of in was.lowered:
            lowered = {key: by for key, by in was.lowered.items() if key != event.of}
            return replace(was, base=was.base + was.lowered[event.of], lowered=lowered)
        case _:
            return was


def _again(was: Standing, state: MemberState, rules: Rules) -> tuple[Standing, tuple[Effect, ...]]:
    if not rules.prestige.level or was.level < rules.prestige.level:
        return was, ()
    points = state.engagement.points
    now = Standing(prestige=was.prestige + 1, base=points, crowned=was.crowned, lowered=was.lowered)
    if rules.levels.announce == "off":
        return now, ()
    kind = teller(state, rules)
    return now, (kind(notice="prestige", values={"times": now.prestige}),)


def _crown(event: Crowned, was: Standing, state: MemberState, rules: Rules) -> tuple[Standing, tuple[Effect, ...]]:
    won = Announce(
        notice="week_won",
        values={"place": event.place, "points": event.points, "alias": state.contact.alias},
        more=tuple([{"member": member, "place": place, "points": points} for member, place, points in event.beside]),
    )
    told = (won,) if rules.boards.announce and not event.told else ()
    if event.until <= event.at.date():
        return was, told
    return replace(was, crowned=max(was.crowned or event.until, event.until)), told


def teller(state: MemberState, rules: Rules) -> type[Announce | Nudge]:
    """How a member's successes are told: in the channel, or to them alone if they do not want to be known for them."""
    private = state.contact.hidden or state.contact.alias or rules.levels.announce != "channel"
    return Nudge if private else Announce


def _told(before: int, level: int, state: MemberState, rules: Rules) -> tuple[Effect, ...]:
    """How a new level is told; one of those passed over counts as well as the one reached."""
    how = rules.levels
    opens = {gate.level for gate in rules.gates if not gate.crown}
    passed = range(before + 1, level + 1)
    worth_it = any(one in opens for one in passed) if how.rewards_only else any(one % how.every == 0 for one in passed)
    if how.announce == "off" or not worth_it:
        return ()
    return (teller(state, rules)(notice="level_up", values={"level": level}),)
