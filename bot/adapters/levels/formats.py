"""The products whose levels can be brought: how their files are known, where the people are in them, their curves.

What is brought is the total XP, never the level: Carl-bot calls the same total one level less than MEE6, whose formula
it uses ("Level 1 = 255" in its table), and communities may have curves of their own. Only where a file has no XP is the
level turned into the least XP that it takes, by the product's own curve. A new product is an entry in `PRODUCTS`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.engine.curves import CURVES
from bot.i18n import N_
from bot.words import Word

Table = Mapping[str, Any]
Curve = Callable[[int], int]


class Product(Word, frozen=True):
    """A product: what it is called, and the XP at which each of its levels (from 1 on) begins, if that is known."""

    title: str
    curve: Curve | None = None


def _carlbot(level: int) -> int:
    """MEE6's totals, one level later: its level 1 begins at 255, which is MEE6's level 2."""
    return CURVES["mee6"](level + 1)


PRODUCTS: dict[str, Product] = {
    "mee6": Product(title="MEE6", curve=CURVES["mee6"]),
    "carlbot": Product(title="Carl-bot", curve=_carlbot),
    "levelup": Product(title="LevelUp (vrt-cogs)", curve=CURVES["levelup"]),
    "lurkr": Product(title="Lurkr", curve=CURVES["lurkr"]),
    "arcane": Product(title="Arcane"),
    "amari": Product(title="Amari", curve=CURVES["amari"]),
    "list": Product(title=N_("a list of ids and XP")),
}
"""By the name that `--from` takes. `list` is any other: ids with total XP."""


class Found(Word, frozen=True):
    """The people in a file, as tables of keys and values: of which product, in which server."""

    product: str
    people: tuple[Table, ...]
    guild: str = ""


def find(data: Any, guilds: Sequence[str]) -> Found | None:
    """The people of a JSON file, known by its keys; of several servers those of one of `guilds`. None for no format."""
    if isinstance(data, list):
        pages = any(isinstance(one, dict) and "players" in one for one in data)
        return Found(product="mee6" if pages else "list", people=_tables(data))
    if not isinstance(data, dict):
        return None
    for look in (_mee6, _lurkr, _arcane, _levelup, _amari, _plain):
        found = look(data, guilds)
        if found is not None:
            return found
    return None


def _tables(data: Any) -> tuple[Table, ...]:
    """The tables of a list, or those of several pages put one after the other."""
    return tuple(_flattened(data)) if isinstance(data, list) else ()


def _flattened(data: Sequence[Any]) -> Iterator[Table]:
    for one in data:
        if isinstance(one, dict) and isinstance(one.get("players"), list):  # MEE6's pages, saved one after the other
            yield from _flattened(one["players"])
        else:
            yield one if isinstance(one, dict) else {"": one}


def _mee6(data: Table, _: Sequence[str]) -> Found | None:
    """The leaderboard: {"guild": {"id"}, "players": [{"id", "level", "xp", "detailed_xp", "message_count"}]}."""
    if not isinstance(data.get("players"), list):
        return None
    return Found(product="mee6", people=_tables(data["players"]), guild=_guild(data))


def _lurkr(data: Table, _: Sequence[str]) -> Found | None:
    """The leaderboard: {"guild", "levels": [{"userId", "xp", "level", "messageCount", "user": {"username"}}]}."""
    people = _tables(data.get("levels"))
    if not people or "userId" not in people[0]:
        return None
    return Found(product="lurkr", people=people, guild=_guild(data))


def _arcane(data: Table, _: Sequence[str]) -> Found | None:
    """The leaderboard: {"levels": [{"id", "xp", "level"}], "xp_options"}."""
    people = _tables(data.get("levels"))
    return Found(product="arcane", people=people, guild=_guild(data)) if people else None


def _amari(data: Table, _: Sequence[str]) -> Found | None:
    """The API's leaderboard: {"data": [{"id", "exp", "level", "weeklyExp", "username"}]}."""
    people = _tables(data.get("data"))
    return Found(product="amari", people=people, guild=_guild(data)) if people else None


def _levelup(data: Table, guilds: Sequence[str]) -> Found | None:
    """A backup: of a server {"users": {id: {"xp"}}}, of all {"configs": {server: …}}.

    Fields with their default are left out. Before that it was a file of Red's: {"117117117": {"GUILD": {server: …}}}.
    """
    old = data.get("117117117")
    servers = old.get("GUILD") if isinstance(old, dict) else data.get("configs")
    guild = ""
    if isinstance(servers, dict):
        fitting = [one for one in guilds if one in servers] or list(servers)
        if len(fitting) != 1:
            return None
        guild, data = fitting[0], servers[fitting[0]]
    users = data.get("users") if isinstance(data, dict) else None
    if not isinstance(users, dict):
        return None
    people = tuple({"id": user, "xp": 0, **(one if isinstance(one, dict) else {})} for user, one in users.items())
    return Found(product="levelup", people=people, guild=guild)


def _plain(data: Table, _: Sequence[str]) -> Found | None:
    """A list under a name of its own, or {id: XP}."""
    for name in ("leaderboard", "users", "members", "ranks", "results"):
        if isinstance(data.get(name), list):
            return Found(product="list", people=_tables(data[name]), guild=_guild(data))
    if data and all(str(key).isdecimal() for key in data):
        people = tuple({"id": key, **(one if isinstance(one, dict) else {"xp": one})} for key, one in data.items())
        return Found(product="list", people=people)
    return None


def _guild(data: Table) -> str:
    guild = data.get("guild")
    found = guild.get("id") if isinstance(guild, dict) else data.get("guild_id", "")
    return str(found or "")
