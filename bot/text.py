"""What is kept of a text instead of the text: lengths, counts and a sketch to recognise near-copies by.

The cost is bounded: only the first `READ` characters and `TOKENS` tokens are looked at, whatever is sent, and no
pattern looks at a character more than a fixed number of times.
"""

import re
from unicodedata import combining, east_asian_width, normalize

from bot.mood import mood
from bot.wordlist import COMMON, THANKS, THANKS_WITHIN, token
from bot.words import Word

READ = 512
TOKENS = 32
WIDE = 256
"""The same where a text is not all ASCII: in its normal form."""
PIECE = 32
"""Characters brought to their normal form at once."""
NEAR = 128
"""Where Chinese text has all its tokens by: characters looked at first."""
SKETCH = 6
MARKS = 3
_CODE = re.compile(r"```|`[^`\n]+`")
_LINK = re.compile(r"https?://")
_NOT_SAID = re.compile(r"https?://\S*|<(?:[@#/]|a?:|t:)[^<>\n]{0,99}>|(?<!\w)@\w+|^[ \t]*>.*", re.MULTILINE)
"""Links, mentions, custom emoji, and lines that quote somebody: nothing that the author put in words."""
_SPACED = bytes(
    [ord(chr(code).lower()) if chr(code).isalnum() or chr(code) == "_" else 0x20 for code in range(128)] * 2
)
"""ASCII in small letters, with what separates words as spaces: this costs a tenth of what the pattern does."""
_TOKEN = re.compile(
    r"[\u3400-\u9fff\uac00-\ud7af]|[\u3040-\u30ff]{1,2}"
    r"|(?:[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+[\u0900-\u0eff\u1000-\u109f\u1780-\u17ff]*)+"
)
"""A Chinese character or Korean syllable, two kana, or a word, with the vowel signs of India and South East Asia."""
_LISTED = re.compile(r"[a-z\u3400-\u9fff]")
"""Scripts whose everyday words `COMMON` knows: Latin and Chinese."""
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_DIGITS = "0123456789"
NUMBER = token("0")
"""The token of a text that has numbers and no words: they are all alike."""
KEPT = 32_768
KEPT_LENGTH = 24
"""Words that are remembered as they are plain, and the characters of the longest."""
_LEET = str.maketrans("0134579", "oieastg")
_TWO_SCRIPTS = re.compile(r"[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]")
_LOOKALIKE = str.maketrans("авеикмнорстухѕіјԁԛԝαβεηικνορτυχω", "abeukmhopctyxsijdqwabenikvoptuxw")
"""Cyrillic and Greek letters that look like Latin ones, in words that have both."""


class Tokens(dict[str, int]):
    """The token of each word. People write the same words over and over: each is made plain once.

    In memory alone, and nobody's in particular. Begun anew when it is full, which costs less than to know what was
    asked for longest ago.
    """

    def __missing__(self, word: str) -> int:
        plain = _plain(word)
        found = token(plain) if plain else NUMBER
        if len(word) <= KEPT_LENGTH:
            if len(self) >= KEPT:
                self.clear()
            self[word] = found
        return found


def _plain(word: str) -> str:
    """A word without what is easily varied; '' for what is nothing but a number."""
    word = _DRAWN_OUT.sub(r"\1", word)
    if _TWO_SCRIPTS.search(word) is not None:
        word = word.translate(_LOOKALIKE)
    word = word.rstrip(_DIGITS).translate(_LEET)
    return "" if word.isdecimal() else word


_token_of = Tokens().__getitem__
_COMMON, _THANKS = frozenset(map(token, COMMON)), frozenset(map(token, THANKS))
_THANK, _WHOM = token("thank"), frozenset(map(token, ("you", "u")))


class Features(Word, frozen=True):
    """Features of one message: `length` in characters, `tokens` and `distinct` tokens among the first 32.

    A token is a word, a Chinese character, a Korean syllable or two kana, as it is after compatibility normalisation
    (NFKC) and without what is easily varied: characters that nobody sees, marks heaped on letters, numbers at the end,
    digits and letters of other scripts in a letter's place, and letters drawn out ("soooo"). Links, mentions, custom
    emoji and quoted lines have none. `common` of the tokens are everyday words (`bot/wordlist.py`), and `unlisted` are
    in a script of which the list knows none. `thanks` says that it gives thanks. `mood`
    is how it feels, from -100 to 100, 0 for nothing or not known (`bot/mood.py`).
    `sketch` is the bottom-k MinHash sketch (Broder 1997) of the tokens, k = 6, everyday words after all others: the
    share of values two sketches have in common estimates how alike the texts are in what they are about.
    """

    length: int = 0
    tokens: int = 0
    distinct: int = 0
    links: int = 0
    code: bool = False
    question: bool = False
    attachments: int = 0
    common: int = 0
    unlisted: int = 0
    thanks: bool = False
    mood: int = 0
    sketch: tuple[int, ...] = ()


def features(text: str, attachments: int = 0) -> Features:
    """Read a message once and keep its `Features`. Takes any string, lone surrogates and NUL included."""
    head = text[:READ]
    plain = head.isascii()
    head = head.lower() if plain else _normal(head).lower()
    links = len(_LINK.findall(head)) if "://" in head else 0
    if links or "@" in head or "<" in head or ">" in head:
        head = _NOT_SAID.sub(" ", head)
    words = _words_of_ascii(head) if plain else _words(head)
    tokens = [*map(_token_of, words)]
    distinct = set(tokens)
    if NUMBER in distinct:
        tokens = [one for one in tokens if one != NUMBER] or [NUMBER]
        distinct = set(tokens)
    rare = distinct.difference(_COMMON)
    sketch = sorted(rare)[:SKETCH]
    if len(sketch) < SKETCH and len(rare) < len(distinct):
        sketch = sorted(sketch + sorted(distinct - rare)[: SKETCH - len(sketch)])
    return Features(
        length=len(text),
        tokens=len(tokens),
        distinct=len(distinct),
        links=links,
        code="`" in head and _CODE.search(head) is not None,
        question="?" in head,
        attachments=attachments,
        common=_common(tokens, distinct, rare),
        unlisted=0 if plain else len(tokens) - len([word for word in words if _LISTED.search(word) is not None]),
        thanks=_gives_thanks(head, distinct),
        mood=mood(head, tokens, plain=plain),
        sketch=tuple(sketch),
    )


def _normal(head: str) -> str:
    """NFKC by the piece, for it makes eighteen characters of some: no more is made than is read."""
    pieces, length = [], 0
    for first in range(0, len(head), PIECE):
        pieces.append(normalize("NFKC", head[first : first + PIECE].translate(_GONE)))
        length += len(pieces[-1])
        if length >= WIDE:
            break
    return "".join(pieces)[:WIDE]


def _common(tokens: list[int], distinct: set[int], rare: set[int]) -> int:
    """How many of the tokens are everyday ones."""
    if len(distinct) == len(tokens):  # nearly always
        return len(tokens) - len(rare)
    return len([one for one in tokens if one not in rare])


def _words_of_ascii(head: str) -> list[str]:
    words = head.encode().translate(_SPACED).decode().split(None, TOKENS)
    del words[TOKENS:]
    return words


def _words(head: str) -> list[str]:
    if _DRAWN_OUT.search(head) is not None:  # of what is written without spaces each character is a word
        head = _DRAWN_OUT.sub(r"\1", head)
    words = _TOKEN.findall(head, 0, NEAR)
    if len(words) <= TOKENS and len(head) > NEAR:  # more than enough, so that a word cut in two at NEAR never counts
        words = _TOKEN.findall(head)
    del words[TOKENS:]
    return words


def _gives_thanks(head: str, distinct: set[int]) -> bool:
    if not _THANKS.isdisjoint(distinct):
        thanks = _THANKS.intersection(distinct)
        return thanks != {_THANK} or not _WHOM.isdisjoint(distinct)
    return not head.isascii() and any(word in head for word in THANKS_WITHIN)


NAME = 64
_UNSEEN = {
    *range(0x20),
    *range(0x7F, 0xA0),
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
}
_HEAPED = (range(0x0300, 0x0370), range(0x1AB0, 0x1B00), range(0x1DC0, 0x1E00), range(0x20D0, 0x2100))
_GONE = dict.fromkeys(
    [*(_UNSEEN - {0x0A}), 0x00AD, 0x180E, 0xFE0F, *range(0xE0000, 0xE0080), *[code for one in _HEAPED for code in one]]
)
_DROP = {chr(code) for code in _UNSEEN - {0x200D}}  # the zero-width joiner stays: it holds emoji together


def display_name(name: str) -> str:
    """A name that is safe to keep and to show in a line of text, of 64 characters at most; '' becomes '?'.

    Control characters and those that turn the direction of writing are dropped, at most three combining marks
    are left in a row, and what no encoding can hold becomes '?'.
    """
    kept: list[str] = []
    marks = 0
    for char in name[: 8 * NAME]:
        if char in _DROP:
            continue
        marks = marks + 1 if combining(char) else 0
        if marks <= MARKS:
            kept.append("?" if "\ud800" <= char <= "\udfff" else char)
            if len(kept) == NAME:
                break
    return "".join(kept).strip() or "?"


_NARROW = "\u200b\u200d\ufe0f"  # the zero-width space and joiner, and the sign that asks for a picture


def display_width(text: str) -> int:
    """Columns that a text takes in a font of one width: two for what is wide in Chinese, none for what has no width."""
    return sum([2 if east_asian_width(c) in "WF" else 0 if combining(c) or c in _NARROW else 1 for c in text])
