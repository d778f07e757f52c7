"""Makes the fonts in `bot/pictures/faces/`: once by hand, when their sources have a new version.

The text comes from Debian's packages `fonts-noto-cjk` and `fonts-noto-core`, cut down to what names are written in; the
emoji from the file `twemoji.woff2` of the npm package `twemoji-colr-font`:

    cd /usr/share/fonts && python -m tools.build_fonts opentype/noto truetype/noto package/twemoji.woff2

The families are renamed, because a changed font must not bear the name of its source. Needs fonttools and brotli.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

FACES = Path(__file__).parent.parent / "bot" / "pictures" / "faces"
SIMPLIFIED = 2
"""Which face of the collection draws a character as it is written in mainland China."""
RANGES = (
    (0x20, 0x7F),
    (0xA0, 0x250),  # Latin
    (0x2B0, 0x530),  # marks, Greek, Cyrillic
    (0x1E00, 0x2E00),  # Vietnamese, punctuation, symbols
    (0x3000, 0x3400),  # kana, bopomofo, enclosed characters
    (0xFE30, 0xFE70),
    (0xFF00, 0xFFF0),
)
COMMON = ("gb2312",)
EVERY = ("gbk", "big5", "shift_jis", "euc_kr")
"""GBK has the characters of given names that GB 2312 lacks (镕, 喆, 堃); the others those of its neighbours."""
PRIVATE = 0xF0000
FEATURES = ["ccmp", "kern", "mark", "mkmk"]
SCRIPTS = {
    "Latin": ((0x20, 0x590), (0x1C80, 0x2190), (0x2C60, 0x2C80), (0xA640, 0xA6A0), (0xA720, 0xA800)),
    "Arabic": ((0x20, 0x40), (0x600, 0x780), (0x8A0, 0x900), (0xFB50, 0xFE00), (0xFE70, 0xFF00)),
    "Hebrew": ((0x20, 0x40), (0x590, 0x600), (0xFB1D, 0xFB50)),
    "Thai": ((0x20, 0x40), (0xE00, 0xE80)),
    "Devanagari": ((0x20, 0x40), (0x900, 0x980), (0xA8E0, 0xA900)),
}
"""Alphabets that the Chinese font has not, or not all of, by what their own Noto Sans is called."""


def charset(codecs: Iterable[str]) -> set[int]:
    """The code points that two bytes of these encodings stand for, and `RANGES`."""
    found = {code for low, high in RANGES for code in range(low, high)}
    for codec in codecs:
        for lead in range(0x81, 0xFF):
            for trail in range(0x40, 0xFF):
                text = bytes((lead, trail)).decode(codec, "ignore")
                if len(text) == 1 and ord(text) > 0x7F:
                    found.add(ord(text))
    return found


def renamed(font: TTFont, family: str, style: str) -> None:
    """Names the font anew; copyright, trademark, licence and its address stay as they are."""
    names = font["name"]
    names.names = [one for one in names.names if one.nameID in {0, 7, 13, 14} and one.platformID == 3]
    postscript = f"{family.replace(' ', '')}-{style}"
    for number, text in {1: family, 2: style, 3: postscript, 4: f"{family} {style}", 5: "Version 1.0"}.items():
        names.setName(text, number, 3, 1, 0x409)
    names.setName(postscript, 6, 3, 1, 0x409)
    if "CFF " in font:
        table = font["CFF "].cff
        table.fontNames = [postscript]
        table.topDictIndex[0].FamilyName, table.topDictIndex[0].FullName = family, f"{family} {style}"


def text(source: Path, style: str, codecs: Iterable[str]) -> None:
    """Cuts a Noto Sans CJK down to `codecs`, without hints: at the sizes of a picture they change nothing."""
    font = TTFont(source / f"NotoSansCJK-{style}.ttc", fontNumber=SIMPLIFIED)
    options = subset.Options(hinting=False, layout_features=FEATURES, name_IDs=["*"], name_languages=["*"])
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]
    cut = subset.Subsetter(options)
    cut.populate(unicodes=charset(codecs))
    cut.subset(font)
    renamed(font, "Lyceum Sans", style)
    font["OS/2"].usWeightClass = 700 if style == "Bold" else 400
    font.save(FACES / f"LyceumSans-{style}.otf")


def alphabet(source: Path, script: str, style: str) -> None:
    """Cuts a Noto Sans down to one alphabet, with all that shapes it."""
    font = TTFont(source / f"NotoSans{script.removeprefix('Latin')}-{style}.ttf")
    cut = subset.Subsetter(subset.Options(hinting=False, name_IDs=["*"], name_languages=["*"]))
    cut.populate(unicodes=[code for low, high in SCRIPTS[script] for code in range(low, high)])
    cut.subset(font)
    renamed(font, f"Lyceum Sans {script}", style)
    font.save(FACES / f"LyceumSans{script}-{style}.ttf")


def emoji(source: Path) -> None:
    """Unpacks the emoji and gives each a box: Pillow leaves as much room as the outline without colour takes: none."""
    font = TTFont(source)
    font.flavor = None
    glyphs, metrics = font["glyf"], font["hmtx"]
    for name, layers in font["COLR"].ColorLayers.items():
        parts = [glyphs[layer.name] for layer in layers if glyphs[layer.name].numberOfContours]
        left, right = min(part.xMin for part in parts), max(part.xMax for part in parts)
        bottom, top = min(part.yMin for part in parts), max(part.yMax for part in parts)
        pen = TTGlyphPen(None)
        pen.moveTo((left, bottom))
        for corner in ((left, top), (right, top), (right, bottom)):
            pen.lineTo(corner)
        pen.closePath()
        glyphs[name] = pen.glyph()
        metrics[name] = (metrics[name][0], left)
    numbered(font)
    font["post"].formatType = 3.0
    for table in ("FFTM", "GDEF", "GSUB", "cvt ", "gasp"):
        del font[table]
    renamed(font, "Lyceum Emoji", "Regular")
    font.save(FACES / "LyceumEmoji.ttf")


def numbered(font: TTFont) -> None:
    """Gives each sequence (a flag, a family, a skin) a private code point and writes down which, in `emoji.txt`.

    So a sequence is found by looking it up, and not by shaping, for which Pillow needs a library of the system.
    Line n of the file is the sequence of U+F0000 + n, without the signs U+FE0F that ask for a picture.
    """
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    found: dict[str, str] = {}
    for first, ligatures in font["GSUB"].table.LookupList.Lookup[0].SubTable[0].ligatures.items():
        for ligature in ligatures:
            sequence = "".join(letters[glyph] for glyph in (first, *ligature.Component))
            found.setdefault(sequence.replace("\ufe0f", ""), ligature.LigGlyph)
    sequences = sorted(sequence for sequence in found if len(sequence) > 1)
    table = CmapSubtable.newSubtable(12)
    table.platformID, table.platEncID, table.format, table.reserved, table.length, table.language = 3, 10, 12, 0, 0, 0
    table.cmap = {code: glyph for code, glyph in font.getBestCmap().items() if code >= 0x20}
    table.cmap |= {PRIVATE + n: found[sequence] for n, sequence in enumerate(sequences)}
    font["cmap"].tables = [table]
    (FACES / "emoji.txt").write_text("\n".join(sequences) + "\n", encoding="utf-8")


def main() -> int:
    chinese, others, twemoji = map(Path, sys.argv[1:4])
    emoji(twemoji)
    for script in SCRIPTS:
        alphabet(others, script, "Regular")
    alphabet(others, "Latin", "Bold")
    text(chinese, "Bold", COMMON)
    text(chinese, "Regular", EVERY)
    for face in sorted(FACES.glob("*.[ot]tf")):
        print(f"{face.name}: {face.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
