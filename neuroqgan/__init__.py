"""Quantum generators of neuronal activity, trained on Aer and run on IBM Quantum."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroqgan.errors import NeuroqganError as NeuroqganError
    from neuroqgan.raster import SpikeRaster as SpikeRaster

__version__ = "0.1.0"

_HOMES = {
    "NeuroqganError": "neuroqgan.errors",
    "SpikeRaster": "neuroqgan.raster",
}

__all__ = ["NeuroqganError", "SpikeRaster", "__version__"]


def __getattr__(name: str) -> object:
    # Importing the package must stay cheap: the command line answers `--help` from it.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
