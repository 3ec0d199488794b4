"""Samples side by side."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.folding import fold
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.errors import ConfigError

CIRCUIT = CellAnsatz(2, 1).circuit()


def _program(n_samples: int, n_bins: int, offsets: tuple[int, ...] = ()) -> Program:
    """Angles ``(10 * sample + bin, 0)``, so that a row shows where it comes from."""
    sample, time = np.divmod(np.arange(n_samples * n_bins), n_bins)
    angles = np.stack([10.0 * sample + time, np.zeros(len(sample))], axis=1)
    batch = CellBatch(CIRCUIT, angles, sample, time, (0, 1), offsets)
    return Program((batch,), (n_samples, n_bins, 2), 0.02)


def test_rows_and_places() -> None:
    folded = fold(_program(5, 1), 3)
    assert (folded.shape, folded.samples_per_shot, folded.bin_width) == ((2, 3, 2), 3, 0.02)
    (batch,) = folded.batches
    assert batch.samples.tolist() == [0, 0, 0, 1, 1, 1]
    assert batch.bins.tolist() == [0, 1, 2, 0, 1, 2]
    # The place that is left over measures the first sample once more.
    assert batch.angles[:, 0].tolist() == [0, 10, 20, 30, 40, 0]
    assert folded.n_executions == 6


def test_samples_of_several_bins_follow_one_another() -> None:
    (batch,) = fold(_program(3, 2), 2).batches
    assert batch.samples.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert batch.bins.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert batch.angles[:, 0].tolist() == [0, 1, 10, 11, 20, 21, 0, 1]
    assert fold(_program(3, 2), 2).shape == (2, 4, 2)


def test_one_sample_across_changes_nothing() -> None:
    program = _program(4, 3)
    folded = fold(program, 1)
    assert folded.shape == program.shape
    for name in ("angles", "samples", "bins"):
        there, here = (getattr(p.batches[0], name) for p in (program, folded))
        assert np.array_equal(there, here)
    with pytest.raises(ConfigError, match="samples_per_shot"):
        fold(program, 0)


def test_what_else_a_batch_says_is_kept() -> None:
    (batch,) = fold(_program(2, 1, (0, 0)), 2).batches
    assert batch.circuit is CIRCUIT
    assert (batch.neurons, batch.offsets, batch.embedded) == ((0, 1), (0, 0), False)
