"""Whatever bytes come as an avatar, a round picture is drawn, and none is unpacked that is too large."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.pictures.avatar import BYTES, COLOURS, decoded, initials, portrait, put_avatar
from bot.pictures.themes import READABLE, contrast

GROUND = "#102030"


def encoded(kind: str, size: tuple[int, int] = (64, 64), mode: str = "RGB", colour: object = "#ff0000") -> bytes:
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind)  # type: ignore[arg-type]
    return out.getvalue()


def header(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_an_image_of_any_shape_becomes_a_square(kind: str) -> None:
    square = decoded(encoded(kind, (90, 30)), 40, GROUND)
    assert square is not None
    assert (square.size, square.mode) == ((40, 40), "RGB")
    red, green, blue = square.getpixel((20, 20))  # type: ignore[misc]
    assert red > 245
    assert max(green, blue) < 10


def test_what_is_transparent_shows_the_ground() -> None:
    square = decoded(encoded("PNG", mode="RGBA", colour=(255, 0, 0, 0)), 40, GROUND)
    assert square is not None
    assert square.getpixel((20, 20)) == (16, 32, 48)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded("PNG")[:60],
        encoded("JPEG", (300, 300))[:400],
        encoded("BMP"),  # a format that no platform sends
        encoded("PNG") + b"\0" * BYTES,
        header(30_000, 30_000),
        header(2049, 2049),
        header(64, 64),
    ],
    ids=[
        "empty",
        "head",
        "svg",
        "png cut",
        "jpeg cut",
        "bmp",
        "too many bytes",
        "bomb",
        "too many pixels",
        "no pixels",
    ],
)
def test_what_is_broken_or_too_large_is_none(data: bytes) -> None:
    assert decoded(data, 40, GROUND) is None
    image = Image.new("RGB", (60, 60), GROUND)
    put_avatar(image, (10, 10), 40, "Ana", data, GROUND)
    assert image.getpixel((30, 14)) == portrait("Ana", 40).getpixel((20, 4))


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 400), flipped=st.integers(0, 400), kind=st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]))
def test_damaged_files_are_none_or_a_square(cut: int, flipped: int, kind: str) -> None:
    data = bytearray(encoded(kind))
    data[flipped % len(data)] ^= 0xFF
    square = decoded(bytes(data[: len(data) - cut % 40]), 16, GROUND)
    assert square is None or square.size == (16, 16)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("林小溪", "林"),
        ("ana maria lopez", "AL"),
        ("ana", "A"),
        ("🔥 phoenix", "🔥"),
        ("phoenix 🔥", "P"),
        ("  _- ana", "A"),
        ("...", "?"),
        ("", "?"),
        ("ßeta", "S"),
        ("نور", "ن"),
        ("7 of 9", "79"),
        ("ана Петрова", "АП"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert "".join(piece.text for piece in initials(name)) == expected


def test_the_colour_is_of_the_name_and_white_can_be_read_on_it() -> None:
    assert portrait("Ana", 40).tobytes() == portrait("Ana", 40).tobytes()
    assert len({portrait(f"A{n}", 40).getpixel((20, 2)) for n in range(300)}) == len(COLOURS)
    assert all(contrast("#ffffff", colour) >= READABLE for colour in COLOURS)


def test_the_picture_is_round() -> None:
    image = Image.new("RGB", (60, 60), GROUND)
    put_avatar(image, (10, 10), 40, "Ana", encoded("PNG"), "#000000")
    corners = [image.getpixel(at) for at in ((10, 10), (49, 10), (10, 49), (49, 49))]
    assert corners == [(16, 32, 48)] * 4
    assert image.getpixel((30, 11)) == (255, 0, 0)
    assert image.crop((0, 0, 60, 10)).getcolors() == [(600, (16, 32, 48))]
