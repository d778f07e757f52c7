"""The commands of the desk as Discord's slash commands: options by type, names and descriptions in every language.

What may be called on a message stands in the menu of messages, too (Apps), under its `on_message`; Discord allows five.

`build` is all there is to call; what a new type of parameter looks like here is a line in `_ANNOTATIONS`.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands import Channel, Command, Parameter, Person, Rank, Role
from bot.i18n import DISCORD_LOCALES, everywhere

Answer = Callable[[discord.Interaction, Command, dict[str, Any]], Awaitable[None]]
OnMessage = Callable[[discord.Interaction, Command, discord.Message], Awaitable[None]]
Complete = Callable[[discord.Interaction, Command, str, str], Awaitable[list[tuple[str, str]]]]

DESCRIPTION, CHOICES, CHOICE = 100, 25, 100
_NAME = re.compile(r"^[-_\w]{1,32}$")
_OURS = {theirs: ours for ours, all_theirs in DISCORD_LOCALES.items() for theirs in all_theirs}
_HINTS = {
    Rank.CREATOR: discord.Permissions(manage_guild=True),
    Rank.MODERATOR: discord.Permissions(manage_messages=True),
}
"""Whom Discord shows a command to at first; a server's owner may change it. The desk checks the rights."""
_ANNOTATIONS: dict[type, Any] = {
    str: str,
    int: int,
    float: float,
    bool: bool,
    Person: discord.User,
    Channel: app_commands.AppCommandChannel | app_commands.AppCommandThread,
    Role: discord.Role,
}


class Catalogues(app_commands.Translator):
    """Discord's names and descriptions from our catalogues; a name that Discord would refuse stays English."""

    async def translate(
        self, string: locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """The string in `locale`, or None for English."""
        ours = _OURS.get(locale.value)
        said = everywhere(string.extras.get("source", string.message)).get(ours) if ours else None
        if said is None:
            return None
        if "word" not in string.extras:
            return _short(said)
        words = said.lower().split()
        if len(words) != string.extras["words"]:
            words = ["".join(words)]
        word = words[min(string.extras["word"], len(words) - 1)]
        return word if _NAME.match(word) else None


class Tree(app_commands.CommandTree[discord.Client]):
    """The tree, and what becomes of calls it can't read."""

    failed: Callable[[discord.Interaction, app_commands.AppCommandError], Awaitable[None]]

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        """Called by discord.py."""
        await self.failed(interaction, error)


def build(
    client: discord.Client, commands: Sequence[Command], answer: Answer, complete: Complete, on_message: OnMessage
) -> Tree:
    """A tree with every command; calls go to `answer` or `on_message`, half-typed options to `complete`."""
    tree = Tree(client, allowed_installs=app_commands.AppInstallationType(guild=True, user=False))
    by_root = groupby(sorted(commands, key=lambda one: one.path.split()[0]), key=lambda one: one.path.split()[0])
    for root, found in by_root:
        members = list(found)
        if [one.path for one in members] == [root]:
            tree.add_command(_command(members[0], answer, complete))
            continue
        who = min(one.who for one in members)
        group = app_commands.Group(
            name=_name(members[0].path, 0),
            description=_text(members[0].description),
            guild_only=who > Rank.MEMBER,
            default_permissions=_HINTS.get(who),
        )
        for one in members:
            group.add_command(_command(one, answer, complete))
        tree.add_command(group)
    for one in commands:
        if one.on_message:
            tree.add_command(_entry(one, on_message))
    return tree


async def payload(tree: Tree) -> list[dict[str, Any]]:
    """What a sync would send."""
    translator = tree.translator
    assert translator is not None  # noqa: S101 - set with the tree
    return [await one.get_translated_payload(tree, translator) for one in tree.get_commands()]


def _command(command: Command, answer: Answer, complete: Complete) -> app_commands.Command[Any, ..., None]:
    async def run(interaction: discord.Interaction, /, **options: Any) -> None:
        await answer(interaction, command, options)

    run.__signature__ = _signature(command)  # type: ignore[attr-defined] # read by inspect.signature (PEP 362)
    parameters = command.parameters
    described = {p.key: _text(p.about.description) for p in parameters}
    choices = {p.key: [_choice(p, one) for one in p.choices] for p in parameters if 0 < len(p.choices) <= CHOICES}
    decorate = app_commands.rename(**{p.key: _name(p.about.name, 0) for p in parameters})
    run = app_commands.choices(**choices)(app_commands.describe(**described)(decorate(run))) if parameters else run
    names = command.path.split()
    top = len(names) == 1
    made: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=_name(command.path, len(names) - 1), description=_text(command.description), callback=run
    )
    if top:
        made.guild_only = command.who > Rank.MEMBER
        made.default_permissions = _HINTS.get(command.who)
    for parameter in parameters:
        if parameter.about.complete is not None or len(parameter.choices) > CHOICES:
            made.autocomplete(parameter.key)(_completion(command, parameter, complete))
    return made


def _entry(command: Command, on_message: OnMessage) -> app_commands.ContextMenu:
    """A command's line in the menu of a message."""

    async def run(interaction: discord.Interaction, message: discord.Message) -> None:
        await on_message(interaction, command, message)

    made = app_commands.ContextMenu(name=_text(command.on_message), callback=run)
    made.guild_only = True
    made.default_permissions = _HINTS.get(command.who)
    return made


def _signature(command: Command) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    first = inspect.Parameter("interaction", kind, annotation=discord.Interaction)
    rest = [
        inspect.Parameter(
            p.key,
            kind,
            annotation=_annotation(p),
            default=inspect.Parameter.empty if p.required else None,
        )
        for p in command.parameters
    ]
    rest.sort(key=lambda p: p.default is None)
    return inspect.Signature([first, *rest])


def _annotation(parameter: Parameter) -> Any:
    found = _ANNOTATIONS[parameter.kind]
    least, most = parameter.about.least, parameter.about.most
    if parameter.kind in (str, int, float) and not parameter.choices and (least is not None or most is not None):
        found = app_commands.Range[found, least, most]
    return found if parameter.required else found | None


def _completion(command: Command, parameter: Parameter, complete: Complete) -> Any:
    async def completion(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[Any]]:
        found = await complete(interaction, command, parameter.key, str(current))
        return [
            app_commands.Choice(name=label[:CHOICE] or "?", value=parameter.kind(value))
            for value, label in found[:CHOICES]
            if len(value) <= CHOICE
        ]

    return completion


def _choice(parameter: Parameter, value: Any) -> app_commands.Choice[Any]:
    label = parameter.about.labels.get(str(value), str(value))
    return app_commands.Choice(name=_text(label), value=value)


def _name(path: str, word: int) -> locale_str:
    words = path.lower().split()
    return locale_str(words[word], source=path, word=word, words=len(words))


def _text(text: str) -> locale_str:
    return locale_str(_short(text) or "…", source=text)


def _short(text: str) -> str:
    return text if len(text) <= DESCRIPTION else text[: DESCRIPTION - 1] + "…"
