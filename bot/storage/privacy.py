"""Personal data, table by table: what each holds, why, for how long, and how it is exported and erased.

A new table needs an entry in `HOLDINGS`; a test compares them with the schema.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, Text, cast, delete, insert, literal, select, update

from bot.i18n import N_
from bot.storage import hands, library, questions
from bot.storage.ledger import ACCOUNTS, ERASED, EVENTS, MEMBERS, POISON, digest, table
from bot.storage.outbox import OUTBOX
from bot.storage.tables import (
    BanRow,
    ChannelRow,
    CodeRow,
    CommunityRow,
    CouponRow,
    CursorRow,
    CustomerRow,
    DayRow,
    EntryRow,
    GateRow,
    GrantRow,
    InboxRow,
    InviteRow,
    ItemRow,
    OrderRow,
    PaymentRow,
    PlanRow,
    RedemptionRow,
    ReferralLinkRow,
    ReferralRow,
    RulebookRow,
    SandboxRow,
    SessionRow,
    SpaceRow,
    SubscriptionRow,
)
from bot.storage.tables_experiments import ArrivalRow, AssignmentRow, CampaignRow, ExperimentRow, SourceRow
from bot.storage.tables_library import ContentRow, StudyRow
from bot.storage.tables_nudges import NudgeRow, SurfaceRow, UnheededRow
from bot.storage.tables_questions import AnswerRow, QuestionRow, RouteRow
from bot.storage.tables_retention import ModelRow, ScoreRow, SegmentRow
from bot.words import Word

CONTENT = table(ContentRow)
NOBODY = 0
"""The member of rows that are kept without their person."""

Where = Callable[[Table, int], Any]


def _by_member(rows: Table, member: int) -> Any:
    return rows.c.member_id == member


def _by_member_or_guest(rows: Table, member: int) -> Any:
    return (rows.c.member_id == member) | (rows.c.guest_id == member)


def _by_id(rows: Table, member: int) -> Any:
    return rows.c.id == member


class Holding(Word, frozen=True):
    """One table, in words to translate: `what` it holds, `why`, and how long it is `kept`.

    `about` finds the rows of a member; None where the table holds nothing personal. Where the law wants the rows kept,
    `keep` says that an erasure takes only the member out of them.
    """

    table: Table
    what: str
    why: str
    kept: str
    about: Where | None = None
    keep: bool = False


HOLDINGS = (
    Holding(
        table=EVENTS,
        what=N_("what you did: that you wrote, reacted, joined; lengths and counts, never the text"),
        why=N_("points, levels and the numbers of the community"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=OUTBOX,
        what=N_("what the bot did for you: access granted, messages sent"),
        why=N_("so that each is done once"),
        kept=N_("30 days"),
        about=_by_member,
    ),
    Holding(
        table=ACCOUNTS,
        what=N_("your user id and name on each platform"),
        why=N_("to know you again"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=MEMBERS,
        what=N_("your name, points, level, language and wishes"),
        why=N_("to show and to use them"),
        kept=N_("until you erase it"),
        about=_by_id,
    ),
    Holding(
        table=table(EntryRow),
        what=N_("your points, one by one, each with its reason"),
        why=N_("so that every point can be explained and taken back"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(DayRow),
        what=N_("your points of each day"),
        why=N_("boards of the week and the month, and the limits of a day"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(SubscriptionRow),
        what=N_("your subscriptions: the plan, the price, and to when it is paid"),
        why=N_("to open what you paid for"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(PaymentRow),
        what=N_("what you paid and what was paid back"),
        why=N_("the books, which the law asks the creator to keep"),
        kept=N_("10 years; an erasure takes your person out of it"),
        about=_by_member,
        keep=True,
    ),
    Holding(
        table=table(OrderRow),
        what=N_("what you were about to buy"),
        why=N_("so that each is paid once"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(CustomerRow),
        what=N_("your customer number at a payment provider, and hashes of your e-mail and card"),
        why=N_("your invoices; and that a trial is once for each person"),
        kept=N_("the hashes for good; an erasure takes your person out of it"),
        about=_by_member,
        keep=True,
    ),
    Holding(
        table=table(RedemptionRow),
        what=N_("the coupons you redeemed, with hashes of the e-mail and card that paid"),
        why=N_("so that each is used as often as it may be"),
        kept=N_("for good; an erasure takes your person out of it"),
        about=_by_member,
        keep=True,
    ),
    Holding(
        table=table(CodeRow),
        what=N_("hashes of codes that were made for you"),
        why=N_("to link your accounts and to give presents"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(GrantRow),
        what=N_("the roles, channels and chats that were opened to you"),
        why=N_("to take back only what was given"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(InviteRow),
        what=N_("invite links that were made for you"),
        why=N_("so that nobody else comes in by them"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(SandboxRow),
        what=N_("your subscriptions in the sandbox, where no money moves"),
        why=N_("rehearsals"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(BanRow),
        what=N_("the accounts that somebody shut out by hand"),
        why=N_("so that the bot never lets them in again"),
        kept=N_("until the ban is lifted"),
    ),
    Holding(
        table=table(ReferralLinkRow),
        what=N_("links by which you invite others"),
        why=N_("to know whom you brought"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(ReferralRow),
        what=N_("whom you brought, and who brought you"),
        why=N_("points for invitations"),
        kept=N_("until one of you erases it"),
        about=_by_member_or_guest,
    ),
    Holding(
        table=table(ScoreRow),
        what=N_("how likely the bot thinks it that you fall silent or do not renew, and why"),
        why=N_("so that somebody can ask how you are"),
        kept=N_("until the next day's estimate, or until you forbid it"),
        about=_by_member,
    ),
    Holding(
        table=table(SegmentRow),
        what=N_("what kind of member you are, by what you do here, and the figures behind it"),
        why=N_("to show and to tell you what fits you"),
        kept=N_("until the next day's estimate, or until you forbid it"),
        about=_by_member,
    ),
    Holding(
        table=table(ModelRow),
        what=N_("what was learnt from everybody together; nothing of any person"),
        why=N_("to recommend and to estimate"),
        kept=N_("the newest two"),
    ),
    Holding(
        table=table(StudyRow),
        what=N_("what you did in the library: what you were shown, opened, finished, liked, rated, saved or dismissed"),
        why=N_("to show your progress, and what may help you next"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=CONTENT,
        what=N_("what you published in the library, and messages of yours that the creator put there"),
        why=N_("to show it"),
        kept=N_("until it is taken out; an erasure takes your messages, and your person out of the rest"),
        about=_by_member,
        keep=True,
    ),
    Holding(
        table=table(RouteRow),
        what=N_("which questions you were asked to answer, and whether you declined"),
        why=N_("so that nobody is asked too much"),
        kept=N_("until you erase it, or whoever asked does"),
        about=_by_member,
    ),
    Holding(
        table=table(AnswerRow),
        what=N_("what you answered to questions by /answer, with its text: you published it"),
        why=N_("so that others find it when they ask the same"),
        kept=N_("until you erase it, or whoever asked does"),
        about=_by_member,
    ),
    Holding(
        table=table(QuestionRow),
        what=N_("what you asked by /ask, with its text; without a name, only the bot knows that it was you"),
        why=N_("so that it is answered, and others find the answer"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(NudgeRow),
        what=N_("what the bot wrote to you of its own accord, meant to, or held back to compare"),
        why=N_("so that it is not too often and not twice, and to know whether it helps"),
        kept=N_("400 days; 120 days what was dropped before it was decided on"),
        about=_by_member,
    ),
    Holding(
        table=table(SurfaceRow),
        what=N_("where the bot may not write to you"),
        why=N_("so that it does not try again"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(UnheededRow),
        what=N_("where and when you, being new, wrote something that nobody has answered yet"),
        why=N_("to help you to an answer"),
        kept=N_("7 days, or until somebody answers"),
        about=_by_member,
    ),
    Holding(
        table=table(AssignmentRow),
        what=N_("in which part of a test you are, such as which price you are shown"),
        why=N_("so that you see the same while it lasts, and to compare"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(
        table=table(ArrivalRow),
        what=N_("by which of the creator's links you came"),
        why=N_("to know which of them bring people"),
        kept=N_("until you erase it"),
        about=_by_member,
    ),
    Holding(table=table(ExperimentRow), what=N_("the creator's tests"), why=N_("to run it"), kept=N_("for good")),
    Holding(table=table(CampaignRow), what=N_("the creator's campaigns"), why=N_("to run it"), kept=N_("for good")),
    Holding(table=table(SourceRow), what=N_("the creator's links"), why=N_("to run it"), kept=N_("for good")),
    Holding(table=table(ItemRow), what=N_("the creator's shop"), why=N_("to run it"), kept=N_("for good")),
    Holding(table=table(SessionRow), what=N_("live sessions"), why=N_("to take attendance"), kept=N_("for good")),
    Holding(
        table=table(RulebookRow),
        what=N_("the community's own rules, and who changed them"),
        why=N_("to run it"),
        kept=N_("for good"),
    ),
    Holding(table=table(PlanRow), what=N_("the creator's plans"), why=N_("to run it"), kept=N_("for good")),
    Holding(table=table(CouponRow), what=N_("the creator's coupons"), why=N_("to run it"), kept=N_("for good")),
    Holding(
        table=ERASED,
        what=N_("a hash of an account that was erased"),
        why=N_("so that its past is not taken in again"),
        kept=N_("for good"),
    ),
    Holding(
        table=table(InboxRow),
        what=N_("news from a platform as it came, until it is handled"),
        why=N_("so that none is lost"),
        kept=N_("emptied when handled; the id is kept for 7 days"),
    ),
    Holding(table=POISON, what=N_("an event that broke a rule"), why=N_("to mend the rule"), kept=N_("30 days")),
    Holding(
        table=table(CommunityRow), what=N_("the community and its settings"), why=N_("to run it"), kept=N_("for good")
    ),
    Holding(table=table(SpaceRow), what=N_("its guilds and groups"), why=N_("to run it"), kept=N_("for good")),
    Holding(table=table(ChannelRow), what=N_("its channels"), why=N_("to run it"), kept=N_("for good")),
    Holding(table=table(GateRow), what=N_("what stands behind a gate"), why=N_("to run it"), kept=N_("for good")),
    Holding(
        table=table(CursorRow), what=N_("how far it was heard"), why=N_("so that none is lost"), kept=N_("for good")
    ),
)


def export(connection: Connection, member: int) -> dict[str, Any]:
    """Everything stored about a member: {table: {what, why, kept, rows}}, ready for JSON."""
    return {
        holding.table.name: {
            "what": holding.what,
            "why": holding.why,
            "kept": holding.kept,
            "rows": list(_rows(connection, holding, member)),
        }
        for holding in HOLDINGS
        if holding.about is not None
    }


def _rows(connection: Connection, holding: Holding, member: int) -> Iterator[dict[str, Any]]:
    assert holding.about is not None  # noqa: S101 - asked only of tables that have it
    theirs = select(holding.table).where(holding.about(holding.table, member)).order_by(*holding.table.primary_key)
    for row in connection.execute(theirs).mappings():
        yield {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _blank(rows: Table) -> dict[str, Any]:
    """What of a row that is kept could still name its person at a provider; it stays unique among those of nobody."""
    return {"external": literal("erased:") + cast(rows.c.id, Text)} if rows.name == "customers" else {}


def erase(connection: Connection, community: int, member: int, now: datetime) -> None:
    """Delete everything about a member, and leave hashes of their accounts that keep the past from coming back."""
    query = select(ACCOUNTS.c.platform, ACCOUNTS.c.external).where(ACCOUNTS.c.member_id == member)
    accounts = connection.execute(query).all()
    gone = [digest(platform, user, community) for platform, user in accounts]
    for _, user in accounts:  # events set aside are kept as they came, as JSON or as Python writes them
        for written in (f'"user":"{user}"', f"user={user!r}"):
            connection.execute(delete(POISON).where(POISON.c.data.contains(written, autoescape=True)))
    hands.change(connection, community, member, "")
    questions.forget(connection, member, now)
    library.forget(connection, member)  # their own words
    for holding in HOLDINGS:
        if holding.about is not None:
            whose = holding.about(holding.table, member)
            taken_out = update(holding.table).values(member_id=NOBODY, **_blank(holding.table))
            connection.execute((taken_out if holding.keep else delete(holding.table)).where(whose))
    if gone:
        connection.execute(delete(ERASED).where(ERASED.c.digest.in_(gone)))
        connection.execute(insert(ERASED), [{"digest": one, "at": now} for one in gone])
