"""Batches of circuits, and where their bits belong."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from neuroqgan.backends.local.simulated import AerBackend
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.errors import InputError
from neuroqgan.raster import SpikeRaster
from tests.helpers import assemble


def one_angle() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.ry(ParameterVector("angle", 1)[0], 0)
    return circuit


def batch(
    neurons: tuple[int, ...], samples: list[int], bins: list[int], offsets: tuple[int, ...] = ()
) -> CellBatch:
    angles = np.zeros((len(samples), 1))
    return CellBatch(one_angle(), angles, np.array(samples), np.array(bins), neurons, offsets)


def test_bits_go_to_their_address() -> None:
    first, second = batch((2, 0), [0, 0], [1, 0]), batch((1,), [0, 0], [0, 1])
    program = Program((first, second), (1, 2, 3), 0.02)
    bits = [np.array([[1, 0], [0, 1]], bool), np.array([[0], [1]], bool)]
    layout = AerBackend().plan(program).layout
    assert layout.decode(bits) == SpikeRaster(assemble(program, bits), 0.02)
    assert assemble(program, bits).tolist() == [[[True, False, False], [False, True, True]]]
    assert program.n_executions == 4
    assert program.samples_per_shot == 1


def test_one_row_may_hold_several_bins() -> None:
    # Bits of row (sample 1, bin 1), out of order in neurons and in bins.
    late = batch((1, 0, 0, 1), [1], [1], (1, 0, 1, 0))
    rest = [batch((0, 1), [1], [0]), batch((0, 1) * 3, [0], [0], (0, 0, 1, 1, 2, 2))]
    program = Program((late, *rest), (2, 3, 2), 0.02)
    bits = [[1, 1, 0, 0]], [[0, 0]], [[0, 1, 1, 0, 0, 0]]
    spikes = assemble(program, [np.array(part, bool) for part in bits])
    assert spikes.astype(int).tolist() == [[[0, 1], [1, 0], [0, 0]], [[0, 0], [1, 0], [0, 1]]]
    assert late.bit_offsets == (1, 0, 1, 0)
    assert rest[0].bit_offsets == (0, 0)
    assert not late.embedded


def test_arrays_of_other_shapes_are_refused_by_the_name_of_their_dimensions() -> None:
    with pytest.raises(InputError, match="offsets") as caught:
        batch((0, 1), [0], [0], (0,))
    assert "2 classical bits" in caught.value.expected
    rows = np.zeros(2, int)
    for angles, samples, bins, name in (
        (np.zeros((2, 2)), rows, rows, "angles"),
        (np.zeros(2), rows, rows, "angles"),
        (np.zeros((2, 1)), rows[:1], rows, "samples"),
        (np.zeros((2, 1)), rows, rows[:, None], "bins"),
    ):
        with pytest.raises(InputError, match=f"array {name} has another shape") as caught:
            CellBatch(one_angle(), angles, samples, bins, (0,))
        assert ("n_angles = 1" if name == "angles" else "n_rows = 2") in caught.value.expected
