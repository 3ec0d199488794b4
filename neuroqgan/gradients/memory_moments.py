"""Exact moments of a generator with quantum memory in its stationary state.

A moment is the trace of a density matrix on which the spikes in question were imposed, so all
moments follow from applying the neurons in turn to a few matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from neuroqgan import checks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.simulation.memory.channel import MemoryChannel


@dataclass(frozen=True)
class MemoryMoments:
    """Differentiable moments of stationary rasters.

    Parameters
    ----------
    rate
        Probability of a spike, ``(n_neurons,)``.
    pairs
        Probability that two neurons spike in the same bin, ``(n_pairs,)``, in the order of
        ``numpy.triu_indices(n_neurons, 1)``.
    k_probability
        Probability that k neurons spike in a bin, ``(n_neurons + 1,)``.
    lagged
        Probability that the first neuron spikes in a bin and the second 1, 2, ... bins later,
        ``(n_lags, n_first, n_neurons)``.
    first
        First neurons of ``lagged``.
    """

    rate: torch.Tensor
    pairs: torch.Tensor
    k_probability: torch.Tensor
    lagged: torch.Tensor
    first: tuple[int, ...]


def exact_moments(
    channel: MemoryChannel,
    density_matrix: torch.Tensor,
    *,
    n_lags: int,
    first: Sequence[int] | None = None,
) -> MemoryMoments:
    """Return the moments of the bins that follow a density matrix.

    Parameters
    ----------
    channel
        One bin.
    density_matrix
        Of the memory between bins, ``(dimension, dimension)``: the stationary one, or another for
        the moments of the bins that follow it.
    n_lags
        Largest lag in bins.
    first
        First neurons of the lagged moments, whose cost grows with their number; all by default.

    Raises
    ------
    InputError
        If the density matrix has another shape.

    Examples
    --------
    >>> from neuroqgan.simulation.memory.channel import MemoryChannel
    >>> from neuroqgan.simulation.memory.operators import build_operators
    >>> angles = torch.zeros(1, 2), torch.full((3, 4), 0.1), torch.zeros(3, 2)
    >>> channel = MemoryChannel(build_operators(*angles))
    >>> exact_moments(channel, channel.maximally_mixed(), n_lags=2).lagged.shape
    torch.Size([2, 3, 3])
    """
    dimension = channel.operators.dimension
    checks.shape("density_matrix", density_matrix.shape, rows=dimension, columns=dimension)
    n_neurons = channel.operators.n_neurons
    first = tuple(range(n_neurons) if first is None else first)
    rates, rows = [], []
    mixed = channel.mix(density_matrix)
    # Matrix 0 has no spike imposed; matrix i + 1 has one of neuron i.
    imposed = mixed[None]
    for n in range(n_neurons):
        probability = channel.spike_probability(n, imposed)
        rates.append(probability[0])
        rows.append(probability[1:])
        spiked = channel.spike(n, imposed[:1])
        imposed = torch.cat([channel.forget(n, imposed), spiked])
    pairs = [rows[j][i] for i in range(n_neurons) for j in range(i + 1, n_neurons)]
    lagged = _lagged(channel, imposed[[i + 1 for i in first]], n_lags)
    return MemoryMoments(
        rate=torch.stack(rates),
        pairs=torch.stack(pairs) if pairs else mixed.new_zeros(0),
        k_probability=k_probability(channel, mixed),
        lagged=lagged,
        first=first,
    )


def k_probability(channel: MemoryChannel, mixed: torch.Tensor) -> torch.Tensor:
    """Return the probability of k spikes in a bin, ``(n_neurons + 1,)``.

    Matrix k of the stack holds all outcomes so far that have k spikes.

    Parameters
    ----------
    channel
        One bin.
    mixed
        Density matrix after the mixing of the bin, ``(dimension, dimension)``.
    """
    counts = mixed[None]
    for n in range(channel.operators.n_neurons):
        nothing = torch.zeros_like(counts[:1])
        counts = torch.cat([channel.silent(n, counts), nothing]) + torch.cat(
            [nothing, channel.spike(n, counts)]
        )
    return torch.diagonal(counts, dim1=1, dim2=2).sum(1)


def _lagged(channel: MemoryChannel, imposed: torch.Tensor, n_lags: int) -> torch.Tensor:
    lags = []
    for _ in range(n_lags):
        imposed = channel.mix(imposed)
        row = []
        for n in range(channel.operators.n_neurons):
            row.append(channel.spike_probability(n, imposed))
            imposed = channel.forget(n, imposed)
        lags.append(torch.stack(row, 1))
    if not lags:
        return imposed.new_zeros(0, len(imposed), channel.operators.n_neurons)
    return torch.stack(lags)
