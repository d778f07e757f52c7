"""Discussions worth joining: /discussions."""

from typing import Annotated

from bot import discussing
from bot.commands import About, Ask, command
from bot.discussing import Talk
from bot.i18n import N_
from bot.reply import Button, Field, Reply

SHOWN = 5


@command(N_("discussions"), N_("Discussions going on that are worth joining"), slow=True)
async def discussions(
    ask: Ask,
    many: Annotated[int, About(name=N_("how many"), description=N_("How many to show"), least=1, most=10)] = SHOWN,
) -> Reply:
    """Threads, topics and channels of the last 14 days that the caller is not in, each with its reason."""
    say, found = ask.say, await discussing.worth_joining(ask.app, ask.me, many)
    if not found:
        text = say(N_("Nothing is going on that you can see and are not in already: begin something yourself."))
        return Reply(text=text, buttons=((Button(label=say(N_("What helps me next?")), command="recommend"),),))
    return Reply(
        title=say(N_("Worth joining in {community}"), community=ask.community.name),
        text=say(N_("By who is in them, where they are, how lively they are, and what they are called: nobody's words "
                    "are read.")),
        fields=tuple(Field(name=f"💬 {discussing.called(say, one)}", value=about(ask, one)) for one in found),
        buttons=tuple(
            (Button(label=f"{at} ▶", url=one.url),) for at, one in enumerate(found[:5], 1) if one.url
        ),
    )  # fmt: skip


def about(ask: Ask, talk: Talk) -> str:
    """Why it is worth joining, and when somebody wrote there last."""
    say, hours = ask.say, max(int((ask.now - talk.last_at).total_seconds() // 3600), 0)
    when = (
        say(N_("last message {n} h ago"), n=hours) if hours < 48 else say(N_("last message {n} d ago"), n=hours // 24)
    )
    return f"➜ {discussing.why(say, talk)} · {when}"


COMMANDS = (discussions,)
