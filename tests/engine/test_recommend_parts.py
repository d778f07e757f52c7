"""What the recommender is made of: matrices, EASE, cosine, texts and the measure, each against an oracle."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.engine.recommend.content import from_nearest, learn, terms, vectors
from bot.engine.recommend.ease import SingularError, cosine, ease
from bot.engine.recommend.measure import error, ndcg, ranks, recall
from bot.engine.recommend.past import PastError, gram, held_out, past, spread, takers
from tests.engine.tastes import cells, dense

often = settings(max_examples=15, deadline=None)
baskets = st.lists(st.lists(st.integers(0, 5), max_size=5, unique=True).map(tuple), min_size=1, max_size=9)


def array(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def test_a_past_counts_an_item_once_at_its_first_time_and_knows_the_last() -> None:
    found = past(array(0, 0, 0, 1), array(2, 1, 2, 0), array(10, 20, 30, 5), 3, 4)
    assert dense(found.taken).tolist() == [[0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert found.last.tolist() == [1, 0, -1]
    assert takers(found.taken).tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("member", "item", "at", "why"),
    [
        (array(0), array(4), array(1), "an? item is outside of 0 to 3"),
        (array(-1), array(0), array(1), "a member is outside of 0 to 2"),
        (array(0), array(0, 1), array(1), "1 members, 2 items and 1 times"),
    ],
)
def test_what_is_no_past_is_refused(member: np.ndarray, item: np.ndarray, at: np.ndarray, why: str) -> None:
    with pytest.raises(PastError, match=why):
        past(member, item, at, 3, 4)


def test_holding_out_hides_the_last_item_of_those_who_took_two() -> None:
    found = held_out(cells((0, 2, 1), (3,), (), (2, 0), items=4))
    assert dense(found.taken).tolist() == [[1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0]]
    assert (found.rows.tolist(), found.items.tolist()) == ([0, 3], [1, 0])


@given(baskets, st.integers(1, 4))
@often
def test_the_gram_matrix_is_the_same_in_chunks(taken: list[tuple[int, ...]], chunk: int) -> None:
    matrix = cells(*taken, items=6).taken
    assert np.array_equal(gram(matrix, chunk), dense(matrix).T @ dense(matrix))


def test_a_sample_is_evenly_spread() -> None:
    assert spread(np.arange(10), 4).tolist() == [0, 3, 6, 9]
    assert spread(np.arange(3), 4).tolist() == [0, 1, 2]


def test_ease_of_two_items_is_what_one_computes_by_hand() -> None:
    """Three took both, one only the first: G = [[4, 3], [3, 3]], λ = 1: B[0, 1] = 3 / 5 and B[1, 0] = 3 / 4."""
    both = gram(cells((0, 1), (0, 1), (0, 1), (0,), items=2).taken)
    assert ease(both, 1.0) == pytest.approx(np.array([[0, 3 / 5], [3 / 4, 0]]), abs=1e-6)
    assert both.tolist() == [[4, 3], [3, 3]], "what was given is left as it is"


@given(baskets, st.sampled_from([0.5, 10.0, 300.0]))
@often
def test_ease_is_the_regression_of_each_item_on_all_others(taken: list[tuple[int, ...]], strength: float) -> None:
    """Each column is the ridge regression without the item itself: the same optimum, found without a Lagrangian."""
    matrix = dense(cells(*taken, items=6).taken).astype(np.float64)
    found = ease(gram(cells(*taken, items=6).taken), strength)
    assert np.array_equal(np.diag(found), np.zeros(6))
    for item in range(6):
        others = [one for one in range(6) if one != item]
        x, y = matrix[:, others], matrix[:, item]
        wanted = np.linalg.solve(x.T @ x + strength * np.eye(5), x.T @ y)
        assert found[others, item] == pytest.approx(wanted, abs=1e-4)


def test_ease_mirrors_blocks_of_a_matrix_larger_than_one() -> None:
    chance = np.random.default_rng(1)
    x = (chance.random((300, 1100)) < 0.02).astype(np.float32)
    inverse = np.linalg.inv((x.T @ x + 50 * np.eye(1100)).astype(np.float64))
    wanted = -inverse / np.diag(inverse)
    np.fill_diagonal(wanted, 0)
    assert np.abs(ease(x.T @ x, 50.0) - wanted).max() < 1e-4


def test_a_lambda_that_is_too_small_is_said() -> None:
    with pytest.raises(SingularError, match="too small to invert a matrix of 2 items"):
        ease(np.array([[1, 2], [2, 1]], np.float32), 0.5)


def test_cosine_is_shrunk_where_few_took_both() -> None:
    both = gram(cells((0, 1), (0,), (0,), (0,), items=3).taken)
    assert cosine(both, 0.0)[0, 1] == pytest.approx(1 / 2)
    assert cosine(both, 2.0)[0, 1] == pytest.approx(1 / 4)
    assert cosine(both, 0.0)[:, 2].tolist() == [0, 0, 0]


def test_words_and_chinese_characters_and_pairs_are_terms() -> None:
    assert terms("Ｃ++ and C# — Rust 2.0") == ["c++", "and", "c#", "rust", "2", "0"]
    assert terms("学机器 learning") == ["学", "机", "器", "学机", "机器", "learning"]
    assert terms("…") == []


@given(st.lists(st.lists(st.sampled_from(["rust", "async", "学习", "c", "a1"]), max_size=6).map(" ".join),
                min_size=1, max_size=6))  # fmt: skip
@often
def test_vectors_are_those_of_scikit_learn(texts: list[str]) -> None:
    texts = [*texts, "rust 学"]
    oracle = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    wanted = oracle.fit_transform(texts)
    known = learn(texts)
    assert known.words == tuple(oracle.get_feature_names_out())
    assert dense(vectors(known, texts)) == pytest.approx(dense(wanted), abs=1e-5)


def test_a_text_of_unknown_words_is_the_zero_vector() -> None:
    assert dense(vectors(learn(["rust"]), ["go", ""])).tolist() == [[0], [0]]


def test_a_cold_item_takes_the_column_of_the_likest_by_text_and_the_others_keep_theirs() -> None:
    """Item 3 is as alike to 0 as to nothing else, item 4 to none: 3 has the weights of 0, 4 none."""
    texts = ["rust book", "painting", "music", "rust book", "zzz"]
    before = np.zeros((5, 5), np.float32)
    before[:3, :3] = [[0, 0.1, 0.2], [0.3, 0, 0.4], [0.5, 0.6, 0]]
    after = from_nearest(before.copy(), vectors(learn(texts), texts), np.array([True, True, True, False, False]))
    assert after[:3, 3] == pytest.approx([0, 0.3, 0.5])
    assert after[:, 4].tolist() == [0] * 5
    assert np.array_equal(after[:, :3], before[:, :3])


def test_the_hidden_item_ranks_among_what_was_not_taken_and_in_the_middle_of_equals() -> None:
    scores = np.array([[9.0, 5, 7, 1], [2, 2, 2, 2], [np.nan, 1, 0, 3]])
    places = ranks(scores, cells((0,), (0,), (1, 3), items=4).taken, array(1, 3, 0))
    assert places.tolist() == [1, 1, 1], "behind 2; in the middle of three; what is no number is last"
    assert ndcg(np.array([0.0, 1, 9, 10])) == pytest.approx([1, 1 / np.log2(3), 1 / np.log2(11), 0])
    assert recall(np.array([0.0, 9, 10])).tolist() == [1, 1, 0]


def test_the_standard_error_is_that_of_the_mean() -> None:
    assert error(np.array([1.0, 2, 3, 4])) == pytest.approx(np.sqrt(5 / 3) / 2)
    assert error(np.array([1.0])) == 0


@pytest.mark.parametrize("weigh", [lambda both: ease(both, 10.0), lambda both: cosine(both, 10.0)])
@given(taken=baskets, order=st.permutations(range(6)))
@often
def test_renaming_items_renames_their_weights(
    weigh: Callable[[np.ndarray], np.ndarray], taken: list[tuple[int, ...]], order: list[int]
) -> None:
    plain = weigh(gram(cells(*taken, items=6).taken))
    renamed = weigh(gram(cells(*[tuple(order[one] for one in own) for own in taken], items=6).taken))
    assert renamed[np.ix_(order, order)] == pytest.approx(plain, abs=1e-5)
