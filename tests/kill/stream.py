"""A platform's news as a function of the position: what happened at `n` is the same in every life of the process.

Like a real platform it sometimes says a thing twice, and speaks of messages that are gone or were never heard of.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from bot.events import Account, Author, Event, MessageDeleted, MessagePosted, reaction
from bot.text import features

CURSOR = "stream"
USERS = 40
_REACTS = 0.8
_START = datetime(2026, 11, 1, tzinfo=UTC)
_TEXT = features("Did you read the part about queues?")


def account(number: int) -> Account:
    """A member; ids as long as Discord's."""
    return Account(platform="discord", space="900000000000000001", user=str(10**17 + number), name=f"user {number}")


def news(seed: int, position: int) -> tuple[Event, ...]:
    """The events of one position. Whatever they speak of happened before, or never."""
    dice = Random(seed * 1_000_003 + position)
    roll = dice.random()
    before = position - dice.randint(1, 60)
    if before > 0 and roll < 0.05:
        return news(seed, before)
    if before > 0 and roll < 0.10 and Random(seed * 1_000_003 + before).random() > _REACTS:
        return _reaction(seed, before, given=False)
    if before > 0 and roll > _REACTS:
        return _reaction(seed, position, given=True)
    at = _START + timedelta(seconds=position)
    if before > 0 and roll < 0.15:
        of = f"discord:message:{before}"
        return (MessageDeleted(key=f"{of}:deleted", at=at, who=Author(of=of), of=of),)
    who = account(int(USERS * dice.random() ** 2))
    return (MessagePosted(key=f"discord:message:{position}", at=at, who=who, channel="8000001", text=_TEXT),)


def _reaction(seed: int, position: int, *, given: bool) -> tuple[Event, ...]:
    dice = Random(seed * 7_000_003 + position)
    of = f"discord:message:{position - dice.randint(1, 60)}"
    at = _START + timedelta(seconds=position)
    return reaction(giver=account(dice.randrange(USERS)), of=of, emoji=dice.choice("👍🎉"), at=at, given=given)


def between(seed: int, first: int, last: int) -> Iterator[Event]:
    """The events of the positions from `first` to `last`, both included."""
    for position in range(first, last + 1):
        yield from news(seed, position)
