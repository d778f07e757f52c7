"""The rules a community plays by: typed values read from `config/rules.toml`."""

from typing import Annotated

import msgspec

from bot.words import Word

Amount = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Strict(Word, frozen=True, forbid_unknown_fields=True):
    """A table of the rules: a key it does not know is a mistake, not a comment."""


class PointRules(Strict, frozen=True):
    """What is worth how many points."""

    message_min: Amount = 15
    message_max: Amount = 25
    reaction_received: Amount = 5


class LevelRules(Strict, frozen=True):
    """The curve: points from level L to L+1 = square·L² + linear·L + constant."""

    square: Amount = 5
    linear: Amount = 50
    constant: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100
    announce: bool = True


class Gate(Strict, frozen=True):
    """A place that opens at `level`."""

    name: Name
    level: Amount


class NudgeRules(Strict, frozen=True):
    """When to write privately to a member; 0 days is never."""

    quiet_days: Amount = 0


class Rules(Strict, frozen=True):
    """Everything a policy may consult besides the event and the state."""

    points: PointRules = PointRules()
    levels: LevelRules = LevelRules()
    gates: tuple[Gate, ...] = ()
    nudges: NudgeRules = NudgeRules()


def read_rules(toml: bytes) -> Rules:
    """Parse and check the text of a rules file. Raises ValueError that names the key and what is wrong with it."""
    rules = msgspec.toml.decode(toml, type=Rules)
    if rules.points.message_min > rules.points.message_max:
        raise ValueError("points.message_min is greater than points.message_max")
    names = [gate.name for gate in rules.gates]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two gates are called {min(twice)!r}: give one another name")
    return rules
