"""Member lists of other products: a CSV file, its columns found by their titles, each row as one membership.

Pure: bytes in, rows out. Patreon's titles are those of its members' export; LaunchPass, InviteMember, Whop and whoever
else writes CSV are read by what columns are commonly called, and `--map` names those that are called otherwise. A new
title is one word in `TITLES`.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from bot.adapters.roster import cells as values
from bot.i18n import N_
from bot.sales import Price
from bot.words import Word

TITLES: dict[str, tuple[str, ...]] = {
    "discord": ("discord id", "discord user id", "discord member id", "discordid"),
    "telegram": ("telegram id", "telegram user id", "telegramid", "tg id"),
    "user": ("user id", "userid", "platform user id"),
    "id": ("subscription id", "membership id", "member id", "license key", "id"),
    "username": (
        *("discord username", "discord user", "discord name", "discord tag", "discord", "telegram username"),
        *("telegram", "username", "user name", "handle", "用户名"),
    ),
    "name": ("name", "full name", "member name", "member", "customer name", "姓名", "昵称"),
    "email": ("email", "e mail", "email address", "customer email", "member email", "邮箱"),
    "plan": (
        *("plan", "plan name", "tier", "product", "product name", "membership", "membership plan"),
        *("subscription", "subscription plan", "level", "套餐", "会员等级"),
    ),
    "status": (*("status", "patron status", "subscription status", "membership status", "member status", "状态"),),
    "since": (
        *(
            "since",
            "started",
            "start",
            "start date",
            "started at",
            "subscription start",
            "subscribed at",
            "member since",
        ),
        *("patronage since date", "joined", "joined at", "join date", "created", "created at", "开始时间", "加入时间"),
    ),
    "until": (
        *(
            "until",
            "expires",
            "expires at",
            "expiry",
            "expiry date",
            "expiration",
            "expiration date",
            "access expiration",
        ),
        *("end", "end date", "ends", "ends at", "valid until", "paid until", "current period end"),
        *("next charge date", "next billing date", "next payment", "renewal date", "renews at", "到期时间", "到期日"),
    ),
    "amount": ("amount", "price", "plan price", "pledge amount", "pledge", "金额"),
    "currency": ("currency", "货币"),
}
"""What the columns of each field are called, the best first: without case, `_` and `-` being spaces."""
FIELDS = tuple(TITLES)
SOURCES: dict[str, str] = {"patron status": "patreon"}
"""A title by which a product's file is known."""

Standing = values.Standing


class RosterError(Exception):
    """A file that can't be read as a member list; the message, to be translated, says what to do."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class Row(Word, frozen=True):
    """One membership as a file tells it, `line` being its line there.

    `until` is when it ends (None: not told), unless `lifetime`. `price` is what it costs there, if that is told.
    """

    line: int
    id: str
    platform: str
    user: str
    username: str
    name: str
    email: str
    plan: str
    standing: Standing
    since: datetime | None
    until: datetime | None
    lifetime: bool
    price: Price | None
    cells: tuple[str, ...]


class Rejected(Word, frozen=True):
    """A row that can't be taken: its line, why (to be translated, with values), and what it was."""

    line: int
    why: str
    values: dict[str, object]
    cells: tuple[str, ...]


class Reading(Word, frozen=True):
    """A file, read: where it comes from, its titles, which columns each field is taken from, and its rows."""

    source: str
    titles: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]


class Choices(Word, frozen=True):
    """What the creator says about a file that it does not say itself.

    `titles` are {field: the title of its column}; `dates` says which of 3/4/2026 is the month.
    """

    source: str = ""
    platform: str = ""
    titles: dict[str, str] = {}
    dates: Literal["", "dmy", "mdy"] = ""
    encoding: str = ""
    currency: str = "usd"


def read(data: bytes, choices: Choices) -> Reading:
    """Read a file. Raises RosterError when no row of it could be."""
    text = _text(data, choices.encoding)
    table = list(_table(text))
    if not table:
        raise RosterError(N_("The file is empty."))
    titles = tuple(cell.strip() for cell in table[0][1])
    columns = _columns(titles, choices.titles)
    source = choices.source or next((SOURCES[t] for t in map(_plain, titles) if t in SOURCES), "csv")
    if source == "patreon":
        columns = _of_patreon(columns, titles)
    if not any(columns[field] for field in ("discord", "telegram", "user", "username", "email")):
        raise RosterError(
            N_("No column says who a member is. There are: {titles}. Name it: --map discord='their title'."),
            titles=", ".join(titles),
        )
    reader = _Rows(titles, columns, choices, table[1:])
    read_, rejected = reader.all()
    told = {field: tuple(titles[n] for n in numbers) for field, numbers in columns.items() if numbers}
    return Reading(source=source, titles=titles, columns=told, rows=tuple(read_), rejected=tuple(rejected))


# ---------------------------------------------------------------------- the file


def _text(data: bytes, encoding: str) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise RosterError(N_("This is a spreadsheet, not CSV: save it as CSV (UTF-8) and give me that."))
    for name in [encoding] if encoding else values.encodings(data):
        try:
            return data.decode(name).removeprefix("\ufeff")
        except (LookupError, UnicodeError):
            continue
    raise RosterError(N_("The letters can't be read: name their encoding, like --encoding gb18030."))


def _table(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of the rows that are not blank."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", head)
    delimiter = max(",;\t|", key=unquoted.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise RosterError(N_("Line {line} is no CSV: {why}."), line=reader.line_num, why=str(error)) from error


def _plain(title: str) -> str:
    return " ".join(re.sub(r"[_\-.:()$]", " ", title.casefold()).split())


def _columns(titles: Sequence[str], named: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """{field: the columns to look into, the best first}."""
    numbers: dict[str, int] = {}
    for number, title in enumerate(titles):
        numbers.setdefault(_plain(title), number)
    found = {field: tuple(numbers[one] for one in known if one in numbers) for field, known in TITLES.items()}
    for field, title in named.items():
        if field not in TITLES:
            raise RosterError(N_("{field} is no field: choose one of {fields}."), field=field, fields=", ".join(FIELDS))
        if _plain(title) not in numbers:
            raise RosterError(
                N_("No column is called {title}. There are: {titles}."), title=title, titles=", ".join(titles)
            )
        found[field] = (numbers[_plain(title)],)
    return found


def _of_patreon(columns: dict[str, tuple[int, ...]], titles: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Patreon's own user id is not that of any platform of ours: it names the membership."""
    own = tuple(number for number, title in enumerate(titles) if _plain(title) == "user id")
    return {**columns, "user": tuple(n for n in columns["user"] if n not in own), "id": (*columns["id"], *own)}


# ---------------------------------------------------------------------- the rows


class _Rows:
    """Reads the rows of one file."""

    def __init__(
        self,
        titles: Sequence[str],
        columns: Mapping[str, tuple[int, ...]],
        choices: Choices,
        table: Sequence[tuple[int, list[str]]],
    ) -> None:
        self._titles = titles
        self._columns = columns
        self._choices = choices
        self._table = table
        dates = [cell for _, cells in table for field in ("since", "until") for cell in self._all(cells, field)]
        self._order = choices.dates or values.order(dates)

    def all(self) -> tuple[list[Row], list[Rejected]]:
        """What can be read, and what can't."""
        rows: list[Row] = []
        rejected: list[Rejected] = []
        for line, cells in self._table:
            try:
                rows.append(self._row(line, cells))
            except RosterError as error:
                rejected.append(Rejected(line=line, why=error.message, values=error.values, cells=tuple(cells)))
        return rows, rejected

    def _all(self, cells: Sequence[str], field: str) -> Iterable[str]:
        return (cells[n].strip() for n in self._columns[field] if n < len(cells) and cells[n].strip())

    def _one(self, cells: Sequence[str], field: str) -> str:
        return next(iter(self._all(cells, field)), "")

    def _row(self, line: int, cells: Sequence[str]) -> Row:
        if any(cell.strip() for cell in cells[len(self._titles) :]):
            raise RosterError(N_("It has more cells than there are titles: is a comma not in quotes?"))
        platform, user = self._account(cells)
        username, email = self._one(cells, "username").lstrip("@"), self._one(cells, "email")
        if not (user or username or email):
            raise RosterError(N_("It does not say who it is: neither an id nor a name nor an e-mail address."))
        until = self._one(cells, "until")
        lifetime = values.for_ever(until)
        return Row(
            line=line,
            id=self._one(cells, "id"),
            platform=platform,
            user=user,
            username=username,
            name=self._one(cells, "name"),
            email=email,
            plan=self._one(cells, "plan"),
            standing=_standing(self._one(cells, "status")),
            since=self._date(self._one(cells, "since")),
            until=None if lifetime else self._date(until, ends=True),
            lifetime=lifetime,
            price=self._price(cells),
            cells=tuple(cells),
        )

    def _account(self, cells: Sequence[str]) -> tuple[str, str]:
        """(platform, user id) as far as they are told."""
        for platform in ("discord", "telegram"):
            if user := self._one(cells, platform):
                return platform, _user(platform, user)
        user = self._one(cells, "user")
        platform = self._choices.platform or ("discord" if values.SNOWFLAKE.fullmatch(user) else "")
        return platform, _user(platform, user) if user else ""

    def _date(self, cell: str, *, ends: bool = False) -> datetime | None:
        if not cell:
            return None
        try:
            return values.date_of(cell, self._order, ends=ends)
        except values.AmbiguousError as error:
            raise RosterError(
                N_("{cell} may be two dates: say --dates dmy (day first) or --dates mdy."), cell=cell
            ) from error
        except values.CellError as error:
            raise RosterError(N_("{cell} is no date I know: write it like 2026-12-31."), cell=cell) from error

    def _price(self, cells: Sequence[str]) -> Price | None:
        amount = self._one(cells, "amount")
        if not amount:
            return None
        currency = values.currency_of(self._one(cells, "currency"), amount) or self._choices.currency
        try:
            return Price(amount=values.minor(amount, currency), currency=currency)
        except values.CellError as error:
            raise RosterError(N_("{cell} is no amount of money."), cell=amount) from error


def _user(platform: str, user: str) -> str:
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", user):
        raise RosterError(
            N_("The id {cell} was rounded by a spreadsheet program: export the file again and don't open it in one."),
            cell=user,
        )
    if (platform == "discord" and not values.SNOWFLAKE.fullmatch(user)) or (
        platform == "telegram" and not values.TELEGRAM.fullmatch(user)
    ):
        raise RosterError(N_("{cell} is no user id of {platform}."), cell=user, platform=platform)
    return user


def _standing(cell: str) -> Standing:
    found = values.standing_of(cell)
    if found is None:
        raise RosterError(
            N_("I don't know the status {cell}: replace it in the file by active, past due or cancelled."), cell=cell
        )
    return found
