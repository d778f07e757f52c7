"""Replies as Telegram's HTML: within its limits, whatever is in them. Each page is read back by the fake's parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.telegram.render import clean, grid, render, where
from bot.reply import BUTTON_LIMIT, Attachment, Button, Field, Reply, Table
from bot.text import display_width
from tests.fakes.telegram_html import parse, units

HOSTILE = (
    "</b><script>alert(1)</script>", "<b>", "&lt;", "&#x3c;", "&", "a < b > c & d", "[x](javascript:alert(1))",
    "@everyone", "@channel_owner", "<@&1>", "\u202eevil\u202c", "\u2067x", "a\u0300" * 3000, "\x00",
    "\x1b[31m", "\ud800", "\udfff\ud800",
    "𝕏" * 5000, "word " * 3000, "\n" * 5000, "=cmd|' /C calc'!A0", "{0.__class__}", "%s", "\u200b", " ", "", "*_`~||",
    "\ufdfa" * 4096, "👨‍👩‍👧‍👦" * 800, "</pre>", "<a href='tg://user?id=1'>x</a>",
    " ".join(f"w{n}" for n in range(4000)),
)  # fmt: skip
PICTURE = Attachment(name="a.png", data=b"png")


def read(reply: Reply) -> list[tuple[str, list[dict[str, object]]]]:
    """Every page as Telegram would show it; what it would refuse fails here."""
    shown = []
    for page in render(reply):
        page.html.encode()  # no half characters
        text, entities = parse(page.html)
        assert units(text) <= (1024 if page.photo or page.file else 4096)
        assert text.strip() or page.photo or page.file
        assert "\x00" not in text
        shown.append((text, entities))
    return shown


def everywhere(text: str) -> Reply:
    return Reply(
        title=text,
        text=text,
        fields=(Field(name=text, value=text), Field(name="x", value=text)),
        table=Table(header=("#", text), rows=(("1", text), (text, "2")), numeric=(0,)),
        buttons=((Button(label=text, command="rank"),),),
    )


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("media", [False, True])
def test_hostile_text_becomes_no_markup_and_calls_nobody(text: str, media: bool) -> None:
    reply = everywhere(text)
    if media:
        reply = Reply(title=text, text=text, fields=reply.fields, image=PICTURE, file=PICTURE)
    for shown, entities in read(reply):
        assert {entity["type"] for entity in entities} <= {"bold", "pre", "bot_command"}
        assert not {"\u202e", "\u2067"} & set(shown)


@given(st.text(max_size=6000), st.text(max_size=200))
def test_any_text_is_shown_whole_within_the_limits(text: str, name: str) -> None:
    shown = "".join(part for part, _ in read(Reply(text=text, fields=(Field(name=name, value=name),))))
    kept = "".join(clean(text).split())
    assert kept in "".join(shown.split())


def test_a_title_fields_and_text_read_like_this() -> None:
    ((text, entities),) = read(
        Reply(title="Ann & Bea", text="1 < 2", fields=(Field(name="Level", value="3"), Field(name="Why", value="a\nb")))
    )
    assert text == "Ann & Bea\n1 < 2\n\nLevel: 3\nWhy\na\nb"
    assert [entity["type"] for entity in entities] == ["bold", "bold", "bold"]


def test_a_long_reply_is_split_at_the_ends_of_lines_and_the_buttons_are_under_the_last() -> None:
    lines = [f"line {n:04d} " + "x" * 50 for n in range(300)]
    pages = render(Reply(text="\n".join(lines), buttons=((Button(label="more", command="help"),),)))
    assert [line for page in pages for line in page.html.split("\n")] == lines
    assert [bool(page.keys) for page in pages] == [False] * (len(pages) - 1) + [True]


def test_a_table_stands_in_columns_with_chinese_in_it() -> None:
    table = Table(header=("#", "成员", "Points"), rows=(("1", "奥拉", "1,200"), ("10", "Ann", "7")), numeric=(0, 2))
    assert grid(table) == [" #  成员  Points", " 1  奥拉   1,200", "10  Ann        7"]
    assert len({display_width(line) for line in grid(table)}) == 1
    ((_, entities),) = read(Reply(table=table))
    assert [entity["type"] for entity in entities] == ["pre"]


def test_a_picture_has_a_short_text_for_its_caption_and_follows_a_long_one() -> None:
    (page,) = render(Reply(text="short", image=PICTURE))
    assert (page.html, page.photo) == ("short", PICTURE)
    first, *_, last = render(Reply(text="long " * 500, image=PICTURE))
    assert (first.photo, last.photo, last.html) == (None, PICTURE, "")


def test_buttons_keep_their_group_where_there_is_room() -> None:
    rows = ((Button(label="a", command="setup show"), Button(label="b", command="x" * BUTTON_LIMIT)),)
    (page,) = render(Reply(text="x", buttons=rows), "-1001000000001")
    short, full = page.keys[0]
    assert where(short.data) == ("setup show", "-1001000000001")
    assert where(full.data) == ("x" * BUTTON_LIMIT, "")
    assert len(short.data.encode()) <= BUTTON_LIMIT


@pytest.mark.parametrize("data", ["rank&@=", "rank&@=!", "rank&@=é", "rank&@=" + "z" * 50, "rank&@=&@=x"])
def test_a_forged_group_is_none(data: str) -> None:
    assert where(data) == ("rank", "")


def test_only_what_can_be_pressed_is_shown() -> None:
    row = (
        Button(label="off", command="rank", off=True),
        Button(label="evil", url="javascript:alert(1)"),
        *(Button(label=str(n), command="rank") for n in range(10)),
    )
    (page,) = render(Reply(text="x", buttons=(row,)))
    assert [[key.label for key in keys] for keys in page.keys] == [list("01234567"), list("89")]
