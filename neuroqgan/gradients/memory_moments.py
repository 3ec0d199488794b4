"""Exact moments of a generator with quantum memory in its stationary state.

A moment is the trace of a density matrix on which the spikes in question were imposed, so all of
them come from sending a few matrices through the neurons in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

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
    state: torch.Tensor,
    *,
    n_lags: int,
    first: Sequence[int] | None = None,
) -> MemoryMoments:
    """Return the moments of the bins that follow a state.

    Parameters
    ----------
    channel
        The generator.
    state
        Density matrix between bins; the stationary one, or any for the moments of its next bins.
    n_lags
        Largest lag in bins.
    first
        First neurons of the lagged moments, whose cost grows with their number; all by default.
    """
    n_neurons = channel.operators.n_neurons
    first = tuple(range(n_neurons) if first is None else first)
    rates, rows = [], []
    mixed = channel.mix(state)
    # Matrix 0 is the state; matrix i + 1 has a spike of neuron i imposed.
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

    Matrix k of the stack holds all outcomes so far with k spikes.

    Parameters
    ----------
    channel
        The generator.
    mixed
        Density matrix after the bin's mixing.
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
