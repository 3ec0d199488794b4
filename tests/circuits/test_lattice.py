"""Several bins in one circuit: the same distribution as bin after bin."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from qiskit import qpy
from qiskit.quantum_info import Statevector

from neuroqgan.backends.local.aer import AerBackend
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.export import export_circuits
from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.circuits.multi_bin import BinDrive
from neuroqgan.errors import ConfigError
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.multi_bin_batches import multi_bin_batches
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.seeding import sampling_streams
from neuroqgan.simulation.filters import filter_past
from tests.lattices import last_bin_generator, pattern_lattice
from tests.programs import first_past, next_bins


def _bits(n: int) -> np.ndarray:
    """All patterns of ``n`` bits, in the order of a state vector."""
    return (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(bool)


def _product(generator: HistoryGenerator, past: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Probability of every pattern of all bins, bin after bin, from the cell of a single bin."""
    n, n_bins = generator.spec.n_neurons, len(path)
    cell = generator.ansatz(slice(0, n)).circuit(measure=False)
    by_pattern = generator.angles_by_pattern(np.arange(generator.latent.n_latent_states))
    silent, spiked = np.moveaxis(by_pattern, 1, 0)
    first = generator.angles(filter_past(past[None], 5), path[:1])[0, 0]
    later = generator.later.bias.detach().numpy()

    @cache
    def of_bin(t: int, before: tuple[bool, ...]) -> np.ndarray:
        known = first if t == 0 else np.where(before, spiked[path[t]], silent[path[t]])
        angles = np.concatenate([known[None], later]).astype(float)
        return Statevector(cell.assign_parameters(angles.ravel())).probabilities()

    patterns = _bits(n * n_bins).reshape(-1, n_bins, n)
    probability = np.ones(len(patterns))
    for i, pattern in enumerate(patterns):
        for t in range(n_bins):
            before = tuple(pattern[t - 1]) if t else ()
            probability[i] *= of_bin(t, before)[int(pattern[t] @ (1 << np.arange(n)))]
    return probability


@pytest.mark.parametrize("n_layers", [1, 2, 3])
@pytest.mark.parametrize("entangling", ["line", "none"])
def test_the_circuits_distribution_is_the_product_of_the_bins(
    n_layers: int, entangling: str
) -> None:
    generator = last_bin_generator(2, n_layers=n_layers, entangling=entangling)
    for seed in range(3):
        past = first_past(generator, 1, seed)
        (batch,) = next_bins(generator, past, seed, 3).batches
        circuit = batch.circuit.remove_final_measurements(inplace=False)
        found = Statevector(circuit.assign_parameters(batch.angles[0])).probabilities()
        path = generator.next_states(past, 3, sampling_streams(seed)[0])[0]
        wanted = _product(generator, past[0], path)
        assert wanted.sum() == pytest.approx(1, abs=1e-12)
        assert np.abs(found - wanted).max() < 1e-9
        # Otherwise the order of bins and neurons would not show.
        assert wanted.max() < 0.9
        assert np.ptp(wanted.reshape(4, 4, 4).sum((0, 1)) - wanted.reshape(4, 4, 4).sum((1, 2)))


def test_a_lattice_of_one_bin_is_the_cell() -> None:
    generator = last_bin_generator(3)
    past = generator.initial_past(5, 2)
    (cell,) = generator.next_program(past, 0, 1, 2).batches
    first = generator.angles_after(past, generator.next_states(past, 1, 2)[:, 0])[:, 0]
    later = generator.later.bias.detach().double().numpy()
    drive = BinDrive(np.stack([first, first], axis=1)[:, None], later)
    (lattice,) = multi_bin_batches(generator, LatticeAnsatz, drive)
    assert np.array_equal(lattice.angles, cell.angles)
    gates = [[str(p) for p in i.operation.params] for i in cell.circuit.data]
    wide = [i for i in lattice.circuit.data if i.operation.name != "barrier"]
    assert [[str(p) for p in i.operation.params] for i in wide] == gates
    with pytest.raises(ConfigError, match="n_bins"):
        LatticeAnsatz(CellAnsatz(2), 0)


def test_neighbours_alone_are_joined_by_one_gate_a_spike_and_pair() -> None:
    circuit = LatticeAnsatz(CellAnsatz(4, 2), 5).circuit()
    assert circuit.num_qubits == circuit.num_clbits == 20
    assert dict(circuit.count_ops()) == {
        "ry": 4 * 5 + 4 * 4 + 4 * 5,
        "cz": 4 * 4 + 3 * 5,
        "barrier": 1,
        "measure": 20,
    }
    for gate in circuit.data:
        if gate.operation.name == "cz":
            first, second = (circuit.find_bit(qubit).index for qubit in gate.qubits)
            assert second - first in {1, 4}
            assert second - first == 4 or second % 4
    # A lattice of bins is as deep as they are many, and no deeper for more neurons.
    depths = [LatticeAnsatz(CellAnsatz(n, 2), 5).circuit().depth() for n in (4, 8)]
    assert depths[0] == depths[1]


def test_bits_come_back_in_their_order_from_aer() -> None:
    patterns = np.random.default_rng(0).random((40, 5, 3)) < 0.4
    patterns[0] = False
    patterns[0, 0, 2] = patterns[0, 4, 0] = True
    raster = AerBackend().run(pattern_lattice(patterns), seed=1)
    assert np.array_equal(raster.spikes, patterns)


def test_aer_agrees_with_the_exact_path() -> None:
    """Rates, counts, and products a bin later, within five standard errors of 4,000 rasters."""
    generator, n_samples, n_bins = last_bin_generator(4, group_size=2), 4000, 3
    past = first_past(generator, n_samples, 5)
    program = next_bins(generator, past, 5, n_bins)
    assert [batch.neurons for batch in program.batches] == [(0, 1) * 3, (2, 3) * 3]
    blocks = AerBackend().run(program, seed=3).spikes.astype(float)
    exact = generator.draw_exactly(n_samples, n_bins, 6).astype(float)
    for a, b in (
        (blocks, exact),
        (blocks.sum(2), exact.sum(2)),
        (blocks[:, 1:] * blocks[:, :-1], exact[:, 1:] * exact[:, :-1]),
        (blocks[..., :1] * blocks[..., 1:], exact[..., :1] * exact[..., 1:]),
    ):
        error = np.sqrt((a.var(0) + b.var(0)) / n_samples)
        assert (np.abs(a.mean(0) - b.mean(0)) < 5 * error + 1e-3).all()


def test_the_first_bin_of_a_block_is_that_of_a_single_bin() -> None:
    generator = last_bin_generator(4)
    past = first_past(generator, 30, 1)
    (one,) = next_bins(generator, past, 1).batches
    (many,) = next_bins(generator, past, 1, 4).batches
    assert np.array_equal(one.angles[:, :4], many.angles[:, :4])


def test_a_generator_without_a_lattice_says_so() -> None:
    generator = build_generator(GeneratorSpec.of("history", 2, 4, 0.02))
    with pytest.raises(ConfigError, match="so many bins"):
        next_bins(generator, np.zeros((1, 1, 2), bool), 0, 2)


def test_it_is_exported_beside_its_cells(tmp_path: Path) -> None:
    generator = last_bin_generator(5, 3, group_size=3)
    circuits = (*generator.circuits(), *generator.circuits(3))
    paths = export_circuits(circuits, tmp_path)
    names = {path.stem for path in paths}
    sizes = ("cell-2-neurons", "cell-3-neurons")
    assert names == {*sizes, "lattice-2-neurons-3-bins", "lattice-3-neurons-3-bins"}
    with (tmp_path / "lattice-3-neurons-3-bins.qpy").open("rb") as file:
        (circuit,) = qpy.load(file)
    lattice = LatticeAnsatz(CellAnsatz(3, 2), 3).circuit()
    assert circuit.count_ops() == lattice.count_ops()
    assert circuit.num_parameters == lattice.num_parameters
