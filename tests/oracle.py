"""What the answer is: plain models of the rules, for one community, fed the true list of events.

They share no code with the engine or the storage. `Oracle` knows messages, deletions and reactions by the rules as
shipped, which is what the tests that kill the process tell; the functions below it know what a purchase is worth; and
`Reckoning` knows all that taking part comes to, by rules of its own in which everything bites.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

from bot.events import (
    Account,
    AdjustmentUndone,
    AnswerAccepted,
    Attended,
    Author,
    CheckedIn,
    ContentFinished,
    ContentOpened,
    Crowned,
    DayEnded,
    Event,
    InviteStayed,
    ItemBought,
    ItemReturned,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PaymentReceived,
    PaymentReturned,
    PointsAdjusted,
    Prestiged,
    ReactionGiven,
    ReactionReceived,
    ReactionWithdrawn,
    ThanksReceived,
    ThanksWithdrawn,
    ZoneChosen,
)
from bot.sales import Subscription

Row = tuple[int, int, int, int, int]
"""(points, messages, reactions given, reactions received, level)."""


def level(points: int) -> int:
    """The level by MEE6's curve, counted up step by step."""
    reached = total = 0
    while points >= total + 5 * reached * reached + 50 * reached + 100:
        total += 5 * reached * reached + 50 * reached + 100
        reached += 1
    return reached


class Oracle:
    """Counters for each user, and the announcements that were due: (user, level), each new height once."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        """The key of every event that counted, and whom it was about."""
        self.points: Counter[str] = Counter()
        self._earned: dict[str, dict[str, int]] = {}
        """{message: {event: what it earned}}."""
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in ("messages", "given", "received")}
        self.announced: dict[str, int] = {}
        self.announcements: list[tuple[str, int]] = []

    def feed(self, events: Iterable[Event]) -> None:
        """Take in events in the order heard."""
        for event in events:
            user = event.who.user if isinstance(event.who, Account) else self.seen.get(event.who.of)
            if event.key in self.seen or user is None:
                continue
            self.seen[event.key] = user
            self._count(event, user)
            height = level(self.points[user])
            if height > self.announced.get(user, 0):
                self.announced[user] = height
                self.announcements.append((user, height))

    def _count(self, event: Event, user: str) -> None:
        if isinstance(event, MessagePosted):
            self._earn(user, event.key, event.key, 15 + crc32(event.key.encode()) % 11)
            self.counts["messages"][user] += 1
        elif isinstance(event, MessageDeleted):
            self.points[user] -= sum(self._earned.pop(event.of, {}).values())  # and what others gave for it
            self.counts["messages"][user] -= 1
        elif isinstance(event, ReactionGiven):
            self.counts["given"][user] += 1
        elif isinstance(event, ReactionReceived):
            self._earn(user, event.key, event.of, 5)
            self.counts["received"][user] += 1
        elif isinstance(event, ReactionWithdrawn):
            self.points[user] -= self._earned.get(event.of, {}).pop(event.key.removesuffix(":withdrawn"), 0)
            self.counts["received"][user] -= 1

    def _earn(self, user: str, key: str, message: str, worth: int) -> None:
        self.points[user] += worth
        self._earned.setdefault(message, {})[key] = worth

    def rows(self) -> dict[str, Row]:
        """{user: what the database has to say of them}."""
        return {
            user: (
                self.points[user],
                self.counts["messages"][user],
                self.counts["given"][user],
                self.counts["received"][user],
                level(self.points[user]),
            )
            for user in set(self.seen.values())
        }


# ---------------------------------------------------------------------- what was bought

WORST = ("ended", "refunded", "disputed", "paused", "past_due", "active", "trialing", "pending")
"""Of two truths of one instant the one whose status comes first here is believed."""


def latest(truths: Iterable[Subscription]) -> dict[str, list[Subscription]]:
    """{subscription: the truths that may be believed of it}: of the last instant, the worst; several if they tie."""
    found: dict[str, list[Subscription]] = {}
    for one in truths:
        best = found.get(one.id)
        if best is None or _rank(one) < _rank(best[0]):
            found[one.id] = [one]
        elif _rank(one) == _rank(best[0]) and one not in best:
            best.append(one)
    return found


def _rank(one: Subscription) -> tuple[float, int]:
    return -one.as_of.timestamp(), WORST.index(one.status)


def open_until(one: Subscription, grace_days: int = 7) -> float | None:
    """The second since 1970 at which access by a subscription ends if nothing else happens; None is never.

    0.0 where it gives no access at all. By the default rules, for a plan with `grace_days`.
    """
    if one.status in ("pending", "paused", "disputed", "refunded", "ended"):
        return 0.0
    if one.until is None:
        return None
    first_charge_failed = one.until in (one.since, one.trial_until)
    allowance = 0 if first_charge_failed else grace_days
    if allowance and (one.until - one.since).days >= 365:
        allowance = max(allowance, 14)
    if one.status != "past_due":
        allowance = max(allowance, 3) if one.renews else 0
    return one.until.timestamp() + allowance * 86_400


def entitles(one: Subscription, at: datetime, grace_days: int = 7) -> bool:
    """Whether a subscription opens its plan's gates at a time."""
    ends = open_until(one, grace_days)
    return ends is None or at.timestamp() < ends


def entitled(truths: Iterable[Subscription], at: datetime, grace_days: Mapping[str, int]) -> list[set[str]]:
    """The sets of plans that may be what these truths entitle to at a time; more than one only where truths tie."""
    answers: list[set[str]] = [set()]
    for believed in latest(truths).values():
        plans = [{one.plan} if entitles(one, at, grace_days.get(one.plan, 7)) else set() for one in believed]
        answers = [answer | more for answer in answers for more in plans]
    return answers


# ---------------------------------------------------------------------- taking part

WORTHS: dict[str, tuple[int, int, int]] = {
    "message": (15, 25, 30),
    "reply": (5, 5, 7),
    "checkin": (20, 20, 30),
    "attendance": (50, 50, 70),
    "content": (30, 30, 0),
    "reaction": (5, 5, 4),
    "thanks": (20, 20, 25),
    "answer": (100, 100, 150),
    "invite": (40, 40, 0),
    "purchase": (30, 30, 0),
}
"""The ways to earn of the laws: least and most, and the limit of a day (0: none), so small that it bites."""
FACTORS = {("channel", "loud"): 1.5, ("channel", "mute"): 0.0, ("role", "vip"): 2.0}
OTHERS_GIVE = ("reaction", "thanks", "answer", "invite")
STEP, GRAND = 40, 2
"""Points a level, and the level from which one may begin again."""
RATE = 2
"""Points for a coin."""
FREEZES = 1


class Award(NamedTuple):
    """Something earned, or given by a creator (`way` "points", "quality", "coins"), and what it hangs on."""

    key: str
    way: str
    day: date
    worth: int
    thing: str


class Life:
    """Everything that is known of one member, as lists: what it comes to is counted anew each time it is asked."""

    def __init__(self) -> None:
        self.zone = ""
        self.here = True
        self.awards: list[Award] = []
        self.counts: Counter[str] = Counter()
        self.spent = 0
        self.bought: dict[str, int] = {}
        self.bills: list[list[int]] = []
        """[paid, given back of it] of each payment, in minor units."""
        self.gifts: dict[str, tuple[date, int, str]] = {}
        """{giver: (the first day of a week, how often since, for what the last time)}."""
        self.days: set[date] = set()
        self.sessions: set[str] = set()
        self.contents: set[str] = set()
        self.base = self.stars = self.top = 0
        self.checked: set[date] = set()
        self.lowered: dict[str, int] = {}
        self.crown: date | None = None
        self.won: list[tuple[str, datetime]] = []
        self.seasons: Counter[str] = Counter()

    def sums(self) -> dict[tuple[str, date], int]:
        """{(way, day): what of it counts}."""
        found: dict[tuple[str, date], int] = {}
        for one in self.awards:
            if one.way in WORTHS and one.way != "purchase":
                found[one.way, one.day] = found.get((one.way, one.day), 0) + one.worth
        return {(way, day): min(worth, WORTHS[way][2] or worth) for (way, day), worth in found.items()}

    def given(self, *ways: str) -> int:
        """What a creator gave."""
        return sum(one.worth for one in self.awards if one.way in ways)

    def points(self) -> int:
        return sum(self.sums().values()) + self.given("points", "quality")

    def quality(self) -> int:
        return sum(n for (way, _), n in self.sums().items() if way in OTHERS_GIVE) + self.given("quality")

    def coins(self) -> int:
        return sum(self.sums().values()) // RATE + self.extra() - self.spent

    def extra(self) -> int:
        """Coins that came otherwise than by points: of a payment without the share that was given back."""
        each = WORTHS["purchase"][0]
        return self.given("coins") + sum(each - each * back // paid for paid, back in self.bills)

    def give_back(self, money: int) -> None:
        """Of the last payment first."""
        for bill in reversed(self.bills):
            back = min(money, bill[0] - bill[1])
            bill[1], money = bill[1] + back, money - back

    def level(self) -> int:
        return max(0, (self.points() - self.base) // STEP)

    def best(self) -> int:
        return max((streak(self.days, day) for day in self.days), default=0)

    def metrics(self) -> dict[str, int]:
        """What badges count."""
        return {
            **{name: self.counts[name] for name in COUNTED},
            "points": self.points(),
            "quality": self.quality(),
            "level": self.level(),
            "prestige": self.stars,
            "active_days": len(self.days),
            "streak": self.best(),
        }


COUNTED = (
    "messages",
    "replies",
    "reactions_given",
    "reactions_received",
    "thanks",
    "answers",
    "checkins",
    "attended",
    "finished",
    "invited",
)


COUNTS: dict[type, tuple[str, int]] = {
    MessageDeleted: ("messages", -1),
    ReactionGiven: ("reactions_given", 1),
    ReactionReceived: ("reactions_received", 1),
    ReactionWithdrawn: ("reactions_received", -1),
    ThanksWithdrawn: ("thanks", -1),
    ThanksReceived: ("thanks", 1),
    AnswerAccepted: ("answers", 1),
    CheckedIn: ("checkins", 1),
    Attended: ("attended", 1),
    ContentFinished: ("finished", 1),
    InviteStayed: ("invited", 1),
}
FLAT: dict[type, str] = {
    AnswerAccepted: "answer",
    CheckedIn: "checkin",
    Attended: "attendance",
    ContentFinished: "content",
    InviteStayed: "invite",
}


def streak(days: Collection[date], today: date, freezes: int = FREEZES) -> int:
    """Counted day by day backwards: active days, until one was missed beyond what is forgiven within thirty days.

    Today is not missed yet.
    """
    count, day, missed = int(today in days), today - timedelta(days=1), list[date]()
    while days and day >= min(days):
        if day in days:
            count += 1
        elif sum((one - day).days < 30 for one in missed) < freezes:
            missed.append(day)
        else:
            break
        day -= timedelta(days=1)
    return count


Goal = tuple[str, str, int, date | None, date | None]
"""A badge: name, what is counted, how many, and the first day of its season and the first after it."""


class Reckoning:
    """What a story comes to by the rules of the laws, for each user; fed the true events in the order heard."""

    def __init__(self, goals: Iterable[Goal]) -> None:
        self.lives: dict[str, Life] = {}
        self.heard: dict[str, str] = {}
        self.thanks: dict[str, tuple[str, MessagePosted]] = {}
        """{message: whom it thanked, and itself}."""
        self._goals = list(goals)

    def feed(self, events: Iterable[Event]) -> None:
        """Take in events; what was heard before, or is about nobody, changes nothing."""
        for event in events:
            user = event.who.user if isinstance(event.who, Account) else self.heard.get(event.who.of)
            if user is None or event.key in self.heard:
                continue
            self._hear(event, user)
            if isinstance(event, MessagePosted) and event.text.thanks and event.reply_to in self.heard:
                taker, giver = self.heard[event.reply_to], event.who.user
                if taker != giver:
                    self._hear(_thanks(event), taker)
                    self.thanks[event.key] = taker, event
            if isinstance(event, MessageDeleted) and event.of in self.thanks:
                taker, thankful = self.thanks.pop(event.of)
                self._hear(_unthanked(thankful, event.at), taker)

    def _hear(self, event: Event, user: str) -> None:
        life = self.lives.setdefault(user, Life())
        before = life.metrics()
        day = event.at.astimezone(ZoneInfo(life.zone or "UTC")).date()
        self.heard[event.key] = user
        if isinstance(event, MessagePosted):
            self._wrote(event, life, day, user)
        else:
            self._lived(event, life, day)
        if isinstance(event, MessagePosted | ReactionGiven | CheckedIn | Attended | ContentOpened | ContentFinished):
            life.days.add(day)
        life.top = max(life.top, life.level())
        after = life.metrics()
        for name, metric, goal, since, until in self._goals:
            done = after[metric]
            if since and until:
                life.seasons[name] += after[metric] - before[metric] if since <= day < until else 0
                done = life.seasons[name]
            if done >= goal and name not in dict(life.won):
                life.won.append((name, event.at))

    def _wrote(self, event: MessagePosted, life: Life, day: date, user: str) -> None:
        life.counts["messages"] += 1
        times = FACTORS.get(("channel", event.channel), 1.0) * max(
            (FACTORS["role", role] for role in event.roles), default=1.0
        )
        if times:
            life.awards.append(_award(event, "message", day, event.key, times))
            author = self.heard.get(event.reply_to)
            if author is not None and author != user:
                life.counts["replies"] += 1
                life.awards.append(_award(event, "reply", day, event.key, times))

    def _once_more(self, event: Event, life: Life, day: date) -> bool:
        """Whether it was done before, and this time is for nothing."""
        if isinstance(event, CheckedIn):
            had = day in life.checked
            life.checked.add(day)
            return had
        if isinstance(event, Attended):
            had = event.session in life.sessions
            life.sessions.add(event.session)
            return had
        if isinstance(event, ContentFinished):
            had = event.item in life.contents
            life.contents.add(event.item)
            return had
        return False

    def _lived(self, event: Event, life: Life, day: date) -> None:
        if self._once_more(event, life, day):
            return
        name, step = COUNTS.get(type(event), ("", 0))
        life.counts[name] += step
        if type(event) in FLAT:
            life.awards.append(_award(event, FLAT[type(event)], day, getattr(event, "of", "")))
        match event:
            case ReactionReceived():
                life.awards += _gift(event, "reaction", life, day)
            case ThanksReceived():
                life.awards += _gift(event, "thanks", life, day)
            case MessageDeleted():
                _drop(life, [one for one in life.awards if one.thing == event.of])
            case MessageEdited():
                _drop(life, [one for one in life.awards if one.key == event.of and not event.text.length])
            case ReactionWithdrawn() | ThanksWithdrawn():
                _drop(life, [one for one in life.awards if f"{one.key}:withdrawn" == event.key])
            case AdjustmentUndone():
                _drop(life, [one for one in life.awards if one.key == event.of])
                life.base += life.lowered.pop(event.of, 0)
            case PointsAdjusted():
                self._adjusted(event, life, day)
            case PaymentReceived():
                life.bills.append([event.payment.price.amount, 0])
            case PaymentReturned():
                life.give_back(event.payment.price.amount)
            case _:
                self._chose(event, life)

    def _adjusted(self, event: PointsAdjusted, life: Life, day: date) -> None:
        before = life.points()
        has = {"points": life.points, "quality": life.quality, "coins": life.coins}[event.what]()
        worth = event.by if event.by is not None else (event.to or 0) - has
        life.awards.append(Award(event.key, event.what, day, worth, event.key))
        left = max(life.points(), 0)
        if left < min(life.base, before):
            life.lowered[event.key], life.base = life.base - left, left

    def _chose(self, event: Event, life: Life) -> None:
        match event:
            case ItemBought():
                life.bought[event.key] = max(event.price, 0)
                life.spent += life.bought[event.key]
            case ItemReturned():
                life.spent -= life.bought.pop(event.of, 0)
            case ZoneChosen():
                life.zone = event.zone
            case MemberJoined() | MemberLeft():
                life.here = isinstance(event, MemberJoined)
                if life.crown and life.here and event.at.date() >= life.crown:
                    life.crown = None
            case Prestiged():
                if life.level() >= GRAND:
                    life.base, life.stars = life.points(), life.stars + 1
            case Crowned():
                if event.until > event.at.date():
                    life.crown = max(life.crown or event.until, event.until)
            case DayEnded():
                if life.crown and event.day + timedelta(days=1) >= life.crown:
                    life.crown = None
            case _:
                return

    def open(self, user: str) -> set[str]:
        """The gates of the laws that are open: a ladder of two, one by level, and one for the crown."""
        life = self.lives[user]
        if not life.here:
            return set()
        rung = "salon" if life.level() >= 3 else "lounge" if life.level() >= 1 else ""
        doors = {rung: bool(rung), "vault": life.level() >= 2, "throne": life.crown is not None}
        return {name for name, stands_open in doors.items() if stands_open}


def _award(event: Event, way: str, day: date, thing: str, times: float = 1.0) -> Award:
    least, most, _ = WORTHS[way]
    return Award(event.key, way, day, int((least + crc32(event.key.encode()) % (most - least + 1)) * times), thing)


def _gift(event: ReactionReceived | ThanksReceived, way: str, life: Life, day: date) -> list[Award]:
    """Half as much each time that the same giver gives within a week; nothing twice in a row for one message."""
    today = event.at.date()
    since, times, last = life.gifts.get(event.giver, (today, 0, ""))
    if abs((today - since).days) >= 7:
        since, times, last = today, 0, ""
    life.gifts[event.giver] = since, times + 1, event.of
    if times and event.of and last == event.of:
        return []
    return [Award(event.key, way, day, WORTHS[way][0] // 2**times, event.of)]


def _thanks(event: MessagePosted) -> ThanksReceived:
    who = blake2b(f"{event.who.platform}:{event.who.user}".encode(), digest_size=8).hexdigest()
    return ThanksReceived(
        key=f"{event.key}:thanks", at=event.at, who=Author(of=event.reply_to), giver=who, of=event.reply_to
    )


def _unthanked(event: MessagePosted, at: datetime) -> ThanksWithdrawn:
    of = _thanks(event)
    return ThanksWithdrawn(key=f"{of.key}:withdrawn", at=at, who=Author(of=of.key), giver=of.giver, of=of.of)


def _drop(life: Life, gone: Iterable[Award]) -> None:
    for one in gone:
        life.counts["replies"] -= one.way == "reply"
        life.awards.remove(one)
