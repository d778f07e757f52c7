"""The command line of the playground: what `/rank member:Mei` means, and what may come next.

Options are written `key:value`, as Discord shows them; values without a key fill the options in their order. What
completion put in is remembered as {label: value}, so that a name stands for the member chosen.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.adapters.playground.place import Place
from bot.commands import Caller, Channel, Command, Parameter, Role
from bot.desk import Desk
from bot.i18n import Tongue

SHOWN = 12
"""Suggestions at once."""


class Typed(NamedTuple):
    """A line as understood: the command if it is one, its options so far, and the rest after the last key."""

    command: Command | None
    options: dict[str, str]
    path: str


class Suggestion(NamedTuple):
    """What may come next: `text` is the whole line then; `ready` when it is complete enough to be sent."""

    text: str
    label: str
    description: str = ""
    value: str = ""
    ready: bool = False


class CommandLine:
    """Reads lines for one desk."""

    def __init__(self, desk: Desk, place: Place) -> None:
        self._desk = desk
        self._place = place

    def offered(self, caller: Caller) -> list[Command]:
        """The commands the caller may use."""
        return [one for one in self._desk.commands if one.who <= caller.rank]

    def read(self, line: str, chosen: Mapping[str, str]) -> Typed:
        """Understand a line that begins with '/'."""
        words = line.removeprefix("/").split()
        for length in (2, 1):
            path = " ".join(words[:length])
            found = self._desk.find(path) if len(words) >= length else None
            if found is not None:
                rest = line.removeprefix("/").split(maxsplit=length)[length:]
                return Typed(found, _options(found, rest[0] if rest else "", chosen), path)
        return Typed(None, {}, words[0] if words else "")

    async def suggest(self, line: str, caller: Caller, say: Tongue) -> list[Suggestion]:
        """What may come next in a line that begins with '/'."""
        typed = self.read(line, {})
        command = typed.command
        if command is None or command.who > caller.rank or not self._begun(line, typed.path):
            return self._commands(line, caller, say)
        keys = [p for p in command.parameters if p.kind is not Role]
        before, key, part = _last(line, [p.key for p in keys])
        current = next((p for p in keys if p.key == key), None)
        if current is not None:
            found = await self._values(command, current, before, part, caller, say)
            if found or " " not in part:
                return found
        return self._keys(keys, line, say)

    def _begun(self, line: str, path: str) -> bool:
        return line.removeprefix("/").lstrip().startswith(f"{path} ")

    def _commands(self, line: str, caller: Caller, say: Tongue) -> list[Suggestion]:
        text = line.removeprefix("/").strip().casefold()
        found = [
            Suggestion(
                _start(one), f"/{one.path}", say(one.description), ready=not any(p.required for p in one.parameters)
            )
            for one in self.offered(caller)
            if any(_begins(name.casefold(), text) for name in (one.path, say(one.path), *one.aliases))
        ]
        return sorted(found, key=lambda one: not one.label[1:].startswith(text))[:SHOWN]

    def _keys(self, parameters: Sequence[Parameter], line: str, say: Tongue) -> list[Suggestion]:
        word = line.rsplit(" ", 1)[-1].casefold()
        stem = line[: len(line) - len(word)]
        used = {found[1] for found in _marks(p.key for p in parameters).finditer(line)} if parameters else set()
        return [
            Suggestion(f"{stem}{one.key}:", _shown(one, say), say(one.about.description))
            for one in parameters
            if one.key not in used and (word in one.key or word in say(one.about.name).casefold())
        ]

    async def _values(
        self, command: Command, parameter: Parameter, before: str, part: str, caller: Caller, say: Tongue
    ) -> list[Suggestion]:
        stem = f"{before}{parameter.key}:"
        if parameter.kind is Channel:
            pairs = [
                (one.id, f"#{say(one.name)}")
                for one in self._place.channels.values()
                if part.lstrip("#").casefold() in say(one.name).casefold()
                and self._place.sees(caller.account.user, one.id)
            ]
        elif parameter.kind is bool:
            pairs = [(one, one) for one in ("true", "false") if one.startswith(part.casefold())]
        else:
            pairs = await self._desk.complete(command.path, parameter.key, part, caller)
        pairs = [(value, label) for value, label in pairs if label != part][:SHOWN]
        return [Suggestion(f"{stem}{label} ", label, value=value, ready=True) for value, label in pairs]


def _begins(name: str, text: str) -> bool:
    """Whether the name, or one of its words, begins with what was typed."""
    return name.startswith(text) or any(word.startswith(text) for word in name.split())


def _start(command: Command) -> str:
    required = next((p for p in command.parameters if p.required), None)
    return f"/{command.path} {required.key}:" if required else f"/{command.path} "


def _shown(parameter: Parameter, say: Tongue) -> str:
    name = say(parameter.about.name)
    return parameter.key if name == parameter.key else f"{parameter.key} · {name}"


def _marks(keys: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:^|(?<=\s))({'|'.join(map(re.escape, keys))})\s?[:：]")


def _last(line: str, keys: Sequence[str]) -> tuple[str, str, str]:
    """(the line before the last key, the key, what is typed of its value); no key when there is none or it is done."""
    found = list(_marks(keys).finditer(line)) if keys else []
    if not found:
        return line, "", ""
    last = found[-1]
    part = line[last.end() :]
    return (line, "", "") if part.endswith(" ") and part.strip() else (line[: last.start()], last[1], part.strip())


def _options(command: Command, rest: str, chosen: Mapping[str, str]) -> dict[str, str]:
    keys = [p.key for p in command.parameters]
    found = list(_marks(keys).finditer(rest)) if keys else []
    ends = [one.start() for one in found[1:]] + [len(rest)]
    options = {one[1]: rest[one.end() : end].strip() for one, end in zip(found, ends, strict=True)} if found else {}
    loose = rest[: found[0].start()].strip() if found else rest.strip()
    free = [p for p in command.parameters if p.key not in options]
    words = loose.split(maxsplit=len(free) - 1) if len(free) > 1 and free[0].kind is not str else [loose]
    options |= {p.key: word for p, word in zip(free, words, strict=False) if word}
    return {key: chosen.get(value, value) for key, value in options.items()}
