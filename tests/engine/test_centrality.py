"""Centrality, compared with small graphs computed by hand, and its laws."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.centrality import (
    DAMPING,
    EXACT,
    Answerer,
    Connector,
    Position,
    Starter,
    answerers,
    connectors,
    followed,
    position,
    rankings,
    starters,
)
from bot.engine.social import WEIGHTS, Talk
from bot.words import replace
from tests.engine.talks import about, link, post, shuffled, talk

often = settings(max_examples=30, deadline=None)
talks = st.builds(
    lambda drawn, asked: talk([post(f"{n}", n, asks=n in asked) for n in range(1, 6)],
                              [replace(one, of=f"{one.target}", question=one.target in asked) for one in drawn]),
    st.lists(st.builds(link, st.integers(1, 5), st.integers(1, 5), st.sampled_from(tuple(WEIGHTS)), st.integers(0, 9))
             .filter(lambda one: one.source != one.target), max_size=25),
    st.sets(st.integers(1, 5)),
)  # fmt: skip


def test_the_middle_of_a_line_connects_all_pairs_around_it() -> None:
    """1 – 2 – 3 – 4: of the three pairs without 2, two (1-3, 1-4) pass through it; so 2/3, and the same for 3."""
    found = connectors(talk(links=[link(1, 2), link(3, 2, "mention"), link(4, 3)]))
    assert found == (Connector(2, about(2 / 3), 2), Connector(3, about(2 / 3), 2))


def test_where_two_ways_are_as_short_each_carries_half() -> None:
    """A square 1 – 2 – 3 – 4 – 1: 1 and 3 are joined by 2 and by 4, so each has half of one pair of three."""
    found = connectors(talk(links=[link(1, 2), link(2, 3), link(3, 4), link(4, 1)]))
    assert found == tuple(Connector(member, about(1 / 6), 2) for member in (1, 2, 3, 4))


def test_reactions_do_not_connect_and_two_people_have_nobody_between() -> None:
    assert connectors(talk(links=[link(1, 2, "reaction"), link(2, 3, "reaction"), link(1, 4)])) == ()


def test_in_a_large_star_the_sample_finds_its_middle_and_always_the_same() -> None:
    wheel = talk(links=[link(member, 1) for member in range(2, EXACT + 50)])
    assert [(one.member, one.partners) for one in connectors(wheel)] == [(1, EXACT + 48)]
    assert connectors(wheel) == connectors(shuffled(wheel, Random(1)))


def test_the_one_who_answers_two_has_the_pagerank_of_the_formula() -> None:
    """Two askers, one answerer, who links to nobody and so passes to all three alike.

    With a for the answerer and u for each asker: u = (1 − d)/3 + d·a/3, a = u + 2·d·u, 2u + a = 1, so u = 1/(3 + 2d).
    """
    asked = [post("q1", 1, asks=True), post("q2", 2, asks=True)]
    replies = [link(3, 1, of="q1", by="a", asks=True), link(3, 2, of="q2", by="b", asks=True)]
    (one,) = answerers(talk(asked, [*replies, link(1, 3, "thanks", 1, of="a"), link(2, 3, "accepted", 1, of="b")]))
    assert one == Answerer(3, about((1 + 2 * DAMPING) / (3 + 2 * DAMPING)), 2, 2, 1, 1)


def test_whoever_answers_many_stands_before_whoever_answers_one_often() -> None:
    posts = [post(f"q{asker}.{n}", asker, asks=True) for asker in (1, 2, 3) for n in range(6)]
    many = [link(8, asker, of=f"q{asker}.{n}", asks=True) for asker in (1, 2, 3) for n in range(2)]
    often = [link(9, 1, of=f"q1.{n}", asks=True) for n in range(6)]
    found = answerers(talk(posts, many + often))
    assert [(one.member, one.questions, one.askers) for one in found] == [(8, 6, 3), (9, 6, 1)]


def test_whom_others_follow_and_by_how_many() -> None:
    found = followed(talk(links=[link(1, 3), link(1, 3, "reaction"), link(2, 3, "mention"), link(3, 4, "thanks")]))
    assert [(one.member, one.people, one.times) for one in found] == [(4, 1, 1), (3, 2, 3)]
    # 3 passes all it has to 4, which passes to everybody: u = (1 − d)/4 + d·f/4, t = u + 2du, f = u + dt.
    d = DAMPING
    u = 1 / (4 + 3 * d + 2 * d * d)
    assert [one.score for one in found] == [
        pytest.approx(u * (1 + d + 2 * d * d), abs=1e-8),
        pytest.approx(u * (1 + 2 * d), abs=1e-8),
    ]


def test_a_conversation_is_started_by_what_two_others_reply_to() -> None:
    posts = [post("a", 1), post("b", 1), post("c", 2, reply=True)]
    replies = [link(2, 1, of="a"), link(3, 1, of="a"), link(3, 1, of="a"), link(2, 1, of="b"), link(1, 2, of="c"),
               link(3, 2, of="c")]  # fmt: skip
    assert starters(talk(posts, replies)) == (Starter(1, 1, 2),)


@often
@given(talks, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_read_changes_nothing(one: Talk, random: Random) -> None:
    assert rankings(shuffled(one, random)) == rankings(one)


@often
@given(talks)
def test_a_member_whom_nothing_links_changes_nothing(one: Talk) -> None:
    alone = talk([*one.posts, post("alone", 99)], one.links, one.members)
    assert rankings(alone) == rankings(one)


@often
@given(talks, st.permutations(range(1, 6)))
def test_who_is_called_what_changes_nobodys_figures(one: Talk, names: list[int]) -> None:
    new = dict(zip(range(1, 6), names, strict=True))
    renamed = replace(
        one,
        posts=tuple(replace(each, member=new[each.member]) for each in one.posts),
        links=tuple(replace(each, source=new[each.source], target=new[each.target]) for each in one.links),
        members={new[member]: seen for member, seen in one.members.items()},
    )
    for ranking in (connectors, answerers, followed, starters):
        was = {new[line.member]: tuple(line[1:]) for line in ranking(one)}
        now = {line.member: tuple(line[1:]) for line in ranking(renamed)}
        assert now.keys() == was.keys()
        assert all(now[member] == pytest.approx(was[member], abs=1e-7) for member in was)


def test_where_a_member_stands() -> None:
    posts = [post("q1", 1, asks=True), post("q2", 2, asks=True)]
    ranked = rankings(talk(posts, [link(3, 1, of="q1", by="a", asks=True), link(3, 2, of="q2", by="b", asks=True)]))
    assert position(ranked, 3) == Position(connects=1, answers=1, partners=2, answered=2)
    assert position(ranked, 1) == Position(followed=1, followers=1)
    assert position(ranked, 99) == Position()
