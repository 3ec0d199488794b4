"""Moments of a whole population, put together from the cells of its groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.gradients.moments import CellMoments, MomentEngine
    from neuroqgan.models.latent.noise_driven import LatentGenerator


@dataclass(frozen=True)
class GroupMoments:
    """Differentiable moments of a batch of rasters, averaged over parts of the batch.

    Parameters
    ----------
    marginals
        Probability of a spike given the latents, ``(n_samples, n_bins, n_neurons)``.
    pairs
        Probability that two neurons spike in the same bin, ``(n_parts, n_pairs)``, in the order
        of ``numpy.triu_indices(n_neurons, 1)``.
    k_probability
        Probability that k neurons spike in a bin, ``(n_parts, n_neurons + 1)``.
    shots
        Measured rasters, booleans ``(n_samples, n_shots, n_bins, n_neurons)``, or None.
    """

    marginals: torch.Tensor
    pairs: torch.Tensor
    k_probability: torch.Tensor
    shots: NDArray[np.bool_] | None

    @property
    def n_parts(self) -> int:
        """Number of parts of the batch."""
        return int(self.pairs.shape[0])


def group_moments(
    generator: LatentGenerator,
    engine: MomentEngine,
    angles: torch.Tensor,
    *,
    n_parts: int,
    seed: int,
) -> GroupMoments:
    """Evaluate all cells of a batch of rasters.

    Parameters
    ----------
    generator
        Whose groups the neurons form.
    engine
        What evaluates the cells.
    angles
        Radians, ``(n_samples, n_bins, n_layers, n_neurons)``.
    n_parts
        Equal parts of the samples over which moments are averaged.
    seed
        Seed of the shots; every group gets one of its own.
    """
    n_samples, n_bins, n_layers, n_neurons = angles.shape
    groups = generator.groups
    seeds = np.random.SeedSequence(seed).generate_state(len(groups))
    # One split, whose derivative is one concatenation; a slice a group would cost a copy each.
    by_group = torch.split(angles, [group.stop - group.start for group in groups], dim=3)
    cells = [
        engine.moments(
            generator.ansatz(group),
            part.reshape(n_samples * n_bins, n_layers, -1),
            n_parts=n_parts,
            seed=int(group_seed >> 1),
        )
        for group, part, group_seed in zip(groups, by_group, seeds, strict=True)
    ]
    marginals = torch.cat([cell.marginals for cell in cells], dim=1)
    parts = marginals.reshape(n_parts, -1, n_neurons)
    pairs = parts.transpose(1, 2) @ parts / parts.shape[1]
    for cell, group in zip(cells, groups, strict=True):
        pairs = _with_block(pairs, cell.pairs, group)
    first, second = np.triu_indices(n_neurons, 1)
    return GroupMoments(
        marginals.reshape(n_samples, n_bins, n_neurons),
        pairs[:, first, second],
        _k_probability(cells, n_parts),
        _shots(cells, n_samples, n_bins),
    )


def _with_block(pairs: torch.Tensor, within: torch.Tensor, group: slice) -> torch.Tensor:
    """Put in the pairs of one cell, whose neurons are not independent given the latents."""
    size = group.stop - group.start
    first, second = np.triu_indices(size, 1)
    rows = torch.as_tensor(first + group.start)
    columns = torch.as_tensor(second + group.start)
    parts = torch.arange(pairs.shape[0])[:, None]
    return pairs.index_put((parts, rows, columns), within)


def _k_probability(cells: list[CellMoments], n_parts: int) -> torch.Tensor:
    """Convolve the counts of groups, which are independent given the latents.

    A convolution is a product of Fourier transforms, and the mean over samples can be taken
    before transforming back.
    """
    n_counts = sum(cell.marginals.shape[1] for cell in cells) + 1
    spectrum = torch.fft.rfft(cells[0].k_probability, n=n_counts)
    for cell in cells[1:]:
        spectrum = spectrum * torch.fft.rfft(cell.k_probability, n=n_counts)
    mean = spectrum.reshape(n_parts, -1, spectrum.shape[1]).mean(1)
    counts: torch.Tensor = torch.fft.irfft(mean, n=n_counts)
    return counts


def _shots(cells: list[CellMoments], n_samples: int, n_bins: int) -> NDArray[np.bool_] | None:
    measured = [cell.shots for cell in cells if cell.shots is not None]
    if not measured:
        return None
    shots = np.concatenate(measured, axis=2)
    return shots.reshape(n_samples, n_bins, *shots.shape[1:]).swapaxes(1, 2)
