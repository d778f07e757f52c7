"""Telegram Desktop's `result.json`: one chat, or a whole account with its list of chats.

Groups, supergroups and their topics are taken; private chats never are, and posts of a channel belong to no
member. Ids and keys are those of the Bot API, as the live adapter gives them. The export does not say who is a
bot: `--bot` does.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ijson.common import ObjectBuilder

from bot.adapters.archive.record import (
    BOT,
    COMMAND,
    NOBODY,
    SERVICE,
    BadRecordError,
    ForeignError,
    Options,
    Record,
    bad,
    identifier,
    instant,
    maps,
    text_of,
)
from bot.adapters.archive.source import Readable, Source, items, parse
from bot.events import Account, Event, MessagePosted, person, reaction
from bot.i18n import N_
from bot.text import features

PLATFORM = "telegram"
LISTS = ("chats.list.item", "left_chats.list.item")
_CHAT = {"name", "type", "id", "messages"}
_WHOLE = {"personal_information", "contacts", "frequent_contacts", "sessions", "chats", "left_chats"}
_MEDIA = ("photo", "file", "poll", "location_information")
REMEMBERED = 100_000
"""Messages of topics remembered at a time, twice: replies to older ones are not traced to their topic."""
_BASIC = ("private_group", "public_group")
GROUPS = (*_BASIC, "private_supergroup", "public_supergroup")


def recognises(paths: set[str]) -> bool:
    """Whether a JSON file in which these paths stand at the beginning is such an export."""
    return _CHAT - {"name"} <= paths or ("about" in paths and bool(_WHOLE & paths))


def read(source: Source, options: Options) -> Iterator[Record]:
    """The records of the chat, or of the chat of an account that `options.community` names by name or id.

    Raises ForeignError when there is nothing to import or no telling which chat, DamagedError where it breaks off.
    """
    head = source.preamble("messages", *_WHOLE)
    if "type" in head and "id" in head:
        return _single(source, head, options)
    return _several(source, options)


def _single(source: Source, head: dict[str, Any], options: Options) -> Iterator[Record]:
    if not _public(head, channels=True):
        raise ForeignError(N_("{path} holds a private chat: these are not imported."), path=source.path.name)
    chat = _Chat(head, options)
    with source.open() as stream:
        for number, message in enumerate(items(stream, "messages.item"), 1):
            yield chat.numbered(message, number)


def _several(source: Source, options: Options) -> Iterator[Record]:
    wanted = _choice(source, options.community)
    with source.open() as stream:
        yield from _walk(stream, wanted, options)


def _choice(source: Source, named: str) -> tuple[str, str]:
    """The (type, id) of the one chat to take; raises ForeignError that lists them when it is not plain which."""
    with source.open() as stream:
        chats = [head for head in _heads(stream) if _public(head, channels=bool(named))]
    found = [head for head in chats if not named or named in {str(head.get("name")), str(head.get("id")), _space(head)}]
    if len(found) == 1:
        return str(found[0]["type"]), str(found[0]["id"])
    names = ", ".join(f"{head.get('name')} ({head.get('id')})" for head in (found or chats)[:30])
    if not chats:
        raise ForeignError(N_("{path} holds no group: private chats are not imported."), path=source.path.name)
    raise ForeignError(
        N_("{path} holds several chats. Say which is your community by --community NAME (or its id): {names}"),
        path=source.path.name,
        names=names,
    )


def _public(head: dict[str, Any], *, channels: bool) -> bool:
    kind = str(head.get("type"))
    return kind in GROUPS or (channels and kind.endswith("_channel"))


def _heads(stream: Readable) -> Iterator[dict[str, Any]]:
    for head, message in _parts(stream, None):
        if message is None:
            yield head


def _walk(stream: Readable, wanted: tuple[str, str], options: Options) -> Iterator[Record]:
    chat, number = None, 0
    for head, message in _parts(stream, wanted):
        if message is None:
            chat = _Chat(head, options)
        elif chat is not None:
            number += 1
            yield chat.numbered(message, number)


def _parts(stream: Readable, wanted: tuple[str, str] | None) -> Iterator[tuple[dict[str, Any], object]]:
    """(a chat's head, None) at the beginning of each chat, and (head, message) for each message of the one wanted."""
    head: dict[str, Any] = {}
    builder: ObjectBuilder | None = None
    taken, place = False, ""
    for path, event, value in parse(stream):
        if builder is not None:
            builder.event(event, value)
            if event == "end_map" and path == place:
                yield head, builder.value
                builder = None
        elif path in LISTS:
            head = {} if event == "start_map" else head
        elif path.startswith(LISTS):
            field = path.split(".list.item.", 1)[1]
            if field in {"name", "type", "id"}:
                head[field] = value
            elif field == "messages" and event == "start_array":
                taken = wanted == (str(head.get("type")), str(head.get("id")))
                if taken or wanted is None:
                    yield head, None
            elif taken and field == "messages.item" and event == "start_map":
                builder, place = ObjectBuilder(), path
                builder.event(event, value)


def _space(head: dict[str, Any]) -> str:
    """The id of a chat, as the Bot API has it."""
    number = head.get("id")
    if not isinstance(number, int) or number < 0:
        return str(number)
    return str(-number if str(head.get("type")) in _BASIC else -1_000_000_000_000 - number)


class _Chat:
    def __init__(self, head: dict[str, Any], options: Options) -> None:
        self._options = options
        self._space = _space(head)
        self._name = text_of(head.get("name"))
        self._accounts: dict[tuple[str, str], Account] = {}
        self._topics: set[int] = set()
        self._within: dict[int, int] = {}
        self._before: dict[int, int] = {}

    def numbered(self, message: object, number: int) -> Record:
        """The record of the chat's message with this number."""
        try:
            return self._record(message)
        except BadRecordError as error:
            return bad(error, number)

    def _record(self, message: object) -> Record:
        if not isinstance(message, dict) or not isinstance(number := message.get("id"), int):
            raise BadRecordError(N_("it is not a message"))
        if message.get("type") != "message":
            if message.get("action") == "topic_created":
                self._topics.add(number)
            return Record(skipped=SERVICE)
        topic, answered = self._place(message, number)
        user, name = _user(message.get("from_id")), text_of(message.get("from"))
        if self._options.is_bot(user, name):
            return Record(skipped=BOT)
        spans = _spans(message)
        attached = any(message.get(kind) for kind in _MEDIA)
        text = "".join(text_of(span.get("text")) for span in spans)
        if spans and spans[0].get("type") == "bot_command":
            return Record(skipped=COMMAND)
        if not (text or attached):
            return Record(skipped=SERVICE)
        key = f"telegram:message:{self._space}:{number}"
        at = _when(message, self._options)
        received = tuple(self._reactions(message, key, at, user))
        if not user:
            return Record(events=received, skipped=NOBODY)
        posted = MessagePosted(
            key=key,
            at=at,
            who=self._account(user, name),
            channel=self._space,
            topic=str(topic) if topic else "",
            reply_to=f"telegram:message:{self._space}:{answered}" if answered else "",
            mentions=tuple([person(PLATFORM, str(span["user_id"])) for span in spans if span.get("user_id")]),
            text=features(text, int(attached)),
        )
        return Record(events=(posted, *received))

    def _account(self, user: str, name: str) -> Account:
        known = self._accounts.get((user, name))
        if known is None:
            known = Account(platform=PLATFORM, space=self._space, user=user, name=name, space_name=self._name)
            self._accounts[user, name] = known
        return known

    def _place(self, message: dict[str, Any], number: int) -> tuple[int, int]:
        """(topic, message answered). In a forum a message answers one of its topic, or the topic's beginning."""
        answered = message.get("reply_to_message_id")
        if not isinstance(answered, int) or message.get("reply_to_peer_id"):
            return 0, 0
        topic = answered if answered in self._topics else self._within.get(answered) or self._before.get(answered, 0)
        if topic:
            self._within[number] = topic
            if len(self._within) >= REMEMBERED:
                self._within, self._before = {}, self._within
        return topic, 0 if answered == topic else answered

    def _reactions(self, message: dict[str, Any], key: str, at: datetime, author: str) -> Iterator[Event]:
        for one in maps(message.get("reactions")):
            emoji = _sign(one)
            for recent in maps(one.get("recent")):
                giver, name = _user(recent.get("from_id")), text_of(recent.get("from"))
                if giver and emoji and not self._options.is_bot(giver, name):
                    when = max(at, _beside(recent.get("date"), message, at))
                    who = self._account(giver, name)
                    yield from reaction(giver=who, of=key, emoji=emoji, at=when, given=True, author=author or None)


def _spans(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The text in pieces, each with its type; older exports have plain pieces as bare strings."""
    text = message.get("text_entities") or message.get("text") or []
    pieces = text if isinstance(text, list) else [text]
    return [one if isinstance(one, dict) else {"type": "plain", "text": one} for one in pieces]


def _user(value: object) -> str:
    """A user's id from 'user123', or from the bare number of old exports; '' for a channel, a group, or nobody."""
    if isinstance(value, str) and value.startswith("user") and value[4:].isdecimal() and int(value[4:]):
        return value[4:]
    if isinstance(value, int) and 0 < value < 1 << 32:
        return str(value)
    return ""


def _sign(one: dict[str, Any]) -> str:
    emoji, custom = text_of(one.get("emoji")), text_of(one.get("document_id"))
    return identifier(emoji or (f"custom:{custom}" if custom else text_of(one.get("type"))))


def _when(message: dict[str, Any], options: Options) -> datetime:
    return instant(message.get("date_unixtime") or message.get("date"), options.zone)


def _beside(text: object, message: dict[str, Any], at: datetime) -> datetime:
    """A reaction's time, which is on the exporter's clock: as far from UTC as the message's own two times are apart."""
    try:
        local = instant(message.get("date"))
        return min(instant(text) - (local - at), at + timedelta(days=3650))
    except (BadRecordError, OverflowError):
        return at.astimezone(UTC)
