"""What happens by the clock: each job twice is once."""

from datetime import timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger

from bot.app import App
from bot.events import Account, MemberLeft, MessagePosted
from bot.jobs import CHUNK, JOBS, end_day, end_days, tidy
from bot.storage import inbox, outbox
from bot.text import Features
from tests.conftest import START, Clock


def post(number: int) -> MessagePosted:
    """A message by a member of its own."""
    who = Account(platform="discord", space="g", user=str(number), name=f"p{number}")
    return MessagePosted(key=f"m:{number}", at=START, who=who, channel="c", text=Features())


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_job_has_a_time_that_comes(job: object) -> None:
    trigger = CronTrigger.from_crontab(job.cron, "UTC")  # type: ignore[attr-defined]
    assert START <= trigger.get_next_fire_time(None, START) <= START + timedelta(days=31)
    assert len({one.name for one in JOBS}) == len(JOBS)


async def test_the_day_ends_once_for_everybody_who_is_here(app: App, clock: Clock) -> None:
    await app.submit([post(number) for number in range(CHUNK + 10)])
    await app.submit([MemberLeft(key="l", at=START, who=post(3).who)])
    clock.advance(days=2)
    assert await end_day(app, clock()) == CHUNK + 9
    assert await end_day(app, clock()) == 0
    assert await app.store.read(outbox.waiting) == {}


async def test_the_day_of_nobody_ends_quietly(app: App, clock: Clock) -> None:
    assert await end_day(app, clock()) == 0


@pytest.mark.parametrize(("away", "days"), [(0, 1), (1, 1), (3, 3)])
async def test_nights_switched_off_are_made_up_for(app: App, clock: Clock, away: int, days: int) -> None:
    await app.submit([post(1)])
    last = clock()
    assert await end_days(app, clock.advance(days=away), last) == days
    assert await end_days(app, clock(), last) == 0


async def test_the_first_night_is_one_day(app: App, clock: Clock) -> None:
    await app.submit([post(1)])
    assert await end_days(app, clock.advance(days=5), None) == 1


async def test_tidying_keeps_what_is_young(app: App, clock: Clock) -> None:
    await app.store.write(inbox.store, "s", [("1", b"x")], clock())
    await app.store.write(inbox.close, [1], clock())
    assert await tidy(app, clock.advance(days=7), None) == 0
    assert await tidy(app, clock.advance(seconds=1), None) == 1
