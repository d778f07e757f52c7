"""The law of nudges: whatever happens in whatever order, no brake is broken, nothing said twice, nothing untrue.

Members write, join, leave, pay, wish and complain; clocks go on, jump and are put back, across changes to summer time;
jobs run twice; platforms refuse, say too fast, or the process ends before or after a message was taken. The oracle
knows what was done and said, and judges every message at the instant at which the platform took it, and every row of
the outbox at the instant at which it was written. It asks the code under test nothing.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.app import App
from bot.batch import Parcel
from bot.delivery import Delivery, GiveUp, TryAgain
from bot.effects import Nudge
from bot.engine.earning import StreakRules
from bot.engine.rules import NudgeRules, Plan, Rules
from bot.events import (
    Account,
    Complained,
    Event,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    NoticesChosen,
    PaceChosen,
    PaymentReceived,
    QuietHoursChosen,
    SubscriptionChanged,
    TopicChosen,
    ZoneChosen,
)
from bot.sales import Payment, Price, Subscription
from bot.storage import ledger, members, nudges, nudging
from bot.storage.outbox import Task
from bot.storage.store import Connection, Store
from bot.text import features
from tests.conftest import Clock

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BUDGET, GAP, WIN_BACK, AFTER_PAYMENT, SHARE = 3, 10, 14, 48, 0.2
LAW = Rules(
    zone="Europe/Berlin",
    plans=(Plan(name="gold", prices={"usd": 900}),),
    streaks=StreakRules(freezes=0),
    nudges=NudgeRules(
        budget=BUDGET, gap_hours=GAP, win_back_days=WIN_BACK, after_payment_hours=AFTER_PAYMENT, holdout=SHARE,
        quiet_days=2, streak=1,
    ),
)  # fmt: skip
STARTS = (datetime(2027, 3, 27, 11, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC))
"""A day before clocks change in Europe."""
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
TOPIC = {
    "welcome": "welcome", "first_win": "welcome", "unanswered": "welcome", "streak": "habits", "receipt": "membership",
    "payment_check": "membership", "at_risk": "contact", "win_back": "contact", "anniversary": "celebrations",
    "campaign": "news",
}  # fmt: skip
PLATFORMS = ("telegram", "discord", "playground")
"""Where each of the members is."""

Act = tuple[Any, ...]
who = st.integers(0, len(PLATFORMS) - 1)
hour = st.integers(0, 23)
MOODS = ("closed", "refused", "fast", "again", "killed", "after")
going_on: st.SearchStrategy[Act] = st.one_of(
    st.tuples(st.just("pass"), st.sampled_from((4, 20, 26, 50, 100, 240))),
    st.tuples(st.just("say"), who),
    st.tuples(st.just("campaign"), st.integers(0, 9)),
)
happening: st.SearchStrategy[Act] = st.one_of(
    st.tuples(st.just("back"), st.sampled_from((30, 600, 1500))),
    st.tuples(st.just("join"), who),
    st.tuples(st.just("pay"), who),
    st.tuples(st.just("end"), who),
    st.tuples(st.just("plan")),
    st.tuples(st.just("send")),
    st.tuples(st.just("restart")),
    st.tuples(st.just("platform"), st.sampled_from(MOODS)),
)
wished: st.SearchStrategy[Act] = st.one_of(
    st.tuples(st.just("leave"), who),
    st.tuples(st.just("notices"), who, st.just(False)),
    st.tuples(st.just("notices"), who, st.just(True)),
    st.tuples(
        st.just("topic"),
        who,
        st.sampled_from(("news", "news", "contact", "welcome")),
        st.sampled_from((False, False, True)),
    ),
    st.tuples(st.just("quiet"), who, hour, hour),
    st.tuples(st.just("zone"), who, st.sampled_from(ZONES)),
    st.tuples(st.just("pace"), who, st.booleans()),
    st.tuples(st.just("complain"), who),
)
days = st.tuples(
    st.lists(going_on, min_size=3, max_size=6), st.lists(happening, max_size=2), st.lists(wished, max_size=2)
)
stories = st.lists(days, min_size=3, max_size=7).map(lambda all_: [act for day in all_ for part in day for act in part])
"""Mostly life goes on; now and then something happens, or somebody wishes for something."""


class KilledError(BaseException):
    """The process ended here."""


REFUSALS: dict[str, BaseException] = {
    "closed": GiveUp("no", closed=True),
    "refused": GiveUp("no"),
    "fast": TryAgain("slowly", after=3600, too_fast=True),
    "again": TryAgain("not now", after=30 * 3600),
    "killed": KilledError(),
}


@dataclass
class Life:
    """What the oracle knows of a member."""

    account: Account
    zone: str = "Europe/Berlin"
    here: bool = True
    notices: bool = True
    complained: bool = False
    fewer: bool = False
    quiet: tuple[int, int] = (21, 9)
    muted: set[str] = field(default_factory=set)
    joined: datetime | None = None
    spoke: list[datetime] = field(default_factory=list)
    paid: datetime | None = None
    until: datetime | None = None
    ended: bool = False
    heard: list[tuple[datetime, str]] = field(default_factory=list)
    """When which nudge reached them, or was held back from them instead: for what may follow it is the same."""


class World:
    """The community, the oracle and the platforms; `run` does an act."""

    numbers = count(1)

    def __init__(self, store: Store, start: datetime) -> None:
        self.store = store
        self.clock = Clock(start)
        self.app = App(store, LAW, clock=self.clock)
        self.space = f"law-{next(self.numbers)}"
        self.keys = count(1)
        self.mood = "ok"
        self.wrong: list[AssertionError] = []
        """What the delivery must not swallow as a mistake of the platform's."""
        self.said: set[int] = set()
        """Rows that a platform took."""
        self.posted: set[str] = set()
        self.kept: set[int] = set()
        """Rows that were held back."""
        self.lives: dict[int, Life] = {}
        store.transact(_clear)
        for number, platform in enumerate(PLATFORMS):
            self._enrol(Account(platform=platform, space=self.space, user=f"{self.space}-{number}", name=f"P{number}"))
        self.community = next(iter(self.store.look(ledger_seats, list(self.lives.values()))))
        self.deliver = self._delivery()

    def _enrol(self, account: Account) -> None:
        seat = next(iter(self.store.transact(ledger.seats, [account]).values()))
        self.store.transact(members.private_chat, account.platform, account.user, self.clock())
        self.lives[seat.member] = Life(account=account)

    def _delivery(self) -> Delivery:
        ports: dict[str, Any] = dict.fromkeys(PLATFORMS, self)
        return Delivery(self.store, ports, self.clock, lambda: LAW)

    def life(self, number: int) -> Life:
        return list(self.lives.values())[number]

    # ------------------------------------------------------------------ the port

    async def perform(self, task: Task) -> None:
        """A platform, which is in a mood for one message; what is no nudge is not for here."""
        if not isinstance(task.effect, Nudge):
            return
        mood, self.mood = self.mood, "ok"
        if mood in REFUSALS:
            raise REFUSALS[mood]
        try:
            self.judge_message(task)
        except AssertionError as error:
            self.wrong.append(error)
        if mood == "after":
            raise KilledError

    # ------------------------------------------------------------------ acts

    def hear(self, *events: Event) -> None:
        self.app.handle([Parcel(events=events)])

    def key(self) -> str:
        return f"{self.space}:{next(self.keys)}"

    def run(self, act: Act) -> None:
        """Do an act, and afterwards let the jobs run as they would."""
        now, name = self.clock(), act[0]
        if name == "pass":
            self.go_on(act[1])
        elif name == "back":
            self.clock.advance(minutes=-act[1])
            self.announce(next(self.keys))
            self.go_on(1)
        elif name == "platform":
            self.mood = act[1]
        elif name == "restart":
            self.app, self.deliver = App(self.store, LAW, clock=self.clock), self._delivery()
        elif name == "campaign":
            self.announce(act[1])
        elif name in ("plan", "send"):
            (self.plan if name == "plan" else self.send)()
        else:
            self.live(name, self.life(act[1]), act[2:], now)

    def announce(self, number: int) -> None:
        """A campaign for everybody; one of the same number is the same."""
        now, name = self.clock(), "campaign"
        rows = [(self.community, member, name, f"c{number}", now, now + 5 * DAY, NEWS) for member in self.lives]
        self.store.transact(nudges.put, rows)

    def go_on(self, hours: int) -> None:
        """Time passes to whatever is due next, and the jobs run."""
        self.plan()
        end = self.clock() + hours * HOUR
        while (due := self.store.look(_next)) is not None and max(due, self.clock()) <= end:
            self.clock.now = max(due, self.clock()) + timedelta(seconds=1)
            self.send()
            self.push()
        self.clock.now = max(end, self.clock())
        self.plan()

    def live(self, name: str, life: Life, more: tuple[Any, ...], now: datetime) -> None:
        """What a member does."""
        who, key = life.account, self.key()
        match name:
            case "say":
                life.spoke.append(now)
                self.hear(MessagePosted(key=f"{who.platform}:message:{key}", at=now, who=who, channel="5", text=TEXT))
            case "join":
                life.here, life.joined = True, now
                self.store.transact(members.private_chat, who.platform, who.user, now)
                self.hear(MemberJoined(key=key, at=now, who=who))
            case "leave":
                life.here = False
                self.hear(MemberLeft(key=key, at=now, who=who))
            case "notices":
                life.notices = more[0]
                life.complained = life.complained and not more[0]
                self.hear(NoticesChosen(key=key, at=now, who=who, wanted=more[0]))
            case "topic":
                (life.muted.discard if more[1] else life.muted.add)(more[0])
                self.hear(TopicChosen(key=key, at=now, who=who, topic=more[0], wanted=more[1]))
            case "quiet":
                life.quiet = more
                self.hear(QuietHoursChosen(key=key, at=now, who=who, start=more[0], end=more[1]))
            case "zone":
                life.zone = more[0]
                self.hear(ZoneChosen(key=key, at=now, who=who, zone=more[0]))
            case "pace":
                life.fewer = more[0]
                self.hear(PaceChosen(key=key, at=now, who=who, fewer=more[0]))
            case "complain":
                life.complained = True
                self.hear(Complained(key=key, at=now, who=who))
            case _:
                self.trade(name, life, now)

    def trade(self, name: str, life: Life, now: datetime) -> None:
        who, key = life.account, self.key()
        if name == "pay":
            life.paid = max(life.paid or now, now)
            life.until, life.ended = now + 30 * DAY, False
        else:
            life.until, life.ended = now, True
        truth = Subscription(
            id=f"sandbox:{who.user}", plan="gold", status="active" if name == "pay" else "ended", since=now, as_of=now,
            until=life.until, renews=name == "pay", months=1,
        )  # fmt: skip
        self.hear(SubscriptionChanged(key=key, at=now, who=who, subscription=truth))
        if name == "pay":
            price = Price(amount=900, currency="usd")
            paid = Payment(id=f"sandbox:{key}", kind="charge", subscription=truth.id, plan="gold", price=price)
            self.hear(PaymentReceived(key=f"{key}:p", at=now, who=who, payment=paid))

    # ------------------------------------------------------------------ the jobs

    def plan(self) -> None:
        """As the job does, and once more as if two had run beside each other."""
        seen = self.store.look(nudging.foresee, LAW, self.community, 0, 99, self.clock(), filled=False)
        for _ in range(2):
            self.store.transact(nudges.put, seen.wanted)
        self.store.transact(nudges.expire, self.clock())

    def send(self) -> None:
        self.store.transact(nudging.send, LAW, PLATFORMS, self.clock())
        self.judge_outbox()

    def push(self) -> None:
        try:
            while self.store.look(_waits) and asyncio.run(self.deliver.deliver(self.clock())):
                pass
        except KilledError:
            self.app, self.deliver = App(self.store, LAW, clock=self.clock), self._delivery()
        assert not self.wrong, self.wrong

    # ------------------------------------------------------------------ the oracle

    def judge_outbox(self) -> None:
        """Every new row of the outbox is for somebody who may be written to now, and none for the hold-out.

        Nor do two wait for one member. Who is held out is somebody who could be written to now.
        """
        waiting = [member for member, *_ in self.store.look(_waiting)]
        assert len(waiting) == len(set(waiting))
        for number, member, nudge in self.store.look(_held_back):
            if number not in self.kept:
                self.kept.add(number)
                self.judge(self.lives[member], nudge)
                self.lives[member].heard.append((self.clock(), nudge))
        for key, member, nudge, about in self.store.look(_rows):
            if key not in self.posted:
                self.posted.add(key)
                self.judge(self.lives[member], nudge)
                mine = f"nudge:{self.community}:{nudge}" + (f":{about}" if nudge == "campaign" else "")
                assert not held(mine, member)

    def judge_message(self, task: Task) -> None:
        """A platform has taken a message: it is the first of its row, at a time at which it may be."""
        assert isinstance(task.effect, Nudge)
        assert task.effect.row not in self.said
        self.said.add(task.effect.row)
        life = self.lives[task.member]
        self.judge(life, task.effect.notice)
        life.heard.append((self.clock(), task.effect.notice))

    def judge(self, life: Life, nudge: str) -> None:
        now = self.clock()
        assert life.notices
        assert not life.complained
        assert TOPIC[nudge] not in life.muted
        assert life.here or nudge == "win_back"
        hour = now.astimezone(ZoneInfo(life.zone)).hour
        start, end = life.quiet
        assert hour not in {(start + n) % 24 for n in range((end - start) % 24)}
        assert all(now - at >= GAP * HOUR for at, _ in life.heard)
        assert sum(now - at < 7 * DAY for at, _ in life.heard) < (1 if life.fewer else BUDGET)
        assert nudge != "win_back" or all(now - at >= WIN_BACK * DAY for at, one in life.heard if one == "win_back")
        assert life.paid is None or now - life.paid >= AFTER_PAYMENT * HOUR
        assert self.true(life, nudge, now)

    def true(self, life: Life, nudge: str, now: datetime) -> bool:
        """Whether what a nudge says is so."""
        last = max(life.spoke, default=None)
        live = life.until is not None and not life.ended and now < life.until + 10 * DAY
        match nudge:
            case "welcome":
                return last is None and life.joined is not None and HOUR <= now - life.joined < 3 * DAY
            case "first_win":
                return last is None and life.joined is not None and 2 * DAY <= now - life.joined < 5 * DAY
            case "unanswered":
                return any(6 * HOUR <= now - at < 3 * DAY for at in life.spoke)
            case "at_risk":
                return last is not None and 2 * DAY <= now - last < 28 * DAY
            case "streak":
                days = {at.astimezone(ZoneInfo(life.zone)).date() for at in life.spoke}
                return now.astimezone(ZoneInfo(life.zone)).date() not in days
            case "receipt":
                return live
            case "win_back":
                return life.until is not None and not live and now - life.until >= 7 * DAY
            case _:
                return nudge == "campaign"


NEWS: dict[str, int | str] = {"text": "News!"}
TEXT = features("how does one begin here?")


def held(salt: str, member: int) -> bool:
    """The hold-out, worked out anew: the first 53 bits of a hash, as a share of all there are."""
    digest = blake2b(f"{salt}\0{member}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 < SHARE


def ledger_seats(connection: Connection, lives: list[Life]) -> Iterator[int]:
    """The community of the lives."""
    return iter([seat.community for seat in ledger.seats(connection, [one.account for one in lives]).values()])


def _clear(connection: Connection) -> None:
    """Nothing of an earlier example is due."""
    for table in ("nudges", "outbox", "surfaces", "cursors"):
        connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of our own tables


def _waits(connection: Connection) -> bool:
    return connection.scalar(text("SELECT 1 FROM outbox WHERE done_at IS NULL LIMIT 1")) is not None


def _waiting(connection: Connection) -> list[Any]:
    query = text("SELECT member_id FROM outbox WHERE done_at IS NULL AND key LIKE 'nudge:%'")
    return list(connection.execute(query))


def _held_back(connection: Connection) -> list[tuple[int, int, str]]:
    rows = connection.execute(text("SELECT id, member_id, nudge FROM nudges WHERE state = 'held' ORDER BY id"))
    return [(row[0], row[1], row[2]) for row in rows]


def _next(connection: Connection) -> datetime | None:
    """When a nudge is due, or something in the outbox."""
    found = [nudges.next_due(connection)]
    waits = text("SELECT max(due_at, coalesce(leased_until, 0)) FROM outbox WHERE done_at IS NULL ORDER BY 1 LIMIT 1")
    micros = connection.scalar(waits)
    found += [] if micros is None else [datetime.fromtimestamp(micros / 1e6, UTC)]
    return min([at for at in found if at is not None], default=None)


def _rows(connection: Connection) -> list[tuple[str, int, str, str]]:
    join = (
        "SELECT o.key, o.member_id, n.nudge, n.about FROM outbox o JOIN nudges n ON o.key LIKE 'nudge:' || n.id || ':%'"
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(text(join))]


@pytest.mark.one_database
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(start=st.sampled_from(STARTS), story=stories)
def test_no_schedule_breaks_a_brake_or_says_anything_twice_or_untrue(
    store: Store, start: datetime, story: list[Act]
) -> None:
    world = World(store, start)
    for act in story:
        world.run(act)
    stuck = store.look(lambda c: c.scalar(text("SELECT count(*) FROM nudges WHERE state = 'due' AND due_at > until")))
    assert stuck == 0
