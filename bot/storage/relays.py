"""What is handed on of questions and answers: read when its turn comes, and only while it is so and wanted."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.effects import Relay
from bot.engine.nudges.brakes import Held, brake
from bot.engine.nudges.invitation import BRAKED, INVITATION, PATIENCE
from bot.engine.nudges.table import Trigger
from bot.engine.rules import Rules
from bot.storage import asked, nudging, routes, rulebook
from bot.storage.discussions import Spot
from bot.storage.outbox import PRIVATE, Task
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


# ------------------------------------------------------------------ what a member was not asking for


def held(connection: Connection, base: Rules, task: Task, now: datetime) -> Held | None:
    """What holds back something that is handed on to who did not ask for it: for good where it would be too late."""
    trigger = _braked(task)
    if trigger is None or not isinstance(task.effect, Relay):
        return None
    rules = rulebook.rules(connection, base, task.community)
    person = asked.braked(connection, task.effect.question, [task.member], rules, now).get(task.member)
    if person is None:
        return Held(why="gone")
    found = brake(person, trigger, rules, now)
    too_late = found is not None and found.until is not None and found.until > now + PATIENCE
    return Held(why=found.why) if found is not None and too_late else found


def place(connection: Connection, task: Task) -> Spot | None:
    """The place that a member must be able to see to be told of a question; None where there is none."""
    if _braked(task) is not INVITATION or not isinstance(task.effect, Relay):
        return None
    question = find(connection, task.community, task.effect.question)
    return None if question is None else question.spot


def unheard(connection: Connection, task: Task, why: str, now: datetime, *, closed: bool) -> None:
    """Something did not reach the member: who was not told was not asked. A `closed` chat is not tried again."""
    trigger = _braked(task)
    if trigger is None or not isinstance(task.effect, Relay):
        return
    if closed:
        nudging.bury(connection, task, trigger, why, now)
    if trigger is INVITATION:
        routes.withdraw(connection, task.effect.question, task.member)


def _braked(task: Task) -> Trigger | None:
    return BRAKED.get(task.effect.notice) if isinstance(task.effect, Relay) and task.target == PRIVATE else None
