"""What an event brought a member, in words for everybody: points and why none, coins, streak, badges, stars, crowns."""

from collections.abc import Iterator
from typing import NamedTuple

from bot.adapters.playground import Playground
from bot.batch import Change
from bot.cogs.ways import REFUSED
from bot.engine.badges import badges
from bot.engine.days import day_of
from bot.engine.points import zone_of
from bot.engine.purse import coins
from bot.engine.streaks import streak
from bot.events import (
    BoardChosen,
    MessageEdited,
    MessagePosted,
    ReactionReceived,
    ThanksReceived,
    ZoneChosen,
)
from bot.i18n import N_, Tongue


class Chip(NamedTuple):
    """A short outcome: `kind` is its colour (gain, loss, level, badge, coin, streak, plan, door, sent, calm)."""

    kind: str
    icon: str
    text: str


def chips(change: Change, me: str, playground: Playground, say: Tongue) -> Iterator[Chip]:
    """All of it, the most telling first."""
    yield from _points(change, me, playground, say)
    yield from _standing(change, say)
    yield from _badges(change, playground, say)
    yield from _habit(change, playground, say)
    yield from _coins(change, playground, say)
    yield from _chosen(change, say)


def _signed(number: int, say: Tongue) -> str:
    return f"+{say.show(number)}" if number > 0 else f"−{say.show(-number)}"


def _points(change: Change, me: str, playground: Playground, say: Tongue) -> Iterator[Chip]:
    before, after = change.before.engagement, change.after.engagement
    mine = playground.user_of(change.seat.member) == me
    gained = after.points - before.points
    if gained:
        kind, icon = ("gain", "star") if gained > 0 else ("loss", "star_half")
        text = say(N_("{number} points")) if mine else say(N_("{number} points for {name}"))
        name = playground.name_of(change.seat.member)
        yield Chip(kind, icon, text.replace("{number}", _signed(gained, say)).replace("{name}", name))
    elif reason := unpaid(change, say):
        yield Chip("calm", "block", reason)


def unpaid(change: Change, say: Tongue) -> str:
    """Why an event that might have earned something did not; '' where nothing was to be earned."""
    match change.event:
        case MessagePosted():
            verdict = change.after.guard.verdict
            if not verdict:
                return say(N_("No points: what counts of a day is reached."))
            return say(N_("No points. {why}"), why=say(REFUSED.get(verdict, verdict)))
        case ReactionReceived() | ThanksReceived():
            return say(N_("No points. {why}"), why=say(REFUSED["again"]))
        case MessageEdited():
            return say(N_("Points stay as they were"))
        case _:
            return ""


def _standing(change: Change, say: Tongue) -> Iterator[Chip]:
    before, after = change.before.standing, change.after.standing
    if after.prestige > before.prestige:
        yield Chip("badge", "auto_awesome", say(N_("Begins again, with {times} ★"), times=after.prestige))
    elif after.level != before.level:
        rose = after.level > before.level
        text = say(N_("Level {level}"), level=after.level)
        yield Chip("level" if rose else "loss", "trending_up" if rose else "trending_down", text)
    if after.crowned and after.crowned != before.crowned:
        yield Chip("badge", "emoji_events", say(N_("Wears the week's crown until {date}"), date=say.day(after.crowned)))


def won(change: Change, playground: Playground, say: Tongue) -> list[str]:
    """The badges won by an event, by emoji and name."""
    had = {one.badge for one in change.before.honours.won}
    named = {badge.name: badge for badge in badges(playground.rules)}
    return [
        f"{named[one.badge].emoji} {say(named[one.badge].title or one.badge)}"
        for one in change.after.honours.won
        if one.badge not in had and one.badge in named
    ]


def _badges(change: Change, playground: Playground, say: Tongue) -> Iterator[Chip]:
    for badge in won(change, playground, say):
        yield Chip("badge", "workspace_premium", say(N_("Badge {badge}"), badge=badge))


def _habit(change: Change, playground: Playground, say: Tongue) -> Iterator[Chip]:
    """A day more, once a day."""
    if change.after.habit.days <= change.before.habit.days:
        return
    day = day_of(change.event.at, zone_of(change.after, playground.rules))
    now = streak(change.after, playground.rules, day)
    yield Chip("streak", "local_fire_department", say(N_("Day {n} of the streak"), n=now))


def _coins(change: Change, playground: Playground, say: Tongue) -> Iterator[Chip]:
    more = coins(change.after, playground.rules) - coins(change.before, playground.rules)
    if more:
        text = say.many("{number} coin", "{number} coins", abs(more), number=_signed(more, say))
        yield Chip("coin" if more > 0 else "loss", "paid", text)


def _chosen(change: Change, say: Tongue) -> Iterator[Chip]:
    """What the member chose for themselves."""
    match change.event:
        case ZoneChosen(zone=zone):
            clock = zone or say(N_("the community"))
            yield Chip("sent", "schedule", say(N_("Days begin at midnight in {clock}"), clock=clock))
        case BoardChosen(hidden=hidden, alias=alias):
            name = say(N_("{name} on the boards"), name=alias) if alias else say(N_("On the boards by name"))
            yield Chip("sent", "leaderboard", say(N_("On no board")) if hidden else name)
        case _:
            return
