"""The playground's clock: real time, plus what was let pass by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _real() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the edge that reads the clock


class PlayClock:
    """A clock for `App(clock=…)` that can be put forward, never back."""

    def __init__(self, real: Callable[[], datetime] = _real) -> None:
        self._real = real
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return self._real() + self.offset

    def forward_to(self, moment: datetime) -> None:
        """Make it `moment` now, unless it is later already."""
        ahead = moment - self()
        if ahead > timedelta():
            self.offset += ahead
