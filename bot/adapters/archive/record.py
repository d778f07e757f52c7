"""What every reader of archives shares: the record it yields, the options it heeds, and how it says what is wrong."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import blake2b

from bot.events import Event
from bot.i18n import N_, Tongue
from bot.words import Word

BAD = "bad"
BOT = "bot"
COMMAND = "command"
DELETED = "deleted"
NOBODY = "nobody"
PRIVATE = "private"
SERVICE = "service"
SKIPPED = {
    BAD: N_("could not be read"),
    BOT: N_("from bots"),
    COMMAND: N_("commands to a bot"),
    DELETED: N_("from deleted accounts that nothing tells apart"),
    NOBODY: N_("in the name of a channel or group, by no member"),
    PRIVATE: N_("private"),
    SERVICE: N_("notices of the platform (joins, pins, calls)"),
}
"""Why a record gives no events, in words."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_LONGEST_ID = 64


class Record(Word, frozen=True):
    """One message of an archive: its `events`, or why it has none: `skipped`, a key of `SKIPPED`.

    A bad one also says `why` (a message to translate) and in which line or message, `where`.
    """

    events: tuple[Event, ...] = ()
    skipped: str = ""
    why: str = ""
    where: int = 0


class Options(Word, frozen=True):
    """What whoever imports may say.

    `community` names the space where the archive does not, or the chat to take of several; `zone` is that of times
    without one; `bots` are names or ids of accounts that are bots where the archive does not say.
    """

    community: str = ""
    zone: tzinfo = UTC
    bots: frozenset[str] = frozenset()

    def is_bot(self, *handles: str) -> bool:
        """Whether one of the name and id of an account was said to be a bot's."""
        return bool(self.bots) and any(handle in self.bots for handle in handles)


class ArchiveError(Exception):
    """An archive can't be read. `message` (to translate) says why and what to do; `values` fill its {placeholders}."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message, values)
        self.message = message
        self.values = values

    def say(self, tongue: Tongue) -> str:
        """In words."""
        return tongue(self.message, **self.values)


class DamagedError(ArchiveError):
    """It can be read up to here and no further."""


class ForeignError(ArchiveError):
    """It is not an archive of any kind we know, or not one to import."""


class BadRecordError(Exception):
    """One record makes no sense; its argument is a message to translate."""


def bad(error: BadRecordError, where: int) -> Record:
    """The record of what could not be read."""
    return Record(skipped=BAD, why=error.args[0], where=where)


def instant(value: object, zone: tzinfo = UTC) -> datetime:
    """A time, in UTC, from ISO 8601 text or from (milli)seconds since 1970; `zone` is for text that names none."""
    return plausible(_instant(value, zone))


def plausible(found: datetime) -> datetime:
    """The time, if people chatted by then."""
    if not _EARLIEST <= found <= _LATEST:
        raise BadRecordError(N_("its time is not plausible"))
    return found


def _instant(value: object, zone: tzinfo) -> datetime:
    try:
        if isinstance(value, str):
            text = value.strip()
            if not text.lstrip("-").replace(".", "", 1).isdecimal():
                read = datetime.fromisoformat(text)
                return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=zone).astimezone(UTC)
            value = float(text) if "." in text else int(text)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _EPOCH + (timedelta(seconds=value) if abs(value) < 1e11 else timedelta(milliseconds=value))
    except (ValueError, OverflowError):
        pass
    raise BadRecordError(N_("it has no time that can be read"))


def text_of(value: object) -> str:
    """A string, or '' for anything else."""
    return value if isinstance(value, str) else ""


def maps(value: object) -> Iterable[dict[str, object]]:
    """The JSON objects in a JSON array; nothing for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def identifier(text: str) -> str:
    """An id that every database can hold: the text itself if it is short and printable, otherwise a digest of it."""
    if text.isprintable() and len(text) <= _LONGEST_ID:
        return text
    return "#" + digest(text)


def digest(*parts: object) -> str:
    """24 hexadecimal digits that stand for the parts."""
    joined = "\x1f".join(str(part) for part in parts)
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
