"""What you missed: /digest."""

from bot import digest as digests
from bot import discussing, recommending
from bot.cogs.library_views import ICONS, in_rows, tell_shown, to_open
from bot.commands import Ask, command
from bot.i18n import N_
from bot.reply import Button, Field, Reply


@command(N_("digest"), N_("What you missed in the last week, and your week in figures"), slow=True)
async def digest(ask: Ask) -> Reply:
    """New items for the caller, discussions, questions they could answer, and their own figures."""
    say, found = ask.say, await digests.digest(ask.app, ask.me, ask.say.locale)
    await tell_shown(ask, [one.content for one in found.picks], "digest")
    items = [f"{ICONS[one.content.kind]} {one.content.title}\n➜ {recommending.why(say, one)}" for one in found.picks]
    talks = [f"💬 {discussing.called(say, one)}\n➜ {discussing.why(say, one)}" for one in found.talks]
    asked = [f"❓ #{one.id} {digests.brief(one.text)}" for one in found.questions]
    week = digests.figures(say, found.week) or say(N_("A quiet week."))
    parts = (
        (N_("New for you"), items),
        (N_("Discussions you are not in"), talks),
        (N_("Who could use your answer"), asked),
        (N_("Your week"), [week]),
    )
    opening = [to_open(one.content, "digest") for one in found.picks]
    going = [Button(label=f"💬 {discussing.called(say, one)[:36]}", url=one.url) for one in found.talks if one.url]
    answering = [
        Button(label=say(N_("Answer #{n}"), n=one.id), command="answer", options={"number": one.id})
        for one in found.questions
    ]
    return Reply(
        title=say(N_("Your week in {community}"), community=ask.community.name),
        text=say(N_("You missed nothing this week.")) if found.empty else "",
        fields=tuple(Field(name=say(name), value="\n".join(told)) for name, told in parts if told),
        buttons=in_rows([*opening, *going, *answering], 2),
    )


COMMANDS = (digest,)
