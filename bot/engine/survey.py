"""All that is asked of the graph of a community, worked out in one go (`bot/engine/social.py`)."""

from datetime import datetime

from bot.engine.centrality import Position, Rankings, position, rankings
from bot.engine.groups import Circles, circles
from bot.engine.rings import Suspects, suspects
from bot.engine.social import Talk
from bot.engine.unheard import Newcomer, Question, newcomers, questions
from bot.words import Word


class Survey(Word, frozen=True):
    """What a window shows: worked out at `at`, from `since` on; `cut` as in `Talk`."""

    at: datetime
    since: datetime
    cut: bool = False
    ranked: Rankings = Rankings()
    newcomers: tuple[Newcomer, ...] = ()
    questions: tuple[Question, ...] = ()
    circles: Circles = Circles()
    suspects: Suspects = Suspects()

    def position(self, member: int) -> Position:
        """Where one member stands in the graph."""
        return position(self.ranked, member)


def survey(talk: Talk, now: datetime) -> Survey:
    """Work everything out. Some seconds of a processor at 200,000 messages: call it in a thread."""
    return Survey(
        at=now,
        since=talk.since,
        cut=talk.cut,
        ranked=rankings(talk),
        newcomers=newcomers(talk, now),
        questions=questions(talk, now),
        circles=circles(talk),
        suspects=suspects(talk),
    )
