"""Recommendations for one member: what is chosen and why, what is never shown, and what changes nothing."""

import tracemalloc
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from bot.engine.recommend import model as models
from bot.engine.recommend import ranking
from bot.engine.recommend.blend import POPULARITY, USUAL, YOUNG, Recipe, parts
from bot.engine.recommend.blend import scores as of_all
from bot.engine.recommend.choice import Chosen, choose, decide
from bot.engine.recommend.content import vectors
from bot.engine.recommend.model import Model, ModelError, train
from bot.engine.recommend.past import Floats, PastError, gram, past
from bot.engine.recommend.ranking import Circle, Reason, Viewer, recommend, scores
from bot.words import replace, to_json
from tests.engine.tastes import TOPICS, cells, dense, known, rows

often = settings(max_examples=15, deadline=None)
ITEMS = 24
RECIPES = st.sampled_from([USUAL, POPULARITY, Recipe(family="cosine", strength=10.0), Recipe(family="content"),
                           Recipe(strength=10.0, popularity=0.0, content=0.0)])  # fmt: skip
columns = st.integers(0, ITEMS - 1)
flags = st.lists(st.booleans(), min_size=ITEMS, max_size=ITEMS).map(np.array)


def trained(recipe: Recipe = USUAL, seed: int = 0) -> Model:
    table = rows(seed=seed)
    return train(known(table), np.arange(100, 100 + ITEMS), table.texts, Chosen(recipe=recipe))


MODEL = trained()


def shown(viewer: Viewer, wanted: int = 5, **more: object) -> list[int]:
    return [one.item for one in recommend(MODEL, viewer, wanted, **more)]  # type: ignore[arg-type]


# The choice


def test_where_tastes_differ_the_blend_is_chosen_and_where_they_do_not_popularity_is() -> None:
    table = rows(members=300)
    texts = models.read_texts(table.texts or ())[1]
    found = choose(known(table), texts)
    assert found.recipe.family != "popularity"
    assert found.asked == 300
    assert found.gain > 5 * found.gain_error
    assert found.ndcg == pytest.approx(found.ndcg_popularity + found.gain)
    plain = choose(known(rows(members=300, tastes=False)), None)
    assert plain == Chosen(asked=300, ndcg=plain.ndcg_popularity, ndcg_popularity=plain.ndcg_popularity)


def test_with_fewer_than_twenty_members_it_is_popularity() -> None:
    assert choose(known(rows(members=19)), None) == Chosen(asked=19)
    assert choose(cells(items=3), None) == Chosen()
    texts = models.read_texts([f"{TOPICS[one % 4]}" for one in range(ITEMS)])[1]
    assert choose(known(rows(members=19)), texts) == Chosen(asked=19, recipe=YOUNG), "with texts between equals"


def test_another_recipe_is_taken_only_when_surely_better_and_any_only_when_better_than_popularity() -> None:
    chance = np.random.default_rng(0)
    noise = chance.normal(0, 0.3, 100)
    noise -= noise.mean()
    other = replace(USUAL, strength=10.0)
    base = np.full(100, 0.3)
    assert decide({POPULARITY: base, USUAL: base + 0.1, other: base + 0.11 + noise}).recipe == USUAL
    assert decide({POPULARITY: base, USUAL: base + 0.1, other: base + 0.2 + noise}).recipe == other
    assert decide({POPULARITY: base, USUAL: base + 0.01 + noise}).recipe == POPULARITY
    assert decide({POPULARITY: base, USUAL: base + 0.05 + noise}).recipe == USUAL
    refused = decide({POPULARITY: base, USUAL: base - 0.1})
    assert refused == Chosen(asked=100, ndcg=refused.ndcg, ndcg_popularity=refused.ndcg)
    assert refused.ndcg == pytest.approx(0.3)


# The scores


@given(recipe=RECIPES)
@often
def test_who_took_nothing_gets_what_is_popular(recipe: Recipe) -> None:
    model = trained(recipe)
    wanted = np.argsort(-model.made.popular, kind="stable").tolist()
    assert np.argsort(-scores(model, Viewer()), kind="stable").tolist() == wanted
    assert [one.item for one in recommend(model, Viewer(), 5, variety=0)] == wanted[:5]
    assert {one.reason for one in recommend(model, Viewer(), 5)} == {Reason(kind="popular")}


@given(recipe=RECIPES, taken=st.lists(columns, max_size=5, unique=True))
@often
def test_one_members_scores_are_those_that_were_measured(recipe: Recipe, taken: list[int]) -> None:
    model = trained(recipe)
    wanted = of_all(model.made, recipe, cells(tuple(taken), items=ITEMS).taken)[0]
    assert scores(model, Viewer(known=tuple(taken))) == pytest.approx(wanted, abs=1e-4)


@given(order=st.permutations(range(30)), columns=st.permutations(range(12)), recipe=RECIPES)
@often
def test_the_order_of_members_and_the_names_of_items_do_not_matter(
    order: list[int], columns: list[int], recipe: Recipe
) -> None:
    """Members and items in another order: the same scores in that order (beyond 1,000 members scales are sampled)."""
    taken = dense(known(rows(members=30, items=12)).taken)
    texts = models.read_texts([TOPICS[one % 4] for one in range(12)])[1]
    moved = np.ascontiguousarray(taken[order][:, columns])
    plain = cells(*[tuple(np.flatnonzero(one).tolist()) for one in taken], items=12).taken
    other = cells(*[tuple(np.flatnonzero(one).tolist()) for one in moved], items=12).taken
    first = of_all(parts(plain, gram(plain), texts, recipe), recipe, plain)
    second = of_all(parts(other, gram(other), texts[columns], recipe), recipe, other)
    assert second == pytest.approx(first[order][:, columns], abs=1e-3)


@given(recipe=RECIPES, seed=st.integers(0, 5))
@often
def test_an_item_that_nobody_took_changes_no_score_of_another(recipe: Recipe, seed: int) -> None:
    """With the same vocabulary the scores of all others are what they were; it comes in between, wherever it fits."""
    taken = known(rows(members=40, items=12, seed=seed)).taken
    wider = known(rows(members=40, items=12, seed=seed), items=13).taken
    vocabulary, texts = models.read_texts([TOPICS[one % 4] for one in range(12)])
    more = vectors(vocabulary, [*(TOPICS[one % 4] for one in range(12)), "rust asyncio"])
    before = of_all(parts(taken, gram(taken), texts, recipe), recipe, taken)
    after = of_all(parts(wider, gram(wider), more, recipe), recipe, wider)
    assert after[:, :12] == pytest.approx(before, abs=1e-4)


def test_a_new_item_reaches_those_whose_items_it_is_alike_to() -> None:
    table = rows()
    texts = [*(table.texts or ()), "rust ownership, a new lesson"]
    model = train(known(table, ITEMS + 1), np.arange(ITEMS + 1), texts, Chosen(recipe=USUAL))
    like, other = (scores(model, Viewer(known=one))[ITEMS] for one in ((0, 4, 8), (1, 5, 9)))
    assert like > other + 0.5


# The list


@given(
    taken=st.sets(columns, max_size=6),
    never=st.frozensets(columns, max_size=20),
    opens=flags,
    later=flags,
    wanted=st.integers(1, 12),
    most=st.sampled_from([None, 1, 2]),
)
@often
def test_nothing_known_dismissed_or_closed_is_shown_and_the_next_plan_stays_a_marked_minority(
    taken: set[int], never: frozenset[int], opens: np.ndarray, later: np.ndarray, wanted: int, most: int | None
) -> None:
    viewer = Viewer(known=tuple(taken), never=never, opens=opens, next_opens=later)
    groups = np.arange(ITEMS) % 3
    found = recommend(MODEL, viewer, wanted, groups=groups, most_alike=most)
    items = [one.item for one in found]
    assert len(set(items)) == len(items) <= wanted
    assert not set(items) & (taken | never)
    assert all(one.locked == (not opens[one.item]) and (opens[one.item] or later[one.item]) for one in found)
    assert sum(one.locked for one in found) <= wanted // 4
    free = [one for one in range(ITEMS) if opens[one] and one not in taken | never]
    if most is None:
        assert len(found) >= min(wanted, len(free)), "what may be shown is shown"
    else:
        assert max(np.bincount(groups[items], minlength=3)) <= most


def test_without_variety_the_order_is_that_of_the_scores_and_the_first_is_always_the_best() -> None:
    viewer = Viewer(known=(0, 4))
    order = [int(one) for one in np.argsort(-scores(MODEL, viewer), kind="stable") if one not in {0, 4}]
    assert shown(viewer, 6, variety=0.0) == order[:6]
    assert shown(viewer, 6, variety=0.9)[0] == order[0]


def test_variety_brings_other_topics() -> None:
    narrow, wide = (len({one % 4 for one in shown(Viewer(known=(0, 4)), 4, variety=v)}) for v in (0.0, 0.8))
    assert (narrow, wide) == (1, 4)


# The reasons


def test_because_they_took_the_item_that_speaks_most_for_it() -> None:
    first = recommend(MODEL, Viewer(known=(1, 4)), 3, variety=0)[0]
    weights = MODEL.made.weights
    assert weights is not None
    assert first.reason == Reason(kind="took", item=(1, 4)[int(np.argmax(weights[[1, 4], first.item]))])
    assert (first.item, first.reason.item) == (0, 4), "the most popular of their tastes, for what is of its topic"


def test_because_it_is_alike_to_what_they_took() -> None:
    found = recommend(trained(Recipe(family="content", popularity=0.0, content=1.0)), Viewer(known=(2, 7)), 3)
    assert {(one.item % 4, one.reason.item) for one in found} <= {(2, 2), (3, 7)}
    assert {one.reason.kind for one in found} == {"alike"}


def test_a_new_member_is_met_by_their_interests_even_where_texts_helped_nobody_else() -> None:
    plain = trained(POPULARITY)
    found = recommend(plain, Viewer(interests=("cooking", "绘画")), 3, variety=0)
    assert [(one.item, one.reason) for one in found] == [
        (0, Reason(kind="popular")),
        (2, Reason(kind="popular")),
        (6, Reason(kind="interest", name="绘画")),
    ]
    order = np.argsort(-plain.made.popular, kind="stable").tolist()
    assert order.index(6) > 3, "it is not popular enough to be shown for that"
    raised = scores(plain, Viewer(interests=("绘画",))) - scores(plain, Viewer())
    assert {one % 4 for one in np.argsort(-raised)[:6]} == {2}
    assert np.array_equal(scores(plain, Viewer(interests=("zzz",))), scores(plain, Viewer()))


def test_popular_in_a_circle_only_when_it_is_more_so_than_everywhere() -> None:
    took = np.zeros(ITEMS, np.int64)
    best = int(np.argmax(MODEL.made.popular))
    rate = MODEL.made.popular[best] / MODEL.members
    for people, count, wanted in ((4, 4, "circle"), (100, int(100 * rate), "popular"), (1, 2, "popular")):
        took[best] = count
        viewer = Viewer(circles=(Circle("answers in #rust", people, took),))
        first = recommend(MODEL, viewer, 1)[0]
        assert (first.item, first.reason.kind, first.reason.name) == (
            best, wanted, "answers in #rust" if wanted == "circle" else "")  # fmt: skip


def test_an_item_nothing_is_known_of_is_called_new() -> None:
    model = train(cells((0,), (0,), (0, 1), (1,), items=3), np.arange(3), None, Chosen(recipe=POPULARITY))
    assert [one.reason.kind for one in recommend(model, Viewer(), 3)] == ["popular", "popular", "new"]


def test_an_empty_library_recommends_nothing() -> None:
    model = train(cells((), items=0), np.arange(0), [])
    assert recommend(model, Viewer(interests=("rust",)), 5) == ()


@pytest.mark.parametrize("few", [0, 10**6])
def test_a_profile_is_as_alike_whether_its_terms_are_looked_up_or_all_texts_are_read(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "FEW", few)
    texts, stated = MODEL.made.texts, vectors(MODEL.terms, ("投资", "rust code"))
    assert texts is not None
    recipe, spread = MODEL.recipe, MODEL.made.scales
    plain = (
        recipe.popularity * MODEL.made.popular / spread.popularity + MODEL.made.weights[[0, 5]].sum(0) / spread.items
    )
    alike = [(texts @ one.mean(0).A1) / spread.content for one in (sparse.csr_matrix(texts[[0, 5]]), stated)]
    weights = recipe.content, max(recipe.content, recipe.popularity)
    wanted = plain + sum(weight * part for weight, part in zip(weights, alike, strict=True))
    assert scores(MODEL, Viewer(known=(0, 5), interests=("投资", "rust code"))) == pytest.approx(wanted, rel=1e-5)


# The file


def written(model: Model) -> bytes:
    file = BytesIO()
    models.write(model, file)
    return file.getvalue()


@pytest.mark.parametrize("recipe", [USUAL, POPULARITY])
def test_a_model_comes_back_from_its_file_and_training_again_gives_the_same_bytes(recipe: Recipe) -> None:
    model = trained(recipe)
    back = models.read(BytesIO(written(model)))
    assert written(back) == written(model) == written(trained(recipe))
    viewer = Viewer(known=(0, 5), interests=("投资",))
    assert recommend(back, viewer, 8) == recommend(model, viewer, 8)
    assert (back.recipe, back.members, back.items.tolist()) == (recipe, 120, list(range(100, 124)))
    assert written(trained(recipe, seed=1)) != written(model)


def test_a_model_without_texts_comes_back_too() -> None:
    model = train(known(rows()), np.arange(ITEMS), None, Chosen(recipe=replace(USUAL, content=0.0)))
    back = models.read(BytesIO(written(model)))
    assert back.made.texts is None
    assert np.array_equal(scores(back, Viewer(known=(3,))), scores(model, Viewer(known=(3,))))


def test_a_file_of_another_kind_or_version_is_refused_with_what_to_do(tmp_path: object) -> None:
    whole = written(MODEL)
    pickled = BytesIO()
    np.savez(pickled, meta=np.array([{"version": 1}], object))
    for broken in (b"", b"junk", whole[: len(whole) // 2], pickled.getvalue()):
        with pytest.raises(ModelError, match="holds no recommender: train it anew"):
            models.read(BytesIO(broken))
    other = BytesIO()
    np.savez(other, meta=np.frombuffer(to_json({"version": 99}), np.uint8))
    with pytest.raises(ModelError, match="is of version 99, this Lyceum reads 2: train it anew"):
        models.read(BytesIO(other.getvalue()))


def test_a_damaged_file_is_refused_or_as_good_as_whole() -> None:
    whole, chance = written(MODEL), np.random.default_rng(1)
    good = recommend(models.read(BytesIO(whole)), Viewer(known=(0, 5)), 8)
    refused = 0
    for at in chance.integers(0, len(whole), 300):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << int(chance.integers(8))
        try:
            back = models.read(BytesIO(bytes(damaged)))
        except ModelError:
            refused += 1
        else:
            assert recommend(back, Viewer(known=(0, 5)), 8) == good
    assert refused > 200


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("items", lambda was: was[1:]),
        ("items", lambda was: was.astype(np.float64)),
        ("popular", lambda was: was * np.nan),
        ("weights", lambda was: was[:, 1:]),
        ("weighs", lambda was: was[1:]),
        ("text_indices", lambda was: was + 10_000),
        ("text_data", lambda was: was * np.inf),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(part: str, change: Callable[[Floats], Floats]) -> None:
    with np.load(BytesIO(written(MODEL))) as found:
        parts = dict(found)
    file = BytesIO()
    np.savez(file, **{**parts, part: change(parts[part])})
    with pytest.raises(ModelError, match="train it anew"):
        models.read(BytesIO(file.getvalue()))


def test_texts_or_numbers_that_are_not_one_an_item_are_refused() -> None:
    with pytest.raises(PastError, match="there are 1 texts for 24 items"):
        train(known(rows()), np.arange(ITEMS), ["one"])
    with pytest.raises(PastError, match="there are 3 numbers for 24 items"):
        train(known(rows()), np.arange(3))


@pytest.mark.parametrize("recipe", [POPULARITY, YOUNG])
def test_what_has_no_weights_takes_no_memory_by_the_square_of_items(recipe: Recipe) -> None:
    many, none = 3_000, np.zeros(0, np.int64)
    nobody = past(none, none, none, 0, many)
    tracemalloc.start()
    try:
        made = train(nobody, np.arange(many), [f"word{n}" for n in range(many)], Chosen(recipe=recipe))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made.made.weights is None
    assert peak < many * many * 4, "bytes of a Gram matrix"
