"""The desk: where every platform hands in what its users typed or pressed, and gets the answer.

Rights, types and ranges are checked here and nowhere else. A new kind of option is a case in `_argument`.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import isfinite
from typing import Any
from uuid import uuid4

import structlog

from bot.app import App
from bot.commands import Ask, Caller, Catalogue, Channel, Command, Newcomers, Parameter, Person, Rank, Refused, Role
from bot.events import Account
from bot.i18n import N_, match, tongue
from bot.reply import Reply
from bot.storage import members, messages
from bot.storage.members import Profile
from bot.till import Till
from bot.words import replace

LINGER = timedelta(hours=1)
"""How long the community is meant, in private, whose link somebody came by."""
REMEMBERED = 10_000

_log = structlog.get_logger()


class Desk:
    """Where platforms hand in commands. Rights, types and ranges are checked here and nowhere else."""

    def __init__(self, app: App, commands: Sequence[Command], till: Till | None = None) -> None:
        self.app = app
        self.till = till or Till(app)
        self.commands = Catalogue(commands)
        self._came: OrderedDict[tuple[str, str], tuple[int, datetime]] = OrderedDict()

    def find(self, path: str) -> Command | None:
        """The command with this path, or known by this other name."""
        return self.commands.find(path)

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
            if found.newcomers is not None and caller.private:
                await self._welcome(found.newcomers, caller, options)
            ask = await self.ask(caller)
            say = ask.say
            if caller.rank < found.who:
                _log.info("command refused", path=found.path, user=caller.account.user, rank=int(caller.rank))
                return _sorry(say(N_("/{path} is for {who} only."), path=found.path, who=say(WHO[found.who])))
            if found.on_message and caller.target:
                ask.message = await self.app.store.read(messages.find, ask.community.id, caller.target)
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
            me = await self._profile(caller.account)
        except LookupError as error:
            raise Refused(tongue(match(caller.locale))(await self._unknown())) from error
        community = await self.app.store.read(members.community, me.community)
        return Ask(self.till, self.commands, caller, me=me, community=community, now=self.app.clock())

    async def _profile(self, account: Account) -> Profile:
        who, now = (account.platform, account.user), self.app.clock()
        number, until = self._came.get(who, (0, now))
        if not account.space and now < until:
            known = await self.app.store.read(members.find, number, *who)
            if known is not None:
                return known
        return await self.app.profile(account)

    async def _welcome(self, newcomers: Newcomers, caller: Caller, options: Mapping[str, Any]) -> None:
        try:
            number = await newcomers(self.app, caller.account, options)
        except LookupError as error:
            text = N_(
                "I can't tell which community you mean. Open the link that it gave you, or write something in it."
            )
            raise Refused(tongue(match(caller.locale))(text)) from error
        if number:
            who = (caller.account.platform, caller.account.user)
            self._came[who] = number, self.app.clock() + LINGER
            self._came.move_to_end(who)
            if len(self._came) > REMEMBERED:
                self._came.popitem(last=False)

    async def _unknown(self) -> str:
        there = await self.app.store.read(members.communities)
        if len(there) == 1 and (await self.app.rules_of(there[0])).plans:
            return N_("I do not know you yet. /plans shows what you can join here.")
        return N_("I do not know you yet. Write something in your community first, then ask me again.")

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
