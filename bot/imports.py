"""Feeding an archive to an App: batches through the same door as live events.

How far a file has been read is committed with what was read, so that an import that was broken off, even by a
power cut, goes on where it was; what is in the database already is passed over, so that a second import changes
nothing. Nothing here prints: `tell` hears of the progress and `stop` is asked whether to go on.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

from bot.adapters.archive import ArchiveError, DamagedError, Options, Record, Volume
from bot.adapters.archive.record import BAD
from bot.app import App
from bot.batch import Outcome
from bot.events import Event, MessagePosted, ReactionGiven
from bot.storage import inbox

BATCH = 1_000
"""Events committed together."""
STRIDE = 20_000
"""Records after which a mark is set even if they had no events."""
PATIENCE = 0.25
"""Seconds until `tell` hears that nothing has moved."""
NOTES = 5
"""Bad records reported in full."""
TOP = 10

Tell = Callable[["Progress"], None]


@dataclass(frozen=True, slots=True)
class Note:
    """A record that could not be read: the file, the `where`-th line or message (`numbered` says which), and why."""

    file: str
    numbered: str
    where: int
    why: str


@dataclass(frozen=True, slots=True)
class Active:
    """A member and how many messages they wrote."""

    name: str
    messages: int


@dataclass(slots=True)
class Summary:
    """What an archive holds, and what became of it in the database.

    Events are `new`, `known` before, `passed` over because an earlier import had read that far, `dropped` (about
    somebody unknown or erased) or `poisoned`.
    """

    messages: int = 0
    reactions: int = 0
    first: datetime | None = None
    last: datetime | None = None
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[Note] = field(default_factory=list)
    damage: list[ArchiveError] = field(default_factory=list)
    new: int = 0
    known: int = 0
    passed: int = 0
    dropped: int = 0
    poisoned: int = 0
    seconds: float = 0.0
    stopped: bool = False
    writers: Counter[tuple[str, str]] = field(default_factory=Counter)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    channels: set[tuple[str, str]] = field(default_factory=set)
    communities: dict[str, str] = field(default_factory=dict)

    @property
    def members(self) -> int:
        """How many people wrote or reacted."""
        return len(self.names)

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds if self.seconds else 0.0

    @property
    def active(self) -> list[Active]:
        """The ten who wrote most; the order does not depend on that of the file."""
        ranked = sorted(self.writers.items(), key=lambda one: (-one[1], one[0]))[:TOP]
        return [Active(name=self.names[who] or who[1], messages=count) for who, count in ranked]

    def take(self, record: Record) -> None:
        """Count a record."""
        if record.skipped:
            self.skipped[record.skipped] += 1
        for event in record.events:
            if isinstance(event, MessagePosted):
                self._message(event)
            elif isinstance(event, ReactionGiven):
                self.reactions += 1
                self.names.setdefault((event.who.space, event.who.user), event.who.name)

    def _message(self, event: MessagePosted) -> None:
        who, at = event.who, event.at
        person = (who.space, who.user)
        self.messages += 1
        self.writers[person] += 1
        self.names[person] = who.name
        self.channels.add((who.space, event.channel))
        if who.space not in self.communities:
            self.communities[who.space] = who.space_name or who.space
        if self.first is None or at < self.first:
            self.first = at
        if self.last is None or at > self.last:
            self.last = at

    def add(self, outcome: Outcome) -> None:
        """Count what became of a batch."""
        self.new += outcome.new
        self.known += outcome.seen
        self.dropped += outcome.dropped
        self.poisoned += outcome.poisoned


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an import is: `position` of `size` bytes of the file `number` of `files`; `trouble` says why it waits."""

    file: str
    number: int
    files: int
    position: int
    size: int
    messages: int
    trouble: str = ""


def survey(volumes: Sequence[Volume], options: Options, tell: Tell, stop: Callable[[], bool]) -> Summary:
    """Read everything and store nothing."""
    summary, began = Summary(), perf_counter()
    for number, volume in enumerate(volumes, 1):
        try:
            for count, record in enumerate(volume.read(options)):
                _note(summary, volume, record)
                if count % BATCH == 0:
                    tell(_progress(summary, volume, number, len(volumes)))
                    if stop():
                        summary.stopped = True
                        break
        except DamagedError as error:
            summary.damage.append(error)
        if summary.stopped:
            break
    summary.seconds = perf_counter() - began
    return summary


class Import:
    """One import: the volumes of an archive into the database of a started App."""

    def __init__(
        self, app: App, volumes: Sequence[Volume], options: Options, tell: Tell, stop: Callable[[], bool]
    ) -> None:
        self._app = app
        self._volumes = volumes
        self._options = options
        self._tell = tell
        self._stop = stop
        self._summary = Summary()
        self._under_way: asyncio.Task[Outcome] | None = None
        self._number = 0

    async def run(self) -> Summary:
        """All of it, until the end or until `stop` says so. A damaged file gives what stands before the damage.

        Raises ForeignError for a file that is not to be imported, and what the database raises for good.
        """
        began = perf_counter()
        for number, volume in enumerate(self._volumes, 1):
            self._number = number
            await self._volume(volume)
            await self._settle(volume)
            if self._summary.stopped:
                break
        self._summary.seconds = perf_counter() - began
        return self._summary

    async def _volume(self, volume: Volume) -> None:
        mark = volume.mark(self._options)
        done = await self._app.store.read(inbox.cursor, mark) or 0
        batch: list[Event] = []
        count, sent = 0, done
        try:
            for count, record in enumerate(volume.read(self._options), 1):
                _note(self._summary, volume, record)
                if count > done:
                    batch += record.events
                    if len(batch) >= BATCH or count - sent >= STRIDE:
                        await self._send(batch, mark, count, volume)
                        batch, sent = [], count
                else:
                    self._summary.passed += len(record.events)
                if count % BATCH == 0:
                    await self._breathe(volume)
                    if self._summary.stopped:
                        break
        except DamagedError as error:
            self._summary.damage.append(error)
        if count > sent:
            await self._send(batch, mark, count, volume)

    async def _send(self, batch: Sequence[Event], mark: str, count: int, volume: Volume) -> None:
        """Hand in a batch once the one before is committed.

        While it is on its way the next one is read. More of them at a time make it slower, not faster: reader and
        writer then contend for the interpreter's lock.
        """
        await self._settle(volume)
        self._under_way = asyncio.create_task(self._app.submit(batch, marks={mark: count}, quiet=True))
        await asyncio.sleep(0)

    async def _breathe(self, volume: Volume) -> None:
        self._tell(_progress(self._summary, volume, self._number, len(self._volumes), self._app.trouble))
        self._summary.stopped = self._summary.stopped or self._stop()
        await asyncio.sleep(0)

    async def _settle(self, volume: Volume) -> None:
        """Wait for the batch under way; meanwhile tell why it does not move, if it does not."""
        task, self._under_way = self._under_way, None
        while task is not None:
            await asyncio.wait([task], timeout=PATIENCE)
            if task.done():
                self._summary.add(task.result())
                return
            if self._app.trouble:
                self._tell(_progress(self._summary, volume, self._number, len(self._volumes), self._app.trouble))


def _note(summary: Summary, volume: Volume, record: Record) -> None:
    summary.take(record)
    if record.skipped == BAD and len(summary.notes) < NOTES:
        summary.notes.append(Note(volume.source.path.name, volume.format.numbered, record.where, record.why))


def _progress(summary: Summary, volume: Volume, number: int, files: int, trouble: str = "") -> Progress:
    source = volume.source
    return Progress(source.path.name, number, files, source.position, source.size, summary.messages, trouble)
