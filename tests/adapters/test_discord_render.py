"""Replies on Discord: within every limit, nothing lost, and what members wrote is shown to the letter."""

import re

import discord
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.discord import markup, render
from bot.reply import Attachment, Blank, Button, Field, Form, Reply, Table

HOSTILE = (
    "\u202eevil\u202d",
    "z" + "\u0301" * 40 + "algo",
    "nul\0byte",
    "@everyone and @here",
    "<@&1> <@2> <#3> <t:0> </rank:1> <:x:1>",
    "[x](javascript:alert(1)) [y](https://evil.example)",
    "</b><script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "**bold** __under__ ~~gone~~ ||spoiler|| `code` ```block```",
    "# title\n-# small\n- list\n1. one\n> quote",
    "\ud800lone",
    "😀" * 50,
    "\ufdfa" * 20,
)
TEXT = st.text(st.one_of(st.sampled_from("*_~|`<>[]()#\\@ \n\0😀中e\u202e\ud800"), st.characters()), max_size=400)
LONG = st.builds(lambda text, times: text * times, TEXT, st.integers(0, 40))
FIELD = st.builds(Field, name=TEXT, value=LONG)
TABLE = st.integers(1, 4).flatmap(
    lambda columns: st.builds(
        Table,
        header=st.tuples(*[TEXT] * columns),
        rows=st.lists(st.tuples(*[TEXT] * columns), max_size=12).map(tuple),
        numeric=st.sampled_from([(), (0,)]),
    )
)
BUTTON = st.builds(
    Button,
    label=TEXT,
    command=st.sampled_from(["", "rank", "setup show"]),
    url=st.sampled_from(["", "https://example.org", "javascript:alert(1)"]),
    off=st.booleans(),
)
REPLY = st.builds(
    Reply,
    text=LONG,
    title=TEXT,
    fields=st.lists(FIELD, max_size=30).map(tuple),
    table=st.none() | TABLE,
    buttons=st.lists(st.lists(BUTTON, max_size=7).map(tuple), max_size=7).map(tuple),
    image=st.none() | st.just(Attachment(name="a/../b c.png", data=b"png", alt="a picture")),
    file=st.none() | st.just(Attachment(name="b_c.png", data=b"other")),
)

BIG = Reply(
    title="T*" * 300,
    text="word [x] " * 2000,
    fields=(
        *(Field(name=f"n{n}", value=f"v{n}") for n in range(30)),
        Field(name="N_" * 300, value="V" * 3000),
        *(Field(name=f"m{n}", value="w " * 500) for n in range(10)),
    ),
    table=Table(header=("a", "b"), rows=(("cell " * 30, "1"),) * 60),
)


def bare(text: str) -> str:
    """The characters that matter."""
    return re.sub(
        r"[\s`]", "", markup._DIRECTION.sub("", markup.clean(text)).replace(markup.SPACE, "").replace("\\", "")
    )


def everything(drafts: list[render.Draft]) -> str:
    parts: list[str] = []
    for draft in drafts:
        parts.append(draft.content)
        if draft.embed is not None:
            parts += [draft.embed.title or "", draft.embed.description or ""]
            parts += [f"{one.name}{one.value}" for one in draft.embed.fields]
    return bare("".join(parts))


@settings(max_examples=150, deadline=None)
@given(REPLY)
@example(BIG)
def test_every_draft_is_within_discords_limits(reply: Reply) -> None:
    for draft in render.drafts(reply):
        assert 0 < markup.size(draft.content) <= 2000 or draft.embed is not None
        if draft.embed is not None:
            embed = draft.embed
            assert markup.size(embed.title or "") <= 256
            assert markup.size(embed.description or "") <= 4096
            assert len(embed.fields) <= 25
            sizes = [(markup.size(one.name or ""), markup.size(one.value or "")) for one in embed.fields]
            assert all(0 < name <= 256 and 0 < value <= 1024 for name, value in sizes)
            assert all((one.name or "").strip() and (one.value or "").strip() for one in embed.fields)
            assert markup.size(embed.title or "") + markup.size(embed.description or "") + sum(map(sum, sizes)) <= 6000
        rows = draft.rows
        assert len(rows) <= 5
        assert all(len(row) <= 5 for row in rows)
        payload: dict[str, object] = {"content": draft.content, "embed": draft.embed and draft.embed.to_dict()}
        view = draft.view()
        if view is not None:
            payload["components"] = view.to_components()
            buttons = [one for one in view.children if isinstance(one, discord.ui.Button)]
            codes = [one.custom_id for one in buttons if one.custom_id]
            assert len(codes) == len(set(codes))
            assert all(len(one) <= 100 for one in codes)
            assert not [
                one for one in view.children if isinstance(one, discord.ui.Button) and "java" in (one.url or "")
            ]
        names = [file.filename for file in draft.files()]
        assert len(names) == len(set(names))
        orjson.dumps(payload)  # discord.py's own encoder: it refuses half a surrogate pair


@settings(max_examples=150, deadline=None)
@given(LONG, st.lists(FIELD, max_size=30).map(tuple), TEXT)
@example(BIG.text, BIG.fields, BIG.title)
def test_nothing_is_lost(text: str, fields: tuple[Field, ...], title: str) -> None:
    written = everything(render.drafts(Reply(text=text, title=title, fields=fields)))
    wanted = "".join([title, text, *(f"{one.name}{one.value}" for one in fields)])
    assert written == bare(wanted)


@settings(max_examples=60, deadline=None)
@given(TABLE)
def test_every_cell_of_a_table_is_there(table: Table) -> None:
    (first, *rest) = render.drafts(Reply(table=table))
    shown = everything([first, *rest])
    for cell in (*table.header, *(cell for row in table.rows for cell in row)):
        for char in set(bare(cell)):
            assert char in shown


def test_columns_line_up_with_chinese_names() -> None:
    table = Table(header=("#", "Name"), rows=(("1", "小明"), ("10", "Ann")), numeric=(0,))
    (block,) = render.table(table)
    assert block.splitlines()[1:-1] == [" #  Name", "──  ────", " 1  小明", "10  Ann"]


def test_a_long_reply_is_cut_where_lines_end() -> None:
    pieces = list(markup.pieces("\n".join(["word " * 19] * 100), 2000))
    assert len(pieces) == 5
    assert all(piece.startswith("word") for piece in pieces)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_to_the_letter(text: str) -> None:
    shown = markup.escape(text)
    assert not re.search(r"(?<!\\)[*_~|`<>\[\]]", shown)
    assert "@everyone" not in shown
    assert "@here" not in shown
    assert not re.search(r"^\s*(#|- |-#|\d+\.|>)", shown, re.MULTILINE)
    assert bare(shown) == bare(text)
    orjson.dumps(shown)


def test_an_address_stays_one_in_a_reply_and_is_none_in_a_notice() -> None:
    link = "https://pay.example.org/a_b_c?x=1"
    assert link in markup.escape(f"Pay at {link}!")
    assert "://" not in render.notice(f"🎉 {link} has reached level 2!")


def test_a_code_block_can_not_be_left() -> None:
    (block,) = render.table(Table(header=("a",), rows=(("```\n@everyone ```",),)))
    assert block.count("```") == 2
    assert "@everyone" not in block


def test_a_form_fits_a_modal() -> None:
    blanks = (
        Blank(name="text", label="L" * 90, value="v" * 900, hint="h" * 300, most=50, required=False),
        Blank(name="pick", label="Pick", value="b", choices=(("a", "A"), ("b", "B"))),
        Blank(name="essay", label="Essay", lines=5, most=9000),
    )
    shown = render.modal(Form(title="T" * 90, command="setup community", blanks=blanks, options={"x": 1}))
    payload = shown.to_dict()
    assert payload["custom_id"] == "setup community&x=1"
    assert len(payload["title"]) == 45
    assert [len(one["label"]) for one in payload["components"]] == [45, 4, 5]
    text, pick, essay = (one["component"] for one in payload["components"])
    assert (len(text["value"]), text["max_length"], len(text["placeholder"])) == (50, 50, 100)
    assert [one["default"] for one in pick["options"]] == [False, True]
    assert (essay["style"], essay["max_length"]) == (2, 4000)
