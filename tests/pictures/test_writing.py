"""Any name is written in one line, as wide as it may be, and nowhere else."""

from unicodedata import combining

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.pictures import writing
from bot.pictures.fonts import ALPHABETS, BOLD, EMOJI, LATIN_BOLD, OTHERS, REGULAR
from bot.pictures.writing import clusters, covered, fitting, length_of, shortened, spans, width, write
from tests.hostile import HOSTILE

_, STIX = OTHERS
_, _, HEBREW, THAI, _ = ALPHABETS


def written(text: str, *, bold: bool = False) -> list[tuple[str, object]]:
    return [(span.text, span.path) for span in spans(clusters(text, bold=bold))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("林小溪 Ana", [("林小溪 Ana", BOLD)]),
        ("王镕", [("王", BOLD), ("镕", REGULAR)]),
        ("김 Ana", [("김", REGULAR), (" Ana", BOLD)]),
        ("𝓐na", [("𝓐", STIX), ("na", BOLD)]),
        ("Ana🔥", [("Ana", BOLD), ("🔥", EMOJI)]),
        ("a\u200b\u0000\x1b\u202eb", [("ab", BOLD)]),
        ("a\nb\tc", [("a b c", BOLD)]),
        ("It’s “me”", [('It\'s "me"', BOLD)]),
        ("他说“好”", [("他说“好”", BOLD)]),
        ("\ud800", [("?", BOLD)]),
        ("ཀ", [("?", BOLD)]),  # a letter of Tibetan: no font has it
        ("a\U000e0041\ue000b", [("ab", BOLD)]),  # a tag and a private character: nothing to show
        ("e\u0301", [("é", BOLD)]),
        ("\u0301", []),
        ("Jan Żółć 王", [("Jan ", BOLD), ("Żółć", LATIN_BOLD), (" 王", BOLD)]),
        ("ก็ดี", [("ก็ดี", THAI)]),
        ("🄰", [("A", BOLD)]),  # no font has it: its plain form
    ],
)
def test_each_character_is_in_the_first_font_that_has_it(text: str, expected: list[tuple[str, object]]) -> None:
    assert written(text, bold=True) == expected


@pytest.mark.parametrize(
    ("text", "pictures"),
    [
        ("👨‍👩‍👧‍👦", 1),
        ("🇨🇳", 1),
        ("🇨🇳🇺🇸", 2),
        ("👍🏽", 1),
        ("🏳️‍🌈", 1),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1),
        ("1️⃣", 1),
        ("👩🏻‍❤️‍👨🏿", 1),
        ("❤️", 1),
        ("♥", 0),  # the sign that asks for a picture is missing, and the first font has it
        ("❤", 1),  # the first font has it not
        ("☀️", 1),
        ("⭐", 1),
        ("©", 0),
        ("©️", 1),
        ("123#*", 0),
        ("👨‍🔥", 2),  # no such sequence: its parts
        ("⭐\ufe0e", 0),  # asked for as a letter
    ],
)
def test_emoji_are_recognised(text: str, pictures: int) -> None:
    assert sum(piece.path == EMOJI for piece in clusters(text)) == pictures


def test_leftward_text_is_put_in_its_order_and_stays_in_its_place() -> None:
    assert written("a שלום עולם b") == [("a ", REGULAR), ("שלום עולם", HEBREW), (" b", REGULAR)]
    turned = spans(clusters("אב 🔥 גד"))
    assert all(span.leftward for span in turned)
    assert [span.text.strip() for span in turned if span.text.strip()] == ["גד", "🔥", "אב"]


def test_a_long_name_ends_in_dots_and_fits() -> None:
    kept = shortened("Maximilian Alexander von Habsburg", 40, 300, bold=True)
    text = "".join(piece.text for piece in kept)
    assert text == "Maximilian A..."
    assert length_of(kept, 40) <= 300 < length_of((*clusters("Maximilian Al...", bold=True),), 40)
    assert "".join(piece.text for piece in shortened("Ana von Habsburg", 40, 120)) == "Ana..."
    assert "".join(piece.text for piece in shortened("一二三四五六七八", 40, 200)) == "一二三四…"
    assert shortened("Ana", 40, 300) == clusters("Ana")
    assert shortened("Ana", 40, 5) == ()
    arabic = spans(shortened("مرحبا بالعالم الكبير", 40, 150))
    assert [(span.text, span.leftward) for span in arabic] == [("مرحبا با...", True)]


def test_the_size_goes_down_in_steps_until_it_fits() -> None:
    assert fitting("Ana", 60, 1000, 40) == 60
    size = fitting("Maximilian Alexander", 60, 500, 20)
    assert width("Maximilian Alexander", size) <= 500
    assert (60 - size) % 2 == 0
    assert fitting("Maximilian Alexander", 60, 5, 41) == 41


def test_piled_marks_do_not_leave_the_line() -> None:
    ground = Image.new("RGB", (400, 400), "#102030")
    image = ground.copy()
    write(image, (150, 200), "Z" + "\u0301\u0302\u0303" * 20 + "\u0323" * 20 + "alg", 40, "#ffffff")
    assert image.tobytes() != ground.tobytes()
    for box in ((0, 0, 400, 154), (0, 216, 400, 400)):
        assert image.crop(box).tobytes() == ground.crop(box).tobytes()


def test_without_the_shaping_library_everything_is_drawn_and_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has no libfribidi: letters of Hebrew are turned here, emoji need no shaping at all."""
    text = "a שלום 👨‍👩‍👧‍👦🇨🇳 ก็ดี"

    def drawn() -> Image.Image:
        image = Image.new("RGB", (600, 80), "#000000")
        write(image, (10, 50), text, 40, "#ffffff")
        return image

    shaped, shaped_width = drawn(), width(text, 40)
    monkeypatch.setattr(writing, "_SHAPES", False)
    writing.typeface.cache_clear()
    plain, plain_width = drawn(), width(text, 40)
    writing.typeface.cache_clear()
    assert abs(plain_width - shaped_width) <= 6
    hebrew = (30, 0, 130, 80)
    different = ImageChops.difference(plain.crop(hebrew).convert("L"), shaped.crop(hebrew).convert("L"))
    assert different.reduce(4).getextrema()[1] < 128  # type: ignore[operator]


@pytest.mark.parametrize("anchor", ["l", "m", "r"])
def test_a_line_begins_and_ends_where_it_should(anchor: str) -> None:
    image = Image.new("L", (800, 100), 0).convert("RGB")
    length = write(image, (400, 60), "林林HH", 40, "#ffffff", anchor=anchor)
    left, _, right, _ = image.getbbox() or (0, 0, 0, 0)
    begin = 400 - {"l": 0.0, "m": length / 2, "r": length}[anchor]
    assert abs(left - begin) < 6
    assert abs(right - begin - length) < 6


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_text_fits(name: str) -> None:
    assert length_of(shortened(HOSTILE[name], 40, 300), 40) <= 300


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=80), most=st.integers(0, 500), bold=st.booleans())
def test_any_text_fits_and_every_character_has_a_glyph(text: str, most: int, bold: bool) -> None:
    kept = shortened(text, 30, most, bold=bold)
    assert length_of(kept, 30) <= most
    for span in spans(kept):
        assert {ord(char) for char in span.text} <= covered(span.path)
    assert not any(combining(piece.text[0]) for piece in kept)
