"""The simulations of `lyceum evaluate experiments`, small: docs/experiments.md has the full ones."""

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.cli import experiments
from bot.cli.experiments import missed
from bot.engine.experiments import trial
from bot.engine.experiments.trial import Setting
from bot.words import replace

SAME = Setting(name="same", members=400, rate=0.25, other=0.25)
OTHER = Setting(name="other", members=400, rate=0.25, other=0.45)


@pytest.fixture(scope="module")
def alike() -> trial.Row:
    return trial.simulate(SAME, 60, seed=2)


def test_looking_daily_cries_wolf_unless_the_verdict_allows_for_it(alike: trial.Row) -> None:
    assert alike.daily > 0.15
    assert alike.plain <= 7 / 60  # of 60 tests at 4.5 %, eight or more are one chance in a hundred
    assert alike.adjusted <= 7 / 60
    assert alike.always <= 4 / 60
    assert alike.split == 0


def test_a_true_effect_is_found_nearly_as_often_as_by_one_look() -> None:
    row = trial.simulate(OTHER, 60, seed=3)
    assert row.once > 0.9
    assert row.once - row.plain <= 0.05
    assert row.once_adjusted - row.adjusted <= 0.05
    assert row.days < trial.DAYS * 0.85
    assert row.removed > 0.05


def test_each_planted_fault_is_caught_by_its_check() -> None:
    found = {one.name: one for one in trial.faults(12) if one.members == 4_000}
    none, lost, failing, moved = found.values()
    assert (none.ratio, none.delivery, none.misplaced) == (0, 0, 0)
    assert (lost.ratio, lost.misplaced) == (1, 0)
    assert (failing.ratio, failing.delivery) == (0, 1)
    assert moved.misplaced == 1


def test_wordings_shift_to_the_best() -> None:
    found = trial.wordings(300, 4)
    assert found.best >= 0.5
    assert found.lost < found.lost_evenly


def test_what_is_promised_and_not_kept_is_named(alike: trial.Row) -> None:
    bad = replace(alike, plain=0.056, adjusted=0.055, always=0.06)
    weak = replace(alike, once=0.9, plain=0.84, once_adjusted=0.9, adjusted=0.86)
    blind = trial.Fault(name="lost", members=4_000, ratio=0.5, delivery=0, misplaced=0)
    assert missed((bad,), (weak,), (blind,)) == (
        "same: plain 5.6% false alarms, more than 5.5%",
        "same: always 6.0% false alarms, more than 5.5%",
        "same: plain has 6.0% less power than one look at the end",
        "lost, 4000 members: found in 50% only",
    )


def test_the_command_prints_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "AA", (SAME,))
    monkeypatch.setattr(trial, "EFFECTS", (replace(OTHER, other=0.9),))
    monkeypatch.setattr(experiments, "SENDS", (100,))
    found = CliRunner().invoke(app, ["evaluate", "experiments", "--runs", "20"])
    assert (found.exit_code, found.stderr) == (0, "")
    for words in ("No difference: false alarms", "same", "other", "not counted", "2,033", "Thompson"):
        assert words in found.stdout
