"""Long texts in passages: what is compared with a question, and shown of a text that answers it."""

import re

from bot.engine.searching.terms import terms, units
from bot.words import Word

WIDTH = 360
"""Columns of a passage: some 60 English words, or 180 Chinese characters."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])|\n+")
_WIDE = re.compile("[^\0-\u2e7f]")


class Passage(Word, frozen=True):
    """Where the document `key` is about what was asked: its words there, and the share of the question covered."""

    key: str
    title: str
    text: str
    coverage: float


def passages(text: str) -> list[str]:
    """A text in passages of whole sentences, each beginning with the last one of the passage before.

    Of a text without words there is one, which is empty.
    """
    made: list[list[str]] = [[]]
    width = 0
    for sentence in filter(None, map(str.strip, _SENTENCE.split(text))):
        columns = _columns(sentence)
        if made[-1] and width + columns > WIDTH:
            again = made[-1][-1:] if len(made[-1]) > 1 and _columns(made[-1][-1]) < WIDTH // 2 else []
            width = sum(map(_columns, again))
            made.append(again)
        made[-1].append(sentence)
        width += columns
    return [" ".join(one) for one in made]


def _columns(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


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
