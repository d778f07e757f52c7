"""The fonts of all pictures. They are in the package: a picture looks the same on every machine, without a network.

`REGULAR` and `BOLD` write Chinese, Japanese, Korean and plain Latin, Greek and Cyrillic; `ALPHABETS` the rest of these,
Arabic, Hebrew, Thai and Devanagari; `EMOJI` is in colour; `OTHERS` come with matplotlib and write what else people
adorn their names with. Where they come from and under which licence: `faces/README.md`.
"""

from importlib.util import find_spec
from pathlib import Path

FACES = Path(__file__).parent / "faces"
FAMILY = "Lyceum Sans"
REGULAR = FACES / "LyceumSans-Regular.otf"
BOLD = FACES / "LyceumSans-Bold.otf"
"""Has the 6,763 characters of GB 2312; what it lacks, `REGULAR` has."""
LATIN_BOLD = FACES / "LyceumSansLatin-Bold.ttf"
ALPHABETS = tuple(
    FACES / f"LyceumSans{script}-Regular.ttf" for script in ("Latin", "Arabic", "Hebrew", "Thai", "Devanagari")
)
BOLDS = frozenset({BOLD, LATIN_BOLD})
EMOJI = FACES / "LyceumEmoji.ttf"
"""COLR version 0: Pillow draws it by `embedded_color=True` in any size."""


def matplotlib_fonts() -> Path:
    """The folder of the fonts that come with matplotlib; found without importing it, which would take a second."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise RuntimeError("matplotlib is not installed: install lyceum again with what it needs.")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


OTHERS = (matplotlib_fonts() / "DejaVuSans.ttf", matplotlib_fonts() / "STIXGeneral.ttf")


def text_fonts(*, bold: bool = False) -> tuple[Path, ...]:
    """Fonts of text by preference: a character is drawn in the first that has it."""
    return (BOLD, LATIN_BOLD, REGULAR, *ALPHABETS, *OTHERS) if bold else (REGULAR, *ALPHABETS, *OTHERS)


def emoji_font() -> Path:
    return EMOJI
