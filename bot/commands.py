"""What a command is.

A typed function declared once, and the desk where every platform hands in what its users typed or pressed.

    @command(N_("rank"), N_("Show a member's level and points"))
    async def rank(ask: Ask, member: Annotated[Person | None, About(N_("member"), N_("whose"))] = None) -> Reply: ...

A parameter's type says what it takes: `str`, `int`, `float`, `bool`, `Literal[…]` (choices), `Person`,
`Channel`, `Role`, each `| None` with a default when it may be left out; `About` gives its name and description,
a range, or how to complete it. A path of two words (`mydata export`) is a subcommand. A cog is a module with a
tuple `COMMANDS`; `bot/cogs/__init__.py` lists the cogs.
"""

import inspect
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from math import isfinite
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import uuid4

import structlog

from bot.app import App
from bot.events import Account
from bot.i18n import N_, Tongue, match, tongue
from bot.reply import Option, Reply
from bot.storage import members
from bot.storage.members import Community, Profile
from bot.words import Word, replace

_log = structlog.get_logger()


class Rank(IntEnum):
    """What somebody may do.

    The platform's owner, or whoever may manage the server, is a CREATOR; who may moderate, a MODERATOR.
    """

    MEMBER = 0
    MODERATOR = 1
    CREATOR = 2


class Person(Word, frozen=True):
    """A member named in a command."""

    profile: Profile


class Channel(Word, frozen=True):
    """A channel named in a command, by its id on the caller's platform."""

    id: str
    name: str = ""


class Role(Word, frozen=True):
    """A role named in a command, by its id on the caller's platform."""

    id: str
    name: str = ""


class Refused(Exception):  # noqa: N818 - what happened, not an error of the program
    """The command can't be done as asked; the words are shown to the caller alone, translated already."""


class Caller(Word, frozen=True):
    """Whoever typed or pressed, as their platform vouches for them.

    `rank` is asked of the platform at every call.

    `account.space` is empty in a private chat. `locale` is the language of their app. `names` are what the
    platform knows of the ids they named: {id: shown name} of users, channels and roles.
    """

    account: Account
    channel: str
    rank: Rank = Rank.MEMBER
    locale: str = ""
    names: dict[str, str] = {}

    @property
    def private(self) -> bool:
        """Whether this is a private chat with the bot."""
        return not self.account.space


class Ask:
    """One call of a command: who asks, from where, in which language, and the application to ask it of."""

    def __init__(self, desk: "Desk", caller: Caller, me: Profile, community: Community, now: datetime) -> None:
        self.desk = desk
        self.app: App = desk.app
        self.caller = caller
        self.me = me
        self.community = community
        self.now = now
        self.say: Tongue = tongue(match(me.locale, caller.locale, community.locale))

    @property
    def platform(self) -> str:
        """The platform the call came from."""
        return self.caller.account.platform

    @property
    def key(self) -> str:
        """A key for an event that this call leads to; each call has its own."""
        return f"command:{uuid4().hex}"


Completer = Callable[[Ask, str], Awaitable[Sequence[tuple[str, str]]]]
"""Given what was typed so far, (value, label) pairs to choose from; at most 25 are shown."""


class About(Word, frozen=True):
    """A parameter's name and description for people, its range, and how to complete it.

    `least` and `most` are bounds of a number, or of the length of a text. `labels` names the choices of a Literal.
    """

    name: str
    description: str
    least: int | None = None
    most: int | None = None
    complete: Completer | None = None
    labels: dict[str, str] = {}


class Parameter(Word, frozen=True):
    """One option of a command, read off the signature. `kind` is str, int, float, bool, Person, Channel or Role."""

    key: str
    kind: type
    about: About
    required: bool
    default: Any = None
    choices: tuple[Option, ...] = ()


Run = Callable[..., Awaitable[Reply]]


class Command(Word, frozen=True):
    """A command.

    Its `path` (one or two words), what it does in words, who may call it, and where its answer goes.

    `private` answers are for the caller alone. `slow` ones may take seconds, and the platform is told so.
    `aliases` are other first words people know it by, on platforms where commands are typed.
    """

    path: str
    description: str
    run: Run
    parameters: tuple[Parameter, ...]
    who: Rank = Rank.MEMBER
    private: bool = True
    slow: bool = False
    aliases: tuple[str, ...] = ()


_KINDS = (str, int, float, bool, Person, Channel, Role)


def command(
    path: str,
    description: str,
    *,
    who: Rank = Rank.MEMBER,
    private: bool = True,
    slow: bool = False,
    aliases: tuple[str, ...] = (),
) -> Callable[[Run], Command]:
    """Turn a typed function into a Command. Raises TypeError for a signature that no platform could show."""

    def declare(run: Run) -> Command:
        hints = get_type_hints(run, include_extras=True)
        parameters = tuple(
            _parameter(path, parameter, hints[parameter.name])
            for parameter in list(inspect.signature(run).parameters.values())[1:]
        )
        return Command(
            path=path,
            description=description,
            run=run,
            parameters=parameters,
            who=who,
            private=private,
            slow=slow,
            aliases=aliases,
        )

    return declare


def _parameter(path: str, parameter: inspect.Parameter, hint: Any) -> Parameter:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"/{path}: annotate {parameter.name} as Annotated[…, About(…)]")
    kind, about = get_args(hint)[:2]
    required = parameter.default is inspect.Parameter.empty
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    choices: tuple[Option, ...] = ()
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        kind = type(choices[0])
    if kind not in _KINDS:
        raise TypeError(f"/{path}: {parameter.name} can't be a {kind}")
    default = None if required else parameter.default
    return Parameter(key=parameter.name, kind=kind, about=about, required=required, default=default, choices=choices)


class Desk:
    """Where platforms hand in commands. Rights, types and ranges are checked here and nowhere else."""

    def __init__(self, app: App, commands: Sequence[Command]) -> None:
        self.app = app
        self.commands = tuple(commands)
        self._by_path = {one.path: one for one in commands}
        self._by_alias = {alias: one for one in commands for alias in one.aliases}

    def find(self, path: str) -> Command | None:
        """The command with this path, or known by this other name."""
        return self._by_path.get(path) or self._by_alias.get(path)

    async def run(self, path: str, caller: Caller, options: Mapping[str, Any]) -> Reply:
        """Answer a call.

        `options` are the values as the platform gave them (text will do for all of them): a person, channel or
        role by id.

        Never raises for what the caller did: a wrong option, a missing right and a mistake of ours are all
        answers. The reply's `private` is settled.
        """
        say = tongue(match(caller.locale))
        found = self.find(path)
        if found is None:
            return _sorry(say(N_("There is no command /{path}. /help lists them all."), path=path))
        try:
            await self.app.caught_up()
            ask = await self.ask(caller)
            say = ask.say
            if caller.rank < found.who:
                _log.info("command refused", path=found.path, user=caller.account.user, rank=int(caller.rank))
                return _sorry(say(N_("/{path} is for {who} only."), path=found.path, who=say(WHO[found.who])))
            arguments = {
                parameter.key: await self._argument(ask, parameter, options.get(parameter.key))
                for parameter in found.parameters
            }
            reply = await found.run(ask, **arguments)
        except Refused as refusal:
            return _sorry(str(refusal))
        except Exception:  # noqa: BLE001 - a mistake of ours is an answer, too
            reference = uuid4().hex[:8]
            _log.exception("a command failed", path=found.path, reference=reference)
            return _sorry(
                say(
                    N_("Something went wrong on our side. Tell the creator this number: {reference}"),
                    reference=reference,
                )
            )
        if reply.private is None:
            return replace(reply, private=found.private)
        return reply

    async def ask(self, caller: Caller) -> Ask:
        """Who the caller is here. Raises Refused when they are in no community yet."""
        try:
            me = await self.app.profile(caller.account)
        except LookupError as error:
            say = tongue(match(caller.locale))
            raise Refused(
                say(N_("I do not know you yet. Write something in your community first, then ask me again."))
            ) from error
        community = await self.app.store.read(members.community, me.community)
        return Ask(self, caller, me, community, self.app.clock())

    async def complete(self, path: str, key: str, text: str, caller: Caller) -> list[tuple[str, str]]:
        """(value, label) pairs that complete the option `key`, at most 25.

        None for whoever may not call the command.
        """
        found = self.find(path)
        parameter = next((p for p in found.parameters if p.key == key), None) if found else None
        if found is None or parameter is None or caller.rank < found.who:
            return []
        try:
            ask = await self.ask(caller)
        except Refused:
            return []
        if parameter.choices:
            labels = parameter.about.labels
            pairs = [(str(c), ask.say(labels.get(str(c), str(c)))) for c in parameter.choices]
            return [pair for pair in pairs if text.casefold() in pair[1].casefold()][:25]
        if parameter.about.complete is not None:
            return list(await parameter.about.complete(ask, text))[:25]
        if parameter.kind is Person:
            found_members = await self.app.store.read(members.named, ask.community.id, _askable(text))
            return [(f"#{member}", name) for member, name in found_members]
        return []

    async def _argument(self, ask: Ask, parameter: Parameter, given: Any) -> Any:
        if given is None or given == "":
            if parameter.required:
                raise Refused(ask.say(N_("Please say which {option}."), option=ask.say(parameter.about.name)))
            return parameter.default
        if parameter.kind is Person:
            return await self._person(ask, parameter, str(given))
        if parameter.kind in (Channel, Role):
            identifier = str(given)
            return parameter.kind(id=identifier, name=ask.caller.names.get(identifier, ""))
        value = _read(ask, parameter, given)
        if parameter.choices and value not in parameter.choices:
            listed = ", ".join(str(choice) for choice in parameter.choices)
            raise Refused(
                ask.say(N_("{option} must be one of: {choices}"), option=_name(ask, parameter), choices=listed)
            )
        size = len(value) if isinstance(value, str) else value
        least, most = parameter.about.least, parameter.about.most
        if not isinstance(value, bool) and ((least is not None and size < least) or (most is not None and size > most)):
            raise Refused(_range(ask, parameter))
        return value

    async def _person(self, ask: Ask, parameter: Parameter, given: str) -> Person:
        read, community = self.app.store.read, ask.community.id
        given = _askable(given)
        if given.startswith("#") and given[1:].isdecimal() and len(given) < 20:
            found = await read(members.by_id, community, int(given[1:]))
        else:
            found = await read(members.find, community, ask.platform, given)
        if found is None and not given.startswith("#"):
            same = [
                m for m, name in await read(members.named, community, given, 25) if name.casefold() == given.casefold()
            ]
            found = await read(members.by_id, community, same[0]) if len(same) == 1 else None
        if found is None:
            raise Refused(ask.say(N_("I know no member called {name} here."), name=ask.caller.names.get(given, given)))
        return Person(profile=found)


WHO = {
    Rank.MEMBER: N_("members"),
    Rank.MODERATOR: N_("moderators"),
    Rank.CREATOR: N_("the creator"),
}


def _read(ask: Ask, parameter: Parameter, given: Any) -> Any:
    if parameter.kind is bool:
        return given if isinstance(given, bool) else str(given).lower() in ("true", "1", "yes", "on", "是", "开")
    if parameter.kind is str:
        return str(given)
    try:
        value = parameter.kind(given)
        if not isfinite(value):
            raise ValueError(given)
        return value
    except (ValueError, OverflowError) as error:
        raise Refused(ask.say(N_("{option} must be a number."), option=_name(ask, parameter))) from error


def _askable(text: str) -> str:
    """What was typed, without what no database can be asked for: NUL, and what no encoding can hold."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _range(ask: Ask, parameter: Parameter) -> str:
    least, most, name = parameter.about.least, parameter.about.most, _name(ask, parameter)
    if parameter.kind is str:
        return ask.say(
            N_("{option} must have {least} to {most} characters."), option=name, least=least or 0, most=most or "∞"
        )
    if most is None:
        return ask.say(N_("{option} must be at least {least}."), option=name, least=least)
    if least is None:
        return ask.say(N_("{option} must be at most {most}."), option=name, most=most)
    return ask.say(N_("{option} must be between {least} and {most}."), option=name, least=least, most=most)


def _name(ask: Ask, parameter: Parameter) -> str:
    return ask.say(parameter.about.name)


def _sorry(text: str) -> Reply:
    return Reply(text=text, private=True, error=True)
