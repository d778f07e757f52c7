"""What happens by the clock: `JOBS`, a cron line and a function each.

APScheduler only ticks; what is due is known by the database.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta

from bot.app import App
from bot.events import DayEnded, member_account
from bot.storage import members, upkeep
from bot.words import Word

CHUNK = 500
KEPT_OUTBOX = timedelta(days=30)
KEPT_INBOX = timedelta(days=7)


class Job(Word, frozen=True):
    """`run(app, now)` at the times of the cron line, in UTC."""

    name: str
    cron: str
    run: Callable[[App, datetime], Awaitable[int]]


async def end_day(app: App, now: datetime) -> int:
    """Tell the engine, for every member who is here, that the day before `now` is over.

    Doing it twice changes nothing.
    """
    day: date = now.date() - timedelta(days=1)
    at = datetime.combine(now.date(), time(), UTC)
    after = told = 0
    while True:
        chunk = await app.store.read(members.present, after, CHUNK)
        if not chunk:
            return told
        outcome = await app.submit(
            [
                DayEnded(key=f"day:{day}:{member}", at=at, who=member_account(community, member), day=day)
                for community, member in chunk
            ]
        )
        told += outcome.new
        after = chunk[-1][1]


async def tidy(app: App, now: datetime) -> int:
    """Delete what is kept for a time only: performed effects after 30 days, handled news after 7."""
    return await app.store.write(upkeep.prune, now - KEPT_OUTBOX, now - KEPT_INBOX)


JOBS = (
    Job(name="end_day", cron="5 0 * * *", run=end_day),
    Job(name="tidy", cron="30 3 * * *", run=tidy),
)
