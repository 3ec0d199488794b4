"""Spikes as a tidy table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray


def spike_frame(
    spikes: NDArray[np.bool_], bin_width: float, neuron_labels: Sequence[str]
) -> pd.DataFrame:
    """Return one row per spike; see `neuroqgan.SpikeRaster.to_frame`."""
    import pandas as pd

    sample, bins, neuron = np.nonzero(spikes)
    labels = np.array(neuron_labels, dtype=object)
    return pd.DataFrame(
        {
            "sample": sample,
            "neuron": labels[neuron],
            "bin": bins,
            "time": (bins + 0.5) * bin_width,
        }
    )
