"""The packaged fonts write what members are called, without any font of the system."""

import pytest
from PIL import ImageFont

from bot.pictures.fonts import ALPHABETS, BOLD, EMOJI, FACES, LATIN_BOLD, OTHERS, REGULAR, text_fonts
from bot.pictures.writing import clusters, covered

NAMES = "镕喆堃珺玥翀赟彧犇淼"
"""Of given names; most are not in GB 2312."""


def test_what_regular_and_bold_can_write() -> None:
    common = "林小溪读书会排行榜等级积分口碑分金币连续打卡天数徽章转生体验场"
    assert {ord(char) for char in common + "Ångström Ελλα Привет 1,234 #%·…「」！？"} <= covered(BOLD)
    assert {ord(char) for char in common + NAMES + "灣體驗龍鬱さくらカタ김민준ㄅㄆ"} <= covered(REGULAR)
    assert {ord(char) for char in "Żółć Nguyễn Ελλάδα Ђорђе"} <= covered(LATIN_BOLD)
    assert sum(0x4E00 <= code <= 0x9FFF for code in covered(REGULAR)) == 20_902
    assert sum(0x4E00 <= code <= 0x9FFF for code in covered(BOLD)) == 6_763


@pytest.mark.parametrize("path", [REGULAR, BOLD, LATIN_BOLD, EMOJI, *ALPHABETS, *OTHERS], ids=lambda path: path.stem)
def test_a_covered_character_is_not_an_empty_box(path: object) -> None:
    font = ImageFont.truetype(path, 40, layout_engine=ImageFont.Layout.BASIC)  # type: ignore[arg-type]
    box = _drawn(font, "\U0010fffd")
    others = dict(zip((*ALPHABETS, *OTHERS), ("Łễέ", "مر", "של", "กข", "कख", "Ա♞", "𝓕𝕬𝔸"), strict=True))
    sample = {REGULAR: NAMES + "A九김さ", BOLD: "A九é", LATIN_BOLD: "Łễέ", EMOJI: "🔥🏆🪙", **others}
    for char in sample[path]:  # type: ignore[index]
        assert _drawn(font, char) not in (box, _drawn(font, " ")), char


def _drawn(font: ImageFont.FreeTypeFont, char: str) -> bytes:
    mask = font.getmask(char, "L")
    return repr(mask.size).encode() + bytes(mask)


def test_every_sequence_of_emoji_has_its_picture() -> None:
    sequences = (FACES / "emoji.txt").read_text("utf-8").splitlines()
    assert len(sequences) == len(set(sequences)) == 2307
    for n, sequence in enumerate(sequences):
        assert [(piece.text, piece.path) for piece in clusters(sequence)] == [(chr(0xF0000 + n), EMOJI)]
        assert 0xF0000 + n in covered(EMOJI)


def test_sizes_and_licences() -> None:
    assert sum(path.stat().st_size for path in FACES.iterdir()) < 10_000_000
    licence = (FACES / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
    for path in (*text_fonts(bold=True), EMOJI):
        family, _ = ImageFont.truetype(path, 20).getname()
        assert path in OTHERS or f"{family}".split(" ")[0] == "Lyceum"
    assert {path.name for path in FACES.iterdir()} == {
        path.name for path in (*text_fonts(bold=True), EMOJI) if path not in OTHERS
    } | {"OFL.txt", "CC-BY-4.0.md", "README.md", "emoji.txt"}
