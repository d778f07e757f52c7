"""Levels of other products, read: each recorded shape of a file, and all that can't be taken, with its reason."""

from pathlib import Path

import pytest

from bot.adapters.levels import PRODUCTS, Choices, LevelsError, Reading, read

FILES = Path(__file__).parent.parent / "payloads" / "levels"
A, B, C = "112233445566778801", "112233445566778802", "112233445566778803"
GUILD = "998877665544332211"
NO_CURVE = "and no XP, and I don't know by which curve: say --curve, one of mee6, lurkr, amari, levelup, polaris."


def reading(name: str, **choices: str) -> Reading:
    given = Choices(guilds=(GUILD,), **choices)
    return read((FILES / name).read_bytes(), given)


READ = {
    "mee6.json": ("mee6", GUILD, {A: 7017, B: 255}),
    "mee6-pages.json": ("mee6", "", {A: 7017, B: 275}),
    "levelup-server.json": ("levelup", "", {A: 2500, C: 100}),
    "levelup-all.json": ("levelup", GUILD, {A: 900}),
    "levelup-red.json": ("levelup", GUILD, {A: 400}),
    "lurkr.json": ("lurkr", GUILD, {A: 1900}),
    "lurkr.csv": ("list", "", {A: 1900, B: 120}),
    "arcane.json": ("arcane", "", {A: 10450, B: 610}),
    "amari.json": ("amari", "", {A: 540, B: 35}),
    "list.json": ("list", "", {A: 4200, B: 17}),
    "carlbot.json": ("list", "", {A: 4675}),
}


@pytest.mark.parametrize("name", READ)
def test_a_file_is_known_by_its_keys_and_total_xp_is_read(name: str) -> None:
    found = reading(name)
    assert (found.product, found.guild, {row.user: row.xp for row in found.rows}) == READ[name]


def test_every_recorded_file_is_tried() -> None:
    assert {path.name for path in FILES.iterdir()} == {*READ, "levels-only.csv", "damaged.json", "rounded.csv"}


def test_names_levels_and_who_is_left_out() -> None:
    found = reading("mee6.json")
    assert [(row.line, row.name, row.level, row.reckoned) for row in found.rows] == [
        (1, "ann", 11, False),
        (2, "薄", 2, False),
    ]
    assert (found.nothing, found.bots, found.doubles, found.rejected) == (1, 0, 0, ())
    assert (reading("lurkr.json").bots, reading("lurkr.json").rows[0].name) == (1, "ann")
    assert reading("mee6-pages.json").doubles == 1
    assert reading("levelup-server.json").nothing == 1


def test_carl_bot_calls_a_total_one_level_less_than_mee6() -> None:
    """What Carl-bot calls level 9, 4,675 XP, MEE6 calls 10: the total is what counts, and its level 1 begins at 255."""
    rows = {row.user: (row.xp, row.level, row.reckoned) for row in reading("carlbot.json", product="carlbot").rows}
    assert rows == {A: (4675, 9, False), B: (255, 1, True)}
    mee6, carl = PRODUCTS["mee6"].curve, PRODUCTS["carlbot"].curve
    assert mee6 is not None
    assert carl is not None
    assert [carl(level) for level in (1, 2, 9, 99)] == [mee6(level) for level in (2, 3, 10, 100)]
    assert mee6(100) == 1_899_250


@pytest.mark.parametrize(
    ("choices", "xp"),
    [
        ({"product": "mee6"}, 4675),
        ({"product": "carlbot"}, 5775),
        ({"product": "levelup"}, 10_000),
        ({"product": "lurkr"}, 4150),
        ({"product": "amari"}, 1655),
        ({"product": "arcane", "curve": "polaris"}, 7000),
    ],
)
def test_where_only_levels_are_told_the_products_own_curve_says_what_they_take(
    choices: dict[str, str], xp: int
) -> None:
    found = reading("levels-only.csv", **choices)
    assert [(row.user, row.xp, row.reckoned) for row in found.rows] == [(A, xp, True)]
    assert found.nothing == 1


def test_a_level_without_a_known_curve_is_refused() -> None:
    found = reading("levels-only.csv")
    assert found.rows == ()
    assert [one.why.format(**one.values) for one in found.rejected] == [f"It says level 10 {NO_CURVE}"]


def test_what_cant_be_taken_is_told_by_its_number_and_why() -> None:
    found = reading("damaged.json")
    assert [(row.user[-2:], row.xp) for row in found.rows] == [("09", 12_345), ("01", 700)]
    assert (found.doubles, found.bots) == (1, 1)
    assert [(one.line, one.why.format(**one.values)) for one in found.rejected] == [
        (3, "@bo is no user id of discord."),
        (4, "The id 1.12e+17 was rounded by a spreadsheet program: export the file again and don't open it in one."),
        (5, "It does not say who it is."),
        (6, "It says -5 XP: nobody has less than none."),
        (7, "lots is no number of XP."),
        (8, "It says 10000000000000 XP: nobody has that much."),
        (9, "It says neither XP nor a level."),
        (10, f"It says level 4 {NO_CURVE}"),
        (12, "It does not say who it is."),
        (14, "It does not say who it is."),
    ]
    rounded = reading("rounded.csv")
    assert [(row.user, row.xp) for row in rounded.rows] == [(A, 1250)]
    assert rounded.rejected[0].values == {"cell": "1.12233E+17"}


def test_of_several_servers_the_communitys_is_read() -> None:
    data = (FILES / "levelup-all.json").read_bytes()
    assert [row.user for row in read(data, Choices(guilds=("1",))).rows] == [C]
    with pytest.raises(LevelsError, match="I don't know this format"):
        read(data, Choices(guilds=("5",)))


def test_telegram_ids_are_shorter() -> None:
    data = b"id,xp\n12345678,10\n"
    assert [row.user for row in read(data, Choices(platform="telegram")).rows] == ["12345678"]
    assert len(read(data, Choices(platform="discord")).rejected) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "There is nobody in the file."),
        (b"[]", "There is nobody in the file."),
        (b"{", "The file is no JSON"),
        (b'{"a": 1}', "I don't know this format. I know: MEE6, Carl-bot"),
        (b"[" * 100_000, "The file is no JSON"),
        (b"name,messages\nann,3\n", "It needs a column with user ids"),
        (b'id,xp\n"1,2\n', "The file is no CSV"),
        (b"PK\x03\x04", "This is a spreadsheet"),
        (b"{\xff\xfe", "The letters can't be read"),
    ],
)
def test_what_is_no_file_of_levels_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(LevelsError) as told:
        read(data, Choices())
    assert told.value.message.format(**told.value.values).startswith(words)


@pytest.mark.parametrize("choices", [{"product": "tatsu"}, {"curve": "steep"}])
def test_an_unknown_product_or_curve_is_refused(choices: dict[str, str]) -> None:
    with pytest.raises(LevelsError, match="choose one of"):
        reading("list.json", **choices)
