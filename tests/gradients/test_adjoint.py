"""The adjoint kernel against Qiskit's state vector and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from qiskit.quantum_info import Statevector

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.errors import InputError
from neuroqgan.gradients.adjoint import AdjointEngine, pattern_probabilities
from neuroqgan.gradients.moments import pair_features, pattern_bits
from tests.helpers import several_threads

CELLS = [
    CellAnsatz(1, 1),
    CellAnsatz(2, 3),
    CellAnsatz(3, 2, "ring"),
    CellAnsatz(5, 4),
    CellAnsatz(6, 5, "ring"),
    CellAnsatz(4, 3, "none"),
    CellAnsatz(10, 3),
]


def _angles(ansatz: CellAnsatz, n_cells: int, seed: int = 0) -> torch.Tensor:
    random = np.random.default_rng(seed)
    shape = (n_cells, ansatz.n_layers, ansatz.n_neurons)
    return torch.from_numpy(random.normal(size=shape).astype(np.float32))


def _statevector(ansatz: CellAnsatz, angles: np.ndarray) -> np.ndarray:
    circuit = ansatz.circuit(measure=False)
    return np.abs(Statevector(circuit.assign_parameters(angles.astype(float).ravel())).data) ** 2


@pytest.mark.parametrize("ansatz", CELLS, ids=str)
def test_probabilities_agree_with_qiskit(ansatz: CellAnsatz) -> None:
    angles = _angles(ansatz, 5)
    exact = np.array([_statevector(ansatz, row) for row in angles.numpy()])
    assert np.abs(pattern_probabilities(ansatz, angles) - exact).max() < 1e-5
    moments = AdjointEngine().moments(ansatz, angles, n_parts=1)
    bits = pattern_bits(ansatz.n_neurons)
    counts = bits.sum(1)
    k = np.stack([exact[:, counts == k].sum(1) for k in range(ansatz.n_neurons + 1)], 1)
    assert np.abs(moments.marginals.numpy() - exact @ bits).max() < 1e-5
    assert np.abs(moments.k_probability.numpy() - k).max() < 1e-5
    pairs = (exact @ pair_features(bits)).mean(0)
    assert np.allclose(moments.pairs.numpy()[0], pairs, atol=1e-5)


def _loss(moments, random: np.random.Generator) -> torch.Tensor:
    terms = []
    for values in (moments.marginals, moments.k_probability, moments.pairs):
        weight = torch.from_numpy(random.normal(size=tuple(values.shape)).astype(np.float32))
        terms.append((weight * values).sum())
    return sum(terms)


@pytest.mark.parametrize("ansatz", CELLS, ids=str)
def test_gradients_agree_with_finite_differences(ansatz: CellAnsatz) -> None:
    angles = _angles(ansatz, 4, seed=1).requires_grad_(True)
    loss = _loss(AdjointEngine().moments(ansatz, angles, n_parts=2), np.random.default_rng(2))
    loss.backward()

    bits = pattern_bits(ansatz.n_neurons)
    counts = bits.sum(1)
    random = np.random.default_rng(2)
    n = ansatz.n_neurons
    by_marginal = random.normal(size=(4, n)).astype(np.float32)
    by_count = random.normal(size=(4, n + 1)).astype(np.float32)
    by_pair = random.normal(size=(2, n * (n - 1) // 2)).astype(np.float32)
    energy = bits @ by_marginal.T + by_count.T[counts]
    energy = energy.T + np.repeat(by_pair @ pair_features(bits).T, 2, axis=0) / 2

    chosen = random.choice(ansatz.n_angles, min(6, ansatz.n_angles), replace=False)
    step = 1e-4
    for cell in range(4):
        for index in chosen:
            values = []
            for sign in (1, -1):
                moved = angles.detach().numpy()[cell].astype(float).ravel()
                moved[index] += sign * step
                values.append(_statevector(ansatz, moved) @ energy[cell])
            expected = (values[0] - values[1]) / (2 * step)
            found = angles.grad.reshape(4, -1)[cell, index]
            assert float(found) == pytest.approx(
                expected, abs=1e-5 * float(1 + np.abs(energy).max())
            )


def test_the_number_of_cells_need_not_fill_the_lanes() -> None:
    ansatz = CellAnsatz(3, 2)
    angles = _angles(ansatz, 130)
    whole = AdjointEngine().moments(ansatz, angles, n_parts=1)
    alone = AdjointEngine().moments(ansatz, angles[77:78], n_parts=1)
    assert torch.allclose(whole.marginals[77], alone.marginals[0], atol=1e-6)
    assert float(whole.k_probability.sum()) == pytest.approx(130, abs=1e-3)


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    import numba

    ansatz = CellAnsatz(5, 3)
    gradients = []
    most = several_threads()
    for threads in (1, most):
        numba.set_num_threads(threads)
        angles = _angles(ansatz, 300).requires_grad_(True)
        AdjointEngine().moments(ansatz, angles, n_parts=2).pairs.square().sum().backward()
        gradients.append(angles.grad.clone())
    assert torch.equal(*gradients)


def test_a_retained_graph_can_be_used_twice() -> None:
    ansatz = CellAnsatz(3, 2)
    angles = _angles(ansatz, 4).requires_grad_(True)
    loss = AdjointEngine().moments(ansatz, angles, n_parts=1).marginals.square().sum()
    (first,) = torch.autograd.grad(loss, angles, retain_graph=True)
    (second,) = torch.autograd.grad(loss, angles)
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    ("shape", "parts", "message"),
    [((4, 3, 2), 1, "another shape"), ((0, 2, 3), 1, "divided"), ((4, 2, 3), 3, "divided")],
)
def test_bad_angles(shape: tuple[int, ...], parts: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        AdjointEngine().moments(CellAnsatz(3, 2), torch.zeros(shape), n_parts=parts)
