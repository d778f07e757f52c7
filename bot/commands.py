"""What a command is: a typed function declared once, for every platform. `bot/desk.py` is where it is called.

    @command(N_("rank"), N_("Show a member's level and points"))
    async def rank(ask: Ask, member: Annotated[Person | None, About(N_("member"), N_("whose"))] = None) -> Reply: ...

A parameter's type says what it takes: `str`, `int`, `float`, `bool`, `Literal[…]` (choices), `Person`,
`Channel`, `Role`, each `| None` with a default when it may be left out; `About` gives its name and description,
a range, or how to complete it. A path of two words (`mydata export`) is a subcommand. A command with `on_message` may
be called on a message, which is `ask.message` then: by that name in the message's menu, or by answering it. A cog is a
module with a tuple `COMMANDS`; `bot/cogs/__init__.py` lists the cogs.
"""

import inspect
import types
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import uuid4

from bot.app import App
from bot.engine.rules import Rules
from bot.events import Account
from bot.i18n import N_, Tongue, match, tongue
from bot.reply import Option, Reply
from bot.storage.members import Community, Profile
from bot.storage.messages import Message
from bot.till import Till
from bot.words import Word


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
    platform knows of the ids they named: {id: shown name} of users, channels and roles. `target` is the key of the
    message that the command was called on, `quoted` its text, `link` where it stands and `attached` the platform's
    words for the file that hangs on it: known while the command runs, and stored only by one that publishes them.
    """

    account: Account
    channel: str
    rank: Rank = Rank.MEMBER
    locale: str = ""
    names: dict[str, str] = {}
    target: str = ""
    quoted: str = ""
    link: str = ""
    attached: str = ""

    @property
    def private(self) -> bool:
        """Whether this is a private chat with the bot."""
        return not self.account.space


class Ask:
    """One call of a command: who asks, from where, in which language, and the application to ask it of."""

    def __init__(
        self,
        till: Till,
        commands: "Catalogue",
        caller: Caller,
        *,
        me: Profile,
        community: Community,
        now: datetime,
        message: Message | None = None,
    ) -> None:
        self.till = till
        self.app: App = till.app
        self.commands = commands
        self.caller = caller
        self.me = me
        self.community = community
        self.now = now
        self.message = message
        """The message that a command with `on_message` was called on, if it is one of this community's."""
        self.say: Tongue = tongue(match(me.locale, caller.locale, community.locale))

    @property
    def platform(self) -> str:
        """The platform the call came from."""
        return self.caller.account.platform

    async def rules(self) -> Rules:
        """The rules this community plays by."""
        return await self.app.rules_of(self.community.id)

    def about(self, command: "Command") -> Message:
        """The message a command was called on. Raises Refused, saying how to choose one, when there is none."""
        if self.message is not None:
            return self.message
        if self.caller.target:
            text = N_("I don't know that message: it is a bot's, or from before I came, or gone.")
            raise Refused(self.say(text))
        text = WHICH.get(self.platform, WHICH[""])
        raise Refused(self.say(text, title=self.say(command.on_message), path=command.path))

    @property
    def key(self) -> str:
        """A key for an event that this call leads to; each call has its own."""
        return f"command:{uuid4().hex}"


WHICH = {
    "discord": N_("Which message? Right-click it (on a phone, press it long), then choose Apps → {title}."),
    "": N_("Which message? Answer it with /{path}."),
}
"""How a message is chosen, by platform."""

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
Newcomers = Callable[[App, Account, Mapping[str, Any]], Awaitable[int]]
"""Before a call in private, with its options: makes a member of whoever must be one to be served.

Returns the community they mean, 0 for the one they were last active in. Raises LookupError when that can't be told.
"""


class Command(Word, frozen=True):
    """A command.

    Its `path` (one or two words), what it does in words, who may call it, and where its answer goes.

    `private` answers are for the caller alone. `slow` ones may take seconds, and the platform is told so.
    `aliases` are other first words people know it by, on platforms where commands are typed. `newcomers` is for what
    somebody must be able to do before they were ever heard of: to join and to buy. `on_message` is what it is called in
    the menu of a message, at most 32 characters in every language; '' for what is about no message.
    """

    path: str
    description: str
    run: Run
    parameters: tuple[Parameter, ...]
    who: Rank = Rank.MEMBER
    private: bool = True
    slow: bool = False
    aliases: tuple[str, ...] = ()
    newcomers: Newcomers | None = None
    on_message: str = ""

    @property
    def pressed(self) -> bool:
        """Whether it is what buttons run."""
        return self.path.partition(" ")[0] in PRESSED


PRESSED = ("study", "question")
"""The first words of commands that are called by the buttons under an item or a question."""
_KINDS = (str, int, float, bool, Person, Channel, Role)


def command(
    path: str,
    description: str,
    *,
    who: Rank = Rank.MEMBER,
    private: bool = True,
    slow: bool = False,
    aliases: tuple[str, ...] = (),
    newcomers: Newcomers | None = None,
    on_message: str = "",
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
            newcomers=newcomers,
            on_message=on_message,
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


class Catalogue(Sequence[Command]):
    """All commands, found by their path or by another name that people know them by."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._commands = tuple(commands)
        self._by_path = {one.path: one for one in self._commands}
        self._by_alias = {alias: one for one in self._commands for alias in one.aliases}

    def __len__(self) -> int:
        return len(self._commands)

    def __getitem__(self, index: Any) -> Any:
        return self._commands[index]

    def find(self, path: str) -> Command | None:
        """The command with this path, or known by this other name."""
        return self._by_path.get(path) or self._by_alias.get(path)
