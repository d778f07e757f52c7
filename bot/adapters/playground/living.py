"""A small living community: three weeks of plausible history, ending now. The same seed and rules give the same one.

What the cast said lately (`lines.toml`) can be read in the channels; the rest of the history are events only.
"""

from datetime import datetime, timedelta
from random import Random

from bot.adapters.playground import cast, shelf
from bot.adapters.playground.cast import Line, Part
from bot.adapters.playground.place import Place, Post
from bot.engine.curves import thresholds
from bot.engine.decide import decide
from bot.engine.rules import Rules
from bot.events import (
    Account,
    AnswerAccepted,
    Attended,
    Author,
    CheckedIn,
    ContentFinished,
    Event,
    MemberJoined,
    MessagePosted,
    PointsAdjusted,
    ThanksReceived,
    person,
    reaction,
)
from bot.state import MemberState
from bot.text import features

SEED = 20
EMOJI = ("👍", "❤️", "🔥", "👏", "🎉")
WAKING = (7, 8, 9, 12, 13, 17, 18, 19, 19, 20, 20, 21, 22)
"""Hours of the day at which people write, the likelier ones more than once."""
SMALL_WORDS = ("the", "a", "to", "of", "and", "i", "it", "is", "that", "for", "you", "in")
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
LIVELY = 1.5
"""Messages a day from which on somebody is a regular: they check in, come to live sessions and finish lessons."""
SESSIONS = (18, 11, 4)
"""How many days ago the live sessions were."""
WITHIN = timedelta(hours=6)
"""How long after a message somebody may still answer it."""
GIFT = "Welcome · 欢迎"
"""What the rest of a newcomer's points is called."""


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
        self._authors: dict[str, str] = {}
        self._answers: list[tuple[Post, Post]] = []

    def events(self) -> list[Event]:
        """Everything that happened, in order."""
        for part in self._parts:
            self._tell(self._joined(part))
        self._lines()
        for part in self._parts:
            if part.user.id not in cast.NEWCOMERS.values():
                self._days(part)
        self._murmurs()
        self._reactions()
        self._gratitude()
        for part in self._parts:
            if part.pace >= LIVELY and part.user.id not in cast.NEWCOMERS.values():
                self._habits(part)
            if part.pace >= shelf.READERS and part.user.id not in cast.NEWCOMERS.values():
                joined = self._now - timedelta(days=part.days)
                for event in shelf.history(part.user.id, self._who(part.user.id), joined, self._now):
                    self._tell(event)
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

    def _posted(self, post: Post, length: int = 0, to: Post | None = None) -> MessagePosted:
        to = self._place.find(post.reply_to) if post.reply_to is not None else to
        return MessagePosted(
            key=post.key,
            at=post.at,
            who=self._who(post.author),
            channel=post.channel,
            text=features(post.text or self._murmur(length)),
            reply_to=to.key if to else "",
        )

    def _murmur(self, length: int) -> str:
        """A text that nobody reads: only its features are kept, which are those of a text with something to say."""
        return " ".join(f"{self._chance.choice(SMALL_WORDS)} {self._word()}" for _ in range(length))

    def _word(self) -> str:
        chance = self._chance
        return "".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(chance.randrange(2, 5)))

    def _lines(self) -> None:
        marks: dict[str, int] = {}
        for line in cast.lines():
            post = self._readable(line, marks.get(line.to))
            if line.mark:
                marks[line.mark] = post.id
            self._wrote(post)
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

    def _murmurs(self) -> None:
        """Tell what nobody reads, in its order; some of it answers what somebody else wrote just before."""
        before: dict[str, Post] = {}
        for post in sorted([post for post in self._written if not post.text], key=lambda post: post.at):
            last = before.get(post.channel)
            to = last if last and last.author != post.author and post.at - last.at < WITHIN else None
            to = to if self._chance.random() < 0.4 else None
            if to is not None:
                self._answers.append((post, to))
            self._tell(self._posted(post, self._chance.randrange(3, 30), to))
            before[post.channel] = post

    def _count(self, mean: float) -> int:
        return sum(self._chance.random() < mean / 10 for _ in range(10))

    def _moment(self, day: int) -> datetime:
        start = (self._now - timedelta(days=day)).replace(hour=0, minute=0, second=0, microsecond=0)
        at = start + timedelta(hours=self._chance.choice(WAKING), seconds=self._chance.randrange(3600))
        return min(at, self._now - timedelta(minutes=40))

    def _unread(self, user: str, at: datetime) -> Post:
        where = self._chance.choice(("welcome", "questions", "questions", "showcase"))
        post = Post(self._place.early_id(), where, user, at)
        self._wrote(post)
        return post

    def _wrote(self, post: Post) -> None:
        self._written.append(post)
        self._authors[post.key] = post.author

    def _reactions(self) -> None:
        regulars = [part.user.id for part in self._parts if part.pace >= LIVELY and part.days > 6]
        for post in [post for post in self._written if not post.text]:
            if self._chance.random() < 0.2:
                giver, emoji = self._chance.choice(regulars), self._chance.choice(EMOJI)
                self._react(post, giver, emoji, post.at + timedelta(minutes=self._chance.uniform(1, 90)))

    def _gratitude(self) -> None:
        """Thanks for some of the answers; a few are accepted by whoever asked."""
        for post, to in self._answers:
            giver, at = person("playground", to.author), post.at + timedelta(minutes=self._chance.uniform(1, 20))
            about = Author(of=post.key)
            if self._chance.random() < 0.2:
                key = f"{post.key}:thanks:{to.author}"
                self._tell(ThanksReceived(key=key, at=at, who=about, giver=giver, of=post.key))
            if to.channel == "questions" and self._chance.random() < 0.15:
                self._tell(AnswerAccepted(key=f"{post.key}:accepted", at=at, who=about, of=post.key, by=giver))

    def _habits(self, part: Part) -> None:
        """What regulars do beside talking: check in, come to live sessions, finish a lesson now and then."""
        user, who, chance = part.user.id, self._who(part.user.id), self._chance
        keen = min(part.pace / 5, 0.9)
        for day in range(part.days, 0, -1):
            if chance.random() < keen / 2:
                self._tell(CheckedIn(key=f"playground:checkin:{user}:{day}", at=self._moment(day), who=who))
            if day in SESSIONS and chance.random() < keen + 0.2:
                key = f"playground:session:{day}:{user}"
                self._tell(Attended(key=key, at=self._moment(day), who=who, session=f"session-{day}"))
            if day % 5 == 0 and chance.random() < keen:
                key = f"playground:lesson:{day}:{user}"
                item = shelf.lesson((part.days - day) // 5 + 1)
                self._tell(ContentFinished(key=key, at=self._moment(day), who=who, item=item))

    def _newcomer(self, part: Part) -> None:
        """Let a newcomer have been here every day, and be so short of the first gate that any two messages open it.

        Their first act of today is the seventh day of their streak, which is a badge.
        """
        user, who = part.user.id, self._who(part.user.id)
        first = self._now - timedelta(days=part.days, minutes=10)
        self._tell(CheckedIn(key=f"playground:checkin:{user}:{part.days}", at=first, who=who))
        for day in range(1, part.days):
            self._tell(self._candidate(user, day))
        goal = min((thresholds(self._rules.levels)[gate.level] for gate in self._rules.gates), default=0)
        most = self._rules.earn.message.span[1]
        key = f"playground:start:{user}"
        mine = [event for *_, event in sorted(self._told, key=lambda told: told[:2]) if self._about(event, user)]
        by = max(goal - most - 1, 0) - self._fold(mine).engagement.points
        actor = self._names[cast.CREATOR]
        self._tell(PointsAdjusted(key=key, at=self._now, who=who, by=by, why=GIFT, actor=actor))

    def _candidate(self, user: str, day: int) -> Event:
        post = Post(self._place.early_id(), "questions", user, self._moment(day))
        return self._posted(post, self._chance.randrange(3, 20))

    def _about(self, event: Event, user: str) -> bool:
        return user == (event.who.user if isinstance(event.who, Account) else self._authors.get(event.who.of))

    def _fold(self, events: list[Event]) -> MemberState:
        state = MemberState()
        for event in events:
            state = decide(event, state, self._rules).state
        return state
