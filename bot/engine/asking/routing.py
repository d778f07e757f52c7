"""Who is asked: the members most likely to answer well, and soon.

The score of a member is (`TOPIC` · t + `STANDING` · s + `RECENCY` · r) · willing / (1 + open), each part from 0 to 1:
t is how much of the question what they know of covers; s what others gave them, accepted answers before thanks, each
with diminishing returns; r halves with every `HALF_LIFE` of silence. `willing` is the share of earlier invitations they
did not decline, with one that they took added to those who have none behind them; `open` are the questions before them.
The weights are a choice, not a measurement: what a community's own log says of them is too little to learn from.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.engine.asking.rules import AskingRules
from bot.words import Word

TOPIC, STANDING, RECENCY = 0.55, 0.3, 0.15
HALF_LIFE = timedelta(days=7)
ACCEPTED, THANKED = 3, 30
"""Accepted answers, and quality points, that are worth half of what any number of them is."""
KNOWS = 0.15
"""What must be covered of the question by what somebody knows of, or they need an accepted answer behind them."""


class Candidate(Word, frozen=True):
    """A member who might be asked: how much of the question they know of (`topic`), and what is known of them.

    `accepted` answers, `quality` points, when they were last active, invitations `open`, ever `invited` and `declined`.
    """

    member: int
    topic: float = 0.0
    accepted: int = 0
    quality: int = 0
    last_at: datetime | None = None
    open: int = 0
    invited: int = 0
    declined: int = 0


class Choice(Word, frozen=True):
    """A member to ask, and their score, from 0 to 1."""

    member: int
    score: float


def choose(candidates: Iterable[Candidate], now: datetime, rules: AskingRules, *, most: int) -> tuple[Choice, ...]:
    """The best `most` of those who may be asked, the best first; of equals the one who came first."""
    asked = [one for one in candidates if may_be_asked(one, now, rules)]
    scored = [Choice(member=one.member, score=round(score(one, now), 6)) for one in asked]
    return tuple(sorted(scored, key=lambda choice: (-choice.score, choice.member))[:most])


def may_be_asked(one: Candidate, now: datetime, rules: AskingRules) -> bool:
    """Whether a question may be put before a member, as far as they know something of it and have time."""
    if one.last_at is None or one.open >= rules.open_with_each:
        return False
    return now - one.last_at <= timedelta(days=rules.active_days) and (one.topic >= KNOWS or one.accepted > 0)


def score(one: Candidate, now: datetime) -> float:
    """How likely it is that a member answers well, as a number from 0 to 1 that only compares."""
    silence = timedelta() if one.last_at is None else max(now - one.last_at, timedelta())
    recency = 0.0 if one.last_at is None else 0.5 ** (silence / HALF_LIFE)
    standing = 0.7 * one.accepted / (one.accepted + ACCEPTED) + 0.3 * one.quality / (one.quality + THANKED)
    willing = (one.invited - one.declined + 1) / (one.invited + 1)
    return (TOPIC * min(one.topic, 1.0) + STANDING * standing + RECENCY * recency) * willing / (1 + one.open)
