"""Which text answers a question: passages ranked by BM25, and believed by how much of the question they cover.

BM25 (Robertson and Walker 1994, as Lucene counts it) orders well, but its numbers mean nothing by themselves. What is
compared with the threshold is the coverage: of what the question asks about, weighted by how rare it is, the share that
the best passage and its title have. Coverage 1 is a text that has every word of the question. How good that is was
measured (`docs/asking.md`).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import log

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.engine.asking.units import EVERYDAY, Unit, terms, units
from bot.words import Word

K1, B = 1.2, 0.5
"""BM25's saturation and its correction for length; passages are of much the same length anyway."""
WIDTH = 360
"""Columns of a passage: some 60 English words, or 180 Chinese characters."""
LOOKED_AT = 30
"""Passages whose coverage is looked at."""
BELOW = 0.85
"""What a word found in the text but not in the title speaks for: a title says what the whole is about."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])|\n+")


class Document(Word, frozen=True):
    """A text that may answer questions. `key` names it: `content:12` or `question:7`."""

    key: str
    title: str
    text: str
    tags: tuple[str, ...] = ()


class Passage(Word, frozen=True):
    """Where the document `key` is about what was asked: its words there, and the share of the question covered."""

    key: str
    title: str
    text: str
    coverage: float


class Index:
    """Documents, to be searched for what answers a question. Making one takes about 1 ms for each 2,000 characters."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = tuple(documents)
        self._passages = [(one, text) for one in self.documents for text in passages(one.text) or [""]]
        self._heads = [frozenset(terms(f"{one.title}\n{' '.join(one.tags)}")) for one, _ in self._passages]
        self._bodies = [Counter(terms(text)) for _, text in self._passages]
        counts = [body + Counter(head) for body, head in zip(self._bodies, self._heads, strict=True)]
        self._found = Counter[str]()
        for count in counts:
            self._found.update(count.keys())
        self._columns = {term: at for at, term in enumerate(sorted(self._found))}
        self._weights = self._bm25(counts)

    def _bm25(self, counts: Sequence[Counter[str]]) -> sparse.csc_matrix:
        rows = [row for row, count in enumerate(counts) for _ in count]
        columns = [self._columns[term] for count in counts for term in count]
        times = np.array([number for count in counts for number in count.values()], np.float64)
        length = np.array([count.total() for count in counts], np.float64)
        usual = K1 * (1 - B + B * length / max(float(length.mean()) if len(length) else 1.0, 1.0))
        rarity = np.array([self.rarity(term) for term in self._columns], np.float64)
        values = rarity[columns] * times / (times + usual[rows]) if rows else times
        return sparse.csc_matrix((values, (rows, columns)), shape=(len(counts), len(self._columns)))

    def rarity(self, term: str) -> float:
        """BM25's idf over passages, ln(1 + (n - df + 0.5) / (df + 0.5)); of what none has, as if one had it."""
        having = max(self._found[term], 1)
        return log(1 + max(len(self._passages) - having + 0.5, 0.5) / (having + 0.5))

    def search(
        self,
        question: str,
        *,
        among: Callable[[str], bool] | None = None,
        most: int = 5,
        lenient: bool = False,
    ) -> tuple[Passage, ...]:
        """The best passage of each of the documents that answer best, at most `most`, by coverage and then BM25.

        `among` says of a document's key whether it may be shown. Where it is `lenient`, everyday words and those that
        no document has count for nothing: it is asked who has most of what there is, not whether that is enough.
        """
        asked = [one for one in units(question) if not lenient or self._tells(one)]
        wanted = [self._columns[term] for unit in asked for term in unit.terms if term in self._columns]
        if not wanted:
            return ()
        score: npt.NDArray[np.float64] = np.asarray(self._weights[:, wanted].sum(axis=1)).ravel()
        order = [int(row) for row in np.argsort(-score, kind="stable") if score[row] > 0]
        allowed = [row for row in order if among is None or among(self._passages[row][0].key)][:LOOKED_AT]
        best: dict[str, tuple[float, float, Passage]] = {}
        for row in allowed:
            document, text = self._passages[row]
            covered = self._coverage(asked, row)
            if document.key not in best or (covered, score[row]) > best[document.key][:2]:
                found = Passage(key=document.key, title=document.title, text=text, coverage=round(covered, 4))
                best[document.key] = covered, float(score[row]), found
        return tuple(found for _, _, found in sorted(best.values(), key=lambda one: (-one[0], -one[1]))[:most])

    def _tells(self, unit: Unit) -> bool:
        return unit.weight > EVERYDAY and any(term in self._columns for term in unit.terms)

    def _coverage(self, asked: Sequence[Unit], row: int) -> float:
        covered = total = 0.0
        for unit in asked:
            known = [self.rarity(term) for term in unit.terms if term in self._columns]
            weight = unit.weight * max(known, default=self.rarity(""))
            total += weight
            if any(term in self._heads[row] for term in unit.terms):
                covered += weight
            elif any(term in self._bodies[row] for term in unit.terms):
                covered += BELOW * weight
        return covered / total if total else 0.0


def passages(text: str) -> list[str]:
    """A text in passages of whole sentences, each beginning with the last one of the passage before."""
    made: list[list[str]] = []
    for sentence in (one.strip() for one in _SENTENCE.split(text)):
        if not sentence:
            continue
        if made and _width(made[-1]) + _columns(sentence) <= WIDTH:
            made[-1].append(sentence)
        else:
            again = made[-1][-1:] if made and len(made[-1]) > 1 and _columns(made[-1][-1]) < WIDTH // 2 else []
            made.append([*again, sentence])
    return [" ".join(one) for one in made]


def _width(sentences: Sequence[str]) -> int:
    return sum(_columns(one) for one in sentences)


def _columns(text: str) -> int:
    return sum(2 if character > "\u2e7f" else 1 for character in text)


def excerpt(passage: Passage, question: str, most: int = 300) -> str:
    """The passage, cut to `most` characters from the sentence on that has the first of what was asked."""
    text = " ".join(passage.text.split())
    if len(text) <= most:
        return text
    wanted = {term for unit in units(question) for term in unit.terms}
    at = 0
    for sentence in _SENTENCE.split(text):
        if wanted & set(terms(sentence)):
            at = max(text.find(sentence), 0)
            break
    at = min(at, max(len(text) - most, 0))
    return f"{'…' if at else ''}{text[at : at + most].strip()}{'…' if at + most < len(text) else ''}"
