"""How a text feels, from -100 to 100: a small lexicon over the words that `bot/text.py` has cut already.

Each word of the lexicon has a valence from -4 to 4, turned round and weakened where it is denied within the three words
before ("not good", "isn't helpful") and strengthened where it is stressed. Of the sum s the mood is 100 · s / √(s² +
15), as VADER normalises it (Hutto and Gilbert 2014). 0 says that nothing is known: most messages feel like nothing. One
message says little, and irony nothing: only the mean of many is ever shown. What was measured is in docs/profile.md.
"""

import re
from itertools import pairwise
from math import sqrt

from bot.moodlist import ALONE, CHINESE, ENGLISH
from bot.wordlist import token

DENIED = -0.74
"""What a denied word is worth of itself (VADER's)."""
STRESSED = 1.25
_REACH = 3
_ENGLISH = {token(word): valence for valence, words in ENGLISH.items() for word in words.split()}
_CHINESE = {(token(one[0]), token(one[1])): valence for valence, words in CHINESE.items() for one in words.split()}
_ALONE = {token(char): valence for valence, chars in ALONE.items() for char in chars}
_KNOWN, _CHARS = frozenset(_ENGLISH), frozenset(_ALONE)
_DENYING = """
not no never none nobody nothing neither nor without hardly barely t dont cant wont didnt doesnt isnt wasnt arent
couldnt wouldnt shouldnt havent hasnt aint
"""
_STRESSING = "very really so too extremely super totally absolutely incredibly most such pretty damn"
_DENIES, _STRESSES = frozenset(map(token, _DENYING.split())), frozenset(map(token, _STRESSING.split()))
_DENIES_CHINESE = frozenset(map(token, "不没沒未别別无無莫勿甭"))
_STRESSES_CHINESE = frozenset(map(token, "很太超最真挺极極更蛮巨贼"))
_GLAD = frozenset("😀😁😂😃😄😅😆😇😉😊😋😌😍😎😘😗😙😚😛😜😝🙂🙃😸😹😺😻🙌🙏👍🎉❤☺")
_SAD = frozenset("😒😓😔😕😖😞😟😠😡😢😣😤😥😦😧😨😩😪😫😭😰😱🙁😾😿👎💔☹")
_SIGNS = re.compile(rf"[:;]['-]?(?:[)(]|[dp](?![a-z0-9_]))|<3|[{''.join(sorted(_GLAD | _SAD))}]")


def mood(head: str, tokens: list[int], *, plain: bool) -> int:
    """The mood of a text in lower case, cut into tokens; `plain` texts are all ASCII. 0 where nothing is known."""
    total = 0.0
    if not _KNOWN.isdisjoint(tokens):
        total = _english(tokens)
    if not plain:
        total += _chinese(tokens)
    if (not plain or ":" in head or ";" in head or "<3" in head) and (signs := _SIGNS.findall(head)):
        total += sum([_feeling(sign) for sign in signs])
    if not total:
        return 0
    return round(100 * total / sqrt(total * total + 15)) or (1 if total > 0 else -1)


def _english(tokens: list[int]) -> float:
    total = 0.0
    for spot, one in enumerate(tokens):
        if one in _ENGLISH:
            valence = _ENGLISH[one]
            if spot:
                if tokens[spot - 1] in _STRESSES:
                    valence *= STRESSED
                if not _DENIES.isdisjoint(tokens[spot - _REACH if spot > _REACH else 0 : spot]):
                    valence *= DENIED
            total += valence
    return total


def _chinese(tokens: list[int]) -> float:
    """Pairs of characters first; a character that a pair has taken is not looked at again."""
    found = [(spot, valence) for spot, valence in enumerate(map(_CHINESE.get, pairwise(tokens))) if valence is not None]
    total, free, taken = 0.0, 0, set[int]()
    for spot, valence in found:
        if spot >= free:
            free = spot + 2
            taken.update((spot, spot + 1))
            if valence:
                total += valence * _turned(tokens[max(spot - 2, 0) : spot])
    if not _CHARS.isdisjoint(tokens):
        for spot, one in enumerate(tokens):
            if one in _ALONE and spot not in taken:
                total += _ALONE[one] * _turned(tokens[max(spot - 2, 0) : spot])
    return total


def _turned(around: list[int]) -> float:
    """What the characters before a word make of it."""
    stressed = STRESSED if around and around[-1] in _STRESSES_CHINESE else 1.0
    return stressed if _DENIES_CHINESE.isdisjoint(around) else stressed * DENIED


def _feeling(sign: str) -> float:
    if sign in _GLAD or sign == "<3":
        return 1.5
    if sign in _SAD:
        return -1.5
    return -1.5 if sign[-1] == "(" else 1.5
