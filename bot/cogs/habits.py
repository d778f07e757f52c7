"""A day at a time: /checkin, the clock one lives by (/timezone), and beginning again (/prestige)."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Annotated

from bot.cogs import clocks
from bot.cogs.badges import bar
from bot.commands import About, Ask, Refused, command
from bot.engine.badges import badges
from bot.engine.days import day_of, zone
from bot.engine.levels import way_up
from bot.engine.points import zone_of
from bot.engine.rules import Rules
from bot.engine.streaks import SPELL, freezes_left, streak
from bot.events import CheckedIn, Prestiged, ZoneChosen, member_account
from bot.i18n import N_, Tongue
from bot.reply import Button, Field, Reply
from bot.state import MemberState
from bot.storage import members, statement

WEEKS = 5
DONE, MISSED, AHEAD = "■", "□", "·"
COMMUNITY = "community"
"""What is written for 'the clock of the community'."""


@command(N_("checkin"), N_("Say that you are here today: a day more for your streak"), aliases=("daily", "打卡"))
async def checkin(ask: Ask) -> Reply:
    """Once a day by the member's own clock; the second time says when the next is possible."""
    rules = await ask.rules()
    clock = zone_of(ask.me.state, rules)
    day = day_of(ask.now, clock)
    key = f"checkin:{ask.me.member}:{day}"
    if day <= ask.me.state.habit.checked:
        return _already(ask, ask.me.state, rules, clock)
    who = member_account(ask.community.id, ask.me.member)
    outcome = await ask.app.submit([CheckedIn(key=key, at=ask.now, who=who)])
    state = await ask.app.store.read(members.state, ask.me.member) or ask.me.state
    if not outcome.new:
        return _already(ask, state, rules, clock)
    earned = sum(one.points for one in await ask.app.store.read(statement.booked, ask.me.member, key))
    title = ask.say(N_("Checked in. Good to see you, {member}!"), member=ask.me.name)
    following = _next(ask, clock, day)
    text = ask.say.many("+{n} point. {next}", "+{n} points. {next}", earned, next=following) if earned else following
    return Reply(title=title, text=text, fields=_habit(ask, state, rules, day))


def _already(ask: Ask, state: MemberState, rules: Rules, clock: str) -> Reply:
    """Said kindly, and nothing is changed."""
    following = _next(ask, clock, state.habit.checked)
    text = ask.say(N_("You have checked in today already. {next}"), next=following)
    return Reply(text=text, fields=_habit(ask, state, rules, day_of(ask.now, clock)))


def _next(ask: Ask, clock: str, day: int) -> str:
    """When the day (an ordinal) is over: at the next midnight of the clock."""
    midnight = datetime.combine(date.fromordinal(day + 1), time(), zone(clock))
    minutes = int((midnight - ask.now).total_seconds()) // 60
    left = ask.say(N_("{h} h {m} min"), h=minutes // 60, m=minutes % 60)
    return ask.say(
        N_("The next one is possible in {left}: at midnight in {clock}."), left=left, clock=_place(ask.say, clock)
    )


def _place(say: Tongue, clock: str) -> str:
    return clocks.called(clock, say)


def _habit(ask: Ask, state: MemberState, rules: Rules, day: int) -> tuple[Field, ...]:
    say, runs = ask.say, state.habit.runs
    now = streak(state, rules, day)
    said = [
        Field(name=say(N_("Streak")), value=say.many("{n} day", "{n} days", now)),
        Field(name=say(N_("Best so far")), value=say.many("{n} day", "{n} days", max(state.habit.best, now))),
    ]
    freezes = rules.streaks.freezes
    if freezes:
        text = say(N_("{left} of {all} left. A day missed takes one, and it comes back after {days} days."),
                   left=freezes_left(runs, day, freezes), all=freezes, days=SPELL)  # fmt: skip
        said.append(Field(name=say(N_("Freezes")), value=text))
    goals = [one for one in badges(rules) if one.metric == "streak" and one.goal > now and not (one.since or one.until)]
    won = {one.badge for one in state.honours.won}
    ahead = min(
        [one for one in goals if one.name not in won and not one.secret], key=lambda one: one.goal, default=None
    )
    if ahead is not None:
        named = f"{ahead.emoji} {say(ahead.title or ahead.name)}"
        said.append(Field(name=say(N_("Next badge")), value=f"{named}\n{bar(say, now, ahead.goal)}"))
    said.append(Field(name=say(N_("The last weeks, Monday to Sunday")), value=calendar(runs, day)))
    return tuple(said)


def calendar(runs: Sequence[tuple[int, int]], today: int) -> str:
    """The last weeks, a line each from Monday to Sunday: ■ active, □ not, · to come. Days are ordinals."""
    monday = today - date.fromordinal(today).weekday()
    first = monday - 7 * (WEEKS - 1)

    def sign(day: int) -> str:
        if any(start <= day <= end for start, end in runs):
            return DONE
        return AHEAD if day >= today else MISSED

    weeks = range(first, monday + 1, 7)
    return "\n".join("".join(sign(day) for day in range(start, start + 7)) for start in weeks)


# ---------------------------------------------------------------------- the clock


async def _zones(ask: Ask, text: str) -> list[tuple[str, str]]:
    """What can be meant by what was typed so far; a few well-known ones before that."""
    found = clocks.find(text) if text.strip() else (*dict.fromkeys(((await ask.rules()).zone, *clocks.WELL_KNOWN)),)
    return [(name, f"{clocks.called(name, ask.say)} {clocks.clock(ask.now, name)}") for name in found]


@command(N_("timezone"), N_("The clock you live by: your days and streaks begin at its midnight"), aliases=("tz",))
async def timezone(
    ask: Ask,
    zone: Annotated[
        str, About(name=N_("zone"), description=N_("A city, or UTC+8; 'community' for its clock"), most=64,
                   complete=_zones)
    ] = "",
) -> Reply:  # fmt: skip
    """Choose, or be told what it is."""
    rules = await ask.rules()
    if not zone:
        return Reply(text=_time(ask, N_("Your clock is {clock}: it is {time} there."), zone_of(ask.me.state, rules)))
    theirs = zone.strip().casefold() in (COMMUNITY, ask.say(N_("community")).casefold())
    chosen = "" if theirs else _found(ask, zone)
    who = member_account(ask.community.id, ask.me.member)
    await ask.app.submit([ZoneChosen(key=ask.key, at=ask.now, who=who, zone=chosen)])
    text = N_("From now on your day begins at midnight in {clock}: it is {time} there.")
    return Reply(text=_time(ask, text, chosen or rules.zone))


def _time(ask: Ask, text: str, name: str) -> str:
    return ask.say(text, clock=_place(ask.say, name), time=clocks.clock(ask.now, name))


def _found(ask: Ask, text: str) -> str:
    found = clocks.find(text)
    if not found:
        words = N_("I know no clock called {name}. Write a city such as Berlin or 上海, or whole hours such as UTC+8.")
        raise Refused(ask.say(words, name=text))
    if len(found) > 1:
        several = ", ".join(found[:5])
        raise Refused(ask.say(N_("{name} may be one of several: {several}. Write which."), name=text, several=several))
    return found[0]


# ---------------------------------------------------------------------- beginning again


@command(N_("prestige"), N_("Begin again at level 0, with a star"))
async def prestige(
    ask: Ask, sure: Annotated[bool, About(name=N_("sure"), description=N_("There is no way back"))] = False
) -> Reply:
    """Says what is lost and what is kept, and asks once."""
    say, rules, state = ask.say, await ask.rules(), ask.me.state
    needed = rules.prestige.level
    level = way_up(state, rules)[0]
    if not needed:
        raise Refused(say(N_("Nobody begins again in this community.")))
    if level < needed:
        raise Refused(say(N_("Beginning again is possible from level {needed} on. You are at level {level}."),
                          needed=needed, level=level))  # fmt: skip
    times = state.standing.prestige + 1
    if not sure:
        yes = Button(label=say(N_("Begin again")), command="prestige", options={"sure": True}, style="danger")
        return Reply(
            title=say(N_("Begin again at level 0?")), fields=_stakes(say, rules, state, times), buttons=((yes,),)
        )
    who = member_account(ask.community.id, ask.me.member)
    await ask.app.submit([Prestiged(key=f"prestige:{ask.me.member}:{times}", at=ask.now, who=who)])
    text = say(N_("You begin again at level 0, with {times} ★. All the best for the way!"), times=times)
    return Reply(text=text, replaces=True)


def _stakes(say: Tongue, rules: Rules, state: MemberState, times: int) -> tuple[Field, ...]:
    bought = {gate for name in state.membership.plans if (plan := rules.plan(name)) for gate in plan.gates}
    opened = set(state.access.open) - bought
    closing = sorted(gate.name for gate in rules.gates if gate.level and not gate.crown and gate.name in opened)
    lost = [say(N_("Your level: it is 0 then."))]
    if closing:
        lost.append(say(N_("What it opened: {gates}"), gates=", ".join(closing)))
    kept = say(N_("Your points and your place, coins, badges, streak and membership."))
    return (
        Field(name=say(N_("You lose")), value="\n".join(lost)),
        Field(name=say(N_("You keep")), value=kept),
        Field(name=say(N_("You get")), value=f"{'★' * min(times, 10)} {say(N_('for all to see'))}"),
    )


COMMANDS = (checkin, timezone, prestige)
