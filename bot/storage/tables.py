"""The tables. What is sorted or filtered on is a column with an index; the rest of a member's state is JSON.

Every identifier is a `BigInteger`, platform ids are text, instants are whole microseconds since 1970 in UTC:
all three are the same on SQLite and PostgreSQL. After a change here: `.venv/bin/alembic revision --autogenerate
-m "what"`, and an entry in `bot/storage/privacy.py`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Dialect, Index, Integer, LargeBinary, Text, UniqueConstraint, text
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


def instant(value: int) -> datetime:
    """What `micros` made of an instant, as one again."""
    return _EPOCH + timedelta(microseconds=value)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 in a BIGINT. Refuses naive ones."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Python to database."""
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Database to Python."""
        return None if value is None else instant(value)


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
    staff: str = _text("{}")
    """Where the creator is told of what concerns them: {platform: channel id} (JSON)."""
    merged_into: int | None = _ref(nullable=True)
    """The community it became part of. Its own row is kept for the hashes that its number salts."""


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
    """What stands behind a gate of a community on one platform: `kind` role, channel or chat, its id and name there."""

    __tablename__ = "gates"
    __table_args__ = (UniqueConstraint("community_id", "gate", "platform", "kind", "target"),)

    id: int = _id()
    community_id: int = _ref()
    gate: str = _text()
    platform: str = _text()
    space: str = _text()
    kind: str = _text("role")
    target: str = _text()
    name: str = _text()


class MemberRow(SQLModel, table=True):
    """A person in a community: name, the columns boards and jobs sort and filter on, and the whole state as JSON."""

    __tablename__ = "members"
    __table_args__ = (
        Index("ix_members_board", "community_id", "listed", "points", "id"),
        Index("ix_members_quality", "community_id", "listed", "quality", "id"),
        Index("ix_members_last", "community_id", "last_day"),
        Index("ix_members_due", "due_at"),
        NEVER_AGAIN,
    )

    id: int = _id()
    community_id: int = _ref(index=False)
    name: str = _text()
    locale: str = _text()
    points: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    quality: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    level: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    listed: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, default=True))
    """Whether they are on the boards: here, and not hidden."""
    alias: str = _text()
    """Their name on the boards, if they want another."""
    here: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, default=True))
    last_at: datetime | None = _at(nullable=True)
    last_day: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    """The day of `last_at` (its ordinal): with the instant in an index each message would change that, too."""
    due_at: datetime | None = _at(nullable=True)
    """When to look again at what the member may (`Membership.due_at`)."""
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


class PlanRow(SQLModel, table=True):
    """A plan the creator made by command: its JSON (`bot.engine.rules.Plan`) as the words say it."""

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("community_id", "name"),)

    id: int = _id()
    community_id: int = _ref()
    name: str = _text()
    data: str = _text("{}")


class SubscriptionRow(SQLModel, table=True):
    """The latest truth of a subscription, as the member's state has it, in columns to ask about.

    `external` is `Subscription.id`; `data` the whole as JSON.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index("ix_subscriptions_open", "community_id", "status"),
        Index("ix_subscriptions_until", "until"),
    )

    id: int = _id()
    external: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    community_id: int = _ref(index=False)
    member_id: int = _ref()
    plan: str = _text()
    status: str = _text()
    since: datetime = _at()
    until: datetime | None = _at(nullable=True)
    renews: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, default=False))
    months: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    amount: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    currency: str = _text()
    as_of: datetime = _at()
    data: str = _text("{}")


class PaymentRow(SQLModel, table=True):
    """Money that moved. Kept as long as tax law asks, without the member when they are erased (`member_id` 0)."""

    __tablename__ = "payments"
    __table_args__ = (Index("ix_payments_at", "community_id", "at"),)

    id: int = _id()
    external: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    community_id: int = _ref(index=False)
    member_id: int = _ref()
    subscription: str = _text()
    plan: str = _text()
    kind: str = _text()
    amount: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    currency: str = _text()
    at: datetime = _at()
    of: str = _text()


class OrderRow(SQLModel, table=True):
    """What a member is about to buy: `status` open, paid, expired or failed.

    `token` names it to the provider; `external` is the provider's session and `url` where it is paid. `subscription` is
    what it became. A `gift` becomes a code.
    """

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_member", "member_id", "status"),)

    id: int = _id()
    token: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    community_id: int = _ref(index=False)
    member_id: int = _ref(index=False)
    plan: str = _text()
    provider: str = _text()
    status: str = _text("open")
    amount: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    currency: str = _text()
    coupon: str = _text()
    gift: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, default=False))
    wallet: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, default=False))
    trial_days: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    starts_at: datetime | None = _at(nullable=True)
    """When what is bought begins, where it follows on what the member has."""
    external: str = _text()
    url: str = _text()
    subscription: str = _text()
    created_at: datetime = _at()
    expires_at: datetime = _at()


class CustomerRow(SQLModel, table=True):
    """A member as a provider knows them: their id there, and hashes of e-mail and card, by which they are known again.

    The hashes outlive the member's erasure without them (`member_id` 0): a trial is once for each person.
    """

    __tablename__ = "customers"
    __table_args__ = (UniqueConstraint("provider", "external", "member_id"),)

    id: int = _id()
    provider: str = _text()
    external: str = _text()
    community_id: int = _ref()
    member_id: int = _ref()
    email: str = _text()
    card: str = _text()
    trial_at: datetime | None = _at(nullable=True)
    """When they began a trial."""


class CouponRow(SQLModel, table=True):
    """A coupon or an access code of a community: `data` is its JSON (`bot.storage.coupons.Coupon`)."""

    __tablename__ = "coupons"
    __table_args__ = (UniqueConstraint("community_id", "code"),)

    id: int = _id()
    community_id: int = _ref()
    code: str = _text()
    data: str = _text("{}")


class RedemptionRow(SQLModel, table=True):
    """A member redeemed a coupon: for the `order` it was used in; `freed_at` when a full refund gave it back.

    `email` and `card` are hashes of those of whoever paid: a coupon is once for each person.
    """

    __tablename__ = "redemptions"
    __table_args__ = (Index("ix_redemptions", "community_id", "code", "member_id"),)

    id: int = _id()
    community_id: int = _ref(index=False)
    code: str = _text()
    member_id: int = _ref()
    order: str = _text()
    email: str = _text()
    card: str = _text()
    at: datetime = _at()
    used_at: datetime | None = _at(nullable=True)
    freed_at: datetime | None = _at(nullable=True)


class CodeRow(SQLModel, table=True):
    """A one-time code, by its hash: `kind` link, space, move or gift; `data` is what it stands for."""

    __tablename__ = "codes"

    digest: str = Field(sa_column=Column(Text, primary_key=True))
    kind: str = _text()
    community_id: int = _ref()
    member_id: int = _ref()
    data: str = _text()
    created_at: datetime = _at()
    expires_at: datetime | None = _at(nullable=True)
    used_at: datetime | None = _at(nullable=True)


class GrantRow(SQLModel, table=True):
    """Where an account is let in: what we gave, why and when; what was there before we came is `found`, not ours.

    `status`: wanted (in the outbox), giving (begun), granted, found, blocked (`why` says who must do what), held (a
    moderator took it away: it is not given again by itself), away (the account is not there), gone (over).
    """

    __tablename__ = "grants"
    __table_args__ = (
        UniqueConstraint("platform", "target", "user", "community_id"),
        Index("ix_grants_status", "community_id", "status"),
        Index("ix_grants_user", "platform", "user"),
    )

    id: int = _id()
    community_id: int = _ref(index=False)
    member_id: int = _ref()
    platform: str = _text()
    space: str = _text()
    user: str = _text()
    target: str = _text()
    gate: str = _text()
    status: str = _text("wanted")
    why: str = _text()
    at: datetime = _at()


class InviteRow(SQLModel, table=True):
    """A link into a chat that was made for one account."""

    __tablename__ = "invites"

    link: str = Field(sa_column=Column(Text, primary_key=True))
    platform: str = _text()
    target: str = _text()
    user: str = _text()
    member_id: int = _ref()
    at: datetime = _at()
    revoked_at: datetime | None = _at(nullable=True)


class BanRow(SQLModel, table=True):
    """An account that a human shut out of a place: never let in again by us."""

    __tablename__ = "bans"
    __table_args__ = (UniqueConstraint("platform", "target", "user"),)

    id: int = _id()
    platform: str = _text()
    target: str = _text()
    user: str = _text()
    at: datetime = _at()


class SandboxRow(SQLModel, table=True):
    """A purchase at the sandbox, which is its own bank: `data` is its truth as JSON, due for something at `due_at`."""

    __tablename__ = "sandbox"
    __table_args__ = (Index("ix_sandbox_due", "due_at"), Index("ix_sandbox_changed", "changed_at"))

    id: int = _id()
    external: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    community_id: int = _ref()
    member_id: int = _ref()
    due_at: datetime | None = _at(nullable=True)
    changed_at: datetime = _at()
    data: str = _text("{}")


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


RARE = text("way IN ('bought', 'adjusted', 'adjusted_quality', 'adjusted_coins')")
"""The lines of the ledger that are looked for by what they are: of purchases and of changes by hand. All others, which
are nearly all, cost nothing by their index. A query has to say it in these words for SQLite to use it."""


class EntryRow(SQLModel, table=True):
    """The ledger: every award, and what took it back, with its reason (`bot.engine.ledger.Entry`)."""

    __tablename__ = "entries"
    __table_args__ = (
        Index("ix_entries_of", "of"),
        Index("ix_entries_member", "member_id", "id"),
        Index("ix_entries_day", "community_id", "day", "channel"),
        Index("ix_entries_rare", "community_id", "way", sqlite_where=RARE, postgresql_where=RARE),
    )

    id: int = _id()
    community_id: int = _ref(index=False)
    member_id: int = _ref(index=False)
    key: str = _text()
    way: str = _text()
    day: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    at: datetime = _at()
    worth: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    points: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    coins: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    of: str = _text()
    channel: str = _text()
    undoes: str = _text()
    note: str = _text()
    by: str = _text()


class DayRow(SQLModel, table=True):
    """A member's day by their own clock (`day` is its ordinal): the points earned, and its `Tally` as JSON."""

    __tablename__ = "days"
    __table_args__ = (
        UniqueConstraint("member_id", "day"),
        Index("ix_days_board", "community_id", "day", "member_id", "points", "quality"),
    )

    id: int = _id()
    community_id: int = _ref(index=False)
    member_id: int = _ref(index=False)
    day: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    points: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    quality: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    data: str = _text("{}")


class RulebookRow(SQLModel, table=True):
    """What a community has of its own of the rules, as JSON, since `at`; the last row that is not `undone_at` holds."""

    __tablename__ = "rulebooks"

    id: int = _id()
    community_id: int = _ref()
    data: str = _text("{}")
    what: str = _text()
    """What was changed, in a line."""
    by: str = _text()
    """Who changed it, by the name they had."""
    at: datetime = _at()
    undone_at: datetime | None = _at(nullable=True)


class ItemRow(SQLModel, table=True):
    """Something that the creator sells for coins: its JSON (`bot.storage.market.Item`)."""

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("community_id", "name"),)

    id: int = _id()
    community_id: int = _ref()
    name: str = _text()
    data: str = _text("{}")


class SessionRow(SQLModel, table=True):
    """A live session whose attendance is taken: who says that they are here before `closes_at` was there."""

    __tablename__ = "sessions"

    id: int = _id()
    community_id: int = _ref()
    title: str = _text()
    opens_at: datetime = _at()
    closes_at: datetime = _at()


class ReferralLinkRow(SQLModel, table=True):
    """A link by which a member invites others into a space; `uses` is how often it was used when last looked at."""

    __tablename__ = "referral_links"
    __table_args__ = (Index("ix_referral_links_space", "platform", "space"),)

    link: str = Field(sa_column=Column(Text, primary_key=True))
    community_id: int = _ref(index=False)
    member_id: int = _ref()
    platform: str = _text()
    space: str = _text()
    uses: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    at: datetime = _at()


class ReferralRow(SQLModel, table=True):
    """The member `guest_id` came by a link of the member; `counted_at` when that had earned its points."""

    __tablename__ = "referrals"

    id: int = _id()
    community_id: int = _ref()
    member_id: int = _ref()
    guest_id: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    at: datetime = _at()
    counted_at: datetime | None = _at(nullable=True)


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
