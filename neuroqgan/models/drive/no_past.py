"""No past: bins that do not depend on the spikes before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.models.drive.part import DriveInputs, DrivePart

if TYPE_CHECKING:
    import numpy as np
    import torch


class NoPast(DrivePart):
    """Adds nothing, so that all bins of a raster lie side by side in one program."""

    n_filters = 0
    bins_at_once = None
    past_bins = 0

    def initialise(self, random: np.random.Generator) -> None:
        """See `DrivePart.initialise`; there is nothing to set."""
        del random

    def forward(self, drive: torch.Tensor, given: DriveInputs) -> torch.Tensor:
        """See `DrivePart.forward`; gives every cell a row."""
        if given.filtered is None:
            return drive
        return drive.expand(len(given.filtered), -1)
