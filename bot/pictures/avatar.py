"""A member's round picture: their own if it can be read, else their initials in a colour of their name."""

import warnings
from functools import lru_cache
from io import BytesIO
from zlib import crc32

from PIL import Image, ImageDraw, ImageOps

from bot.pictures.fonts import EMOJI
from bot.pictures.themes import mixed
from bot.pictures.writing import Cluster, clusters, write

BYTES = 4_000_000
PIXELS = 2048 * 2048
"""More is not decoded: platforms offer avatars of 128 to 1,024 pixels."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
COLOURS = ("#b91c1c", "#b45309", "#4d7c0f", "#047857", "#0f766e", "#0369a1", "#1d4ed8", "#6d28d9", "#a21caf", "#be185d")
"""White can be read on each."""
SMOOTH = 4


@lru_cache(maxsize=64)
def rounded(width: int, height: int, radius: int) -> Image.Image:
    """A mask with smooth corners, in pixels; a disc if `radius` is half of the side."""
    mask = Image.new("L", (width * SMOOTH, height * SMOOTH), 0)
    box = (0, 0, width * SMOOTH - 1, height * SMOOTH - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius * SMOOTH, 255)
    return mask.reduce(SMOOTH)


def decoded(data: bytes, side: int, ground: str) -> Image.Image | None:
    """An image file as a square of `side` pixels on a ground; None if it is none, too large, or broken.

    Only the head is read before the size is known, so that a bomb is refused and not unpacked.
    """
    if len(data) > BYTES:
        return None
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > PIXELS:
                return None
            image.draft("RGB", (side, side))
            square = ImageOps.fit(image.convert("RGBA"), (side, side), Image.Resampling.LANCZOS)
    except Exception:  # noqa: BLE001 - bytes from outside: there is no list of what decoders raise
        return None
    drawn = Image.new("RGB", (side, side), ground)
    drawn.paste(square, mask=square.getchannel("A"))
    return drawn


def initials(name: str) -> tuple[Cluster, ...]:
    """One 汉字 or emoji, or the first letters of the first and the last word; '?' if a name has nothing to show."""
    firsts = [next(filter(_is_sign, clusters(word, bold=True)), None) for word in name.split()]
    found = [first for first in firsts if first is not None]
    if not found:
        return clusters("?", bold=True)
    if found[0].path == EMOJI or found[0].text[0] >= "\u0590":  # scripts without capitals
        return (found[0],)
    letters = found[:1] + [one for one in found[1:][-1:] if one.path != EMOJI]
    return clusters("".join(one.text[0].upper()[:1] for one in letters), bold=True)


def _is_sign(cluster: Cluster) -> bool:
    return cluster.path == EMOJI or cluster.text[0].isalnum()


def portrait(name: str, side: int) -> Image.Image:
    """The initials of a name on its colour, the same every time."""
    colour = COLOURS[crc32(name.encode("utf-8", "surrogatepass")) % len(COLOURS)]
    image = Image.linear_gradient("L").resize((side, side))
    drawn = Image.composite(
        Image.new("RGB", (side, side), mixed(colour, "#000000", 0.25)), Image.new("RGB", (side, side), colour), image
    )
    size = round(side * 0.42)
    write(drawn, (side / 2, side / 2 + size * 0.36), initials(name), size, "#ffffff", bold=True, anchor="m")
    return drawn


def put_avatar(image: Image.Image, at: tuple[int, int], side: int, name: str, data: bytes | None, ground: str) -> None:
    """Draws the round picture with its upper left corner at `at`."""
    own = decoded(data, side, ground) if data else None
    image.paste(own or portrait(name, side), at, rounded(side, side, side // 2))
