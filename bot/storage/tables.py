"""The tables. What is sorted or filtered on is a column with an index; the rest of a member's state is JSON.

Every identifier is a `BigInteger`, platform ids are text, instants are whole microseconds since 1970 in UTC:
all three are the same on SQLite and PostgreSQL. After a change here: `.venv/bin/alembic revision --autogenerate
-m "what"`, and an entry in `bot/storage/privacy.py`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Dialect, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

metadata = SQLModel.metadata
"""The schema: every table below."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Id = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the type is spelt INTEGER; its integers have 64 bits whatever the
spelling."""


def micros(at: datetime) -> int:
    """An instant as the database keeps it: whole microseconds since 1970. Raises TypeError for a naive one."""
    return (at - _EPOCH) // _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 in a BIGINT. Refuses naive ones."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Python to database."""
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Database to Python."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


def _id() -> Any:
    return Field(default=None, sa_column=Column(Id, primary_key=True, autoincrement=True))


NEVER_AGAIN = {"sqlite_autoincrement": True}
"""For rows that somebody may still name by number when they are gone: SQLite gives the number of the last row, deleted,
to the next one, so that an effect under way would be ticked off in another's place. PostgreSQL never does."""


def _ref(*, index: bool = True, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(BigInteger, index=index, nullable=nullable))


def _at(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Instant, nullable=nullable))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Text, nullable=False, default=default))


class CommunityRow(SQLModel, table=True):
    """A community: what a creator runs. Speaks `locale`, announces in `announce` = {platform: channel id} (JSON)."""

    __tablename__ = "communities"

    id: int = _id()
    name: str = _text()
    locale: str = _text("en")
    announce: str = _text("{}")


class SpaceRow(SQLModel, table=True):
    """A guild or group on a platform, and the community it is part of."""

    __tablename__ = "spaces"
    __table_args__ = (UniqueConstraint("platform", "external"),)

    id: int = _id()
    platform: str = _text()
    external: str = _text()
    community_id: int = _ref()
    name: str = _text()


class ChannelRow(SQLModel, table=True):
    """A channel seen in a space; `kind` is text, voice, forum, thread, topic or chat."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("platform", "external"),)

    id: int = _id()
    platform: str = _text()
    external: str = _text()
    community_id: int = _ref()
    name: str = _text()
    kind: str = _text("text")


class GateRow(SQLModel, table=True):
    """What stands behind a gate of a community on one platform: `kind` role, channel or chat, and its id there."""

    __tablename__ = "gates"
    __table_args__ = (UniqueConstraint("community_id", "gate", "platform", "kind", "target"),)

    id: int = _id()
    community_id: int = _ref()
    gate: str = _text()
    platform: str = _text()
    space: str = _text()
    kind: str = _text("role")
    target: str = _text()


class DoorRow(SQLModel, table=True):
    """A member at the door of a chat behind a gate: the invite `link` that is theirs, and when we let them in.

    `admitted_at` is None for whoever is not in, or was not let in by us.
    """

    __tablename__ = "doors"
    __table_args__ = (UniqueConstraint("platform", "chat", "external"), Index("ix_doors_link", "platform", "link"))

    id: int = _id()
    platform: str = _text()
    chat: str = _text()
    external: str = _text()
    member_id: int = _ref()
    link: str = _text()
    admitted_at: datetime | None = _at(nullable=True)


class BanRow(SQLModel, table=True):
    """Somebody whom a human (or another bot) banned from a chat: `who` is a hash, `at` when it was heard."""

    __tablename__ = "bans"
    __table_args__ = (UniqueConstraint("platform", "chat", "who"),)

    id: int = _id()
    platform: str = _text()
    chat: str = _text()
    who: str = _text()
    at: datetime = _at()


class MemberRow(SQLModel, table=True):
    """A person in a community: name, the columns boards and jobs sort and filter on, and the whole state as JSON."""

    __tablename__ = "members"
    __table_args__ = (
        Index("ix_members_board", "community_id", "here", "points", "id"),
        Index("ix_members_last", "community_id", "last_at"),
        NEVER_AGAIN,
    )

    id: int = _id()
    community_id: int = _ref(index=False)
    name: str = _text()
    locale: str = _text()
    points: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    level: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    here: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, default=True))
    last_at: datetime | None = _at(nullable=True)
    state: str = _text("{}")


class AccountRow(SQLModel, table=True):
    """A member as one platform knows them.

    `spoken_at` says when they last wrote to the bot privately, if they can be written to.
    """

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("platform", "external", "community_id"),)

    id: int = _id()
    platform: str = _text()
    external: str = _text()
    space: str = _text()
    community_id: int = _ref()
    member_id: int = _ref()
    name: str = _text()
    private_at: datetime | None = _at(nullable=True)
    """When they last wrote to the bot in private: Telegram lets a bot write only to those who did."""


class EventRow(SQLModel, table=True):
    """The log: every event that counted, with its key (seen once for ever) and its JSON, in the order heard."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_member", "member_id", "id"),)

    id: int = _id()
    key: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    community_id: int = _ref(index=False)
    member_id: int = _ref(index=False)
    at: datetime = _at()
    data: str = _text()


class OutboxRow(SQLModel, table=True):
    """An effect to perform for one account; done, failed or shed at `done_at` with that `outcome`."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "done_at", "priority", "due_at"), NEVER_AGAIN)

    id: int = _id()
    key: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    community_id: int = _ref(index=False)
    member_id: int = _ref()
    platform: str = _text()
    space: str = _text()
    user: str = _text()
    target: str = _text()
    """Where it goes: a channel's id for an announcement, `kind:id` for a gate."""
    priority: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    effect: str = _text()
    due_at: datetime = _at()
    leased_until: datetime | None = _at(nullable=True)
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    done_at: datetime | None = _at(nullable=True)
    outcome: str = _text()


class InboxRow(SQLModel, table=True):
    """News (a Telegram update, a webhook) stored before it is acknowledged, unique by source and id."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "external"),
        Index("ix_inbox_waiting", "source", "done_at", "id"),
        NEVER_AGAIN,
    )

    id: int = _id()
    source: str = _text()
    external: str = _text()
    received_at: datetime = _at()
    body: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    done_at: datetime | None = _at(nullable=True)
    outcome: str = _text()


class CursorRow(SQLModel, table=True):
    """How far something has been heard: a channel's last message, a file's last record.

    With `until` it is a gap still to fill.
    """

    __tablename__ = "cursors"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: int = Field(sa_column=Column(BigInteger, nullable=False))
    until: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class ErasedRow(SQLModel, table=True):
    """The salted hash of an account whose data were erased: what it did before `at` is not taken in again."""

    __tablename__ = "erased"

    digest: str = Field(sa_column=Column(Text, primary_key=True))
    at: datetime = _at()


class PoisonRow(SQLModel, table=True):
    """An event that no policy could digest.

    Kept aside with the error so that nothing is lost and nothing is held up.
    """

    __tablename__ = "poison"

    id: int = _id()
    key: str = _text()
    at: datetime = _at()
    data: str = _text()
    error: str = _text()
