"""A file of levels, JSON or CSV, as rows: who has how much XP in all. Pure: bytes in, rows out."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.adapters.levels.formats import PRODUCTS, Curve, Found, find
from bot.engine.curves import CURVES, HIGHEST
from bot.i18n import N_
from bot.words import Word

IDS = ("id", "userid", "memberid", "discordid", "discorduserid", "uid", "user")
XP = ("xp", "totalxp", "exp", "totalexp", "experience", "points", "xptotal", "expamount")
LEVELS = ("level", "lvl", "currentlevel")
NAMES = ("username", "name", "displayname", "tag", "nickname", "member")
BOTS = ("bot", "isbot")
"""What the fields are called, without case, spaces, - and _; the best first."""
USER = {"discord": re.compile(r"[1-9]\d{14,19}"), "telegram": re.compile(r"[1-9]\d{0,15}")}
ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
MOST = 10**12
"""More XP than anybody can have."""
YES = ("true", "1", "yes")


class LevelsError(Exception):
    """A file that can't be read as levels; the message, to be translated, says what to do."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class Row(Word, frozen=True):
    """Somebody's XP; `line` is its number in the file. `level` is what they are called there.

    `reckoned`: the file told a level only.
    """

    line: int
    user: str
    xp: int
    name: str = ""
    level: int | None = None
    reckoned: bool = False


class Rejected(Word, frozen=True):
    """What can't be taken: where it is, why (to be translated, with values), and what it was."""

    line: int
    why: str
    values: dict[str, object]
    what: str = ""


class Reading(Word, frozen=True):
    """A file, read: of which product, of which server if it says, its rows, those passed over and those refused.

    Nobody is in it twice: of several rows of one person the one with the most XP counts, and `doubles` others do not.
    """

    product: str
    guild: str
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...] = ()
    bots: int = 0
    nothing: int = 0
    doubles: int = 0


class Choices(Word, frozen=True):
    """What the creator says about a file that it does not say itself; `guilds` are the community's servers."""

    product: str = ""
    platform: str = "discord"
    curve: str = ""
    guilds: tuple[str, ...] = ()


def read(data: bytes, choices: Choices) -> Reading:
    """Read a file. Raises LevelsError when it is not one of levels."""
    if choices.product and choices.product not in PRODUCTS:
        raise LevelsError(
            N_("{name} is no product I know: choose one of {known}."), name=choices.product, known=", ".join(PRODUCTS)
        )
    if choices.curve and choices.curve not in CURVES:
        raise LevelsError(N_("{name} is no curve: choose one of {known}."), name=choices.curve, known=", ".join(CURVES))
    text = _text(data)
    found = _json(text, choices) if text.lstrip()[:1] in ("{", "[") else _csv(text)
    if not found.people:
        raise LevelsError(N_("There is nobody in the file."))
    return _Rows(found, choices).all()


def _text(data: bytes) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise LevelsError(N_("This is a spreadsheet, not CSV: save it as CSV (UTF-8) and give me that."))
    for encoding in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeError:
            continue
    raise LevelsError(N_("The letters can't be read: save the file as UTF-8."))


def _json(text: str, choices: Choices) -> Found:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LevelsError(N_("The file is no JSON: {why}."), why=str(error)) from error
    found = find(data, choices.guilds)
    if found is None:
        raise LevelsError(
            N_("I don't know this format. I know: {known}; or a list of tables with id and xp."),
            known=", ".join(one.title for name, one in PRODUCTS.items() if name != "list"),
        )
    return found


def _csv(text: str) -> Found:
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t|", key=head.count)
    try:
        people = tuple(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="", strict=True))
    except csv.Error as error:
        raise LevelsError(N_("The file is no CSV: {why}."), why=str(error)) from error
    titles = [_plain(title) for title in people[0]] if people else []
    if people and not (set(titles) & set(IDS) and set(titles) & {*XP, *LEVELS}):
        raise LevelsError(
            N_("It needs a column with user ids (id) and one with XP (xp). There are: {titles}."),
            titles=", ".join(title for title in people[0] if title),
        )
    return Found(product="list", people=people)


def _plain(title: str | None) -> str:
    return re.sub(r"[\s_\-.]", "", title or "").casefold()


class _Rows:
    """Reads the people of one file."""

    def __init__(self, found: Found, choices: Choices) -> None:
        self._found = found
        self._product = choices.product or found.product
        self._user = USER.get(choices.platform)
        self._platform = choices.platform
        curve = PRODUCTS[self._product].curve
        self._curve: Curve | None = CURVES[choices.curve] if choices.curve else curve
        self._bots = self._nothing = 0

    def all(self) -> Reading:
        rows: dict[str, Row] = {}
        rejected: list[Rejected] = []
        doubles = 0
        for number, person in enumerate(self._found.people, 1):
            try:
                row = self._row(number, {_plain(key): value for key, value in person.items()})
            except LevelsError as error:
                what = str(next(iter(person.values()), ""))[:64]
                rejected.append(Rejected(line=number, why=error.message, values=error.values, what=what))
                continue
            if row is None:
                continue
            before = rows.get(row.user)
            doubles += before is not None
            if before is None or row.xp > before.xp:
                rows[row.user] = row
        return Reading(
            product=self._product,
            guild=self._found.guild,
            rows=tuple(sorted(rows.values(), key=lambda one: (-one.xp, one.line))),
            rejected=tuple(rejected),
            bots=self._bots,
            nothing=self._nothing,
            doubles=doubles,
        )

    def _row(self, number: int, person: Mapping[str, Any]) -> Row | None:
        """A person; None for a bot and for who has nothing. Raises LevelsError that says why it can't be taken."""
        about = person.get("user")
        within = {_plain(key): value for key, value in about.items()} if isinstance(about, dict) else {}
        if str(_first({**within, **person}, BOTS)).casefold() in YES:
            self._bots += 1
            return None
        user = self._id(_first({**person, "user": within.get("id", about)}, IDS))
        level = _level(_first(person, LEVELS))
        xp, reckoned = _xp(person), False
        if xp is None:
            xp, reckoned = self._reckon(level), True
        if xp < 0:
            raise LevelsError(N_("It says {xp} XP: nobody has less than none."), xp=xp)
        if xp > MOST:
            raise LevelsError(N_("It says {xp} XP: nobody has that much."), xp=xp)
        if xp == 0:
            self._nothing += 1
            return None
        name = _first(person, NAMES) or _first(within, NAMES)
        return Row(line=number, user=user, xp=xp, name=str(name or "")[:64], level=level, reckoned=reckoned)

    def _id(self, given: Any) -> str:
        user = "" if given is None or isinstance(given, bool) else str(given).strip()
        if isinstance(given, float) or ROUNDED.fullmatch(user):
            raise LevelsError(
                N_(
                    "The id {cell} was rounded by a spreadsheet program: export the file again and "
                    "don't open it in one."
                ),
                cell=user,
            )
        if not user:
            raise LevelsError(N_("It does not say who it is."))
        if self._user is not None and not self._user.fullmatch(user):
            raise LevelsError(N_("{cell} is no user id of {platform}."), cell=user[:64], platform=self._platform)
        return user

    def _reckon(self, level: int | None) -> int:
        """The least XP that a level takes."""
        if level is None:
            raise LevelsError(N_("It says neither XP nor a level."))
        if level == 0:
            return 0
        if self._curve is None:
            raise LevelsError(
                N_("It says level {level} and no XP, and I don't know by which curve: say --curve, one of {known}."),
                level=level,
                known=", ".join(CURVES),
            )
        if not 0 < level <= HIGHEST:
            raise LevelsError(N_("It says level {level}: there is none such."), level=level)
        return max(self._curve(level), 0)


def _first(person: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((person[name] for name in names if person.get(name) not in (None, "")), None)


def _xp(person: Mapping[str, Any]) -> int | None:
    """The total XP. MEE6 also tells [since this level, to the next, in all] as `detailed_xp`."""
    given = _first(person, XP)
    detailed = person.get("detailedxp")
    if given is None and isinstance(detailed, list) and detailed:
        given = detailed[-1]
    if given is None or isinstance(given, bool):
        return None
    try:
        return int(_number(given))
    except (ValueError, OverflowError) as error:
        raise LevelsError(N_("{cell} is no number of XP."), cell=str(given)[:64]) from error


def _number(given: Any) -> float:
    """A number, as JSON has it or written like 12,345 or 12 345.0."""
    if isinstance(given, int | float):
        return given
    text = re.sub(r"[\s\u00a0\u202f']|,(?=\d{3}(\D|$))", "", str(given))
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def _level(given: Any) -> int | None:
    try:
        return None if given is None or isinstance(given, bool) else int(given)
    except (ValueError, TypeError, OverflowError):
        return None
