"""What is really so: subscriptions at their provider over some months, and when each change is rung for, if ever.

Everything follows from the seed. Nothing here knows Lyceum but for the words a provider speaks in.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from bot.engine.rules import MembershipRules, Plan, Rules
from bot.sales import Price, Subscription
from bot.words import Word, replace

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = timedelta(days=240)
LATEST = timedelta(hours=55)
END = BEGIN + SPAN + LATEST + timedelta(hours=1)
MONTH = timedelta(days=30)

PLANS = {
    "gold": Plan(name="gold", prices={"usd": 1900}, gates=("lounge", "vault")),
    "silver": Plan(name="silver", prices={"usd": 900}, gates=("lounge",), grace_days=0),
    "studio": Plan(name="studio", prices={"usd": 2900}, gates=("studio",), grace_days=2, trial_days=7),
    "pass": Plan(name="pass", period="once", days=20, prices={"usd": 500}, gates=("vault",)),
}
GRACE = {"gold": 7, "silver": 0, "studio": 2, "pass": 7}
GATES = ("lounge", "studio", "vault")
RULES = Rules(plans=tuple(PLANS.values()), membership=MembershipRules(renewal_notice_days=0))


class Fate(Word, frozen=True):
    """How likely things are to go wrong."""

    doubled: float = 0.15
    lost: float = 0.02
    deaths: float = 0.01
    late: float = 0.2
    """The share of deliveries that take up to 55 hours; the others take up to half a minute."""


class Change(Word, frozen=True):
    """At `at` the truth became `subscription`; `member` is the number of whoever bought it, by order `order`."""

    at: datetime
    member: int
    order: str
    subscription: Subscription


class Bell(Word, frozen=True):
    """A webhook's arrival: `event` is about the subscription `about` that changed at `since`; the handler may die."""

    at: datetime
    event: str
    about: str
    since: datetime
    dies: str = ""
    """'' or when: one of `DEATHS`."""


class World(Word, frozen=True):
    """The history of a seed: `changes` and `bells` by time, and how many deliveries never came (`lost`)."""

    seed: int
    changes: tuple[Change, ...]
    bells: tuple[Bell, ...]
    members: int
    lost: int
    doubled: int

    @property
    def deliveries(self) -> int:
        """Webhooks that were sent."""
        return len(self.bells) + self.lost


DEATHS = ("before it is stored", "before it is asked", "while it is asked", "before it takes effect")


def world(seed: int, deliveries: int = 10_000, fate: Fate | None = None) -> World:
    """A history with exactly so many webhooks; as many members as that takes."""
    fate, chance = fate or Fate(), Random(seed)
    changes: list[Change] = []
    bells: list[Bell] = []
    members = lost = doubled = 0
    while True:
        for change in _life(chance, members):
            changes.append(change)
            times = 2 if chance.random() < fate.doubled else 1
            for _ in range(times):
                if chance.random() < fate.lost:
                    lost += 1
                else:
                    bells.append(_bell(chance, fate, len(changes), change))
            doubled += times - 1
            if len(bells) + lost >= deliveries:
                del bells[deliveries - lost :]
                changes.sort(key=lambda one: one.at)
                bells.sort(key=lambda one: one.at)
                return World(
                    seed=seed,
                    changes=tuple(changes),
                    bells=tuple(bells),
                    members=members + 1,
                    lost=lost,
                    doubled=doubled,
                )
        members += 1


def _bell(chance: Random, fate: Fate, number: int, change: Change) -> Bell:
    late = chance.random() < fate.late
    delay = timedelta(seconds=chance.uniform(0.2, LATEST.total_seconds() if late else 30))
    dies = chance.choice(DEATHS) if chance.random() < fate.deaths else ""
    about = change.subscription.id
    return Bell(at=change.at + delay, event=f"evt_{number}", about=about, since=change.at, dies=dies)


# ---------------------------------------------------------------------- lives


def _life(chance: Random, member: int) -> Iterator[Change]:
    """One purchase after the other, mostly with a pause between, sometimes two at a time."""
    count = 0
    starts = [BEGIN + SPAN * chance.random() * 0.6]
    while starts:
        at = starts.pop()
        name = f"sub_{member}_{count}"
        count += 1
        for change in _subscription(chance, member, name, at):
            at = change.at
            if change.at < BEGIN + SPAN:
                yield change
        if chance.random() < 0.6:
            starts.append(at + timedelta(days=chance.uniform(0.01, 40)))
        if chance.random() < 0.15:
            starts.append(at - timedelta(days=chance.uniform(0, 5)))
        starts = [start for start in starts if BEGIN <= start < BEGIN + SPAN]


def _subscription(chance: Random, member: int, name: str, at: datetime) -> Iterator[Change]:
    plan = PLANS[chance.choices(list(PLANS), weights=(45, 25, 20, 10))[0]]
    one = Subscription(
        id=f"sim:{name}",
        plan=plan.name,
        status="pending",
        since=at,
        as_of=at,
        until=at,
        months=plan.months,
        price=Price(amount=plan.prices["usd"], currency="usd"),
    )
    for at_, told in _truths(chance, plan, one):
        yield Change(at=at_, member=member, order=f"order_{name}", subscription=replace(told, as_of=at_))


Told = tuple[datetime, Subscription]


def _truths(chance: Random, plan: Plan, one: Subscription) -> Iterator[Told]:
    at = one.since
    if chance.random() < 0.2:  # the bank asks for more before it pays
        yield at, one
        at += timedelta(minutes=chance.uniform(1, 60))
    if plan.period == "once":
        one = replace(one, status="active", until=at + timedelta(days=plan.days))
        yield at, one
        yield from _given_back(chance, one, at, 0.1)
        return
    trial = plan.trial_days and chance.random() < 0.7
    until = at + timedelta(days=plan.trial_days) if trial else at + MONTH
    one = replace(one, status="trialing" if trial else "active", renews=True, until=until)
    one = replace(one, trial_until=until if trial else None)
    yield at, one
    yield from _periods(chance, one, at)


def _periods(chance: Random, one: Subscription, at: datetime) -> Iterator[Told]:
    """One period after the other, until something ends it."""
    while True:
        assert one.until is not None
        happened = list(_within(chance, one, at))
        yield from happened
        at, one = happened[-1] if happened else (at, one)
        if one.status in ("refunded", "ended"):
            return
        assert one.until is not None
        due = max(one.until, at)
        if not one.renews:
            yield due, replace(one, status="ended")
            return
        if chance.random() < 0.75:
            at, one = due, replace(one, status="active", until=due + MONTH)
            yield at, one
            continue
        one = replace(one, status="past_due")
        yield due, one
        recovers = due + timedelta(days=chance.uniform(0.1, 9))
        if chance.random() < 0.5:
            yield due + timedelta(days=10), replace(one, status="ended")
            return
        at, one = recovers, replace(one, status="active", until=due + MONTH)
        yield at, one


def _within(chance: Random, one: Subscription, at: datetime) -> Iterator[Told]:
    """What may happen within a period: at most one thing and its consequence."""
    assert one.until is not None
    first, second = sorted(at + (one.until - at) * chance.uniform(0.02, 0.98) for _ in range(2))
    kind = chance.choices(
        ("nothing", "cancel", "cancel and keep", "pause", "refund", "dispute", "dispute and win", "change"),
        weights=(55, 10, 10, 8, 4, 3, 4, 6),
    )[0]
    match kind:
        case "cancel":
            yield first, replace(one, renews=False)
        case "cancel and keep":
            yield first, replace(one, renews=False)
            yield second, one
        case "pause":
            yield first, replace(one, status="paused")
            yield second, one
        case "refund":
            yield first, replace(one, status="refunded")
        case "dispute":
            yield first, replace(one, status="disputed")
            yield second, replace(one, status="ended")
        case "dispute and win":
            yield first, replace(one, status="disputed")
            yield second, one
        case "change" if one.plan in ("gold", "silver"):
            yield first, replace(one, plan="silver" if one.plan == "gold" else "gold")


def _given_back(chance: Random, one: Subscription, at: datetime, share: float) -> Iterator[Told]:
    if chance.random() < share:
        assert one.until is not None
        yield at + (one.until - at) * chance.random(), replace(one, status="refunded")
