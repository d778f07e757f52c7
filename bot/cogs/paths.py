"""The way to a goal: /path."""

from typing import Annotated

from bot.cogs.library import bar
from bot.cogs.library_views import ICONS, Reader, in_rows, me, reader, tell_shown, to_open
from bot.cogs.recommend import complete_goal
from bot.commands import About, Ask, Refused, command
from bot.engine.paths import CircleError, Goal, Path, Step, goal, plan
from bot.engine.publishing import tags_of
from bot.events import InterestsChosen
from bot.i18n import N_
from bot.reply import Button, Field, Reply
from bot.words import replace

SHOWN = 12
MARKS = {"done": "✅", "ready": "▫️", "waiting": "⏳", "locked": "🔒"}


@command(N_("path"), N_("The way to your goal: what comes next, and what is left"))
async def path(
    ask: Ask,
    to: Annotated[
        str, About(name=N_("goal"), description=N_("A course, an item or a tag"), complete=complete_goal, most=100)
    ] = "",
) -> Reply:
    """Planned anew at each call, from what was finished; the goal is remembered."""
    read = await reader(ask)
    wishes = ask.me.state.interests
    named = to.strip() or wishes.goal
    if not named:
        return _which(read)
    found = goal(read.library, named, wishes.level)
    if found is None and not to.strip():
        return _which(read)
    if found is None:
        raise Refused(ask.say(N_("There is no {goal} in the library: name a course, an item or a tag."), goal=named))
    name = _name(found, named)
    if name != wishes.goal:
        chosen = replace(wishes, goal=name)
        await ask.app.submit([
            InterestsChosen(key=ask.key, at=ask.now, who=me(ask), topics=chosen.topics, goal=name, level=chosen.level)
        ])  # fmt: skip
    try:
        way = plan(read.library, found, read.studies, ask.me.state.membership.plans, read.rules)
    except CircleError as circle:
        titles = " → ".join(f"“{one.title}”" for one in circle.items)
        raise Refused(ask.say(N_("These wait for each other, tell the creator: {items}"), items=titles)) from circle
    if way.next is not None:
        await tell_shown(ask, [way.next.item], "path")
    return _shown(read, way)


def _name(found: Goal, named: str) -> str:
    """How a goal is remembered: an item by its name, a tag as it is."""
    return found.targets[0].name if not found.title.startswith("#") else named.strip().removeprefix("#").casefold()


def _which(read: Reader) -> Reply:
    """No goal yet: courses and tags to choose from."""
    say = read.ask.say
    courses = [one for one in read.library.shown() if one.kind == "course"][:6]
    tags = list(tags_of(read.library.shown()))[:6]
    if not courses and not tags:
        return Reply(text=say(N_("There is no course here yet, and nothing with a tag: no goal to work towards.")))
    chosen = [
        Button(label=f"{ICONS[one.kind]} {one.title[:38]}", command="path", options={"to": one.id}) for one in courses
    ]
    chosen += [Button(label=f"#{tag}", command="path", options={"to": tag}) for tag in tags if len(tag.encode()) <= 40]
    return Reply(
        title=say(N_("What do you want to reach?")),
        text=say(N_("Choose a course or a topic: I plan the way there from what you have finished.")),
        buttons=in_rows(chosen, 3),
    )


def _shown(read: Reader, way: Path) -> Reply:
    say, buttons = read.ask.say, []
    lines = [bar(way.done, len(way.steps))]
    if way.done == len(way.steps):
        lines.append(say(N_("🎉 You have reached it.")))
        buttons.append(Button(label=say(N_("What helps me next?")), command="recommend", style="primary"))
    else:
        lines.append(say(N_("About {length} left."), length=length(read, way.minutes_left)))
    if way.next is not None:
        label = say(N_("Next: {item}"), item=way.next.item.title[:30])
        buttons.append(replace(to_open(way.next.item, "path", label), style="primary"))
    shut = {name for one in way.steps for name in one.plans}
    if shut:
        titles = [plan_.shown for plan_ in read.rules.plans if plan_.name in shut]
        lines.append(say(N_("🔒 opens with {plan}"), plan=" / ".join(titles)))
        buttons.append(Button(label=say(N_("Plans")), command="plans"))
    buttons.append(Button(label=say(N_("Another goal")), command="interests"))
    listed = _listed(read, way)
    return Reply(
        title=say(N_("The way to {goal}"), goal=way.title),
        text="\n".join(lines),
        fields=(Field(name=say(N_("Steps")), value=listed),),
        buttons=in_rows(buttons, 3),
    )


def _listed(read: Reader, way: Path) -> str:
    """The steps about the next one, with their marks; how many are not shown."""
    say, many = read.ask.say, len(way.steps)
    at = next((n for n, one in enumerate(way.steps) if one == way.next), 0)
    begin = max(min(at - 2, many - SHOWN), 0)
    shown = way.steps[begin : begin + SHOWN]
    lines = [_line(read, n, one) for n, one in enumerate(shown, begin + 1)]
    if begin:
        lines.insert(0, say.many("… {n} before", "… {n} before", begin))
    if begin + len(shown) < many:
        lines.append(say.many("… {n} more", "… {n} more", many - begin - len(shown)))
    return "\n".join(lines)


def _line(read: Reader, number: int, step: Step) -> str:
    course = read.library.items.get(step.item.course)
    within = f" · {course.title}" if course is not None else ""
    return f"{MARKS[step.state]} {number}. {step.item.title}{within} ({length(read, step.minutes)})"


def length(read: Reader, minutes: int) -> str:
    """How long something takes, roughly."""
    say = read.ask.say
    return say(N_("{n} min"), n=minutes) if minutes < 90 else say(N_("{n} h"), n=round(minutes / 60))


COMMANDS = (path,)
