"""Exact probabilities of observed patterns for every value of a latent, differentiable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from neuroqgan import checks
from neuroqgan.gradients.pattern_kernel import BINS, probabilities, slopes
from neuroqgan.simulation.lanes import LANES, from_lanes, to_lanes
from neuroqgan.simulation.threads import torch_threads_kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Single precision holds the product of the exponentials of two such numbers.
_MOST_DRIVE = 40.0


def pattern_likelihood(
    drive: torch.Tensor,
    by_value: torch.Tensor,
    later: torch.Tensor,
    spikes: NDArray[np.bool_],
    bonds: NDArray[np.bool_],
) -> torch.Tensor:
    r"""Return the probability of the pattern in every bin, for every value of the latent.

    The angles of the first layer are :math:`\pi\,\sigma(u + v_z)`.

    Parameters
    ----------
    drive
        Drive without the latent, :math:`u`, float32, ``(n_stretches, n_bins, n_neurons)``.
    by_value
        What each value of the latent adds to it, :math:`v_z`, float32, ``(n_values, n_neurons)``;
        or ``(n_stretches, n_values, n_neurons)`` if every stretch has weights of its own.
    later
        Angles of the layers after the first, radians, float32, ``(n_layers - 1, n_neurons)``; or
        ``(n_stretches, n_layers - 1, n_neurons)`` if ``by_value`` has that dimension.
    spikes
        The patterns, booleans ``(n_stretches, n_bins, n_neurons)``.
    bonds
        Whether CZ joins a neuron to the next, booleans ``(n_neurons - 1,)``.

    Returns
    -------
    torch.Tensor
        Probabilities, ``(n_stretches, n_bins, n_values)``; differentiable by ``drive``,
        ``by_value`` and ``later``.

    Raises
    ------
    InputError
        If the shapes do not fit each other.

    Examples
    --------
    >>> drive, by_value = torch.zeros(1, 2, 3), torch.zeros(4, 3)
    >>> spikes, bonds = np.zeros((1, 2, 3), bool), np.ones(2, bool)
    >>> found = pattern_likelihood(drive, by_value, torch.zeros(0, 3), spikes, bonds)
    >>> found.shape, round(float(found[0, 0, 0]), 3)
    (torch.Size([1, 2, 4]), 0.125)
    """
    _check(drive, by_value, later, spikes, bonds)
    if later.shape[-2] == 0:
        # The kernels measure after a later layer: here one without rotations.
        later = later.new_zeros(*later.shape[:-2], 1, later.shape[-1])
    if by_value.ndim == 3:
        return _apply(drive, by_value, later, spikes, bonds)
    # If all cells share their weights, bins can be divided into as many rows as fill the lanes.
    n_cells, n_neurons = drive[..., 0].numel(), drive.shape[2]
    n_bins = -(-n_cells // (LANES * -(-n_cells // (LANES * BINS))))
    missing = -n_cells % n_bins
    rows = torch.nn.functional.pad(drive.reshape(n_cells, -1), (0, 0, 0, missing))
    seen = np.pad(spikes.reshape(n_cells, -1), ((0, missing), (0, 0)))
    shape = (-1, n_bins, n_neurons)
    value = _apply(rows.reshape(shape), by_value[None], later[None], seen.reshape(shape), bonds)
    return value.reshape(-1, len(by_value))[:n_cells].reshape(*drive.shape[:2], -1)


def _check(
    drive: torch.Tensor,
    by_value: torch.Tensor,
    later: torch.Tensor,
    spikes: NDArray[np.bool_],
    bonds: NDArray[np.bool_],
) -> None:
    checks.shape("drive", drive.shape, n_stretches=None, n_bins=None, n_neurons=None)
    n_stretches, n_bins, n_neurons = drive.shape
    checks.shape(
        "spikes", spikes.shape, n_stretches=n_stretches, n_bins=n_bins, n_neurons=n_neurons
    )
    # Every stretch has weights of its own, or none has.
    own: dict[str, Any] = {"n_stretches": n_stretches} if by_value.ndim == 3 else {}
    checks.shape("by_value", by_value.shape, **own, n_values=None, n_neurons=n_neurons)
    checks.shape("later", later.shape, **own, later_layers=None, n_neurons=n_neurons)
    checks.shape("bonds", bonds.shape, pairs=n_neurons - 1)


def _apply(*given: torch.Tensor | NDArray[np.bool_]) -> torch.Tensor:
    value: torch.Tensor = _Likelihood.apply(*given)  # type: ignore[no-untyped-call]  # torch has no type
    return value


class _Likelihood(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        drive: torch.Tensor,
        by_value: torch.Tensor,
        later: torch.Tensor,
        spikes: NDArray[np.bool_],
        bonds: NDArray[np.bool_],
    ) -> torch.Tensor:
        half = _lanes(later.detach().numpy()) * np.float32(0.5)
        ctx.cells = (
            _odds(drive),
            _odds(by_value),
            np.cos(half),
            np.sin(half),
            _lanes(spikes.astype(np.uint8)),
            bonds,
        )
        ctx.n_rows, ctx.n_own = len(drive), len(by_value)
        with torch_threads_kept():
            value = probabilities(*ctx.cells)
        return torch.from_numpy(from_lanes(value, ctx.n_rows))

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        with torch_threads_kept():
            found = slopes(*ctx.cells, _lanes(cotangents[0].numpy()))
        by_drive, by_value, by_later = found
        own = [from_lanes(slope.sum(1), ctx.n_rows) for slope in (by_value, by_later)]
        if ctx.n_own == 1:
            own = [slope.sum(0, keepdims=True) for slope in own]
        whole = (from_lanes(by_drive, ctx.n_rows), *own)
        return (*map(torch.from_numpy, whole), None, None)


def _odds(drive: torch.Tensor) -> Floats:
    """Return the odds against a half turn given a drive alone, in lanes."""
    return _lanes(torch.exp(-drive.detach().clamp(-_MOST_DRIVE, _MOST_DRIVE)).numpy())


def _lanes(rows: NDArray[Any]) -> NDArray[Any]:
    """Lay rows out in lanes; weights that all rows share then fill all lanes of a block."""
    return to_lanes(rows, repeat_last=True)
