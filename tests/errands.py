"""Work for `bot.apart` to have done in a process of its own: functions that it can find there."""

import os
import signal
from pathlib import Path

from bot.apart import Tell


class Unpicklable(Exception):  # noqa: N818 - it stands for any
    """An error that can't be sent."""

    def __reduce__(self) -> str:
        """Nothing that could be found again."""
        raise TypeError("not me")


def count(tell: Tell, to: int) -> tuple[int, int]:
    """Tell of each step, and whose process it is."""
    print("what a library prints")
    for n in range(to):
        tell("counting", n + 1, to)
    return to, os.getpid()


def environment(_tell: Tell) -> list[str]:
    """The names that the process knows."""
    return sorted(os.environ)


def fail(_tell: Tell, *, sent: bool) -> None:
    """Go wrong."""
    raise ValueError("as told") if sent else Unpicklable("not sent")


def die(_tell: Tell) -> None:
    """End without an answer."""
    os.kill(os.getpid(), signal.SIGKILL)


def stay(_tell: Tell, told: Path) -> None:
    """Say whose process it is, and never end."""
    told.with_suffix(".tmp").write_text(str(os.getpid()))
    told.with_suffix(".tmp").rename(told)
    signal.pause()
