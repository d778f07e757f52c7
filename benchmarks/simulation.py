"""Whole worlds of memberships, seed by seed: what 10,000 webhooks that are doubled, late, lost or die come to."""

import asyncio
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

import structlog

from benchmarks.measure import Figure
from benchmarks.stores import folder
from tests.simulation.playback import RECONCILE, Playback, Report
from tests.simulation.world import world

ALLOWED = 500
"""Millionths of member-time with wrong access: 0.05 %."""


def simulated(seeds: int, deliveries: int) -> list[Figure]:
    """The worst of so many seeds with a reconciliation every five minutes, and of some with one at the end alone."""
    alone = max(seeds // 5, 1)
    tasks: list[tuple[int, int, timedelta | None]] = [(seed, deliveries, RECONCILE) for seed in range(1, seeds + 1)]
    tasks += [(seed, deliveries, None) for seed in range(1, alone + 1)]
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        reports = list(pool.map(_one, tasks))
    return [
        *_figures(f"{seeds} seeds, asked every 5 minutes", reports[:seeds], judged=True),
        *_figures(f"{alone} seeds, asked once at the end", reports[seeds:], judged=False),
    ]


def _one(task: tuple[int, int, timedelta | None]) -> Report:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # deaths are planned
    seed, deliveries, every = task
    with folder() as place:
        return asyncio.run(Playback(place, world(seed, deliveries), every).run())


def _figures(name: str, reports: list[Report], *, judged: bool) -> list[Figure]:
    """Without reconciliation in between only the end is judged, not the way there."""
    limit = ALLOWED if judged else None
    worst = max(report.wrong_share * 1e6 for report in reports)
    share = max(report.role_changes / report.true_flips for report in reports)
    none = 0.0 if judged else None
    return [
        Figure(name=f"{name}: deliveries", value=sum(report.deliveries for report in reports), unit=""),
        Figure(name=f"{name}: deaths of handlers", value=sum(report.deaths for report in reports), unit=""),
        _none(f"{name}: members whose access differs from the oracle's", [report.differing for report in reports]),
        _none(f"{name}: changes by a pass that had nothing to do", [report.idle_news for report in reports]),
        _none(f"{name}: notices told twice", [report.told_twice for report in reports]),
        Figure(
            name=f"{name}: time with wrong access, the worst seed", value=worst, unit="ppm", target=limit, at_most=True
        ),
        Figure(
            name=f"{name}: role changes for each true one, the worst seed",
            value=share,
            unit="",
            target=1.0 if judged else None,
            at_most=True,
        ),
        Figure(
            name=f"{name}: doors that moved more often than they truly should",
            value=sum(report.beyond for report in reports),
            unit="",
            target=none,
            at_most=True,
        ),
    ]


def _none(name: str, counts: list[int]) -> Figure:
    return Figure(name=name, value=sum(counts), unit="", target=0, at_most=True)
