"""Rasters for the critic: many shots for each draw of the latents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from neuroqgan.backends.local.shot_calls import ShotCall, measure_calls
from neuroqgan.gradients.moments import pattern_bits

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from neuroqgan.models.latent.noise_driven import LatentGenerator


class RasterSource(Protocol):
    """Draws rasters from angles."""

    def draw(
        self, generator: LatentGenerator, angles: torch.Tensor, n_shots: int, seed: int
    ) -> NDArray[np.bool_]:
        """Return rasters.

        Parameters
        ----------
        generator
            Whose groups the neurons form.
        angles
            Radians, ``(n_samples, n_bins, n_layers, n_neurons)``.
        n_shots
            Rasters for each draw of the latents.
        seed
            Seed of the shots.

        Returns
        -------
        numpy.ndarray
            Booleans ``(n_samples, n_shots, n_bins, n_neurons)``.
        """
        ...


class AerRasters:
    """Rasters from Aer shots."""

    def __init__(self) -> None:
        from neuroqgan.backends.local.shots import AerShots

        self._shots = AerShots()

    def draw(
        self, generator: LatentGenerator, angles: torch.Tensor, n_shots: int, seed: int
    ) -> NDArray[np.bool_]:
        """See `RasterSource.draw`."""
        n_samples, n_bins = angles.shape[:2]
        groups = generator.groups
        seeds = np.random.SeedSequence(seed).generate_state(len(groups)) >> 1
        calls = []
        for group, group_seed in zip(groups, seeds, strict=True):
            circuit = generator.ansatz(group).circuit()
            rows = angles[..., group].reshape(n_samples * n_bins, -1).numpy()
            calls.append(ShotCall(self._shots, circuit, rows, n_shots, int(group_seed)))
        bits = np.concatenate(list(measure_calls(calls)), axis=2)
        return bits.reshape(n_samples, n_bins, n_shots, -1).swapaxes(1, 2)


class ExactRasters:
    """Rasters from exact pattern probabilities, without Aer."""

    def draw(
        self, generator: LatentGenerator, angles: torch.Tensor, n_shots: int, seed: int
    ) -> NDArray[np.bool_]:
        """See `RasterSource.draw`."""
        from neuroqgan.gradients.adjoint import pattern_probabilities

        n_samples, n_bins, n_layers, _ = angles.shape
        random = np.random.default_rng(seed)
        drawn = []
        for group in generator.groups:
            ansatz = generator.ansatz(group)
            cells = angles[..., group].reshape(n_samples * n_bins, n_layers, -1)
            edges = pattern_probabilities(ansatz, cells).cumsum(1, dtype=np.float64)
            level = random.random((len(edges), n_shots)) * edges[:, -1:]
            outcome = np.stack([np.searchsorted(e, u) for e, u in zip(edges, level, strict=True)])
            drawn.append(pattern_bits(ansatz.n_neurons)[outcome])
        bits = np.concatenate(drawn, axis=2)
        return bits.reshape(n_samples, n_bins, n_shots, -1).swapaxes(1, 2)
