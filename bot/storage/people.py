"""Finding the people of a list from elsewhere among the members: by account, by name, by e-mail address."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from bot.storage import bulk, ledger
from bot.storage.ledger import ACCOUNTS, COMMUNITIES, EVENTS, MEMBERS, SPACES, table
from bot.storage.orders import digest
from bot.storage.tables import CustomerRow

CUSTOMERS = table(CustomerRow)


def communities(connection: Connection) -> list[tuple[int, str]]:
    """(id, name) of all communities, but those that became part of another."""
    c = COMMUNITIES.c
    query = select(c.id, c.name).where(c.merged_into.is_(None)).order_by(c.id)
    return [(number, name) for number, name in connection.execute(query)]


def spaces(connection: Connection, community: int) -> dict[str, str]:
    """{platform: the guild or group that a community began with there}."""
    c = SPACES.c
    query = select(c.platform, c.external).where(c.community_id == community).order_by(c.id.desc())
    return {row.platform: row.external for row in connection.execute(query)}


def by_account(
    connection: Connection, community: int, accounts: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """{(platform, user): member} of the accounts that are known."""
    c = ACCOUNTS.c
    query = select(c.platform, c.external, c.member_id).where(
        c.community_id == community, bulk.among(connection, c.external, {user for _, user in accounts})
    )
    found = {(row.platform, row.external): row.member_id for row in connection.execute(query)}
    return {account: found[account] for account in accounts if account in found}


def by_name(connection: Connection, community: int) -> dict[str, set[int]]:
    """{name without case: the members whose accounts are called so}."""
    c = ACCOUNTS.c
    found: dict[str, set[int]] = {}
    for row in connection.execute(select(c.name, c.member_id).where(c.community_id == community)):
        found.setdefault(row.name.casefold(), set()).add(row.member_id)
    return found


def by_email(connection: Connection, community: int, emails: Collection[str]) -> dict[str, set[int]]:
    """{e-mail address: the members who paid with it}; only hashes of them are known."""
    c = CUSTOMERS.c
    hashes = {digest(email): email for email in emails}
    query = select(c.email, c.member_id).where(
        c.community_id == community, c.member_id != 0, bulk.among(connection, c.email, list(hashes))
    )
    found: dict[str, set[int]] = {}
    for row in connection.execute(query):
        found.setdefault(hashes[row.email], set()).add(row.member_id)
    return found


def points(connection: Connection, members: Collection[int]) -> dict[int, int]:
    """{member: points}."""
    c = MEMBERS.c
    query = select(c.id, c.points).where(bulk.among(connection, c.id, members))
    return {row.id: row.points for row in connection.execute(query)}


def told(connection: Connection, community: int, prefix: str) -> list[tuple[int, str]]:
    """(member, key) of the events of a community whose keys begin so, in the order heard."""
    c = EVENTS.c
    query = select(c.member_id, c.key).where(c.community_id == community, c.key.startswith(prefix, autoescape=True))
    return [(member, key) for member, key in connection.execute(query.order_by(c.id))]


def erased(connection: Connection, community: int, platform: str, users: Collection[str]) -> set[str]:
    """Those of these accounts whose data were erased in a community."""
    digests = {ledger.digest(platform, user, community): user for user in users}
    column = ledger.ERASED.c.digest
    found = connection.scalars(select(column).where(bulk.among(connection, column, list(digests))))
    return {digests[one] for one in found}
