"""What an experiment says so far: looked at as often as anybody likes, it answers no sooner than it may.

The looks are the days. What each day would have shown is worked out anew from the members, so that the verdict does
not depend on who looked when, and a difference that was found once stays found.
"""

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from bot.engine.experiments import sequential
from bot.engine.experiments.compare import Difference, Floats, Moments, difference, needed, rates, running, wilson
from bot.engine.experiments.sampling import Split, ratio
from bot.words import Word, replace

Ints = NDArray[np.int64]
Kind = Literal["early", "better", "worse", "none", "fault"]
LEAST = 20
"""Members each arm must have before anything is compared."""
FEW = 5
"""Of a rate: who did and who did not, in each arm, below which the normal distribution is not trusted."""
POWER = 0.8


class Design(Word, frozen=True):
    """How an experiment is to be judged: {arm: weight}, of which `control` is compared with each other.

    `planned` is how many members (of all arms) are to be waited for; 0 is without an end. `worth` is the smallest
    difference that would matter, in units of the outcome. A `rate` is the mean of yes and no.
    """

    weights: dict[str, float]
    control: str
    planned: int = 0
    worth: float = 0.05
    rate: bool = True
    alpha: float = sequential.ALPHA

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms by name, the control first."""
        return self.control, *(arm for arm, weight in self.weights.items() if arm != self.control and weight)

    @property
    def level(self) -> float:
        """The error each comparison may spend: Bonferroni's part of it."""
        return self.alpha / max(len(self.arms) - 1, 1)


class Data(NamedTuple):
    """A row a member: the index of their arm in `Design.arms`, and the day from which their outcome is known.

    `outcome` is what they did in the window after they were exposed, `before` what was known of them when they were.
    """

    arm: Ints
    ready: Ints
    outcome: Floats
    before: Floats


class Arm(Word, frozen=True):
    """An arm: members `assigned`, those whose outcome is `ready`, its mean with an interval of its own (95 %)."""

    name: str
    assigned: int
    ready: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None


class Contrast(Word, frozen=True):
    """An arm against the control: the difference, an interval valid at every look, what CUPED took off (a share).

    None where nothing can be said yet.
    """

    arm: str
    kind: Kind
    by: float | None = None
    low: float | None = None
    high: float | None = None
    removed: float = 0.0


class Judgement(Word, frozen=True):
    """The whole: `kind` is that of the experiment, `n` members of the `of` that are needed are in."""

    kind: Kind
    n: int
    of: int
    arms: tuple[Arm, ...]
    contrasts: tuple[Contrast, ...]
    ratio: float = 1.0
    delivery: float = 1.0
    misplaced: int = 0


class Judged(NamedTuple):
    """One contrast over all looks: the difference, half an interval's width, and which looks count."""

    found: Difference
    half: Floats
    looks: list[int]


def judge(design: Design, data: Data, today: int, split: Split | None = None) -> Judgement:
    """What the experiment says on a day (an ordinal). `split` adds what is known of deliveries and misplaced members.

    The proportions are checked here, over everybody assigned. What is wrong with the split goes before any result.
    """
    arms = design.arms
    counts = dict(zip(arms, np.bincount(data.arm, minlength=len(arms)).tolist(), strict=True))
    found = (split or Split())._replace(ratio=ratio(counts, {arm: design.weights[arm] for arm in arms}))
    known = data.ready <= today
    first = int(data.ready[known].min()) if known.any() else today
    looks = today - first + 1
    at = np.clip(data.ready - first, 0, looks)
    sums = [running(data.arm == number, data.outcome, data.before, at, looks) for number in range(len(arms))]
    contrasts = [_contrast(design, name, sums[0], sums[number]) for number, name in enumerate(arms) if number]
    shown = tuple(_arm(design, name, counts[name], sums[number]) for number, name in enumerate(arms))
    of = design.planned or wanted(design, _spread(design, sums))
    contrasts = [_settled(one, design, int(known.sum()), of) for one in contrasts]
    return Judgement(
        kind="fault" if found.wrong else _overall(contrasts),
        n=int(known.sum()),
        of=of,
        arms=shown,
        contrasts=tuple(contrasts),
        ratio=found.ratio,
        delivery=found.delivery,
        misplaced=found.misplaced,
    )


def _settled(one: Contrast, design: Design, n: int, of: int) -> Contrast:
    """Without an end, 'no difference' is said once the interval is as narrow as what would matter."""
    narrow = one.low is not None and one.high is not None and max(-one.low, one.high) <= design.worth
    if one.kind == "early" and not design.planned and (narrow or n >= of) and one.low is not None:
        return replace(one, kind="none")
    return one


def _overall(contrasts: list[Contrast]) -> Kind:
    kinds = {one.kind for one in contrasts}
    if "better" in kinds:
        return "better"
    if "worse" in kinds:
        return "worse"
    return "none" if contrasts and all(one.kind == "none" for one in contrasts) else "early"


def _arm(design: Design, name: str, assigned: int, sums: Moments) -> Arm:
    n, y, yy = float(sums.n[-1]), float(sums.y[-1]), float(sums.yy[-1])
    if not n:
        return Arm(name=name, assigned=assigned, ready=0)
    if design.rate:
        low, high = wilson(y, n)
    else:
        half = 1.959964 * np.sqrt(max(yy / n - (y / n) ** 2, 0) / n)
        low, high = float(y / n - half), float(y / n + half)
    return Arm(name=name, assigned=assigned, ready=int(n), mean=y / n, low=low, high=high)


def over_time(design: Design, arm: str, control: Moments, sums: Moments) -> Judged:
    """One arm against the control at every look: the difference, and half the width of its interval."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = difference(sums, control)
        gathered = 1 / (1 / sums.n + 1 / control.n)
    enough = np.minimum(sums.n, control.n) >= LEAST
    if design.rate:
        doing = np.minimum(np.minimum(sums.y, sums.n - sums.y), np.minimum(control.y, control.n - control.y))
        enough &= doing >= FEW
    half = np.full(len(sums.n), np.inf)
    if not design.planned:
        looks = np.flatnonzero(enough).tolist()
        half[looks] = sequential.always((sums.n + control.n)[looks], found.error[looks], design.level)
        return Judged(found, half, looks)
    fractions = np.where(_all_in(design, arm, control, sums), 1, np.minimum(gathered / _planned(design, arm), 0.999))
    usable = np.flatnonzero(enough | (fractions >= 1))
    looks = [int(usable[index]) for index in sequential.looks_taken(fractions[usable].tolist())]
    times = tuple(round(float(fractions[look]), 6) for look in looks)
    half[looks] = found.error[looks] * np.array(sequential.boundaries(times, design.level)) if looks else []
    return Judged(found, half, looks)


def _rare(design: Design, arm: str, control: Moments, sums: Moments) -> Contrast:
    """Where hardly anybody did anything: Newcombe's interval, as wide as one that may be looked at for ever."""
    happened, n, other, of = (float(one[-1]) for one in (sums.y, sums.n, control.y, control.n))
    if not design.rate or design.planned or min(n, of) < LEAST:
        return Contrast(arm=arm, kind="early")
    low, high = rates(happened, n, other, of, float(sequential.always(n + of, 1.0, design.level)))
    return Contrast(arm=arm, kind="early", by=happened / n - other / of, low=low, high=high)


def _all_in(design: Design, arm: str, control: Moments, sums: Moments) -> Any:
    """Whether as many members as were planned for the two arms are in, at each look."""
    pair = (design.weights[arm] + design.weights[design.control]) / sum(design.weights.values())
    return sums.n + control.n >= np.floor(design.planned * pair)


def _planned(design: Design, arm: str) -> float:
    """The information that all planned members will give about a difference."""
    total = sum(design.weights.values())
    share1, share0 = (design.weights[name] / total for name in (arm, design.control))
    return design.planned / (1 / share1 + 1 / share0)


def _contrast(design: Design, arm: str, control: Moments, sums: Moments) -> Contrast:
    judged = over_time(design, arm, control, sums)
    if not judged.looks:
        return _rare(design, arm, control, sums)
    last = judged.looks[-1]
    by, removed = float(judged.found.by[last]), float(judged.found.removed[last])
    half = float(judged.half[last])
    crossed = [look for look in judged.looks if abs(judged.found.by[look]) > judged.half[look]]
    done = bool(design.planned) and bool(_all_in(design, arm, control, sums)[last])
    kind: Kind = "none" if done else "early"
    if crossed:
        kind = "better" if judged.found.by[crossed[0]] > 0 else "worse"
    low, high = by - half, by + half
    if design.rate and (not np.isfinite(half) or not half or _few(sums, control, last)):
        low, high = rates(sums.y[last], sums.n[last], control.y[last], control.n[last], _z(design))
        kind = "none" if done else "early"
    if not np.isfinite(low):
        return Contrast(arm=arm, kind=kind, by=by, removed=removed)
    return Contrast(arm=arm, kind=kind, by=by, low=low, high=high, removed=removed)


def _few(sums: Moments, control: Moments, last: int) -> bool:
    return bool(min(arm.y[last] for arm in (sums, control)) < FEW) or bool(
        min(arm.n[last] - arm.y[last] for arm in (sums, control)) < FEW
    )


def _z(design: Design) -> float:
    return float(ndtri(1 - design.level / 2))


def _spread(design: Design, sums: list[Moments]) -> float:
    """The outcome's variance within arms; a rate's is not taken for less than that of 5 %, when few did anything."""
    n = sum(float(one.n[-1]) for one in sums)
    within = sum(float(one.yy[-1] - one.y[-1] ** 2 / one.n[-1]) for one in sums if one.n[-1])
    if n < LEAST:
        return 0.25 if design.rate else 1.0
    return max(within / n, 0.05 * 0.95) if design.rate else max(within / n, 1e-9)


def wanted(design: Design, spread: float) -> int:
    """Members of all arms that are needed, with power 80 %, to see a difference that matters between any two."""
    total = sum(design.weights.values())
    control = design.weights[design.control] / total
    arm = min(design.weights[name] / total for name in design.arms[1:])
    pair = needed(spread, design.worth, control / (control + arm), alpha=design.level, power=POWER)
    if not design.planned:
        pair = _always_needs(design, spread, control / (control + arm), pair)
    return int(np.ceil(pair / (control + arm)))


def _always_needs(design: Design, spread: float, share: float, n: int) -> int:
    """The same where one may look for ever: the interval is wider, so that more are needed."""
    while True:
        error = np.sqrt(spread * (1 / share + 1 / (1 - share)) / n)
        if sequential.always(n, error, design.level) + ndtri(POWER) * error <= design.worth:
            return n
        n = int(n * 1.02) + 1


def rows(arm: Any, ready: Any, outcome: Any, before: Any) -> Data:
    """Plain lists as `Data`."""
    numbers = np.asarray(arm, np.int64), np.asarray(ready, np.int64)
    return Data(*numbers, np.asarray(outcome, np.float64), np.asarray(before, np.float64))
