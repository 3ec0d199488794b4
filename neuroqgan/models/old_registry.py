"""Presets by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.one_bin import LastBinGenerator
from neuroqgan.models.latent.spiqgan import SpiqganGenerator
from neuroqgan.models.latent.stationary import StationaryGenerator
from neuroqgan.models.memory.generator import MemoryGenerator

if TYPE_CHECKING:
    from neuroqgan.models.base import Generator, GeneratorSpec

PRESETS: dict[str, type[Generator]] = {
    "history": HistoryGenerator,
    "memory": MemoryGenerator,
    "stationary": StationaryGenerator,
    "spiqgan": SpiqganGenerator,
}


def build_generator(spec: GeneratorSpec) -> Generator:
    """Build the generator of a spec; its weights are zero until initialised or loaded."""
    if spec.past == "bin":
        return LastBinGenerator(spec)
    return PRESETS[spec.preset](spec)
