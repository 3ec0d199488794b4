"""Gradients from shots: parameter shift and SPSA, on ideal and on noisy Aer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error

from neuroqgan.backends.local.shots import AerShots
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.errors import ConfigError, InputError
from neuroqgan.gradients.adjoint import AdjointEngine
from neuroqgan.gradients.independent_neurons import independent_jacobian
from neuroqgan.gradients.network import ShotNetwork, mean_features
from neuroqgan.gradients.shifts import ParameterShift, Spsa
from neuroqgan.gradients.shot_engine import ShotEngine

CELL = CellAnsatz(4, 3)
N_SHOTS = 8000


def _angles(n_cells: int, seed: int = 0) -> torch.Tensor:
    random = np.random.default_rng(seed)
    values = random.normal(size=(n_cells, CELL.n_layers, CELL.n_neurons)).astype(np.float32)
    return torch.from_numpy(values).requires_grad_(True)


def _gradient(engine, angles: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    moments = engine.moments(CELL, angles, n_parts=1, seed=4)
    (gradient,) = torch.autograd.grad((weight * moments.marginals).sum(), angles)
    return gradient


def _readout(flip: float) -> NoiseModel:
    noise = NoiseModel()
    noise.add_all_qubit_readout_error(ReadoutError([[1 - flip, flip], [flip, 1 - flip]]))
    return noise


@pytest.mark.parametrize(("noise", "damping"), [(None, 1.0), (_readout(0.1), 0.8)])
def test_parameter_shift_agrees_with_adjoint(noise: NoiseModel | None, damping: float) -> None:
    # A symmetric readout flip p maps every marginal to p + (1 - 2p) marginal, exactly.
    angles = _angles(3)
    weight = torch.from_numpy(np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32))
    exact = damping * _gradient(AdjointEngine(), angles, weight)
    engine = ShotEngine(ParameterShift(), AerShots(noise), N_SHOTS)
    measured = _gradient(engine, angles, weight)
    # Each of the two shifted means has a variance below 1/4 a shot, neurons add up.
    error = weight.norm(dim=1) * np.sqrt(2 * 0.25 / N_SHOTS) / 2
    assert ((measured - exact).abs() < 5 * error[:, None, None]).all()
    assert exact.abs().max() > 20 * error.max()
    assert engine.n_circuits == 3 * (1 + 2 * CELL.n_angles)


@pytest.mark.slow
def test_parameter_shift_with_gate_noise_is_the_slope_of_the_noisy_cell() -> None:
    from qiskit_aer import AerSimulator

    noise = NoiseModel()
    noise.add_all_qubit_quantum_error(depolarizing_error(0.05, 1), ["ry"])
    noise.add_all_qubit_quantum_error(depolarizing_error(0.1, 2), ["cz"])
    angles = _angles(1, seed=2)
    weight = torch.ones(1, 4)
    measured = _gradient(ShotEngine(ParameterShift(), AerShots(noise), N_SHOTS), angles, weight)

    simulator = AerSimulator(method="density_matrix", noise_model=noise)
    circuit = CELL.circuit(measure=False)
    circuit.save_probabilities()
    spikes = np.array([bin(outcome).count("1") for outcome in range(16)])

    def mean_count(values: np.ndarray) -> float:
        run = simulator.run(circuit.assign_parameters(values)).result()
        return float(run.data()["probabilities"] @ spikes)

    flat = angles.detach().numpy().astype(float).ravel()
    step = 1e-3
    for index in range(CELL.n_angles):
        moved = step * np.eye(CELL.n_angles)[index]
        slope = (mean_count(flat + moved) - mean_count(flat - moved)) / (2 * step)
        assert float(measured.flatten()[index]) == pytest.approx(
            slope, abs=5 * np.sqrt(0.5 / N_SHOTS)
        )


def test_spsa_is_unbiased() -> None:
    angles = _angles(1, seed=3)
    weight = torch.ones(1, 4)
    exact = _gradient(AdjointEngine(), angles, weight).flatten()
    many = angles.detach().repeat(3000, 1, 1).requires_grad_(True)
    engine = ShotEngine(Spsa(n_repeats=2, perturbation=0.1), AerShots(), 64)
    moments = engine.moments(CELL, many, n_parts=1, seed=1)
    (rows,) = torch.autograd.grad(moments.marginals.sum(), many)
    mean, error = rows.flatten(1).mean(0), rows.flatten(1).std(0) / np.sqrt(3000)
    assert ((mean - exact).abs() < 5 * error + 0.02).all()
    assert engine.n_circuits == 3000 * 5


def test_differentiating_some_cells_is_unbiased() -> None:
    angles = _angles(12, seed=5)
    weight = torch.from_numpy(np.random.default_rng(6).normal(size=(12, 4)).astype(np.float32))
    exact = _gradient(AdjointEngine(), angles, weight)
    engine = ShotEngine(ParameterShift(), AerShots(), 256, n_differentiated=3)
    total = torch.zeros_like(exact)
    n_repeats = 200
    for seed in range(n_repeats):
        moments = engine.moments(CELL, angles, n_parts=1, seed=seed)
        (gradient,) = torch.autograd.grad((weight * moments.marginals).sum(), angles)
        total += gradient / n_repeats
    flat = angles.detach().flatten(1).numpy().astype(float)
    start = torch.from_numpy(independent_jacobian(flat, 4)[:, :4]).float()
    left = exact - torch.einsum("cn,cna->ca", weight, start).reshape(exact.shape)
    # A cell is chosen in a quarter of the repeats, and what it differs from independent neurons
    # counts fourfold then: variance 3 g^2.
    error = (3 * left.square() + 4 * weight.square().sum(1)[:, None, None] / 512) / n_repeats
    assert ((total - exact).abs() < 5 * error.sqrt()).all()
    assert engine.n_circuits == n_repeats * (12 + 3 * 2 * CELL.n_angles)


def test_independent_neurons_have_known_derivatives() -> None:
    cell = CellAnsatz(4, 3, entangling="none")
    angles = _angles(2, seed=7)
    found = independent_jacobian(angles.detach().flatten(1).numpy().astype(float), 4)
    for row in range(2):
        moments = AdjointEngine().moments(cell, angles[row : row + 1], n_parts=1, seed=0)
        features = (moments.marginals, moments.k_probability, moments.pairs)
        for index, value in enumerate(torch.cat(features, dim=1)[0]):
            (exact,) = torch.autograd.grad(value, angles, retain_graph=True)
            assert exact[row].flatten().numpy() == pytest.approx(found[row, index], abs=1e-5)


def test_few_differentiated_cells_are_enough_where_neurons_are_nearly_independent() -> None:
    angles = _angles(64, seed=8).detach()
    angles[:, 1:] *= 0.05
    angles.requires_grad_(True)
    engine = ShotEngine(ParameterShift(), AerShots(), 64, n_differentiated=4)
    slopes = []
    for seed in range(20):
        moments = engine.moments(CELL, angles, n_parts=1, seed=seed)
        (gradient,) = torch.autograd.grad(moments.marginals.sum(), angles)
        slopes.append(gradient[:, 0].sum(0))
    exact = _gradient(AdjointEngine(), angles, torch.ones(64, 4))[:, 0]
    spread = torch.stack(slopes).std(0)
    # Sixteen times the derivatives of four cells would spread like this, without any shot noise.
    by_few = exact.std(0) * 64 / 4**0.5
    assert (spread < 0.4 * by_few).all()


def test_probabilities_sum_to_one_and_shots_come_along() -> None:
    moments = ShotEngine(ParameterShift(), AerShots(), 32).moments(
        CELL, _angles(5), n_parts=1, seed=1
    )
    assert torch.allclose(moments.k_probability.sum(1), torch.ones(5), atol=1e-6)
    assert moments.shots is not None
    assert moments.shots.shape == (5, 32, 4)
    assert np.allclose(moments.shots.mean(1), moments.marginals.detach().numpy(), atol=1e-6)


def test_without_gradients_only_the_cells_are_measured() -> None:
    engine = ShotEngine(ParameterShift(), AerShots(), 8)
    engine.moments(CELL, _angles(5).detach(), n_parts=1, seed=1)
    assert engine.n_circuits == 5


def test_one_call_to_aer_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    measure = AerShots.measure

    def counted(self, *args, **kwargs):
        calls.append(1)
        return measure(self, *args, **kwargs)

    monkeypatch.setattr(AerShots, "measure", counted)
    angles = _angles(2)
    moments = ShotEngine(ParameterShift(), AerShots(), 8).moments(CELL, angles, n_parts=1, seed=1)
    moments.marginals.sum().backward()
    assert len(calls) == 1


def test_a_backward_pass_for_other_angles_is_refused() -> None:
    network = ShotNetwork(CELL, ParameterShift(), AerShots(), 8)
    network.forward(np.zeros((1, 12)), np.zeros(0))
    with pytest.raises(InputError, match="other angles"):
        network.backward(np.ones((1, 12)), np.zeros(0))


def test_mean_features_of_known_patterns() -> None:
    patterns = np.array([[[1, 1, 0], [1, 0, 0]]], bool)
    assert mean_features(patterns).tolist() == [[1, 0.5, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0]]


@pytest.mark.parametrize("kwargs", [{"n_repeats": 0}, {"perturbation": 0.0}])
def test_bad_spsa(kwargs: dict) -> None:
    with pytest.raises(ConfigError, match="SPSA"):
        Spsa(**kwargs)
