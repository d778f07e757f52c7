"""A small living community: three weeks of plausible history, ending now. The same seed and rules give the same one.

What the cast said lately (`lines.toml`) can be read in the channels; the rest of the history are events only.
"""

from datetime import datetime, timedelta
from random import Random

from bot.adapters.playground import cast
from bot.adapters.playground.cast import Line, Part
from bot.adapters.playground.place import Place, Post
from bot.engine.curves import thresholds
from bot.engine.decide import decide
from bot.engine.rules import Rules
from bot.events import Account, Event, MemberJoined, MessagePosted, PointsAdjusted, reaction
from bot.state import MemberState
from bot.text import features

SEED = 20
EMOJI = ("👍", "❤️", "🔥", "👏", "🎉")
WAKING = (7, 8, 9, 12, 13, 17, 18, 19, 19, 20, 20, 21, 22)
"""Hours of the day at which people write, the likelier ones more than once."""
FEW = 4
"""Messages that a newcomer has written."""
SMALL_WORDS = ("the", "a", "to", "of", "and", "i", "it", "is", "that", "for", "you", "in")


def account(user: str, name: str = "") -> Account:
    """Somebody on the playground, as events name them."""
    return Account(platform="playground", space=cast.SPACE, user=user, name=name, space_name=cast.SPACE_NAME)


class Past:
    """Builds the history: `events` in the order they happened, and the readable posts put into the place."""

    def __init__(self, place: Place, rules: Rules, now: datetime) -> None:
        self._place = place
        self._rules = rules
        self._now = now
        self._chance = Random(SEED)  # noqa: S311 - the same community at every start
        self._parts = cast.parts()
        self._names = {part.user.id: part.user.name for part in self._parts}
        self._told: list[tuple[datetime, int, Event]] = []
        self._written: list[Post] = []

    def events(self) -> list[Event]:
        """Everything that happened, in order."""
        for part in self._parts:
            self._tell(self._joined(part))
        self._lines()
        for part in self._parts:
            if part.user.id not in cast.NEWCOMERS.values():
                self._days(part)
        self._reactions()
        for part in self._parts:
            if part.user.id in cast.NEWCOMERS.values():
                self._newcomer(part)
        return [event for *_, event in sorted(self._told, key=lambda told: told[:2])]

    def _tell(self, event: Event) -> None:
        self._told.append((event.at, len(self._told), event))

    def _who(self, user: str) -> Account:
        return account(user, self._names[user])

    def _joined(self, part: Part) -> MemberJoined:
        at = self._now - timedelta(days=part.days, minutes=self._chance.randrange(30, 600))
        return MemberJoined(key=f"playground:join:{part.user.id}:first", at=at, who=self._who(part.user.id))

    def _posted(self, post: Post, length: int = 0) -> MessagePosted:
        to = self._place.find(post.reply_to) if post.reply_to is not None else None
        return MessagePosted(
            key=post.key,
            at=post.at,
            who=self._who(post.author),
            channel=post.channel,
            text=features(post.text or self._murmur(length)),
            reply_to=to.key if to else "",
        )

    def _murmur(self, length: int) -> str:
        """A text that nobody reads: only its features are kept."""
        chance = self._chance
        return " ".join(f"{chance.choice(SMALL_WORDS)} w{chance.randrange(4000)}" for _ in range(length))

    def _lines(self) -> None:
        marks: dict[str, int] = {}
        for line in cast.lines():
            post = self._readable(line, marks.get(line.to))
            if line.mark:
                marks[line.mark] = post.id
            self._written.append(post)
            self._tell(self._posted(post))
            for giver, emoji in line.givers():
                post.reactions.setdefault(emoji, []).append(giver)
                self._react(post, giver, emoji, post.at + timedelta(minutes=self._chance.uniform(0.5, 25)))

    def _readable(self, line: Line, to: int | None) -> Post:
        at = self._now - line.age
        return self._place.add(Post(self._place.early_id(), line.channel, line.user, at, text=line.text, reply_to=to))

    def _react(self, post: Post, giver: str, emoji: str, at: datetime) -> None:
        for event in reaction(
            giver=self._who(giver), of=post.key, emoji=emoji, at=min(at, self._now), given=True, author=post.author
        ):
            self._tell(event)

    def _days(self, part: Part) -> None:
        for day in range(part.days, 0, -1):
            quieter = day % 7 < 2  # like a weekend, but the same on whatever day it is begun
            for _ in range(self._count(part.pace * (0.6 if quieter else 1.0))):
                self._unread(part.user.id, self._moment(day))

    def _count(self, mean: float) -> int:
        return sum(self._chance.random() < mean / 10 for _ in range(10))

    def _moment(self, day: int) -> datetime:
        start = (self._now - timedelta(days=day)).replace(hour=0, minute=0, second=0, microsecond=0)
        at = start + timedelta(hours=self._chance.choice(WAKING), seconds=self._chance.randrange(3600))
        return min(at, self._now - timedelta(minutes=40))

    def _unread(self, user: str, at: datetime) -> Post:
        where = self._chance.choice(("welcome", "questions", "questions", "showcase"))
        post = Post(self._place.early_id(), where, user, at)
        self._written.append(post)
        self._tell(self._posted(post, self._chance.randrange(3, 30)))
        return post

    def _reactions(self) -> None:
        regulars = [part.user.id for part in self._parts if part.pace >= 1.5 and part.days > 6]
        for post in [post for post in self._written if not post.text]:
            if self._chance.random() < 0.3:
                giver, emoji = self._chance.choice(regulars), self._chance.choice(EMOJI)
                self._react(post, giver, emoji, post.at + timedelta(minutes=self._chance.uniform(1, 90)))

    def _newcomer(self, part: Part) -> None:
        """Let a newcomer have written a little, and be so short of the first gate that any two messages open it."""
        for _ in range(FEW):
            self._tell(self._candidate(part))
        goal = min((thresholds(self._rules.levels)[gate.level] for gate in self._rules.gates), default=0)
        most = self._rules.earn.message.span[1]
        key = f"playground:start:{part.user.id}"
        who = self._who(part.user.id)
        self._tell(PointsAdjusted(key=key, at=self._now, who=who, to=max(goal - most - 1, 0), why="rehearsal"))

    def _candidate(self, part: Part) -> Event:
        at = self._moment(self._chance.randrange(1, part.days))
        return self._posted(Post(self._place.early_id(), "questions", part.user.id, at), self._chance.randrange(3, 20))

    def _about(self, event: Event, user: str) -> bool:
        if isinstance(event.who, Account):
            return event.who.user == user
        return any(post.author == user and post.key == event.who.of for post in self._written)

    def _fold(self, events: list[Event]) -> MemberState:
        state = MemberState()
        for event in events:
            state = decide(event, state, self._rules).state
        return state
