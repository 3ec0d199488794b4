"""How much there is to judge: spikes, silent windows, silent neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster

# If fewer are expected, a neuron is silent by chance in more than one raster of a hundred.
_EXPECTED = 5.0


@dataclass(frozen=True)
class Activity:
    """Spikes of generated and of held-out windows.

    Parameters
    ----------
    generated, held_out
        Mean number of spikes per window.
    generated_silent, held_out_silent
        Share of windows without spikes.
    n_neurons
        Number of neurons in either raster.
    silent_neurons
        Labels of neurons that never spike in the generated windows, although at their rate in the
        recording five spikes or more were expected.
    """

    generated: float
    held_out: float
    generated_silent: float
    held_out_silent: float
    n_neurons: int
    silent_neurons: tuple[str, ...]


def activity(generated: SpikeRaster, held_out: SpikeRaster) -> Activity:
    """Count the spikes of generated and of held-out windows.

    Parameters
    ----------
    generated, held_out
        Windows of the same neurons and bins, ``(n_windows, n_bins, n_neurons)``.
    """
    expected = held_out.spikes.mean((0, 1)) * generated.n_samples * generated.n_bins
    silent = ~generated.spikes.any((0, 1)) & (expected >= _EXPECTED)
    spikes, real_spikes = (raster.spikes.sum((1, 2)) for raster in (generated, held_out))
    return Activity(
        float(spikes.mean()),
        float(real_spikes.mean()),
        float((spikes == 0).mean()),
        float((real_spikes == 0).mean()),
        generated.n_neurons,
        tuple(held_out.neuron_labels[i] for i in np.flatnonzero(silent)),
    )
