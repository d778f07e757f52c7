"""Boundaries and sequences, beside published ones and simulated paths."""

import numpy as np
import pytest

from bot.engine.experiments.sequential import always, boundaries, looks_taken, spent


def test_boundaries_are_those_of_the_tables() -> None:
    """Five equal looks, α = 0.05: Lan and DeMets' of O'Brien and Fleming's shape, as gsDesign prints them."""
    fifths = tuple(look / 5 for look in range(1, 6))
    assert boundaries(fifths, 0.05) == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4)
    assert boundaries((1.0,), 0.05) == pytest.approx([1.959964], abs=1e-5)
    assert spent(1, 0.05) == pytest.approx(0.05)
    assert spent(0.2, 0.05) < 1e-5


def test_a_path_without_drift_crosses_as_often_as_it_may() -> None:
    times = np.array([0.05, 0.1, 0.12, 0.3, 0.31, 0.5, 0.75, 0.9, 1.0])
    edges = np.array(boundaries(tuple(times), 0.05))
    steps = np.random.default_rng(1).normal(size=(40_000, 9)) * np.sqrt(np.diff(times, prepend=0))
    crossed = np.abs(steps.cumsum(1) / np.sqrt(times)) > edges
    assert crossed.any(1).mean() == pytest.approx(0.05, abs=0.0045)  # four standard errors
    by_half = crossed[:, :6].any(1).mean()
    assert by_half == pytest.approx(float(spent(0.5, 0.05)), abs=0.0016)


def test_a_sequence_holds_at_all_looks() -> None:
    rng = np.random.default_rng(2)
    n = np.arange(20, 2_001)
    found = rng.normal(size=(2_000, 2_000)).cumsum(1)[:, 19:] / n
    outside = np.abs(found) > always(n, 1 / np.sqrt(n), 0.05, best_at=500)
    assert outside.any(1).mean() <= 0.05
    assert outside.any(1).mean() > 0.01  # or it would be wider than it need be


def test_a_sequence_is_the_papers_formula() -> None:
    """Waudby-Smith et al., with ρ as it is tuned to a time, for n observations of variance 1."""
    n, alpha, best = 700.0, 0.05, 500.0
    rho = np.sqrt((-2 * np.log(alpha) + np.log(-2 * np.log(alpha)) + 1) / best)
    theirs = np.sqrt(2 * (n * rho**2 + 1) / (n**2 * rho**2) * np.log(np.sqrt(n * rho**2 + 1) / alpha))
    assert always(n, 1 / np.sqrt(n), alpha, best_at=best) == pytest.approx(theirs)


def test_looks_that_bring_nothing_new_do_not_count() -> None:
    assert looks_taken([0.001, 0.012, 0.013, 0.5, 0.505, 0.51, 1.0, 1.0]) == [1, 3, 5, 6]
    assert looks_taken([]) == []
