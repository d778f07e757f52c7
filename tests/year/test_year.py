"""A few weeks of the simulated year, small: who is held out gets nothing, brakes hold, and a life is its seed's.

What a whole year comes to is measured by `make bench` (docs/year.md): too long for a test.
"""

from pathlib import Path

import numpy as np
import pytest

from bot.words import replace
from tests.year.life import RETURNS, Life, Power, natural
from tests.year.playback import BEFORE, GENTLE, OFF, SPAM, Playback, Year

WEEKS = 5
NONE = Power(share=0)


async def lived(place: Path, kind: str = "gentle", power: Power = NONE) -> Year:
    rules = {"gentle": GENTLE, "spam": SPAM, "off": OFF}[kind]
    return await Playback(place, 7, 30, rules, power, spam=kind == "spam", days=7 * WEEKS).run()


@pytest.mark.slow
async def test_the_held_get_nothing_the_others_little_and_by_spam_much(tmp_path: Path) -> None:
    places = {kind: tmp_path / kind for kind in ("gentle", "spam", "off")}
    for place in places.values():
        place.mkdir()
    gentle, spam, off = [await lived(place, kind) for kind, place in places.items()]
    for year in (gentle, spam, off):
        assert year.outboxed == 0
        assert (year.heard[year.held] == 0).all()
        assert 8 < year.held.sum() < 22  # of 30
    assert off.heard.sum() == 0
    assert 0 < gentle.heard.max() <= 3 * WEEKS
    assert spam.heard.sum() > 3 * gentle.heard.sum()
    assert spam.muted + spam.left > gentle.muted + gentle.left
    held = gentle.held
    assert np.array_equal(gentle.revenue[held], off.revenue[held])  # whoever hears nothing lives as without us
    assert np.array_equal(gentle.retained[held], off.retained[held])
    assert np.array_equal(gentle.before, off.before)


def test_a_life_is_that_of_its_seed() -> None:
    assert [Life(1, 3, NONE).day(day) for day in range(-BEFORE, 60)] == [
        Life(1, 3, NONE).day(day) for day in range(-BEFORE, 60)
    ]
    one, other = Life(1, 3, NONE), Life(2, 3, NONE)
    assert [one.day(day) for day in range(60)] != [other.day(day) for day in range(60)]


@pytest.mark.parametrize(("silence", "share"), RETURNS[1:])
def test_as_many_come_back_by_themselves_as_were_measured(silence: int, share: float) -> None:
    back = 1 - np.prod([1 - natural(silence) for _ in range(28)])
    assert back == pytest.approx(share)
    assert natural(silence - 5) > natural(silence)


def test_what_nudges_can_do_is_switched_by_one_number() -> None:
    def pulled(power: Power) -> list[int]:
        life = Life(5, 1, power)
        life.habit, life.silence = False, 10.0
        written = []
        for day in range(200):
            if not life.habit:
                life.fatigue = 0.0
                life.hears("at_risk", day, 10, at_night=False)
            written.append(life.day(day))
        return written

    assert pulled(NONE) == pulled(replace(Power(), share=0.0))
    assert sum(map(bool, pulled(Power(back=1.0)))) > sum(map(bool, pulled(NONE)))
