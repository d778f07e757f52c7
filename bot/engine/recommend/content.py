"""Texts as vectors: TF-IDF over words and Chinese character n-grams, so that no dictionary is needed for either."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log, sqrt
from typing import NamedTuple

import numpy as np
from scipy import sparse

from bot.engine.recommend.past import Bools, Floats, Matrix
from bot.engine.recommend.rows import Row
from bot.engine.searching.terms import characters_and_pairs, chinese, pieces

MOST_TERMS = 200_000
"""Terms kept, the most frequent first: a limit on memory, which a library does not reach."""


class Terms(NamedTuple):
    """The vocabulary: `words`, sorted, one a column, and how much each `weighs` (its inverse document frequency)."""

    words: tuple[str, ...]
    weighs: Floats


def terms(text: str) -> list[str]:
    """Words in lower case; of Chinese each character and each two neighbours. Letter forms are made one (NFKC)."""
    found: list[str] = []
    for piece in pieces(text):
        found.extend(characters_and_pairs(piece) if chinese(piece) else [piece])
    return found


def learn(texts: Iterable[str]) -> Terms:
    """The vocabulary of these texts; idf = ln((1 + n) / (1 + df)) + 1, as scikit-learn's smooth idf."""
    count, many = Counter[str](), 0
    for text in texts:
        count.update(set(terms(text)))
        many += 1
    kept = sorted(sorted(count, key=lambda term: (-count[term], term))[:MOST_TERMS])
    found = np.array([count[term] for term in kept], np.float64)
    return Terms(tuple(kept), (np.log((1 + many) / (1 + found)) + 1).astype(np.float32))


def vectors(known: Terms, texts: Sequence[str]) -> Matrix:
    """Texts by terms, float32: (1 + ln tf) · idf, each row of length 1; 0 where no word is in the vocabulary."""
    rows = [vector(known, text) for text in texts]
    ends = np.cumsum([0, *[len(one.columns) for one in rows]])
    columns = np.concatenate([np.zeros(0, np.int32), *[one.columns for one in rows]])
    data = np.concatenate([np.zeros(0, np.float32), *[one.data for one in rows]])
    return sparse.csr_matrix((data, columns, ends), shape=(len(texts), len(known.words)))


def vector(known: Terms, text: str) -> Row:
    """One text as a row of `vectors`."""
    columns: list[int] = []
    values: list[float] = []
    for word, times in sorted(Counter(terms(text)).items()):
        place = bisect_left(known.words, word)
        if place < len(known.words) and known.words[place] == word:
            columns.append(place)
            values.append((1 + log(times)) * float(known.weighs[place]))
    length = sqrt(sum(value * value for value in values))
    return Row(np.array(columns, np.int32), np.array(values, np.float32) / np.float32(length or 1))


NEAREST = 20


def from_nearest(weights: Floats, similar: Matrix, warm: Bools) -> Floats:
    """The weights, with the columns of cold items (not `warm`) copied from the items nearest by text.

    A cold item's column is the mean, weighted by likeness, of those of the `NEAREST` warm items with the likest texts;
    without a likeness it stays 0. The rows of cold items stay 0: nobody took them. `weights` is changed in place.
    """
    columns = np.flatnonzero(warm)
    for item in np.flatnonzero(~warm):
        like = np.asarray((similar[columns] @ similar[item].T).todense(), np.float32).ravel()
        near = np.argsort(-like, kind="stable")[:NEAREST]
        near = near[like[near] > 0]
        if len(near):
            weights[:, item] = weights[:, columns[near]] @ (like[near] / like[near].sum())
    return weights
