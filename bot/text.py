"""What is kept of a text instead of the text: lengths, counts and a sketch to recognise near-copies by.

The cost is bounded: only the first `READ` characters and `TOKENS` tokens are looked at, whatever is sent.
"""

import re
from unicodedata import combining, east_asian_width, normalize
from zlib import crc32

from bot.wordlist import COMMON
from bot.words import Word

READ = 512
TOKENS = 32
NEAR = 128
"""Where Chinese text has all its tokens by: characters looked at first."""
SKETCH = 6
MARKS = 3
_CODE = re.compile(r"```|`[^`\n]+`")
_LINK = re.compile(r"https?://")
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")
_JUDGED = re.compile(r"[a-z\u3400-\u9fff]")
"""Scripts whose everyday words `COMMON` knows: Latin and Chinese."""
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_THANKS = re.compile(
    r"\b(?:thanks|thank (?:you|u)|thankyou|thx|tysm|ty|cheers|merci|gracias|danke|obrigad[oa]|grazie)\b"
    r"|谢谢|謝謝|感谢|感謝|多谢|多謝|谢啦|谢了|ありがとう|спасибо|감사"
)


class Features(Word, frozen=True):
    """Features of one message: `length` in characters, `tokens` and `distinct` tokens among the first 32.

    A token is a word, or one character in Chinese, Japanese and Korean, as it is after compatibility normalisation
    (NFKC), without characters that nobody sees, numbers, and letters drawn out ("soooo"). `common` of them are everyday
    words (`bot/wordlist.py`), or in a script that the list does not judge. `thanks` says that it gives thanks.
    `sketch` is the bottom-k MinHash sketch (Broder 1997) of the tokens, k = 6: the share of values two sketches have in
    common estimates how alike the texts are.
    """

    length: int = 0
    tokens: int = 0
    distinct: int = 0
    links: int = 0
    code: bool = False
    question: bool = False
    attachments: int = 0
    common: int = 0
    thanks: bool = False
    sketch: tuple[int, ...] = ()


def features(text: str, attachments: int = 0) -> Features:
    """Read a message once and keep its `Features`. Takes any string, lone surrogates and NUL included."""
    head = text[:READ].lower()
    if not head.isascii():
        head = normalize("NFKC", head).translate(_GONE)[:READ]
    if _DRAWN_OUT.search(head) is not None:
        head = _DRAWN_OUT.sub(r"\1", head)
    tokens = _TOKEN.findall(head, 0, NEAR)
    if len(tokens) <= TOKENS and len(head) > NEAR:  # more than enough, so that a word cut in two at NEAR never counts
        tokens = _TOKEN.findall(head)
    tokens = [token for token in tokens[:TOKENS] if not token.isdecimal()]
    written = "\n".join(tokens).encode("utf-8", "surrogatepass")  # at once: no token has a line's end in it
    hashes = sorted(set(map(crc32, written.split(b"\n")))) if tokens else []
    return Features(
        length=len(text),
        tokens=len(tokens),
        distinct=len(hashes),
        links=len(_LINK.findall(head)) if "://" in head else 0,
        code="`" in head and _CODE.search(head) is not None,
        question="?" in head,
        attachments=attachments,
        common=sum([token in COMMON or _JUDGED.search(token) is None for token in tokens]),
        thanks=_THANKS.search(head) is not None,
        sketch=tuple(hashes[:SKETCH]),
    )


NAME = 64
_UNSEEN = {
    *range(0x20),
    *range(0x7F, 0xA0),
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
}
_GONE = dict.fromkeys([*(_UNSEEN - {0x0A}), 0xFE0F, 0x034F, 0x00AD, 0x180E, *range(0xE0000, 0xE0080)])
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
