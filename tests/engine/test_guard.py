"""The guard, check by check, with exact verdicts; that all of them pay off together is shown in tests/farm."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.decide import decide
from bot.engine.guard import (
    ALWAYS,
    CHECKS,
    GLYPHS,
    IN_TIME,
    KNOWN,
    LAST,
    PAID,
    RARE_GLYPHS,
    REASONS,
    STALE,
    glyph,
)
from bot.engine.rules import Rules
from bot.events import Account, MessagePosted
from bot.state import Guard, MemberState
from bot.text import features
from bot.words import from_json, replace, to_json
from tests.conftest import START

ANN = Account(platform="discord", space="g", user="1")


def verdicts(rules: Rules, *said: tuple[float, str]) -> list[str]:
    """What the guard says of messages at so many seconds."""
    state, found = MemberState(), []
    for number, (at, text) in enumerate(said):
        event = MessagePosted(
            key=f"m{number}", at=START + timedelta(seconds=at), who=ANN, channel="c", text=features(text)
        )
        state = decide(event, state, rules).state
        found.append(state.guard.verdict)
    return found


def test_every_reason_has_a_sentence() -> None:
    assert list(REASONS) == list(CHECKS)
    assert set(ALWAYS) == {"excluded", "soon"}
    assert [*IN_TIME] == ["excluded", "soon", "flood", "clockwork"]


def test_within_the_cooldown_nothing_counts_and_what_is_refused_starts_none(shipped: Rules) -> None:
    said = [(0.0, "good morning"), (59.9, "how is it going"), (60.0, "what did you read"), (119.9, "me too")]
    assert verdicts(shipped, *said) == ["", "soon", "", "soon"]


def test_news_that_comes_late_is_within_the_cooldown_of_what_was_paid(shipped: Rules) -> None:
    said = [(1_000.0, "good morning"), (5_000.0, "how is it going"), (970.0, "what did you read"), (900.0, "me too")]
    assert verdicts(shipped, *said) == ["", "", "soon", ""]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("", "wordless"),
        ("😀😀😀", "wordless"),
        ("<@1> https://a.example", "wordless"),
        ("k", "short"),
        ("ok", ""),
        ("谢谢", ""),
        ("1963", ""),
        ("spam spam spam spam spam", "repetitive"),
    ],
)
def test_a_text_is_judged_by_itself(shipped: Rules, text: str, verdict: str) -> None:
    assert verdicts(shipped, (0.0, text)) == [verdict]


def test_a_copy_is_one_in_another_order_and_in_disguise(shipped: Rules) -> None:
    said = [
        "the second lesson was about queues",
        "about queues was the SECOND les\u200bson",
        "hello there",
        "hello there",
    ]
    assert verdicts(shipped, *[(number**2 * 100.0, text) for number, text in enumerate(said)]) == [
        "",
        "copied",
        "",
        "copied",
    ]


def test_what_was_out_of_time_is_not_remembered(shipped: Rules) -> None:
    said = [
        (0.0, "good morning everybody here"),
        (5.0, "a question about the queues"),
        (90.0, "a question about the queues"),
    ]
    assert verdicts(shipped, *said) == ["", "soon", ""]


def test_seven_messages_at_the_same_distance_and_the_eighth_is_a_clockworks(shipped: Rules) -> None:
    said = [(100.0 * number, f"{chr(97 + number)}pple {chr(97 + number)}rick") for number in range(10)]
    assert verdicts(shipped, *said) == [""] * 7 + ["clockwork"] * 3


def test_switched_off_only_the_cooldown_holds(shipped: Rules) -> None:
    off = replace(shipped, guard=replace(shipped.guard, on=False))
    assert verdicts(off, (0.0, "x"), (30.0, "y"), (60.0, "x"), (120.0, "x")) == ["", "soon", "", ""]


def test_what_is_remembered_has_a_fixed_size(shipped: Rules) -> None:
    """No text makes more of it: two hundred messages of thirty-two new words each, minutes apart."""
    state, largest = MemberState(), 0
    for number in range(200):
        text = features(
            " ".join(
                [
                    f"{chr(97 + n % 26)}{chr(97 + number % 26)}x{chr(97 + number // 26)}q{n // 26 * 'z'}"
                    for n in range(32)
                ]
            )
        )
        at = START + timedelta(seconds=number**2 * 70 + 61 * number)
        state = decide(MessagePosted(key=f"m{number}", at=at, who=ANN, channel="c", text=text), state, shipped).state
        largest = max(largest, len(to_json(state.guard)))
    guard = state.guard
    assert len(guard.texts) == LAST
    assert len(guard.copies) <= shipped.guard.memory
    assert len(guard.used) == KNOWN
    assert len(guard.paid) <= PAID
    assert guard.stale <= 2 * STALE
    assert largest < 1_000
    assert from_json(Guard, to_json(guard)) == guard


@given(st.integers(0, 7 * 2**32), st.sampled_from([GLYPHS, RARE_GLYPHS]))
def test_a_print_is_one_character_that_every_encoding_holds_and_json_leaves_alone(value: int, among: range) -> None:
    print_ = glyph(value, among)
    assert len(print_) == 1
    assert 2 <= len(print_.encode("utf-8")) <= 4
    assert to_json(Guard(used=print_)) == f'{{"used":"{print_}"}}'.encode()
    assert glyph(value, among) != glyph(value + 1, among)


def test_what_an_older_version_remembered_of_texts_is_forgotten_and_nothing_else() -> None:
    stored = b'{"verdict":"soon","paid":[1],"sketches":[[1,2]],"echoes":"AAE=","known":"AAE=","words":9}'
    assert from_json(Guard, stored) == Guard(verdict="soon", paid=(1,), words=9)
