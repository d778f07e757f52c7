"""What is handed on of questions and answers: read when its turn comes, and only while it is so."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.effects import Relay
from bot.storage import routes
from bot.storage.questions import WAITING, Answer, Question, find, find_answer, has_answered
from bot.words import replace

EXCERPT = 200
"""Characters of a question shown above its answer."""


def filled(connection: Connection, community: int, member: int, relay: Relay, now: datetime) -> Relay | None:
    """A relay to a member or channel with what was written put in; None when it is not to be said any more."""
    question = find(connection, community, relay.question)
    if question is None:
        return None
    answer = find_answer(connection, community, relay.answer) if relay.answer else None
    if relay.answer and (answer is None or answer.rejected_at is not None):
        return None
    if not _still_so(connection, question, answer, member, relay.notice):
        return None
    values = {
        "text": question.text,
        "asker": question.name,
        "hours": int((now - question.asked_at) / timedelta(hours=1)),
        "brief": question.text if len(question.text) <= EXCERPT else f"{question.text[:EXCERPT]}…",
        "answer_text": "" if answer is None else answer.text,
        "answerer": "" if answer is None else answer.name,
    }
    return replace(relay, values={**relay.values, **values})


def _still_so(connection: Connection, question: Question, answer: Answer | None, member: int, notice: str) -> bool:
    if notice.startswith("answer_accepted"):
        return answer is not None and answer.accepted_at is not None
    if answer is not None:
        return question.status in WAITING
    if notice.startswith("question_for_you"):
        declined = routes.invited(connection, question.id).get(member, True)
        return question.status in WAITING and not declined and not has_answered(connection, question.id, member)
    return question.status == "open"
