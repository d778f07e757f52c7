"""Buttons as strings and back, and long texts in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reply import BUTTON_LIMIT, Button, Option, code, decode, split
from tests.hostile import HOSTILE

values = st.text(max_size=20) | st.integers(-(10**6), 10**6) | st.booleans()
names = st.text(st.characters(categories=["Ll"], max_codepoint=127), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("button", "text"),
    [
        (Button(label="x", command="rank"), "rank"),
        (Button(label="x", command="leaderboard", options={"page": 2}), "leaderboard&page=2"),
        (Button(label="x", command="mydata delete", options={"sure": True}), "mydata delete&sure=True"),
        (Button(label="x", command="a", options={"b": "c&d=e"}), "a&b=c%26d=e"),
    ],
)
def test_a_button_as_a_string(button: Button, text: str) -> None:
    assert code(button) == text


@given(st.sampled_from(["rank", "mydata delete"]), st.dictionaries(names, values, max_size=3))
def test_a_button_comes_back_as_it_was_or_is_refused(command: str, options: dict[str, Option]) -> None:
    try:
        text = code(Button(label="x", command=command, options=options))
    except (ValueError, UnicodeError):
        shown = "&".join([command, *(f"{name}={value}" for name, value in options.items())])
        assert len(shown.encode("utf-8", "surrogatepass").replace(b"&", b"%26")) > BUTTON_LIMIT or not _plain(options)
        return
    assert len(text.encode()) <= BUTTON_LIMIT
    assert decode(text) == (command, {name: str(value) for name, value in options.items()})


def _plain(options: dict[str, Option]) -> bool:
    return not any("\ud800" <= char <= "\udfff" for value in options.values() for char in str(value))


@given(st.text() | st.sampled_from(list(HOSTILE.values())))
def test_a_forged_string_is_never_more_than_a_command_that_may_not_exist(text: str) -> None:
    path, options = decode(text)
    assert isinstance(path, str)
    assert all(isinstance(value, str) for value in options.values())


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("", 5, [""]),
        ("abcde", 5, ["abcde"]),
        ("abcdef", 5, ["abcde", "f"]),
        ("ab cd ef", 5, ["ab", "cd ef"]),
        ("ab\ncd ef", 6, ["ab", "cd ef"]),
        ("ab cd\nef gh", 9, ["ab cd", "ef gh"]),
        ("abcdefghij", 3, ["abc", "def", "ghi", "j"]),
    ],
)
def test_a_long_text_is_cut_at_a_line_or_a_word(text: str, limit: int, pieces: list[str]) -> None:
    assert split(text, limit) == pieces


@given(st.text(st.sampled_from("ab \n龍"), max_size=80) | st.sampled_from(list(HOSTILE.values())), st.integers(1, 30))
def test_the_pieces_are_short_enough_and_nothing_but_space_is_lost(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert pieces
    assert all(len(piece) <= limit for piece in pieces)
    kept = "".join(piece.replace(" ", "").replace("\n", "") for piece in pieces)
    assert kept == text.replace(" ", "").replace("\n", "")
    if len(text) <= limit:
        assert pieces == [text]
