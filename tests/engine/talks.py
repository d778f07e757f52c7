"""Talks made up for tests: a few words for each thing a member does, hours counted from the start."""

from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from bot.engine.social import Kind, Link, Place, Post, Seen, Talk
from bot.words import replace
from tests.conftest import START

CAFE = Place("cafe", "")


def about(value: float) -> Any:
    """That number, but for rounding: for what is compared whole."""
    return pytest.approx(value, abs=1e-8)


def post(
    key: str, member: int, hour: float = 0, *, asks: bool = False, place: Place = CAFE, reply: bool = False
) -> Post:
    return Post(key, member, START + timedelta(hours=hour), place, asks, reply)


def link(source: int, target: int, kind: Kind = "reply", hour: float = 0, *, of: str = "", by: str = "",
         place: Place = CAFE, asks: bool = False) -> Link:  # fmt: skip
    return Link(source, target, kind, START + timedelta(hours=hour), of, by, place, asks)


def talk(posts: Iterable[Post] = (), links: Iterable[Link] = (), members: Iterable[int] = ()) -> Talk:
    """Ordered as the reader does it; everybody who is in it came at the start and first wrote when they did here."""
    posts = tuple(sorted(posts, key=lambda one: (one.at, one.key)))
    links = tuple(sorted(links, key=lambda one: (one.at, one.source, one.target, one.kind, one.of, one.by)))
    there = {*members, *(one.member for one in posts)}.union(*[(one.source, one.target) for one in links])
    first = {one.member: one.at for one in reversed(posts)}
    seen = {one: Seen(START - timedelta(days=1), first.get(one)) for one in sorted(there)}
    return Talk(since=START, posts=posts, links=links, members=seen)


def shuffled(one: Talk, random: Random) -> Talk:
    """The same, read in another order of what happened at once, and with the members in another order."""
    posts, links, members = list(one.posts), list(one.links), list(one.members.items())
    for each in (posts, links, members):
        random.shuffle(each)
    return replace(
        one,
        posts=tuple(sorted(posts, key=lambda post: post.at)),
        links=tuple(sorted(links, key=lambda link: link.at)),
        members=dict(members),
    )
