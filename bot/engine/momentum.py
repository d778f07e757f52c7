"""Two models of a community, fitted to its own history by least squares and tried on later time.

Activity, by the day: A(t) = α·A(t-1) + β·I(t). I(t) is who was active on day t, and A(t), known when the day is over,
is the forecast of I(t+1): exponential smoothing (R. G. Brown 1956) whose weights need not add up to one. For the
community I(t) counts its active members; for a member it is 1 or 0, and A(t) is about how likely they are active
tomorrow. One α and β are fitted to all members together.

Retention, by the week: R(t) = γ·R(t-1) + δ·U(t). R(t) is the share of last week's active members who are active this
week, U(t) the share of them that last week was worth while for (`bot.engine.cohorts.Weeks`).

0 ≤ α, γ < 1 and β, δ ≥ 0. Parameters are fitted to the first three quarters and errors are of the last quarter, where
each day or week is forecast from what was known when the one before it ended.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bot.engine.activity import Floats, History, Ints
from bot.engine.cohorts import Weeks
from bot.engine.numbers import daily_active
from bot.words import Word

LEAST_DAYS, LEAST_WEEKS = 84, 24
"""Whole days, and weeks in which retention is known, below which a model says 'not enough history yet'."""
FITTED = 0.75
"""The first part of the history, which parameters are fitted to; the rest is what they are tried on."""
RECENT = 28
"""Days after their last activity for which a member is forecast."""
MOST = 20_000
"""Members whom α and β are fitted to: of more, every so manieth."""
BELOW_ONE = 0.999
_GRID, _ROUNDS = 41, 4


class Scores(Word, frozen=True):
    """Errors of forecasts one step ahead: the root of the mean square, and the mean of the absolute ones."""

    rmse: float
    mae: float


class Fit(Word, frozen=True):
    """A fitted model: `keep` is α or γ, `gain` β or δ. `steps` held-out days or weeks (or member-days) were forecast.

    `model` is its errors, `last` those of 'as the last time', `week` those of 'as on the same weekday last week' (for
    days only).
    """

    keep: float
    gain: float
    steps: int
    model: Scores
    last: Scores
    week: Scores | None = None

    @property
    def better(self) -> bool:
        """Whether the model forecasts better (RMSE) than each naive forecast."""
        return self.model.rmse < min(one.rmse for one in (self.last, self.week) if one)


class TooShort(Word, frozen=True):
    """Not enough history yet: `have` of the `need` days or weeks."""

    have: int
    need: int


@dataclass(frozen=True, slots=True, eq=False)
class Momentum:
    """The activity model. `forecast[i]` was made for `actual[i]`, day `first` + i; from `held_out` on it is a trial.

    `tomorrow` is the forecast for the first day that is not in the log as a whole. `scores` is A for each of `people`
    at the end of the last whole day.
    """

    community: Fit
    members: Fit
    first: int
    actual: Floats
    forecast: Floats
    held_out: int
    tomorrow: float
    scores: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Stickiness:
    """The model of retention; `actual`, `useful` and `forecast` (the first is NaN) are of these `weeks`."""

    fit: Fit
    weeks: Ints
    actual: Floats
    useful: Floats
    forecast: Floats
    held_out: int
    next: float


def smoothed(seen: Floats, alpha: Floats) -> Floats:
    """S(t) = α·S(t-1) + I(t) for each t (rows) and each α (columns), as if it had always been I(0) before."""
    found = np.empty((len(seen), len(alpha)))
    now = seen[0] / (1 - alpha)
    for t, value in enumerate(seen):
        if t:
            now = alpha * now + value
        found[t] = now
    return found


def _search(loss: Callable[[Floats], Floats]) -> float:
    """The α in [0, 0.999] of the least loss: a grid, made finer around the best three more times."""
    low, high, best = 0.0, BELOW_ONE, 0.0
    for _ in range(_ROUNDS):
        grid = np.linspace(low, high, _GRID)
        best = float(grid[int(np.argmin(loss(grid)))])
        step = (high - low) / (_GRID - 1)
        low, high = max(best - step, 0.0), min(best + step, BELOW_ONE)
    return best


def _gain(cross: Floats, square: Floats) -> Floats:
    """The β ≥ 0 that fits best, given what S and the truth have in common."""
    return np.maximum(np.divide(cross, square, out=np.zeros_like(cross), where=square > 0), 0.0)


def fit_series(seen: Floats) -> tuple[float, float]:
    """(α, β) that forecast a series best, one step ahead."""

    def sums(alpha: Floats) -> tuple[Floats, Floats]:
        state = smoothed(seen[:-1], alpha)
        return seen[1:] @ state, (state * state).sum(axis=0)

    def loss(alpha: Floats) -> Floats:
        cross, square = sums(alpha)
        beta = _gain(cross, square)
        return beta * beta * square - 2 * beta * cross

    best = _search(loss)
    return best, float(_gain(*sums(np.array([best])))[0])


def scores(truth: Floats, forecast: Floats) -> Scores:
    """The errors of forecasts."""
    error = forecast - truth
    return Scores(rmse=float(np.sqrt(np.mean(error * error))), mae=float(np.mean(np.abs(error))))


def momentum(story: History) -> Momentum | TooShort:
    """The activity model, fitted and tried."""
    days = story.whole_days
    if days < LEAST_DAYS:
        return TooShort(have=days, need=LEAST_DAYS)
    seen = daily_active(story)[story.first : story.end].astype(np.float64)
    cut = int(days * FITTED)
    alpha, beta = fit_series(seen[:cut])
    state = beta * smoothed(seen, np.array([alpha]))[:, 0]
    truth = seen[cut:]
    community = Fit(
        keep=alpha,
        gain=beta,
        steps=len(truth),
        model=scores(truth, state[cut - 1 : -1]),
        last=scores(truth, seen[cut - 1 : -1]),
        week=scores(truth, seen[cut - 7 : -7]),
    )
    members, latest = _members(story, story.first + cut)
    return Momentum(
        community=community,
        members=members,
        first=story.first + 1,
        actual=seen[1:],
        forecast=state[:-1],
        held_out=cut - 1,
        tomorrow=float(state[-1]),
        scores=latest,
    )


class _Sums:
    """Sums over the member-days that are forecast: of S², of S·y, and of y, for several α at once.

    A member is forecast on each of the 28 days after a day on which they were active. Between two of these S only
    fades, by α a day, so that the sum over the days between is one of a geometric series: what it costs grows with the
    days on which somebody was active, not with members times days.
    """

    def __init__(self, story: History, start: int, end: int) -> None:
        by_day = np.lexsort((story.who, story.when))
        who, when = story.who[by_day], story.when[by_day]
        inside = (when >= story.first) & (when < end) & (who % -(-len(story.people) // MOST) == 0)
        self.who, self.when = who[inside], when[inside]
        self.edges = np.searchsorted(self.when, np.arange(end + 1))
        self.people, self.start, self.end, self.first = len(story.people), start, end, story.first

    def run(self, alpha: Floats) -> tuple[Floats, Floats, Floats]:
        """(Σ S·y, Σ S², S at the end for each member): over forecasts for the days `start` to `end` - 1."""
        cross, square = np.zeros(len(alpha)), np.zeros(len(alpha))
        last = np.full(self.people, -1, np.int64)
        state = np.zeros((self.people, len(alpha)))
        for day in range(self.first, self.end):
            now = self.who[self.edges[day] : self.edges[day + 1]]
            if not len(now):
                continue
            before, known = last[now], last[now] >= 0
            gone = np.where(known, day - before, 0)
            faded = state[now] * alpha[None, :] ** np.maximum(gone - 1, 0)[:, None]
            if day >= self.start:
                counted = known & (gone <= RECENT)
                cross += faded[counted].sum(axis=0)
            self._between(square, state[now[known]], before[known], day, alpha)
            state[now] = alpha * faded + 1.0
            last[now] = day
        ever = last >= 0
        self._between(square, state[ever], last[ever], self.end - 1, alpha)
        state *= alpha[None, :] ** np.maximum(self.end - 1 - last, 0)[:, None]
        return cross, square, state

    def _between(self, square: Floats, state: Floats, last: Ints, until: int, alpha: Floats) -> None:
        """Add S² of the forecasts for the days after `last` up to `until`, at most 28 and none before `start`."""
        begin = np.maximum(self.start - 1 - last, 0)
        stop = np.minimum(until - last, RECENT)
        count = np.maximum(stop - begin, 0)
        ratio = alpha * alpha
        series = (ratio[None, :] ** begin[:, None]) * (1 - ratio[None, :] ** count[:, None]) / (1 - ratio)[None, :]
        square += (state * state * series).sum(axis=0)


def _members(story: History, cut: int) -> tuple[Fit, Floats]:
    """One α and β for all members, tried on the days from `cut` on; and A of each at the end."""
    fitting = _Sums(story, story.first, cut)

    def loss(alpha: Floats) -> Floats:
        cross, square, _ = fitting.run(alpha)
        beta = _gain(cross, square)
        return beta * beta * square - 2 * beta * cross

    alpha = _search(loss)
    cross, square, _ = fitting.run(np.array([alpha]))
    beta = float(_gain(cross, square)[0])
    tried, latest = _trial(story, cut, alpha, beta)
    return tried, latest


def _trial(story: History, cut: int, alpha: float, beta: float) -> tuple[Fit, Floats]:
    """Every forecast of the held-out days, one member-day after the other, against what happened."""
    people = len(story.people)
    order = np.argsort(story.when, kind="stable")
    who, edges = story.who[order], np.searchsorted(story.when[order], np.arange(story.end + 1))
    state, last = np.zeros(people), np.full(people, -RECENT - 1, np.int64)
    recent = np.zeros((7, people), np.bool_)
    errors = np.zeros((3, 2))
    steps = 0
    for day in range(story.first, story.end):
        now = np.zeros(people, np.bool_)
        now[who[edges[day] : edges[day + 1]]] = True
        if day >= cut:
            asked = np.flatnonzero(last >= day - RECENT)
            truth = now[asked].astype(np.float64)
            guesses = (beta * state[asked], recent[(day - 1) % 7, asked], recent[day % 7, asked])
            found = [guess - truth for guess in guesses]
            errors += [(float(error @ error), float(np.abs(error).sum())) for error in found]
            steps += len(asked)
        state = alpha * state + now
        last[now] = day
        recent[day % 7] = now
    total = max(steps, 1)
    model, naive, week = (Scores(rmse=float(np.sqrt(s / total)), mae=float(a / total)) for s, a in errors)
    return Fit(keep=alpha, gain=beta, steps=steps, model=model, last=naive, week=week), beta * state


def bounded(first: Floats, second: Floats, truth: Floats) -> tuple[float, float]:
    """(γ, δ) with 0 ≤ γ ≤ 0.999 and δ ≥ 0 for which γ·first + δ·second is nearest to the truth (least squares)."""
    aa, ab, bb = float(first @ first), float(first @ second), float(second @ second)
    ay, by = float(first @ truth), float(second @ truth)
    tried = [(gamma, max((by - gamma * ab) / bb, 0.0) if bb > 0 else 0.0) for gamma in (0.0, BELOW_ONE)]
    if aa > 0:
        tried.append((min(max(ay / aa, 0.0), BELOW_ONE), 0.0))
    determinant = aa * bb - ab * ab
    if determinant > 1e-12 * aa * bb:
        inner = ((ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant)
        if 0 <= inner[0] <= BELOW_ONE and inner[1] >= 0:
            tried.append(inner)
    return min(tried, key=lambda one: float(np.square(one[0] * first + one[1] * second - truth).sum()))


def stickiness(found: Weeks) -> Stickiness | TooShort:
    """The model of retention, fitted and tried. Weeks after one in which nobody was active are left out."""
    known = np.flatnonzero(found.base > 0)
    if len(known) < LEAST_WEEKS:
        return TooShort(have=len(known), need=LEAST_WEEKS)
    actual, useful = found.retention[known], found.useful[known]
    cut = int(len(known) * FITTED)
    before, truth = actual[:-1], actual[1:]
    gamma, delta = bounded(before[: cut - 1], useful[1:cut], truth[: cut - 1])
    forecast = gamma * before + delta * useful[1:]
    tried = slice(cut - 1, None)
    fit = Fit(
        keep=gamma,
        gain=delta,
        steps=len(truth[tried]),
        model=scores(truth[tried], forecast[tried]),
        last=scores(truth[tried], before[tried]),
    )
    return Stickiness(
        fit=fit,
        weeks=known,
        actual=actual,
        useful=useful,
        forecast=np.append(np.nan, forecast),
        held_out=cut,
        next=float(gamma * actual[-1] + delta * useful[-1]),
    )
