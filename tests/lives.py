"""Stories of a small community that takes part: writes, answers, thanks, checks in, spends, lives by several clocks.

They collide on purpose: three members, eight messages, ten days around the changes of the clocks, seconds apart or at
somebody's midnight; anything may come late, twice, or before what it is about.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.events import (
    AdjustmentUndone,
    AnswerAccepted,
    Attended,
    Author,
    BoardChosen,
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
    ThanksReceived,
    ZoneChosen,
    person,
    reaction,
)
from bot.sales import Payment, Price
from bot.text import features
from bot.words import Word
from tests.strategies import MEMBERS, MESSAGES, Scene

FIRST = datetime(2026, 10, 24, tzinfo=UTC)
"""Ten days from here on: Berlin turns its clock back on the second of them, New York on the ninth."""
ZONES = ("", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Shanghai")
MIDNIGHTS = (0, 4 * 3600, 5 * 3600, 11 * 3600, 16 * 3600, 22 * 3600, 23 * 3600)
"""Seconds of a day of UTC at which a day begins in one of the zones, before or after the change of its clock."""
AUTHORS = {1: "bo", 2: "cyd", 4: "bo"}
REPLIES = {2: 1, 3: 4, 4: 5, 5: 1, 6: 3, 7: 5, 8: 2}
"""Which message answers which; 6 and 7 answer their own author."""
THANKFUL = (5, 7, 8)
ROOMS = {3: "loud", 4: "mute"}
"""Where a message is that is not in `c`."""
WORDS = ("quartz", "violet", "hammock", "gravel", "tundra", "saffron", "lantern", "pebble")

instants = st.builds(
    lambda day, second, off: FIRST + timedelta(days=day, seconds=second + off),
    st.sampled_from((*[1] * 8, 8, 8, 0, 2, 3, 5, 7, 9)),
    st.sampled_from((*MIDNIGHTS, 43_200)),
    st.sampled_from((-1, 0, 0, 1, 59, 60, 61)),
)


SAID = ("post", "edit", "hollow", "delete", "react", "unreact", "answer")
"""What has to do with a message."""


def wording(number: int) -> str:
    """What a message says: nothing that another says, and thanks in some."""
    own = " ".join(f"{word}{chr(96 + number)}" for word in WORDS[:4])
    return f"thanks {own}" if number in THANKFUL else own


class Act(Word, frozen=True):
    """Something a member did, or that was done to what they wrote; `other` is who else was in it.

    `number` is that of a message, or of whatever the act is about; `amount` how much was given, asked or paid.
    """

    kind: str
    user: str
    other: str
    number: int
    amount: int
    at: datetime

    def events(self, scene: Scene) -> tuple[Event, ...]:
        """The act as a platform's adapter, a command or the till would tell it."""
        if self.kind in SAID:
            return self._said(scene, scene.message(self.number))
        who, name = scene.account(self.user), f"{scene.name}:{self.kind}:{self.user}:{self.number}"
        once: dict[str, Any] = {"key": name, "at": self.at, "who": who}
        often: dict[str, Any] = {**once, "key": f"{name}:{self.at}"}
        return (self._done(scene, once, often),)

    def _said(self, scene: Scene, of: str) -> tuple[Event, ...]:
        who = scene.account(author(self.number))
        edited: dict[str, Any] = {"key": f"{of}:{self.kind}:{self.at}", "at": self.at, "who": who, "of": of}
        about: dict[str, Any] = {"at": self.at, "who": Author(of=of), "of": of}
        if self.kind in ("react", "unreact"):
            giver, emoji = scene.account(self.user), "👍🎉"[self.amount % 4 == 0]
            return reaction(giver=giver, of=of, emoji=emoji, at=self.at, given=self.kind == "react")
        made: dict[str, Callable[[], Event]] = {
            "post": lambda: MessagePosted(
                key=of,
                at=self.at,
                who=who,
                channel=ROOMS.get(self.number, "c"),
                text=features(wording(self.number)),
                reply_to=scene.message(REPLIES[self.number]) if self.number in REPLIES else "",
                roles=("vip",) if self.number == 1 else (),
            ),
            "edit": lambda: MessageEdited(**edited, text=features("said better than before")),
            "hollow": lambda: MessageEdited(**edited, text=features("")),
            "delete": lambda: MessageDeleted(key=f"{of}:deleted", **about),
            "answer": lambda: AnswerAccepted(key=f"{of}:answer", by=person("discord", self.other), **about),
        }
        return (made[self.kind](),)

    def _done(self, scene: Scene, once: dict[str, Any], often: dict[str, Any]) -> Event:
        """`once` is what makes an event that happens once for a member and number, `often` any number of times."""
        number, amount = self.number, self.amount
        mine, days = f"{scene.name}:%s:{self.user}:{number}", timedelta(days=number % 4)
        what: Any = ("points", "quality", "coins")[number % 3]
        thing = scene.message(number) if amount % 2 else ""
        given_or_set = mine % ("give", "set")[amount % 2]
        made: dict[str, Callable[[], Event]] = {
            "thank": lambda: ThanksReceived(**once, giver=person("discord", self.other), of=thing),
            "checkin": lambda: CheckedIn(**often),
            "attend": lambda: Attended(**often, session=str(number % 4)),
            "open": lambda: ContentOpened(**often, item=str(number % 4)),
            "finish": lambda: ContentFinished(**once, item=str(number % 4)),
            "invite": lambda: InviteStayed(**once),
            "zone": lambda: ZoneChosen(**often, zone=ZONES[number % len(ZONES)]),
            "give": lambda: PointsAdjusted(**once, what=what, by=2 * amount, why="a prize"),
            "set": lambda: PointsAdjusted(**once, what=what, to=amount),
            "undo": lambda: AdjustmentUndone(**often, of=given_or_set),
            "buy": lambda: ItemBought(**once, item="coupon", price=amount // 3),
            "return": lambda: ItemReturned(**once, of=mine % "buy"),
            "pay": lambda: PaymentReceived(**once, payment=self._payment(scene, "charge")),
            "refund": lambda: PaymentReturned(**once, payment=self._payment(scene, "refund")),
            "prestige": lambda: Prestiged(**often),
            "crown": lambda: Crowned(**once, place=1, until=self.at.date() + days),
            "board": lambda: BoardChosen(**often, hidden=number % 2 == 0),
            "join": lambda: MemberJoined(**often),
            "leave": lambda: MemberLeft(**often),
            "day": lambda: DayEnded(**{**once, "key": mine % f"day:{self.at.date()}"}, day=self.at.date()),
        }
        return made[self.kind]()

    def _payment(self, scene: Scene, kind: Any) -> Payment:
        return Payment(
            id=f"sandbox:{scene.name}:{kind}:{self.user}:{self.number}",
            kind=kind,
            subscription=f"sandbox:{scene.name}:{self.user}",
            plan="gold",
            price=Price(amount=900 if kind == "charge" else (900, 250, 1, 1300)[self.amount % 4], currency="usd"),
        )


def author(number: int) -> str:
    """Who wrote a message, however often it is told: most of them one."""
    return AUTHORS.get(number, "ann")


WRITING = (*["post"] * 6, *["delete"] * 3, "hollow", "edit", *["react"] * 4, "unreact", "unreact", "thank", "answer")
DOING = ("checkin", "checkin", "attend", "attend", "open", "finish", "finish", "invite", "zone", "zone")
RULING = ("give", "set", "undo", "buy", "buy", "return", "pay", "refund")
LIVING = ("prestige", "crown", "board", "join", "leave", "day")


EVERYTHING = tuple(range(1, MESSAGES + 1))
SUMS = (*range(-30, 60), *[60] * 40)


def acts(*kinds: str, about: Sequence[int] = EVERYTHING) -> st.SearchStrategy[Act]:
    """Single acts of these kinds, about one of these numbers."""
    return st.builds(
        Act,
        kind=st.sampled_from(kinds),
        user=st.sampled_from(MEMBERS),
        other=st.sampled_from(MEMBERS),
        number=st.sampled_from(about),
        amount=st.sampled_from(SUMS),
        at=instants,
    )


def lives(*kinds: str, about: Sequence[int] = EVERYTHING) -> st.SearchStrategy[list[Act]]:
    """Acts in the order heard: a few, or so many that they get in each other's way."""
    some = acts(*kinds, about=about)
    return st.one_of(st.lists(some, max_size=8), st.lists(some, min_size=20, max_size=50))


BEGINNING_AGAIN = ("give", "give", "prestige", "set", "undo", "post")
BUYING = ("checkin", "pay", "refund", "refund", "buy", "return")
THANKING = ("post", "post", "post", "delete", "react", "hollow")

stories = st.one_of(
    lives(*WRITING, *WRITING, *WRITING, *DOING, *RULING, *LIVING),
    lives(*BEGINNING_AGAIN, about=(3, 3, 6, 6, 1)),  # what all of it at once hardly ever comes to
    lives(*BUYING, about=(1, 2)),
    lives(*THANKING, about=(1, 5)),
)


def told(story: list[Act], scene: Scene) -> list[Event]:
    """The events of a story in a scene."""
    return [event for act in story for event in act.events(scene)]
