"""The exact backend: the distribution of the state vector, whatever the threads."""

from __future__ import annotations

import numba
import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from neuroqgan.backends.local.exact import ExactBackend, read_cell
from neuroqgan.backends.names import parse
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.errors import InputError, PlanError
from neuroqgan.gradients.adjoint import pattern_probabilities
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.simulation.statevector.patterns import sample_patterns
from tests.helpers import several_threads
from tests.programs import whole_program


@pytest.mark.parametrize("ansatz", [CellAnsatz(1, 1), CellAnsatz(3, 2, "ring"), CellAnsatz(6, 3)])
def test_patterns_come_as_often_as_the_state_vector_says(ansatz: CellAnsatz) -> None:
    angles = np.random.default_rng(1).normal(size=(1, ansatz.n_angles)).astype(np.float32)
    n_cells = 20_000
    levels = (np.arange(n_cells) + 0.5) / n_cells
    drawn = sample_patterns(ansatz, angles.repeat(n_cells, 0), levels)
    shape = (1, ansatz.n_layers, ansatz.n_neurons)
    exact = pattern_probabilities(ansatz, torch.from_numpy(angles).reshape(shape))[0]
    share = np.bincount(drawn, minlength=len(exact)) / n_cells
    # Levels on a grid leave no chance: each pattern comes as often as its share, give or take one.
    assert np.abs(share - exact).max() < 1.5 / n_cells
    assert (np.diff(drawn) >= 0).all()


def test_the_number_of_threads_changes_nothing() -> None:
    random = np.random.default_rng(2)
    ansatz = CellAnsatz(5, 3)
    angles, levels = random.normal(size=(500, 15)), random.random(500)
    before = several_threads()
    try:
        numba.set_num_threads(1)
        alone = sample_patterns(ansatz, angles, levels)
        numba.set_num_threads(before)
        assert np.array_equal(alone, sample_patterns(ansatz, angles, levels))
    finally:
        numba.set_num_threads(before)


@pytest.mark.parametrize("neuron", range(4))
def test_one_neuron_that_always_spikes_lands_in_its_column(neuron: int) -> None:
    angles = np.zeros((3, 4))
    angles[1, neuron] = np.pi
    drawn = sample_patterns(CellAnsatz(4, 1), angles, np.array([0.0, 0.5, 1 - 2**-53]))
    assert drawn.tolist() == [0, 1 << neuron, 0]


def test_the_same_seed_gives_the_same_raster() -> None:
    generator = build_generator(GeneratorSpec.of("stationary", 5, 4, 0.02, group_size=3))
    generator.initialise(np.full(5, 0.3), 0)
    program = whole_program(generator, 60, 1)
    done: list[int] = []
    one = ExactBackend().run(program, seed=1, on_progress=done.append)
    assert one == ExactBackend().run(program, seed=1)
    assert one != ExactBackend().run(program, seed=2)
    assert sum(done) == program.n_executions == 60 * 4 * 2


def test_rates_agree_with_aer() -> None:
    generator = build_generator(GeneratorSpec.of("stationary", 4, 5, 0.02))
    generator.initialise(np.array([0.1, 0.2, 0.3, 0.4]), 0)
    program = whole_program(generator, 2000, 1)
    rates = [resolve(name).run(program, seed=3).spikes.mean((0, 1)) for name in ("exact", "aer")]
    assert np.allclose(*rates, atol=0.02)


def test_its_name() -> None:
    assert str(parse("exact")) == "exact"
    assert parse("exact").kind == "exact"
    assert isinstance(resolve("exact"), ExactBackend)


def test_other_cells_are_refused() -> None:
    assert read_cell(CellAnsatz(4, 2, "ring").circuit()) == CellAnsatz(4, 2, "ring")
    circuit = QuantumCircuit(2, 2)
    circuit.rx(Parameter("a"), 0)
    circuit.measure([0, 1], [0, 1])
    with pytest.raises(PlanError, match="does not know") as caught:
        read_cell(circuit)
    assert "1 rx" in caught.value.got
    ring = CellAnsatz(4, 2, "ring").circuit()
    ring.metadata = {}  # as in jobs of earlier versions
    assert read_cell(ring) == CellAnsatz(4, 2, "ring")
    ring.metadata = CellAnsatz(4, 2).circuit().metadata
    with pytest.raises(PlanError, match="a circuit of CellAnsatz"):
        read_cell(ring)


@pytest.mark.parametrize(
    ("angles", "message"),
    [(np.zeros((2, 3)), "another shape"), (np.full((2, 4), np.nan), "finite")],
)
def test_bad_angles(angles: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sample_patterns(CellAnsatz(4, 1), angles, np.zeros(2))
