"""Two arms side by side: the difference of means (a rate is the mean of yes and no), its error, what CUPED takes off.

Everything is worked out from sums, so that one pass over the members serves any number of looks: a `Moments` may hold
one number a field, or an array with one for each look.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]


class Moments(NamedTuple):
    """Sums over the members of an arm: how many, the outcome y, its square, what was before (x), its square, and xy."""

    n: Any
    y: Any
    yy: Any
    x: Any
    xx: Any
    xy: Any


class Difference(NamedTuple):
    """How much more an arm has than the control, the standard error of that, and the variance that CUPED took off.

    `removed` is a share from 0 to 1. Each is a number or an array, as the moments were; NaN where too few are known.
    """

    by: Any
    error: Any
    removed: Any


def moments(outcome: Floats, before: Floats) -> Moments:
    """The sums of one arm."""
    y, x = np.asarray(outcome, float), np.asarray(before, float)
    return Moments(float(len(y)), y.sum(), (y * y).sum(), x.sum(), (x * x).sum(), (x * y).sum())


def running(member: Any, outcome: Floats, before: Floats, look: NDArray[np.int64], looks: int) -> Moments:
    """The sums of the members of an arm that each look sees: `look` is the first that sees a member. Arrays of `looks`.

    `member` marks those who are in the arm.
    """
    at, y, x = look[member], outcome[member], before[member]
    columns = (np.ones(len(y)), y, y * y, x, x * x, x * y)
    return Moments(*(np.bincount(at, column, looks)[:looks].cumsum() for column in columns))


def difference(arm: Moments, control: Moments) -> Difference:
    """The difference of means, adjusted by what was known of each member before they were exposed.

    CUPED: Deng, Xu, Kohavi and Walker, 'Improving the sensitivity of online controlled experiments by utilizing
    pre-experiment data', WSDM 2013: y − θ(x − mean x), here with the slope θ within arms, Σ cov(x, y) / Σ var(x). The
    error is Welch's, of what is left over. Where x says nothing (all the same), it is the plain difference.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        (xx1, xy1, yy1), (xx0, xy0, yy0) = _centred(arm), _centred(control)
        spread = xx1 + xx0
        theta = np.where(spread > 1e-9, (xy1 + xy0) / np.where(spread > 1e-9, spread, 1), 0.0)
        by = (arm.y / arm.n - control.y / control.n) - theta * (arm.x / arm.n - control.x / control.n)
        left1, left0 = (_left(yy, xy, xx, theta) for yy, xy, xx in ((yy1, xy1, xx1), (yy0, xy0, xx0)))
        taken = 1 + (spread > 1e-9)
        error = np.sqrt(left1 / (arm.n - taken) / arm.n + left0 / (control.n - taken) / control.n)
        removed = np.where(yy1 + yy0 > 0, 1 - (left1 + left0) / (yy1 + yy0), 0.0)
    few = np.minimum(arm.n, control.n) <= 2  # a variance about a line needs three
    return Difference(by, np.where(few, np.nan, error), removed)


def _centred(arm: Moments) -> tuple[Any, Any, Any]:
    return arm.xx - arm.x**2 / arm.n, arm.xy - arm.x * arm.y / arm.n, arm.yy - arm.y**2 / arm.n


def _left(yy: Any, xy: Any, xx: Any, theta: Any) -> Any:
    return np.maximum(yy - 2 * theta * xy + theta**2 * xx, 0)


def wilson(happened: float, n: float, z: float = 1.959964) -> tuple[float, float]:
    """An interval for one rate: Wilson, JASA 22 (1927). (0, 1) of nobody."""
    if not n:
        return 0.0, 1.0
    rate, room = happened / n, z * z / n
    middle = (rate + room / 2) / (1 + room)
    half = z * np.sqrt(rate * (1 - rate) / n + room / (4 * n)) / (1 + room)
    return float(max(middle - half, 0)), float(min(middle + half, 1))


def rates(happened: float, n: float, control: float, of: float, z: float = 1.959964) -> tuple[float, float]:
    """An interval for the difference of two rates: Newcombe, Statistics in Medicine 17 (1998), method 10."""
    one, other = happened / n, control / of
    (low1, high1), (low0, high0) = wilson(happened, n, z), wilson(control, of, z)
    low = one - other - np.hypot(one - low1, high0 - other)
    high = one - other + np.hypot(high1 - one, other - low0)
    return float(low), float(high)


def needed(spread: float, effect: float, share: float = 0.5, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Members of both arms together that a fixed test needs to see a difference of `effect` with this power.

    `spread` is the outcome's variance (of a rate p: p(1 − p), the mean of both arms'), `share` the control's part of
    the members. Two-sided, normal: (z(1 − α/2) + z(power))² · variance / effect², for each arm by its part.
    """
    z = float(ndtri(1 - alpha / 2) + ndtri(power))
    return int(np.ceil(z * z * spread * (1 / share + 1 / (1 - share)) / effect**2))


def each_arm_needs(rate: float, more: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Members that each of two equal arms needs to tell a rate from one that is `more`."""
    spread = (rate * (1 - rate) + (rate + more) * (1 - rate - more)) / 2
    return -(-needed(spread, more, alpha=alpha, power=power) // 2)
