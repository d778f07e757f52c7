"""Words for what somebody nearly wrote: those that differ by one letter, and those that begin so.

After P. Norvig, 'How to Write a Spelling Corrector' (2007).
"""

from collections.abc import Collection, Iterator
from string import ascii_lowercase

from bot.engine.searching.terms import stem

BEGINS, DIFFERS = 3, 5
"""Letters that a word must have for those that begin so, and for those that differ from it by one letter, to be meant.

Shorter ones are alike by chance.
"""
LONGEST = 30
"""What has more letters is no word."""
MOST = 50


def alike(word: str, known: Collection[str]) -> list[str]:
    """The `known` stems that an English stem may stand for, at most `MOST`; none for what is not of letters alone."""
    found: dict[str, None] = {}
    if word.isascii() and word.isalpha() and len(word) <= LONGEST:
        if len(word) >= DIFFERS:
            near = (other for one in _one_letter_off(word) for other in (one, stem(one)))  # learnign: learning: learn
            found.update((one, None) for one in near if one in known)
        if len(word) >= BEGINS:
            found.update((one, None) for one in known if one.startswith(word))
    return list(found)[:MOST]


def _one_letter_off(word: str) -> Iterator[str]:
    """The word without a letter, with two neighbours in the other order, with another letter, with one more."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in ascii_lowercase:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
