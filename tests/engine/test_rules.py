"""The rules file: what is shipped, and what is wrong with one that does not fit, said by name."""

import pytest

from bot.engine.rules import Gate, LevelRules, NudgeRules, PointRules, Rules, read_rules


def test_the_rules_as_shipped(rules: Rules) -> None:
    assert rules == Rules(
        points=PointRules(message_min=15, message_max=25, reaction_received=5),
        levels=LevelRules(square=5, linear=50, constant=100, announce=True),
        gates=(Gate(name="lounge", level=2),),
        nudges=NudgeRules(quiet_days=0),
    )


def test_an_empty_file_means_the_defaults() -> None:
    assert read_rules(b"") == Rules()


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        (b"[points]\nmessage_min = 30", "message_min is greater than points.message_max"),
        (b"[points]\nmessage_min = -1", r"\$\.points\.message_min"),
        (b"[points]\nmessage_mim = 1", "message_mim"),
        (b"[levels]\nconstant = 0", r"\$\.levels\.constant"),
        (b"[points]\nmessage_max = 1000001", r"\$\.points\.message_max"),
        (b"[[gates]]\nlevel = 1", "name"),
        (b"[[gates]]\nname = 'Big Gate'\nlevel = 1", r"\$\.gates\[0\]\.name"),
        (b"[[gates]]\nname = 'a'\nlevel = 1\n[[gates]]\nname = 'a'\nlevel = 2", "two gates are called 'a'"),
        (b"points = 3", r"\$\.points"),
        (b"[points", "end of a table"),
    ],
)
def test_what_does_not_fit_is_said_by_name(toml: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_rules(toml)
