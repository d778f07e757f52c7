"""Groups that stay what they are: exact middles, members who stay put, and groups formed anew matched to the old."""

import numpy as np
import pytest

from bot.engine.segments.clusters import NEARER, Clusters, assigned, grouped

NONE = np.full(4, -1)
FOUR = np.array([[0.0, 0.0], [0.0, 2.0], [10.0, 0.0], [10.0, 2.0]])


def flat(*middles: tuple[float, float]) -> Clusters:
    """Groups in columns as they are."""
    return Clusters(mean=(0.0, 0.0), scale=(100.0, 100.0), centroids=tuple((a / 100, b / 100) for a, b in middles))


def test_the_first_groups_are_those_that_leave_the_least() -> None:
    found = grouped(FOUR, None, 2)
    assert sorted(map(tuple, found.typical.tolist())) == [(0.0, 1.0), (10.0, 1.0)]
    assert (found.mean, found.scale) == ((5.0, 1.0), (5.0, 1.0))
    labels = assigned(found, FOUR, NONE)
    assert labels[0] == labels[1] != labels[2] == labels[3]


def test_the_same_members_make_the_same_groups_and_a_column_that_is_flat_does_no_harm() -> None:
    chance = np.random.default_rng(7)
    x = np.column_stack([chance.normal(size=(80, 3)), np.zeros(80)])
    first = grouped(x, None)
    assert grouped(x.copy(), None) == first
    assert first.scale[3] == 1.0
    assert np.isfinite(first.middles).all()


def test_last_weeks_groups_are_carried_on_in_their_order_and_scale() -> None:
    before = flat((10.0, 1.0), (0.0, 1.0))
    moved = grouped(FOUR + np.array([1.0, 0.0]), before)
    assert moved.typical.round(9).tolist() == [[11.0, 1.0], [1.0, 1.0]]
    assert (moved.mean, moved.scale) == (before.mean, before.scale)


def test_where_a_new_start_fits_much_better_its_groups_take_the_nearest_places() -> None:
    """Two old middles lie in one heap, and k-means never leaves it: the other heap would have none of its own."""
    chance = np.random.default_rng(1)
    heaps = np.concatenate([chance.normal(at, 0.1, (20, 2)) for at in ((0, 0), (0, 9), (9, 0), (9, 9))])
    stuck = flat((-0.05, 0.0), (0.05, 0.0), (0.0, 9.0), (9.0, 4.5))
    found = grouped(heaps, stuck).typical
    assert sorted(map(tuple, abs(found.round()).tolist())) == [(0.0, 0.0), (0.0, 9.0), (9.0, 0.0), (9.0, 9.0)]
    assert abs(found[0].round()).tolist() == [0.0, 0.0]


def test_a_group_that_nobody_is_in_stays_where_it_is() -> None:
    before, two = flat((0.0, 1.0), (10.0, 1.0), (90.0, 90.0)), np.array([[0.0, 1.0]] * 3 + [[10.0, 1.0]] * 3)
    assert grouped(two, before).typical[2].round(9).tolist() == [90.0, 90.0]


def test_a_member_moves_only_to_a_group_that_is_clearly_nearer() -> None:
    groups = flat((0.0, 0.0), (10.0, 0.0))
    edge = 10 / (1 + NEARER)  # from here on the other is nearer by so much
    x = np.array([[edge - 0.1, 0.0], [edge + 0.1, 0.0], [edge - 0.1, 0.0], [20.0, 0.0]])
    assert assigned(groups, x, np.array([0, 0, -1, 1])).tolist() == [0, 1, 1, 1]
    assert assigned(groups, x, np.array([9, 9, 9, 9])).tolist() == [1, 1, 1, 1]  # a group that is no more
    assert assigned(groups, np.zeros((0, 2)), np.zeros(0, np.int64)).tolist() == []


def test_too_few_members_make_no_groups() -> None:
    with pytest.raises(ValueError, match="4 members are too few for 5 groups"):
        grouped(FOUR, None)
