"""Long silences at the beginning or end of trials, which are seldom intended."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.data.reading import RecordingWarning

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

# A silence is no coincidence if it is longer than this, more than twice as long as any between
# spikes, and less likely than this in bins as active as the rest.
_FEWEST_BINS = 10
_LONGER_THAN_OTHERS = 2
_BY_CHANCE = 1e-4

# Share of trials; fewer may end with a pause of the whole population.
_FEW_TRIALS = 0.05


def warn_of_silence(path: Path, raster: SpikeRaster) -> None:
    """Warn if trials begin or end with bins that were probably not recorded.

    Parameters
    ----------
    path
        The file, for messages.
    raster
        Trials of a recording.

    Warns
    -----
    RecordingWarning
        If no neuron fires in the first or last bins of any trial, or if many trials fall silent
        each at a time of its own, as if they had been padded with zeros to a common length.
    """
    width, n_bins = raster.bin_width, raster.n_bins
    active: NDArray[np.bool_] = np.any(raster.spikes, axis=2)
    lead, tail = _silent_ends(np.any(active, axis=0))
    if lead:
        warnings.warn(
            f"No neuron fires in the first {lead:,} of {n_bins:,} bins ({lead * width:g} s) of any "
            f"trial of {path}. If they were not recorded, `start = {lead * width:g}` leaves them "
            "out.",
            RecordingWarning,
            stacklevel=3,
        )
    if tail:
        kept = (n_bins - tail) * width
        warnings.warn(
            f"No neuron fires in the last {tail:,} of {n_bins:,} bins ({tail * width:g} s) of any "
            f"trial of {path}. If they were not recorded, `stop = {kept:g}` leaves them out.",
            RecordingWarning,
            stacklevel=3,
        )
    if raster.n_samples > 1:
        own = np.array([_silent_ends(trial, len(active))[1] for trial in active]) - tail
        filled = own[own >= _FEWEST_BINS]
        if filled.size > max(1, _FEW_TRIALS * raster.n_samples):
            shortest = (n_bins - tail - int(filled.max())) * width
            warnings.warn(
                f"{filled.size:,} of {raster.n_samples:,} trials of {path} fall silent "
                f"before the others, {int(filled.min()):,} to {int(filled.max()):,} bins "
                "earlier. If they were padded with zeros to a common length, "
                f"`stop = {shortest:g}` keeps only what all trials have.",
                RecordingWarning,
                stacklevel=3,
            )


def _silent_ends(active: NDArray[np.bool_], n_asked: int = 1) -> tuple[int, int]:
    """Return the silent bins before the first and after the last active one; 0 if by chance.

    Of ``n_asked`` trials, the quietest is quieter by chance than one alone.
    """
    at = np.flatnonzero(active)
    if at.size < 2:
        return 0, 0
    lead, tail = int(at[0]), int(active.size - 1 - at[-1])
    n_within = int(at[-1] - at[0] + 1)
    silent = (n_within - at.size + 1) / (n_within + 2)
    longest_within = int(np.diff(at).max()) - 1

    def is_odd(n_bins: int) -> bool:
        return (
            n_bins >= _FEWEST_BINS
            and n_bins > _LONGER_THAN_OTHERS * longest_within
            and silent**n_bins < _BY_CHANCE / n_asked
        )

    return lead if is_odd(lead) else 0, tail if is_odd(tail) else 0
