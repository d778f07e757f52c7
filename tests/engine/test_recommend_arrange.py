"""A model made small, and fitted to a library that has changed since."""

from io import BytesIO

import numpy as np
import pytest

from bot.engine.recommend import model as models
from bot.engine.recommend.arrange import arranged
from bot.engine.recommend.blend import USUAL
from bot.engine.recommend.choice import Chosen
from bot.engine.recommend.ease import ease
from bot.engine.recommend.lean import column, lean, summed
from bot.engine.recommend.model import Model, train
from bot.engine.recommend.past import gram
from bot.engine.recommend.ranking import Viewer, recommend, scores
from tests.engine.tastes import TOPICS, known, rows

ITEMS = 24


def trained(*, small: bool = False) -> Model:
    table = rows()
    model = train(known(table), np.arange(100, 100 + ITEMS), table.texts, Chosen(recipe=USUAL))
    if not small:
        return model
    return model._replace(made=model.made._replace(weights=lean(model.made.weights, kept=ITEMS - 1, dense=0)))


def test_of_many_items_each_keeps_the_weights_that_count() -> None:
    weights = ease(gram(known(rows()).taken), 10.0)
    small = lean(weights, kept=5, dense=10)
    assert lean(weights, kept=5, dense=ITEMS) is weights
    assert np.diff(small.tocsc().indptr).tolist() == [5] * ITEMS
    for item in range(ITEMS):
        best = np.argsort(-np.abs(weights[:, item]))[:5]
        assert column(small, best.tolist(), item) == pytest.approx(weights[best, item])
    assert summed(small, [1, 2]) == pytest.approx(np.asarray(small[[1, 2]].sum(axis=0)).ravel())


def test_a_small_model_scores_and_explains_as_the_whole_one_and_comes_back_from_its_file() -> None:
    whole, small = trained(), trained(small=True)
    file = BytesIO()
    models.write(small, file)
    back = models.read(BytesIO(file.getvalue()))
    viewer = Viewer(known=(0, 5), interests=("投资",))
    assert scores(small, viewer) == pytest.approx(scores(whole, viewer), abs=1e-5)
    assert [(one.item, one.reason) for one in recommend(back, viewer, 8)] == [
        (one.item, one.reason) for one in recommend(whole, viewer, 8)
    ]


@pytest.mark.parametrize("small", [False, True])
def test_columns_follow_the_library(small: bool) -> None:
    model = trained(small=small)
    texts = [f"{TOPICS[item % 4]} lesson {item}" for item in range(ITEMS)]
    order = [*range(ITEMS)][::-1]
    moved = arranged(model, np.array([100 + one for one in order]), [texts[one] for one in order])
    viewer, there = Viewer(known=(0, 5)), Viewer(known=(ITEMS - 1, ITEMS - 6))
    assert scores(moved, there)[::-1] == pytest.approx(scores(model, viewer), abs=1e-4)
    same = arranged(model, model.items, texts)
    assert [(one.item, one.reason) for one in recommend(same, viewer, 6)] == [
        (one.item, one.reason) for one in recommend(model, viewer, 6)
    ]


@pytest.mark.parametrize("small", [False, True])
def test_what_is_new_is_found_by_its_text_and_what_is_gone_is_not_there(small: bool) -> None:
    model = trained(small=small)
    texts = [f"{TOPICS[item % 4]} lesson {item}" for item in range(ITEMS)]
    kept = [one for one in range(ITEMS) if one != 3]
    now = arranged(model, np.array([*(100 + one for one in kept), 900, 901]),
                   [*(texts[one] for one in kept), "rust ownership once more", "素描"])  # fmt: skip
    assert now.items.tolist()[-2:] == [900, 901]
    assert 103 not in now.items.tolist()
    rust, drawing = ITEMS - 1, ITEMS
    likes_rust, likes_drawing = Viewer(known=(kept.index(4), kept.index(8))), Viewer(known=(kept.index(6),))
    assert scores(now, likes_rust)[rust] > scores(now, likes_rust)[drawing]
    assert scores(now, likes_drawing)[drawing] > scores(now, likes_drawing)[rust]
    assert now.made.popular[[rust, drawing]].tolist() == [0.0, 0.0]


def test_one_text_for_each_item_is_needed() -> None:
    with pytest.raises(ValueError, match="there are 1 texts for 2 items"):
        arranged(trained(), np.array([1, 2]), ["one"])


def test_level_and_language_lift_what_suits() -> None:
    model = trained()
    fit = np.zeros(ITEMS)
    fit[20] = 50.0
    assert recommend(model, Viewer(fit=fit), 1)[0].item == 20
    assert recommend(model, Viewer(fit=fit), 1)[0].reason.kind in {"popular", "new"}
