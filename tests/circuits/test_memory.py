"""The generator with quantum memory: weights, circuit, program, and its channel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from qiskit.quantum_info import Operator

from neuroqgan.backends.local.shots import SAFE_GATES, AerShots
from neuroqgan.circuits.memory import MemoryAnsatz
from neuroqgan.errors import ConfigError, InputError
from neuroqgan.gradients.memory_moments import exact_moments
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.simulation.memory.channel import MemoryChannel, relax, stationary_state
from neuroqgan.simulation.memory.operators import build_operators, cz_line, rotations, signs
from tests.helpers import assemble
from tests.programs import whole_program


def _spec(**changes: int) -> GeneratorSpec:
    sizes = {"n_neurons": 3, "n_bins": 4, "bin_width": 0.02, "n_memory": 2, "n_mixing": 3}
    return GeneratorSpec.of("memory", **sizes | changes)


def _generator(seed: int = 0, scale: float = 0.7, **changes: int) -> MemoryGenerator:
    generator = build_generator(_spec(**changes))
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in generator.parameters():
            weight.copy_(scale * torch.randn(weight.shape, generator=random))
    return generator


def test_parameters_are_linear_in_neurons_and_independent_of_bins() -> None:
    counts = [_generator(n_neurons=n).n_parameters for n in (10, 20, 30)]
    assert counts[2] - counts[1] == counts[1] - counts[0] == 10 * 3 * 2
    assert _generator(n_bins=4).n_parameters == _generator(n_bins=40).n_parameters
    assert build_generator(GeneratorSpec.of("memory", 10, 16, 0.02)).n_parameters <= 400
    assert build_generator(GeneratorSpec.of("memory", 50, 16, 0.02)).n_parameters <= 1300


def test_it_starts_near_the_rates_and_differs_by_seed() -> None:
    rates = np.array([0.02, 0.1, 0.2])
    generators = [build_generator(_spec(n_memory=4)) for _ in range(3)]
    for generator, seed in zip(generators, (1, 1, 2), strict=True):
        generator.initialise(rates, seed)
    channel = MemoryChannel(generators[0].operators().detach())
    moments = exact_moments(channel, stationary_state(channel), n_lags=1)
    assert np.allclose(moments.rate.numpy(), rates, rtol=0.3)
    first, same, other = (generator.emission for generator in generators)
    assert torch.equal(first, same)
    assert not torch.allclose(first, other)


@pytest.mark.parametrize("n_memory", [0, 9])
def test_impossible_memories_are_refused(n_memory: int) -> None:
    with pytest.raises(ConfigError):
        build_generator(_spec(n_memory=n_memory))
    with pytest.raises(ConfigError):
        MemoryAnsatz(3, 2, 0)
    with pytest.raises(ConfigError, match="n_samples"):
        whole_program(_generator(), 0, 1)


def test_terms_of_an_emission_angle_differ_by_one_qubit() -> None:
    terms = signs(3)
    bit = 1 - 2.0 * ((np.arange(8)[:, None] >> np.arange(3)) & 1)
    pairs = [bit[:, 0] * bit[:, 1], bit[:, 1], bit[:, 1] * bit[:, 2], bit[:, 2]]
    assert np.array_equal(terms, np.stack([np.ones(8), bit[:, 0], *pairs], 1))
    assert cz_line(3).tolist() == [1, 1, 1, -1, 1, 1, -1, 1]


@pytest.mark.parametrize("n_memory", [1, 2, 3])
def test_tables_are_the_circuit(n_memory: int) -> None:
    """One bin of one neuron, as a unitary, against the matrices of the exact path."""
    generator = _generator(3, n_neurons=1, n_memory=n_memory)
    ansatz = generator.ansatz
    weights = [w.detach().double() for w in (generator.mixing, generator.emission, generator.kick)]
    circuit = ansatz.circuit(1)
    values = ansatz.angles(*(w.numpy() for w in weights))
    bound = circuit.assign_parameters(values)
    for name in ("reset", "measure"):
        bound.data = [i for i in bound.data if i.operation.name != name]
    dimension = 1 << n_memory
    kraus = Operator(bound).data[:, :dimension].reshape(2, dimension, dimension)
    operators = build_operators(*weights)
    silent = operators.silent[0][:, None] * operators.mixing
    spike = rotations(operators.kick)[0] @ (operators.spike[0][:, None] * operators.mixing)
    assert np.allclose(kraus, torch.stack([silent, spike]).numpy(), atol=1e-12)


def test_the_program_addresses_every_bin_of_one_circuit() -> None:
    program = whole_program(_generator(), 5, 0, n_bins=6)
    (batch,) = program.batches
    assert program.shape == (5, 6, 3)
    assert batch.angles.shape == (5, batch.circuit.num_parameters)
    assert (batch.angles == batch.angles[0]).all()
    assert batch.neurons == (0, 1, 2) * 6
    assert batch.offsets == tuple(np.repeat(range(6), 3).tolist())
    assert set(batch.circuit.count_ops()) <= SAFE_GATES
    bits = np.arange(5 * 18).reshape(5, 18) % 7 == 0
    assert np.array_equal(assemble(program, [bits]), bits.reshape(5, 6, 3))


def test_qubits_do_not_grow_with_neurons_or_bins() -> None:
    for n_emission in (1, 2, 3):
        circuit = MemoryAnsatz(7, 2, 2, n_emission).circuit(3)
        assert circuit.num_qubits == 2 + n_emission
        assert circuit.count_ops()["measure"] == 21
    assert MemoryAnsatz(1, 2, 2, 3).circuit(1).num_qubits == 3


@pytest.mark.parametrize("n_emission", [1, 2])
def test_aer_agrees_with_the_exact_path(n_emission: int) -> None:
    """Every moment within four standard errors, the first bin's too."""
    generator = _generator(1, n_emission=n_emission)
    n_shots = 4000
    program = whole_program(generator, n_shots, 0)
    (batch,) = program.batches
    bits = AerShots().measure(batch.circuit, batch.angles[:1], n_shots=n_shots, seed=5)[0]
    spikes = assemble(program, [bits]).astype(float)
    channel = MemoryChannel(generator.operators().detach())
    exact = exact_moments(channel, stationary_state(channel), n_lags=3)

    def agree(measured: np.ndarray, probability: torch.Tensor) -> None:
        p = probability.numpy()
        error = np.sqrt(p * (1 - p) / n_shots) + 1e-9
        assert (np.abs(measured - p) < 4 * error).all()

    agree(spikes[:, 0].mean(0), exact.rate)
    agree(spikes[:, 3].mean(0), exact.rate)
    first, second = np.triu_indices(3, 1)
    agree((spikes[:, 2, first] * spikes[:, 2, second]).mean(0), exact.pairs)
    counts = np.bincount(spikes[:, 1].sum(1).astype(int), minlength=4) / n_shots
    agree(counts, exact.k_probability)
    for lag in (1, 2, 3):
        products = np.einsum("si,sj->ij", spikes[:, 0], spikes[:, lag]) / n_shots
        agree(products, exact.lagged[lag - 1])


def test_the_stationary_state_solves_its_linear_equations() -> None:
    channel = MemoryChannel(_generator(2).operators().detach().double())
    basis = torch.eye(16, dtype=torch.double).reshape(16, 4, 4)
    matrix = channel.bin(basis).reshape(16, 16).T
    equations = torch.cat([matrix - torch.eye(16, dtype=torch.double), torch.eye(4).reshape(1, 16)])
    right = torch.zeros(17, 1, dtype=torch.double)
    right[-1] = 1
    solved = torch.linalg.lstsq(equations, right).solution.reshape(4, 4)
    state = stationary_state(channel)
    assert torch.allclose(state, solved, atol=1e-4)
    assert float(torch.trace(state)) == pytest.approx(1, abs=1e-9)


def test_a_memory_that_never_relaxes_is_refused() -> None:
    generator = _generator(0, scale=0.0, n_memory=1, n_mixing=1)
    operators = generator.operators().detach()
    channel = MemoryChannel(operators)
    start = torch.diag(torch.tensor([1.0, 0.0]))
    assert relax(channel, start, tolerance=1e-6, most_bins=5)[1] == 1  # nothing moves it
    with torch.no_grad():
        generator.mixing.fill_(0.02)  # a slow turn that no measurement interrupts
    channel = MemoryChannel(generator.operators().detach())
    assert relax(channel, start, tolerance=1e-6, most_bins=50)[1] > 50
    with pytest.raises(InputError, match="stationary"):
        stationary_state(channel, start=start)
