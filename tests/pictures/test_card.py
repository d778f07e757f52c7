"""The rank card is a picture of what it was given, whatever that is."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from bot.pictures.canvas import compact
from bot.pictures.card import EDGE, FACE, LEFT, RIGHT, TOP, WIDTH, Card, Labels, card_size, draw_card, share
from bot.pictures.themes import THEMES
from bot.words import replace
from tests.hostile import HOSTILE

MIDNIGHT = THEMES["midnight"]
CARD = Card(name="林小溪", level=42, done=1234, needed=5000, points=123456, place=12)
MIDDLE = 188
WHOLE = replace(
    CARD,
    quality=87,
    coins=560,
    streak=31,
    prestige=2,
    badges=(("🎓", "毕业生"), ("🤝", "热心人")),
    words=Labels(
        level="等级", points="积分", quality="口碑分", coins="金币", streak="连续打卡天数", ahead="再得 3,766 积分"
    ),
)


def opened(picture: bytes) -> Image.Image:
    return Image.open(BytesIO(picture)).convert("RGB")


def filled(picture: bytes) -> float:
    """The share of the bar that is drawn in the accent's colour."""
    image, wanted = opened(picture), ImageColor.getrgb(MIDNIGHT.accent)
    return sum(image.getpixel((x, MIDDLE)) == wanted for x in range(LEFT, RIGHT)) / (RIGHT - LEFT)


def test_sizes() -> None:
    assert card_size(CARD) == opened(draw_card(CARD, MIDNIGHT)).size == (1080, 466)
    assert card_size(WHOLE) == opened(draw_card(WHOLE, MIDNIGHT)).size == (1080, 554)


def test_the_same_card_has_the_same_bytes_and_each_part_is_seen() -> None:
    assert draw_card(WHOLE, MIDNIGHT) == draw_card(WHOLE, MIDNIGHT)
    changed = [
        WHOLE,
        replace(WHOLE, name="林小西"),
        replace(WHOLE, level=43),
        replace(WHOLE, done=1235),
        replace(WHOLE, points=123457),
        replace(WHOLE, place=13),
        replace(WHOLE, place=0),
        replace(WHOLE, quality=88),
        replace(WHOLE, coins=561),
        replace(WHOLE, streak=32),
        replace(WHOLE, prestige=6),
        replace(WHOLE, badges=WHOLE.badges[:1]),
        replace(WHOLE, words=replace(WHOLE.words, ahead="")),
    ]
    assert len({draw_card(card, MIDNIGHT) for card in changed}) == len(changed)
    assert draw_card(CARD, THEMES["sky"]) != draw_card(CARD, THEMES["mint"])


@pytest.mark.parametrize(
    ("done", "needed", "expected"),
    [(0, 100, 0), (25, 100, 0.25), (99, 100, 0.99), (100, 100, 1), (10**18, 10**18, 1), (700, 100, 1)],
)
def test_the_bar_is_as_full_as_the_level(done: int, needed: int, expected: float) -> None:
    card = replace(CARD, done=done, needed=needed)
    assert share(card) == pytest.approx(expected)
    assert abs(filled(draw_card(card, MIDNIGHT)) - expected) < 0.01


def test_the_ring_closes_as_the_level_fills() -> None:
    """A quarter is drawn from the top to the right."""
    image, accent = opened(draw_card(replace(CARD, done=25, needed=100), MIDNIGHT)), ImageColor.getrgb(MIDNIGHT.accent)
    middle, radius = EDGE + FACE // 2, FACE // 2 - 6
    at = {
        "right": (middle + radius * 0.7, middle - radius * 0.7),
        "left": (middle - radius * 0.7, middle - radius * 0.7),
    }
    assert image.getpixel((round(at["right"][0]), round(at["right"][1]))) == accent
    assert image.getpixel((round(at["left"][0]), round(at["left"][1]))) == ImageColor.getrgb(MIDNIGHT.line)


@pytest.mark.parametrize("needed", [0, -1])
def test_a_level_that_needs_nothing_is_full(needed: int) -> None:
    assert share(replace(CARD, needed=needed)) == 1.0
    assert share(replace(CARD, done=-5)) == 0.0


@pytest.mark.parametrize("level", [0, 1000])
@pytest.mark.parametrize("huge", [0, 10**18])
def test_the_smallest_and_the_largest_stay_inside(level: int, huge: int) -> None:
    card = replace(WHOLE, level=level, done=huge, needed=huge, points=huge, place=huge, quality=huge, coins=huge)
    card = replace(card, streak=huge, prestige=huge, name="W" * 200, badges=(("🏆", "W" * 200),) * 40)
    image = opened(draw_card(card, MIDNIGHT))
    assert image.size == (WIDTH, 554)
    edge = image.crop((RIGHT + 2, 60, WIDTH, TOP)).convert("L").getextrema()
    assert edge[1] < 70  # type: ignore[operator]


def test_a_long_name_does_not_touch_the_place() -> None:
    """Between the two is a gap of the ground's colours."""
    image = opened(draw_card(replace(CARD, name="W" * 60, done=0), MIDNIGHT)).convert("L")
    columns = [image.crop((x, 70, x + 1, 130)).getextrema()[1] for x in range(LEFT, RIGHT)]
    dark = "".join("." if light < 70 else "#" for light in columns)  # type: ignore[operator]
    assert "." * 20 in dark.strip(".")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1K"),
        (1999, "1.9K"),
        (12_345_678, "12.3M"),
        (999_999_999, "999M"),
        (10**9, "1B"),
        (10**18, "1E"),
        (123 * 10**20, "12,300E"),
        (-12_345_678, "-12.3M"),
    ],
)
def test_large_numbers_are_short(number: int, expected: str) -> None:
    assert compact(number) == expected


def test_hostile_names_and_words_are_drawn() -> None:
    """Six at a time."""
    texts = list(HOSTILE.values())
    for first in range(0, len(texts), 6):
        name, level, points, coins, ahead, badge = (texts * 2)[first : first + 6]
        words = Labels(level=level, points=points, quality=points, coins=coins, streak=coins, ahead=ahead)
        card = replace(WHOLE, name=name, badges=((badge, badge), ("", "")), words=words)
        assert opened(draw_card(card, MIDNIGHT)).size == card_size(WHOLE)


@settings(max_examples=10, deadline=None)
@given(name=st.text(max_size=64), avatar=st.none() | st.binary(max_size=64))
def test_any_name_gives_a_card_of_the_same_size(name: str, avatar: bytes | None) -> None:
    assert opened(draw_card(replace(CARD, name=name, avatar=avatar), MIDNIGHT)).size == (1080, 466)
