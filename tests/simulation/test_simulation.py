"""Months of buying, webhooks doubled, late and lost, handlers that die: in the end, and nearly always, all is right.

Here the provider of one small world is asked every hour for what was missed; `make bench` runs 20 seeds of 10,000
webhooks with every five minutes, as production does, and without.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from structlog.testing import capture_logs

from bot.sales import Status
from tests.simulation import truth
from tests.simulation.playback import Playback
from tests.simulation.world import BEGIN, DEATHS, END, LATEST, PLANS, Bell, World, world

HOUR = timedelta(hours=1)
ALLOWED = 0.0005


@pytest.fixture(autouse=True)
def _no_tracebacks() -> Iterator[None]:
    """A hundred deaths are planned, and each would be logged at length."""
    with capture_logs():
        yield


@pytest.mark.slow
async def test_three_thousand_webhooks(tmp_path: Path) -> None:
    report = await Playback(tmp_path, world(1, 3_000), every=HOUR).run()
    assert report.deliveries == 3_000
    assert report.differing == 0
    assert report.wrong_share <= ALLOWED
    assert report.beyond == 0
    assert report.role_changes <= report.performed <= report.true_flips <= report.true_changes
    assert report.told_twice == 0
    assert report.idle_news == 0
    assert (report.doubled, report.lost, report.deaths) == (371, 60, 31)


async def test_what_was_never_told_is_found_by_one_reconciliation(tmp_path: Path) -> None:
    silent = world(3, 200)
    silent = World(
        seed=3, changes=silent.changes, bells=(), members=silent.members, lost=silent.deliveries, doubled=silent.doubled
    )
    report = await Playback(tmp_path, silent, every=None).run()
    assert report.differing == 0
    assert report.role_changes <= report.performed <= report.true_flips
    assert report.wrong_share > 0.01  # nothing was heard for months: the measure measures
    assert report.idle_news == 0


async def test_with_every_webhook_in_time_nothing_is_wrong_for_more_than_a_minute(tmp_path: Path) -> None:
    history = world(4, 200)
    bells = tuple(
        Bell(at=change.at, event=f"evt_{number}", about=change.subscription.id, since=change.at)
        for number, change in enumerate(history.changes)
    )
    quiet = World(seed=4, changes=history.changes, bells=bells, members=history.members, lost=0, doubled=0)
    report = await Playback(tmp_path, quiet, every=None).run()
    assert report.differing == 0
    assert report.role_changes == report.performed == report.true_flips
    assert report.wrong_time <= 60 * report.true_flips  # dates are looked at by the minute


# ---------------------------------------------------------------------- the world itself


def test_a_seed_is_a_world() -> None:
    assert world(7, 500) == world(7, 500)
    assert world(7, 500) != world(8, 500)


def test_the_world_is_as_wild_as_it_says() -> None:
    made = world(1)
    assert made.deliveries == 10_000
    assert {bell.dies for bell in made.bells} == {"", *DEATHS}
    delays = [bell.at - bell.since for bell in made.bells]
    assert timedelta() < min(delays) < timedelta(seconds=1)
    assert LATEST - HOUR < max(delays) <= LATEST
    arrivals = [bell.since for bell in made.bells]
    assert sum(later < before for before, later in pairwise(arrivals)) > 1_000
    statuses = Counter(change.subscription.status for change in made.changes)
    assert min(statuses.values()) > 100
    assert set(statuses) == set(get_args(Status))
    assert {change.subscription.plan for change in made.changes} == set(PLANS)
    assert made.changes[0].at >= BEGIN
    assert made.bells[-1].at < END


def test_the_oracles_timeline_is_that_of_one_life() -> None:
    history = [change for change in world(1).changes if change.member == 3]
    line = truth.timeline(history)
    assert [at for at, _ in line] == sorted(at for at, _ in line)
    assert all(before != after for (_, before), (_, after) in pairwise(line))
    assert truth.wrong(line, line, BEGIN.timestamp(), END.timestamp()) == 0
    never = truth.wrong(line, [], BEGIN.timestamp(), END.timestamp())
    inside = sum(
        until - at
        for (at, doors), (until, _) in zip(line, [*line[1:], (END.timestamp(), frozenset())], strict=True)
        if doors
    )
    assert never == pytest.approx(inside)
    assert inside > 30 * 86_400
