"""Quantum generators of neuronal activity, trained on Aer and run on IBM Quantum.

The names below are all that a script needs; each is imported at its first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroqgan.backends.local.simulated import AerBackend as AerBackend
    from neuroqgan.data.formats import write_raster as write_raster
    from neuroqgan.data.registry import load_recording as load_recording
    from neuroqgan.data.split import split_trials as split_trials
    from neuroqgan.errors import NeuroqganError as NeuroqganError
    from neuroqgan.evaluation.judge import judge as judge
    from neuroqgan.models.registry import build_generator as build_generator
    from neuroqgan.models.spec import GeneratorSpec as GeneratorSpec
    from neuroqgan.models.loading import load_generator as load_generator
    from neuroqgan.models.weights import save_generator as save_generator
    from neuroqgan.raster import SpikeRaster as SpikeRaster
    from neuroqgan.training.settings import TrainingSettings as TrainingSettings

__version__ = "0.1.0"

_HOMES = {
    "AerBackend": "neuroqgan.backends.local.simulated",
    "GeneratorSpec": "neuroqgan.models.spec",
    "NeuroqganError": "neuroqgan.errors",
    "SpikeRaster": "neuroqgan.raster",
    "TrainingSettings": "neuroqgan.training.settings",
    "build_generator": "neuroqgan.models.registry",
    "judge": "neuroqgan.evaluation.judge",
    "load_generator": "neuroqgan.models.loading",
    "load_recording": "neuroqgan.data.registry",
    "save_generator": "neuroqgan.models.weights",
    "split_trials": "neuroqgan.data.split",
    "write_raster": "neuroqgan.data.formats",
}

__all__ = [
    "AerBackend",
    "GeneratorSpec",
    "NeuroqganError",
    "SpikeRaster",
    "TrainingSettings",
    "__version__",
    "build_generator",
    "judge",
    "load_generator",
    "load_recording",
    "save_generator",
    "split_trials",
    "write_raster",
]


def __getattr__(name: str) -> object:
    # Importing the package must stay cheap: the command line answers `--help` from it.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
