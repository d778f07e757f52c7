"""Clocks: what people call time zones, and instants as somebody's clock shows them."""

import re
from datetime import datetime
from functools import lru_cache
from unicodedata import normalize
from zoneinfo import available_timezones

from babel.dates import get_timezone_location

from bot.engine.days import known, zone
from bot.i18n import LOCALES, Tongue

_REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-−])\s*(\d{1,2})(?::?00)?", re.ASCII)
_FIXED = re.compile(r"Etc/GMT([+-])(\d{1,2})")
_ELSEWHERE = {"localtime", "Factory"}
"""What the machine's clock is, or nobody's."""
_ALSO = {
    "beijing": "Asia/Shanghai",
    "北京": "Asia/Shanghai",
    "北京时间": "Asia/Shanghai",
    "china": "Asia/Shanghai",
    "中国": "Asia/Shanghai",
    "gmt": "UTC",
    "z": "UTC",
}
"""Names that are in no database: Beijing is called after Shanghai there."""
WELL_KNOWN = (
    "UTC", "Asia/Shanghai", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Asia/Kolkata", "Asia/Dubai",
    "Europe/Moscow", "Europe/Berlin", "Europe/London", "America/Sao_Paulo", "America/New_York",
    "America/Chicago", "America/Denver", "America/Los_Angeles", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
"""Offered before anything is typed, from east of Greenwich round the earth."""
MOST = 25


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The time zones that are called after places, and UTC."""
    return ("UTC", *sorted(name for name in available_timezones() if name.split("/")[0] in _REGIONS))


@lru_cache(maxsize=1)
def cities() -> dict[str, tuple[str, ...]]:
    """The time zones of each place, by its name without case in every language we speak."""
    found: dict[str, list[str]] = {}
    for name in names():
        own = _folded(name.rpartition("/")[2])
        called = {_folded(get_timezone_location(name, locale=one, return_city=True)) for one in LOCALES}
        for city in called | {own} if own in called else {own}:  # Asia/Chongqing is called Shanghai
            found.setdefault(city, []).append(name)
    return {city: tuple(zones) for city, zones in found.items()}


def find(text: str) -> tuple[str, ...]:
    """The time zones that somebody may mean by 'Asia/Shanghai', 'shanghai', '上海' or 'UTC+8'; () if none."""
    asked = _folded(text)
    exact = [name for name in names() if _folded(name) == asked]
    if exact:
        return (exact[0],)
    if asked in _ALSO:
        return (_ALSO[asked],)
    offset = _OFFSET.fullmatch(asked)
    if offset is not None:
        return _fixed(offset[1], int(offset[2]))
    if asked in cities():
        return _one(cities()[asked])
    stripped = text.strip()
    if stripped not in _ELSEWHERE and not stripped.startswith(("posix", "right")) and known(stripped):
        return (stripped,)
    begun = {found for city, zones in cities().items() if asked and city.startswith(asked) for found in zones}
    return tuple(sorted(begun))[:MOST]


def _folded(text: str) -> str:
    return normalize("NFKC", text).strip().casefold().replace("_", " ")


def _one(zones: tuple[str, ...]) -> tuple[str, ...]:
    """Of several of one name the shortest: America/Louisville is America/Kentucky/Louisville."""
    least = min(name.count("/") for name in zones)
    return tuple([name for name in zones if name.count("/") == least])


def _fixed(sign: str, hours: int) -> tuple[str, ...]:
    """A zone of so many whole hours. Its name has the sign of POSIX: what is east of Greenwich is minus."""
    if not hours:
        return ("UTC",)
    name = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}"
    return (name,) if known(name) else ()


def called(name: str, say: Tongue) -> str:
    """A time zone as people call it: 'Shanghai (Asia/Shanghai)', 'UTC+8'."""
    fixed = _FIXED.fullmatch(name)
    if fixed is not None:
        return f"UTC{'+' if fixed[1] == '-' else '−'}{fixed[2]}"
    if "/" not in name:
        return name
    return f"{get_timezone_location(name, locale=say.locale, return_city=True)} ({name})"


def clock(at: datetime, name: str) -> str:
    """Hours and minutes by a clock."""
    return f"{at.astimezone(zone(name)):%H:%M}"


def moment(say: Tongue, at: datetime, name: str) -> str:
    """A day and the time on it by a clock."""
    return f"{say.day(at.astimezone(zone(name)))} {clock(at, name)}"
