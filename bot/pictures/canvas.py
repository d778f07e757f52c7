"""What all drawn pictures begin and end with: a ground in the theme's colours, panels, short numbers, PNG bytes."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw

from bot.pictures.avatar import rounded
from bot.pictures.themes import Theme

COMPRESSION = 6
_STEPS = ((10**18, "E"), (10**15, "P"), (10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K"))


@lru_cache(maxsize=8)
def _ground(size: tuple[int, int], theme: Theme) -> Image.Image:
    """From `paper` to `deep` downward, with two large rings in the corner: flat, so that it packs well."""
    wide, high = size
    fade = Image.linear_gradient("L").resize(size)
    image = Image.composite(Image.new("RGB", size, theme.deep), Image.new("RGB", size, theme.paper), fade)
    rings = Image.new("L", (wide, high), 0)
    draw = ImageDraw.Draw(rings)
    for radius, light in ((430, 9), (300, 13), (170, 17)):
        draw.ellipse((wide - radius - 40, -radius + 20, wide + radius - 40, radius + 20), light)
    image.paste(theme.accent, (0, 0), rings)
    return image


def canvas(size: tuple[int, int], theme: Theme) -> Image.Image:
    """A fresh ground to draw on."""
    return _ground(size, theme).copy()


def panel(
    image: Image.Image, box: tuple[int, int, int, int], theme: Theme, *, radius: int = 24, fill: str = ""
) -> None:
    """A raised surface: `box` is left, top, width and height in pixels."""
    left, top, wide, high = box
    image.paste(fill or theme.panel, (left, top), rounded(wide, high, radius))


def compact(number: int) -> str:
    """A number in at most five signs below 10**21: 12,345,678 is 12.3M. Rounded down."""
    if number < 0:
        return f"-{compact(-number)}"
    for unit, sign in _STEPS:
        if number >= unit:
            tenths = number * 10 // unit
            return f"{tenths // 10:,}{sign}" if tenths >= 1000 or tenths % 10 == 0 else f"{tenths / 10:.1f}{sign}"
    return str(number)


def png(image: Image.Image) -> bytes:
    """The picture's file. The same picture gives the same bytes."""
    out = BytesIO()
    image.save(out, "PNG", compress_level=COMPRESSION)
    return out.getvalue()
