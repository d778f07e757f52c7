"""What members look like to each other: their own picture, the colours of the community, and what they keep private."""

from collections.abc import Callable
from typing import ParamSpec

import structlog

from bot.app import App
from bot.commands import Ask, Rank, Refused
from bot.engine.rules import Rules
from bot.i18n import N_
from bot.pictures.studio import StudioError
from bot.pictures.themes import Theme, theme_of
from bot.reply import Attachment
from bot.storage.members import Profile

P = ParamSpec("P")

_log = structlog.get_logger()


def theme(rules: Rules) -> Theme:
    """The colours a community chose."""
    return theme_of(rules.card.theme, background=rules.card.background, accent=rules.card.accent)


async def picture(
    app: App, name: str, alt: str, drawn: Callable[P, bytes], *args: P.args, **options: P.kwargs
) -> Attachment | None:
    """What the studio draws; None when it could not, since the words say the same."""
    try:
        data = await app.studio.draw(drawn, *args, **options)
    except StudioError as error:
        _log.warning("a picture could not be drawn", picture=name, why=str(error))
        return None
    return Attachment(name=name, data=data, alt=alt)


def veiled(who: Profile) -> bool:
    """Whether the member does not want to be known on the boards."""
    return who.state.contact.hidden or bool(who.state.contact.alias)


def open_to(ask: Ask, who: Profile) -> None:
    """Raises Refused when whoever asks may not see what the member has: it would tell who is behind an alias."""
    if veiled(who) and who.member != ask.me.member and ask.caller.rank < Rank.MODERATOR:
        raise Refused(ask.say(N_("{member} keeps that private."), member=who.name))


def discreet(who: Profile) -> bool | None:
    """Whether an answer with the member in it is for their eyes alone; None is as the command has it."""
    return True if veiled(who) else None
