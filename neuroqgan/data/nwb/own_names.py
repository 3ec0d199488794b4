"""Names in the NWB files that neuroqgan writes: what they hold beside spike times and trials.

The table `TABLE` in ``/analysis`` has rows of a key and a value, both texts: the bin width, the
number of samples and bins, the seconds from the start of a sample to that of the next, whether the
raster is synthetic, and where it comes from. What its samples saw is in ``/scratch``.
"""

from __future__ import annotations

from neuroqgan.data.arrays.stored_covariates import NAMES, STARTS, TRIALS, VALUES

TABLE = "neuroqgan"
"""Name of the table of keys and values."""

LABELS = "unit_name"
"""Column of the units with the labels of the neurons."""

ARRAYS = (VALUES, NAMES, TRIALS, STARTS)
"""Arrays in ``/scratch``."""

BIN_WIDTH, N_SAMPLES, N_BINS, PERIOD = "bin_width", "n_samples", "n_bins", "sample_period"
SYNTHETIC, SOFTWARE = "synthetic", "software"
TRIAL_BINS, SOURCE, DIGEST = "covariate_trial_bins", "covariate_source", "covariate_sha256"
LAYOUT = (BIN_WIDTH, N_SAMPLES, N_BINS, PERIOD, TRIAL_BINS, SOURCE, DIGEST)
"""Keys that say how the raster is stored."""

TRUTHS = {"yes": True, "no": False, "unknown": None}
"""Values of `SYNTHETIC`."""
