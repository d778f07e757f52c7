"""Hypothesis strategies: any word, built from its type, and stories of a small community that also buys.

A strategy follows the annotations, through unions and nested words, so that a new event, effect or part of the state is
covered by the laws the day it is written. Stories collide on purpose: few members, ten clustered days, few messages.
"""

import types
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from bot.events import (
    Account,
    Author,
    DayEnded,
    Event,
    LanguageChosen,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessagePosted,
    NoticesChosen,
    Reviewed,
    SubscriptionChanged,
    reaction,
)
from bot.sales import Subscription
from bot.text import features
from bot.words import Word

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
MEMBERS = ("ann", "bo", "cyd")
MESSAGES = 8

instants = st.builds(
    lambda day, second, micro: FIRST + timedelta(days=day, seconds=second, microseconds=micro),
    st.integers(0, 9),
    st.sampled_from((0, 1, 43_200, 86_399)),
    st.sampled_from((0, 1, 999_999)),
)
texts = st.one_of(st.sampled_from(("", "a", "\u202e", "\0", "{0}", "<@1>", "龍")), st.text(max_size=8))
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    int: st.integers(-(2**63), 2**63 - 1),
    bytes: st.binary(max_size=8),
    datetime: instants,
    date: instants.map(datetime.date),
    type(None): st.none(),
}


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type made of words, unions, tuples, dictionaries and plain values. Raises TypeError for any other."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin is Annotated:
        return _within(arguments[0], arguments[1])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of([any_of(one) for one in arguments])
    if origin is tuple and arguments[-1] is not Ellipsis:
        return st.tuples(*[any_of(one) for one in arguments])
    if origin is tuple:
        return st.lists(any_of(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(any_of(arguments[0]), any_of(arguments[1]), max_size=3)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind, include_extras=True)
        return st.builds(kind, **{name: any_of(hints[name]) for name in kind.__struct_fields__})
    raise TypeError(f"teach tests/strategies.py about {kind}")


def _within(kind: Any, meta: Any) -> st.SearchStrategy[Any]:
    """Values of a type that keep to the bounds that are read with it: what is out of them never gets in."""
    if kind is int and isinstance(meta, msgspec.Meta):
        return st.integers(*[None if edge is None else int(edge) for edge in (meta.ge, meta.le)])
    return any_of(kind)


class Scene(Word, frozen=True):
    """A place of its own for a story: nothing in it meets anything of another scene."""

    name: str

    def account(self, user: str) -> Account:
        """A member."""
        return Account(platform="discord", space=self.name, user=user, name=user)

    def message(self, number: int) -> str:
        """A message's key."""
        return f"discord:{self.name}:{number}"


SOLD = ("gold", "silver")
"""The plans: each member has at most one subscription of each."""
TRUTHS: dict[str, Any] = {
    "buy": lambda at: {"status": "active", "renews": True, "until": at + timedelta(days=2)},
    "try": lambda at: {
        "status": "trialing",
        "renews": True,
        "until": at + timedelta(days=1),
        "trial_until": at + timedelta(days=1),
    },
    "decline": lambda at: {"status": "past_due", "renews": True, "until": at, "trial_until": at},
    "renew": lambda at: {"status": "active", "renews": True, "until": at + timedelta(days=4)},
    "fail": lambda at: {"status": "past_due", "renews": True, "until": at},
    "recover": lambda at: {"status": "active", "renews": True, "until": at + timedelta(days=3)},
    "cancel": lambda at: {"status": "active", "renews": False, "until": at + timedelta(days=2)},
    "keep": lambda at: {"status": "active", "renews": True, "until": at + timedelta(days=2)},
    "grant": lambda at: {"status": "active", "renews": False, "until": None},
    "begin": lambda at: {"status": "pending", "until": at},
    "pause": lambda at: {"status": "paused", "renews": True, "until": at + timedelta(days=2)},
    "refund": lambda at: {"status": "refunded", "until": at},
    "dispute": lambda at: {"status": "disputed", "renews": True, "until": at + timedelta(days=2)},
    "end": lambda at: {"status": "ended", "until": at},
}
"""What a provider says of a subscription that this was done to."""


class Deed(Word, frozen=True):
    """Something a member of a story did, or that was done to a subscription of theirs (`TRUTHS`).

    `kind` is post, delete, react, unreact, join, leave, day, language, notices or review, or one of the truths.
    """

    kind: str
    user: str
    number: int
    at: datetime

    def events(self, scene: Scene) -> tuple[Event, ...]:
        """The deed as a platform's adapter, or the till, would tell it."""
        who = scene.account(self.user)
        if self.kind == "review":
            return (Reviewed(key=f"{scene.name}:{self.user}:review:{self.at}", at=self.at, who=who),)
        if self.kind in TRUTHS:
            one = self.subscription(scene)
            return (SubscriptionChanged(key=f"{one.id}:{self.kind}:{self.at}", at=self.at, who=who, subscription=one),)
        return self._act(who, scene.message(self.number))

    def _act(self, who: Account, of: str) -> tuple[Event, ...]:
        match self.kind:
            case "post":
                body = features("a question?")
                return (MessagePosted(key=of, at=self.at, who=who, channel="c", text=body),)
            case "delete":
                return (MessageDeleted(key=f"{of}:deleted", at=self.at, who=Author(of=of), of=of),)
            case "react" | "unreact":
                return reaction(giver=who, of=of, emoji="👍", at=self.at, given=self.kind == "react")
            case "join":
                return (MemberJoined(key=f"{of}:{self.user}:joined", at=self.at, who=who),)
            case "leave":
                return (MemberLeft(key=f"{of}:{self.user}:left", at=self.at, who=who),)
            case "day":
                return (DayEnded(key=f"{of}:{self.user}:day", at=self.at, who=who, day=self.at.date()),)
            case "language":
                return (LanguageChosen(key=f"{of}:{self.user}:language", at=self.at, who=who, locale="zh_CN"),)
            case _:
                return (NoticesChosen(key=f"{of}:{self.user}:notices", at=self.at, who=who, wanted=False),)

    def subscription(self, scene: Scene) -> Subscription:
        """The truth after it was done."""
        plan = SOLD[self.number % len(SOLD)]
        return Subscription(
            id=f"sandbox:{scene.name}:{self.user}:{plan}",
            plan=plan,
            since=FIRST,
            as_of=self.at,
            months=1,
            **TRUTHS[self.kind](self.at),
        )


ACTS = ("post", "post", "post", "delete", "react", "react", "unreact", "join", "leave", "day", "language", "notices")
SALES = (*TRUTHS, "review", "day", "join", "leave")
KINDS = (*ACTS, *ACTS, *TRUTHS, "review")


def _deed(kind: str, user: str, number: int, at: datetime) -> Deed:
    """A message has one author, however often it is told."""
    return Deed(kind=kind, user=MEMBERS[number % len(MEMBERS)] if kind == "post" else user, number=number, at=at)


def _stories(kinds: tuple[str, ...]) -> st.SearchStrategy[list[Deed]]:
    deed = st.builds(_deed, st.sampled_from(kinds), st.sampled_from(MEMBERS), st.integers(1, MESSAGES), instants)
    return st.lists(deed, max_size=40)


stories = _stories(KINDS)
"""Deeds in the order heard: deletions and reactions may come before what they are about, and anything twice."""
sales = _stories(SALES)
"""Stories of nothing but buying, and of time."""


def told(story: list[Deed], scene: Scene) -> list[Event]:
    """The events of a story in a scene."""
    return [event for deed in story for event in deed.events(scene)]
