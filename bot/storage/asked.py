"""What is known when somebody asks: the texts that may answer, and the members who may.

The knowledge base is the library and the answers that were accepted. What was asked in private is never part of it.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, exists, func, select

from bot.engine.asking.matching import Document, Index, Passage
from bot.engine.asking.routing import Candidate, Choice, choose
from bot.engine.asking.rules import AskingRules
from bot.state import MemberState
from bot.storage import bulk, library
from bot.storage.discussions import gates
from bot.storage.ledger import MEMBERS, table
from bot.storage.library import CONTENT
from bot.storage.questions import ANSWERS, QUESTIONS, ROUTES, WAITING, Question, has_answered
from bot.storage.routes import invited
from bot.storage.tables_library import StudyRow
from bot.words import from_json

STUDIES = table(StudyRow)
CROWD = 500
"""Members looked at: those who were active last."""
TOPIC = "questions"
"""What a member mutes who does not want to be asked."""
_CONTENT, _QUESTION = "content:", "question:"


class _Shelf(NamedTuple):
    version: tuple[int, ...]
    known: Index


_SHELVES: WeakKeyDictionary[Engine, dict[int, _Shelf]] = WeakKeyDictionary()
"""{database: {community: what may answer}}: an index is made anew only when something in it changed."""


def content_of(key: str) -> int | None:
    """The number of the item of the library that a passage's key names; None where it names a question."""
    return int(key.removeprefix(_CONTENT)) if key.startswith(_CONTENT) else None


def question_of(key: str) -> int | None:
    """The number of the question whose answer a passage's key names; None where it names an item of the library."""
    return int(key.removeprefix(_QUESTION)) if key.startswith(_QUESTION) else None


def found(
    connection: Connection,
    community: int,
    text: str,
    *,
    may: Callable[[int], bool] | None = None,
    answers_only: bool = False,
    open_: Collection[str] | None = None,
    most: int = 5,
) -> tuple[Passage, ...]:
    """The passages that answer a text best, of the items of the library that one `may` read and of accepted answers.

    With `open_`, the gates that stand open to the reader, no answer is among them to what was asked behind another.
    """
    hidden = set() if open_ is None else _asked_behind(connection, community, open_)

    def among(key: str) -> bool:
        item = content_of(key)
        if item is None:
            return question_of(key) not in hidden
        return not answers_only and (may is None or may(item))

    return _index(connection, community).search(text, among=among, most=most)


def shut(connection: Connection, community: int, question: Question, open_: Collection[str]) -> bool:
    """Whether a question stands behind a gate that is shut to whom only those of `open_` stand open."""
    return _behind(gates(connection, community), question.platform, question.channel, open_)


def _behind(gates_: dict[tuple[str, str], set[str]], platform: str, channel: str, open_: Collection[str]) -> bool:
    places = {channel, channel.partition("/")[0]}  # a topic, and the chat that it is in
    return any(gates_[platform, one].isdisjoint(open_) for one in places if (platform, one) in gates_)


def _asked_behind(connection: Connection, community: int, open_: Collection[str]) -> set[int | None]:
    """The numbers of questions that were solved behind gates that are shut to somebody."""
    known, c = gates(connection, community), QUESTIONS.c
    if not known:
        return set()
    query = select(c.id, c.platform, c.channel).where(c.community_id == community, c.status == "solved")
    rows = connection.execute(query.where(c.channel != ""))
    return {row.id for row in rows if _behind(known, row.platform, row.channel, open_)}


def _index(connection: Connection, community: int) -> Index:
    version = _version(connection, community)
    shelves = _SHELVES.setdefault(connection.engine, {})
    shelf = shelves.get(community)
    if shelf is None or shelf.version != version:
        made = Index([*_contents(connection, community), *_answered(connection, community)])
        shelf = shelves[community] = _Shelf(version, made)
    return shelf.known


def _version(connection: Connection, community: int) -> tuple[int, ...]:
    c, a = CONTENT.c, ANSWERS.c
    query = select(func.count(), func.coalesce(func.max(c.id), 0), func.coalesce(func.sum(c.revision), 0))
    shelf = connection.execute(query.where(c.community_id == community)).one()
    query2 = select(func.count(), func.coalesce(func.sum(a.id), 0))
    answers = connection.execute(query2.where(a.community_id == community, a.accepted_at.is_not(None))).one()
    return tuple(int(number) for number in (*shelf, *answers))


def _contents(connection: Connection, community: int) -> list[Document]:
    return [
        Document(key=f"{_CONTENT}{one.id}", title=one.title, text=f"{one.summary}\n{one.body}".strip(), tags=one.tags)
        for one in library.whole(connection, community).shown()
    ]


def _answered(connection: Connection, community: int) -> list[Document]:
    c, a = QUESTIONS.c, ANSWERS.c
    query = select(c.id, c.text.label("asked"), a.text).join(QUESTIONS, c.id == a.question_id)
    query = query.where(a.community_id == community, a.accepted_at.is_not(None), c.how != "privately")
    return [
        Document(key=f"{_QUESTION}{row.id}", title=row.asked, text=row.text)
        for row in connection.execute(query.order_by(c.id))
    ]


# ------------------------------------------------------------------ whom to ask


def whom(
    connection: Connection, question: Question, now: datetime, rules: AskingRules, most: int
) -> tuple[Choice, ...]:
    """The members to put a question before, at most `most`, of those who were not asked yet."""
    asked = {question.member, *invited(connection, question.id)}
    candidates = candidates_for(connection, question, now, rules)
    return choose([one for one in candidates if one.member not in asked], now, rules, most=most)


def candidates_for(connection: Connection, question: Question, now: datetime, rules: AskingRules) -> list[Candidate]:
    """Whoever was active lately, with what is known of each; the asker, too."""
    c = MEMBERS.c
    since = now - timedelta(days=rules.active_days)
    here = (c.community_id == question.community, c.here, c.last_at >= since)
    query = select(c.id, c.last_at, c.state).where(*here).order_by(c.last_at.desc(), c.id).limit(CROWD)
    rows = connection.execute(query).all()
    members = [row.id for row in rows]
    states = {row.id: from_json(MemberState, row.state) for row in rows}
    topics = _topics(connection, question, states)
    known = gates(connection, question.community)
    calls = _calls(connection, members)
    return [
        Candidate(
            member=row.id,
            topic=topics.get(row.id, 0.0),
            accepted=states[row.id].engagement.answers,
            quality=states[row.id].engagement.quality,
            last_at=row.last_at,
            reachable=states[row.id].contact.notices
            and states[row.id].contact.complained_at is None
            and TOPIC not in states[row.id].contact.muted
            and not _behind(known, question.platform, question.channel, states[row.id].access.open),
            **calls.get(row.id, {}),
        )
        for row in rows
    ]


def fitting(connection: Connection, open_: Sequence[Question], member: int, state: MemberState) -> list[Question]:
    """Those of the questions that a member may answer: what they know of first, then as they were.

    What is theirs, what they have answered or declined, and what they must not read is left out.
    """
    if not open_:
        return []
    known = _known(connection, open_[0].community, {member: state})
    before = gates(connection, open_[0].community)
    index = Index([Document(key="", title="", text="", tags=tuple(known[member]))])
    found: list[tuple[float, Question]] = []
    for one in open_:
        declined = invited(connection, one.id).get(member)
        seen = one.public and not _behind(before, one.platform, one.channel, state.access.open)
        if one.member == member or declined or not (seen or declined is False):
            continue
        if not has_answered(connection, one.id, member):
            best = index.search(one.text, most=1, lenient=True)
            found.append((2.0 if declined is False else best[0].coverage if best else 0.0, one))
    return [one for _, one in sorted(found, key=lambda pair: -pair[0])]


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
