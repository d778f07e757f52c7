"""The first words: /start and /help."""

from typing import Annotated

from bot.cogs.coming import by_link, read_link
from bot.cogs.recommend import first_steps
from bot.commands import About, Ask, command
from bot.i18n import N_
from bot.reply import Button, Field, Reply


@command(N_("start"), N_("What this is and what you can do"), newcomers=by_link)
async def start(
    ask: Ask,
    tag: Annotated[str, About(name=N_("tag"), description=N_("Where you came from"), most=64)] = "",
) -> Reply:
    """A greeting, what to do and whom to meet first; or what the link asked for by which somebody came."""
    link = read_link(tag)
    asked = ask.commands.find(link.command) if link and link.command else None
    if link is not None and asked is not None:
        return await asked.run(ask, **link.options)
    rules = await ask.rules()
    first = (
        Button(label=ask.say(N_("My level")), command="rank", style="primary"),
        Button(label=ask.say(N_("Leaderboard")), command="leaderboard"),
        Button(label=ask.say(N_("All commands")), command="help"),
    )
    sold = (
        Button(label=ask.say(N_("Plans")), command="plans"),
        Button(label=ask.say(N_("My membership")), command="status"),
    )
    fields, opening = await first_steps(ask)
    rows = (opening, first, sold if any(not plan.archived for plan in rules.plans) else ())
    return Reply(
        title=ask.say(N_("Welcome to {community}, {member}!"), community=ask.community.name, member=ask.me.name),
        text=ask.say(
            N_(
                "Talk, help and learn: every message earns points, points make levels, and levels open doors. "
                "I never keep what you write."
            )
        ),
        fields=fields,
        buttons=tuple(row for row in rows if row),
    )


async def _paths(ask: Ask, text: str) -> list[tuple[str, str]]:
    mine = [one.path for one in ask.commands if one.who <= ask.caller.rank]
    return [(path, f"/{path}") for path in mine if text.removeprefix("/").casefold() in path]


@command(N_("help"), N_("All commands, or how to use one"))
async def help_(
    ask: Ask,
    topic: Annotated[str, About(name=N_("command"), description=N_("Which one"), complete=_paths, most=64)] = "",
) -> Reply:
    """The commands the caller may use; one, with its options."""
    found = ask.commands.find(topic.removeprefix("/").strip()) if topic else None
    if topic and (found is None or found.who > ask.caller.rank):
        return Reply(text=ask.say(N_("There is no command /{path}. /help lists them all."), path=topic), error=True)
    if found:
        options = tuple(Field(name=ask.say(p.about.name), value=ask.say(p.about.description)) for p in found.parameters)
        return Reply(title=f"/{found.path}", text=ask.say(found.description), fields=options)
    return Reply(
        title=ask.say(N_("Commands")),
        fields=tuple(
            Field(name=f"/{one.path}", value=ask.say(one.description))
            for one in ask.commands
            if one.who <= ask.caller.rank
        ),
    )


COMMANDS = (start, help_)
