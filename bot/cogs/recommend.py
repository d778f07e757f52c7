"""What helps next: /recommend with a reason for each item, /interests to say what one wants."""

from collections.abc import Sequence
from typing import Annotated, Literal

from bot import discussing, recommending
from bot.cogs.library_views import ICONS, fits, in_rows, me, short, tell_shown, to_open
from bot.commands import About, Ask, Rank, command
from bot.engine.library import LEVELS, Content
from bot.engine.publishing import tags_of
from bot.events import InterestsChosen
from bot.i18n import N_
from bot.recommending import Pick, Picks
from bot.reply import Blank, Button, Field, Form, Reply
from bot.state import Interests
from bot.storage import library

SHOWN = 4
BRIEF = 160
TAGS = 9
MOST_TOPICS = 10
NAMES = {
    "": N_("any level"),
    "beginner": N_("beginner"),
    "intermediate": N_("intermediate"),
    "advanced": N_("advanced"),
}


async def picks(ask: Ask, wanted: int = SHOWN, *, more: bool = False) -> Picks:
    """What is recommended to the caller, in their language."""
    circles = await discussing.circles(ask.app, ask.me)
    return await recommending.suggest(ask.app, ask.me, ask.say.locale, wanted=wanted, more=more, circles=circles)


@command(N_("recommend"), N_("What would help you next, and why"), aliases=("foryou", "suggestions"))
async def recommend(
    ask: Ask,
    more: Annotated[bool, About(name=N_("more"), description=N_("Others than those shown just now"))] = False,
) -> Reply:
    """A few items, each with its reason, to be opened, kept for later, or never to be seen again."""
    say, found = ask.say, await picks(ask, more=more)
    if not found.found:
        return _nothing(ask, found)
    await tell_shown(ask, [one.content for one in found.found], "recommend")
    last = [
        Button(label=say(N_("Others ▶")), command="recommend", options={"more": True}),
        Button(label=say(N_("My interests")), command="interests"),
        Button(label=say(N_("Discussions")), command="discussions"),
    ]
    return Reply(
        title=say(N_("For you, {member}"), member=ask.me.name),
        fields=tuple(field(ask, one) for one in found.found),
        buttons=(*(_row(ask, at, one) for at, one in enumerate(found.found, 1)), tuple(last)),
        replaces=more,
    )


def field(ask: Ask, pick: Pick) -> Field:
    """An item as it is recommended: its title, what it is, and why."""
    lock = " 🔒" if pick.plan else ""
    summary = " ".join(pick.content.summary.split())
    if len(summary) > BRIEF:
        summary = f"{summary[: BRIEF - 1].rstrip()}…"
    value = "\n".join(part for part in (summary, f"➜ {recommending.why(ask.say, pick)}") if part)
    return Field(name=f"{ICONS[pick.content.kind]} {pick.content.title}{lock}", value=value)


def _row(ask: Ask, number: int, pick: Pick) -> tuple[Button, ...]:
    item = pick.content
    return (
        to_open(item, "recommend", f"{number} · {short(item.title)}"),
        Button(label=ask.say(N_("🔖 Save")), command="study save", options={"item": item.id}),
        Button(
            label=ask.say(N_("🚫 Not for me")),
            command="study dismiss",
            options={"item": item.id, "place": "recommend"},
        ),
    )


def _nothing(ask: Ask, found: Picks) -> Reply:
    """Why there is nothing, and what to do."""
    say = ask.say
    look = (Button(label=say(N_("Look around")), command="library"),)
    if not found.many and ask.caller.rank >= Rank.CREATOR:
        text = say(N_("The library is empty: /publish something, and it is recommended to whom it suits."))
        return Reply(text=text)
    if not found.many:
        talks = (Button(label=say(N_("Discussions")), command="discussions"),)
        return Reply(text=say(N_("There is nothing in the library yet. There may be something to talk about.")),
                     buttons=(talks,))  # fmt: skip
    if found.rested:
        text = say.many(
            "That is all I would recommend now. What you were shown comes back in {n} day.",
            "That is all I would recommend now. What you were shown comes back in {n} days.",
            found.days,
        )
        return Reply(text=text, buttons=(look,))
    text = say(N_("You have done, or passed over, all that I would recommend. Something new will come."))
    return Reply(text=text, buttons=(look,))


# ---------------------------------------------------------------------- interests


async def _topics(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    before, _, last = text.rpartition(",")
    begun = f"{before.strip()}, " if before.strip() else ""
    found = [tag for tag in tags_of(shelf.shown()) if last.strip().lower() in tag]
    return [(f"{begun}{tag}"[:100], f"{begun}{tag}"[:100]) for tag in found[:25]]


async def complete_goal(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    """Courses and tags whose name has the text in it."""
    shelf, wanted = await ask.app.store.read(library.whole, ask.community.id), text.casefold()
    courses = [(one.name, f"{ICONS[one.kind]} {one.title}"[:100]) for one in shelf.shown() if one.kind == "course"]
    tags = [(tag, f"#{tag}") for tag in tags_of(shelf.shown())]
    return [pair for pair in (*courses, *tags) if wanted in pair[1].casefold()][:25]


@command(N_("interests"), N_("Say what you are interested in and what you want to reach"))
async def interests(
    ask: Ask,
    topics: Annotated[
        str, About(name=N_("topics"), description=N_("Separated by commas; - for none"), complete=_topics, most=200)
    ] = "",
    goal: Annotated[
        str,
        About(name=N_("goal"), description=N_("A course or a tag you work towards; - for none"), complete=complete_goal,
              most=100),
    ] = "",
    level: Annotated[
        Literal["beginner", "intermediate", "advanced", "none"] | None,
        About(name=N_("stage"), description=N_("Where you stand"), labels={**NAMES, "none": NAMES[""]}),
    ] = None,
    toggle: Annotated[str, About(name=N_("tag"), description=N_("One topic more, or less"), most=40)] = "",
    words: Annotated[bool, About(name=N_("form"), description=N_("Write it in a form"))] = False,
) -> Reply:  # fmt: skip
    """What is known of the caller's wishes, with a button for each topic of the library; they change it at once."""
    was = ask.me.state.interests
    if words:
        return Reply(form=_form(ask, was))
    now = _changed(was, topics.strip(), goal.strip(), level, toggle.strip())
    if now != was:
        chosen = InterestsChosen(
            key=ask.key, at=ask.now, who=me(ask), topics=now.topics, goal=now.goal, level=now.level
        )
        await ask.app.submit([chosen])
    return await _wishes(ask, now, replaces=bool(toggle) or level is not None)


def _changed(was: Interests, topics: str, goal: str, level: str | None, toggle: str) -> Interests:
    chosen = was.topics
    if topics:
        parts = [" ".join(part.split()) for part in topics.replace("，", ",").replace("、", ",").split(",")]
        chosen = () if topics == "-" else tuple(dict.fromkeys(part[:40] for part in parts if part))
    if toggle:
        chosen = tuple(one for one in chosen if one != toggle) if toggle in chosen else (*chosen, toggle)
    return Interests(
        topics=chosen[:MOST_TOPICS],
        goal=was.goal if not goal else "" if goal == "-" else goal.removeprefix("#"),
        level=was.level if level is None else "" if level == "none" else level,
    )


def _form(ask: Ask, was: Interests) -> Form:
    say = ask.say
    return Form(
        title=say(N_("My interests")),
        command="interests",
        blanks=(
            Blank(name="topics", label=say(N_("Topics, separated by commas")), value=", ".join(was.topics),
                  required=False),
            Blank(name="goal", label=say(N_("What you want to reach")), value=was.goal, required=False, most=100),
        ),
    )  # fmt: skip


async def _wishes(ask: Ask, now: Interests, *, replaces: bool) -> Reply:
    say = ask.say
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    goal = next((one.title for one in shelf.shown() if one.name == now.goal), now.goal)
    tags = list(dict.fromkeys([*list(tags_of(shelf.shown()))[:TAGS], *now.topics]))[:TAGS]
    chosen = [
        Button(label=f"{'✓ ' if tag in now.topics else ''}{tag}", command="interests", options={"toggle": tag},
               style="primary" if tag in now.topics else "plain")
        for tag in tags
    ]  # fmt: skip
    levels = [
        Button(label=say(NAMES[one]), command="interests", options={"level": one}, off=one == now.level)
        for one in LEVELS
        if one
    ]
    onward = (
        Button(label=say(N_("In my own words")), command="interests", options={"words": True}),
        Button(label=say(N_("The way to my goal")), command="path"),
        Button(label=say(N_("What helps me next?")), command="recommend", style="primary"),
    )
    return Reply(
        title=say(N_("My interests")),
        fields=(
            Field(name=say(N_("Topics")), value=", ".join(now.topics) or say(N_("none yet"))),
            Field(name=say(N_("Goal")), value=goal or say(N_("none yet"))),
            Field(name=say(N_("Where you stand")), value=say(NAMES[now.level])),
        ),
        text=say(N_("What is recommended to you follows from this, and from what you read and finish.")),
        buttons=(*in_rows([one for one in chosen if fits(one)], 3), tuple(levels), onward),
        replaces=replaces,
    )


# ---------------------------------------------------------------------- the welcome


async def first_steps(ask: Ask) -> tuple[tuple[Field, ...], tuple[Button, ...]]:
    """For who comes in: one thing that is recommended and one person to meet, and the button to the first."""
    say, found = ask.say, (await picks(ask, 1)).found
    fields, buttons = [], []
    if found:
        await tell_shown(ask, [found[0].content], "welcome")
        fields.append(Field(name=say(N_("To begin with")), value=_line(ask, found[0].content, found[0])))
        buttons.append(to_open(found[0].content, "welcome"))
    met = await discussing.to_meet(ask.app, ask.me)
    if met is not None:
        name, channel = met
        where = say(N_("{member}, in #{channel}"), member=name, channel=channel) if channel else name
        fields.append(Field(name=say(N_("Somebody to meet")), value=where))
    return tuple(fields), tuple(buttons)


def _line(ask: Ask, item: Content, pick: Pick) -> str:
    return f"{ICONS[item.kind]} {item.title}\n➜ {recommending.why(ask.say, pick)}"


COMMANDS = (recommend, interests)
