"""Questions: asked, answered, accepted; who is asked, who is told, and what of it may be said to whom.

Whoever asks or answers by command publishes what they write, so that it is kept. Who asked without a name is known here
alone: `Question.name` is '' then, and nothing else names them before people. `bot/storage/asked.py` is what else is
known: whom to ask, and what may answer.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from bot.engine.asking import clock
from bot.engine.asking.clock import Stage
from bot.engine.asking.rules import AskingRules
from bot.storage import bulk
from bot.storage.discussions import Spot
from bot.storage.ledger import MEMBERS, table
from bot.storage.tables_questions import AnswerRow, QuestionRow, RouteRow
from bot.words import Word

QUESTIONS, ANSWERS, ROUTES = table(QuestionRow), table(AnswerRow), table(RouteRow)

How = Literal["publicly", "privately", "anonymously"]
Status = Literal["offered", "open", "answered", "solved", "library", "closed"]
WAITING: tuple[Status, ...] = ("open", "answered")
"""What may be answered still."""
DAY = timedelta(days=1)


class Question(Word, frozen=True):
    """What `member` asked, `how`, and how it stands.

    It is `offered` a text that may answer it, `open`, `answered` but not accepted yet, `solved` by an answer or by the
    `library`, or `closed`. `name` is who asked, '' for whoever wants none. It stands in `channel` for all to see, if it
    does. `due_at` is when its clock rings, `stage` who knows by then.
    """

    id: int
    community: int
    member: int
    text: str
    how: How
    status: Status
    asked_at: datetime
    name: str = ""
    stage: Stage = Stage.MEMBERS
    platform: str = ""
    space: str = ""
    channel: str = ""
    due_at: datetime | None = None
    source: str = ""
    answers: int = 0

    @property
    def public(self) -> bool:
        """Whether everybody may read it who can see where it stands."""
        return self.how != "privately"

    @property
    def spot(self) -> Spot | None:
        """The place where it stands; None for nowhere."""
        return Spot(self.platform, self.channel) if self.channel else None


class Answer(Word, frozen=True):
    """What `member` answered to a question."""

    id: int
    question: int
    member: int
    name: str
    text: str
    at: datetime
    accepted_at: datetime | None = None
    rejected_at: datetime | None = None


# ------------------------------------------------------------------ asking


def ask(connection: Connection, question: Question) -> int:
    """Keep a new question (its `id` is 0), as it says it stands; returns its number."""
    row = insert(QUESTIONS).values(
        community_id=question.community,
        member_id=question.member,
        text=question.text,
        how=question.how,
        status=question.status,
        stage=int(question.stage),
        platform=question.platform,
        space=question.space,
        channel=question.channel,
        asked_at=question.asked_at,
        due_at=question.due_at,
        source=question.source,
    )
    made: int = connection.execute(row.returning(QUESTIONS.c.id)).scalar_one()
    return made


def asked_lately(connection: Connection, member: int, now: datetime) -> int:
    """How many questions a member asked within the last 24 hours."""
    c = QUESTIONS.c
    query = select(func.count()).select_from(QUESTIONS).where(c.member_id == member, c.asked_at > now - DAY)
    return connection.scalar(query) or 0


def same(connection: Connection, member: int, text: str) -> int | None:
    """The number of a question of the member's with the same words that waits still."""
    c = QUESTIONS.c
    query = select(c.id, c.text).where(c.member_id == member, c.status.in_((*WAITING, "offered")))
    return next((row.id for row in connection.execute(query) if _alike(row.text, text)), None)


def _alike(one: str, other: str) -> bool:
    return one.split() == other.split() or one.casefold().split() == other.casefold().split()


def open_up(connection: Connection, question: int, due_at: datetime | None) -> bool:
    """What the library said did not help, or no answer yet did: wait for people from now on. False if it is over."""
    c = QUESTIONS.c
    mine = (c.id == question, c.status.in_(("offered", "answered", "library")))
    helped = {"helped": False} if _status(connection, question) != "answered" else {}
    values: dict[str, Any] = {"status": "open", "due_at": due_at, "stage": int(Stage.MEMBERS), "closed_at": None}
    return bool(connection.execute(update(QUESTIONS).where(*mine).values({**values, **helped})).rowcount)


def _status(connection: Connection, question: int) -> str:
    return connection.scalar(select(QUESTIONS.c.status).where(QUESTIONS.c.id == question)) or ""


def helped(connection: Connection, question: int, now: datetime) -> bool:
    """The text that was offered answered it. False if that is no question any more."""
    c = QUESTIONS.c
    mine = (c.id == question, c.status.in_(("offered", "open")), c.source != "")
    values = {"status": "library", "helped": True, "closed_at": now, "due_at": None}
    return bool(connection.execute(update(QUESTIONS).where(*mine).values(values)).rowcount)


def close(connection: Connection, question: int, now: datetime) -> bool:
    """Nobody needs to answer it any more. False if it is over already."""
    c = QUESTIONS.c
    mine = (c.id == question, c.status.in_((*WAITING, "offered")))
    values = {"status": "closed", "closed_at": now, "due_at": None}
    return bool(connection.execute(update(QUESTIONS).where(*mine).values(values)).rowcount)


# ------------------------------------------------------------------ answering


def answer(connection: Connection, question: Question, member: int, text: str, now: datetime) -> int | None:
    """Keep an answer and stop the clock; returns its number, None if the question is over or answered by them."""
    if _status(connection, question.id) not in WAITING or has_answered(connection, question.id, member):
        return None
    row = insert(ANSWERS).values(
        community_id=question.community, question_id=question.id, member_id=member, text=text, at=now
    )
    made: int = connection.execute(row.returning(ANSWERS.c.id)).scalar_one()
    stopped = update(QUESTIONS).where(QUESTIONS.c.id == question.id).values(status="answered", due_at=None)
    connection.execute(stopped)
    return made


def has_answered(connection: Connection, question: int, member: int) -> bool:
    """Whether an answer of theirs is there that was not turned down."""
    c = ANSWERS.c
    mine = (c.question_id == question, c.member_id == member, c.rejected_at.is_(None))
    return connection.scalar(select(c.id).where(*mine).limit(1)) is not None


def accept(connection: Connection, answer: Answer, now: datetime) -> bool:
    """Let this be the answer, and the question be over. False if another is, or the question was taken back."""
    if _status(connection, answer.question) not in WAITING:
        return False
    connection.execute(update(ANSWERS).where(ANSWERS.c.id == answer.id).values(accepted_at=now, rejected_at=None))
    over = {"status": "solved", "closed_at": now, "due_at": None}
    connection.execute(update(QUESTIONS).where(QUESTIONS.c.id == answer.question).values(over))
    return True


def reject(connection: Connection, answer: Answer, now: datetime, due_at: datetime | None) -> bool:
    """Turn an answer down; when no other answer waits to be looked at, the clock goes on. False if it is over."""
    c = ANSWERS.c
    if _status(connection, answer.question) not in WAITING:
        return False
    connection.execute(update(ANSWERS).where(c.id == answer.id).values(rejected_at=now))
    left = select(c.id).where(c.question_id == answer.question, c.rejected_at.is_(None)).limit(1)
    if connection.scalar(left) is None:
        open_up(connection, answer.question, due_at)
    return True


# ------------------------------------------------------------------ the clock


def due(connection: Connection, now: datetime) -> list[Question]:
    """The questions whose clock rings, in the order in which it does."""
    c = QUESTIONS.c
    rings = (c.due_at.is_not(None), c.due_at <= now, c.status == "open")
    return _questions(connection, *rings, order=(c.due_at, c.id))


def next_due(connection: Connection) -> datetime | None:
    """When the first clock rings."""
    c = QUESTIONS.c
    return connection.execute(select(func.min(c.due_at)).where(c.status == "open")).scalar()


def ring(connection: Connection, question: int, now: datetime, rules: AskingRules) -> Stage | None:
    """Let a question's clock ring, once; returns who is to be told, None if it is not due, or switched off."""
    c = QUESTIONS.c
    query = select(c.stage).where(c.id == question, c.status == "open", c.due_at <= now)
    was = connection.scalar(query)
    if was is None:
        return None
    stage, due_at = clock.rings(Stage(was), now, rules) or (None, None)
    if stage is None:
        connection.execute(update(QUESTIONS).where(c.id == question).values(due_at=None))
        return None
    connection.execute(update(QUESTIONS).where(c.id == question).values(stage=int(stage), due_at=due_at))
    return stage


# ------------------------------------------------------------------ looking


def find(connection: Connection, community: int, number: int) -> Question | None:
    """The question of a community with this number."""
    return next(iter(_questions(connection, QUESTIONS.c.community_id == community, QUESTIONS.c.id == number)), None)


def waiting(connection: Connection, community: int) -> list[Question]:
    """What nobody has answered, the oldest first."""
    return _questions(connection, QUESTIONS.c.community_id == community, QUESTIONS.c.status == "open")


def of_member(connection: Connection, member: int, most: int = 10) -> list[Question]:
    """What a member asked, the newest first."""
    c = QUESTIONS.c
    return _questions(connection, c.member_id == member, order=(c.id.desc(),), most=most)


def _questions(
    connection: Connection, *which: ColumnElement[bool], order: Iterable[Any] = (), most: int | None = None
) -> list[Question]:
    c, a = QUESTIONS.c, ANSWERS.c
    answers = select(func.count()).where(a.question_id == c.id, a.rejected_at.is_(None)).scalar_subquery()
    query = select(QUESTIONS, MEMBERS.c.name, answers.label("answers")).join(MEMBERS, MEMBERS.c.id == c.member_id)
    query = query.where(*which).order_by(*(order or (c.id,))).limit(most)
    return [_question(row) for row in connection.execute(query)]


def _question(row: Row[Any]) -> Question:
    return Question(
        id=row.id,
        community=row.community_id,
        member=row.member_id,
        text=row.text,
        how=row.how,
        status=row.status,
        asked_at=row.asked_at,
        name="" if row.how == "anonymously" else row.name,
        stage=Stage(row.stage),
        platform=row.platform,
        space=row.space,
        channel=row.channel,
        due_at=row.due_at,
        source=row.source,
        answers=row.answers,
    )


def find_answer(connection: Connection, community: int, number: int) -> Answer | None:
    """The answer of a community with this number."""
    return next(iter(_answers(connection, ANSWERS.c.community_id == community, ANSWERS.c.id == number)), None)


def answers_of(connection: Connection, question: int) -> list[Answer]:
    """The answers to a question, what was accepted first, what was turned down last."""
    found = _answers(connection, ANSWERS.c.question_id == question)
    return sorted(found, key=lambda one: (one.accepted_at is None, one.rejected_at is not None, one.id))


def _answers(connection: Connection, *which: ColumnElement[bool]) -> list[Answer]:
    c = ANSWERS.c
    query = select(ANSWERS, MEMBERS.c.name).join(MEMBERS, MEMBERS.c.id == c.member_id).where(*which).order_by(c.id)
    return [
        Answer(
            id=row.id,
            question=row.question_id,
            member=row.member_id,
            name=row.name,
            text=row.text,
            at=row.at,
            accepted_at=row.accepted_at,
            rejected_at=row.rejected_at,
        )
        for row in connection.execute(query)
    ]


# ------------------------------------------------------------------ who goes


def forget(connection: Connection, member: int, now: datetime) -> None:
    """Before a member is erased: delete what hangs on their questions; where only they answered, the clock rings.

    Where there is none by the rules, it stops at that (`ring`).
    What others answered to them goes, too: it would be answers to nobody knows what. The points stay theirs.
    """
    c, a = QUESTIONS.c, ANSWERS.c
    theirs = list(connection.scalars(select(c.id).where(c.member_id == member)))
    for rows in (ANSWERS, ROUTES):
        connection.execute(delete(rows).where(bulk.among(connection, rows.c.question_id, theirs)))
    others = select(a.question_id).where(a.member_id != member, a.rejected_at.is_(None))
    mine = select(a.question_id).where(a.member_id == member)
    left = (c.status == "answered", c.id.in_(mine), c.id.not_in(others))
    connection.execute(update(QUESTIONS).where(*left).values(status="open", due_at=now))
