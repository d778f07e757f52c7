"""What is kept of a text, and the names that are shown: exact values, and nothing that a hostile string could break."""

import unicodedata
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import KEPT, KEPT_LENGTH, NAME, NUMBER, READ, SKETCH, TOKENS, Features, Tokens, display_name, features
from bot.words import from_json, replace, to_json
from tests.hostile import HOSTILE, RIGHT_TO_LEFT, ZALGO

any_text = st.text(st.characters(), max_size=40) | st.sampled_from(list(HOSTILE.values()))


def test_the_features_of_a_plain_question() -> None:
    hashes = sorted(crc32(word.encode()) for word in ("did", "you", "read", "it", "or", "not"))
    assert features("Did you read it or NOT did you?", attachments=2) == Features(
        length=31, tokens=8, distinct=6, question=True, attachments=2, common=7, sketch=tuple(hashes)
    )


def test_nothing_has_no_features() -> None:
    assert features("") == Features()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("你好 world", 3),
        ("ありがとう", 3),
        ("नमस्ते दुनिया", 2),
        ("1块钱", 2),
        ("안녕", 2),
        ("über-cool", 2),
        ("it's", 2),
        ("…!?", 0),
        ("snake_case 42", 1),
        ("42", 1),
        ("<@1> @ann https://a.example", 0),
        ("> what you said\nyes", 1),
    ],
)
def test_a_token_is_a_word_or_one_east_asian_character(text: str, tokens: int) -> None:
    assert features(text).tokens == tokens


@pytest.mark.parametrize(
    ("text", "links", "code", "question"),
    [
        ("see https://a.example and http://b.example", 2, False, False),
        ("https:/ /a", 0, False, False),
        ("`x = 1`", 0, True, False),
        ("a ` b", 0, False, False),
        ("```\nx\n```", 0, True, False),
        ("为什么？", 0, False, True),
        ("HTTPS://SHOUT.EXAMPLE", 1, False, False),
    ],
)
def test_links_code_and_questions_are_seen(text: str, links: int, code: bool, question: bool) -> None:
    found = features(text)
    assert (found.links, found.code, found.question) == (links, code, question)


def test_a_copy_has_the_same_sketch_and_another_text_has_not() -> None:
    text = "The second chapter explains queues and workers very well indeed"
    assert features(text.upper() + "!!").sketch == features(text).sketch
    assert not set(features(text).sketch) & set(features("Nobody wants to hear any of this today").sketch)


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    head = "word " * 100
    assert len(head) < READ
    filler = head + " " * (READ - len(head))
    assert features(filler + "https://a.example ?") == Features(
        length=READ + 19, tokens=TOKENS, distinct=1, sketch=(crc32(b"word"),)
    )


@pytest.mark.parametrize(
    "dressed",
    [
        "he\u200bllo wo\u00adrld",
        "h\u0336e\u0301llo w\u0334orld",
        "ｈｅｌｌｏ 𝐰𝐨𝐫𝐥𝐝",
        "hеllо wоrld",
        "h3llo w0rld",
        "hello7 world99",
        "hello 😀 world 🎉",
        "HELLO... WORLDDDDD!!! 17",
    ],
)
def test_a_text_in_disguise_has_the_sketch_of_the_plain_one(dressed: str) -> None:
    assert features(dressed).sketch == features("hello world").sketch


@pytest.mark.parametrize(
    ("text", "thanks"),
    [("Thanks!", True), ("thank you", True), ("thank god", False), ("谢谢你", True), ("> thanks\nwhy?", False)],
)
def test_thanks_are_seen(text: str, thanks: bool) -> None:
    assert features(text).thanks is thanks


def test_everyday_words_go_behind_all_others_in_a_sketch() -> None:
    rare = sorted(crc32(word.encode()) for word in ("kernel", "scheduler", "preempts", "thread", "quantum", "expires"))
    assert features("the kernel and its scheduler: it preempts a thread when the quantum expires").sketch == tuple(rare)


def test_no_more_is_read_of_a_megabyte_than_of_its_beginning() -> None:
    for unit in ("\ufdfa", "a\u0336\u0337\u0338", "<@", "```", "龍", "> "):
        long = unit * (1_000_000 // len(unit))
        assert replace(features(long), length=0) == replace(features(long[:READ]), length=0)


def test_of_the_words_heard_no_more_are_remembered_than_there_is_room_for() -> None:
    tokens = Tokens()
    assert tokens["x" * (KEPT_LENGTH + 1)] == crc32(b"x")
    assert not tokens
    for number in range(KEPT + 10):
        tokens[f"a{number}b"]
        assert len(tokens) <= KEPT
    assert len(tokens) == 10
    assert tokens["a1b"] == crc32(b"aib")


@pytest.mark.parametrize("text", ["42", "42 43", "1234567", "٤٢", "４２"])
def test_numbers_alone_are_all_alike(text: str) -> None:
    assert features(text).sketch == (NUMBER,)


def test_numbers_beside_words_are_no_tokens() -> None:
    assert features("buy 42 for 99") == replace(features("buy for"), length=13)


@given(any_text, st.integers(0, 10))
def test_any_string_has_bounded_features_that_survive_json(text: str, attachments: int) -> None:
    found = features(text, attachments)
    assert found.length == len(text)
    assert found.attachments == attachments
    assert 0 <= found.distinct <= found.tokens <= TOKENS
    assert list(found.sketch) == sorted(set(found.sketch))
    assert len(found.sketch) == min(found.distinct, SKETCH)
    assert from_json(Features, to_json(found)) == found


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann", "Ann"),
        ("  Ann\n", "Ann"),
        ("", "?"),
        ("\u202e\u200b", "?"),
        (RIGHT_TO_LEFT, "usertxt.exe abc"),
        ("a\0b\x1b[31m", "ab[31m"),
        ("a\ud800b", "a?b"),
        ("x" * 200, "x" * NAME),
        ("王小明", "王小明"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("e\u0301\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301"),
        ("@everyone", "@everyone"),
    ],
)
def test_a_name_is_shown_without_what_could_do_harm(name: str, shown: str) -> None:
    assert display_name(name) == shown


@given(any_text)
def test_any_name_can_be_shown(name: str) -> None:
    shown = display_name(name)
    assert 1 <= len(shown) <= NAME
    shown.encode()
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")
    assert shown == shown.strip()
    assert display_name(shown) == shown


def test_zalgo_is_cut_to_three_marks_a_letter() -> None:
    shown = display_name(ZALGO)
    runs = [len(run) for run in "".join("m" if unicodedata.combining(c) else " " for c in shown).split()]
    assert runs
    assert max(runs) == 3
