"""A random forest as plain numbers: grown by scikit-learn, kept as JSON, asked by numpy. Never a pickle."""

from importlib import import_module

import numpy as np

from bot.engine.activity import Bools, Floats
from bot.engine.churn.features import Matrix
from bot.words import Word

TREES, LEAF, LEAVES = 200, 25, 64
"""How many trees, the fewest rows in a leaf, the most leaves of a tree: about a megabyte of JSON."""


class Tree(Word, frozen=True):
    """A node i: of a row with x[feature[i]] <= threshold[i] on to left[i], else right[i]; a leaf has feature -2."""

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]


class Forest(Word, frozen=True):
    """The mean of the trees' leaves is the probability."""

    trees: tuple[Tree, ...]


def grow(x: Matrix, left: Bools, weight: Floats, seed: int = 0, trees: int = TREES, leaf: int = LEAF) -> Forest:
    """A forest of rows; the same seed gives the same forest."""
    ensemble = import_module("sklearn.ensemble")  # two seconds that no command should wait for which does not train
    found = ensemble.RandomForestClassifier(
        n_estimators=trees, min_samples_leaf=leaf, max_leaf_nodes=LEAVES, max_features="sqrt", random_state=seed
    ).fit(x.astype(np.float32), left, sample_weight=weight)
    column = list(found.classes_).index(True) if True in found.classes_ else None
    return Forest(trees=tuple(_tree(one.tree_, column) for one in found.estimators_))


def _tree(tree: object, column: int | None) -> Tree:
    value = tree.value[:, 0, :]  # type: ignore[attr-defined] # scikit-learn ships no types
    share = np.zeros(len(value)) if column is None else value[:, column] / value.sum(axis=1)
    read = {"feature": "feature", "threshold": "threshold", "left": "children_left", "right": "children_right"}
    return Tree(**{name: tuple(getattr(tree, of).tolist()) for name, of in read.items()}, value=tuple(share.tolist()))


def whole(tree: Tree, columns: int) -> bool:
    """Whether each row of so many features finds a leaf: every step goes to a later node, and inner ones ask a feature.

    scikit-learn numbers nodes so that children come after their parent.
    """
    feature, here = np.array(tree.feature, np.int64), np.arange(len(tree.feature))
    sizes = {len(one) for one in (tree.feature, tree.threshold, tree.left, tree.right, tree.value)}
    if len(sizes) != 1 or not len(feature):
        return False
    inner = feature >= 0
    steps = (np.array(tree.left)[inner], np.array(tree.right)[inner])
    later = all(((step > here[inner]) & (step < len(feature))).all() for step in steps)
    return bool(later and (feature < columns).all())


def probability(forest: Forest, x: Matrix) -> Floats:
    """Of each row. Features are compared as 32-bit numbers, as they were when it grew."""
    x = x.astype(np.float32)
    total = np.zeros(len(x))
    for tree in forest.trees:
        feature, threshold = np.array(tree.feature), np.array(tree.threshold)
        left, right = np.array(tree.left), np.array(tree.right)
        node, rows = np.zeros(len(x), np.int64), np.arange(len(x))
        while (inner := feature[node] >= 0).any():
            down = x[rows, np.maximum(feature[node], 0)] <= threshold[node]
            node = np.where(inner, np.where(down, left[node], right[node]), node)
        total += np.array(tree.value)[node]
    return total / max(len(forest.trees), 1)
