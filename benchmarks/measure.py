"""Wall time, processor time and verdicts: only ratios inside one run mean anything where others work, too."""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import msgspec


class Cost(msgspec.Struct, frozen=True):
    """What `events` took: wall seconds and processor seconds of all threads."""

    events: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.wall

    @property
    def cpu_us(self) -> float:
        """Microseconds of processor time an event."""
        return 1e6 * self.cpu / self.events


class Stopwatch:
    """`with Stopwatch(n) as watch: …` and then `watch.cost`."""

    def __init__(self, events: int) -> None:
        self._events = events
        self.cost = Cost(events=events, wall=1.0, cpu=1.0)

    def __enter__(self) -> Self:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        self.cost = Cost(events=self._events, wall=wall, cpu=cpu)


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread, and those that it starts meanwhile, on one core (on Linux; elsewhere they go where they like).

    For a peer of one thread that is all there is. Where two threads take turns on two cores of a virtual machine, each
    core is asleep in between, and what waking it costs is the host's doing: the same code takes a third more, or not.
    """
    if sys.platform != "linux":
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


class Figure(msgspec.Struct, frozen=True):
    """One line of the report; with a `target` it holds or it does not."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_most: bool = False
    """Whether the target is a ceiling instead of a floor."""

    @property
    def holds(self) -> bool:
        """Whether the target is met; what has none always holds."""
        if self.target is None:
            return True
        return self.value <= self.target if self.at_most else self.value >= self.target

    def __str__(self) -> str:
        shown = f"{self.value:,.2f}" if abs(self.value) < 100 else f"{self.value:,.0f}"
        line = f"  {self.name:<96} {shown:>12} {self.unit}"
        if self.target is None:
            return line
        sign = "≤" if self.at_most else "≥"
        return f"{line}   target {sign} {self.target:g}: {'holds' if self.holds else 'MISSED'}"


def median(costs: Sequence[Cost], pick: Callable[[Cost], float]) -> float:
    """The median of one aspect of several runs."""
    return statistics.median(pick(cost) for cost in costs)


def compared(name: str, ours: Sequence[Cost], peers: Sequence[Cost], target: float | None = None) -> list[Figure]:
    """Our rate as a share of a peer's, by processor time (judged) and by wall time, with what each costs an event."""
    by_cpu = statistics.median(peer.cpu_us / our.cpu_us for our, peer in zip(ours, peers, strict=True))
    by_wall = statistics.median(our.rate / peer.rate for our, peer in zip(ours, peers, strict=True))
    return [
        Figure(name=f"{name}: peer = 1, by processor time", value=by_cpu, unit="×", target=target),
        Figure(name=f"{name}: the same by wall time", value=by_wall, unit="×"),
        Figure(name=f"{name}: ours", value=median(ours, lambda c: c.rate), unit="events/s"),
        Figure(name=f"{name}: the peer", value=median(peers, lambda c: c.rate), unit="events/s"),
        Figure(name=f"{name}: ours, processor", value=median(ours, lambda c: c.cpu_us), unit="µs/event"),
        Figure(name=f"{name}: the peer, processor", value=median(peers, lambda c: c.cpu_us), unit="µs/event"),
    ]


def machine() -> dict[str, Any]:
    """Where this ran, and what else did."""
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": [round(one, 2) for one in os.getloadavg()],
    }
