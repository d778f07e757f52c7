"""Whether anybody heeded what a newcomer wrote, followed line by line of the log: the only thing that nobody reports.

A post is heeded when somebody else answers it, or writes in the same channel and topic within `HEEDED` of it, or it is
reacted to, thanked for or deleted. What a member wrote last is what counts; an answer of theirs asks for nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.words import Word

HEEDED = timedelta(hours=6)
"""Whatever others write in the same channel within this time of a message is taken for an answer to it."""


class Asked(Word, frozen=True):
    """A post that waits to be heeded: the number of its line in the log, by whom, its key, where and when."""

    line: int
    community: int
    member: int
    key: str
    channel: str
    topic: str
    at: datetime


class Said(Word, frozen=True):
    """A line of the log as far as it matters: a post (`key` is set), or what heeds the post `of`."""

    line: int
    community: int
    member: int
    at: datetime
    key: str = ""
    channel: str = ""
    topic: str = ""
    reply_to: str = ""
    of: str = ""


def follow(open_: Mapping[int, Asked], said: Sequence[Said], new: Collection[int]) -> dict[int, Asked]:
    """{member: the post that still waits} after more lines, in the order of the log; only of those who are `new`.

    Lines may be followed twice: it comes to the same.
    """
    found = {member: one for member, one in open_.items() if member in new}
    for one in said:
        if not one.key or one.member not in new:
            continue
        before = found.get(one.member)
        if before is not None and before.line > one.line:
            continue
        found.pop(one.member, None)
        if not one.reply_to:
            found[one.member] = Asked(
                line=one.line,
                community=one.community,
                member=one.member,
                key=one.key,
                channel=one.channel,
                topic=one.topic,
                at=one.at,
            )
    over = _heeded(found.values(), said)
    return {member: one for member, one in found.items() if member not in over}


def _heeded(open_: Iterable[Asked], said: Sequence[Said]) -> set[int]:
    by_key, by_place = dict[str, Asked](), dict[tuple[int, str, str], list[Asked]]()
    for one in open_:
        by_key[one.key] = one
        by_place.setdefault((one.community, one.channel, one.topic), []).append(one)
    found: set[int] = set()
    for line in said:
        gone = by_key.get(line.of)
        answered = by_key.get(line.reply_to)
        near = by_place.get((line.community, line.channel, line.topic), ()) if line.key else ()
        found |= {one.member for one in near if one.member != line.member and one.at <= line.at <= one.at + HEEDED}
        if gone is not None:
            found.add(gone.member)
        if answered is not None and answered.member != line.member:
            found.add(answered.member)
    return found
