"""Learning paths: everything after what it builds on, from where one stands, with what is locked and what opens it."""

from graphlib import TopologicalSorter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.library import Content, Library, Study, finished, opens
from bot.engine.paths import MINUTES, CircleError, Goal, goal, minutes, ordered, plan
from bot.engine.rules import Plan, Rules
from tests.conftest import START

RULES = Rules(plans=(Plan(name="pro", title="Professional", gates=("lab",)), Plan(name="all", gates=("lab", "hall"))))


def item(number: int, **more: object) -> Content:
    kept = {"name": f"i{number}", "title": f"Item {number}", "kind": "article", "published_at": START, **more}
    return Content(id=number, **kept)  # type: ignore[arg-type]


def done(*items: int) -> dict[int, Study]:
    return {one: Study(member=1, content=one, finished_at=START) for one in items}


COURSES = Library([
    item(1, kind="course", tags=("rust",), level="beginner"),
    item(2, kind="lesson", course=1, position=2),
    item(3, kind="lesson", course=1, position=1),
    item(4, kind="course", tags=("rust",), needs=(1, 7), plan="pro", level="advanced"),
    item(5, kind="lesson", course=4, position=1),
    item(6, kind="lesson", course=4, position=2, needs=(5,)),
    item(7, tags=("basics",)),
    item(8, tags=("rust",), archived=True),
])  # fmt: skip


def way(named: str, studies: dict[int, Study], *held: str, level: str = "") -> list[tuple[int, str]]:
    wanted = goal(COURSES, named, level)
    assert wanted is not None
    return [(step.item.id, step.state) for step in plan(COURSES, wanted, studies, held, RULES).steps]


def test_a_course_is_its_lessons_after_all_that_it_builds_on() -> None:
    assert way("Item 4", {}) == [(7, "ready"), (3, "ready"), (2, "ready"), (5, "locked"), (6, "locked")]
    assert way("i4", done(7, 3, 2), "all") == [(7, "done"), (3, "done"), (2, "done"), (5, "ready"), (6, "waiting")]
    assert way("4", done(7), "pro")[3] == (5, "waiting")


def test_the_next_step_moves_on_and_what_is_locked_names_what_opens_it() -> None:
    wanted = goal(COURSES, "i4")
    assert wanted is not None
    paths = [plan(COURSES, wanted, done(*finished_), (), RULES) for finished_ in ((), (7,), (7, 3), (7, 3, 2))]
    seen = [(path.next.item.id if path.next else None, path.done, path.minutes_left) for path in paths]
    assert seen == [(7, 0, 65), (3, 1, 60), (2, 2, 45), (None, 3, 30)]
    assert [one.plans for one in paths[-1].steps if one.state == "locked"] == [("pro", "all")] * 2
    whole = plan(COURSES, wanted, done(2, 3, 5, 6, 7), (), RULES)
    assert (whole.next, whole.done, whole.minutes_left) == (None, 5, 0)


def test_goals_are_items_by_name_title_or_number_and_tags_from_ones_level_on() -> None:
    assert goal(COURSES, "#rust") == Goal("#rust", (COURSES.items[1], COURSES.items[4]))
    assert goal(COURSES, "rust", "advanced") == Goal("#rust", (COURSES.items[4],))
    assert goal(COURSES, "basics", "advanced") == Goal("#basics", (COURSES.items[7],)), "what has no level is for all"
    assert goal(COURSES, "ITEM 7") == Goal("Item 7", (COURSES.items[7],))
    assert goal(COURSES, "Item 8") is goal(COURSES, "zzz") is goal(COURSES, " ") is None


def test_what_waits_for_each_other_is_named() -> None:
    circle = Library([item(1, needs=(2,)), item(2, needs=(3,)), item(3, needs=(1,)), item(4)])
    with pytest.raises(CircleError) as found:
        ordered(circle, [circle.items[1]])
    assert {one.id for one in found.value.items} == {1, 2, 3}
    for one, before in zip(found.value.items, found.value.items[1:], strict=False):
        assert before.id in one.needs
    assert [one.id for one in ordered(circle, [circle.items[4]])] == [4], "elsewhere it does no harm"


@given(
    needs=st.lists(st.sets(st.integers(1, 12), max_size=3), min_size=12, max_size=12),
    courses=st.lists(st.sampled_from([0, 0, 13, 14]), min_size=12, max_size=12),
    gone=st.sets(st.integers(1, 12), max_size=2),
    did=st.sets(st.integers(1, 12), max_size=8),
    pro=st.sets(st.integers(1, 14), max_size=4),
    held=st.sampled_from([(), ("pro",), ("all",)]),
    target=st.integers(1, 14),
)
@settings(max_examples=80)
def test_every_path_is_in_order_complete_and_its_next_step_can_be_begun(
    needs: list[set[int]], courses: list[int], gone: set[int], did: set[int], pro: set[int], held: tuple[str, ...],
    target: int,
) -> None:  # fmt: skip
    """What is needed is the closure of needs and parts; needs point to lower numbers, so that circles are rare."""
    earlier = [tuple(sorted(one for one in needs[n - 1] if one < n)) for n in range(1, 13)]
    library = Library([
        *[item(n, needs=earlier[n - 1], course=courses[n - 1], archived=n in gone, plan="pro" if n in pro else "")
          for n in range(1, 13)],
        item(13, kind="course", plan="pro" if 13 in pro else ""),
        item(14, kind="course", needs=(13,)),
    ])  # fmt: skip
    wanted, stack = set[int](), [target]
    while stack:
        number = stack.pop()
        if number not in wanted:
            wanted.add(number)
            one = library.items[number]
            stack += [other.id for other in (*library.before(one), *library.parts(number))]
    graph = {n: {o.id for o in (*library.before(library.items[n]), *library.parts(n))} for n in wanted}
    try:
        TopologicalSorter(graph).prepare()
    except ValueError:
        with pytest.raises(CircleError):
            ordered(library, [library.items[target]])
        return
    path = plan(library, Goal("x", (library.items[target],)), done(*did), held, RULES)
    order = [one.item.id for one in path.steps]
    assert sorted(order) == sorted(n for n in wanted if not library.parts(n))
    for step in path.steps:
        before = {one.id for one in library.before(step.item) if not library.parts(one.id)}
        assert all(order.index(one) < order.index(step.item.id) for one in before)
        assert (step.state == "done") == (step.item.id in did)
        if step.state == "ready":
            assert opens(library.plan(step.item), held, RULES)
            assert all(finished(one, done(*did)) for one in before)
    ready = [one for one in path.steps if one.state == "ready"]
    assert path.next == (ready[0] if ready else None)


def test_a_text_takes_as_long_as_it_is_read_and_the_rest_what_is_usual() -> None:
    assert minutes(item(1)) == MINUTES["article"]
    assert minutes(item(1, body="word " * 2300)) == 10
    assert minutes(item(1, body="字" * 4000)) == 10
    assert minutes(item(1, kind="live")) == 60
