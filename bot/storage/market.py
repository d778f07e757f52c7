"""The shop: what a creator sells for coins, and what was bought."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, TextClause, func, select

from bot.engine.purse import BOUGHT
from bot.storage.entries import ENTRIES
from bot.storage.ledger import table, upsert
from bot.storage.tables import RARE, ItemRow
from bot.words import Word, from_json, to_json

ITEMS = table(ItemRow)
PREFIX = "shop:"
"""How the keys of purchases begin: `shop:{token}`."""

Kind = Literal["coupon", "role", "plan", "credit"]


class Item(Word, frozen=True):
    """Something for `price` coins.

    A `coupon` takes `percent` off the next purchase (of `plan`, if named). A `role` opens `gate` for `days`, a `plan`
    is theirs for `days` (0: for ever). A `credit` puts `days` on the membership they have. There are `stock` of it and
    for each member so many (`each`); 0 is no limit. One that is `archived` is not sold any more.
    """

    name: str
    price: int
    kind: Kind
    title: str = ""
    about: str = ""
    percent: int = 0
    plan: str = ""
    gate: str = ""
    days: int = 0
    stock: int = 0
    each: int = 0
    archived: bool = False

    @property
    def shown(self) -> str:
        """What it is called before people."""
        return self.title or self.name


class Purchase(Word, frozen=True):
    """A purchase that holds: its key, whose it is, what, when and for how many coins."""

    key: str
    member: int
    item: str
    at: datetime
    price: int = 0

    @property
    def token(self) -> str:
        """What names it: of each token there is one purchase."""
        return self.key.removeprefix(PREFIX)


def put(connection: Connection, community: int, item: Item) -> None:
    """Offer something, or change what has this name."""
    statement = upsert(connection, ITEMS)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["community_id", "name"], set_={"data": statement.excluded.data}
        ),
        {"community_id": community, "name": item.name, "data": to_json(item).decode()},
    )


def of_community(connection: Connection, community: int) -> list[Item]:
    """Everything ever offered, in the order made."""
    query = select(ITEMS.c.data).where(ITEMS.c.community_id == community).order_by(ITEMS.c.id)
    return [from_json(Item, data) for data in connection.scalars(query)]


def find(connection: Connection, community: int, name: str) -> Item | None:
    """What has this name."""
    data = connection.scalar(select(ITEMS.c.data).where(ITEMS.c.community_id == community, ITEMS.c.name == name))
    return None if data is None else from_json(Item, data)


def _standing() -> list[ColumnElement[bool] | TextClause]:
    undone = ENTRIES.alias("undone")
    taken_back = select(undone.c.id).where(undone.c.of == ENTRIES.c.of, undone.c.undoes == ENTRIES.c.key)
    return [RARE, ENTRIES.c.way == BOUGHT, ENTRIES.c.undoes == "", ~taken_back.exists()]


def purchases(
    connection: Connection, community: int, *, item: str = "", member: int = 0, since: datetime | None = None
) -> list[Purchase]:
    """The purchases that hold, in the order made: of one item, by one member, or since a time."""
    e = ENTRIES.c
    query = select(e.key, e.member_id, e.note, e.at, e.coins).where(e.community_id == community, *_standing())
    if item:
        query = query.where(e.note == item)
    if member:
        query = query.where(e.member_id == member)
    if since is not None:
        query = query.where(e.at >= since)
    return [
        Purchase(key=row.key, member=row.member_id, item=row.note, at=row.at, price=-row.coins)
        for row in connection.execute(query.order_by(e.id))
    ]


def sold(connection: Connection, community: int) -> dict[str, int]:
    """How many of each item were sold, by its name."""
    e = ENTRIES.c
    query = select(e.note, func.count()).where(e.community_id == community, *_standing()).group_by(e.note)
    return {row[0]: row[1] for row in connection.execute(query)}
