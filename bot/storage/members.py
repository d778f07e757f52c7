"""Questions about members, channels and communities: the reading side, and the settings a creator changes."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func, select, update
from sqlmodel import Session, col
from sqlmodel import select as rows

from bot.events import Account
from bot.state import MemberState
from bot.storage import doors, ledger
from bot.storage.ledger import ACCOUNTS, COMMUNITIES, EVENTS, MEMBERS, upsert
from bot.storage.store import Connection
from bot.storage.tables import (
    AccountRow,
    ChannelRow,
    CommunityRow,
    EventRow,
    GateRow,
    MemberRow,
    OutboxRow,
    SpaceRow,
)
from bot.words import Word, from_json


class Profile(Word, frozen=True):
    """A member as commands see them."""

    member: int
    community: int
    name: str
    state: MemberState

    @property
    def locale(self) -> str:
        """The language the member chose; '' when they did not."""
        return self.state.contact.locale


class Community(Word, frozen=True):
    """A community and its settings; `announce` is {platform: channel id}."""

    id: int
    name: str
    locale: str
    announce: dict[str, str]


def profile(connection: Connection, account: Account) -> Profile:
    """The member behind an account, enrolled if new.

    With an empty `space` (a private chat) it is the community they were last active in. Raises LookupError when
    there is none.
    """
    if account.space:
        seat = next(iter(ledger.seats(connection, [account]).values()))
        member = seat.member
    else:
        query = (
            select(ACCOUNTS.c.member_id)
            .join(MEMBERS, MEMBERS.c.id == ACCOUNTS.c.member_id)
            .where(ACCOUNTS.c.platform == account.platform, ACCOUNTS.c.external == account.user)
            .order_by(MEMBERS.c.last_at.is_(None), MEMBERS.c.last_at.desc(), MEMBERS.c.id)
        )
        found = connection.scalar(query.limit(1))
        if found is None:
            raise LookupError(f"{account.platform} user {account.user} is in no community")
        member = found
    return _profile(connection, member)


def _profile(connection: Connection, member: int) -> Profile:
    with Session(connection) as session:
        row = session.get_one(MemberRow, member)
        return Profile(
            member=row.id, community=row.community_id, name=row.name, state=from_json(MemberState, row.state)
        )


def find(connection: Connection, community: int, platform: str, user: str) -> Profile | None:
    """The member of a community with this account, if there is one."""
    with Session(connection) as session:
        account = session.exec(
            rows(AccountRow).where(
                AccountRow.community_id == community, AccountRow.platform == platform, AccountRow.external == user
            )
        ).first()
        return None if account is None else _profile(connection, account.member_id)


def named(connection: Connection, community: int, text: str, limit: int = 25) -> list[tuple[int, str]]:
    """(member id, name) of members whose name begins with, or else contains, `text`; the most active first."""
    with Session(connection) as session:
        query = rows(MemberRow.id, MemberRow.name).where(
            MemberRow.community_id == community, col(MemberRow.name).icontains(text, autoescape=True)
        )
        query = query.order_by(
            col(MemberRow.name).istartswith(text, autoescape=True).desc(), col(MemberRow.points).desc()
        )
        return [(member, name) for member, name in session.exec(query.limit(limit))]


def by_id(connection: Connection, community: int, member: int) -> Profile | None:
    """The member with this id, if they are of this community."""
    with Session(connection) as session:
        row = session.get(MemberRow, member)
        return None if row is None or row.community_id != community else _profile(connection, member)


def state(connection: Connection, member: int) -> MemberState | None:
    """A member's state as it is stored."""
    text = connection.scalar(select(MEMBERS.c.state).where(MEMBERS.c.id == member))
    return None if text is None else from_json(MemberState, text)


def community(connection: Connection, number: int) -> Community:
    """A community's settings."""
    with Session(connection) as session:
        row = session.get_one(CommunityRow, number)
        announce = msgspec.json.decode(row.announce, type=dict[str, str])
        return Community(id=row.id, name=row.name, locale=row.locale, announce=announce)


def community_of(connection: Connection, platform: str, space: str) -> int | None:
    """The id of the community that a guild or group is part of; None when it was never heard of."""
    spaces = ledger.table(SpaceRow)
    return connection.scalar(
        select(spaces.c.community_id).where(spaces.c.platform == platform, spaces.c.external == space)
    )


def settle(connection: Connection, number: int, *, name: str | None = None, locale: str | None = None) -> None:
    """Change a community's name or language."""
    with Session(connection) as session:
        row = session.get_one(CommunityRow, number)
        row.name = row.name if name is None else name
        row.locale = row.locale if locale is None else locale
        session.add(row)
        session.flush()


def communities(connection: Connection) -> list[int]:
    """The ids of all communities, but those that became part of another."""
    own = COMMUNITIES.c.merged_into.is_(None)
    return list(connection.scalars(select(COMMUNITIES.c.id).where(own).order_by(COMMUNITIES.c.id)))


def of_community(connection: Connection, number: int, after: int, limit: int) -> list[int]:
    """The ids above `after` of a community's members, here or away, in order."""
    c = MEMBERS.c
    query = select(c.id).where(c.community_id == number, c.id > after).order_by(c.id).limit(limit)
    return list(connection.scalars(query))


def count(connection: Connection, number: int) -> int:
    """How many members a community has, here or away."""
    return connection.scalar(select(func.count()).where(MEMBERS.c.community_id == number)) or 0


def announce_in(connection: Connection, number: int, platform: str, channel: str | None) -> None:
    """Say where announcements go on a platform; None is 'nowhere in particular'."""
    settings = community(connection, number)
    channels = {**settings.announce}
    channels.pop(platform, None)
    if channel is not None:
        channels[platform] = channel
    text = msgspec.json.encode(channels).decode()
    connection.execute(update(COMMUNITIES).where(COMMUNITIES.c.id == number).values(announce=text))


def staff(connection: Connection, number: int) -> dict[str, str]:
    """Where the staff is told: {platform: "space/channel"}."""
    text = connection.scalar(select(COMMUNITIES.c.staff).where(COMMUNITIES.c.id == number)) or "{}"
    return msgspec.json.decode(text, type=dict[str, str])


def tell_staff_in(connection: Connection, number: int, platform: str, place: str | None) -> None:
    """Say where the staff is told on a platform, as 'space/channel'; None is nowhere."""
    told = staff(connection, number)
    told.pop(platform, None)
    if place is not None:
        told[platform] = place
    text = msgspec.json.encode(told).decode()
    connection.execute(update(COMMUNITIES).where(COMMUNITIES.c.id == number).values(staff=text))


def present(connection: Connection, after: int, limit: int) -> list[tuple[int, int]]:
    """(community, member) of members who are here, in the order of their ids, above `after`."""
    query = select(MEMBERS.c.community_id, MEMBERS.c.id).where(MEMBERS.c.here.is_(True), MEMBERS.c.id > after)
    return [(c, m) for c, m in connection.execute(query.order_by(MEMBERS.c.id).limit(limit))]


def private_chat(connection: Connection, platform: str, user: str, now: datetime | None) -> None:
    """The user wrote to the bot in private (or, with None, closed that door)."""
    connection.execute(
        update(ACCOUNTS).where(ACCOUNTS.c.platform == platform, ACCOUNTS.c.external == user).values(private_at=now)
    )


def see_channels(
    connection: Connection, platform: str, space: Account, channels: Sequence[tuple[str, str, str]]
) -> int:
    """Note (id, name, kind) of a space's channels, as they are now; founds the community if new and returns its id."""
    number = ledger.communities(connection, [space])[space.platform, space.space]
    if channels:
        statement = upsert(connection, ledger.table(ChannelRow))
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["platform", "external"],
                set_={"name": statement.excluded.name, "kind": statement.excluded.kind},
            ),
            [
                {"platform": platform, "external": external, "community_id": number, "name": name, "kind": kind}
                for external, name, kind in channels
            ],
        )
    return number


def channels(connection: Connection, number: int, platform: str | None = None) -> list[ChannelRow]:
    """The channels known of a community, on one platform or on all."""
    with Session(connection, expire_on_commit=False) as session:
        query = rows(ChannelRow).where(ChannelRow.community_id == number).order_by(col(ChannelRow.id))
        if platform is not None:
            query = query.where(ChannelRow.platform == platform)
        found = list(session.exec(query))
        session.expunge_all()
        return found


def written_by(connection: Connection, platform: str, keys: Sequence[str]) -> set[tuple[str, str]]:
    """(key, user id) for each account on the platform of whoever the events with these keys were about."""
    query = (
        select(EVENTS.c.key, ACCOUNTS.c.external)
        .join(ACCOUNTS, ACCOUNTS.c.member_id == EVENTS.c.member_id)
        .where(EVENTS.c.key.in_(keys), ACCOUNTS.c.platform == platform)
    )
    return {(key, user) for key, user in connection.execute(query)}


def move_space(connection: Connection, platform: str, old: str, new: str) -> None:
    """A space got another id (a Telegram group became a supergroup): everything known of it follows.

    The old id stays a name of the same community, for news that comes late. Moving twice changes nothing.
    """
    spaces, gates, outbox = ledger.table(SpaceRow), ledger.table(GateRow), ledger.table(OutboxRow)
    row = connection.execute(
        select(spaces.c.community_id, spaces.c.name).where(spaces.c.platform == platform, spaces.c.external == old)
    ).first()
    if row is not None:
        connection.execute(
            upsert(connection, spaces).on_conflict_do_nothing(index_elements=["platform", "external"]),
            {"platform": platform, "external": new, "community_id": row.community_id, "name": row.name},
        )
        if community(connection, row.community_id).announce.get(platform) == old:
            announce_in(connection, row.community_id, platform, new)
    for rows_, column in ((gates, gates.c.space), (gates, gates.c.target), (outbox, outbox.c.space)):
        connection.execute(update(rows_).where(rows_.c.platform == platform, column == old).values({column: new}))
    waiting = (outbox.c.platform == platform) & outbox.c.done_at.is_(None)
    for before, after in ((old, new), (f"chat:{old}", f"chat:{new}"), (f"channel:{old}", f"channel:{new}")):
        connection.execute(update(outbox).where(waiting, outbox.c.target == before).values(target=after))
    connection.execute(
        update(ACCOUNTS).where(ACCOUNTS.c.platform == platform, ACCOUNTS.c.space == old).values(space=new)
    )
    doors.move(connection, platform, old, new)


def history(connection: Connection, member: int) -> list[EventRow]:
    """A member's part of the log, oldest first."""
    with Session(connection, expire_on_commit=False) as session:
        found = list(session.exec(rows(EventRow).where(EventRow.member_id == member).order_by(col(EventRow.id))))
        session.expunge_all()
        return found
