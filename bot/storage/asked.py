"""What is known when somebody asks: the texts that may answer, and the members who may.

The knowledge base is the library and the answers that were accepted. What was asked in private is never part of it.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, exists, select

from bot.engine.asking.routing import Candidate, choose
from bot.engine.asking.rules import AskingRules
from bot.engine.nudges.brakes import WEEK, brake
from bot.engine.nudges.invitation import INVITATION, PATIENCE
from bot.engine.nudges.ladder import Surface, surface
from bot.engine.nudges.person import Contacted, Person
from bot.engine.rules import Rules
from bot.engine.searching.index import Document, Index
from bot.engine.searching.passages import Passage
from bot.state import MemberState
from bot.storage import addressees, bulk, searching
from bot.storage.discussions import Spot
from bot.storage.ledger import MEMBERS, table
from bot.storage.library import CONTENT
from bot.storage.questions import ANSWERS, QUESTIONS, ROUTES, WAITING, Question
from bot.storage.routes import invited, lately
from bot.storage.tables_library import StudyRow
from bot.words import from_json, replace

STUDIES = table(StudyRow)
CROWD = 500
"""Members looked at: those who were active last."""
LOOKED_AT = 100
"""Of these the best so many; of each it is asked whether they want to hear of a question and can see its place."""


def found(
    connection: Connection,
    community: int,
    text: str,
    *,
    may: Callable[[int], bool] | None = None,
    answers_only: bool = False,
    seen: Collection[Spot] | None = None,
    most: int = 5,
) -> tuple[Passage, ...]:
    """The passages that answer a text best, of the items of the library that one `may` read and of accepted answers.

    With `seen`, the places that the reader can see, of answers only those are among them to what was asked in one of
    these, or nowhere.
    """
    open_ = None if seen is None else {one for one, spot in _solved(connection, community) if not spot or spot in seen}

    def among(key: str) -> bool:
        item = searching.content_of(key)
        if item is None:
            return open_ is None or searching.question_of(key) in open_
        return not answers_only and (may is None or may(item))

    return searching.known(connection, community).search(text, among=among, most=most)


def places(connection: Connection, community: int) -> set[Spot]:
    """Where questions stand that were solved."""
    return {spot for _, spot in _solved(connection, community) if spot is not None}


def _solved(connection: Connection, community: int) -> list[tuple[int, Spot | None]]:
    """(number, place, None for nowhere) of the questions that were solved."""
    c = QUESTIONS.c
    query = select(c.id, c.platform, c.channel).where(c.community_id == community, c.status == "solved")
    rows = connection.execute(query)
    return [(row.id, Spot(row.platform, row.channel) if row.channel else None) for row in rows]


# ------------------------------------------------------------------ whom to ask


class Call(NamedTuple):
    """A member who may be asked, and by which of their private chats."""

    member: int
    where: Surface


def whom(connection: Connection, question: Question, now: datetime, rules: Rules) -> tuple[Call, ...]:
    """The members to put a question before, the best first: not asked yet, and no brake of nudges holds them back.

    At most `LOOKED_AT`. Whether they can see where it stands is not known here (`bot/answering.py`).
    """
    asked = {question.member, *invited(connection, question.id)}
    candidates = candidates_for(connection, question, now, rules.asking)
    chosen = choose([one for one in candidates if one.member not in asked], now, rules.asking, most=LOOKED_AT)
    people = braked(connection, question.id, [one.member for one in chosen], rules, now)
    calls = [_call(people[one.member], rules, now) for one in chosen if one.member in people]
    return tuple([one for one in calls if one is not None])


def _call(person: Person, rules: Rules, now: datetime) -> Call | None:
    where, held = surface(person, INVITATION, now), brake(person, INVITATION, rules, now)
    if where is None or (held is not None and (held.until is None or held.until > now + PATIENCE)):
        return None
    return Call(person.member, where)  # while they have quiet hours, it waits in the outbox


def braked(
    connection: Connection, question: int, members: Collection[int], rules: Rules, now: datetime
) -> dict[int, Person]:
    """Members as the brakes of nudges see them, with the other questions that they were asked to answer lately."""
    before = lately(connection, members, now - WEEK)
    return {
        number: replace(one, contacts=_with([other for other in before.get(number, ()) if other.row != question], one))
        for number, one in addressees.gather(connection, members, lambda _: rules, now).items()
    }


def _with(before: Sequence[Contacted], one: Person) -> tuple[Contacted, ...]:
    return (*[contact for contact in one.contacts if contact.nudge != INVITATION.name], *before)


def candidates_for(connection: Connection, question: Question, now: datetime, rules: AskingRules) -> list[Candidate]:
    """Whoever was active lately, with what is known of each; the asker, too."""
    c = MEMBERS.c
    since = now - timedelta(days=rules.active_days)
    here = (c.community_id == question.community, c.here, c.last_day >= since.toordinal(), c.last_at >= since)
    latest = (c.last_day.desc(), c.last_at.desc(), c.id)
    query = select(c.id, c.last_at, c.state).where(*here).order_by(*latest).limit(CROWD)
    rows = connection.execute(query).all()
    members = [row.id for row in rows]
    states = {row.id: from_json(MemberState, row.state) for row in rows}
    topics = _topics(connection, question, states)
    calls = _calls(connection, members)
    return [
        Candidate(
            member=row.id,
            topic=topics.get(row.id, 0.0),
            accepted=states[row.id].engagement.answers,
            quality=states[row.id].engagement.quality,
            last_at=row.last_at,
            **calls.get(row.id, {}),
        )
        for row in rows
    ]


def fitting(
    connection: Connection, open_: Sequence[Question], seen: Collection[int], member: int, state: MemberState
) -> list[Question]:
    """Those of the questions that a member may answer: what they know of first, then as they were.

    What is theirs, what they have answered or declined, and what they must not read is left out: they may read what
    is `seen` (its number) by them, and of what is asked in private what was put before them.
    """
    if not open_:
        return []
    known = _known(connection, open_[0].community, {member: state})
    index = Index([Document(key="", title="", text="", tags=tuple(known[member]))])
    done, declined = _done(connection, open_, member)
    found: list[tuple[float, Question]] = []
    for one in open_:
        called = declined.get(one.id)
        reads = one.id in seen if one.public else called is False
        if one.member != member and one.id not in done and not called and reads:
            best = index.search(one.text, most=1, lenient=True)
            found.append((2.0 if called is False else best[0].coverage if best else 0.0, one))
    return [one for _, one in sorted(found, key=lambda pair: -pair[0])]


def _done(connection: Connection, open_: Sequence[Question], member: int) -> tuple[set[int], dict[int, bool]]:
    """Of questions, by their numbers: which a member answered; {those put before them: whether they declined}."""
    r, a, numbers = ROUTES.c, ANSWERS.c, [one.id for one in open_]
    answers = select(a.question_id).where(a.member_id == member, a.rejected_at.is_(None))
    routes = select(r.question_id, r.declined_at.is_not(None)).where(r.member_id == member)
    answered = connection.scalars(answers.where(bulk.among(connection, a.question_id, numbers)))
    called = connection.execute(routes.where(bulk.among(connection, r.question_id, numbers)))
    return set(answered), {number: bool(declined) for number, declined in called}


def _topics(connection: Connection, question: Question, states: dict[int, MemberState]) -> dict[int, float]:
    """{member: how much of the question what they know of covers}."""
    known = _known(connection, question.community, states, but=question.id)
    index = Index([Document(key=str(member), title="", text="", tags=tuple(words)) for member, words in known.items()])
    return {int(one.key): one.coverage for one in index.search(question.text, most=CROWD, lenient=True)}


def _known(
    connection: Connection, community: int, states: dict[int, MemberState], but: int = 0
) -> dict[int, list[str]]:
    """{member: words of what they chose, finished, published and answered}; of all questions `but` one."""
    known = {member: [*state.interests.topics] for member, state in states.items()}
    c, s, q, a = CONTENT.c, STUDIES.c, QUESTIONS.c, ANSWERS.c
    finished = select(s.member_id, c.title, c.tags).join(STUDIES, s.content_id == c.id)
    finished = finished.where(s.community_id == community, s.finished_at.is_not(None))
    written = select(c.member_id, c.title, c.tags).where(c.community_id == community)
    for query, whose in ((finished, s.member_id), (written, c.member_id)):
        for member, title, tags in connection.execute(query.where(bulk.among(connection, whose, list(states)))):
            known[member] += [title, tags]
    answered = select(a.member_id, q.text).join(QUESTIONS, q.id == a.question_id)
    taken = (bulk.among(connection, a.member_id, list(states)), a.rejected_at.is_(None), q.id != but)
    for member, text in connection.execute(answered.where(*taken)):
        known[member].append(text)
    return known


def _calls(connection: Connection, members: Iterable[int]) -> dict[int, dict[str, Any]]:
    """{member: invitations that are open, were ever sent, were declined}."""
    r, q, a = ROUTES.c, QUESTIONS.c, ANSWERS.c
    answered = exists().where(a.question_id == r.question_id, a.member_id == r.member_id)
    query = select(r.member_id, r.declined_at, q.status, answered).join(QUESTIONS, q.id == r.question_id)
    query = query.where(bulk.among(connection, r.member_id, list(members)))
    calls: dict[int, dict[str, Any]] = {}
    for member, declined_at, status, done in connection.execute(query):
        mine = calls.setdefault(member, {"open": 0, "invited": 0, "declined": 0})
        mine["invited"] += 1
        mine["declined"] += declined_at is not None
        mine["open"] += declined_at is None and not done and status in WAITING
    return calls
