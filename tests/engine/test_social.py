"""The graph of who does what to whom, against small ones drawn by hand and a count by brute force."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.social import WEIGHTS, Answer, Link, answering, answers, directed, either, mutual
from tests.engine.talks import link, post, talk

links = st.lists(
    st.builds(link, st.integers(1, 5), st.integers(1, 5), st.sampled_from(tuple(WEIGHTS)), st.integers(0, 9)),
    max_size=30,
)


def edges(graph: object) -> dict[tuple[int, int], float]:
    return {(a, b): weight for a, b, weight in graph.edges(data="weight")}  # type: ignore[attr-defined]


def test_each_kind_of_link_weighs_what_the_table_says() -> None:
    graph = directed([link(1, 2), link(1, 2, "mention"), link(1, 2, "reaction"), link(2, 1, "thanks"),
                      link(3, 1, "accepted")])  # fmt: skip
    assert edges(graph) == {(1, 2): 2.5, (2, 1): 2, (3, 1): 3}


def test_only_the_kinds_asked_for_are_drawn() -> None:
    assert edges(directed([link(1, 2), link(1, 3, "reaction")], {"reaction"})) == {(1, 3): 0.5}


@settings(deadline=None)
@given(links)
def test_the_graph_is_what_brute_force_adds_up_and_does_not_depend_on_the_order(drawn: list[Link]) -> None:
    sums: Counter[tuple[int, int]] = Counter()
    for one in drawn:
        if one.source != one.target:
            sums[one.source, one.target] += int(2 * WEIGHTS[one.kind])
    graph = directed(drawn)
    assert {pair: 2 * weight for pair, weight in edges(graph).items()} == dict(sums)
    turned = directed(reversed(drawn))
    assert list(turned.edges(data="weight")) == list(graph.edges(data="weight"))
    assert list(turned) == list(graph) == sorted({node for pair in sums for node in pair})


@settings(deadline=None)
@given(links)
def test_both_ways_and_either_way(drawn: list[Link]) -> None:
    graph = directed(drawn)
    both = {tuple(sorted(pair)) for pair in graph.edges if (pair[1], pair[0]) in graph.edges}
    weigh = edges(graph)
    assert {tuple(sorted(pair)): w for pair, w in edges(mutual(graph)).items()} == {
        (a, b): weigh[a, b] + weigh[b, a] for a, b in both
    }
    assert {tuple(sorted(pair)): w for pair, w in edges(either(graph)).items()} == {
        tuple(sorted((a, b))): weigh.get((a, b), 0) + weigh.get((b, a), 0) for a, b in graph.edges
    }


# ---------------------------------------------------------------------- answers

ASKED = post("q", 1, 0, asks=True)


def test_a_reply_to_a_question_is_an_answer_and_a_reply_to_anything_else_is_not() -> None:
    replies = [link(2, 1, hour=1, of="q", by="a", asks=True), link(3, 1, hour=1, of="m", by="b")]
    assert answers(talk([ASKED, post("m", 1, 0.5)], replies)) == [Answer(1, 2, "q", "a", inferred=False)]


def test_a_mention_answers_the_latest_question_asked_there_within_a_day() -> None:
    posts = [ASKED, post("q2", 1, 2, asks=True), post("said", 1, 3)]
    mentions = [link(2, 1, "mention", hour, by=f"at {hour}") for hour in (1, 2, 26, 26.1)]
    assert answers(talk(posts, mentions)) == [
        Answer(1, 2, "q", "at 1", inferred=True),
        Answer(1, 2, "q2", "at 2", inferred=True),
        Answer(1, 2, "q2", "at 26", inferred=True),
    ]


def test_a_mention_elsewhere_or_before_the_question_is_no_answer() -> None:
    elsewhere = ASKED.place._replace(topic="another")
    assert answers(talk([ASKED], [link(2, 1, "mention", 1, place=elsewhere), link(2, 1, "mention", -1)])) == []


def test_whoever_asked_is_linked_to_whoever_answered_once_for_each_question() -> None:
    twice = [link(2, 1, hour=hour, of="q", by=f"a{hour}", asks=True) for hour in (1, 2)]
    assert edges(answering(talk([ASKED], twice))) == {(1, 2): 1}


def test_acceptance_and_thanks_count_from_the_asker_whoever_gives_them() -> None:
    done = [
        link(2, 1, hour=1, of="q", by="a", asks=True),
        link(9, 2, "accepted", 2, of="a"),  # the creator accepts for the asker
        link(1, 2, "thanks", 2, of="a"),
        link(8, 2, "thanks", 2, of="a"),
        link(8, 2, "thanks", 2, of="something else"),
    ]
    assert edges(answering(talk([ASKED], done))) == {(1, 2): 1 + 3 + 2 + 2}


def test_an_answer_accepted_to_no_known_question_counts_from_whoever_accepted_it() -> None:
    assert edges(answering(talk([], [link(9, 2, "accepted", of="a")]))) == {(9, 2): 3}
