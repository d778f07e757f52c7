"""Where pictures are drawn without holding the event loop, and kept for whoever asks for the same again.

Pillow and matplotlib keep the interpreter's lock for tens of milliseconds, so a thread is not enough: drawing has a
process of its own. It is started at the first picture as a plain `python -m`, because a child of multiprocessing would
import the whole bot, and gets none of the environment's secrets.
"""

import asyncio
import os
import pickle
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import ParamSpec

from bot.pictures.worker import DONE, FAILED, LENGTH, framed

P = ParamSpec("P")
ROOM = 16_000_000
PATIENCE = 30.0
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "TEMP", "LANG", "LC_ALL", "MPLCONFIGDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
_CLOSED = "The studio is closed: the bot is stopping."
_ONE = threading.Lock()
"""Fonts are not for two threads at once."""


class StudioError(RuntimeError):
    """A picture could not be drawn; the message says why, and the next one may well succeed."""


class Studio:
    """Draws one picture at a time and keeps those drawn last, up to `room` bytes.

    `apart=False` draws in a thread of this process: for tests, which should not each pay for a process. A picture that
    takes longer than `patience` seconds is given up. Use it on one event loop, and `close` it there.
    """

    def __init__(self, *, apart: bool = True, room: int = ROOM, patience: float = PATIENCE) -> None:
        self._apart, self._room, self._patience = apart, room, patience
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0
        self._drawing: dict[bytes, asyncio.Task[bytes]] = {}
        self._door, self._turn = asyncio.Lock(), asyncio.Lock()
        self._worker: asyncio.subprocess.Process | None = None
        self._closed = False

    async def draw(self, drawn: Callable[P, bytes], *args: P.args, **options: P.kwargs) -> bytes:
        """What `drawn(*args, **options)` returns: a function of a module, and plain values that can be pickled.

        Who asks for what is being drawn waits for the same picture. Raises what the function raises, and `StudioError`
        if the process died twice over it or took too long, or if the studio is closed.
        """
        if self._closed:
            raise StudioError(_CLOSED)
        async with self._door:  # a crowd with large avatars is let in one a turn of the loop
            order = pickle.dumps((drawn, args, options))
            key = blake2b(order, digest_size=16).digest()
            await asyncio.sleep(0)
        if self._closed:
            raise StudioError(_CLOSED)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        task = self._drawing.get(key)
        if task is None:
            task = self._drawing[key] = asyncio.create_task(self._drawn(key, order), name="draw")
            task.add_done_callback(partial(self._done, key))
        return await asyncio.shield(task)  # who goes away does not take the picture from the others

    async def close(self) -> None:
        """Gives up what is being drawn and ends the process."""
        self._closed = True
        tasks = list(self._drawing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._dismiss()
        self._kept.clear()
        self._size = 0

    @property
    def process(self) -> int | None:
        """The drawing process's id, while there is one."""
        return self._worker.pid if self._worker else None

    def _done(self, key: bytes, task: asyncio.Task[bytes]) -> None:
        self._drawing.pop(key, None)
        if not task.cancelled():
            task.exception()  # heard by those who wait; nobody may be left

    async def _drawn(self, key: bytes, order: bytes) -> bytes:
        async with self._turn:
            answer = await (self._ask(order) if self._apart else asyncio.to_thread(_here, order))
        sign, data = answer[:1], answer[1:]
        if sign == FAILED:
            raise pickle.loads(data)  # noqa: S301 - from our own child
        self._keep(key, data)
        return data

    def _keep(self, key: bytes, data: bytes) -> None:
        self._kept[key] = data
        self._size += len(data)
        while self._size > self._room:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped)

    async def _ask(self, order: bytes) -> bytes:
        """Has the process carry out an order; starts it if need be, and once more if it dies."""
        for _ in range(2):
            try:
                async with asyncio.timeout(self._patience):
                    return await self._exchange(await self._started(), order)
            except TimeoutError:
                await self._dismiss()
                raise StudioError(
                    f"The picture took longer than {self._patience:g} s to draw and was given up."
                ) from None
            except (asyncio.IncompleteReadError, ConnectionError):
                await self._dismiss()
            except asyncio.CancelledError:
                await self._dismiss()  # its answer would be taken for that of the next order
                raise
        raise StudioError("The picture could not be drawn: the drawing process died twice over it.")

    async def _exchange(self, worker: asyncio.subprocess.Process, order: bytes) -> bytes:
        assert worker.stdin is not None and worker.stdout is not None  # noqa: S101, PT018 - asked for below
        worker.stdin.write(framed(b"", order))
        await worker.stdin.drain()
        head = await worker.stdout.readexactly(LENGTH)
        return await worker.stdout.readexactly(int.from_bytes(head, "big"))

    async def _started(self) -> asyncio.subprocess.Process:
        if self._worker is None:
            package = Path(__file__).parent.parent.parent
            passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
            self._worker = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "bot.pictures.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=passed | {"PYTHONPATH": str(package)},
            )  # fmt: skip
        return self._worker

    async def _dismiss(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.communicate()  # reads what is left, so that the pipes are closed


def _here(order: bytes) -> bytes:
    """Carries out an order in this process."""
    drawn, args, options = pickle.loads(order)  # noqa: S301 - pickled above
    with _ONE:
        return DONE + bytes(drawn(*args, **options))
