"""Which text is found: what was measured, what a threshold must not let through, and the law of coverage and BM25."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.asking.rules import AskingRules
from bot.engine.searching.index import BELOW, K1, B, Document, Index
from bot.engine.searching.terms import terms, units
from tests.engine.searching.shelf import (
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


TEXTS = [
    Document(key="borrow", title="Borrowing values", text="Many may look, one may write."),
    Document(key="tables", title="Making tables", text="From rows to answers, made of stories and boxes"),
    Document(key="owning", title="什么是所有权", text="每个值都有一个主人。"),
    Document(key="writing", title="写作课", text="怎样写出一篇好文章"),
    Document(key="pandas", title="用 pandas 合并", text="merge 合并两张表。", tags=("数据",)),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("borrow", ["borrow"]),
        ("how do I borrow a value", ["borrow"]),
        ("box story", ["tables"]),
        ("make a table", ["tables"]),
        ("所有权", ["owning"]),
        ("请问怎么写文章", ["writing"]),
        ("pandas 怎么合并", ["pandas"]),
        ("数据", ["pandas"]),
        ("borowing", ["borrow"]),
        ("borr", ["borrow"]),
        ("how to borrwo a valeu", ["borrow"]),
        ("kubernetes", []),
        ("", []),
        ("的", []),
    ],
)
def test_a_search_finds_what_it_is_about(text: str, found: list[str]) -> None:
    assert [one.key for one in Index(TEXTS).search(text, roughly=True)] == found


def test_what_is_misspelt_is_an_unknown_word_where_it_is_not_asked_roughly() -> None:
    assert Index(TEXTS).search("borowing") == ()
    assert [one.coverage for one in Index(TEXTS).search("borowing values")] == [0.5]


def test_a_title_counts_more_than_a_text_and_a_rare_word_more_than_a_frequent_one() -> None:
    index = Index([
        Document(key="a", title="", text="rust notes"),
        Document(key="b", title="rust", text="notes"),
        Document(key="c", title="", text="lifetimes of rust"),
    ])  # fmt: skip
    assert [(one.key, one.coverage) for one in index.search("rust")] == [("b", 1.0), ("a", 0.85), ("c", 0.85)]
    best, *rest = index.search("rust lifetimes")
    assert (best.key, best.coverage) == ("c", 0.85)
    assert [one.key for one in rest] == ["b", "a"]
    assert all(one.coverage < 0.25 for one in rest)


@pytest.mark.parametrize("question", ["", "   ", "???", "how do I", "的了吗", "🙂🙂", "\0", "a" * 50_000])
@pytest.mark.parametrize("roughly", [False, True])
def test_a_question_that_asks_nothing_is_answered_by_nothing(question: str, *, roughly: bool) -> None:
    assert Index(ENGLISH + CHINESE).search(question, roughly=roughly) == ()


def test_an_empty_library_answers_nothing() -> None:
    assert Index([]).search("How do I cancel?", roughly=True) == ()
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


def test_a_text_that_says_a_word_all_the_time_hides_no_other() -> None:
    long = Document(key="long", title="", text="\n".join(f"rust {'and more of it ' * 24}" for _ in range(50)))
    index = Index([long, Document(key="short", title="", text=f"rust {'and much else ' * 24}")])
    assert {one.key for one in index.search("rust")} == {"long", "short"}


def test_as_many_are_found_as_are_wanted() -> None:
    index = Index([Document(key=f"{number}", title="tea", text="") for number in range(50)])
    assert [len(index.search("tea", most=most)) for most in (1, 5, 40, 500)] == [1, 5, 40, 50]


WORDS = st.lists(st.sampled_from(["rust", "async", "退", "学", "make", "tea"]), max_size=6).map(" ".join)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5), WORDS)
@settings(max_examples=60, deadline=None)
def test_the_law_of_coverage_and_bm25(texts: list[tuple[str, str]], question: str) -> None:
    """What is counted here one text after the other is what the matrices say."""
    heads = [set(terms(title)) for title, _ in texts]
    bodies = [Counter(terms(text)) for _, text in texts]
    counts = [Counter(head) + body for head, body in zip(heads, bodies, strict=True)]
    usual = max(sum(one.total() for one in counts) / len(counts), 1)

    def rarity(term: str) -> float:
        having = sum(term in one for one in counts) or 1
        return log(1 + max(len(counts) - having + 0.5, 0.5) / (having + 0.5))

    def bm25(count: Counter[str]) -> float:
        norm = K1 * (1 - B + B * count.total() / usual)
        wanted = [term for unit in units(question) for term in unit.terms if term in count]
        return sum(rarity(term) * count[term] / (count[term] + norm) for term in wanted)

    def coverage(head: set[str], body: Counter[str]) -> float:
        covered = total = 0.0
        for unit in units(question):
            known = [rarity(term) for term in unit.terms if any(term in one for one in counts)]
            total += (weight := unit.weight * max(known, default=rarity("")))
            has = [1.0] * any(term in head for term in unit.terms) + [BELOW] * any(term in body for term in unit.terms)
            covered += weight * max(has, default=0.0)
        return round(covered / total, 4) if total else 0.0

    scores = [(coverage(head, body), bm25(count)) for head, body, count in zip(heads, bodies, counts, strict=True)]
    found = Index([Document(key=str(at), title=title, text=text) for at, (title, text) in enumerate(texts)])
    answers = found.search(question, most=len(texts))
    assert {one.key: one.coverage for one in answers} == {
        str(at): pytest.approx(covered, abs=1e-4) for at, (covered, score) in enumerate(scores) if score
    }
    assert all(
        (one[0], one[1] + 1e-6) >= (other[0], other[1])
        for one, other in pairwise(scores[int(answer.key)] for answer in answers)
    )
