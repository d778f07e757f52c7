"""To whom an item is open, how far one is, what comes next, what waits for what; what is found by which words."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.ledger import Past
from bot.engine.library import Content, Library, Study, finished, opened_by, opens, prefer, studied, united
from bot.engine.publishing import first_line, flaw, name_of, read_tags
from bot.engine.rules import Plan, Rules
from bot.events import (
    ContentDismissed,
    ContentFinished,
    ContentLiked,
    ContentOpened,
    ContentRated,
    ContentSaved,
    ContentShown,
    Event,
    InterestsChosen,
    member_account,
)
from bot.state import Interests, MemberState
from bot.words import replace
from tests.conftest import START

WHO = member_account(1, 1)


def item(number: int, kind: Any = "lesson", **more: Any) -> Content:
    name = more.pop("title", f"item {number}")
    whole = {"body": "words", **more}
    return Content(id=number, name=name_of(name), kind=kind, title=name, published_at=START, **whole)


def done(*items: int) -> dict[int, Study]:
    return {one: Study(member=1, content=one, finished_at=START) for one in items}


COURSE = Library([
    item(1, "course", needs=(9,)),
    item(2, course=1, position=2, needs=(3,)),
    item(3, course=1, position=1),
    item(4, course=1, position=3, archived=True),
    item(5, course=1, position=3, plan="max"),
    item(9, "article"),
])  # fmt: skip


def plans(rules: Rules) -> Rules:
    made = (
        Plan(name="pro", prices={"usd": 900}, gates=("vip",)),
        Plan(name="max", prices={"usd": 1900}, gates=("vip", "archive")),
        Plan(name="other", prices={"usd": 100}, gates=("salon",)),
        Plan(name="bare", prices={"usd": 100}),
    )
    return replace(rules, plans=made)


@pytest.mark.parametrize(
    ("asked", "held", "open_"),
    [
        ("", (), True),
        ("pro", (), False),
        ("pro", ("pro",), True),
        ("pro", ("max",), True),
        ("max", ("pro",), False),
        ("pro", ("other", "bare"), False),
        ("bare", ("max",), False),  # it has no gates: nothing says that it is the lesser one
        ("gone", ("gone",), True),
        ("gone", ("max",), False),
    ],
)
def test_a_plan_opens_what_asks_for_it_or_for_a_lesser_one(
    rules: Rules, asked: str, held: tuple[str, ...], open_: bool
) -> None:
    assert opens(asked, held, plans(rules)) is open_


def test_what_opens_an_item_is_told_with_its_own_plan_first(rules: Rules) -> None:
    assert [one.name for one in opened_by("pro", plans(rules))] == ["pro", "max"]
    assert opened_by("gone", plans(rules)) == ()


def test_a_part_has_its_courses_plan_and_needs_unless_it_has_its_own() -> None:
    library = Library([replace(COURSE.items[1], plan="pro"), *[COURSE.items[n] for n in (2, 3, 5, 9)]])
    assert [library.plan(library.items[n]) for n in (1, 2, 5, 9)] == ["pro", "pro", "max", ""]
    assert [one.id for one in library.before(library.items[2])] == [3, 9]


def test_progress_counts_parts_that_are_there_and_the_next_is_the_first_that_lacks_nothing() -> None:
    assert COURSE.progress(1, {}) == (0, 3)
    following = [COURSE.next_part(1, done(*what)) for what in ((), (9,), (9, 3), (9, 3, 2), (9, 2, 3, 5))]
    assert [one and one.id for one in following] == [3, 3, 2, 5, None]
    assert [one.id for one in COURSE.missing(COURSE.items[2], done(9))] == [3]
    last = COURSE.items[5]
    assert COURSE.completed(last, done(2, 3)) is None
    assert COURSE.completed(last, done(2, 3, 5)) == COURSE.items[1]
    assert COURSE.completed(last, done(1, 2, 3, 5)) is None
    assert finished(4, done(4))
    assert not finished(4, {4: Study(member=1, content=4, opened_at=START)})


def test_what_waits_for_itself_is_found_through_courses() -> None:
    assert COURSE.circle() == []
    needs_its_course = Library([*[COURSE.items[n] for n in (1, 3, 9)], replace(COURSE.items[2], needs=(1,))])
    assert {one.id for one in needs_its_course.circle()} == {1, 2}
    through = Library([*[COURSE.items[n] for n in (1, 2, 3)], replace(COURSE.items[9], needs=(2,))])
    assert {one.id for one in through.circle()} <= {1, 2, 9}
    assert through.circle()


def test_a_circle_is_told_in_the_order_of_waiting() -> None:
    library = Library([item(1, needs=(2,)), item(2, needs=(3,)), item(3, needs=(1,)), item(4, needs=(1,))])
    order = [one.id for one in library.circle()]
    assert all(order[(at + 1) % 3] in library.items[one].needs for at, one in enumerate(order))


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (item(0), None),
        (item(0, "course", body=""), None),
        (item(0, course=9), "course"),
        (item(0, "course", course=1), "course_in_course"),
        (replace(COURSE.items[1], kind="article"), "has_parts"),
        (replace(COURSE.items[9], needs=(2,)), "circle"),
        (item(0, needs=(77,)), "needs"),
        (item(0, position=-1), "position"),
        (item(0, tags=("a",) * 11), "tags"),
    ],
)
def test_what_is_wrong_with_an_item(rules: Rules, made: Content, why: str | None) -> None:
    library = Library([replace(one, plan="") for one in COURSE.items.values()])
    found = flaw(made, library, rules)
    assert (found and found.why) == why


def test_words_become_names_tags_and_titles() -> None:
    assert [name_of(one) for one in ("Rust: from zero!", "什么是 所有权？", "!!!")] == [
        "rust-from-zero",
        "什么是-所有权",
        "item",
    ]
    assert read_tags(" #Rust,，C++、 所有权 ;#rust") == ("rust", "c++", "所有权")
    assert first_line("\n## **How** to borrow\nmore") == "How to borrow"
    assert len(first_line("x" * 300)) == 100


# ---------------------------------------------------------------------- what was done


ACTS: tuple[tuple[type[Any], dict[str, Any]], ...] = (
    (ContentShown, {"items": ("7",)}),
    (ContentOpened, {"item": "7"}),
    (ContentFinished, {"item": "7"}),
    (ContentLiked, {"item": "7", "liked": True}),
    (ContentRated, {"item": "7", "stars": 4}),
    (ContentSaved, {"item": "7"}),
    (ContentDismissed, {"item": "7"}),
)


def act(number: int, hours: int) -> Event:
    kind, values = ACTS[number]
    event: Event = kind(key=f"{number}:{hours}", at=START + timedelta(hours=hours), who=WHO, **values)
    return event


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5)), max_size=5))
def test_news_in_any_order_comes_to_the_same(told: list[tuple[int, int]]) -> None:
    ends = set()
    for order in permutations(told):
        study = Study(member=1, content=7)
        for number, hours in order:
            study = studied(study, act(number, hours))
        ends.add(study if all(number != 5 for number, _ in order) else replace(study, saved_at=None))
    assert len(ends) == 1
    (study,) = ends
    at = {number: [START + timedelta(hours=h) for n, h in told if n == number] for number in range(7)}
    assert study.shown == len(at[0])
    assert (study.opened_at, study.finished_at) == (max(at[1], default=None), min(at[2], default=None))
    assert (study.liked, study.stars, study.dismissed_at) == (bool(at[3]), 4 * bool(at[4]), min(at[6], default=None))


def test_two_who_are_one_have_done_what_either_did() -> None:
    mine = Study(member=1, content=7, shown=2, shown_at=START, liked=True, saved_at=START)
    theirs = Study(member=2, content=7, shown=1, shown_at=START + timedelta(1), stars=3, finished_at=START)
    assert united(mine, theirs) == Study(
        member=1, content=7, shown=3, shown_at=START + timedelta(1), liked=True, saved_at=START, stars=3,
        finished_at=START,
    )  # fmt: skip


def test_the_last_word_about_interests_holds(rules: Rules) -> None:
    event = InterestsChosen(key="i", at=START, who=WHO, topics=("rust",), goal="sheets", level="beginner")
    part, effects = prefer(event, MemberState(interests=Interests(topics=("old",))), rules, Past())
    assert (part, effects) == (Interests(topics=("rust",), goal="sheets", level="beginner"), ())
