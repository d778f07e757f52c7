"""The rank card is a picture of what it was given."""

from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from bot.pictures import ACCENT, SIZE, rank_card

BAR = range(240, 860)
MIDDLE = 142


def _distance(one: object, other: object) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))  # type: ignore[call-overload]


def filled(picture: bytes) -> float:
    """The share of the bar that is drawn in the accent's colour."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    wanted = ImageColor.getrgb(ACCENT)
    near = [x for x in BAR if _distance(image.getpixel((x, MIDDLE)), wanted) < 60]
    return len(near) / len(BAR)


@settings(max_examples=15, deadline=None)
@given(done=st.integers(0, 1000), level=st.integers(0, 1000), place=st.integers(0, 10**7))
def test_the_bar_is_as_full_as_the_level(done: int, level: int, place: int) -> None:
    picture = rank_card(level, done, 1000, 10**9, place)
    assert Image.open(BytesIO(picture)).size == SIZE
    assert abs(filled(picture) - (max(done / 1000, 28 / 620) if done else 0)) < 0.02


def test_places_and_levels_look_different() -> None:
    assert len({rank_card(level, 1, 2, 3, place) for level in (1, 2) for place in (0, 1)}) == 4
