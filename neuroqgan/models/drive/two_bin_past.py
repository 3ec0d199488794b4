"""A past of two bins: a neuron's own last two spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from neuroqgan.models.drive.one_bin_past import last_spikes
from neuroqgan.models.drive.part import MANY_BINS, DriveInputs, DrivePart, set_normal, weight
from neuroqgan.simulation.filters import decay, spike_size

if TYPE_CHECKING:
    import numpy as np

_SPREAD = 0.02
# The fastest filter is enough to tell the last two spikes. With five, free runs begin as early as
# those of a past of one bin, and have forgotten that they began in silence.
_N_FILTERS = 5


class TwoBinPast(DrivePart):
    r"""Whether a neuron spiked in the last bin, in the one before, and in both.

    It adds :math:`f_i x_i(t - 1) + g_i x_i(t - 2) + h_i x_i(t - 1) x_i(t - 2)`: every course of two
    bins has an angle of its own. A spike acts on two bins, so a circuit of several bins needs more
    qubits for each neuron than with a past of one bin, or has to act on bits that it measured.

    Parameters
    ----------
    n_neurons
        Number of neurons.
    """

    n_filters = _N_FILTERS
    past_bins = 2
    bins_at_once = MANY_BINS

    def __init__(self, n_neurons: int) -> None:
        super().__init__()
        self.own_weight = weight(n_neurons, 3)

    def initialise(self, random: np.random.Generator) -> None:
        """See `DrivePart.initialise`."""
        set_normal(self.own_weight, _SPREAD, random)

    def forward(self, drive: torch.Tensor, given: DriveInputs) -> torch.Tensor:
        """See `DrivePart.forward`; looks at the filtered past."""
        if given.filtered is None:
            raise TypeError("no filtered past was given")
        last, earlier = last_two_spikes(given.filtered)
        known = torch.stack([last, earlier, last * earlier], dim=-1)
        return drive + (known * self.own_weight).sum(-1)


def last_two_spikes(filtered: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return whether neurons spiked in the last two bins of a filtered past, as numbers.

    The fastest filter alone tells: what is left of it without a spike in the last bin is small if
    all spikes are earlier than those two bins.

    Parameters
    ----------
    filtered
        See `neuroqgan.simulation.filters`, shape ``(n_cells, n_neurons, n_filters)``.

    Returns
    -------
    tuple
        0 or 1 for the last bin, and for the one before, shape ``(n_cells, n_neurons)`` each.
    """
    last, size = last_spikes(filtered), float(spike_size(1)[0])
    left = filtered[..., 0] - size * last
    earlier: torch.Tensor = (left > size * float(decay(1)[0]) / 2).to(filtered.dtype)
    return last, earlier
