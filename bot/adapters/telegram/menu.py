"""The menu of commands in Telegram's apps: for whom, in which language; sent only when it changes."""

from collections.abc import Callable, Iterable, Sequence

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)

from bot.adapters.telegram.render import clean
from bot.commands import Command, Rank
from bot.i18n import DEFAULT, LOCALES, TELEGRAM_LANGUAGES, tongue

MOST = 100
DESCRIPTION = 256
NAME = 32

SCOPES: tuple[tuple[Callable[[], BotCommandScope], Rank], ...] = (
    (BotCommandScopeDefault, Rank.MEMBER),
    (BotCommandScopeAllGroupChats, Rank.MEMBER),
    (BotCommandScopeAllPrivateChats, Rank.MEMBER),
    (BotCommandScopeAllChatAdministrators, Rank.CREATOR),
)
"""Administrators see all commands in a group; whether they may call one is decided when they do."""


def menu(commands: Iterable[Command], rank: Rank, locale: str) -> tuple[tuple[str, str], ...]:
    """(name, description) of the commands that somebody of this rank may call; `mydata export` is `/mydata_export`.

    A menu has room for a hundred. What buttons run is not in it, and what is for this rank alone comes first: of what
    everybody may call, the last is left out (`/help` names it all).
    """
    say = tongue(locale)
    mine = [one for one in commands if one.who <= rank and not one.pressed]
    mine.sort(key=lambda one: one.who == Rank.MEMBER)
    return tuple((name(one), clean(say(one.description))[:DESCRIPTION]) for one in mine)[:MOST]


def name(command: Command) -> str:
    """The command's name as Telegram allows it."""
    return command.path.replace(" ", "_")[:NAME]


async def publish(bot: Bot, commands: Sequence[Command]) -> int:
    """Bring the menus up to date; returns how many had to be sent."""
    sent = 0
    for kind, rank in SCOPES:
        for locale in LOCALES:
            language = "" if locale == DEFAULT else TELEGRAM_LANGUAGES[locale]
            wanted = menu(commands, rank, locale)
            there = await bot.get_my_commands(kind(), language or None)
            if tuple((one.command, one.description) for one in there) == wanted:
                continue
            await bot.set_my_commands([BotCommand(*entry) for entry in wanted], kind(), language or None)
            sent += 1
    return sent
