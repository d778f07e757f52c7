"""What texts are compared by: stems, pairs of Chinese characters, passages; and words that are nearly another."""

from itertools import pairwise, product

import pytest

from bot.engine.searching.alike import MOST, alike
from bot.engine.searching.passages import WIDTH, Passage, excerpt, passages
from bot.engine.searching.terms import CHARACTER, EVERYDAY, Unit, stem, terms, units


@pytest.mark.parametrize(
    "same",
    [
        ("cancel", "cancelled", "cancelling", "cancellation"),
        ("refund", "refunds", "refunded"),
        ("study", "studies", "studied"),
        ("invoice", "invoices", "invoicing"),
        ("make", "makes", "making"),
        ("box", "boxes", "boxed"),
    ],
)
def test_forms_of_an_english_word_are_one(same: tuple[str, ...]) -> None:
    assert len({stem(word) for word in same}) == 1


def test_words_that_differ_stay_apart() -> None:
    apart = ("class", "status", "python3", "python", "c++", "c#", "bus", "thing", "red", "card", "charge")
    assert all(stem(one) != stem(other) for one, other in product(apart, apart) if one != other)


def test_a_text_is_found_by_stems_and_by_characters_and_pairs() -> None:
    assert terms("退款") == ["退", "款", "退款"]
    assert terms("怎么退款？ The refunds") == ["退", "款", "退款", "refund"]
    assert terms("ＰＹＴＨＯＮ") == terms("python")


def test_a_question_is_made_of_words_and_of_characters_each_with_its_neighbours() -> None:
    assert units("怎么取消会员？") == (
        Unit(("取消",), CHARACTER), Unit(("取消", "消会"), CHARACTER), Unit(("消会", "会员"), CHARACTER),
        Unit(("会员",), CHARACTER),
    )  # fmt: skip
    assert units("How do I make refunds? Refunds!") == (Unit(("mak",), EVERYDAY), Unit(("refund",), 1.0))
    assert units("的 the 课") == (Unit(("课",), CHARACTER),)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("pyhton", ["python"]),
        ("pythn", ["python"]),
        ("pyython", ["python"]),
        ("pithon", ["python"]),
        ("learnign", ["learn"]),
        ("prog", ["program", "progress"]),
        ("pr", []),
        ("pro", ["program", "progress"]),
        ("cart", ["cartoon"]),  # not card: so short a word is alike by chance
        ("退款", []),
        ("c++", []),
    ],
)
def test_what_was_nearly_written(word: str, meant: list[str]) -> None:
    assert alike(word, ["learn", "python", "program", "progress", "card", "cartoon", "退款"]) == meant


def test_of_many_words_that_begin_so_some_are_taken() -> None:
    assert len(alike("word", [f"word{number}" for number in range(MOST + 1)])) == MOST


def test_passages_are_whole_sentences_of_about_a_width() -> None:
    text = " ".join(f"This is sentence number {n} of a longer text." for n in range(40))
    made = passages(text)
    assert all(len(one) <= WIDTH for one in made)
    assert made[0].startswith("This is sentence number 0 ")
    assert made[-1].endswith("number 39 of a longer text.")
    for before, after in pairwise(made):
        assert after.startswith(before[before.rindex("This is") :])
    assert passages("") == passages(" \n\n ") == [""]


def test_a_chinese_character_is_two_columns_wide() -> None:
    sentence = "退款" * 20 + "。"
    assert passages(sentence * 5) == [" ".join([sentence] * 4), " ".join([sentence] * 2)]


def test_an_excerpt_begins_with_what_was_asked() -> None:
    long = "Nothing of it here. " * 30 + "Refunds take five days. And so on."
    found = Passage(key="a", title="", text=long, coverage=1)
    shown = excerpt(found, "refunds", 60)
    assert shown.startswith("…")
    assert "Refunds take five days." in shown
    assert len(shown) <= 62
    assert excerpt(Passage(key="a", title="", text="Short.", coverage=1), "refunds") == "Short."
