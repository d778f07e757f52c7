"""DiscordChatExporter's JSON: a file for each channel or thread, the guild and the channel first, then the messages.

Keys, times and ids are those that the live adapter gives, so that what is heard twice counts once. Exports made
without `users` in reactions (before version 2.44) say how many reacted but not who, and those reactions are not
counted.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.adapters.archive.record import (
    BOT,
    DELETED,
    NOBODY,
    SERVICE,
    BadRecordError,
    ForeignError,
    Options,
    Record,
    bad,
    instant,
    maps,
    plausible,
    text_of,
)
from bot.adapters.archive.source import Source, items
from bot.events import Account, Event, MessagePosted, person, reaction
from bot.i18n import N_
from bot.text import features

PLATFORM = "discord"
GHOST = "456226577798135808"
"""The one account under which Discord shows messages of those whose own is deleted."""
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_WRITTEN = ("Default", "Reply", "0", "19")
_OWN_MARKS = {"guild.id", "channel.id", "messages"}


def recognises(paths: set[str]) -> bool:
    """Whether a JSON file in which these paths stand at the beginning is such an export."""
    return paths >= _OWN_MARKS


def read(source: Source, options: Options) -> Iterator[Record]:
    """The records of one channel. Raises ForeignError for private messages, DamagedError where the file breaks off."""
    head = source.preamble("messages")
    if head["guild.id"] == "0":
        raise ForeignError(N_("{path} holds private messages: these are not imported."), path=source.path.name)
    channel = _Channel(head, options)
    with source.open() as stream:
        for number, message in enumerate(items(stream, "messages.item"), 1):
            try:
                yield channel.record(message)
            except BadRecordError as error:
                yield bad(error, number)


class _Channel:
    def __init__(self, head: dict[str, object], options: Options) -> None:
        self._options = options
        self._space = str(head["guild.id"])
        self._space_name = text_of(head.get("guild.name"))
        self._channel, self._topic = str(head["channel.id"]), ""
        if text_of(head.get("channel.type")).endswith("Thread"):
            self._channel, self._topic = str(head.get("channel.categoryId")), self._channel
        self._accounts: dict[tuple[str, str], Account] = {}

    def record(self, message: object) -> Record:
        """What one message is worth."""
        if not isinstance(message, dict) or not isinstance(author := message.get("author"), dict):
            raise BadRecordError(N_("it is not a message"))
        who = self._account(author)
        if message.get("type") not in _WRITTEN:
            return Record(skipped=SERVICE)
        skipped = self._skipped(author, who)
        if skipped:
            return Record(skipped=skipped)
        posted = self._posted(message, who)
        if not message.get("reactions"):
            return Record(events=(posted,))
        return Record(events=(posted, *self._reactions(message, posted)))

    def _skipped(self, author: dict[str, object], who: Account) -> str:
        if author.get("isBot") or self._options.is_bot(who.user, who.name, text_of(author.get("name"))):
            return BOT
        if who.user == GHOST:
            return DELETED
        return "" if who.user.isdecimal() else NOBODY

    def _account(self, author: dict[str, object]) -> Account:
        user = text_of(author.get("id"))
        name = text_of(author.get("nickname")) or text_of(author.get("name"))
        known = self._accounts.get((user, name))
        if known is None:
            known = Account(platform=PLATFORM, space=self._space, user=user, name=name, space_name=self._space_name)
            self._accounts[user, name] = known
        return known

    def _posted(self, message: dict[str, object], who: Account) -> MessagePosted:
        attached = message.get("attachments")
        answered = message.get("reference") if message.get("type") in {"Reply", "19"} else None
        of = text_of(answered.get("messageId")) if isinstance(answered, dict) else ""
        return MessagePosted(
            key=_key(message),
            at=_when(message),
            who=who,
            channel=self._channel,
            topic=self._topic,
            reply_to=f"discord:message:{of}" if of.isdecimal() else "",
            mentions=_mentioned(message, who) if message.get("mentions") else (),
            text=features(text_of(message.get("content")), len(attached) if isinstance(attached, list) else 0),
        )

    def _reactions(self, message: dict[str, object], posted: MessagePosted) -> Iterator[Event]:
        for one in maps(message.get("reactions")):
            sign = one.get("emoji")
            if not isinstance(sign, dict):
                continue
            name, own = text_of(sign.get("name")), text_of(sign.get("id"))
            emoji = f"{name}:{own}" if own and own != "0" else name
            for user in maps(one.get("users")):
                giver = self._account(user)
                if emoji and not self._skipped(user, giver):
                    of, at, author = posted.key, posted.at, posted.who.user
                    yield from reaction(giver=giver, of=of, emoji=emoji, at=at, given=True, author=author)


def _mentioned(message: dict[str, object], author: Account) -> tuple[str, ...]:
    others = [one for one in maps(message["mentions"]) if one.get("id") != author.user and not one.get("isBot")]
    return tuple([person(PLATFORM, text_of(one.get("id"))) for one in others])


def _key(message: dict[str, object]) -> str:
    number = text_of(message.get("id"))
    if not number.isdecimal() or not number.isascii() or len(number) > 20:
        raise BadRecordError(N_("it has no id"))
    return f"discord:message:{number}"


def _when(message: dict[str, object]) -> datetime:
    """The time in the id, as the live adapter has it; the exporter's own where the id has none."""
    milliseconds = int(str(message["id"])) >> 22
    if not milliseconds:
        return instant(message.get("timestamp"))
    return plausible(_EPOCH + timedelta(milliseconds=min(milliseconds, 10**13)))
