"""The public recording: retinal ganglion cells of the salamander under a natural movie.

Marre, Tkačik, Amodei, Schneidman, Bialek, Berry: *Multi-electrode array recording from
salamander retinal ganglion cells*, IST Austria 2017, doi:10.15479/AT:ISTA:61: 297 repeats of a
19 s movie, 953 bins of 20 ms, 160 cells. Molano-Mazón, Onken, Piasini, Panzeri (*Synthesizing
realistic neural population activity patterns using generative adversarial networks*, ICLR 2018)
selected 50 of the cells, and later work, SpiQGAN among it, used their selection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.data.formats.matlab import read_arrays
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from pathlib import Path

BIN_WIDTH = 0.02
BINS_PER_TRIAL = 953
_MOST_TRIALS = 297
_MOST_CELLS = 160

# In Hz. No population of retinal ganglion cells has a higher mean rate.
_HIGHEST_MEAN_RATE = 25.0


def read_salamander(path: Path) -> SpikeRaster:
    """Read the recording as either publisher offers it, and check that it is plausible.

    Parameters
    ----------
    path
        A MATLAB file with ``data``, shape ``(trials * 953, cells)``, the trials one after the
        other, as published with Spike-GAN; or with ``bint``, shape ``(trials, cells, 953)``, as
        published by IST Austria.

    Returns
    -------
    SpikeRaster
        Of shape ``(n_trials, 953, n_cells)``, in bins of 20 ms.

    Raises
    ------
    RecordingError
        If the file cannot be read as MATLAB.
    RecordingError
        If it has neither variable, or one of another shape.
    RecordingError
        If its mean rate is zero or beyond what such cells can fire.
    RasterError
        If its values are not binary.
    """
    arrays = read_arrays(path)
    shapes = {name: values.shape for name, values in arrays.items()}
    if "bint" in arrays and arrays["bint"].ndim == 3:
        trials = arrays["bint"].transpose(0, 2, 1)
    elif (
        "data" in arrays and arrays["data"].ndim == 2 and len(arrays["data"]) % BINS_PER_TRIAL == 0
    ):
        trials = arrays["data"].reshape(-1, BINS_PER_TRIAL, arrays["data"].shape[1])
    else:
        raise _implausible(path, f"arrays {shapes}")
    n_trials, n_bins, n_cells = trials.shape
    if not (
        1 <= n_trials <= _MOST_TRIALS and n_bins == BINS_PER_TRIAL and 2 <= n_cells <= _MOST_CELLS
    ):
        raise _implausible(path, f"arrays {shapes}")
    recording = SpikeRaster(trials, BIN_WIDTH)
    rate = float(recording.spikes.mean()) / BIN_WIDTH
    if not 0 < rate < _HIGHEST_MEAN_RATE:
        raise _implausible(path, f"{rate:.3g} spikes per second and cell")
    return recording


def _implausible(path: Path, got: str) -> RecordingError:
    return RecordingError(
        f"{path} is not the salamander recording.",
        expected=f"'data' of shape (trials * {BINS_PER_TRIAL}, cells) or 'bint' of shape "
        f"(trials, cells, {BINS_PER_TRIAL}), up to {_MOST_TRIALS} trials and {_MOST_CELLS} cells, "
        f"0 to {_HIGHEST_MEAN_RATE:g} spikes per second",
        got=got,
        hint="check the address that it came from",
    )
