"""The accounts behind members: who somebody is on each platform."""

from sqlalchemy import Connection, select

from bot.events import Account
from bot.storage.ledger import ACCOUNTS


def of(connection: Connection, member: int) -> list[Account]:
    """A member's accounts, oldest first, each in the space it was first heard of in."""
    c = ACCOUNTS.c
    query = select(c.platform, c.space, c.external, c.name).where(c.member_id == member).order_by(c.id)
    return [
        Account(platform=row.platform, space=row.space, user=row.external, name=row.name)
        for row in connection.execute(query)
    ]
