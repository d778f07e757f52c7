"""Every theme can be read, a creator's own as well."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.pictures.themes import DEFAULT, READABLE, THEMES, Theme, contrast, luminance, mixed, theme_of, themed

COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def readable(theme: Theme) -> None:
    for word in (theme.ink, theme.dim, theme.bright):
        for ground in (theme.paper, theme.deep, theme.panel):
            assert contrast(word, ground) >= READABLE, (word, ground)
    assert contrast(theme.on, theme.accent) >= READABLE


def test_wcag_s_own_figures() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
    assert luminance("#ff0000") == pytest.approx(0.2126)
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"


@pytest.mark.parametrize("name", THEMES)
def test_each_theme_can_be_read(name: str) -> None:
    readable(THEMES[name])


def test_some_are_light_and_some_dark() -> None:
    light = [name for name, theme in THEMES.items() if luminance(theme.paper) > 0.5]
    assert light == ["paper", "sky", "mint", "blossom"]
    assert len(THEMES) == 10
    assert theme_of() == THEMES[DEFAULT]


@settings(max_examples=100, deadline=None)
@given(background=COLOUR, accent=COLOUR)
@example(background="#777777", accent="#777777")
@example(background="#000000", accent="#000000")
@example(background="#ffffff", accent="#ffffff")
def test_any_two_colours_make_a_theme_that_can_be_read(background: str, accent: str) -> None:
    readable(themed(background, accent))


def test_a_creators_colours_replace_those_of_a_theme() -> None:
    own = theme_of("ocean", accent="#FF0066")
    assert (own.accent, own.paper) == ("#ff0066", THEMES["ocean"].paper)
    own = theme_of("ocean", background="#102030")
    assert (own.accent, own.paper) == (THEMES["ocean"].accent, "#102030")


@pytest.mark.parametrize(
    "wrong", ["red", "#fff", "#12345g", "#1234567", "123456", "#12345", "#１２３４５６", "#123456\n"]
)
def test_what_is_no_colour_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{wrong!r} is not a colour: write it like #1e90ff")):
        theme_of(accent=wrong)


def test_an_unknown_theme_is_refused_with_what_there_is() -> None:
    with pytest.raises(ValueError, match="there is no theme 'neon'; it is one of midnight, ocean, "):
        theme_of("neon")
