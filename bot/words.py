"""What the shared words are made of, and how they become JSON and come back.

Events, effects and states are frozen `msgspec.Struct`s: dataclasses in all but the import (PEP 681), made, copied and
turned to JSON in C, because one of each is made for every message (`docs/decisions/0002-words-are-structs.md`).
To add a word, write the class; nothing has to be registered.
"""

from collections.abc import Callable
from types import UnionType
from typing import Any, TypeVar

import msgspec

W = TypeVar("W")


class Word(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An immutable value. Equality is by content; `replace` makes a changed copy."""


replace = msgspec.structs.replace
to_json = msgspec.json.Encoder().encode


def from_json(kind: type[W] | UnionType, data: bytes | str) -> W:
    """Read a word of type `kind` (a class or a union of tagged classes).

    Raises `msgspec.ValidationError` (a `ValueError`) naming the path of what does not fit.
    """
    return msgspec.json.decode(data, type=kind)


def N_(message: str) -> str:  # noqa: N802 - gettext's name for it
    """Mark a message for translation at another place."""
    return message


class Words(Word, frozen=True):
    """Something to say: a message to be translated, and what stands in it (words again, or plain values)."""

    message: str
    values: dict[str, Any] = {}


def said(words: Words, say: Callable[..., str] = lambda message, /, **values: message.format(**values)) -> str:
    """Words in a language: `say` translates a message and puts values in; without it they are English."""
    values = {name: said(one, say) if isinstance(one, Words) else one for name, one in words.values.items()}
    return say(words.message, **values)


class Problem(ValueError):  # noqa: N818 - what it is
    """Something does not fit; the words, marked by `N_`, say what and what to do. As text they are English."""

    def __init__(self, message: str, /, **values: Any) -> None:
        self.words = Words(message=message, values=values)
        super().__init__(said(self.words))
