"""The simulated platform itself, in memory: users, channels, posts, reactions and who may go where.

It knows nothing of Lyceum's engine. Whoever wants to see what happens (a browser tab) puts a function into
`listeners`; it is told in the event loop.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from bot.commands import Rank
from bot.reply import Reply

BOT = "lyceum"
"""The bot's own user id."""
PRIVATE = "private"
"""The channel id of everybody's own private chat with the bot."""
LONGEST = 40_000
"""Characters of a post; what is longer is cut."""
KEPT = 500
"""Posts kept in a channel; the oldest go first."""
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, *range(128, 160)])


def clean(text: str) -> str:
    """A post's text as the platform keeps it: no control characters, nothing unencodable, not endlessly long."""
    return text[:LONGEST].translate(_CONTROLS).encode("utf-8", "replace").decode().strip()


@dataclass(slots=True)
class User:
    """Somebody on the platform; `playable` ones are offered to be acted as, `about` says who they are in a word."""

    id: str
    name: str
    rank: Rank = Rank.MEMBER
    about: str = ""
    playable: bool = False
    here: bool = True
    level: int = 0
    points: int = 0


@dataclass(slots=True)
class Channel:
    """A channel. A `closed` one is seen by those `inside` and by moderators; `writers` is the rank it takes to post.

    `gate` is the one that it stands behind from the beginning. A `hidden` one is not even listed to whom it is closed.
    """

    id: str
    name: str
    topic: str
    gate: str = ""
    closed: bool = False
    hidden: bool = False
    writers: Rank = Rank.MEMBER
    inside: set[str] = field(default_factory=set)
    posts: list["Post"] = field(default_factory=list)


@dataclass(slots=True)
class Post:
    """A message: of a user, or of the bot with a `reply`.

    `only` names the one user who sees it; `asked` the (user, command) it answers.
    """

    id: int
    channel: str
    author: str
    at: datetime
    text: str = ""
    reply: Reply | None = None
    reply_to: int | None = None
    only: str = ""
    asked: tuple[str, str] | None = None
    edited: bool = False
    gone: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The message's key in events."""
        return f"playground:message:{self.id}"


@dataclass(frozen=True, slots=True)
class News:
    """What listeners are told, and what it is about.

    `kind` is post, change, remove, access, level, people, typing, act, gates, time or ambience.
    """

    kind: str
    post: Post | None = None
    channel: str = ""
    user: str = ""
    opened: bool = False
    about: object = None


class Place:
    """Everything on the platform. Its methods change it and tell the listeners; they don't ask who may."""

    def __init__(self, users: list[User], channels: list[Channel], clock: Callable[[], datetime]) -> None:
        self.users = {user.id: user for user in users}
        self.channels = {channel.id: channel for channel in channels}
        self.private: dict[str, list[Post]] = {}
        self.listeners: set[Callable[[News], None]] = set()
        self._clock = clock
        self._posts: dict[int, Post] = {}
        self._early = count(1)
        self._last = 0

    def tell(self, kind: str, **about: object) -> None:
        """Let every listener know."""
        news = News(kind, **about)  # type: ignore[arg-type]
        for listener in tuple(self.listeners):
            listener(news)

    # ------------------------------------------------------------------ who may go where

    def sees(self, user: str, channel: str) -> bool:
        """Whether the channel is open to the user."""
        if channel == PRIVATE:
            return True
        found = self.channels.get(channel)
        if found is None or not self.users[user].here:
            return False
        return not found.closed or user in found.inside or self.users[user].rank >= Rank.MODERATOR

    def writes(self, user: str, channel: str) -> bool:
        """Whether the user may post there."""
        if channel == PRIVATE:
            return True
        return self.sees(user, channel) and self.users[user].rank >= self.channels[channel].writers

    def let(self, user: str, channel: str, *, inside: bool) -> None:
        """Open the channel to the user, or close it."""
        found = self.channels[channel]
        if (user in found.inside) == inside:
            return
        (found.inside.add if inside else found.inside.discard)(user)
        self.tell("access", channel=channel, user=user, opened=inside)

    # ------------------------------------------------------------------ posts

    def early_id(self) -> int:
        """Ids of seeded history: the same at every start, so that events kept from the last time are known again."""
        return next(self._early)

    def next_id(self) -> int:
        """A new post's id, from the time, so that no two runs on one database give the same."""
        self._last = max(self._last + 1, int(self._clock().timestamp() * 1000))
        return self._last

    def posts(self, channel: str, user: str) -> list[Post]:
        """What the user sees in the channel, oldest first; nothing where they may not look."""
        if channel == PRIVATE:
            return list(self.private.get(user, ()))
        if not self.sees(user, channel):
            return []
        return [post for post in self.channels[channel].posts if post.only in ("", user)]

    def find(self, post: int) -> Post | None:
        """A post that is still there."""
        return self._posts.get(post)

    def add(self, post: Post) -> Post:
        """Put a post where it belongs; a private chat's posts have its user as `only`."""
        self._posts[post.id] = post
        self._last = max(self._last, post.id)
        home = self.private.setdefault(post.only, []) if post.channel == PRIVATE else self.channels[post.channel].posts
        home.append(post)
        for old in home[: max(len(home) - KEPT, 0)]:
            self.remove(old)
        self.tell("post", post=post, channel=post.channel, user=post.author)
        return post

    def change(self, post: Post) -> None:
        """Say that a post reads differently now."""
        self.tell("change", post=post, channel=post.channel, user=post.author)

    def remove(self, post: Post) -> None:
        """Take a post away."""
        if self._posts.pop(post.id, None) is None:
            return
        post.gone = True
        home = self.private[post.only] if post.channel == PRIVATE else self.channels[post.channel].posts
        home.remove(post)
        self.tell("remove", post=post, channel=post.channel, user=post.author)

    def toggle(self, post: Post, user: str, emoji: str) -> bool:
        """Put a reaction, or take it back; returns whether it is there now."""
        given = post.reactions.setdefault(emoji, [])
        there = user not in given
        if there:
            given.append(user)
        else:
            given.remove(user)
        if not given:
            del post.reactions[emoji]
        self.change(post)
        return there

    def everybody(self) -> Iterator[User]:
        """The people who are here, the most points first."""
        yield from sorted((u for u in self.users.values() if u.here), key=lambda u: (-u.points, u.name))
