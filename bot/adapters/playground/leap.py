"""Letting time pass: every job is done at its time, and what it leads to is delivered before more time passes."""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

from bot.adapters.playground.clock import PlayClock
from bot.app import App
from bot.jobs import JOBS, Job
from bot.till import Till

AT_MOST = 2000
"""Things that become due in one leap, at most."""


async def leap(till: Till, clock: PlayClock, since: datetime, until: datetime) -> None:
    """Do every job at its time: those with a cron line alone, and between them what becomes due by itself."""
    lined = deque(due([job for job in JOBS if job.due is None], since, until))
    at = since
    while lined:
        moment, job = lined.popleft()
        at = await _live(till, clock, at, moment)
        clock.forward_to(moment)
        await job.run(till, moment, None)
        await delivered(till.app)
    await _live(till, clock, at, until)
    clock.forward_to(until)
    await delivered(till.app)


async def _live(till: Till, clock: PlayClock, at: datetime, end: datetime) -> datetime:
    """Do what becomes due by itself; returns the end."""
    idle: set[str] = set()  # due, and nothing done: not again before something else has happened
    for _ in range(AT_MOST):
        asked = [
            (await job.due(till), order, job)
            for order, job in enumerate(JOBS)
            if job.due is not None and job.name not in idle
        ]
        ready = [(max(when, at), order, job) for when, order, job in asked if when is not None and when <= end]
        if not ready:
            break
        at, _, job = min(ready, key=lambda one: one[:2])
        clock.forward_to(at)
        if await job.run(till, at, None):
            idle.clear()
            await delivered(till.app)
        else:
            idle.add(job.name)
    return end


async def delivered(app: App) -> None:
    """Let what is decided by now be said and done: a notice is of its day."""
    while await app.deliver(app.clock()):
        pass


def due(jobs: Sequence[Job], since: datetime, until: datetime) -> Iterator[tuple[datetime, Job]]:
    """(when, job) of everything that the cron lines ask for after `since` and up to `until`, in order.

    Of what is done anew each time only the last.
    """
    found: list[tuple[datetime, int, Job]] = []
    for order, job in enumerate(jobs):
        trigger = CronTrigger.from_crontab(job.cron, timezone=since.tzinfo)
        moments: list[datetime] = []
        moment = trigger.get_next_fire_time(since, since + timedelta(microseconds=1))
        while moment is not None and moment <= until:
            moments.append(moment)
            moment = trigger.get_next_fire_time(moment, moment + timedelta(microseconds=1))
        found += [(one, order, job) for one in (moments[-1:] if job.anew else moments)]
    yield from ((moment, job) for moment, _, job in sorted(found, key=lambda one: one[:2]))
