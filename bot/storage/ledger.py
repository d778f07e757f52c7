"""The event path: what one transaction of the writer reads and writes, in bulk, through SQLAlchemy Core.

Every function takes the open connection of the transaction. Nothing here decides anything.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import blake2b
from itertools import compress
from operator import ne
from typing import Any

from sqlalchemy import Connection, Integer, Select, Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.events import Account, Event, ThanksReceived
from bot.state import MemberState
from bot.storage import bulk
from bot.storage.tables import (
    AccountRow,
    CommunityRow,
    CursorRow,
    ErasedRow,
    EventRow,
    InboxRow,
    MemberRow,
    PoisonRow,
    SpaceRow,
    micros,
)
from bot.text import display_name
from bot.words import Word, from_json, to_json


def table(row: type[Any]) -> Table:
    """The Core table behind a SQLModel class."""
    found: Table = row.__table__
    return found


ACCOUNTS, COMMUNITIES, CURSORS, ERASED = table(AccountRow), table(CommunityRow), table(CursorRow), table(ErasedRow)
EVENTS, INBOX, MEMBERS, POISON, SPACES = (
    table(EventRow),
    table(InboxRow),
    table(MemberRow),
    table(PoisonRow),
    table(SpaceRow),
)

Handle = tuple[str, str, str]
"""(platform, space, user): how an event names a person."""


class Seat(Word, frozen=True):
    """A member's place in a community; nothing from before `since` is taken in (their data were erased then)."""

    member: int
    community: int
    name: str = ""
    since: datetime | None = None


def upsert(connection: Connection, target: Table) -> Any:
    """An INSERT that knows ON CONFLICT, for the database at hand."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(target)


def handle(account: Account) -> Handle:
    """The part of an account that identifies it."""
    return account.platform, account.space, account.user


def digest(platform: str, user: str, community: int) -> str:
    """What is kept of an erased account."""
    return blake2b(f"{platform}:{user}".encode(), digest_size=16, key=str(community).encode()).hexdigest()


def known(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that are in the log."""
    return set(connection.scalars(_known(connection.dialect.name), {"keys": bulk.listing(connection, keys)}))


@cache
def _known(dialect: str) -> Select[str]:
    return select(EVENTS.c.key).where(bulk.listed(dialect, EVENTS.c.key, "keys"))


def known_of_new(connection: Connection, keys: Sequence[str]) -> set[str]:
    """The same for keys that are nearly always new and of rising numbers, as those of messages are.

    Then nothing in the log lies between the least and the greatest of them, and one look at the index does for all.
    PostgreSQL may order text otherwise than we do: there each is looked for.
    """
    if connection.dialect.name == "sqlite" and keys:
        found = set(connection.scalars(_BETWEEN, {"least": min(keys), "most": max(keys), "count": len(keys)}))
        if len(found) < len(keys):
            return found.intersection(keys)
    return known(connection, keys)


_BETWEEN = (
    select(EVENTS.c.key)
    .where(EVENTS.c.key.between(bindparam("least"), bindparam("most")))
    .limit(bindparam("count", type_=Integer()))
)


def authors(connection: Connection, keys: Collection[str]) -> dict[str, Seat]:
    """The members whom the events with these keys were about."""
    found = connection.execute(_authors(connection.dialect.name), {"keys": bulk.listing(connection, keys)})
    return {key: Seat(member=member, community=community) for key, member, community in found}


@cache
def _authors(dialect: str) -> Select[str, int, int]:
    c = EVENTS.c
    return select(c.key, c.member_id, c.community_id).where(bulk.listed(dialect, c.key, "keys"))


def thanks(connection: Connection, keys: Iterable[str]) -> list[ThanksReceived]:
    """Those of the events with these keys that there are; all of them are thanks."""
    query = select(EVENTS.c.data).where(bulk.among(connection, EVENTS.c.key, list(keys)))
    return [from_json(ThanksReceived, data) for data in connection.scalars(query)]


def communities(connection: Connection, accounts: Iterable[Account]) -> dict[tuple[str, str], int]:
    """The community of each (platform, space); a space not seen before founds one."""
    wanted = {(a.platform, a.space): a.space_name for a in accounts}
    spaces = bulk.listing(connection, [space for _, space in wanted])
    rows = connection.execute(_communities(connection.dialect.name), {"spaces": spaces})
    found = {(platform, space): community for platform, space, community in rows}
    for (platform, space), name in wanted.items():
        if (platform, space) not in found:
            shown = display_name(name or space)
            founded = connection.execute(
                insert(COMMUNITIES).values(name=shown, locale="en", announce="{}").returning(COMMUNITIES.c.id)
            ).scalar_one()
            connection.execute(
                insert(SPACES).values(platform=platform, external=space, community_id=founded, name=shown)
            )
            found[platform, space] = founded
    return {pair: found[pair] for pair in wanted}


@cache
def _communities(dialect: str) -> Select[str, str, int]:
    c = SPACES.c
    return select(c.platform, c.external, c.community_id).where(bulk.listed(dialect, c.external, "spaces"))


def seats(connection: Connection, accounts: Sequence[Account]) -> dict[Handle, Seat]:
    """The seat of each account; one not seen before becomes a member."""
    homes = communities(connection, accounts)
    listed = {
        "platforms": bulk.listing(connection, {a.platform for a in accounts}),
        "users": bulk.listing(connection, {a.user for a in accounts}),
    }
    rows = connection.execute(_taken(connection.dialect.name), listed)
    taken = {(p, user, c): (member, name) for p, user, c, member, name in rows}
    places = {handle(a): (a.platform, a.user, homes[a.platform, a.space]) for a in accounts}
    new = {place: a for a in accounts if (place := places[handle(a)]) not in taken}
    if new:
        _enroll(connection, new, taken)
    since = _erased(connection, places.values())
    return {
        one: Seat(member=taken[place][0], community=place[2], name=taken[place][1], since=since.get(place))
        for one, place in places.items()
    }


@cache
def _taken(dialect: str) -> Select[str, str, int, int, str]:
    c = ACCOUNTS.c
    return select(c.platform, c.external, c.community_id, c.member_id, c.name).where(
        bulk.listed(dialect, c.platform, "platforms"),  # or the index is of no use
        bulk.listed(dialect, c.external, "users"),
    )


Place = tuple[str, str, int]


def _enroll(connection: Connection, new: Mapping[Place, Account], taken: dict[Place, tuple[int, str]]) -> None:
    blank = to_json(MemberState()).decode()
    names = {place: display_name(account.name or account.user) for place, account in new.items()}
    made = connection.scalars(
        insert(MEMBERS).returning(MEMBERS.c.id, sort_by_parameter_order=True),
        [
            {"community_id": c, "name": names[p, user, c], "locale": "", "state": blank, "points": 0, "level": 0}
            for p, user, c in new
        ],
    ).all()
    connection.execute(
        insert(ACCOUNTS),
        [
            {
                "platform": place[0],
                "external": place[1],
                "community_id": place[2],
                "space": account.space,
                "member_id": member,
                "name": names[place],
            }
            for (place, account), member in zip(new.items(), made, strict=True)
        ],
    )
    taken.update({place: (member, names[place]) for place, member in zip(new, made, strict=True)})


def _erased(connection: Connection, new: Iterable[Place]) -> dict[Place, datetime]:
    """When those who were erased were, here or in a community that became part of this one."""
    new = list(new)
    if not new or connection.scalar(_ANYBODY_GONE) is None:
        return {}
    numbers = {community: [community] for _, _, community in new}
    dialect = connection.dialect.name
    merged = connection.execute(_merged(dialect), {"communities": bulk.listing(connection, numbers)})
    for former, community in merged:
        numbers[community].append(former)
    digests = {digest(place[0], place[1], number): place for place in new for number in numbers[place[2]]}
    since: dict[Place, datetime] = {}
    for name, at in connection.execute(_gone(dialect), {"digests": bulk.listing(connection, digests)}):
        since[digests[name]] = at  # the last time counts
    return since


_ANYBODY_GONE = select(ERASED.c.digest).limit(1)


@cache
def _merged(dialect: str) -> Select[int, int]:
    c = COMMUNITIES.c
    return select(c.id, c.merged_into).where(bulk.listed(dialect, c.merged_into, "communities"))


@cache
def _gone(dialect: str) -> Select[str, datetime]:
    c = ERASED.c
    return select(c.digest, c.at).where(bulk.listed(dialect, c.digest, "digests")).order_by(c.at)


def rename(connection: Connection, names: Mapping[int, tuple[Account, str]]) -> None:
    """Keep the names that members are shown by now; `names` is {member id: (account, cleaned name)}."""
    if names:
        connection.execute(
            update(MEMBERS).where(MEMBERS.c.id == bindparam("m")).values(name=bindparam("n")),
            [{"m": member, "n": name} for member, (_, name) in names.items()],
        )
        connection.execute(
            update(ACCOUNTS)
            .where(
                ACCOUNTS.c.member_id == bindparam("m"),
                ACCOUNTS.c.platform == bindparam("p"),
                ACCOUNTS.c.external == bindparam("u"),
            )
            .values(name=bindparam("n")),
            [{"m": m, "p": a.platform, "u": a.user, "n": name} for m, (a, name) in names.items()],
        )


def states(connection: Connection, members: Iterable[int]) -> dict[int, MemberState]:
    """The stored states; a member who does not exist (any more) is missing."""
    found = connection.execute(_states(connection.dialect.name), {"ids": bulk.listing(connection, list(members))})
    return {member: from_json(MemberState, state) for member, state in found}


@cache
def _states(dialect: str) -> Select[int, str]:
    query = select(MEMBERS.c.id, MEMBERS.c.state).where(bulk.listed(dialect, MEMBERS.c.id, "ids"))
    return query.with_for_update() if dialect == "postgresql" else query


_LOGGED = ("key", "community_id", "member_id", "at", "data")
_SHOWN = ("points", "quality", "level", "listed", "alias", "here", "locale", "last_at", "last_day", "due_at")
_UNKNOWN: Mapping[int, MemberState] = {}


def line(seat: Seat, event: Event) -> bulk.Row:
    """An event as a line of the log."""
    return event.key, seat.community, seat.member, micros(event.at), to_json(event).decode()


def log(connection: Connection, lines: Sequence[bulk.Row]) -> None:
    """Append lines to the log, in this order."""
    bulk.insert(connection, EVENTS, _LOGGED, lines)


def keep(connection: Connection, changed: Mapping[int, MemberState], was: Mapping[int, MemberState] = _UNKNOWN) -> None:
    """Store states, and the columns that show parts of them: all, or those that show what a member `was` no more.

    A column that is written costs a page of each index it is in, whether its value is another or not.
    """
    rows: dict[tuple[str, ...], list[bulk.Row]] = {}
    for member, state in changed.items():
        names: tuple[str, ...] = _SHOWN
        shown, before = _shown(state), was.get(member)
        if before is not None:
            differ = list(map(ne, shown, _shown(before)))
            names, shown = tuple(compress(names, differ)), tuple(compress(shown, differ))
        rows.setdefault(names, []).append((*shown, to_json(state).decode(), member))
    for names, alike in rows.items():
        bulk.update(connection, MEMBERS, (*names, "state"), alike)


def _shown(state: MemberState) -> bulk.Row:
    engagement, contact = state.engagement, state.contact
    last, due = engagement.last_at, state.membership.due_at
    return (
        engagement.points,
        engagement.quality,
        state.standing.level,
        contact.here and not contact.hidden,
        contact.alias,
        contact.here,
        contact.locale,
        None if last is None else micros(last),
        None if last is None else last.toordinal(),
        None if due is None else micros(due),
    )


def mark(connection: Connection, marks: Mapping[str, int]) -> None:
    """Advance cursors; none ever goes back."""
    if marks:
        statement = upsert(connection, CURSORS)
        later = func.max if connection.dialect.name == "sqlite" else func.greatest
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"], set_={"value": later(CURSORS.c.value, statement.excluded.value)}
            ),
            [{"name": name, "value": value} for name, value in marks.items()],
        )


def acknowledge(connection: Connection, rows: Sequence[int], now: datetime) -> None:
    """Tick off inbox rows, in the transaction of what they led to. What they said is not kept."""
    if rows:
        ticked = update(INBOX).where(bulk.among(connection, INBOX.c.id, rows)).values(done_at=now, body=b"")
        connection.execute(ticked)


def set_aside(connection: Connection, event: Event, error: str, now: datetime) -> None:
    """Keep an event that could not be digested."""
    try:
        data = to_json(event).decode()
    except UnicodeError:
        data = ascii(event)
    connection.execute(insert(POISON).values(key=ascii(event.key), at=now, data=data, error=error[:2000]))
