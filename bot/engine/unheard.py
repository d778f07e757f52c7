"""Whom nobody answered: newcomers whose first words met silence, and questions that are still open."""

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.engine.social import Place, Post, Talk

PATIENCE = timedelta(hours=24)
"""How long a newcomer or a question waits at most before it counts as not heard."""


class Newcomer(NamedTuple):
    """A member who wrote for the first time at `first_at`, `posts` messages in the time they had, and was not heard."""

    member: int
    first_at: datetime
    place: Place
    posts: int


class Question(NamedTuple):
    """A message that asks, and that nobody answered in time."""

    key: str
    member: int
    at: datetime
    place: Place


class _Ears:
    """When each message, member and thread was first given attention by somebody else."""

    def __init__(self, talk: Talk) -> None:
        self.to_message: dict[str, datetime] = {}
        self.to_member: defaultdict[int, list[datetime]] = defaultdict(list)
        self.mentions: defaultdict[tuple[int, Place], list[datetime]] = defaultdict(list)
        self._threads: defaultdict[Place, list[tuple[datetime, int]]] = defaultdict(list)
        for link in talk.links:
            self.to_member[link.target].append(link.at)
            if link.of:
                self.to_message.setdefault(link.of, link.at)
            if link.kind == "mention":
                self.mentions[link.target, link.place].append(link.at)
        for post in talk.posts:
            if post.place.topic:
                self._threads[post.place].append((post.at, post.member))

    def next_turn(self, post: Post) -> datetime | None:
        """When somebody else wrote next in the same thread or topic; None in a channel without topics."""
        turns = self._threads.get(post.place, [])
        start = bisect_right(turns, post.at, key=lambda turn: turn[0])
        for index in range(start, len(turns)):
            if turns[index][1] != post.member:
                return turns[index][0]
        return None


def newcomers(talk: Talk, now: datetime, patience: timedelta = PATIENCE) -> tuple[Newcomer, ...]:
    """Members who wrote their first message in the window and were not heard within `patience` of it; latest first.

    Heard is whom anybody replied to, mentioned, reacted to or thanked. In a thread or forum topic whoever writes next
    is taken to answer them; in a channel without topics, where the next line may be about anything, it is not. Whose
    time is not over at `now` is not yet among them.
    """
    ears = _Ears(talk)
    wrote: defaultdict[int, list[Post]] = defaultdict(list)
    for post in talk.posts:
        first = talk.members[post.member].first
        if first is not None and talk.since <= first <= now - patience and post.at <= first + patience:
            wrote[post.member].append(post)
    found = [
        Newcomer(member, posts[0].at, posts[0].place, len(posts))
        for member, posts in wrote.items()
        if not _heard(ears, posts, posts[0].at + patience)
    ]
    return tuple(sorted(found, key=lambda one: (one.first_at, one.member), reverse=True))


def _heard(ears: _Ears, posts: list[Post], by: datetime) -> bool:
    attention = ears.to_member.get(posts[0].member, [])
    if bisect_right(attention, by) > bisect_right(attention, posts[0].at - timedelta.resolution):
        return True
    return any((turn := ears.next_turn(post)) is not None and turn <= by for post in posts)


def questions(talk: Talk, now: datetime, patience: timedelta = PATIENCE) -> tuple[Question, ...]:
    """Messages that ask, older than `patience`, which nobody replied to, thanked or reacted to; latest first.

    A mention of the asker in the same place answers all they asked there before, and so does the next turn of somebody
    else in a thread or topic. An answer counts whenever it came: what was answered late is open no more. Of several
    unanswered questions in a row, by one member in one place, the first stands for all.
    """
    ears = _Ears(talk)
    found: list[Question] = []
    last: dict[tuple[int, Place], datetime] = {}
    for post in talk.posts:
        if not post.question or post.at > now - patience or post.key in ears.to_message:
            continue
        mentions = ears.mentions.get((post.member, post.place), [])
        if bisect_right(mentions, post.at) < len(mentions) or ears.next_turn(post) is not None:
            continue
        before = last.get((post.member, post.place))
        last[post.member, post.place] = post.at
        if before is None or post.at - before > patience:
            found.append(Question(post.key, post.member, post.at, post.place))
    return tuple(reversed(found))
