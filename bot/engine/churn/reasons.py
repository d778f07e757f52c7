"""Why a member is thought to leave, in words: the features' contributions summed by what they are about.

A contribution is the weight times how far the member is from the mean of the community's rows, in log-odds: above 0 it
speaks for leaving. Features that say nearly the same share a weight among them, so only the sum of a group means
anything. A sentence tells facts, which the contribution only chooses. To add a reason: the features in `GROUPS`, the
sentence in `_SAYS`. Where the forest won, the reasons are still the regression's, which is learnt beside it.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from bot.engine.churn.features import NAMES, Matrix
from bot.engine.churn.model import Model
from bot.words import N_, Word, Words

LEAST = 0.1
"""Log-odds below which a group is no reason worth words."""
SHOWN = 3
GROUPS: dict[str, tuple[str, ...]] = {
    "activity": ("active_", "level_", "volume_", "acts_", "weeks_", "trend_", "silence", "gap_", "share_"),
    "newness": ("tenure", "new_", "one_day"),
    "pauses": ("months_", "own_return"),
    "habit": ("same_", "weekdays"),
    "company": ("received_", "partners_", "given_", "unheard", "mention"),
    "subjects": ("places_", "topics_"),
    "questions": ("questions_", "unanswered_"),
    "community": ("growth",),
}
"""{what it is about: how its features begin}. Each feature is of one group."""
_GROUP = np.array([next(n for n, of in enumerate(GROUPS.values()) if name.startswith(of)) for name in NAMES])


class Reason(Word, frozen=True):
    """`log_odds` is what the group adds for this member; `words` what to tell of it (`bot.words.said`).

    `noted`: it is told because it is so and can be helped, though the model makes little of it.
    """

    group: str
    log_odds: float
    words: Words
    noted: bool = False


Facts: TypeAlias = dict[str, float]
"""A member's features by name, as plain numbers: counts are counts again."""
_LOGS = tuple(name for name in NAMES if name.startswith(
    ("active_", "acts_", "silence", "gap_", "tenure", "received_28", "partners_", "topics_", "unanswered_",
     "months_known")) and not name.startswith("silence_"))  # fmt: skip


def facts(row: Matrix) -> Facts:
    """Of one row of features."""
    found = {name: float(value) for name, value in zip(NAMES, row, strict=True)}
    return found | {name: float(np.expm1(found[name])) for name in _LOGS}


def reasons(model: Model, x: Matrix) -> list[tuple[Reason, ...]]:
    """For each row, what speaks for leaving: the strongest first, at most `SHOWN`; then what is noted.

    Noted are a silence longer than usual and unanswered questions, where they are not among those: of a very active
    member all else may speak for staying, and still that is what a human should look at.
    """
    weight = np.array(model.logistic.weights) / np.array(model.logistic.scale)
    part = (x - np.array(model.center)) * weight
    sums = np.stack([part[:, n == _GROUP].sum(axis=1) for n in range(len(GROUPS))], axis=1)
    return [_told(row, one) for row, one in zip(x, sums, strict=True)]


def _told(row: Matrix, sums: Matrix) -> tuple[Reason, ...]:
    known = facts(row)
    found = []
    names = list(GROUPS)
    for n in np.argsort(-sums, kind="stable"):
        words = _SAYS[names[n]](known)
        if words is not None and sums[n] >= LEAST:
            found.append(Reason(group=names[n], log_odds=float(sums[n]), words=words))
    found = found[:SHOWN]
    told = {one.group for one in found}
    for group, words in (("activity", _silence(known)), ("questions", _questions(known))):
        if words is not None and group not in told:
            found.append(Reason(group=group, log_odds=float(sums[names.index(group)]), words=words, noted=True))
    return tuple(found)


def _words(message: str, **values: float) -> Words:
    return Words(message=message, values={name: round(value) for name, value in values.items()})


def _silence(known: Facts) -> Words | None:
    """Longer than half as much again as their usual gap, and three days at least."""
    days = known["silence"]
    if days < 3 or days <= 1.5 * known["gap_median"]:
        return None
    weeks = max(min(known["tenure"], 91) - days, 7) / 7
    rate = known["acts_91"] / weeks
    if round(rate) >= 2:
        return _words(N_("silent for {days} days, used to post {n} a week"), days=days, n=rate)
    return _words(N_("silent for {days} days, which is longer than usual"), days=days)


def _activity(known: Facts) -> Words | None:
    silence = _silence(known)
    if silence is not None:
        return silence
    now = known["active_28"]
    then = known["active_56"] - now
    if round(then) > round(now):
        return _words(N_("active on {now} of the last 28 days, on {then} of the 28 before"), now=now, then=then)
    return _words(N_("active on {now} of the last 28 days"), now=now)


def _newness(known: Facts) -> Words | None:
    if known["one_day"] and known["active_365"] > 0:
        return _words(N_("was here on a single day so far"))
    if 2 <= known["tenure"] <= 60:
        return _words(N_("has been here for {days} days only"), days=known["tenure"])
    return None


def _pauses(known: Facts) -> Words | None:
    if known["months_known"] >= 1 and known["own_return"] < 0.6:
        return _words(N_("was away for four weeks and more before"))
    return None


def _habit(known: Facts) -> Words | None:
    return _words(N_("comes at no regular time")) if known["same_hour"] < 0.5 and known["acts_91"] >= 5 else None


def _company(known: Facts) -> Words | None:
    if round(known["received_28"]) == 0:
        return _words(N_("nobody replied to them in the last 28 days"))
    people = round(known["partners_28"])
    if people == 1:
        return _words(N_("talks with one other member only"))
    return _words(N_("talks with {n} others only"), n=people) if 2 <= people <= 5 else None


def _subjects(known: Facts) -> Words | None:
    topics = round(known["topics_28"])
    if topics == 1:
        return _words(N_("takes part in one conversation only"))
    return _words(N_("takes part in {n} conversations only"), n=topics) if 2 <= topics <= 5 else None


def _questions(known: Facts) -> Words | None:
    asked = round(known["unanswered_28"])
    if asked == 1:
        return _words(N_("one question unanswered"))
    return _words(N_("{n} questions unanswered"), n=asked) if asked else None


def _community(known: Facts) -> Words | None:
    return _words(N_("the whole community has become quieter")) if known["growth"] < -0.05 else None


_SAYS: dict[str, Callable[[Facts], Words | None]] = {
    "activity": _activity,
    "newness": _newness,
    "pauses": _pauses,
    "habit": _habit,
    "company": _company,
    "subjects": _subjects,
    "questions": _questions,
    "community": _community,
}
