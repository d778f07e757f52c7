"""Zulip: an organisation's export (the folder, or its `.tar.gz`), or messages in JSON as the API gives them.

The export's `realm.json` says who people are, which recipients are channels, and who reacted;
`messages-000001.json` and so on follow. Private messages are left out. Zulip gives reactions no time: they get
that of their message.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from typing import Any

from bot.adapters.archive.record import (
    BOT,
    PRIVATE,
    BadRecordError,
    Options,
    Record,
    bad,
    digest,
    identifier,
    instant,
    maps,
    text_of,
)
from bot.adapters.archive.source import Readable, Source, items, parse
from bot.adapters.archive.zulip_files import Folder, Tar, is_tar
from bot.events import Account, Event, MessagePosted, person, reaction
from bot.i18n import N_
from bot.text import features

PLATFORM = "zulip"
_TO_CHANNEL = 2
_NEAR = re.compile(r"/near/(\d{1,18})")
_NAMED = re.compile(r"@\*\*([^*|]{1,200})(?:\|(\d{1,18}))?\*\*")
_MENTIONED = re.compile(r'data-user-id="(\d{1,18})"')
_TAG = re.compile(r"<[^>]{0,2000}>")
_BOT_ADDRESS = re.compile(r"-bot@|^(?:emailgateway|welcome-bot|notification-bot)@")
_API = ("messages.item", "item")


def recognises(paths: set[str]) -> bool:
    """Whether a JSON file in which these paths stand at the beginning is one of Zulip's."""
    if any(path.startswith("zerver_") for path in paths):
        return True
    return any(f"{item}.sender_full_name" in paths for item in _API)


def told(head: bytes) -> bool:
    """Whether a file that begins so holds messages as the API tells them."""
    return b'"sender_full_name"' in head


def read(source: Source, options: Options) -> Iterator[Record]:
    """The records of an export or of a file of messages. Raises ForeignError when the export is not all there."""
    head = source.head()
    if is_tar(head):
        return _export(Tar(source), options)
    if told(head):
        return _api(source, options)
    return _export(Folder(source), options)


def _export(files: Folder | Tar, options: Options) -> Iterator[Record]:
    with files.realm() as stream:
        realm = _Realm(stream, options)
    number = 0
    for stream in files.messages():
        for message in items(stream, "zerver_message.item"):
            number += 1
            try:
                yield realm.record(message)
            except BadRecordError as error:
                yield bad(error, number)


class _Realm:
    """Who is who, what is a channel, and who reacted: the small part of an export, in memory; 24 bytes a reaction."""

    def __init__(self, stream: Readable, options: Options) -> None:
        self._options = options
        self._users: dict[int, Account] = {}
        self._bots: set[int] = set()
        self._named: dict[str, int] = {}
        self._channels: dict[int, int] = {}
        self._emoji: dict[str, int] = {}
        self._reactions = (array("q"), array("q"), array("q"))
        self.space, self._title = options.community, options.community
        for table, row in _rows(stream):
            with suppress(BadRecordError):
                self._take(table, row)
        self._signs = list(self._emoji)
        order = sorted(range(len(self._reactions[0])), key=self._reactions[0].__getitem__)
        self._columns = [array("q", [column[index] for index in order]) for column in self._reactions]

    def _take(self, table: str, row: dict[str, Any]) -> None:
        match table:
            case "zerver_realm" if not self._options.community:
                self.space = identifier(text_of(row.get("string_id")) or text_of(row.get("name")) or "zulip")
                self._title = text_of(row.get("name")) or self.space
            case "zerver_userprofile" | "zerver_userprofile_mirrordummy" | "zerver_userprofile_crossrealm":
                self._user(row, system=table.endswith("crossrealm"))
            case "zerver_recipient" if row.get("type") == _TO_CHANNEL and isinstance(row.get("type_id"), int):
                self._channels[_number(row, "id")] = row["type_id"]
            case "zerver_reaction":
                sign = self._emoji.setdefault(identifier(text_of(row.get("emoji_name"))), len(self._emoji))
                one = (_number(row, "message"), _number(row, "user_profile"), sign)
                for column, value in zip(self._reactions, one, strict=True):
                    column.append(value)
            case _:
                pass

    def _user(self, row: dict[str, Any], *, system: bool) -> None:
        number, name = _number(row, "id"), text_of(row.get("full_name"))
        self._users[number] = _account("", str(number), name)
        self._named.setdefault(name, number)
        if system or row.get("is_bot") or self._options.is_bot(str(number), name, text_of(row.get("email"))):
            self._bots.add(number)

    def _who(self, number: int) -> Account:
        known = self._users.get(number)
        if known is None or known.space != self.space:
            known = _account(self.space, str(number), known.name if known else "", self._title)
            self._users[number] = known
        return known

    def record(self, message: object) -> Record:
        """What one message is worth."""
        if not isinstance(message, dict):
            raise BadRecordError(N_("it is not a message"))
        channel = self._channels.get(_number(message, "recipient"))
        if channel is None:
            return Record(skipped=PRIVATE)
        sender, number = _number(message, "sender"), _number(message, "id")
        if sender in self._bots:
            return Record(skipped=BOT)
        content = text_of(message.get("content"))
        posted = MessagePosted(
            key=_key(self.space, number),
            at=instant(message.get("date_sent")),
            who=self._who(sender),
            channel=str(channel),
            topic=_topic(channel, message.get("subject")),
            reply_to=_answered(self.space, content),
            mentions=tuple([person(PLATFORM, one) for one in self._mentions(content)]),
            text=features(content, int(bool(message.get("has_attachment")))),
        )
        return Record(events=(posted, *self._received(posted, number)))

    def _mentions(self, content: str) -> Iterator[str]:
        for name, number in _NAMED.findall(content) if "@**" in content else ():
            found = number or self._named.get(name)
            if found:
                yield str(found)

    def _received(self, posted: MessagePosted, number: int) -> Iterator[Event]:
        messages, users, signs = self._columns
        index = bisect_left(messages, number)
        while index < len(messages) and messages[index] == number:
            if users[index] not in self._bots:
                yield from reaction(
                    giver=self._who(users[index]),
                    of=posted.key,
                    emoji=self._signs[signs[index]],
                    at=posted.at,
                    given=True,
                    author=posted.who.user,
                )
            index += 1


_TABLES = (
    "zerver_realm",
    "zerver_userprofile",
    "zerver_userprofile_mirrordummy",
    "zerver_userprofile_crossrealm",
    "zerver_recipient",
    "zerver_reaction",
)


def _rows(stream: Readable) -> Iterator[tuple[str, dict[str, Any]]]:
    """(table, row) of the tables that matter, with the plain values of each row."""
    row: dict[str, Any] = {}
    for path, event, value in parse(stream):
        table, _, field = path.partition(".item")
        if table not in _TABLES:
            continue
        if event == "start_map" and not field:
            row = {}
        elif event == "end_map" and not field:
            yield table, row
        elif field and field.count(".") == 1 and event in {"string", "number", "boolean"}:
            row[field[1:]] = value


def _api(source: Source, options: Options) -> Iterator[Record]:
    space = options.community or identifier(source.path.name.split(".", 1)[0])
    with source.open() as stream:
        opening = next((path for path, event, _ in parse(stream) if event == "start_map" and path in _API), _API[0])
    source.position = 0
    with source.open() as stream:
        for number, message in enumerate(items(stream, opening), 1):
            try:
                yield _told(message, space, options)
            except BadRecordError as error:
                yield bad(error, number)


def _told(message: object, space: str, options: Options) -> Record:
    """What a message as the API tells it is worth; its content is HTML, or Markdown when that was asked for."""
    if not isinstance(message, dict):
        raise BadRecordError(N_("it is not a message"))
    if message.get("type", "stream") != "stream":
        return Record(skipped=PRIVATE)
    address, name = text_of(message.get("sender_email")), text_of(message.get("sender_full_name"))
    user = str(message["sender_id"]) if isinstance(message.get("sender_id"), int) else identifier(address or name)
    if not user:
        raise BadRecordError(N_("it has no author"))
    if _BOT_ADDRESS.search(address) or options.is_bot(user, name, address):
        return Record(skipped=BOT)
    content = text_of(message.get("content"))
    html = message.get("content_type", "text/html") == "text/html"
    stream = message.get("stream_id")
    channel = str(stream) if isinstance(stream, int) else identifier(text_of(message.get("display_recipient")))
    posted = MessagePosted(
        key=_key(space, _number(message, "id")),
        at=instant(message.get("timestamp")),
        who=_account(space, user, name),
        channel=channel,
        topic=_topic(channel, message.get("subject")),
        reply_to=_answered(space, content),
        mentions=tuple([person(PLATFORM, one) for one in _MENTIONED.findall(content)]) if html else (),
        text=features(unescape(_TAG.sub("", content)) if html else content),
    )
    return Record(events=(posted, *_reacted(message, posted, options)))


def _reacted(message: dict[str, Any], posted: MessagePosted, options: Options) -> Iterator[Event]:
    for one in maps(message.get("reactions")):
        user = one.get("user")
        about: dict[str, Any] = user if isinstance(user, dict) else {}
        number, name = one.get("user_id") or about.get("id"), text_of(about.get("full_name"))
        if isinstance(number, int) and not options.is_bot(str(number), name):
            yield from reaction(
                giver=_account(posted.who.space, str(number), name),
                of=posted.key,
                emoji=identifier(text_of(one.get("emoji_name"))),
                at=posted.at,
                given=True,
                author=posted.who.user,
            )


def _account(space: str, user: str, name: str, title: str = "") -> Account:
    return Account(platform=PLATFORM, space=space, user=user, name=name, space_name=title or space)


def _key(space: str, number: int) -> str:
    return f"zulip:message:{space}:{number}"


def _answered(space: str, content: str) -> str:
    near = _NEAR.search(content) if "/near/" in content else None
    return _key(space, int(near[1])) if near else ""


def _topic(channel: object, subject: object) -> str:
    """A topic has a title and no id: what is kept is a digest."""
    return digest(channel, subject) if isinstance(subject, str) and subject else ""


def _number(row: dict[str, Any], field: str) -> int:
    value = row.get(field)
    if not isinstance(value, int):
        raise BadRecordError(N_("it has no id, author or channel"))
    return value
