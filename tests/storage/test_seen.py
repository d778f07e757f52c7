"""Which events the log has already: one look for those that are new, one for each where something lies between."""

from collections.abc import Sequence

import pytest

from bot.app import App
from bot.batch import Parcel
from bot.events import Account, MessagePosted
from bot.storage import ledger
from bot.text import Features
from tests.conftest import START

ANN = Account(platform="discord", space="g", user="1")
HEARD = range(20, 40)


def keys(numbers: Sequence[int]) -> list[str]:
    return [f"discord:message:{1_000 + number}" for number in numbers]


@pytest.mark.parametrize(
    "asked",
    [
        [50, 51, 52],  # all new, and behind what is there
        [1, 2, 3],  # all new, and before it
        [38, 39, 40, 41],  # an overlap
        [10, 25, 50],  # much between them
        [5, 60],
        [39],
        [40],
        [*HEARD],
    ],
)
def test_what_is_known_of_keys_that_are_mostly_new_is_what_is_known(app: App, asked: list[int]) -> None:
    heard = [MessagePosted(key=key, at=START, who=ANN, channel="c", text=Features()) for key in keys(HEARD)]
    app.handle([Parcel(events=tuple(heard))])
    expected = {*keys([number for number in asked if number in HEARD])}
    assert app.store.look(ledger.known_of_new, keys(asked)) == expected
    assert app.store.look(ledger.known, keys(asked)) == expected
