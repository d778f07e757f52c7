"""The cells of member lists: dates, amounts, standings and encodings as other products write them."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

from bot.sales import decimals

SNOWFLAKE = re.compile(r"[1-9]\d{14,19}")
TELEGRAM = re.compile(r"[1-9]\d{0,15}")

Standing = Literal["active", "ending", "late", "over"]
"""active: a member. ending: cancelled, and a member to the date it is paid to. late: the payment failed, and the same.
over: no member."""

_STANDINGS: dict[Standing, tuple[str, ...]] = {
    "active": (
        *("", "active", "active patron", "paid", "valid", "current", "member", "subscribed", "yes", "true", "1"),
        *("trial", "trialing", "trialling", "free trial", "completed", "renewing", "granted", "lifetime"),
        *("有效", "已激活", "正常"),
    ),
    "ending": (
        *("cancelled", "canceled", "canceling", "cancelling", "cancels at period end", "pending cancellation"),
        *("former patron", "已取消"),
    ),
    "late": ("declined patron", "declined", "past due", "overdue", "payment failed", "failed", "dunning", "grace"),
    "over": (
        *("expired", "ended", "inactive", "lapsed", "removed", "banned", "free", "free member", "follower"),
        *("never a patron", "refunded", "disputed", "fraud", "no", "false", "0", "unpaid", "paused", "incomplete"),
        *("pending", "已过期", "已退款"),
    ),
}
_EVER = {"never", "lifetime", "forever", "for ever", "unlimited", "none", "∞", "永久", "终身"}
_SYMBOLS = {"$": "usd", "us$": "usd", "€": "eur", "£": "gbp", "¥": "cny", "￥": "cny", "₹": "inr", "⭐": "xtr"}
_SLASHED = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})(.*)")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_NAMED = ("%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y")


class CellError(ValueError):
    """A cell that does not say what it should."""


class AmbiguousError(CellError):
    """A date that may be two."""


def encodings(data: bytes) -> tuple[str, ...]:
    """What the text may be written in, the most likely first.

    UTF-8 says so by itself. Of the rest, Chinese letters (GB 18030) are pairs of bytes, the first of them high; single
    high bytes among ASCII are Western ones (Windows-1252).
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", data)]
    chinese = bool(runs) and sum(length % 2 == 0 for length in runs) > len(runs) / 2
    return ("utf-8", "gb18030", "cp1252") if chinese else ("utf-8", "cp1252", "gb18030")


def standing_of(cell: str) -> Standing | None:
    """What a status means; None for one that is not known."""
    plain = " ".join(re.sub(r"[_\-]", " ", cell.casefold()).split())
    return next((standing for standing, words in _STANDINGS.items() if plain in words), None)


def for_ever(cell: str) -> bool:
    """Whether it says that it never ends."""
    return cell.casefold() in _EVER


def order(cells: Iterable[str]) -> Literal["", "dmy", "mdy"]:
    """Which of 3/4/2026 is the month, as the file's other dates tell; '' when none does."""
    found = [(int(m[1]), int(m[2])) for cell in cells if (m := _SLASHED.fullmatch(cell.strip()))]
    day_first, month_first = any(one > 12 for one, _ in found), any(two > 12 for _, two in found)
    if day_first is month_first:
        return ""
    return "dmy" if day_first else "mdy"


def date_of(cell: str, slashed: Literal["", "dmy", "mdy"], *, ends: bool = False) -> datetime:
    """A date, with UTC where it names no zone; a day alone that something `ends` on counts to its end.

    Raises CellError, and AmbiguousError (one of them) for what may be two dates.
    """
    cell = " ".join(cell.replace("\u202f", " ").split())
    day = ":" not in cell and not cell.isdigit()
    try:
        found = _read(cell, slashed)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC) + (timedelta(days=1) if ends and day else timedelta())
    except CellError:
        raise
    except (ValueError, OverflowError, OSError) as error:
        raise CellError(cell) from error


def _read(cell: str, slashed: str) -> datetime:
    if cell.isascii() and re.fullmatch(r"\d{10}|\d{13}", cell):
        return datetime.fromtimestamp(int(cell) / (1000 if len(cell) == 13 else 1), UTC)
    chinese = re.fullmatch(r"(\d{4})年(\d\d?)月(\d\d?)日?(.*)", cell)
    if chinese:
        return _clocked("{}-{}-{}".format(*chinese.groups()[:3]), "%Y-%m-%d", chinese[4])
    iso = re.fullmatch(r"(\d{4})[-/](\d\d?)[-/](\d\d?)(.*)", cell)
    if iso:
        year, month, day, rest = iso.groups()
        return datetime.fromisoformat(f"{year}-{int(month):02}-{int(day):02}{rest.removesuffix(' UTC')}")
    slashes = _SLASHED.fullmatch(cell)
    if slashes:
        return _slashed(slashes, slashed)
    dots = re.fullmatch(r"(\d\d?\.\d\d?\.\d{4})(.*)", cell)
    if dots:
        return _clocked(dots[1], "%d.%m.%Y", dots[2])
    return _named(cell)


def _slashed(found: re.Match[str], slashed: str) -> datetime:
    one, two, year, rest = found.groups()
    if one != two and not slashed:
        if int(one) <= 12 and int(two) <= 12:
            raise AmbiguousError(found[0])
        slashed = "dmy" if int(one) > 12 else "mdy"
    form = "%d/%m/%Y" if slashed == "dmy" else "%m/%d/%Y"
    return _clocked(f"{one}/{two}/{year}", form, rest)


def _clocked(day: str, form: str, rest: str) -> datetime:
    rest = rest.replace(",", "").upper()
    rest = f" {rest.strip()}" if rest.strip() else ""
    for clock in _CLOCKS:
        try:
            return datetime.strptime(day + rest, form + clock).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(day + rest)


def _named(cell: str) -> datetime:
    """Dec 31, 2026 10:00 PM; 31 December 2026. English names of months."""
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", re.sub(r"[,.]", " ", cell), flags=re.IGNORECASE)
    found = re.fullmatch(r"(.*?\d{4})(.*)", " ".join(plain.split()))
    if found is None:
        raise ValueError(cell)
    for form in _NAMED:
        try:
            return _clocked(found[1], form, found[2])
        except ValueError:
            continue
    raise ValueError(cell)


def currency_of(cell: str, amount: str) -> str:
    """The currency as its column says, or else the amount ('$5', '5 EUR'); '' when neither does."""
    if re.fullmatch(r"[A-Za-z]{3}", cell):
        return cell.lower()
    code = re.search(r"\b([A-Z]{3})\b", amount.upper())
    if code:
        return code[1].lower()
    symbol = re.sub(r"[\d.,'\s-]", "", amount).casefold()
    return _SYMBOLS.get(symbol, "")


def minor(amount: str, currency: str) -> int:
    """An amount in minor units: '$1,234.50', '1.234,50 €', '68', with at most as many decimals as the currency has.

    Raises CellError.
    """
    digits = re.sub(r"[^\d.,]", "", amount)
    if not re.search(r"\d", digits) or "-" in amount:
        raise CellError(amount)
    places = decimals(currency)
    point = max(digits.rfind("."), digits.rfind(","))
    fraction = len(digits) - point - 1 if point >= 0 else 0
    grouped = point >= 0 and fraction == 3 and (places != 3 or digits.count(digits[point]) > 1)
    if point >= 0 and not grouped:
        if digits.count(digits[point]) > 1:
            raise CellError(amount)
        digits = re.sub(r"[.,]", "", digits[:point]) + "." + digits[point + 1 :]
    else:
        digits = re.sub(r"[.,]", "", digits)
    try:
        exact = Decimal(digits).scaleb(places)
    except InvalidOperation as error:
        raise CellError(amount) from error
    if exact != int(exact) or exact > 10**12:
        raise CellError(amount)
    return int(exact)
