"""Whom nobody answered: newcomers and questions, and what counts as having been heard."""

from datetime import timedelta

import pytest

from bot.engine.social import Kind, Link, Place, Post
from bot.engine.unheard import Newcomer, Question, newcomers, questions
from bot.words import replace
from tests.conftest import START
from tests.engine.talks import CAFE, link, post, talk

NOW = START + timedelta(hours=48)
THREAD = Place("cafe", "thread")
HELLO = post("hello", 1, 1)
ASKED = post("q", 1, 1, asks=True)


def at(hour: float) -> timedelta:
    return timedelta(hours=hour)


def test_a_newcomer_whom_nobody_heard_is_found_with_where_and_how_often_they_wrote() -> None:
    posts = [HELLO, post("anybody", 1, 2), post("late", 1, 30), post("other", 2, 3)]
    assert newcomers(talk(posts, [link(1, 2, hour=4)]), NOW) == (Newcomer(1, START + at(1), CAFE, 2),)
    assert newcomers(talk(posts, [link(1, 2, hour=2)]), NOW)[0] == Newcomer(2, START + at(3), CAFE, 1)


@pytest.mark.parametrize("kind", ["reply", "mention", "reaction", "thanks", "accepted"])
def test_any_attention_in_time_is_enough_and_late_is_not(kind: Kind) -> None:
    for hour, silent in ((1, ()), (25, ()), (25.01, (1,))):
        found = newcomers(talk([HELLO, post("old", 2, -1)], [link(2, 1, kind, hour)]), NOW)
        assert tuple(one.member for one in found) == silent, hour


def test_in_a_thread_the_next_turn_is_an_answer_and_in_a_channel_it_is_not() -> None:
    answered = [post("t", 1, 1, place=THREAD), post("u", 2, 2, place=THREAD)]
    assert [one.member for one in newcomers(talk(answered), NOW)] == [2]
    assert [one.member for one in newcomers(talk([HELLO, post("u", 2, 2)]), NOW)] == [2, 1]


def test_ones_own_next_turn_in_a_thread_is_no_answer() -> None:
    alone = talk([post("t", 1, 1, place=THREAD), post("u", 1, 2, place=THREAD)])
    assert newcomers(alone, NOW) == (Newcomer(1, START + at(1), THREAD, 2),)


def test_whose_time_is_not_over_or_who_wrote_before_the_window_is_not_reported() -> None:
    assert newcomers(talk([post("hello", 1, 24)]), NOW) != ()
    assert newcomers(talk([post("hello", 1, 24.01)]), NOW) == ()
    known = talk([HELLO])
    before = known.members[1]._replace(first=START - at(1))
    assert newcomers(replace(known, members={1: before}), NOW) == ()


def test_an_open_question_is_found_with_when_and_where() -> None:
    assert questions(talk([ASKED, post("no question", 1, 2)]), NOW) == (Question("q", 1, START + at(1), CAFE),)


@pytest.mark.parametrize(
    ("links", "posts", "open_"),
    [
        ([link(2, 1, of="q", hour=40, asks=True)], [], False),
        ([link(2, 1, "reaction", of="q", hour=2)], [], False),
        ([link(2, 1, of="another", hour=2)], [], True),
        ([link(2, 1, "mention", 30)], [], False),
        ([link(2, 1, "mention", 0.5)], [], True),
        ([link(2, 1, "mention", 2, place=THREAD)], [], True),
        ([], [post("after", 2, 2)], True),
    ],
)
def test_what_closes_a_question(links: list[Link], posts: list[Post], open_: bool) -> None:
    assert bool(questions(talk([ASKED, *posts], links), NOW)) == open_


def test_somebody_elses_next_turn_closes_a_question_in_a_thread() -> None:
    asked = post("q", 1, 1, asks=True, place=THREAD)
    assert questions(talk([asked, post("own", 1, 2, place=THREAD)]), NOW) != ()
    assert questions(talk([asked, post("own", 1, 2, place=THREAD), post("u", 2, 3, place=THREAD)]), NOW) == ()


def test_a_question_has_a_day_and_a_row_of_them_is_one() -> None:
    assert questions(talk([post("q", 1, 24.01, asks=True)]), NOW) == ()
    row = [post(f"q{hour}", 1, hour, asks=True) for hour in (-60, -50, -40, 0, 20, 23)]
    assert [one.key for one in questions(talk(row), NOW)] == ["q0", "q-60"]
