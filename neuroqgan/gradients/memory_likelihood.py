"""Exact likelihood of windows under a generator with quantum memory, and its gradient.

Given the spikes, a pure state of the memory stays pure, so a window costs one state vector, and one
product with the mixing matrix per bin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from neuroqgan import checks
from neuroqgan.errors import InputError
from neuroqgan.simulation.memory import kernel
from neuroqgan.simulation.threads import torch_threads_kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.simulation.memory.operators import MemoryOperators

    Floats = NDArray[np.floating]


def log_probabilities(
    operators: MemoryOperators, spikes: NDArray[np.bool_], start: torch.Tensor
) -> torch.Tensor:
    """Return the log probability of every bin given the bins before it and a pure start.

    Parameters
    ----------
    operators
        One bin as matrices.
    spikes
        Booleans ``(n_rows, n_bins, n_neurons)``. Rows are windows, or runs of windows that follow
        one another: as many for each window, if the operators are those of windows.
    start
        State vectors of the memory before the first bin, normalised, ``(n_rows, dimension)``; no
        gradient passes through them.

    Returns
    -------
    torch.Tensor
        Natural logarithms, ``(n_rows, n_bins)``.

    Raises
    ------
    InputError
        If the shapes do not fit each other.
    """
    n_windows, n_bins = operators.spike.shape[:-2] or (1, None)
    checks.shape("spikes", spikes.shape, n_rows=None, n_bins=n_bins, n_neurons=operators.n_neurons)
    checks.shape("start", start.shape, n_rows=len(spikes), dimension=operators.dimension)
    if len(spikes) % n_windows:
        raise InputError(
            "The runs cannot be shared out among the windows.",
            expected=f"a multiple of {n_windows} runs",
            got=str(len(spikes)),
        )
    logs: torch.Tensor = _LogProbabilities.apply(  # type: ignore[no-untyped-call]  # torch has no type
        operators.mixing, operators.spike, operators.silent, operators.kick, spikes, start
    )
    return logs


def log_likelihood(
    operators: MemoryOperators,
    spikes: NDArray[np.bool_],
    density_matrix: torch.Tensor,
    *,
    n_burn_in: int = 0,
) -> torch.Tensor:
    """Return the exact log likelihood of windows that start from a mixed state.

    A window is run from every eigenvector of the density matrix, so the cost grows with its rank.

    Parameters
    ----------
    operators
        One bin as matrices, or the bins of all windows.
    spikes
        Booleans ``(n_windows, n_bins, n_neurons)``.
    density_matrix
        Of the memory before the first bin, ``(dimension, dimension)``.
    n_burn_in
        Number of first bins that are given, and are not part of the likelihood.

    Returns
    -------
    torch.Tensor
        Natural logarithms, ``(n_windows,)``.

    Raises
    ------
    InputError
        If the shapes do not fit each other.

    Examples
    --------
    >>> from neuroqgan.simulation.memory.operators import build_operators
    >>> angles = torch.zeros(1, 2), torch.full((3, 4), 0.1), torch.zeros(3, 2)
    >>> silence = np.zeros((2, 5, 3), bool)
    >>> log_likelihood(build_operators(*angles), silence, torch.eye(4) / 4).shape
    torch.Size([2])
    """
    dimension = operators.dimension
    checks.shape("density_matrix", density_matrix.shape, rows=dimension, columns=dimension)
    weight, vectors = torch.linalg.eigh(density_matrix.detach())
    kept = weight > weight[-1] * 1e-12
    weight, vectors = weight[kept] / weight[kept].sum(), vectors[:, kept]
    n_windows, rank = len(spikes), len(weight)
    start = vectors.T.repeat(n_windows, 1).contiguous()
    logs = log_probabilities(operators, np.repeat(spikes, rank, axis=0), start)
    return mixed(logs, weight.log().repeat(n_windows, 1), n_burn_in)


def mixed(logs: torch.Tensor, log_weight: torch.Tensor, n_burn_in: int) -> torch.Tensor:
    """Combine runs of the same window from several pure states into one of their mixture.

    Parameters
    ----------
    logs
        Log probabilities of bins, ``(n_windows * n_starts, n_bins)``; the runs of a window follow
        one another.
    log_weight
        Log weights of the pure states, ``(n_windows, n_starts)``.
    n_burn_in
        Number of first bins that are given, and are not part of the likelihood.

    Returns
    -------
    torch.Tensor
        Log likelihood of the later bins given the first ones, ``(n_windows,)``.
    """
    by_state = logs.reshape(*log_weight.shape, -1)
    whole = torch.logsumexp(by_state.sum(2) + log_weight, 1)
    given = torch.logsumexp(by_state[..., :n_burn_in].sum(2) + log_weight, 1)
    return whole - given


class _LogProbabilities(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        mixing: torch.Tensor,
        spike: torch.Tensor,
        silent: torch.Tensor,
        kick: torch.Tensor,
        spikes: NDArray[np.bool_],
        start: torch.Tensor,
    ) -> torch.Tensor:
        run = _Run(mixing, spike, silent, kick, spikes)
        logs = run.forward(start.detach().numpy().astype(run.mixing.dtype))
        ctx.run = run
        return torch.from_numpy(logs.T.copy())

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        slopes = ctx.run.backward(cotangents[0].detach().numpy().T)
        return (*map(torch.from_numpy, slopes), None, None)


class _Run:
    """Windows run through the memory, and what the backward pass needs."""

    def __init__(
        self,
        mixing: torch.Tensor,
        spike: torch.Tensor,
        silent: torch.Tensor,
        kick: torch.Tensor,
        spikes: NDArray[np.bool_],
    ) -> None:
        self.mixing = mixing.detach().numpy()
        half = kick.detach().numpy() / 2
        self.kick = tuple(
            np.ascontiguousarray(t, self.mixing.dtype) for t in (np.cos(half), np.sin(half))
        )
        self.spikes = np.ascontiguousarray(np.swapaxes(spikes, 0, 1))
        self.is_driven = spike.ndim == 4
        self.tables = self._by_bin(spike), self._by_bin(silent)

    def _by_bin(self, table: torch.Tensor) -> Floats:
        """Return amplitudes with axes bin (one, if all bins share them), window, neuron, state."""
        own = table.detach().numpy()
        own = own.swapaxes(0, 1) if self.is_driven else own[None, None]
        return np.ascontiguousarray(own, self.mixing.dtype)

    def _operators(self, t: int) -> tuple[Floats, ...]:
        return (*(table[t % len(table)] for table in self.tables), *self.kick)

    def forward(self, state: Floats) -> Floats:
        """Return log probabilities, ``(n_bins, n_windows)``, from ``(n_windows, dimension)``."""
        n_bins = len(self.spikes)
        self.before = np.empty((n_bins, *state.shape), state.dtype)
        self.turned = np.empty_like(self.before)
        self.norms = np.empty((n_bins, len(state)), state.dtype)
        with torch_threads_kept():
            for t, spikes in enumerate(self.spikes):
                self.before[t] = state
                self.turned[t] = state @ self.mixing.T
                state = self.turned[t].copy()
                self.norms[t] = kernel.emit(state, spikes, *self._operators(t))
        self.last = state
        return 2 * np.log(self.norms)

    def backward(self, by_log: Floats) -> tuple[Floats, ...]:
        """Return derivatives by mixing, spike, silent and kick, in their shapes."""
        by_mixing, by_kick = np.zeros_like(self.mixing), np.zeros_like(self.kick[0])
        by_spike, by_silent = (np.zeros_like(table) for table in self.tables)
        slope = np.zeros_like(self.last)
        after = self.last
        with torch_threads_kept():
            for t in range(len(self.spikes) - 1, -1, -1):
                along = (slope * after).sum(1, keepdims=True)
                share = 2 * by_log[t][:, None].astype(slope.dtype)
                slope = (slope + (share - along) * after) / self.norms[t][:, None]
                spike, silent, kick = kernel.emit_backward(
                    self.turned[t], self.spikes[t], *self._operators(t), slope
                )
                by_spike[t % len(by_spike)] += spike
                by_silent[t % len(by_silent)] += silent
                by_kick += kick
                by_mixing += slope.T @ self.before[t]
                slope = slope @ self.mixing
                after = self.before[t]
        if self.is_driven:
            return by_mixing, by_spike.swapaxes(0, 1), by_silent.swapaxes(0, 1), by_kick
        return by_mixing, by_spike[0, 0], by_silent[0, 0], by_kick
