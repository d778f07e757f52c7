"""A table as CSV: a line of column names, then a message a line. What each column may be called is in `COLUMNS`.

Needed are the time, the author, and the length or the text; the rest is taken when it is there. A file without
ids gets keys made of what each line says and of how often that was said before, so that a file that has grown
can be imported again.
"""

import csv
import re
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper

from bot.adapters.archive.record import (
    BOT,
    BadRecordError,
    ForeignError,
    Options,
    Record,
    bad,
    digest,
    identifier,
    instant,
)
from bot.adapters.archive.source import Source
from bot.events import Account, MessagePosted, person
from bot.i18n import N_
from bot.text import TOKENS, Features, features

PLATFORM = "csv"
DELIMITERS = ",;\t|"
REMEMBERED = 100_000
"""Lines without ids that are told from their repetitions, twice; one repeated later than that counts once."""
WORD = 6
"""Characters of a word with its space, where only the length is told: such a message is taken for plain talk."""
COLUMNS = {
    "time": ("time", "timestamp", "datetime", "date", "createdat", "sentat", "unixtime", "dateunixtime", "at"),
    "author": ("authorid", "userid", "senderid", "fromid", "author", "user", "username", "sender", "from", "member"),
    "name": ("authorname", "displayname", "nickname", "author", "username", "user", "sendername", "sender",
             "from", "name"),
    "length": ("length", "characters", "chars", "textlength"),
    "text": ("text", "content", "message", "body"),
    "channel": ("channelid", "channel", "room", "stream", "chat", "group"),
    "topic": ("topicid", "topic", "threadid", "thread"),
    "id": ("id", "messageid", "key"),
    "reply_to": ("replyto", "replytoid", "replytomessageid", "inreplyto", "parentid", "parent"),
    "bot": ("bot", "isbot"),
    "code": ("hascode", "code"),
    "question": ("hasquestion", "question"),
    "mentions": ("mentions", "mentioned"),
    "attachments": ("attachments", "files"),
}  # fmt: skip
_BETWEEN = re.compile(r"[\s,;|]+")
_YES = {"1", "true", "yes", "y", "t", "bot"}
_LETTERS = re.compile(r"[^a-z0-9]")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def recognises(head: bytes) -> bool:
    """Whether a file that begins so is such a table."""
    return _shape(head) is not None


def read(source: Source, options: Options) -> Iterator[Record]:
    """The records of a table. Raises DamagedError where it breaks off; bad lines are records of their own."""
    head = source.head()
    shape = _shape(head)
    if shape is None:
        raise ForeignError(
            N_("{path} is no table of messages: its first line must name the columns time, author, length or text."),
            path=source.path.name,
        )
    delimiter, columns, width = shape
    table = _Table(columns, width, options, options.community or identifier(_stem(source)))
    with TextIOWrapper(BufferedReader(source.open()), _encoding(head), errors="replace", newline="") as lines:
        rows = csv.reader(lines, delimiter=delimiter)
        next(rows)
        yield from _records(rows, table)


def _records(rows: "csv._reader", table: "_Table") -> Iterator[Record]:  # type: ignore[name-defined]
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield bad(BadRecordError(N_("a quotation mark is never closed, or a cell is too long")), rows.line_num)
            continue
        if not row:
            continue
        try:
            yield table.record(row)
        except BadRecordError as error:
            yield bad(error, rows.line_num)


def _stem(source: Source) -> str:
    return source.path.name.removesuffix(".gz").rsplit(".", 1)[0] or "csv"


def _encoding(head: bytes) -> str:
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "utf-8")


def _shape(head: bytes) -> tuple[str, dict[str, int], int] | None:
    """(delimiter, {what: column}, number of columns), if the first line is that of a table of messages."""
    text = head.decode(_encoding(head), errors="replace")
    first = text.split("\n", 1)[0].rstrip("\r")
    if "\0" in first or len(first) > 10_000:
        return None
    for delimiter in DELIMITERS:
        try:
            cells = [_LETTERS.sub("", cell.lower()) for cell in next(csv.reader([first], delimiter=delimiter), [])]
        except csv.Error:
            continue
        columns = {
            what: cells.index(name) for what, names in COLUMNS.items() for name in reversed(names) if name in cells
        }
        if {"time", "author"} <= columns.keys() and columns.keys() & {"length", "text"}:
            return delimiter, columns, len(cells)
    return None


class _Table:
    def __init__(self, columns: dict[str, int], width: int, options: Options, space: str) -> None:
        self._columns = columns
        self._needed, self._width = max(columns.values()) + 1, width
        self._options = options
        self._space = space
        self._accounts: dict[tuple[str, str], Account] = {}
        self._said: dict[str, int] = {}
        self._before: dict[str, int] = {}
        self._at = [columns.get(what, -1) for what in ("time", "author", "name", "channel", "topic", "id", "reply_to")]
        self._flags = [columns.get(what, -1) for what in ("bot", "mentions")]

    def record(self, row: list[str]) -> Record:
        """What one line is worth."""
        if len(row) < self._needed or any(row[self._width :]):
            raise BadRecordError(N_("it has not as many cells as the first line"))
        del row[self._width :]
        row.append("")  # what a column that is not there reads
        time, author, name, channel, topic, own, answered = [row[index] for index in self._at]
        is_bot, mentions = [row[index] for index in self._flags]
        user = identifier(author.strip())
        if not user:
            raise BadRecordError(N_("it has no author"))
        if is_bot.strip().lower() in _YES or self._options.is_bot(user, name.strip()):
            return Record(skipped=BOT)
        text = self._text(row)
        posted = MessagePosted(
            key=self._key(own.strip()) or self._nth(time, user, channel),
            at=instant(time, self._options.zone),
            who=self._account(user, name.strip()),
            channel=identifier(channel.strip()),
            topic=_label(topic),
            reply_to=self._key(answered.strip()) if self._columns.get("id") is not None else "",
            mentions=tuple([person(PLATFORM, identifier(one)) for one in _names(mentions) if one != user])
            if mentions
            else (),
            text=text,
        )
        return Record(events=(posted,))

    def _text(self, row: list[str]) -> Features:
        cell = self._columns.get
        text, length = row[cell("text", -1)], row[cell("length", -1)].strip()
        attached = len(_names(row[cell("attachments", -1)]))
        if text or not length:
            return features(text, attached)
        try:
            characters = float(length)
            if not 0 <= characters < 1e9:
                raise ValueError
        except ValueError:
            raise BadRecordError(N_("its length is not a number")) from None
        code, question = (row[cell(what, -1)].strip().lower() in _YES for what in ("code", "question"))
        words = min(-(-int(characters) // WORD), TOKENS)
        return Features(
            length=int(characters),
            tokens=words,
            distinct=words,
            common=words // 2,
            code=code,
            question=question,
            attachments=attached,
        )

    def _account(self, user: str, name: str) -> Account:
        known = self._accounts.get((user, name))
        if known is None:
            space = self._space
            known = Account(platform=PLATFORM, space=space, user=user, name=name or user, space_name=space)
            self._accounts[user, name] = known
        return known

    def _key(self, own: str) -> str:
        return f"csv:message:{self._space}:{identifier(own)}" if own else ""

    def _nth(self, time: str, user: str, channel: str) -> str:
        """The key of the nth message of somebody at a time in a channel.

        What it says is left out: a line that was cut off is then the same message when it comes whole.
        """
        said = digest(time.strip(), user, channel.strip())
        before = self._said.get(said) or self._before.get(said, 0)
        self._said[said] = before + 1
        if len(self._said) >= REMEMBERED:
            self._said, self._before = {}, self._said
        return f"csv:message:{self._space}:#{said}:{before}"


def _names(cell: str) -> list[str]:
    return [one.lstrip("@") for one in _BETWEEN.split(cell) if one.lstrip("@")] if cell else []


def _label(topic: str) -> str:
    """A topic's id as it is; a title as a digest."""
    text = topic.strip()
    return text if text.isascii() and text.replace("-", "").isalnum() and len(text) <= 20 else (text and digest(text))
