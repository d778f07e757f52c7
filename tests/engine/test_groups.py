"""Groups that mostly talk to each other, and circles in which everybody talks with everybody."""

from collections.abc import Iterable, Iterator
from itertools import combinations, permutations
from random import Random

import pytest

from bot.engine import groups
from bot.engine.groups import Circle, Circles, Group, circles
from bot.engine.social import Link, Place
from tests.engine.talks import CAFE, about, link, shuffled, talk

RUST = Place("rust", "")


def everybody(members: Iterable[int], times: int = 1, place: Place = CAFE) -> Iterator[Link]:
    for source, target in permutations(members, 2):
        for _ in range(times):
            yield link(source, target, place=place)


def test_two_groups_joined_by_a_little_talk_are_told_apart_with_where_and_how_much() -> None:
    """Each of four talks with each of three, once: 12 links inside; 2 links of 26 ends go out of the first."""
    found = circles(talk(links=[*everybody((1, 2, 3, 4)), *everybody((5, 6, 7), 2, RUST), link(1, 5), link(5, 1)]))
    assert found.groups == (
        Group((1, 2, 3, 4), about(24 / 26), 12, "cafe"),
        Group((5, 6, 7), about(24 / 26), 12, "rust"),
    )
    assert found.circles == (Circle((1, 2, 3, 4), 12, "cafe"), Circle((5, 6, 7), 12, "rust"))


def test_talk_in_several_channels_names_none() -> None:
    half = [*everybody((1, 2, 3)), *everybody((1, 2, 3), place=RUST)]
    assert circles(talk(links=half)).groups == (Group((1, 2, 3), 1, 12, ""),)


def test_who_mostly_talks_to_others_is_no_group_but_may_be_a_circle() -> None:
    out = [link(member, 10 + n) for member in (1, 2, 3) for n in range(9)]
    found = circles(talk(links=[*everybody((1, 2, 3), 2), *out]))
    assert found == Circles(groups=(), circles=(Circle((1, 2, 3), 12, "cafe"),))


def test_a_pair_a_chain_and_one_sided_talk_are_none() -> None:
    pair = list(everybody((1, 2), 9))
    chain = [link(a, b) for n in range(3, 8) for a, b in permutations((n, n + 1))]
    fans = [link(member, star) for member in (20, 21, 22) for star in (23, 24, 25)]
    assert circles(talk(links=[*pair, *chain, *fans])) == Circles()


def test_nothing_said_has_no_groups() -> None:
    assert circles(talk()) == Circles()


def test_the_order_of_reading_changes_nothing() -> None:
    random = Random(3)
    noise = [link(random.randrange(30), 30 + random.randrange(30)) for _ in range(60)]
    one = talk(links=[*everybody(range(5), 2), *everybody(range(30, 36)), *everybody((2, 7, 9)), *noise])
    assert len(circles(one).circles) == 3
    assert circles(shuffled(one, random)) == circles(one)


def test_circles_that_share_more_than_half_are_shown_once() -> None:
    """Five of whom one pair does not talk: two circles of four share three."""
    almost = [one for one in everybody(range(5)) if {one.source, one.target} != {0, 4}]
    assert [one.members for one in circles(talk(links=almost)).circles] == [(0, 1, 2, 3)]


def test_the_cost_is_bounded_where_there_are_exponentially_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """J. W. Moon and L. Moser (1965): a graph of 3k members in k threes, tied across them alone, has 3^k cliques."""
    tied = [(a, b) for a, b in combinations(range(36), 2) if a // 3 != b // 3]
    monkeypatch.setattr(groups, "CIRCLES", 50)  # of 531,441
    found = circles(talk(links=[link(*pair) for ends in tied for pair in (ends, ends[::-1])]))
    assert 1 <= len(found.circles) <= 50
    assert {len(one.members) for one in found.circles} == {12}


def test_of_a_large_community_the_densest_core_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "NODES", 4)
    found = circles(talk(links=[*everybody((1, 2, 3)), *everybody((10, 11, 12, 13))]))
    assert [one.members for one in found.circles] == [(10, 11, 12, 13)]
