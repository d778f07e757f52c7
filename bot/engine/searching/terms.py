"""What a text is about, in pieces that can be compared: stems of English words, pairs of Chinese characters.

Chinese is written without spaces, so that a question's characters are the pieces, and a pair of neighbours that a text
has in common with it speaks for both of them: what stands across two words by chance then does no harm.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

from bot.wordlist import COMMON

READ = 20_000
"""Characters of one text that are read."""
_FIRST, _LAST = "\u3040", "\u9fff"
_PIECE = re.compile(r"[\u3400-\u9fff\u3040-\u30ff]+|[^\W\u3400-\u9fff\u3040-\u30ff]+(?:[+#]+(?!\w))?")
"""A run of Chinese characters or kana, or a word; C++ and C# are words."""
_LISTED = """
a an the and or but if so as at by for from in into of off on onto out over to up with within without about after
again against before between during through than then that this these those there here is am are was were be been
being do does did doing done have has had having will would can could should shall may might must cannot not no nor
yes i me my mine myself you your yours he him his she her hers it its we us our ours they them their theirs what
which who whom whose when where why how all any both each some such only own same too very just also now still ever
get gets got getting anyone anybody someone somebody anything something everything please thanks thank hi hello hey
s t m ll re ve d don didn doesn isn aren wasn won couldn wouldn shouldn im ive id dont doesnt didnt cant whats
wondering tell let way ways kind possible able question exactly actually really
"""
_EMPTY = frozenset(_LISTED.split())
"""Words that say nothing of what a question is about."""
_FILLING = re.compile(
    "什么时候|怎么样|怎么办|怎么|怎样|如何|为什么|为何|什么|哪里|哪些|哪个|哪儿|多少|多久|几个|能不能|可不可以|是不是|有没有|可以|能否|是否|"
    "请问|谢谢|大家|各位|一下|一个|应该|需要|想要|想问|知道|觉得|或者|还是|以及|如果|但是|因为|所以|的话|时候|"
    "[的了吗呢吧啊嘛呀哦我你您他她它们这那哪么]"
)
"""The same in Chinese; no character of it that many words have."""
EVERYDAY = 0.25
"""What an everyday word (`bot/wordlist.py`) weighs: it may be a name of something, too, such as `var` or `os`."""
CHARACTER = 0.5
"""What a Chinese character weighs: two of them are a word."""
_DOUBLED = re.compile(r"([^aeiouls])\1$|(l)l$")
_ENDINGS = (("ations", 4), ("ation", 4), ("ments", 3), ("ment", 3), ("ings", 3), ("ing", 3), ("ied", 2), ("ed", 3))


class Unit(NamedTuple):
    """A piece of a question: any of its `terms` found in a text speaks for it; it counts `weight` times as much."""

    terms: tuple[str, ...]
    weight: float


def pieces(text: str) -> list[str]:
    """The words of a text in lower case, and its runs of Chinese characters. Letter forms are made one (NFKC)."""
    found: list[str] = _PIECE.findall(normalize("NFKC", text[:READ]).lower())
    return found


def chinese(piece: str) -> bool:
    """Whether a piece is a run of Chinese characters or kana."""
    return _FIRST <= piece[0] <= _LAST


def characters_and_pairs(run: str) -> list[str]:
    """What stands for a run of Chinese: each character and each two neighbours, so that no dictionary is needed."""
    return [*run, *(run[at : at + 2] for at in range(len(run) - 1))]


def terms(text: str) -> list[str]:
    """What a text is found by: each stem, each Chinese character and each two neighbours, as often as it has them."""
    found: list[str] = []
    for piece in pieces(text):
        if chinese(piece):
            for run in _telling(piece):
                found.extend(characters_and_pairs(run))
        elif piece not in _EMPTY:
            found.append(stem(piece))
    return found


def units(question: str) -> tuple[Unit, ...]:
    """What a question asks about, each piece once, in the order written."""
    found: dict[Unit, None] = {}
    for piece in pieces(question):
        if chinese(piece):
            found.update((unit, None) for run in _telling(piece) for unit in _of_characters(run))
        elif piece not in _EMPTY:
            found[Unit((stem(piece),), EVERYDAY if piece in COMMON else 1.0)] = None
    return tuple(found)


def _of_characters(run: str) -> list[Unit]:
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    return [Unit(tuple(pairs[max(at - 1, 0) : at + 1]) or (run,), CHARACTER) for at in range(len(run))]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A word without its ending, so that `cancelled`, `cancelling` and `cancellation` are one; in English, roughly.

    After D. Harman, 'How Effective Is Suffixing?' (1991) for plurals, and M. Porter, 'An Algorithm for Suffix
    Stripping' (1980), its step 1, for what a verb ends in.
    """
    if not word.isascii() or not word.isalpha() or len(word) <= 3:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = f"{word[:-3]}y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            word = word[: -len(ending)] + ("y" if ending == "ied" else "")
            break
    if (doubled := _DOUBLED.search(word)) and len(word) > 3:
        word = word[: doubled.start() + 1]
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _telling(run: str) -> Sequence[str]:
    """The parts of a run of Chinese that say what it is about."""
    return [part for part in _FILLING.split(run) if part]
