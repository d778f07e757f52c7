"""What somebody typed, as a command and its options: `/rank @ann`, `/setup_gate lounge`, `/leaderboard page=2`."""

import re
from collections.abc import Callable, Mapping, Sequence

from bot.adapters.telegram.wire import Message
from bot.commands import Channel, Command, Parameter, Person, Role
from bot.desk import Desk
from bot.i18n import LOCALES, tongue
from bot.words import Word

_WORD = re.compile(r'(?:([^\W\d]\w*)[=＝])?(?:"([^"]*)"|“([^”]*)”|(\S+))')
_CHANNEL = re.compile(r"(-?\d+)(/\d+)?|here")


class Typed(Word, frozen=True):
    """A /command to us: its `name`, and the `rest` of the line. `named` are people pointed at in it, {id: name}."""

    name: str
    rest: str
    named: dict[str, str] = {}
    addressed: bool = False
    """Whether it says /command@us."""


class Call(Word, frozen=True):
    """What to run. `options` are text; `several` are the subcommands when the word alone does not say which."""

    command: Command | None
    options: dict[str, str] = {}
    several: tuple[Command, ...] = ()


def typed(message: Message, username: str) -> Typed | None:
    """The command in a message; None when there is none, or it is for another bot."""
    if not message.command:
        return None
    text, named = _pointed(message)
    head, _, rest = text.partition(" ") if " " in text else text.partition("\n")
    if "\n" in head:
        head, _, more = head.partition("\n")
        rest = f"{more} {rest}"
    name, at, whom = head[1:].partition("@")
    if at and whom.lower() != username.lower():
        return None
    return Typed(name=name.lower(), rest=rest.strip(), named=named, addressed=bool(at))


def _pointed(message: Message) -> tuple[str, dict[str, str]]:
    """The text with people who were picked from the list (they may have no @name) replaced by their ids."""
    raw = message.text.encode("utf-16-le", "surrogatepass")
    named: dict[str, str] = {}
    for entity in sorted(message.entities, key=lambda one: -one.offset):
        if entity.type == "text_mention" and entity.user is not None:
            identifier = str(entity.user.id)
            named[identifier] = entity.user.name
            start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
            raw = raw[:start] + identifier.encode("utf-16-le") + raw[end:]
    return raw.decode("utf-16-le", "surrogatepass"), named


def read(desk: Desk, line: Typed, lookup: Callable[[str], str | None], here: str) -> Call | None:
    """Which command it is, and its options; None when we have no such command.

    `lookup` finds a user's id by @name; `here` is the channel it was said in.
    """
    words = [_word(found) for found in _WORD.finditer(line.rest)]
    first = words[0][1].lower() if words and not words[0][0] else ""
    command = desk.find(f"{line.name} {first}") if first else None
    if command is not None:
        words = words[1:]
    command = command or desk.find(line.name) or desk.find(line.name.replace("_", " ", 1))
    if command is None:
        several = tuple(one for one in desk.commands if one.path.startswith(f"{line.name} "))
        return Call(command=None, several=several) if several else None
    options = _options(command, words)
    for parameter in command.parameters:
        given = options.get(parameter.key, "")
        if parameter.kind is Person and given.startswith("@"):
            options[parameter.key] = lookup(given[1:].lower()) or given
        elif parameter.kind is Channel and given.lower() == "here":
            options[parameter.key] = here
    return Call(command=command, options=options)


def _word(found: re.Match[str]) -> tuple[str, str]:
    name, straight, curly, bare = found.groups()
    value = next((one for one in (straight, curly, bare) if one is not None), "")
    return name or "", value


def _options(command: Command, words: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Options by name as given, the rest by position; what is too much goes to the first that takes free text."""
    options: dict[str, str] = {}
    left: list[str] = []
    names = _names(command)
    for name, value in words:
        key = names.get(name.casefold())
        if key is not None:
            options[key] = value
        else:
            left.append(f"{name}={value}" if name else value)
    open_ = [one for one in command.parameters if one.key not in options and one.kind is not Role]
    wide = next((at for at, one in enumerate(open_) if _free(one)), len(open_))
    before, after = open_[:wide], open_[wide + 1 :]
    for parameter in before:
        if left:
            options[parameter.key] = left.pop(0)
    for parameter in reversed(after):
        if len(left) > 1 and _fits(parameter, left[-1]):
            options[parameter.key] = left.pop()
    if left and wide < len(open_):
        options[open_[wide].key] = " ".join(left)
    return {key: _choice(command, key, value) for key, value in options.items()}


def _names(command: Command) -> Mapping[str, str]:
    names = {}
    for parameter in command.parameters:
        names[parameter.key.casefold()] = parameter.key
        for locale in LOCALES:
            names[tongue(locale)(parameter.about.name).casefold()] = parameter.key
    return names


def _free(parameter: Parameter) -> bool:
    return parameter.kind in (str, Person) and not parameter.choices


def _fits(parameter: Parameter, word: str) -> bool:
    if parameter.choices:
        return word.casefold() in _choices(parameter)
    if parameter.kind is Channel:
        return _CHANNEL.fullmatch(word.lower()) is not None
    if parameter.kind is bool:
        return word.lower() in ("true", "false", "yes", "no", "on", "off", "是", "否", "开", "关")
    return parameter.kind in (int, float) and word.lstrip("+-").replace(".", "", 1).isdecimal()


def _choices(parameter: Parameter) -> dict[str, str]:
    """{what may be typed: the choice}: the choices themselves and their labels, in every language."""
    found = {}
    for choice in map(str, parameter.choices):
        label = parameter.about.labels.get(choice, choice)
        for text in (choice, label, *(tongue(locale)(label) for locale in LOCALES)):
            found[text.casefold()] = choice
    return found


def _choice(command: Command, key: str, value: str) -> str:
    parameter = next(one for one in command.parameters if one.key == key)
    return _choices(parameter).get(value.casefold(), value) if parameter.choices else value
