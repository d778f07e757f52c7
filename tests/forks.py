"""Processes that a test starts to kill, or to have for itself: forked from one that has imported all that they need.

A worker has one such server, and what it imports is what its first caller asked for: so there is one list. A process
that imports for itself takes three seconds of a processor before it does anything.
"""

from multiprocessing import get_context
from multiprocessing.context import ForkServerContext

_LIVES = (
    "tests.adapters.telegram.life",
    "tests.importing",
    "tests.kill.life",
    "tests.kill.payment_life",
)


def forks() -> ForkServerContext:
    """Where `Process` and `Pipe` are to be had."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(_LIVES))
    return context
