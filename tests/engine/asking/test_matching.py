"""Which text answers a question: what was measured, and what a threshold must not let through."""

from collections.abc import Sequence
from itertools import pairwise, product

import pytest

from bot.engine.asking.matching import WIDTH, Document, Index, Passage, excerpt, passages
from bot.engine.asking.rules import AskingRules
from bot.engine.asking.units import stem, terms, units
from tests.engine.asking.shelf import (
    CHINESE,
    CHINESE_ANSWERED,
    CHINESE_UNANSWERED,
    ENGLISH,
    ENGLISH_ANSWERED,
    ENGLISH_UNANSWERED,
)

MATCH = AskingRules().match


def counted(
    index: Index, answered: Sequence[tuple[str, str]], unanswered: Sequence[str], half: int
) -> tuple[int, int, int]:
    """(answered rightly, answered at all, could be answered) among every second question."""
    asked = [(question, key) for question, key in answered[half::2]] + [(one, "") for one in unanswered[half::2]]
    found = [(key, index.search(question)) for question, key in asked]
    said = [(key, best[0].key) for key, best in found if best and best[0].coverage >= MATCH]
    return sum(key == told for key, told in said), len(said), len(answered[half::2])


@pytest.mark.parametrize(
    ("documents", "answered", "unanswered", "chosen_on", "held_out"),
    [
        (ENGLISH, ENGLISH_ANSWERED, ENGLISH_UNANSWERED, (15, 15, 18), (18, 18, 18)),
        (CHINESE, CHINESE_ANSWERED, CHINESE_UNANSWERED, (17, 18, 18), (16, 18, 18)),
        (
            ENGLISH + CHINESE,
            ENGLISH_ANSWERED + CHINESE_ANSWERED,
            ENGLISH_UNANSWERED + CHINESE_UNANSWERED,
            (32, 32, 36),
            (34, 36, 36),
        ),
    ],
)
def test_as_much_is_answered_and_as_rightly_as_the_documentation_says(
    documents: Sequence[Document],
    answered: Sequence[tuple[str, str]],
    unanswered: Sequence[str],
    chosen_on: tuple[int, int, int],
    held_out: tuple[int, int, int],
) -> None:
    index = Index(documents)
    assert counted(index, answered, unanswered, 0) == chosen_on
    assert counted(index, answered, unanswered, 1) == held_out


def test_coverage_is_the_weighted_share_of_the_question() -> None:
    index = Index([Document(key="a", title="Refunds", text="Money comes back to your card.")])
    asked = {
        question: [one.coverage for one in index.search(question)] for question in ("refund", "card", "refund xyz")
    }
    assert asked == {"refund": [1.0], "card": [0.85], "refund xyz": [0.5]}


@pytest.mark.parametrize("question", ["", "   ", "???", "how do I", "的了吗", "🙂🙂", "\0", "a" * 50_000])
def test_a_question_that_asks_nothing_is_answered_by_nothing(question: str) -> None:
    assert Index(ENGLISH + CHINESE).search(question) == ()


def test_an_empty_library_answers_nothing() -> None:
    assert Index([]).search("How do I cancel?") == ()
    assert Index([Document(key="a", title="", text="")]).search("How do I cancel?") == ()


def test_what_may_not_be_shown_is_not_found_and_hides_nothing_else() -> None:
    index = Index(ENGLISH)
    question = "Can I cancel after handing in homework?"
    assert {one.key for one in index.search(question)} == {"content:2", "content:8", "content:7"}
    others = index.search(question, among=lambda key: key != "content:2")
    assert [one.key for one in others] == ["content:8", "content:7"]


def test_each_document_is_found_once_by_its_best_passage() -> None:
    filler = "Nothing about it stands in this sentence at all. " * 20
    index = Index([Document(key="a", title="Mixed", text=f"{filler}\nRefunds take five days.\n{filler}"), *ENGLISH])
    found = index.search("refunds five days")
    assert [one.key for one in found].count("a") == 1
    assert next(one for one in found if one.key == "a").text.count("Refunds take five days.") == 1


def test_passages_are_whole_sentences_of_about_a_width() -> None:
    text = " ".join(f"This is sentence number {n} of a longer text." for n in range(40))
    made = passages(text)
    assert all(len(one) <= WIDTH for one in made)
    assert made[0].startswith("This is sentence number 0 ")
    assert made[-1].endswith("number 39 of a longer text.")
    for before, after in pairwise(made):
        assert after.startswith(before[before.rindex("This is") :])
    assert passages("") == passages(" \n\n ") == []


def test_an_excerpt_begins_with_what_was_asked() -> None:
    long = "Nothing of it here. " * 30 + "Refunds take five days. And so on."
    found = Passage(key="a", title="", text=long, coverage=1)
    shown = excerpt(found, "refunds", 60)
    assert shown.startswith("…")
    assert "Refunds take five days." in shown
    assert len(shown) <= 62
    assert excerpt(Passage(key="a", title="", text="Short.", coverage=1), "refunds") == "Short."


@pytest.mark.parametrize(
    "alike",
    [
        ("cancel", "cancelled", "cancelling", "cancellation"),
        ("refund", "refunds", "refunded"),
        ("study", "studies", "studied"),
        ("invoice", "invoices", "invoicing"),
    ],
)
def test_forms_of_an_english_word_are_one(alike: tuple[str, ...]) -> None:
    assert len({stem(word) for word in alike}) == 1


def test_words_that_differ_stay_apart() -> None:
    apart = ("class", "status", "python3", "python", "c++", "c#", "bus", "thing", "red", "card", "charge")
    assert all(stem(one) != stem(other) for one, other in product(apart, apart) if one != other)


def test_chinese_is_compared_by_neighbours_and_full_width_letters_are_letters() -> None:
    assert [unit.terms for unit in units("怎么退款？")] == [("退款",), ("退款",)][:1]
    assert terms("退款") == ["退", "款", "退款"]
    assert terms("ＰＹＴＨＯＮ") == terms("python")
