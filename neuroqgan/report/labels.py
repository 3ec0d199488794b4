"""What neurons are called in pictures and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster


def neuron_names(raster: SpikeRaster) -> list[str]:
    """Return the labels of a raster's neurons, or their indices where it has none."""
    labels = getattr(raster, "neuron_labels", None)
    return [str(label) for label in labels or range(raster.n_neurons)]
