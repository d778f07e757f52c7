"""Whom nobody has answered: followed in pieces it comes to what the whole log says."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.engine.nudges.heeding import Asked, Said, follow
from tests.conftest import START

HOUR = timedelta(hours=1)
NEW = {1, 2}
kinds = st.sampled_from(("post", "post", "post", "reply", "heed"))
lines = st.tuples(kinds, st.integers(1, 3), st.sampled_from("ab"), st.integers(0, 4), st.integers(0, 5))
"""(what, by whom, in which channel, hours after the one before, which earlier line it is about)."""


def told(drawn: list[tuple[str, int, str, int, int]]) -> list[Said]:
    """Lines in the order of time."""
    found: list[Said] = []
    at = START
    for number, (kind, member, channel, hours, back) in enumerate(drawn):
        at += hours * HOUR + timedelta(seconds=1)
        about = f"k{max(number - 1 - back, 0)}"
        one = Said(line=number, community=1, member=member, at=at)
        if kind == "heed":
            found.append(Said(line=number, community=1, member=member, at=at, of=about))
            continue
        reply = about if kind == "reply" else ""
        found.append(
            Said(line=number, community=1, member=one.member, at=at, key=f"k{number}", channel=channel, reply_to=reply)
        )
    return found


def waits(said: list[Said]) -> dict[int, str]:
    """{member: key} by the words of the law: the last post of each, of which nothing later takes notice."""
    found = {}
    for member in NEW:
        posts = [one for one in said if one.key and one.member == member]
        if not posts or posts[-1].reply_to:
            continue
        last = posts[-1]
        after = [one for one in said if one.line > last.line]
        others = [one for one in after if one.key and one.member != member]
        near = [one for one in others if one.channel == last.channel and one.at - last.at <= 6 * HOUR]
        named = [one for one in after if one.of == last.key] + [one for one in others if one.reply_to == last.key]
        if not near and not named:
            found[member] = last.key
    return found


@given(st.lists(lines, max_size=14), st.integers(1, 5))
def test_in_pieces_it_comes_to_what_the_whole_log_says(drawn: list[tuple[str, int, str, int, int]], piece: int) -> None:
    said = told(drawn)
    open_: dict[int, Asked] = {}
    for start in range(0, len(said), piece):
        open_ = follow(open_, said[max(start - 2, 0) : start + piece], NEW)  # the last two once more
    assert {member: one.key for member, one in open_.items()} == waits(said)


def test_who_is_new_no_more_waits_no_more() -> None:
    said = [Said(line=1, community=1, member=1, at=START, key="k", channel="a")]
    open_ = follow({}, said, NEW)
    assert open_ == {1: Asked(line=1, community=1, member=1, key="k", channel="a", topic="", at=START)}
    assert follow(open_, [], NEW) == open_
    assert follow(open_, [], {2}) == {}
