"""What a member has won and what is within reach: /badges."""

from datetime import timedelta
from typing import Annotated

from bot.cogs.faces import discreet, open_to
from bot.commands import About, Ask, Person, command
from bot.engine.badges import badges, progress
from bot.engine.days import day_of, zone
from bot.engine.earning import Badge
from bot.engine.points import zone_of
from bot.i18n import N_, Tongue
from bot.reply import Field, Reply
from bot.state import MemberState

BAR = 10
"""Signs of a bar."""
FULL, EMPTY = "▰", "▱"


@command(N_("badges"), N_("The badges won, and how far it is to the next"), private=False, aliases=("achievements",))
async def badges_(
    ask: Ask,
    member: Annotated[Person | None, About(name=N_("member"), description=N_("Whose; yours if left out"))] = None,
) -> Reply:
    """Those won with their day, the latest first; then the others, the nearest first. Secret ones are only counted."""
    who = member.profile if member else ask.me
    open_to(ask, who)
    say, rules, state = ask.say, await ask.rules(), who.state
    clock = zone_of(ask.me.state, rules)
    had = {one.badge: one.at for one in state.honours.won}
    there = badges(rules)
    won = sorted([one for one in there if one.name in had], key=lambda one: had[one.name], reverse=True)
    ahead = [one for one in there if one.name not in had and not _over(one, day_of(ask.now, zone_of(state, rules)))]
    secret = sum(one.secret for one in ahead)
    open_ = sorted([one for one in ahead if not one.secret], key=lambda one: -progress(one, state) / one.goal)
    fields = [
        Field(name=_name(say, one), value=say(N_("Won on {day}"), day=say.day(had[one.name].astimezone(zone(clock)))))
        for one in won
    ]
    fields += [Field(name=_name(say, one), value=_ahead(say, one, state)) for one in open_]
    return Reply(
        title=say(N_("Badges of {member}"), member=who.name),
        text=_counted(say, len(won), len(open_), secret),
        fields=tuple(fields),
        private=discreet(who),
    )


def _counted(say: Tongue, won: int, ahead: int, secret: int) -> str:
    text = say(N_("{won} won, {ahead} to come."), won=won, ahead=ahead)
    if not secret:
        return text
    return f"{text} {say.many('And {n} secret one.', 'And {n} secret ones.', secret)}"


def _name(say: Tongue, badge: Badge) -> str:
    return f"{badge.emoji} {say(badge.title or badge.name)}"


def _over(badge: Badge, today: int) -> bool:
    """Whether its season is over, so that it can't be won any more."""
    return badge.until is not None and today >= badge.until.toordinal()


def _ahead(say: Tongue, badge: Badge, state: MemberState) -> str:
    lines = [say(badge.about)] if badge.about else []
    season = _season(say, badge)
    return "\n".join([*lines, *([season] if season else []), bar(say, progress(badge, state), badge.goal)])


def bar(say: Tongue, done: int, goal: int) -> str:
    """How far it is: ▰▰▰▰▰▰▰▱▱▱ 7/10. Full only when it is done."""
    filled = done * BAR // goal
    return f"{FULL * filled}{EMPTY * (BAR - filled)} {say.show(done)}/{say.show(goal)}"


def _season(say: Tongue, badge: Badge) -> str:
    last = badge.until - timedelta(days=1) if badge.until else None
    if badge.since and last:
        return say(N_("From {start} to {end}"), start=say.day(badge.since), end=say.day(last))
    if badge.since:
        return say(N_("From {start} on"), start=say.day(badge.since))
    return say(N_("Until {end}"), end=say.day(last)) if last else ""


COMMANDS = (badges_,)
