"""Badges: won once, when what they count comes to their goal, and never lost. A new one is one entry in `BADGES`.

Creators add their own in the rules (`[[badges]]`), seasonal ones too.
"""

from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Any

from bot.effects import Effect
from bot.engine.days import day_of
from bot.engine.earning import Badge
from bot.engine.ledger import Past
from bot.engine.levels import teller
from bot.engine.metrics import FIELDS, METRICS
from bot.engine.points import zone_of
from bot.engine.rules import Rules
from bot.events import Event, MessagePosted
from bot.state import Honours, MemberState, Won
from bot.words import N_

BADGES = (
    Badge(
        name="first-words",
        metric="messages",
        goal=1,
        emoji="👋",
        title=N_("First words"),
        quiet=True,
        about=N_("You wrote here."),
    ),
    Badge(
        name="regular", metric="active_days", goal=30, emoji="🌳", title=N_("Regular"), about=N_("Active on 30 days.")
    ),
    Badge(
        name="pillar", metric="active_days", goal=200, emoji="🏛️", title=N_("Pillar"), about=N_("Active on 200 days.")
    ),
    Badge(name="week", metric="streak", goal=7, emoji="🔥", title=N_("A whole week"), about=N_("A streak of 7 days.")),
    Badge(
        name="month", metric="streak", goal=30, emoji="☄️", title=N_("A whole month"), about=N_("A streak of 30 days.")
    ),
    Badge(
        name="hundred",
        metric="streak",
        goal=100,
        emoji="💯",
        title=N_("A hundred days"),
        about=N_("A streak of 100 days."),
    ),
    Badge(
        name="early-bird",
        metric="checkins",
        goal=21,
        emoji="📅",
        title=N_("Habit"),
        about=N_("You checked in 21 times."),
    ),
    Badge(
        name="listener",
        metric="reactions_given",
        goal=50,
        emoji="👏",
        title=N_("Good listener"),
        about=N_("You reacted 50 times to what others wrote."),
    ),
    Badge(
        name="welcome",
        metric="replies",
        goal=25,
        emoji="🤝",
        title=N_("Good company"),
        about=N_("You answered others 25 times."),
    ),
    Badge(
        name="liked",
        metric="reactions_received",
        goal=100,
        emoji="💛",
        title=N_("Well liked"),
        about=N_("Others reacted 100 times to what you wrote."),
    ),
    Badge(name="thanked", metric="thanks", goal=10, emoji="🙏", title=N_("Thanked"), about=N_("Thanked 10 times.")),
    Badge(
        name="helper",
        metric="answers",
        goal=1,
        emoji="🛟",
        title=N_("Helper"),
        about=N_("An answer of yours was accepted."),
    ),
    Badge(
        name="mentor",
        metric="answers",
        goal=25,
        emoji="🦉",
        title=N_("Mentor"),
        about=N_("25 of your answers were accepted."),
    ),
    Badge(
        name="student", metric="finished", goal=1, emoji="📗", title=N_("Student"), about=N_("You finished something.")
    ),
    Badge(
        name="scholar", metric="finished", goal=25, emoji="🎓", title=N_("Scholar"), about=N_("You finished 25 things.")
    ),
    Badge(
        name="present",
        metric="attended",
        goal=5,
        emoji="🎤",
        title=N_("Present"),
        about=N_("You were at 5 live sessions."),
    ),
    Badge(
        name="host",
        metric="invited",
        goal=3,
        emoji="💌",
        title=N_("Host"),
        about=N_("3 people whom you invited stayed."),
    ),
    Badge(
        name="phoenix",
        metric="prestige",
        goal=1,
        emoji="🌟",
        title=N_("Once more"),
        about=N_("You began again."),
        secret=True,
    ),
)
"""Those that every community has, unless its rules say otherwise by the same name."""
BY_WRITING = ("points", "level", "messages", "replies", "active_days", "streak")
"""The numbers that a message can change: nearly every event is one, and is not asked about badges for anything else."""


@lru_cache(maxsize=64)
def _all(own: tuple[Badge, ...]) -> tuple[Badge, ...]:
    named = {badge.name: badge for badge in BADGES}
    return tuple({**named, **{badge.name: badge for badge in own}}.values())


def badges(rules: Rules) -> tuple[Badge, ...]:
    """The badges of a community: everybody's, and its own."""
    return _all(rules.badges) if rules.badges else BADGES


def progress(badge: Badge, state: MemberState) -> int:
    """How far a member is on the way to the badge's goal, from 0 to the goal."""
    seasonal = badge.since or badge.until
    done = state.honours.seasons.get(badge.name, 0) if seasonal else METRICS[badge.metric](state)
    return min(max(done, 0), badge.goal)


def honour(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Honours, tuple[Effect, ...]]:
    """Count what belongs to a season, and award what came to its goal."""
    was = state.honours
    seasons = _seasons(event, state, rules, past.before) if rules.badges else was.seasons
    now = was if seasons is was.seasons else Honours(won=was.won, seasons=seasons)
    changed = _counting_now(event, state, rules, past.before)
    if not changed:
        return now, ()
    had = [one.badge for one in was.won]
    won = [badge for badge in changed if badge.name not in had and _reached(badge, state, now)]
    if not won:
        return now, ()
    told = tuple([_told(badge, state, rules) for badge in won if not badge.quiet and rules.levels.announce != "off"])
    return Honours(won=(*was.won, *[Won(badge=badge.name, at=event.at) for badge in won]), seasons=seasons), told


Counted = tuple[tuple[str, tuple[tuple[Callable[[Any], int], tuple[Badge, ...]], ...]], ...]
"""For each part of the state: its name, and what reads each of its fields, with the badges that count this."""


@lru_cache(maxsize=64)
def _by_field(own: tuple[Badge, ...], written: bool) -> Counted:
    """The badges, or those that somebody can win by a message, by the part of the state and its field."""
    parts: dict[str, dict[str, list[Badge]]] = {}
    for badge in _all(own) if own else BADGES:
        if not written or badge.metric in BY_WRITING:
            part, field = FIELDS[badge.metric]
            parts.setdefault(part, {}).setdefault(field, []).append(badge)
    return tuple(
        [
            (part, tuple([(attrgetter(field), tuple(some)) for field, some in fields.items()]))
            for part, fields in parts.items()
        ]
    )


def _counting_now(event: Event, state: MemberState, rules: Rules, before: MemberState) -> list[Badge]:
    """The badges whose number this event changed: no other can be won by it. Only few are, so that they are few."""
    found: list[Badge] = []
    for part, fields in _by_field(rules.badges, isinstance(event, MessagePosted)):
        now, was = getattr(state, part), getattr(before, part)
        if now is not was:
            for read, badges_of in fields:
                if read(now) != read(was):
                    found += badges_of
    return found


def _told(badge: Badge, state: MemberState, rules: Rules) -> Effect:
    return teller(state, rules)(notice="badge", values={"badge": badge.title or badge.name, "emoji": badge.emoji})


def _reached(badge: Badge, state: MemberState, now: Honours) -> bool:
    if badge.since or badge.until:
        return now.seasons.get(badge.name, 0) >= badge.goal
    return METRICS[badge.metric](state) >= badge.goal


def _seasons(event: Event, state: MemberState, rules: Rules, before: MemberState) -> dict[str, int]:
    was = state.honours.seasons
    for badge in rules.badges:
        if not (badge.since or badge.until):
            continue
        day = day_of(event.at, zone_of(state, rules))
        if (badge.since and day < badge.since.toordinal()) or (badge.until and day >= badge.until.toordinal()):
            continue
        more = METRICS[badge.metric](state) - METRICS[badge.metric](before)
        if more:
            was = {**was, badge.name: was.get(badge.name, 0) + more}
    return was
