"""Pictures that commands answer with, drawn by Pillow: numbers and shapes only, so that no script lacks a font.

Drawing takes some milliseconds of a processor: call it by `asyncio.to_thread`, never on the event loop.
"""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

SIZE = (900, 240)
OVERSAMPLED = 2
"""Drawn this much larger and scaled down: smooth edges."""
COLOURS = 64
"""So few are used that a palette does: a third of the bytes."""
PAPER, INK, DIM, LINE, ACCENT = "#111827", "#f9fafb", "#9ca3af", "#374151", "#f59e0b"


def rank_card(level: int, done: int, needed: int, points: int, place: int) -> bytes:
    """A PNG of 900 x 240: the level in a ring, the way to the next as a bar, points and place (0 is none yet)."""
    scale = OVERSAMPLED
    image = Image.new("RGB", (SIZE[0] * scale, SIZE[1] * scale), PAPER)
    draw = ImageDraw.Draw(image)
    share = min(max(done / needed, 0.0), 1.0)
    ring = [40 * scale, 40 * scale, 200 * scale, 200 * scale]
    draw.arc(ring, 0, 360, LINE, 14 * scale)
    if share:
        draw.arc(ring, -90, -90 + 360 * share, ACCENT, 14 * scale)
    centre = (120 * scale, 120 * scale)
    draw.text(centre, f"{level:,}", INK, ImageFont.load_default(_fitting(level) * scale), anchor="mm")
    draw.text((240 * scale, 78 * scale), f"{points:,}", INK, ImageFont.load_default(54 * scale), anchor="lm")
    if place:
        draw.text((860 * scale, 78 * scale), f"#{place:,}", ACCENT, ImageFont.load_default(54 * scale), anchor="rm")
    bar = [240 * scale, 128 * scale, 860 * scale, 156 * scale]
    draw.rounded_rectangle(bar, 14 * scale, LINE)
    if share:
        end = bar[0] + max((bar[2] - bar[0]) * share, 28 * scale)
        draw.rounded_rectangle([bar[0], bar[1], end, bar[3]], 14 * scale, ACCENT)
    small = ImageFont.load_default(28 * scale)
    draw.text((240 * scale, 188 * scale), f"{done:,} / {needed:,}", DIM, small, anchor="lm")
    draw.text((860 * scale, 188 * scale), f"{level + 1:,}", DIM, small, anchor="rm")
    out = BytesIO()
    image.resize(SIZE, Image.Resampling.LANCZOS).quantize(COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()


def _fitting(level: int) -> int:
    return 72 if level < 100 else 48
