"""A year of a community on the real application: its log, its nudges with their brakes, its outbox.

Members live by `life.py`, hear through a port what leaves the outbox, and write through the front door. What the year
leaves out: questions, the library (so no course, recommendation or digest), risk by the model, and channels.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from bot.app import App
from bot.batch import Parcel
from bot.effects import Nudge
from bot.engine.nudges.decision import untouched
from bot.engine.rules import NudgeRules, Plan, Rules
from bot.events import (
    Account,
    DayEnded,
    Event,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    NoticesChosen,
    PaymentReceived,
    SubscriptionChanged,
    member_account,
)
from bot.jobs import CHUNK, plan_nudges, send_nudges
from bot.sales import Payment, Price, Subscription
from bot.storage import nudges
from bot.storage.ledger import ACCOUNTS
from bot.storage.outbox import OUTBOX, Task
from bot.storage.store import Connection, Store
from bot.text import features
from bot.words import Word
from tests.conftest import Clock
from tests.fakes.ports import FakePort
from tests.year.life import PRICE, Life, Power

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = 28
"""Days of which nobody hears anything: what is known of members beforehand."""
YEAR = 365
SPACE = "year"
MONTH = 30
COMMUNITY = 1
"""The number of the only one there is."""
NIGHT = (21, 9)
GENTLE = NudgeRules(universal=0.5)
"""As shipped, with half of the members in the hold-out of everything: what tells most in a year."""
SPAM = NudgeRules(universal=0.5, holdout=0, budget=99, gap_hours=0, quiet_from=0, quiet_to=0, win_back_days=0)
OFF = NudgeRules(universal=0.5, on=False)
SENDING = {"gentle": (10, 12, 18), "spam": (3, 10, 12, 18, 23)}
"""The hours of a day at which what is due is sent; the members live by UTC."""
SHOUTED = "A campaign a day"
FULL = Power()
_TEXT = features("Something that somebody wrote in the channel this morning.")
_PLAN = Plan(name="pro", title="Pro", prices={"usd": PRICE})


class Year(Word, frozen=True):
    """How it went for each member: in which arm they were, and what became of them."""

    held: NDArray[np.bool_]
    retained: NDArray[np.float64]
    """1.0 for who was there in the last 28 days, or pays in the end."""
    revenue: NDArray[np.float64]
    """Paid in the year, in major units."""
    before: NDArray[np.float64]
    """Active days before anybody heard anything."""
    paying: NDArray[np.float64]
    """1.0 for who paid then."""
    heard: NDArray[np.float64]
    """Nudges that arrived."""
    left: int
    muted: int
    outboxed: int
    """Nudges in the outbox for members of the hold-out."""


class Ears(FakePort):
    """A platform on which messages arrive, and are heard at once."""

    def __init__(self) -> None:
        super().__init__("playground")
        self.heard: list[tuple[str, str]] = []

    async def perform(self, task: Task) -> None:
        if isinstance(task.effect, Nudge):
            self.heard.append((task.account.user, task.effect.notice))


class Playback:
    """A year of a community of so many `members`, with a seed, rules of nudges, and what nudges can do."""

    def __init__(
        self,
        place: Path,
        seed: int,
        members: int,
        rules: NudgeRules,
        power: Power = FULL,
        *,
        spam: bool = False,
        days: int = YEAR,
    ) -> None:
        self.lives = {str(number): Life(seed, number, power) for number in range(members)}
        self.clock = Clock(BEGIN)
        self.store = Store(f"sqlite:///{place}/year.db")
        self.port = Ears()
        self.app = App(self.store, Rules(nudges=rules, plans=(_PLAN,)), [self.port], self.clock)
        self._spam = spam
        self._days = days
        self._posted: list[Event] = []
        self._numbers: dict[str, int] = {}
        self._until: dict[str, datetime] = {}
        self._revenue: defaultdict[str, int] = defaultdict(int)
        self._heard: defaultdict[str, int] = defaultdict(int)
        self._serial = 0

    async def run(self) -> Year:
        """Live through it."""
        self.store.open()
        try:
            self._join()
            before = dict.fromkeys(self.lives, 0)
            paying = {user: float(life.pays) for user, life in self.lives.items()}
            for day in range(-BEFORE, self._days):
                written = self._live(day)
                if day < 0:
                    for user in written:
                        before[user] += 1
                else:
                    await self._nudge(day)
                self._charge(day)
                self._end(day)
            return self._told(before, paying)
        finally:
            self.store.close()

    # ------------------------------------------------------------------ a day

    def _join(self) -> None:
        self.clock.now = BEGIN - timedelta(days=BEFORE)
        self._take([MemberJoined(key=self._key(), at=self.clock.now, who=self._who(user)) for user in self.lives])
        rows = self.store.look(_accounts)
        self._numbers = {user: member for user, member in rows if user in self.lives}
        self._take([self._sold(user, self.clock.now) for user, life in self.lives.items() if life.pays])

    def _live(self, day: int) -> set[str]:
        """Everybody's day, in the order of its hours; returns who was there."""
        morning = BEGIN + timedelta(days=day)
        posted: list[Event] = []
        there = set()
        for user, life in self.lives.items():
            if life.gone:
                continue
            many = life.day(day)
            if many:
                there.add(user)
            for n in range(many):
                at = morning + timedelta(hours=13 + n, seconds=life.number % 3600)
                posted.append(MessagePosted(key=self._key(), at=at, who=self._who(user), channel="1", text=_TEXT))
        self.clock.now = morning
        self._posted = sorted(posted, key=_when)
        if day < 0:
            self._take(self._posted)
        return there

    async def _nudge(self, day: int) -> None:
        """Plan at three o'clock and send through the day; what members write comes in between."""
        morning = BEGIN + timedelta(days=day)
        self.clock.now = morning + timedelta(hours=2)
        await plan_nudges(self.app, self.clock())
        if self._spam:
            self._shout(day)
        waiting = self._posted
        for hour in SENDING["spam" if self._spam else "gentle"]:
            self.clock.now = morning + timedelta(hours=hour)
            due = [event for event in waiting if event.at <= self.clock.now]
            waiting = waiting[len(due) :]
            self._take(due)
            while await send_nudges(self.app, self.clock()):
                pass
            while await self.app.deliver(self.clock()):
                pass
            self._hear(day)
        self._take(waiting)

    def _shout(self, day: int) -> None:
        """What nobody should do: something for everybody, every day, relevant or not."""
        now = self.clock()
        rows: list[nudges.Planned] = [
            (COMMUNITY, self._numbers[user], "campaign", f"{day}", now, now + timedelta(hours=23), {"text": SHOUTED})
            for user, life in self.lives.items()
            if not life.gone
        ]
        self.store.transact(nudges.put, rows)

    def _hear(self, day: int) -> None:
        """What arrived is heard, and some do something about it at once."""
        hour = self.clock().hour
        at_night = hour >= NIGHT[0] or hour < NIGHT[1]
        done: list[Event] = []
        for user, kind in self.port.heard:
            life = self.lives[user]
            self._heard[user] += 1
            does = life.hears(kind, day, hour, at_night=at_night)
            if does == "leave":
                life.gone = True
                done.append(MemberLeft(key=self._key(), at=self.clock(), who=self._who(user)))
            elif does == "mute":
                life.muted = True
                done.append(NoticesChosen(key=self._key(), at=self.clock(), who=self._who(user), wanted=False))
        self.port.heard.clear()
        self._take(done)

    def _charge(self, day: int) -> None:
        """Renewals of the day, and who pays again."""
        now = self.clock.now = BEGIN + timedelta(days=day, hours=22)
        news: list[Event] = []
        for user, life in self.lives.items():
            if life.pays and (day - life.charged_on) % MONTH == 0 and day >= 0:
                if not life.gone and life.renews(day):
                    news += self._pay(user, now)
                else:
                    life.pays = False
                    news.append(self._ended(user, now))
            elif not life.pays and not life.gone and life.pays_again(day) and day >= 0:
                life.pays, life.charged_on = True, day % MONTH
                news += [self._sold(user, now), *self._pay(user, now)]
        self._take(news)

    def _end(self, day: int) -> None:
        date = (BEGIN + timedelta(days=day)).date()
        at = self.clock.now = BEGIN + timedelta(days=day + 1)
        self._take(
            [
                DayEnded(key=f"day:{date}:{number}", at=at, who=member_account(COMMUNITY, number), day=date)
                for user, number in self._numbers.items()
                if not self.lives[user].gone
            ]
        )

    # ------------------------------------------------------------------ news

    def _sold(self, user: str, now: datetime) -> SubscriptionChanged:
        """A membership begins, or goes on."""
        self._until[user] = now + timedelta(days=MONTH)
        return self._truth(user, now, "active")

    def _pay(self, user: str, now: datetime) -> list[Event]:
        self._revenue[user] += PRICE
        price = Price(amount=PRICE, currency="usd")
        key = self._key()
        paid = Payment(id=key, kind="charge", subscription=f"sandbox:{user}", plan="pro", price=price)
        return [self._sold(user, now), PaymentReceived(key=key, at=now, who=self._who(user), payment=paid)]

    def _ended(self, user: str, now: datetime) -> SubscriptionChanged:
        self._until[user] = now
        return self._truth(user, now, "ended")

    def _truth(self, user: str, now: datetime, status: str) -> SubscriptionChanged:
        life = self.lives[user]
        until = self._until[user]
        if status == "active":
            gone = (int((now - BEGIN).days) - life.charged_on) % MONTH
            until = now + timedelta(days=MONTH - gone)
        truth = Subscription(
            id=f"sandbox:{user}",
            plan="pro",
            status="active" if status == "active" else "ended",
            since=BEGIN - timedelta(days=BEFORE),
            as_of=now,
            until=until,
            renews=status == "active",
            months=1,
            price=Price(amount=PRICE, currency="usd"),
        )
        return SubscriptionChanged(key=self._key(), at=now, who=self._who(user), subscription=truth)

    def _take(self, events: Sequence[Event]) -> None:
        for first in range(0, len(events), CHUNK):
            self.app.handle([Parcel(events=tuple(events[first : first + CHUNK]))])

    def _who(self, user: str) -> Account:
        return Account(platform="playground", space=SPACE, user=user, name=f"Member {user}")

    def _key(self) -> str:
        self._serial += 1
        return f"year:{self._serial}"

    # ------------------------------------------------------------------ the end

    def _told(self, before: dict[str, int], paying: dict[str, float]) -> Year:
        users = list(self.lives)
        rules = self.app.rules
        held = [untouched(COMMUNITY, self._numbers[user], rules) for user in users]
        numbers = {self._numbers[user] for user, kept in zip(users, held, strict=True) if kept}
        lives = self.lives.values()
        return Year(
            held=np.array(held),
            retained=np.array([float(not one.gone and (one.pays or one.silence < BEFORE)) for one in lives]),
            revenue=np.array([self._revenue[user] / 100 for user in users]),
            before=np.array([before[user] for user in users], float),
            paying=np.array([paying[user] for user in users]),
            heard=np.array([self._heard[user] for user in users], float),
            left=sum(one.gone for one in lives),
            muted=sum(one.muted for one in lives),
            outboxed=self.store.look(_nudges_of, numbers),
        )


def _when(event: Event) -> datetime:
    return event.at


def _accounts(connection: Connection) -> list[tuple[str, int]]:
    return [(user, member) for user, member in connection.execute(select(ACCOUNTS.c.external, ACCOUNTS.c.member_id))]


def _nudges_of(connection: Connection, members: set[int]) -> int:
    """How many nudges ever stood in the outbox for any of these members."""
    rows = connection.execute(select(OUTBOX.c.member_id, OUTBOX.c.effect))
    return sum(member in members and '"type":"Nudge"' in effect for member, effect in rows)
