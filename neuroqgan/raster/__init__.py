"""Spike rasters: which neurons spiked in which time bins of which samples."""

from neuroqgan.raster.spike_raster import SpikeRaster
from neuroqgan.raster.validation import WIDEST_PLAUSIBLE_BIN, NeuronChoice, RasterWarning

__all__ = ["WIDEST_PLAUSIBLE_BIN", "NeuronChoice", "RasterWarning", "SpikeRaster"]
