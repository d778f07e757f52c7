"""A simulated year of a community: what all nudges together bring, what spam does, what is seen where nothing is."""

import asyncio
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import structlog

from benchmarks.measure import Figure
from benchmarks.stores import folder
from bot.engine.experiments.compare import difference, moments
from tests.year.life import Power
from tests.year.playback import GENTLE, SPAM, Playback, Year

SURE = 1.96
"""Standard errors to either side of an interval of 95 %."""
REGIMES: dict[str, tuple[Any, float, bool]] = {
    "as shipped": (GENTLE, 1.0, False),
    "as shipped, half of the power": (GENTLE, 0.5, False),
    "as shipped, no power": (GENTLE, 0.0, False),
    "spam": (SPAM, 1.0, True),
}
"""{what: (the rules, what nudges can do, whether everybody is shouted at)}."""


def lived(seeds: int, members: int) -> list[Figure]:
    """So many communities of so many members for a year as shipped, half as many in each other regime.

    The arms of all communities are taken together.
    """
    many = {name: seeds if name == "as shipped" else -(-seeds // 2) for name in REGIMES}
    tasks = [(name, seed, members) for name in REGIMES for seed in range(1, many[name] + 1)]
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        years = list(pool.map(_one, tasks))
    by: dict[str, list[Year]] = {name: [] for name in REGIMES}
    for (name, _, _), year in zip(tasks, years, strict=True):
        by[name].append(year)
    figures = [figure for name, found in by.items() for figure in _figures(name, found)]
    alike = slice(0, many["spam"])  # the same communities
    sent = {
        name: np.concatenate([one.retained[~one.held] for one in by[name][alike]]) for name in ("as shipped", "spam")
    }
    worse = 100 * float(sent["as shipped"].mean() - sent["spam"].mean())
    return [*figures, Figure(name="retained of those written to: as shipped less spam", value=worse, unit="points")]


def _one(task: tuple[str, int, int]) -> Year:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    name, seed, members = task
    rules, share, spam = REGIMES[name]
    with folder() as place:
        return asyncio.run(Playback(place, seed, members, rules, Power(share=share), spam=spam).run())


def _figures(name: str, years: list[Year]) -> list[Figure]:
    held = np.concatenate([year.held for year in years])
    heard = np.concatenate([year.heard for year in years])
    return [
        Figure(name=f"{name}: members", value=len(held), unit=""),
        Figure(name=f"{name}: nudges that reached a member of the other half", value=heard[~held].mean(), unit=""),
        Figure(
            name=f"{name}: nudges to the hold-out",
            value=sum(year.outboxed for year in years) + float(heard[held].sum()),
            unit="",
            target=0.0,
            at_most=True,
        ),
        Figure(name=f"{name}: left or switched off", value=sum(year.left + year.muted for year in years), unit=""),
        *_gain(name, "retained", "points", 100.0, years, "before"),
        *_gain(name, "revenue", "a member", 1.0, years, "paying"),
    ]


def _gain(name: str, what: str, unit: str, scale: float, years: list[Year], covariate: str) -> list[Figure]:
    """How much more those written to have than the hold-out, and the ends of the interval; adjusted by CUPED."""
    held = np.concatenate([year.held for year in years])
    outcome = scale * np.concatenate([getattr(year, what) for year in years])
    before = np.concatenate([getattr(year, covariate) for year in years])
    found = difference(moments(outcome[~held], before[~held]), moments(outcome[held], before[held]))
    by, error = float(found.by), float(found.error)
    judged = 0.0 if name == "as shipped" else None
    return [
        Figure(name=f"{name}: {what} in the hold-out", value=float(outcome[held].mean()), unit=unit),
        Figure(name=f"{name}: {what}, more by", value=by, unit=unit),
        Figure(name=f"{name}: {what}, at least (95 %)", value=by - SURE * error, unit=unit, target=judged),
        Figure(name=f"{name}: {what}, at most (95 %)", value=by + SURE * error, unit=unit),
    ]
