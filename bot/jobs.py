"""What happens by the clock: `JOBS`, a cron line and a function each.

APScheduler only ticks; what is due is known by the database.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot import discussing, recommending, training
from bot.answering import escalate
from bot.apart import Tell
from bot.app import App
from bot.engine.days import zone
from bot.engine.nudges.decision import Row
from bot.events import Crowned, DayEnded, InviteStayed, member_account
from bot.storage import (
    boards,
    campaigns,
    heeded,
    inbox,
    members,
    nudges,
    nudging,
    questions,
    referrals,
    sales,
    upkeep,
    watching,
)
from bot.storage.boards import Board
from bot.storage.store import Store
from bot.till import Till
from bot.words import Word

CHUNK = 500
CATCH_UP = 60
"""Days that are made up for at the most."""
STAYED = timedelta(days=7)
TOOK_PART = 3
"""Who came by an invitation counts after so long, with so many active days: an account made for the points alone takes
a week of tending, and most people who mean to leave are gone by then."""
GIVEN_UP = timedelta(days=60)
"""After so long it is not looked at any more whether a guest takes part."""
KEPT_OUTBOX = timedelta(days=30)
KEPT_INBOX = timedelta(days=7)
KEPT_DROPPED, KEPT_NUDGES = timedelta(days=120), timedelta(days=400)
"""No trigger looks further back than 120 days, and no comparison further than a year."""
PLANNED, PLANNING = "nudges:planned", timedelta(days=1)
"""Where it is written down when nudges were last planned; and how often they are where time is put forward by hand:
what is written down reaches as far as that."""
CROWNING = time(0, 10)
"""When the winners of a week are named, on Monday by the community's clock: the last minutes of Sunday are in then."""

_log = structlog.get_logger()


class Job(Word, frozen=True):
    """What `run(till, now, last)` does at the times of the cron line, in UTC; `last` is when it was last done.

    Where a clock is put forward by hand, a job with `due` is done when that says there is something to do, and not at
    each tick of its line, and one that is `anew` each time is done the last time alone: the last makes up for all.
    """

    name: str
    cron: str
    run: Callable[[Till, datetime, datetime | None], Awaitable[int]]
    due: Callable[[Till], Awaitable[datetime | None]] | None = None
    anew: bool = False


async def end_day(app: App, now: datetime) -> int:
    """Tell the engine, for every member who is here, that the day before `now` is over; again changes nothing."""
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


async def end_days(app: App, now: datetime, last: datetime | None) -> int:
    """End every day since the job was last done, one after the other: nights spent switched off are made up for."""
    missed = min((now.date() - last.date()).days, CATCH_UP) if last else 1
    return sum([await end_day(app, now - timedelta(days=back)) for back in range(max(missed, 1) - 1, -1, -1)])


async def tidy(app: App, now: datetime, last: datetime | None) -> int:  # noqa: ARG001 - once makes up for all
    """Delete what is kept for a time only: performed effects after 30 days, handled news after 7, old nudges."""
    old = await app.store.write(nudges.prune, now - KEPT_DROPPED, now - KEPT_NUDGES)
    return old + await app.store.write(upkeep.prune, now - KEPT_OUTBOX, now - KEPT_INBOX)


async def review(till: Till, now: datetime, last: datetime | None) -> int:  # noqa: ARG001 - the database knows
    """Look again at everybody about whom time alone has changed something: a date reached, a reminder due."""
    return await till.review_due(now)


async def _review_due(till: Till) -> datetime | None:
    return await till.app.store.read(sales.next_due)


async def tick(till: Till, now: datetime, last: datetime | None) -> int:  # noqa: ARG001 - the provider knows
    """Let time pass for providers that are their own bank (the sandbox)."""
    return await till.tick(now)


async def _tick_due(till: Till) -> datetime | None:
    return await till.next_tick()


async def reconcile(till: Till, now: datetime, last: datetime | None) -> int:  # noqa: ARG001 - each has its cursor
    """Ask the providers for what was missed, and mend what the platforms lost."""
    done = await till.reconcile(now)
    return done.news + done.mended


async def crown(app: App, now: datetime) -> int:
    """Name the winners of the week that is over in each community, once; returns in how many a week ended.

    How far a community is, is written down with its winners: after a time switched off the latest week is made up for,
    and no other. A community seen for the first time has its first winners on the next Monday.
    """
    return sum([await _crown(app, community, now) for community in await app.store.read(members.communities)])


async def _crown(app: App, community: int, now: datetime) -> int:
    rules, mark = await app.rules_of(community), f"week:{community}"
    monday, done = week_of(now, rules.zone), await app.store.read(inbox.cursor, mark)
    if done is not None and done >= monday:
        return 0
    week = Board(community=community, since=monday - 7, until=monday - 1)
    found = [] if done is None else await app.store.read(boards.winners, week, rules.boards.winners)
    year, number, _ = date.fromordinal(monday - 7).isocalendar()
    crowned = [
        Crowned(
            key=f"week:{community}:{year}-W{number:02}:{line.rank}:{line.member}",
            at=now,
            who=member_account(community, line.member),
            place=line.rank,
            until=date.fromordinal(monday + rules.boards.crown_days),
            points=line.points,
            beside=tuple((one.member, one.rank, one.points) for one in found[1:]) if line is found[0] else (),
            told=line is not found[0],
        )
        for line in found
    ]
    await app.submit(crowned, marks={mark: monday})
    return 1


def week_of(now: datetime, clock: str) -> int:
    """The Monday (an ordinal) of the week that it is by a clock; at midnight it is still the one before."""
    today = (now - timedelta(minutes=CROWNING.minute)).astimezone(zone(clock)).date()
    return today.toordinal() - today.weekday()


async def _crown_due(till: Till) -> datetime | None:
    """When the first of the communities comes to the end of its week."""
    found = []
    for community in await till.app.store.read(members.communities):
        clock = (await till.app.rules_of(community)).zone
        done = await till.app.store.read(inbox.cursor, f"week:{community}")
        following = week_of(till.app.clock(), clock) if done is None else done + 7
        found.append(datetime.combine(date.fromordinal(following), CROWNING, zone(clock)).astimezone(UTC))
    return min(found, default=None)


async def hand_over(till: Till, now: datetime, last: datetime | None) -> int:  # noqa: ARG001 - the ledger knows
    """Hand over what was paid for with coins when the process ended before it could."""
    return await till.market.deliver(now)


async def _never(till: Till) -> datetime | None:  # noqa: ARG001 - as the others
    return None


async def chase_questions(app: App, now: datetime) -> int:
    """Let the clocks of questions ring that nobody has answered in time; returns how many rang."""
    rang = 0
    for question in await app.store.read(questions.due, now):
        rules = await app.rules_of(question.community)
        rang += await escalate(app.store, app.ports, question, rules, now)
    return rang


async def _chase_due(till: Till) -> datetime | None:
    return await till.app.store.read(questions.next_due)


async def thank_inviters(app: App, now: datetime) -> int:
    """Let count whom members have brought, when they stayed and took part."""
    found = await app.store.read(referrals.waiting, now - GIVEN_UP, now - STAYED, TOOK_PART)
    for one in found:
        who = member_account(one.community, one.inviter)
        await app.submit([InviteStayed(key=f"invite:{one.guest}", at=now, who=who)])
        await app.store.write(referrals.counted, one.id, now)
    return len(found)


async def train(till: Till, now: datetime, last: datetime | None) -> int:  # noqa: ARG001 - once makes up for all
    """Learn anew, in each community, who leaves; returns in how many that went well."""
    return await _each(till, training.train, now)


async def estimate(till: Till, now: datetime, last: datetime | None) -> int:  # noqa: ARG001 - once makes up for all
    """Estimate everybody by what was learnt; returns in how many communities that went well."""
    return await _each(till, training.estimate, now)


async def _each(till: Till, work: Callable[[Store, int, datetime, Tell], Awaitable[object]], now: datetime) -> int:
    """Do it for one community after the other: what fails in one is logged, and the others come all the same."""
    store, done = till.app.store, 0
    for community in await store.read(members.communities):
        try:
            await work(store, community, now, training.logged(community))
            done += 1
        except Exception:  # noqa: BLE001 - whatever it is, it is of this community
            _log.exception("learning failed", community=community)
    return done


TASTES = (recommending, discussing)
"""What is learnt of what members like, each with `learn_due`."""


async def learn_tastes(app: App, now: datetime) -> int:
    """Learn anew what members like, in each community where it is due; what fails in one is logged."""
    done = 0
    for community in await app.store.read(members.communities):
        for what in TASTES:
            try:
                done += await what.learn_due(app, community, now, training.logged(community))
            except Exception:  # noqa: BLE001 - whatever it is, it is of this community
                _log.exception("learning failed", community=community)
    return done


async def plan_nudges(app: App, now: datetime) -> int:
    """Write down who meets which nudge by tomorrow (`bot/engine/nudges/`); returns how many members were looked at."""
    looked = 0
    await follow(app, now)
    await app.store.write(nudges.expire, now)
    for community in await app.store.read(members.communities):
        after, more = 0, True
        while more:
            filled = app.contents is not None
            seen = await app.store.read(nudging.foresee, app.rules, community, after, CHUNK, now, filled=filled)
            if seen.wanted:
                await app.store.write(nudges.put, seen.wanted)
            looked, after, more = looked + seen.looked, seen.last, seen.looked == CHUNK
    await app.store.write(inbox.set_cursor, PLANNED, int(now.timestamp()))
    return looked + 1


async def _plan_due(till: Till) -> datetime | None:
    """Where the clock is put forward by hand, once a day will do."""
    seconds = await till.app.store.read(inbox.cursor, PLANNED)
    return till.app.clock() if seconds is None else datetime.fromtimestamp(seconds, UTC) + PLANNING


async def follow(app: App, now: datetime) -> None:
    """Follow the log to its end for what newcomers wrote and nobody heeded, beside the writer."""
    while (found := await app.store.read(heeded.go_on, now)) is not None:
        await app.store.write(heeded.keep, found)


async def send_nudges(app: App, now: datetime) -> int:
    """Settle the nudges whose time has come; returns how many. Words that others must find are filled in before."""
    await follow(app, now)
    rows = await app.store.read(nudges.due, now, nudging.AT_ONCE)
    if not rows:
        return 0
    filled = await fill(app, rows, now)
    return await app.store.write(nudging.send, app.rules, tuple(app.ports), now, filled)


async def fill(app: App, rows: Sequence[Row], now: datetime) -> dict[int, Mapping[str, int | str]]:
    """{number of the row: what stands in its words} of those for which there is something to say."""
    found: dict[int, Mapping[str, int | str]] = {}
    for row, what in nudging.unfilled(rows):
        values = await app.contents.fill(what, row.community, row.member, now) if app.contents else None
        if values:
            found[row.id] = values
    return found


async def _send_due(till: Till) -> datetime | None:
    return await till.app.store.read(nudges.next_due)


async def tend(app: App, now: datetime) -> int:
    """Begin and end campaigns; returns how many."""
    return sum([await tend_campaigns(app, community, now) for community in await app.store.read(members.communities)])


async def tend_campaigns(app: App, community: int, now: datetime) -> int:
    """Begin the campaigns of a community whose time has come, and end those that have cost what they may.

    Whom they are for is read beside the writer.
    """
    rules, done = await app.rules_of(community), 0
    for one in await app.store.read(campaigns.waiting, community, now):
        if not one.brief.launched:
            rows = await app.store.read(campaigns.letters, one, rules, now)
            done += await app.store.write(campaigns.launch, one.id, rows)
        elif now < one.ends_at and (why := await app.store.read(campaigns.over, one, rules, now)):
            await app.store.write(campaigns.stop, one.id, why, now)
            done += 1
    return done


async def watch(app: App, now: datetime) -> int:
    """Look how experiments go, beside the writer: end those that do harm, and keep what adaptive ones send by."""
    done = 0
    for community in await app.store.read(members.communities):
        rules = await app.rules_of(community)
        for found in await app.store.read(watching.watch, community, rules, now):
            done += await app.store.write(watching.conclude, found, now)
    return done


async def _tend_due(till: Till) -> datetime | None:
    return await till.app.store.read(campaigns.next_due)


JOBS = (
    Job(name="tick", cron="* * * * *", run=tick, due=_tick_due),
    Job(name="review", cron="* * * * *", run=review, due=_review_due),
    Job(name="reconcile", cron="*/5 * * * *", run=reconcile, due=_never),
    Job(name="hand_over", cron="*/5 * * * *", run=hand_over, due=_never),
    Job(
        name="plan_nudges",
        cron="40 * * * *",
        run=lambda till, now, last: plan_nudges(till.app, now),
        due=_plan_due,
    ),
    Job(name="tend", cron="*/5 * * * *", run=lambda till, now, last: tend(till.app, now), due=_tend_due),
    Job(name="watch", cron="15 * * * *", run=lambda till, now, last: watch(till.app, now), anew=True),
    Job(
        name="send_nudges",
        cron="* * * * *",
        run=lambda till, now, last: send_nudges(till.app, now),
        due=_send_due,
    ),
    Job(name="end_day", cron="5 0 * * *", run=lambda till, now, last: end_days(till.app, now, last)),
    Job(name="crown", cron="10-55/15 * * * *", run=lambda till, now, last: crown(till.app, now), due=_crown_due),
    Job(
        name="chase_questions",
        cron="* * * * *",
        run=lambda till, now, last: chase_questions(till.app, now),
        due=_chase_due,
    ),
    Job(name="thank_inviters", cron="20 0 * * *", run=lambda till, now, last: thank_inviters(till.app, now)),
    Job(name="train", cron="10 2 * * *", run=train, anew=True),
    Job(name="estimate", cron="40 2 * * *", run=estimate, anew=True),
    Job(name="tastes", cron="25 * * * *", run=lambda till, now, last: learn_tastes(till.app, now), anew=True),
    Job(name="tidy", cron="30 3 * * *", run=lambda till, now, last: tidy(till.app, now, last)),
)


class Schedule:
    """Ticks the jobs by APScheduler and remembers in the database when each was last done.

    A job that was missed (the machine was off, the loop was busy) is done as soon as possible, once; it is told
    since when.
    """

    def __init__(self, till: Till, jobs: Sequence[Job] = JOBS) -> None:
        self._till = till
        self._app = till.app
        self._jobs = jobs
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )

    async def start(self) -> None:
        """Begin to tick; what was missed is done at once."""
        now = self._app.clock()
        for job in self._jobs:
            trigger = CronTrigger.from_crontab(job.cron, timezone=UTC)
            last = await self.last(job)
            self._scheduler.add_job(
                self.do, trigger, [job], id=job.name, next_run_time=trigger.get_next_fire_time(last, last or now)
            )
        self._scheduler.start()

    async def close(self) -> None:
        """Stop ticking."""
        self._scheduler.shutdown(wait=True)

    async def last(self, job: Job) -> datetime | None:
        """When the job was last done."""
        seconds = await self._app.store.read(inbox.cursor, f"job:{job.name}")
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

    async def do(self, job: Job) -> None:
        """Do a job now, and remember it; one that fails is logged and is due again the next time."""
        now = self._app.clock()
        try:
            count = await job.run(self._till, now, await self.last(job))
        except Exception:  # noqa: BLE001 - the next job must still come
            _log.exception("a job failed", job=job.name)
            return
        await self._app.store.write(inbox.set_cursor, f"job:{job.name}", int(now.timestamp()))
        if count:
            _log.info("job done", job=job.name, count=count)
