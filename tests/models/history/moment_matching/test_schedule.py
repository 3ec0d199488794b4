"""The schedule that the documented results were trained with."""

from __future__ import annotations

import pytest

from neuroqgan.models.history.moment_matching.schedule import batches, matching_steps


@pytest.mark.parametrize(
    ("n_steps", "n_weights", "steps"),
    [(640, 394, 60), (640, 850, 60), (640, 1000, 71), (640, 1200, 85), (640, 5000, 90), (32, 1, 3)],
)
def test_so_many_steps_match_free_runs(n_steps: int, n_weights: int, steps: int) -> None:
    assert matching_steps(n_steps, n_weights) == steps


@pytest.mark.parametrize(
    ("n_steps", "n_weights", "ends", "n_main"),
    [
        (60, 394, (1, 2, 3, 4, 5, 6, 10, 14, 18, 22, 30, 38, 46, 54, 57, 60), 54),
        (60, 451, (2, 4, 6, 10, 14, 18, 22, 30, 38, 46, 54, 57, 60), 54),
        (71, 1000, (3, 6, 9, 13, 17, 21, 25, 33, 41, 49, 57, 65, 68, 71), 65),
        (85, 1200, (3, 6, 9, 13, 17, 21, 25, 29, 33, 41, 49, 57, 65, 79, 82, 85), 79),
        (10, 300, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 8),
        (1, 300, (1,), 1),
        (0, 300, (), 0),
    ],
)
def test_weights_change_after_these_steps(
    n_steps: int, n_weights: int, ends: tuple[int, ...], n_main: int
) -> None:
    assert batches(n_steps, n_weights) == (ends, n_main)
