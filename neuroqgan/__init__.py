"""Quantum generators of neuronal spike rasters, trained on a simulator and run on IBM Quantum.

The public names are listed in ``__init__.pyi``, and only there. Each is imported at its first use,
so that ``import neuroqgan`` and ``neuroqgan --help`` stay fast.

Examples
--------
>>> import neuroqgan as nq
>>> recording = nq.load("simulated", neurons=slice(0, 4))
>>> nq.split(recording, n_bins=16).train
SpikeRaster(2122 samples x 16 bins x 4 neurons, bin_width=0.02 s)
"""

from __future__ import annotations

import lazy_loader

__version__ = "0.2.0"

__getattr__, _, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __dir__() -> list[str]:
    return sorted(__all__)
