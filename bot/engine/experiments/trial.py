"""What the verdicts are worth: thousands of simulated experiments whose truth is known, judged as real ones are.

Members arrive over days, are put into arms by the hash, are looked at every day, and what each did follows how active
they were before. Everything is drawn from a seed.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from bot.engine.experiments import sampling
from bot.engine.experiments.assignment import pick
from bot.engine.experiments.compare import Floats, difference, running
from bot.engine.experiments.judge import Data, Design, Ints, over_time
from bot.engine.experiments.thompson import choose
from bot.words import Word

DAYS = 40
PAST = 28
"""Days of a member's past that are known."""
_ONE_LOOK = float(ndtri(0.975))


class Setting(Word, frozen=True):
    """A simulated experiment: so many `members`, arriving evenly over `DAYS`; of them a part in the control.

    `rate` is that of the control, `other` that of the other arm.
    """

    name: str
    members: int
    rate: float
    other: float
    control: float = 0.5

    @property
    def weights(self) -> dict[str, float]:
        """The arms."""
        return {"control": self.control, "other": 1 - self.control}


class Row(Word, frozen=True):
    """The share of `runs` in which each way of judging said that there is a difference, and of splits called wrong.

    `daily` tests at 5 % each day; `once` at the end; `planned` is by O'Brien and Fleming's boundaries, `plain` and
    `adjusted` by the past; `always` the confidence sequence, adjusted. `days` is how long the planned one took, of all.
    """

    setting: Setting
    runs: int
    daily: float
    once: float
    once_adjusted: float
    plain: float
    adjusted: float
    always: float
    split: float
    days: float
    removed: float


AA = (
    Setting(name="A/A, half and half", members=2_000, rate=0.25, other=0.25),
    Setting(name="A/A, rare", members=2_000, rate=0.06, other=0.06),
    Setting(name="A/A, 1 of 10 held out", members=4_000, rate=0.25, other=0.25, control=0.1),
)
EFFECTS = (
    Setting(name="12 % against 16 %", members=4_000, rate=0.12, other=0.16),
    Setting(name="25 % against 30 %", members=2_496, rate=0.25, other=0.30),
    Setting(name="25 % against 35 %, 1 of 10", members=2_000, rate=0.25, other=0.35, control=0.1),
)


class _Run(NamedTuple):
    daily: bool
    once: bool
    once_adjusted: bool
    plain: bool
    adjusted: bool
    always: bool
    split: bool
    days: float
    removed: float


def simulate(setting: Setting, runs: int, seed: int = 0) -> Row:
    """Run an experiment many times."""
    done = [_run(setting, seed * 1_000_003 + number) for number in range(runs)]
    means = np.array(done, float).mean(0)
    return Row(setting=setting, runs=runs, **dict(zip(_Run._fields, means.tolist(), strict=True)))


def community(setting: Setting, seed: int) -> Data:
    """Members of one experiment: arms by the hash, days of arrival, what they do, and the active days they had."""
    rng = np.random.default_rng(seed)
    n = setting.members
    arms = ("control", "other")
    arm = np.array([arms.index(pick(f"trial {seed}", member, setting.weights)) for member in range(n)], np.int64)
    taste = rng.gamma(2.0, 0.5, n)
    before = rng.binomial(PAST, np.clip(taste * 0.3, 0, 1)) / PAST
    rate = np.where(arm == 0, setting.rate, setting.other)
    did = rng.random(n) < np.clip(rate * taste / np.minimum(taste, 1 / setting.rate).mean(), 0, 1)
    day = np.sort(rng.integers(0, DAYS, n)).astype(np.int64)
    return Data(arm, day, did.astype(float), before)


def _run(setting: Setting, seed: int) -> _Run:
    data = community(setting, seed)
    planned = Design(weights=setting.weights, control="control", planned=setting.members)
    control, other = (running(data.arm == arm, data.outcome, data.before, data.ready, DAYS) for arm in (0, 1))
    blind = data._replace(before=np.zeros(setting.members))
    control0, other0 = (running(blind.arm == arm, blind.outcome, blind.before, blind.ready, DAYS) for arm in (0, 1))
    alone = difference(other0, control0)
    with np.errstate(divide="ignore", invalid="ignore"):
        naive = np.abs(alone.by / alone.error) > _ONE_LOOK
    judged = over_time(planned, "other", control, other)
    plain = over_time(planned, "other", control0, other0)
    open_ended = over_time(Design(weights=setting.weights, control="control"), "other", control, other)
    found = _crossed(judged.found.by, judged.half)
    counts = {"control": int(control.n[-1]), "other": int(other.n[-1])}
    return _Run(
        daily=bool(naive[np.isfinite(alone.error) & (alone.error > 0)].any()),
        once=bool(naive[-1]),
        once_adjusted=bool(abs(judged.found.by[-1]) > _ONE_LOOK * judged.found.error[-1]),
        plain=bool(_crossed(plain.found.by, plain.half).any()),
        adjusted=bool(found.any()),
        always=bool(_crossed(open_ended.found.by, open_ended.half).any()),
        split=sampling.ratio(counts, setting.weights) < sampling.LEVEL,
        days=float(found.argmax() + 1 if found.any() else DAYS),
        removed=float(judged.found.removed[-1]),
    )


def _crossed(by: Floats, half: Floats) -> Ints:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(by) > half)


# ---------------------------------------------------------------------- splits


class Fault(Word, frozen=True):
    """A planted fault of a split, and the share of runs in which each check found it."""

    name: str
    members: int
    ratio: float
    delivery: float
    misplaced: float


def faults(runs: int, seed: int = 0) -> tuple[Fault, ...]:
    """No fault; an arm of two loses members before they are counted; is not delivered; members are in the wrong arm."""
    return tuple(
        _fault(name, members, runs, seed, lost=lost, failing=failing, moved=moved)
        for name, lost, failing, moved in (
            ("none", 0.0, 0.02, 0.0),
            ("15 % of an arm are not counted", 0.15, 0.02, 0.0),
            ("15 % of an arm are not delivered", 0.0, 0.15, 0.0),
            ("5 % of the members are in the other arm", 0.0, 0.02, 0.05),
        )
        for members in (400, 4_000)
    )


def _fault(name: str, members: int, runs: int, seed: int, *, lost: float, failing: float, moved: float) -> Fault:
    rng = np.random.default_rng([seed, members, int(lost * 100), int(failing * 100), int(moved * 100)])
    weights = {"a": 0.5, "b": 0.5}
    caught = np.zeros(3)
    for run in range(runs):
        drawn = [pick(f"split {seed} {run}", member, weights) for member in range(members)]
        other = rng.random(members) < moved
        stands = [("b" if arm == "a" else "a") if move else arm for arm, move in zip(drawn, other, strict=True)]
        seen = [arm for arm, chance in zip(stands, rng.random(members), strict=True) if arm == "a" or chance >= lost]
        counts = {arm: seen.count(arm) for arm in weights}
        failed = {"a": int(rng.binomial(counts["a"], 0.02)), "b": int(rng.binomial(counts["b"], failing))}
        done = {arm: counts[arm] - failed[arm] for arm in weights}
        ratio, delivery = sampling.ratio(counts, weights), sampling.delivery(done, failed)
        hashed = sampling.Split(misplaced=int(other.sum()), of=members)
        caught += (ratio < sampling.LEVEL, delivery < sampling.LEVEL, hashed.wrong)
    shares = dict(zip(("ratio", "delivery", "misplaced"), (caught / runs).tolist(), strict=True))
    return Fault(name=name, members=members, **shares)


# ---------------------------------------------------------------------- wordings


class Wordings(Word, frozen=True):
    """Of so many `sends`: how often the best wording led at the end, and what the worst one's rate was taken for.

    `naive` is from all sends, `even` from those drawn evenly (the floor); `lost` is how many answers fewer than by
    sending the best alone, as a share, and `lost_evenly` by sending all alike.
    """

    sends: int
    best: float
    naive: float
    even: float
    truth: float
    lost: float
    lost_evenly: float


RATES = {"one": 0.08, "two": 0.10, "three": 0.12, "four": 0.17}


def wordings(sends: int, runs: int, seed: int = 0, batch: int = 25) -> Wordings:
    """Send wordings whose rates are known, in batches: what each answered is known before the next batch."""
    rng = np.random.default_rng([seed, sends])
    best, naive, even, good = 0, [], [], 0
    worst = min(RATES, key=RATES.__getitem__)
    for run in range(runs):
        results = dict.fromkeys(RATES, (0, 0))
        floor = dict.fromkeys(RATES, (0, 0))
        for start in range(0, sends, batch):
            told = dict(results)
            for member in range(start, min(start + batch, sends)):
                arm, evenly = choose(f"words {seed} {run}", member, told)
                did = int(rng.random() < RATES[arm])
                results[arm] = results[arm][0] + did, results[arm][1] + 1
                if evenly:
                    floor[arm] = floor[arm][0] + did, floor[arm][1] + 1
        best += max(results, key=lambda arm: results[arm][1]) == max(RATES, key=RATES.__getitem__)
        good += sum(did for did, _ in results.values())
        if results[worst][1]:
            naive.append(results[worst][0] / results[worst][1])
        even.append(floor[worst])
    of_floor = sum(did for did, _ in even) / max(sum(n for _, n in even), 1)
    top = max(RATES.values())
    return Wordings(
        sends=sends,
        best=best / runs,
        naive=float(np.mean(naive)),
        even=of_floor,
        truth=RATES[worst],
        lost=1 - good / (runs * sends * top),
        lost_evenly=1 - sum(RATES.values()) / len(RATES) / top,
    )
