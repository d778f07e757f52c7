"""Search: BM25 over the words of each text and the Chinese characters and pairs of them, titles counting most.

S. Robertson and H. Zaragoza, 'The Probabilistic Relevance Framework: BM25 and Beyond', 2009; fields are weighed by
counting their words more than once (BM25F with one length). English words lose their plural (D. Harman, 'How Effective
Is Suffixing?', 1991) and what a verb ends in (M. Porter, 'An Algorithm for Suffix Stripping', 1980, its step 1).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import sparse

from bot.engine.recommend.content import terms
from bot.engine.recommend.past import Floats, Matrix
from bot.wordlist import COMMON
from bot.words import Word

K1, B = 1.2, 0.75
"""BM25's usual constants: how soon more of the same word counts no more, and how much a text's length counts."""
LEAST = 0.3
"""The share of what was asked for that a text must have, weighed by how rare each word is."""


_PAIRS = """
怎么 么样 怎样 什么 为什 如何 何用 可以 能不 不能 是不 不是 有没 没有 哪里 哪些 哪个 请问 我们 你们 一个 这个 那个 一下
"""
_ASKING = frozenset(_PAIRS.split())
"""What Chinese questions are made of, whatever they are about."""


_VOWEL = re.compile("[aeiouy]")


class Hit(Word, frozen=True):
    """A text that was found, by its place among those that were indexed.

    `score` is BM25's (0 and more; it compares texts for one question only). `covers` is how much of what was asked for
    is in the text, 0 to 1, weighed by how rare each word is: that compares questions, too.
    """

    place: int
    score: float
    covers: float


class Index(NamedTuple):
    """Texts, ready to be asked: `weights` (texts × words) and the inverse document frequency of each word."""

    words: Mapping[str, int]
    rarity: Floats
    weights: Matrix
    unknown: float
    """What a word weighs that is in no text."""


def stems(text: str) -> list[str]:
    """The words of a text, those of English without their endings."""
    return [_stem(word) if word.isascii() and word.isalpha() else word for word in terms(text)]


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    """'borrowing', 'borrowed', 'borrows' and 'borrow' are one; so are 'making' and 'makes', as 'mak'."""
    word = _singular(word)
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) > 2 and _VOWEL.search(root):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies") and not word.endswith(("eies", "aies")):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("us", "ss", "is")):
        return word[:-1]
    return word


def index(texts: Iterable[Sequence[tuple[str, float]]]) -> Index:
    """Make texts ready to be asked. Each is a list of (its words, how much these count)."""
    words: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    counts: list[float] = []
    lengths: list[float] = []
    for row, fields in enumerate(texts):
        found: defaultdict[str, float] = defaultdict(float)
        for text, weight in fields:
            for word in stems(text):
                found[word] += weight
        lengths.append(sum(found.values()))
        for word, count in found.items():
            rows.append(row)
            columns.append(words.setdefault(word, len(words)))
            counts.append(count)
    many = len(lengths)
    had = np.bincount(np.array(columns, np.int64), minlength=len(words)).astype(np.float64)
    rarity = np.log(1 + (many - had + 0.5) / (had + 0.5))
    length = np.array(lengths, np.float64)
    norm = K1 * (1 - B + B * length / max(float(length.mean()) if many else 1.0, 1e-9))
    often = np.array(counts, np.float64)
    values = rarity[columns] * often * (K1 + 1) / (often + norm[rows]) if counts else np.zeros(0)
    weights = sparse.csc_matrix((values, (rows, columns)), shape=(many, len(words)))
    return Index(words, rarity, weights, float(np.log(1 + (many + 0.5) / 0.5)))


def ask(known: Index, text: str, most: int) -> list[Hit]:
    """The texts that have most of the words of `text`, best first; of equal ones those indexed first."""
    asked = {word: _says(word, known=word in known.words) for word in stems(text)}
    found = [word for word in asked if word in known.words]
    places = np.array([known.words[word] for word in found], np.int64)
    if not len(places):
        return []
    says = np.array([asked[word] for word in found])
    columns = known.weights[:, places]
    scores = np.asarray(columns @ says).ravel()
    weights = known.rarity[places] * says
    whole = weights.sum() + known.unknown * sum(says for word, says in asked.items() if word not in known.words)
    covers = np.asarray((columns > 0) @ weights).ravel() / whole
    best = [at for at in np.argsort(-scores, kind="stable")[:most] if covers[at] >= LEAST]
    return [Hit(place=int(at), score=float(scores[at]), covers=float(covers[at])) for at in best]


def _says(word: str, *, known: bool) -> float:
    """How much a word says of what is looked for: everyday words little, and so a Chinese character by itself.

    Two neighbours that no text has are often no word, but the end of one and the beginning of another: the more so, the
    more everyday the two are.
    """
    if len(word) == 1 and not word.isascii():
        return 0.05 if word in COMMON else 0.2
    if word in COMMON or word in _ASKING:
        return 0.1
    if known or word.isascii() or not all("\u3040" <= letter <= "\u9fff" for letter in word):
        return 1
    return (1, 0.5, 0.1)[sum(letter in COMMON for letter in word)]
