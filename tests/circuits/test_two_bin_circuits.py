"""Circuits of several bins that know two bins, or act on measured bits: what they measure."""

from __future__ import annotations

import io

import numpy as np
import pytest
from qiskit import qpy

from neuroqgan.backends.local.shots import AerShots
from neuroqgan.circuits.built_from import gates
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.feed_forward import FeedForwardAnsatz, TwoBinFeedForwardAnsatz
from neuroqgan.circuits.multi_bin import MultiBinAnsatz, multi_bin_kinds
from neuroqgan.circuits.past_patterns import to_values
from neuroqgan.circuits.two_bin_line import TwoBinLineAnsatz
from neuroqgan.errors import ConfigError, InputError
from tests.branching import exact_distribution, random_drive, walked_distribution

KINDS = [TwoBinLineAnsatz, FeedForwardAnsatz, TwoBinFeedForwardAnsatz]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n_neurons", "n_layers", "n_bins"), [(1, 1, 6), (2, 2, 3), (1, 2, 1)])
def test_it_measures_what_a_walk_from_bin_to_bin_does(
    kind: type[MultiBinAnsatz], n_neurons: int, n_layers: int, n_bins: int
) -> None:
    cell = CellAnsatz(n_neurons, n_layers)
    ansatz = kind(cell, n_bins)
    drive = random_drive(cell, kind.past_bins, n_bins, seed=n_bins)
    circuit = ansatz.circuit().assign_parameters(ansatz.values(drive)[0])
    found, wanted = exact_distribution(circuit), walked_distribution(cell, drive)
    assert np.allclose(found, wanted, atol=1e-12)
    assert np.isclose(found.sum(), 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_unrecorded", [1, 2, 3])
def test_unrecorded_bins_lead_to_the_first_one(
    kind: type[MultiBinAnsatz], n_unrecorded: int
) -> None:
    cell = CellAnsatz(1, 1)
    for n_bins in (2, 4):
        drive = random_drive(cell, kind.past_bins, n_unrecorded + n_bins, seed=n_unrecorded)
        ansatz = kind.of(cell, n_bins, n_unrecorded)
        circuit = ansatz.circuit().assign_parameters(ansatz.values(drive)[0])
        assert circuit.num_clbits == n_bins
        whole = walked_distribution(cell, drive).reshape(-1, 1 << n_unrecorded).sum(1)
        assert np.allclose(exact_distribution(circuit), whole, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_drive_is_read_back_from_the_values(kind: type[MultiBinAnsatz]) -> None:
    ansatz = kind(CellAnsatz(2, 3), 4)
    drive = random_drive(ansatz.cell, kind.past_bins, 4, seed=1)
    values = ansatz.values(drive)
    assert values.shape == (2, ansatz.n_angles) == (2, ansatz.circuit().num_parameters)
    again = ansatz.drive(values)
    assert np.allclose(again.after, drive.after)
    assert np.allclose(again.later, drive.later)


def test_with_one_bin_values_are_those_of_a_lattice() -> None:
    drive = random_drive(CellAnsatz(3, 2), 1, 4, seed=2)
    lattice = multi_bin_kinds(1)["lattice"](CellAnsatz(3, 2), 4)
    assert np.allclose(to_values(drive, 1, 4), lattice.values(drive))


@pytest.mark.parametrize("kind", KINDS)
def test_aer_binds_every_row(kind: type[MultiBinAnsatz]) -> None:
    """With conditions as well: each row has the distribution of its own angles."""
    cell = CellAnsatz(1, 2)
    ansatz = kind(cell, 4)
    drive = random_drive(cell, kind.past_bins, 4, seed=3)
    values = ansatz.values(drive)
    bits = AerShots().measure(ansatz.circuit(), values, n_shots=4000, seed=5)
    for row, measured in zip(values, bits, strict=True):
        wanted = exact_distribution(ansatz.circuit().assign_parameters(row))
        counts = np.bincount((measured << np.arange(4)).sum(1), minlength=16)
        assert np.abs(counts / 4000 - wanted).max() < 0.035
        assert np.abs(counts / 4000 - wanted[::-1]).max() > 0.07


@pytest.mark.parametrize("kind", KINDS)
def test_it_survives_storage(kind: type[MultiBinAnsatz]) -> None:
    circuit = kind(CellAnsatz(2, 2), 4).circuit()
    file = io.BytesIO()
    qpy.dump(circuit, file)
    file.seek(0)
    (again,) = qpy.load(file)
    assert gates(again) == gates(circuit)
    assert again.metadata == circuit.metadata


def test_conditions_are_what_the_service_allows() -> None:
    circuit = TwoBinFeedForwardAnsatz(CellAnsatz(2, 2), 4).circuit()
    conditional = [one for one in circuit.data if one.name == "if_else"]
    assert len(conditional) == 2 * (1 + 3 + 3)
    for one in conditional:
        assert len(one.operation.blocks) == 1
        assert not one.operation.params[0].parameters
        assert set(one.operation.blocks[0].count_ops()) == {"z"}
        bit, value = one.operation.condition
        assert circuit.find_bit(bit).index % 2 == circuit.find_bit(one.qubits[0]).index
        assert value == 1


def test_a_line_joins_neighbours_alone() -> None:
    cell = CellAnsatz(3, 2)
    for ansatz, n_joins in ((TwoBinLineAnsatz(cell, 6), 3 * 3 + 2 * 2),):
        circuit = ansatz.circuit()
        joins = {
            tuple(sorted(circuit.find_bit(q).index for q in one.qubits))
            for one in circuit.data
            if len(one.qubits) == 2
        }
        assert len(joins) == n_joins
        # copy of the first, first, second, copy of the second
        assert {(0, 3), (0, 6), (3, 9)} <= joins


def test_wrong_shapes_and_sizes_are_refused() -> None:
    ansatz = TwoBinLineAnsatz(CellAnsatz(2, 2), 3)
    drive = random_drive(ansatz.cell, 1, 3, seed=1)
    with pytest.raises(InputError, match="after"):
        ansatz.values(drive)
    with pytest.raises(InputError, match="values"):
        ansatz.drive(np.zeros((2, 3)))
    with pytest.raises(ConfigError):
        TwoBinLineAnsatz(CellAnsatz(1, 1), 0)
    with pytest.raises(ConfigError):
        TwoBinLineAnsatz(CellAnsatz(1, 1), 2, -1)
    with pytest.raises(ConfigError, match="no place"):
        TwoBinFeedForwardAnsatz.of(CellAnsatz(1, 1), 1, 3)
    assert FeedForwardAnsatz.of(CellAnsatz(1, 1), 1, 3).n_angles == 7
