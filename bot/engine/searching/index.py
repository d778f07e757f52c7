"""Texts, ready to be searched: passages found by BM25, and compared by how much of a question they cover.

BM25 (S. Robertson and H. Zaragoza, 'The Probabilistic Relevance Framework: BM25 and Beyond', 2009, with the idf of
Lucene) orders well, but its numbers mean nothing by themselves. What is compared with a threshold is the coverage: of
what the question asks about, weighted by how rare it is, the share that a passage and its title have. Coverage 1 is a
text that has every word of the question. How good that is was measured (`docs/search.md`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.engine.searching.alike import alike
from bot.engine.searching.passages import Passage, passages
from bot.engine.searching.terms import EVERYDAY, Unit, terms, units
from bot.words import Word

Ints: TypeAlias = npt.NDArray[np.int32]
Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Matrix: TypeAlias = Any
"""A scipy CSR or CSC matrix; scipy ships no types."""

K1, B = 1.2, 0.5
"""BM25's saturation and its correction for length; passages are of much the same length anyway."""
LOOKED_AT = 30
"""Documents, best by BM25, whose coverage is looked at."""
BELOW = 0.85
"""What a word found in the text but not in the title speaks for: a title says what the whole is about."""


class Document(Word, frozen=True):
    """A text that may be found. `key` names it: `content:12` or `question:7`."""

    key: str
    title: str
    text: str
    tags: tuple[str, ...] = ()


class Index:
    """Documents, to be searched. To make one takes some 1 ms for each 5,000 characters."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = tuple(documents)
        cut = [passages(one.text) for one in self._documents]
        self._first = np.cumsum([0, *map(len, cut)])
        columns: defaultdict[str, int] = defaultdict()
        columns.default_factory = columns.__len__
        heads = [{columns[term] for term in terms(_head(one))} for one in self._documents]
        bodies = [[columns[term] for term in terms(text)] for texts in cut for text in texts]
        self._columns = dict(columns)
        head = _counts(heads, len(columns))[np.repeat(np.arange(len(cut)), np.diff(self._first))]
        body = _counts(bodies, len(columns))
        often = body + head
        self._rarity = _rarity(often)
        self._bm25 = _bm25(often, self._rarity).tocsc()
        self._speaks = head.maximum((body > 0) * np.float32(BELOW)).tocsc()

    def search(
        self,
        question: str,
        *,
        among: Callable[[str], bool] = lambda key: True,
        most: int = 5,
        lenient: bool = False,
        roughly: bool = False,
    ) -> tuple[Passage, ...]:
        """The best passage of each of the documents that answer best, at most `most`, by coverage and then BM25.

        `among` says of a document's key whether it may be shown. Where it is `lenient`, everyday words and those that
        no document has count for nothing: it is asked who has most of what there is, not whether that is enough. Where
        it is asked `roughly`, a word that no document has stands for those that are nearly the same (`alike`).
        """
        asked = [self._nearly(one) for one in units(question)] if roughly else units(question)
        if lenient:
            asked = [one for one in asked if one.weight > EVERYDAY and self._known(one)]
        covered, score = self._compared(asked)
        best: list[int] = []
        for document in islice(self._by_bm25(score, among), max(LOOKED_AT, most)):
            rows = range(self._first[document], self._first[document + 1])
            best.append(max(rows, key=lambda row: (covered[row], score[row])))
        best.sort(key=lambda row: (-covered[row], -score[row]))
        return tuple(self._passage(row, float(covered[row])) for row in best[:most])

    def _by_bm25(self, score: Floats, among: Callable[[str], bool]) -> Iterator[int]:
        """The documents that have a word of the question and may be shown, those with the best passage first."""
        top = np.maximum.reduceat(score, self._first[:-1]) if len(score) else score
        found = np.flatnonzero(top)
        for document in found[np.argsort(-top[found], kind="stable")]:
            if among(self._documents[document].key):
                yield int(document)

    def _compared(self, asked: Sequence[Unit]) -> tuple[Floats, Floats]:
        """Of each passage the share of the question that it covers (0 to 1, to 4 decimals), and its BM25."""
        covered, score = np.zeros(self._first[-1]), np.zeros(self._first[-1])
        total = 0.0
        for unit in asked:
            known = self._known(unit)
            weight = unit.weight * max(self._rarity[known], default=self._rarity[-1])
            total += weight
            speaks = np.zeros(len(covered))
            for column in known:
                rows, values = _column(self._bm25, column)
                score[rows] += values
                rows, values = _column(self._speaks, column)
                speaks[rows] = np.maximum(speaks[rows], values)
            covered += weight * speaks
        return np.round(covered / (total or 1), 4), score

    def _nearly(self, unit: Unit) -> Unit:
        near = [] if self._known(unit) else [one for term in unit.terms for one in alike(term, self._columns)]
        return Unit(tuple(near) or unit.terms, unit.weight)

    def _known(self, unit: Unit) -> list[int]:
        """The columns of those of its terms that any document has."""
        return [self._columns[term] for term in unit.terms if term in self._columns]

    def _passage(self, row: int, coverage: float) -> Passage:
        number = int(np.searchsorted(self._first, row, side="right")) - 1
        one = self._documents[number]
        text = passages(one.text)[row - self._first[number]]
        return Passage(key=one.key, title=one.title, text=text, coverage=coverage)


def _column(matrix: Matrix, number: int) -> tuple[Ints, Floats]:
    """The rows of a CSC matrix in which a column is not 0, and its values there."""
    found = slice(*matrix.indptr[number : number + 2])
    return matrix.indices[found], matrix.data[found]


def _head(document: Document) -> str:
    return f"{document.title}\n{' '.join(document.tags)}"


def _counts(rows: Sequence[Collection[int]], width: int) -> Matrix:
    """How often (rows × terms) each text has each term."""
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter(chain.from_iterable(rows), np.int32, ends[-1])
    made = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape=(len(rows), width))
    made.sum_duplicates()
    return made


def _rarity(counts: Matrix) -> Floats:
    """BM25's idf of each term, ln(1 + (n - df + 0.5) / (df + 0.5)); last that of one no text has, as if one had it."""
    many: int = counts.shape[0]
    having = np.append(np.bincount(counts.indices, minlength=counts.shape[1]), 1)
    rarity: Floats = np.log(1 + np.maximum(many - having + 0.5, 0.5) / (having + 0.5))
    return rarity


def _bm25(counts: Matrix, rarity: Floats) -> Matrix:
    length = np.asarray(counts.sum(axis=1)).ravel()
    usual = K1 * (1 - B + B * length / max(float(length.mean()) if len(length) else 1.0, 1.0))
    often = counts.data
    values = rarity[counts.indices] * often / (often + np.repeat(usual, np.diff(counts.indptr)))
    return sparse.csr_matrix((values.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape)
