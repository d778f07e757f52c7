"""The inbox at work: updates are kept as they came, then turned into events in the order they came, a batch at a time.

What wants an answer is answered meanwhile, in lanes: one user's in one chat in order, different ones side by side.
Its letter is ticked off when it is answered, so that a crash leads to one more answer, never to none. Handling a
letter again does no harm: events are known by their keys.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from hashlib import blake2b

import structlog
from prometheus_client import Counter
from telegram.error import TelegramError

from bot.adapters.telegram.cashier import Cashier
from bot.adapters.telegram.doors import Doors
from bot.adapters.telegram.events import PLATFORM, Banned, Came, Chore, Door, Moved, Seen, cited, message_key, news
from bot.adapters.telegram.lanes import Lane, Listener
from bot.adapters.telegram.rights import Rights
from bot.adapters.telegram.talk import Talk
from bot.adapters.telegram.wire import Update, number, parse
from bot.app import App
from bot.delivery import TryAgain
from bot.events import Event
from bot.storage import doors as bans
from bot.storage import inbox, members, referrals
from bot.storage.database import UNAVAILABLE
from bot.storage.inbox import Letter
from bot.storage.store import Connection

BATCH = 500
"""Letters handled at a time: as many events as the application commits at once."""
AT_ONCE = 200
"""Answers that may be under way before nothing more is read."""
GRACE = 10.0
"""Seconds that answers under way have to end when we stop; the rest is answered after the next start."""
PAUSE = 1.0
"""Seconds until an unavailable database is tried again."""

UPDATES = Counter("lyceum_telegram_updates_total", "Telegram's updates, by what became of them", ["outcome"])
_log = structlog.get_logger()


class Inbox:
    """Keeps updates and works through them. `keep` from anywhere, `run` once."""

    def __init__(
        self,
        app: App,
        source: str,
        talk: Talk,
        doors: Doors,
        rights: Rights,
        *,
        cashier: Cashier | None = None,
        me: int = 0,
    ) -> None:
        self._app = app
        self._source = source
        self._talk = talk
        self._doors = doors
        self._rights = rights
        self._me = me
        self._cashier = cashier
        self._listeners: tuple[Listener, ...] = (cashier, doors, talk) if cashier else (doors, talk)
        self._after = 0
        self._news = asyncio.Event()
        self._closing = False
        self._lanes: dict[Lane, deque[tuple[Letter, Update, Listener]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def keep(self, bodies: Sequence[bytes]) -> int:
        """Store updates; returns the highest number among them. Raises what the database raises.

        A checkout is not stored: it is answered at once, before all else, and is worth nothing after ten seconds.
        """
        numbered = [(number(body), body) for body in bodies]
        # what has no number can't be told apart but by its content
        kept = [
            (str(n) if n is not None else f"unnumbered:{_digest(body)}", body)
            for n, body in numbered
            if not self._checkout(body)
        ]
        await self._app.store.write(inbox.store, self._source, kept, self._app.clock())
        self._news.set()
        return max((n for n, _ in numbered if n is not None), default=-1)

    def _checkout(self, body: bytes) -> bool:
        """Whether it is a checkout, which is being answered."""
        asked = self._cashier.asked(body) if self._cashier else None
        if asked is None or self._cashier is None:
            return False
        self._start(self._cashier.checkout(asked))
        return True

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self) -> None:
        """Work through what waits, and wait for more, until closed."""
        while not self._closing:
            self._news.clear()
            try:
                if not await self._some():
                    await self._news.wait()
            except UNAVAILABLE as error:
                _log.warning("the database is unavailable; updates wait", error=str(error).splitlines()[0])
                await asyncio.sleep(PAUSE)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def close(self) -> None:
        """Let `run` end after the batch under way."""
        self._closing = True
        self._news.set()

    async def _some(self) -> bool:
        letters = await self._app.store.read(inbox.waiting, self._source, self._after, BATCH)
        if not letters:
            return False
        try:
            await self._handle(letters)
        except UNAVAILABLE:
            raise
        except Exception:  # noqa: BLE001 - one bad letter must not hold up the rest
            _log.exception("a batch of updates broke; taking them one by one")
            await self._singly(letters)
        self._after = letters[-1].id
        return True

    async def _singly(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            try:
                await self._handle([letter])
            except UNAVAILABLE:
                raise
            except Exception as error:  # noqa: BLE001 - this is the one
                await self._skip(letter, error)

    async def _handle(self, letters: Sequence[Letter]) -> None:
        opened = await self._open(letters)
        updates = [update for _, update in opened]
        written, gated = await self._authors(updates), await self._doors.look(updates)
        events: list[Event] = []
        chores: list[Chore] = []
        done: list[int] = []
        asked: list[tuple[Lane, tuple[Letter, Update, Listener]]] = []
        for letter, update in opened:
            try:
                told = news(update, written, gated=gated, me=self._me)
            except (ValueError, OverflowError, OSError) as error:
                await self._skip(letter, error)
                continue
            chores += told.chores
            self._notice(update)
            found = self._listener(update)
            if found is not None:
                lane, listener = found
                asked.append((lane, (letter, update, listener)))
                continue
            events += told.events
            done.append(letter.id)
        if chores:
            await self._app.store.write(_do, _ordered(chores))
        if done:
            await self._app.submit(events, letters=done)
            UPDATES.labels("handled").inc(len(done))
        for lane, question in asked:
            await self._queue(lane, question)

    def _listener(self, update: Update) -> tuple[Lane, Listener] | None:
        for listener in self._listeners:
            lane = listener.lane(update)
            if lane is not None:
                return lane, listener
        return None

    async def _open(self, letters: Sequence[Letter]) -> list[tuple[Letter, Update]]:
        opened = []
        for letter in letters:
            try:
                opened.append((letter, parse(letter.body)))
            except (ValueError, RecursionError) as error:
                await self._skip(letter, error)
        return opened

    async def _skip(self, letter: Letter, error: Exception) -> None:
        why = ascii(f"malformed: {error}")[1:-1]
        _log.warning("a malformed update is skipped", update=letter.external, why=why)
        UPDATES.labels("malformed").inc()
        await self._app.store.write(inbox.close, [letter.id], self._app.clock(), why)

    async def _authors(self, updates: Sequence[Update]) -> set[tuple[str, str]]:
        """Whose the messages are that were reacted to: those in the log, and those in this very batch."""
        keys = cited(updates)
        if not keys:
            return set()
        here = {
            (message_key(one.chat.id, one.message_id), str(one.from_.id))
            for one in (update.message for update in updates)
            if one is not None and one.from_ is not None
        }
        return here | await self._app.store.read(members.written_by, PLATFORM, sorted(keys))

    def _notice(self, update: Update) -> None:
        message, changed = update.message, update.chat_member or update.my_chat_member
        if message is not None and message.from_ is not None and message.from_.username:
            self._talk.meet(message.from_)
        if changed is not None:
            self._rights.forget(changed.chat.id, changed.new_chat_member.user.id)

    async def _queue(self, lane: Lane, question: tuple[Letter, Update, Listener]) -> None:
        await self._room.acquire()
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append(question)
            return
        self._lanes[lane] = deque([question])
        self._start(self._work(lane))

    async def _work(self, lane: Lane) -> None:
        waiting = self._lanes[lane]
        try:
            while waiting:
                await self._answer(*waiting[0])
                waiting.popleft()
                self._room.release()
        finally:
            del self._lanes[lane]

    async def _answer(self, letter: Letter, update: Update, listener: Listener) -> None:
        outcome = ""
        try:
            await listener.answer(update)
        except (*UNAVAILABLE, TryAgain) as error:
            _log.warning("an answer waits for the next start: no database", error=str(error).splitlines()[0])
            return
        except TelegramError as error:
            outcome = f"not answered: {type(error).__name__}: {error.message}"
            _log.warning("an answer could not be given", update=letter.external, why=outcome)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the lane
            outcome = f"not answered: {type(error).__name__}"
            _log.exception("an answer failed", update=letter.external)
        UPDATES.labels("unanswered" if outcome else "answered").inc()
        with suppress(*UNAVAILABLE):
            await self._app.store.write(inbox.close, [letter.id], self._app.clock(), outcome)


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()


def _ordered(chores: Sequence[Chore]) -> list[Chore]:
    """A group that moved comes first: what else is told of it is told under its new id."""
    return sorted(chores, key=lambda chore: not isinstance(chore, Moved))


def _do(connection: Connection, chores: Sequence[Chore]) -> None:
    for chore in chores:
        match chore:
            case Moved(old=old, new=new):
                members.move_space(connection, PLATFORM, old, new)
            case Seen(space=space, channel=channel, name=name, kind=kind):
                members.see_channels(connection, PLATFORM, space, [(channel, name, kind)])
            case Door(user=user, at=at):
                members.private_chat(connection, PLATFORM, user, at)
            case Came(link=link, who=who, at=at):
                referrals.came(connection, link, who, at)
            case Banned(chat=chat, user=user, at=at):
                bans.ban(connection, PLATFORM, chat, user, at)
