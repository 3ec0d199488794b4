r"""Rotations that earlier spikes choose by flipping signs, so that only plain RY gates have angles.

A rotation between two Z of a control turns backwards. A qubit that begins in |0> is therefore
rotated by a sum of angles, each with the sign that the controls after it give:

.. math::
    R_y(h)\, Z^{x}\, R_y(m)\, |0\rangle = R_y(h + (-1)^x m)\, |0\rangle

With two controls, four rotations and three Z reach every angle for each of the four patterns of
spikes (uniformly controlled rotations: Mottonen et al., Phys. Rev. Lett. 93, 130502 (2004); from
|0> the first control falls away). Z is a CZ with a qubit that holds a spike, or a Z that follows
from a measured bit.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan import checks
from neuroqgan.circuits.multi_bin import BinDrive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# For every number of earlier bins, which of them (1 is the last) flips the sign between one
# rotation and the next.
_FLIPS: tuple[tuple[int, ...], ...] = ((), (1,), (2, 1, 2))


def sign_flips(n_open: int) -> tuple[int, ...]:
    """Return which earlier bin acts between a rotation and the next; 1 is the last bin.

    Parameters
    ----------
    n_open
        Earlier bins whose spikes are open; at most two.

    Examples
    --------
    >>> from neuroqgan.circuits.past_patterns import sign_flips
    >>> sign_flips(1), sign_flips(2)
    ((1,), (2, 1, 2))
    """
    return _FLIPS[n_open]


def n_pattern_angles(past_bins: int, n_bins: int) -> int:
    """Return the rotations of a neuron's first layer over all bins.

    Parameters
    ----------
    past_bins
        Bins before a bin that have a say in it.
    n_bins
        Number of bins; before the first one nothing is open.

    Examples
    --------
    >>> from neuroqgan.circuits.past_patterns import n_pattern_angles
    >>> n_pattern_angles(2, 5)
    15
    """
    return sum(1 << min(t, past_bins) for t in range(n_bins))


def to_values(drive: BinDrive, past_bins: int, n_bins: int) -> Floats:
    """Return the values of a circuit's parameters.

    Parameters
    ----------
    drive
        What drives the bins.
    past_bins, n_bins
        See `n_pattern_angles`.

    Returns
    -------
    numpy.ndarray
        Radians, ``(n_samples, n_angles)``: bin by bin the rotations of the first layer in their
        order, each of all neurons; then those of all later layers.

    Raises
    ------
    InputError
        If an array has another shape.
    """
    after, later = drive
    checks.shape(
        "after",
        after.shape,
        n_samples=None,
        n_bins=n_bins,
        n_patterns=1 << past_bins,
        n_neurons=later.shape[1],
    )
    angles = []
    for t in range(n_bins):
        signs = _signs(min(t, past_bins))
        # The rows of signs are orthogonal, so their transpose is the inverse up to a factor.
        angles.append(np.einsum("pj,spn->sjn", signs / len(signs), after[:, t, : len(signs)]))
    first = np.concatenate(angles, axis=1).reshape(len(after), -1)
    shared = np.broadcast_to(later.reshape(-1), (len(after), later.size))
    return np.concatenate([first, shared], axis=1)


def to_drive(values: Floats, past_bins: int, n_bins: int, n_neurons: int) -> BinDrive:
    """Return the drive of which `to_values` made these values.

    Parameters
    ----------
    values
        Radians, ``(n_samples, n_angles)``, all samples with the same later layers.
    past_bins, n_bins
        See `n_pattern_angles`.
    n_neurons
        Neurons of the circuit.
    """
    n_first = n_pattern_angles(past_bins, n_bins)
    angles = values[:, : n_first * n_neurons].reshape(len(values), n_first, n_neurons)
    after = np.empty((len(values), n_bins, 1 << past_bins, n_neurons))
    start = 0
    for t in range(n_bins):
        signs = _signs(min(t, past_bins))
        here = np.einsum("pj,sjn->spn", signs, angles[:, start : start + len(signs)])
        # Spikes of bins before the first one are known, so both have the same angle.
        after[:, t] = np.tile(here, (1, after.shape[2] // len(signs), 1))
        start += len(signs)
    return BinDrive(after, values[0, n_first * n_neurons :].reshape(-1, n_neurons))


@cache
def _signs(n_open: int) -> Floats:
    """Return the sign of every rotation after every pattern, ``(n_patterns, n_rotations)``."""
    flips = sign_flips(n_open)
    signs = np.ones((1 << n_open, len(flips) + 1))
    for pattern in range(len(signs)):
        for rotation in range(len(flips)):
            spikes = [pattern >> (back - 1) & 1 for back in flips[rotation:]]
            signs[pattern, rotation] = (-1) ** sum(spikes)
    return signs
