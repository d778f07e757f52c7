"""What the shared words are made of, and how they become JSON and come back.

Events, effects and states are frozen `msgspec.Struct`s: dataclasses in all but the import (PEP 681), made, copied and
turned to JSON in C, because one of each is made for every message (`docs/decisions/0002-words-are-structs.md`).
To add a word, write the class; nothing has to be registered.
"""

from types import UnionType
from typing import TypeVar

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
