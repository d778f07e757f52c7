"""What the tables of the rules are made of: kinds of numbers and names, and the table that knows no other keys."""

from typing import Annotated

import msgspec

from bot.words import Word

Amount = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{3}$")]
Cost = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Strict(Word, frozen=True, forbid_unknown_fields=True):
    """A table of the rules: a key it does not know is a mistake, not a comment."""
