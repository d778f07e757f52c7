"""What somebody may be shown of a library: whatever they did, have and wish, never what they should not see."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.library import Content, Library, Study, opens
from bot.engine.recommend.choice import Chosen
from bot.engine.recommend.model import Model, train
from bot.engine.recommend.ranking import recommend
from bot.engine.recommend.shelf import (
    Shelf,
    Sight,
    Taken,
    circle,
    learnable,
    shelf,
    text_of,
    took,
    upgrade,
    viewer,
)
from bot.engine.rules import Plan, Rules
from bot.state import Interests
from tests.conftest import START

RULES = Rules(
    plans=(
        Plan(name="basic", prices={"usd": 500}, gates=("hall",)),
        Plan(name="pro", title="Professional", prices={"usd": 2000}, gates=("hall", "lab")),
        Plan(name="year", period="year", prices={"usd": 12000}, gates=("hall", "lab")),
        Plan(name="gone", prices={"usd": 1}, gates=("hall",), archived=True),
    )
)


def item(number: int, **more: object) -> Content:
    kept = {"name": f"i{number}", "title": f"Item {number}", "kind": "article", "published_at": START, **more}
    return Content(id=number, **kept)  # type: ignore[arg-type]


LIBRARY = Library(
    [
        *[item(n, tags=("rust",) if n % 2 else ("drawing",)) for n in range(1, 6)],
        item(6, plan="basic"),
        item(7, plan="pro"),
        item(8, needs=(1, 2)),
        item(9, kind="live", starts_at=START),
        item(10, kind="course", plan="pro", published_at=START + timedelta(days=1)),
        item(11, kind="lesson", course=10, position=1),
        item(12, kind="lesson", course=10, position=2),
        item(13, archived=True),
        item(14, language="zh", level="advanced"),
        item(15, plan="vanished"),
    ]
)
NUMBERS = sorted(LIBRARY.items)
TAKEN = Taken(
    np.array([1, 1, 2, 2, 3, 3, 4, 4]), np.array([1, 2, 1, 3, 11, 12, 2, 13]), np.arange(8)
)  # fmt: skip


def plain(library: Library, taken: Taken) -> Model:
    known, items = learnable(library, taken)
    return train(known, np.array([one.id for one in items]), [text_of(library, one) for one in items], Chosen())


def made(library: Library = LIBRARY, taken: Taken = TAKEN) -> Shelf:
    return shelf(library, plain(library, taken))


SHELF = made()
times = st.none() | st.integers(-10, 0).map(lambda days: START + timedelta(days=days))
acts = st.builds(Study, member=st.just(1), content=st.just(0), opened_at=times, finished_at=times, saved_at=times,
                 dismissed_at=times, liked=st.booleans(), stars=st.integers(0, 5))  # fmt: skip


@given(
    done=st.dictionaries(st.sampled_from(NUMBERS), acts, max_size=8),
    held=st.lists(st.sampled_from(["basic", "pro", "year", "gone", "vanished", "?"]), max_size=2, unique=True),
    recent=st.sets(st.sampled_from(NUMBERS), max_size=4),
    topics=st.lists(st.sampled_from(["rust", "drawing", "i3", ""]), max_size=2),
    wanted=st.integers(1, 8),
)
@settings(max_examples=60)
def test_what_is_finished_dismissed_shown_closed_over_or_too_early_is_never_recommended(
    done: dict[int, Study], held: list[str], recent: set[int], topics: list[str], wanted: int
) -> None:
    sight = Sight(now=START, held=tuple(held), recent=frozenset(recent), interests=Interests(topics=tuple(topics)))
    found = recommend(SHELF.model, viewer(SHELF, sight, done, RULES), wanted)
    shown = [SHELF.items[one.item] for one in found]
    for one, suggestion in zip(shown, found, strict=True):
        study = done.get(one.id)
        assert study is None or (study.finished_at is None and study.dismissed_at is None)
        assert one.id not in recent
        assert not one.archived
        assert not one.course
        assert (one.kind, one.starts_at) != ("live", START)
        assert all(need in done and done[need].finished_at for need in one.needs)
        assert suggestion.locked == (not opens(LIBRARY.plan(one), held, RULES))
        assert LIBRARY.plan(one) != "vanished" or "vanished" in held
    assert sum(one.locked for one in found) <= wanted // 4
    assert len({one.id for one in shown}) == len(shown)


def test_everything_that_may_be_shown_is_shown_and_of_the_next_plan_one_in_four() -> None:
    found = recommend(SHELF.model, viewer(SHELF, Sight(now=START), {}, RULES), 8)
    assert sorted(SHELF.items[one.item].id for one in found if not one.locked) == [1, 2, 3, 4, 5, 14]
    assert [SHELF.items[one.item].id for one in found if one.locked] == [6], "basic is the next plan, pro is not"
    after = viewer(SHELF, Sight(now=START, held=("basic",)), {}, RULES)
    assert {SHELF.items[one.item].id for one in recommend(SHELF.model, after, 8) if one.locked} == {7, 10}


def test_who_began_a_lesson_has_taken_its_course() -> None:
    known, items = learnable(LIBRARY, TAKEN)
    assert [one.id for one in items] == [10, 15, 14, 9, 8, 7, 6, 5, 4, 3, 2, 1], "the newest first"
    assert known.taken[2].indices.tolist() == [0]
    assert known.taken[3].indices.tolist() == [10], "what is archived is not a column"
    begun = {11: Study(member=1, content=11, opened_at=START)}
    assert viewer(SHELF, Sight(now=START), begun, RULES).known == (SHELF.columns[10],)


@pytest.mark.parametrize(
    ("study", "says"),
    [
        ({"opened_at": START}, True),
        ({"saved_at": START}, True),
        ({"liked": True}, True),
        ({"opened_at": START, "stars": 2}, False),
        ({"opened_at": START, "stars": 3}, True),
        ({"opened_at": START, "dismissed_at": START}, False),
        ({"shown": 3, "shown_at": START}, False),
    ],
)
def test_what_counts_as_taken(study: dict[str, object], says: bool) -> None:
    assert took(Study(member=1, content=1, **study)) is says  # type: ignore[arg-type]


def test_the_next_plan_is_the_cheapest_by_the_month_that_opens_something_closed() -> None:
    def name(asked: list[str], held: list[str]) -> str | None:
        found = upgrade(asked, held, RULES)
        return found.name if found else None

    assert name(["", "basic", "pro"], []) == "basic"
    assert name(["pro"], []) == "year", "a twelfth of a year is less than a month"
    assert name(["basic", "pro"], ["basic"]) == "year"
    assert name(["basic", "pro"], ["pro"]) is None
    assert name(["vanished"], []) is None


def test_with_no_data_the_newest_comes_first_then_what_suits_level_and_language() -> None:
    library = Library([item(n, published_at=START + timedelta(days=n)) for n in range(1, 4)])
    nothing = Taken(*[np.zeros(0, np.int64)] * 3)
    empty = made(library, nothing)
    assert [empty.items[one.item].id for one in recommend(empty.model, viewer(empty, Sight(now=START), {}, RULES), 3)] \
        == [3, 2, 1]  # fmt: skip
    library = Library([
        item(1, level="beginner", language="en"),
        item(2, level="advanced", published_at=START + timedelta(days=1)),
        item(3, language="zh", published_at=START + timedelta(days=2)),
    ])  # fmt: skip
    empty = made(library, nothing)
    sight = Sight(now=START, language="en", interests=Interests(level="beginner"))
    found = recommend(empty.model, viewer(empty, sight, {}, RULES), 3)
    assert [empty.items[one.item].id for one in found] == [1, 2, 3]
    assert made(Library([]), nothing).items == ()


def test_nobody_is_recommended_what_they_wrote() -> None:
    library = Library([item(1, author=7), item(2, author=8), item(3)])
    small = made(library, Taken(*[np.zeros(0, np.int64)] * 3))
    found = recommend(small.model, viewer(small, Sight(now=START, member=7), {}, RULES), 3)
    assert [small.items[one.item].id for one in found] == [3, 2]


def test_interests_and_a_goal_that_is_an_item_are_words() -> None:
    sight = Sight(now=START, interests=Interests(topics=("rust",), goal="i4"))
    assert viewer(SHELF, sight, {}, RULES).interests == ("rust", "Item 4")
    assert viewer(SHELF, Sight(now=START, interests=Interests(goal="drawing")), {}, RULES).interests == ("drawing",)


def test_a_circle_is_three_members_who_took_anything_at_least() -> None:
    found = circle(SHELF, "#rust", [(1, 1), (1, 2), (2, 1), (3, 11), (3, 12), (4, 13)])
    assert found is not None
    assert (found.people, int(found.took[SHELF.columns[1]]), int(found.took[SHELF.columns[10]])) == (3, 2, 1)
    assert circle(SHELF, "#rust", [(1, 1), (2, 1), (4, 13)]) is None
