"""A past of one bin: a neuron's own last spike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.models.drive.part import MANY_BINS, DriveInputs, DrivePart, set_normal, weight
from neuroqgan.simulation.filters import spike_size

if TYPE_CHECKING:
    import numpy as np
    import torch

_SPREAD = 0.02
# The fastest filter is enough to tell the last spike. The number is that of version 0.1, whose
# free runs, and so whose rasters and checkpoints, are those of five filters.
_N_FILTERS = 5


class OneBinPast(DrivePart):
    r"""Whether a neuron spiked one bin before, :math:`f_i x_i(t - 1)`.

    It knows less of the past than filters do. In return a spike can act on the next bin without
    being read before, by a controlled rotation: a device measures many bins in one shot
    (`neuroqgan.circuits.multi_bin`).

    Parameters
    ----------
    n_neurons
        Number of neurons.
    """

    n_filters = _N_FILTERS
    past_bins = 1
    bins_at_once = MANY_BINS

    def __init__(self, n_neurons: int) -> None:
        super().__init__()
        self.own_weight = weight(n_neurons)

    def initialise(self, random: np.random.Generator) -> None:
        """See `DrivePart.initialise`."""
        set_normal(self.own_weight, _SPREAD, random)

    def forward(self, drive: torch.Tensor, given: DriveInputs) -> torch.Tensor:
        """See `DrivePart.forward`; looks at the filtered past."""
        if given.filtered is None:
            raise TypeError("no filtered past was given")
        return drive + last_spikes(given.filtered) * self.own_weight


def last_spikes(filtered: torch.Tensor) -> torch.Tensor:
    """Return whether neurons spiked in the last bin of a filtered past, as numbers.

    The fastest filter alone tells: all spikes before the last bin add less to it than one in it.

    Parameters
    ----------
    filtered
        See `neuroqgan.simulation.filters`, shape ``(n_cells, n_neurons, n_filters)``.

    Returns
    -------
    torch.Tensor
        0 or 1, shape ``(n_cells, n_neurons)``.
    """
    spiked: torch.Tensor = (filtered[..., 0] > float(spike_size(1)[0]) / 2).to(filtered.dtype)
    return spiked
