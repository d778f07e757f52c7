"""Work in a process of its own, with its progress heard: learning takes minutes, which must not be the bot's.

`python -m bot.apart` reads one order from its input, a pickled function with its arguments, and answers over its
output. It gets none of the environment's secrets, gives way to the bot, and is ended when nobody waits for it any more.
"""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
Tell = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and of how much (0: not known)."""
PATIENCE = 6 * 3600.0
"""Seconds after which work is given up."""
LENGTH = 8
DONE, FAILED, PROGRESS = b"+", b"-", b"~"
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "TEMP", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")
_ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""One processor for the child: the other is the bot's."""


class ApartError(RuntimeError):
    """The process ended without an answer, or took too long; the message says which."""


def quietly(_what: str, _done: int, _of: int) -> None:
    """Tell nobody."""


async def apart(
    work: Callable[Concatenate[Tell, P], R],
    tell: Tell,
    *args: P.args,
    **options: P.kwargs,
) -> R:
    """What `work(tell, *args, **options)` returns: a function of a module, and values that can be pickled.

    Raises what it raises, and `ApartError` where there is no answer. Who is cancelled while waiting ends the process.
    """
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bot.apart",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        | _ALONE | {"PYTHONPATH": str(Path(__file__).parent.parent)},
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            answer: R = await _answer(worker, pickle.dumps((work, args, options)), tell)
            return answer
    except TimeoutError as error:
        raise ApartError(f"it took longer than {PATIENCE / 3600:g} hours and was given up") from error
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise ApartError("the process ended without an answer: is there memory enough?") from error
    finally:
        with suppress(ProcessLookupError):
            worker.kill()
        await worker.communicate()  # reads what is left, so that the pipes are closed


async def _answer(worker: asyncio.subprocess.Process, order: bytes, tell: Tell) -> Any:
    assert worker.stdin is not None and worker.stdout is not None  # noqa: S101, PT018 - asked for above
    worker.stdin.write(_framed(DONE, order))
    await worker.stdin.drain()
    while True:
        size = int.from_bytes(await worker.stdout.readexactly(LENGTH), "big")
        answer = await worker.stdout.readexactly(size)
        told = pickle.loads(answer[1:])  # noqa: S301 - from our own child
        if answer[:1] == DONE:
            return told
        if answer[:1] == FAILED:
            raise told
        tell(*told)


def _framed(sign: bytes, data: bytes) -> bytes:
    return (len(data) + 1).to_bytes(LENGTH, "big") + sign + data


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Carry out one order."""

    def write(sign: bytes, what: object) -> None:
        answers.write(_framed(sign, pickle.dumps(what)))
        answers.flush()

    size = int.from_bytes(orders.read(LENGTH), "big")
    work, args, options = pickle.loads(orders.read(size)[1:])  # noqa: S301 - from our parent, over a pipe of its own
    try:
        write(DONE, work(lambda *told: write(PROGRESS, told), *args, **options))
    except Exception as wrong:  # noqa: BLE001 - told to whoever asked
        try:
            pickle.loads(pickle.dumps(wrong))  # noqa: S301 - whether it survives the way
        except Exception:  # noqa: BLE001
            wrong = RuntimeError(repr(wrong))
        write(FAILED, wrong)


def main() -> None:
    """Keep standard output for the answer: what a library prints goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bot, which then ends us
    if hasattr(os, "nice"):
        os.nice(10)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
