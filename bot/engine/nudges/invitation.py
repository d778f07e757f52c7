"""What is handed on to members who did not ask for it: an invitation to answer, and that an answer was accepted.

It is held back by the brakes of nudges, but by fewer of them: somebody waits for an answer, and few are asked.
"""

from datetime import timedelta

from bot.engine.nudges.table import TOPICS, Kind, Trigger

PATIENCE = timedelta(hours=12)
"""Whoever is to hear of a question is told when their quiet hours are over, at most so much later; else not at all."""
_PRIVATELY: tuple[Kind, ...] = ("telegram", "playground", "dm")

INVITATION = Trigger(
    name="question",
    title=TOPICS["questions"],
    topic="questions",
    variants=(),
    ladder=_PRIVATELY,
    spared=("off", "paid", "win_back", "again", "gap"),
)
PRAISE = Trigger(
    name="answer_accepted",
    title=TOPICS["celebrations"],
    topic="celebrations",
    variants=(),
    ladder=_PRIVATELY,
    spared=(*INVITATION.spared, "budget"),
)
BRAKED: dict[str, Trigger] = {
    "question_for_you": INVITATION,
    "question_for_you_unnamed": INVITATION,
    "answer_accepted": PRAISE,
}
"""The notices about questions that go to a member who did not ask, and what holds them back."""
