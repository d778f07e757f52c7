"""The provider of the simulation: it keeps the truth as the world goes on, rings, and answers when it is asked."""

from bisect import bisect_left
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import msgspec

from bot.payments import Forged, Truth
from bot.sales import Subscription
from bot.words import Word, replace
from tests.fakes.providers import FakeProvider
from tests.simulation.world import Bell, Change

SECRET = "the provider's own"


class News(Word, frozen=True):
    """The body of a webhook: its id, and the id of what it is about. No word of what happened."""

    event: str
    about: str


class DeathError(Exception):
    """The handler was killed in the middle of asking."""


class Simulated(FakeProvider):
    """Knows each subscription's truth as of the last `apply`; asked at any time, it says what is so then."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__("sim")
        self.clock = clock
        self.known: dict[str, Change] = {}
        self.changes: list[Change] = []
        self.untold: set[str] = set()
        """Subscriptions that changed since they were last asked about."""
        self.dying = False
        """Whether whoever asks is killed before the answer."""

    def apply(self, change: Change) -> None:
        """The world goes on; changes come in the order of time."""
        self.known[change.subscription.id] = change
        self.changes.append(change)
        self.untold.add(change.subscription.id)

    def ring(self, bell: Bell) -> tuple[bytes, str]:
        """A webhook's body and signature."""
        return msgspec.json.encode(News(event=bell.event, about=bell.about)), SECRET

    def truth(self, about: str) -> Truth:
        """What is so now."""
        self.untold.discard(about)
        change = self.known[about]
        return Truth(subscription=replace(change.subscription, as_of=self.clock()), order=change.order)

    # ------------------------------------------------------------------ the port

    def verify(self, body: bytes, signature: str, now: datetime) -> str:
        """The id of the news."""
        if signature != SECRET:
            raise Forged("the signature does not fit")
        return msgspec.json.decode(body, type=News).event

    async def hear(self, body: bytes, now: datetime) -> list[Truth]:
        """The truth about what the body names."""
        if self.dying:
            raise DeathError
        return [self.truth(msgspec.json.decode(body, type=News).about)]

    async def fetch(self, subscription: Subscription) -> Truth | None:
        """What is so now, of what was ever bought."""
        return self.truth(subscription.id) if subscription.id in self.known else None

    async def changed(self, since: datetime, now: datetime) -> AsyncIterator[Truth]:
        """The truth about everything that changed since."""
        first = bisect_left(self.changes, since, key=lambda change: change.at)
        for about in sorted({change.subscription.id for change in self.changes[first:]}):
            yield self.truth(about)
