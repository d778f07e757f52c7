"""Days: which one an instant belongs to, by the clock that somebody lives by. A day is its proleptic ordinal."""

from datetime import datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=1_024)
def zone(name: str) -> tzinfo:
    """The clock of a time zone. Raises ValueError for a name that there is no such zone of."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; it is something like 'Europe/Berlin'") from None


@lru_cache(maxsize=1_024)
def known(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        zone(name)
    except ValueError:
        return False
    return True


def day_of(at: datetime, name: str) -> int:
    """The day (its ordinal) that it is at an instant (aware, UTC) in a zone."""
    return at.toordinal() if name == "UTC" else at.astimezone(zone(name)).toordinal()
