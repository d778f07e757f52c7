"""Honest members lose next to nothing by the guard: by their words, in real conversations, and by their hours."""

import random
from collections import Counter
from collections.abc import Iterable

import pytest

from bot.engine.decide import decide
from bot.engine.guard import IN_TIME
from bot.engine.ledger import Past
from bot.engine.rules import Rules
from bot.events import Event
from bot.state import MemberState
from bot.words import replace
from tests.farm.conversation import pauses, talk, talkers
from tests.farm.schemes import Desk

LOSS = 0.01
"""Of their points, what honest members lose at most."""
DAY = 86_400.0


def told(events: Iterable[Event], rules: Rules) -> tuple[int, Counter[str]]:
    """The points of one member, and why how many messages were worth nothing."""
    state, why = MemberState(), Counter[str]()
    for event in events:
        state = decide(event, state, rules, Past(before=state)).state
        why[state.guard.verdict] += 1
    return state.engagement.points, why


def unguarded(rules: Rules) -> Rules:
    """The rules with nothing but the cooldown."""
    return replace(rules, guard=replace(rules.guard, on=False))


def losses(people: Iterable[list[Event]], rules: Rules) -> tuple[float, Counter[str]]:
    """The share that all together lose by the guard, and the reasons."""
    got = might = 0
    why: Counter[str] = Counter()
    for events in people:
        points, reasons = told(events, rules)
        got += points
        might += told(events, unguarded(rules))[0]
        why += reasons
    return 1 - got / might, why


def in_conversation(language: str) -> list[list[Event]]:
    """What each talker says, one line after the other with minutes in between."""
    people: list[list[Event]] = []
    for number, lines in enumerate(talkers(language)):
        desk, dice, at = Desk(f"talker {number}"), random.Random(number), 0.0
        mine: list[Event] = []
        for line in lines:
            at += 61 + dice.lognormvariate(5, 1.2)
            mine.append(desk.post(at, line))
        people.append(mine)
    return people


@pytest.mark.parametrize(
    ("language", "lines", "refused"),
    [
        ("english", 1_862, {"short": 4}),
        ("chinese", 866, {"copied": 2, "short": 3}),
        ("traditionalchinese", 858, {"copied": 4, "short": 3}),
        ("japanese", 1_167, {"copied": 3, "short": 2}),
        ("korean", 1_021, {"copied": 4, "short": 4}),
    ],
)
def test_in_real_conversations_members_lose_less_than_one_in_a_hundred_points(
    shipped: Rules, language: str, lines: int, refused: dict[str, int]
) -> None:
    lost, why = losses(in_conversation(language), shipped)
    assert (why.total(), {name: n for name, n in why.items() if name}) == (lines, refused)
    assert lost < LOSS


@pytest.mark.parametrize(
    "language", ["russian", "ukrainian", "hebrew", "persian", "hindi", "bengali", "thai", "turkish"]
)
def test_no_script_and_no_language_is_word_salad(shipped: Rules, language: str) -> None:
    lost, why = losses(in_conversation(language), shipped)
    assert why["salad"] == 0
    assert lost < LOSS


def test_at_human_hours_members_lose_less_than_one_in_a_hundred_points(shipped: Rules) -> None:
    """Forty members from quiet to very busy, over thirty days; the words are real and never the same."""
    people: list[list[Event]] = []
    for number in range(40):
        dice, desk = random.Random(number), Desk(f"member {number}")
        moments = pauses(dice, 20 + number * number // 4, 30 * DAY)
        people.append([desk.post(at, text) for at, text in zip(moments, talk(dice), strict=False)])
    lost, why = losses(people, shipped)
    assert lost < LOSS
    assert {name for name in why if name in IN_TIME} <= {"soon"}


@pytest.mark.parametrize(
    "texts",
    [
        ("thanks!", "ok", "谢谢", "+1", "sounds good", "haha", "what?", "see you tomorrow", "👍 yes"),
        ("see https://example.com/a", "def area(self):\n    return self.side * self.side", "`pip install x`", "why?"),
        ("我今天看完了第三课", "did you like it?", "还不错，队列那段有点难", "same for me, 我再看一遍", "好的"),
    ],
    ids=["short answers", "code and links", "two languages"],
)
def test_what_people_write_counts(shipped: Rules, texts: tuple[str, ...]) -> None:
    desk = Desk("plain")
    events = [desk.post(number**3 * 100.0, text) for number, text in enumerate(texts)]
    assert told(events, shipped)[1] == {"": len(texts)}


def test_a_quick_talk_is_neither_a_flood_nor_a_clockwork(shipped: Rules) -> None:
    """Two hundred lines, four to ten seconds apart: one a minute counts, and nothing but the cooldown objects."""
    dice, desk, at = random.Random(1), Desk("quick"), 0.0
    events: list[Event] = []
    for text, _ in zip(talk(dice), range(200), strict=False):
        at += dice.uniform(4, 10)
        events.append(desk.post(at, text))
    why = told(events, shipped)[1]
    assert set(why) <= {"", "soon"}
    assert why[""] >= at / 70
