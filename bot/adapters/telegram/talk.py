"""What is typed and pressed: commands, buttons and forms, each answered where it belongs.

Telegram has no message for one pair of eyes in a group: a private answer goes to the member's chat with the bot, or,
when they never opened one, a button that opens it takes its place. Its buttons carry the group they act in.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping

from bot.adapters.telegram.api import Api, Target
from bot.adapters.telegram.events import PLATFORM, account, message_key, place
from bot.adapters.telegram.forms import MARK, Draft, Drafts
from bot.adapters.telegram.lanes import Lane
from bot.adapters.telegram.line import Call, Typed, read, typed
from bot.adapters.telegram.render import space_of, where
from bot.adapters.telegram.rights import Rights
from bot.adapters.telegram.speech import Speech, Spot
from bot.adapters.telegram.wire import Chat, Message, Press, Update, User
from bot.commands import Caller, Command, Person, Rank, Refused
from bot.desk import Desk
from bot.events import Account
from bot.i18n import N_, Tongue, match, tongue
from bot.reply import Button, Field, Reply, decode
from bot.words import replace

PROMPT = 1.0
"""Seconds after which a press is acknowledged and 'typing' is shown, ready or not."""
REMEMBERED = 10_000
RUN = "run-"
"""Begins the parameter of /start that asks for a command's answer in private."""


class Talk:
    """Answers updates. `lane` says which ones want an answer, `answer` gives it."""

    def __init__(self, desk: Desk, api: Api, rights: Rights) -> None:
        self.username = ""
        self._desk = desk
        self._api = api
        self._rights = rights
        self._drafts = Drafts()
        self._speech = Speech(desk.app, api, self._drafts)
        self._users: OrderedDict[str, str] = OrderedDict()

    def known_as(self, username: str) -> None:
        """Our own @name, which commands may be addressed to."""
        self.username = self._speech.username = username

    def meet(self, user: User) -> None:
        """Remember an @name, for commands that name somebody by it; in memory only."""
        self._users[user.username.lower()] = str(user.id)
        if len(self._users) > REMEMBERED:
            self._users.popitem(last=False)

    def lane(self, update: Update) -> Lane | None:
        """Whose turn an update is that wants an answer; None for one that wants none."""
        message, press = update.message, update.callback_query
        if message is not None:
            user = message.from_
            return (message.chat.id, user.id) if user is not None and self._wanted(message, user) else None
        if press is None:
            return None
        return (press.message.chat.id if press.message else 0), press.from_.id

    def _wanted(self, message: Message, user: User) -> bool:
        hidden = message.sender_chat is not None
        if message.sender_chat is not None and message.sender_chat.id != message.chat.id:
            return False
        if user.is_bot and not hidden:
            return False
        if message.chat.type == "private":
            return True
        if not message.chat.group:
            return False
        if message.command:
            line = typed(message, self.username)
            return line is not None and (line.addressed or read(self._desk, line, self._users.get, "") is not None)
        if hidden or message.answered is None:
            return False
        draft = self._drafts.of(message.chat.id, user.id, self._desk.app.clock())
        return draft is not None and draft.prompt == message.answered.message_id

    async def answer(self, update: Update) -> None:
        """Answer an update that has a lane. Raises what Telegram raises when it can't be told."""
        if update.message is not None:
            await self._message(update.message)
        elif update.callback_query is not None:
            await self._press(update.callback_query)

    # ------------------------------------------------------------------ typed

    async def _message(self, message: Message) -> None:
        chat, user = message.chat, message.from_
        assert user is not None  # noqa: S101 - it has a lane
        topic = message.message_thread_id if message.is_topic_message else 0
        spot = Spot(to=Target(chat.id, topic, message.message_id if chat.group else 0), user=user.id)
        line = typed(message, self.username)
        if line is None:
            await self._written(message, spot, user)
            return
        self._drafts.end(chat.id, user.id)
        if message.sender_chat is not None:
            say = tongue(match(user.language_code))
            text = N_(
                "I can't see who you are: turn off 'Remain anonymous' in your administrator rights, then ask again."
            )
            await self._speech.say(spot, Reply(text=say(text), private=False), say)
            return
        caller = await self._caller(chat, user, topic)
        if line.name == "start" and line.rest.startswith(RUN) and not chat.group:
            space, _, path = line.rest.removeprefix(RUN).partition("-")
            await self._run(path.replace("_", " "), {}, await self._within(space_of(space), caller, user), spot)
            return
        await self._command(line, message, caller, spot)

    async def _written(self, message: Message, spot: Spot, user: User) -> None:
        draft = self._drafts.of(message.chat.id, user.id, self._desk.app.clock())
        if draft is None:
            say = tongue(match(user.language_code))
            await self._speech.say(spot, Reply(text=say(N_("I answer to commands: /help lists them."))), say)
        else:
            await self._fill(draft, message.text, spot)

    async def _command(self, line: Typed, message: Message, caller: Caller, spot: Spot) -> None:
        call = read(self._desk, line, self._users.get, caller.channel)
        if call is None:
            await self._run(line.name, {}, caller, spot)
        elif call.command is None:
            await self._speech.answer(spot, await self._choice(call, caller), caller, line.name)
        else:
            options, names = _meant(call, message)
            answered = message.answered if message.chat.group else None
            target = message_key(message.chat.id, answered.message_id) if answered else ""
            named = {**line.named, **names, str(message.chat.id): message.chat.title}
            caller = replace(caller, names=named, target=target)
            if answered is not None:
                words = answered.text or answered.caption
                caller = replace(caller, quoted=words, link=answered.link, attached=answered.kept)
            await self._run(call.command.path, options, caller, spot)

    async def _choice(self, call: Call, caller: Caller) -> Reply:
        """Which subcommand? A button for each that the caller may use."""
        say = await self.tongue(caller)
        mine = [one for one in call.several if one.who <= caller.rank]
        if not mine:
            return self._above(say, call.several[0], caller)
        return Reply(
            fields=tuple(Field(name=f"/{one.path}", value=say(one.description)) for one in mine),
            buttons=tuple((Button(label=one.path, command=one.path),) for one in mine),
            private=True,
        )

    def _above(self, say: Tongue, command: Command, caller: Caller) -> Reply:
        if caller.private:
            text = say(N_("Say this in your group: there I can see that you run it."))
        else:
            text = say(N_("/{path} is not for members."), path=command.path)
        return Reply(text=text, private=True, error=True)

    # ------------------------------------------------------------------ pressed

    async def _press(self, press: Press) -> None:
        message = press.message
        if message is None:
            await self._speech.acknowledge(press.id)
            return
        chat, user = message.chat, press.from_
        topic = message.message_thread_id if message.is_topic_message else 0
        spot = Spot(to=Target(chat.id, topic), user=user.id, press=press.id, under=message.message_id)
        spot.photo = message.photo is not None
        spot.live = message.date != 0
        caller = await self._caller(chat, user, topic)
        if press.data.startswith(MARK):
            draft = self._drafts.of(chat.id, user.id, self._desk.app.clock())
            value = draft.press(press.data) if draft else None
            if draft is None or value is None:
                say = await self.tongue(caller)
                await self._speech.acknowledge(press.id, say(N_("This form is over: begin again.")))
                return
            await self._speech.acknowledge(press.id)
            await self._fill(draft, value, spot)
            return
        data, space = where(press.data)
        path, options = decode(data)
        if space and not chat.group:
            caller = await self._within(space, caller, user)
        await self._run(path, options, caller, spot)

    async def _fill(self, draft: Draft, value: str, spot: Spot) -> None:
        trouble = draft.fill(value)
        if draft.blank is not None:
            await self._speech.ask(draft, trouble)
            return
        self._drafts.end(draft.to.chat, spot.user)
        caller = draft.caller
        if caller.account.space:  # rights may have gone since the form was begun
            rank = await self._rights.rank(int(caller.account.space), spot.user)
            caller = replace(caller, rank=Rank.MEMBER if rank is None else rank)
        await self._run(draft.form.command, draft.answers, caller, Spot(to=spot.to, user=spot.user))

    # ------------------------------------------------------------------ run

    async def _run(self, path: str, options: Mapping[str, object], caller: Caller, spot: Spot) -> None:
        found = self._desk.find(path)
        if found is not None and caller.private and found.who > caller.rank:
            say = await self.tongue(caller)
            await self._speech.answer(spot, self._above(say, found, caller), caller, path)
            return
        task = asyncio.create_task(self._desk.run(path, caller, options))
        done, _ = await asyncio.wait({task}, timeout=PROMPT)
        if not done:
            await self._speech.busy(spot)
        await self._speech.answer(spot, await task, caller, path)

    async def tongue(self, caller: Caller) -> Tongue:
        """The caller's language."""
        try:
            return (await self._desk.ask(caller)).say
        except Refused:
            return tongue(match(caller.locale))

    async def _caller(self, chat: Chat, user: User, topic: int) -> Caller:
        if not chat.group:
            who = Account(platform=PLATFORM, space="", user=str(user.id), name=user.name)
            return Caller(account=who, channel=str(chat.id), locale=user.language_code)
        rank = await self._rights.rank(chat.id, user.id)
        return Caller(
            account=account(chat, user),
            channel=place(chat.id, topic),
            rank=Rank.MEMBER if rank is None else rank,
            locale=user.language_code,
        )

    async def _within(self, space: str, caller: Caller, user: User) -> Caller:
        """The caller as one of the group in which the button was first shown, if Telegram says that they are in it."""
        rank = await self._rights.rank(int(space), user.id) if space else None
        if rank is None:
            return caller
        return replace(caller, account=replace(caller.account, space=space), channel=space, rank=rank)


def _meant(call: Call, message: Message) -> tuple[dict[str, str], dict[str, str]]:
    """The options, with the author of the message replied to where a person is missing, and that person's name."""
    options, names = dict(call.options), {}
    answered = message.answered
    user = answered.from_ if answered else None
    assert call.command is not None  # noqa: S101 - the caller looked
    missing = [one.key for one in call.command.parameters if one.kind is Person and one.key not in options]
    if missing and user is not None and not user.is_bot:
        options[missing[0]] = str(user.id)
        names[str(user.id)] = user.name
    return options, names
