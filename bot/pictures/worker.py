"""The process that draws: `python -m bot.pictures.worker`, started by a `Studio` and spoken to over its pipes.

It reads orders, a pickled function with its arguments after four bytes of length, and writes back a sign and what came
of it, in the same way. It has no secrets, yields the processor to the bot, and ends when its input does.
"""

import os
import pickle
import signal
import sys
from typing import BinaryIO

DONE, FAILED = b"+", b"-"
LENGTH = 4


def framed(sign: bytes, data: bytes) -> bytes:
    """A message: the length of the rest in four bytes, big end first, the sign, the data."""
    return (len(sign) + len(data)).to_bytes(LENGTH, "big") + sign + data


def performed(order: bytes) -> bytes:
    """Carries out one order and returns the framed answer: the bytes drawn, or the pickled exception."""
    try:
        drawn, args, options = pickle.loads(order)  # noqa: S301 - from our parent, over a pipe of its own
        return framed(DONE, drawn(*args, **options))
    except Exception as wrong:  # noqa: BLE001 - told to whoever asked
        try:
            pickle.loads(pickle.dumps(wrong))  # noqa: S301 - whether it survives the way
        except Exception:  # noqa: BLE001
            wrong = RuntimeError(repr(wrong))
        return framed(FAILED, pickle.dumps(wrong))


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answers one order after the other, until there are no more."""
    while len(head := orders.read(LENGTH)) == LENGTH:
        answers.write(performed(orders.read(int.from_bytes(head, "big"))))
        answers.flush()


def main() -> None:
    """Keeps standard output for answers: what a library prints goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bot, which then closes our input
    if hasattr(os, "nice"):
        os.nice(5)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
