"""Every figure has its definition in the documentation, and is written as people read it."""

import pytest

from bot.i18n import tongue
from bot.insight.measures import MEASURES, TERMS, Unit, Value, shown
from tests.conftest import ROOT


def test_every_definition_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "numbers.md").read_text(encoding="utf-8")
    missing = [one.title for one in (*MEASURES, *TERMS) if f"| {one.title} | {one.definition} |" not in text]
    assert missing == []
    assert len({one.name for one in MEASURES}) == len({one.title for one in MEASURES}) == len(MEASURES) == 24


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("count", 12345, "12,345"),
        ("count", None, "–"),
        ("mean", 1234.56, "1,234.6"),
        ("share", 0.07669, "7.7 %"),
        ("share", 0, "0.0 %"),
        ("seconds", 0.4, "0 s"),
        ("seconds", 59.4, "59 s"),
        ("seconds", 59.6, "1 min"),
        ("seconds", 3599.0, "1 h 0 min"),
        ("seconds", 9_960, "2 h 46 min"),
        ("seconds", 86_400, "1 d 0 h"),
        ("seconds", 273_600, "3 d 4 h"),
    ],
)
def test_a_figure_is_written_as_people_read_it(unit: Unit, value: Value, words: str) -> None:
    assert shown(tongue("en"), unit, value) == words
