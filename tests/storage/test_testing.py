"""What experiments change about a nudge: while they run, and by what was chosen when they ended."""

from datetime import datetime, timedelta

import pytest

from bot.engine.experiments.subjects import OWN_WORDS
from bot.engine.nudges.decision import Row
from bot.storage import experiments
from bot.storage.experiments import Terms
from bot.storage.store import Store
from bot.storage.testing import Trials
from tests.conftest import START

pytestmark = pytest.mark.one_database
DAY = timedelta(days=1)


def begun(store: Store, subject: str, about: str, *arms: str, at: datetime = START) -> int:
    weights = dict.fromkeys(arms, 1.0)
    values = {arm: arm for arm in arms} if subject == "wording" else {"a": "", "b": "Come in!"}
    terms = Terms(
        values=values,
        weights=weights if subject == "wording" else {"a": 1.0, "b": 1.0},
        outcome="active",
        days=7,
        planned=100,
        worth=0.05,
    )
    return store.transact(experiments.begin, 1, f"{subject} {at:%d}", subject, about, terms, at)


def weights(store: Store, nudge: str, member: int, community: int = 1) -> object:
    row = Row(id=1, community=community, member=member, nudge=nudge, about="", due_at=START, until=START)
    return store.look(lambda connection: Trials(connection).weights(row))


def values(store: Store, nudge: str, member: int) -> dict[str, int | str]:
    row = Row(id=1, community=1, member=member, nudge=nudge, about="", due_at=START, until=START)
    return store.look(lambda connection: Trials(connection).values(row))


def test_a_wording_is_of_the_arm_and_then_of_the_choice(store: Store) -> None:
    assert weights(store, "at_risk", 1) is None
    first = begun(store, "wording", "at_risk", "place", "ask")
    one = store.look(experiments.find, 1, "wording 21")
    assert one is not None
    assert [weights(store, "at_risk", member) for member in range(9)] == [{one.arm(member): 1.0} for member in range(9)]
    assert weights(store, "digest", 1) is None
    assert weights(store, "at_risk", 1, community=2) is None
    assert store.transact(experiments.stop, first, "creator", START + DAY, "ask")
    assert not store.transact(experiments.stop, first, "creator", START + 2 * DAY, "place")
    assert {str(weights(store, "at_risk", member)) for member in range(9)} == {"{'ask': 1.0}"}
    second = begun(store, "wording", "at_risk", "place", "ask", at=START + 3 * DAY)
    assert len({str(weights(store, "at_risk", member)) for member in range(9)}) == 2
    store.transact(experiments.stop, second, "creator", START + 4 * DAY)
    assert weights(store, "at_risk", 1) == {"ask": 1.0}  # the choice holds that was made


def test_own_words_are_of_the_welcome_and_of_their_arm(store: Store) -> None:
    number = begun(store, "welcome", "")
    found = [values(store, "welcome", member) for member in range(12)]
    one = store.look(experiments.find, 1, "welcome 21")
    assert one is not None
    assert found == [{OWN_WORDS: "Come in!"} if one.arm(member) == "b" else {} for member in range(12)]
    assert {} in found
    assert {OWN_WORDS: "Come in!"} in found
    assert values(store, "at_risk", 1) == {}
    store.transact(experiments.stop, number, "creator", START)
    assert [values(store, "welcome", member) for member in range(12)] == [{}] * 12
