"""Presets by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.circuits.history import HistoryGenerator
from neuroqgan.circuits.last_bin import LastBinGenerator
from neuroqgan.circuits.memory import MemoryGenerator
from neuroqgan.circuits.spiqgan import SpiqganGenerator
from neuroqgan.circuits.stationary import StationaryGenerator

if TYPE_CHECKING:
    from neuroqgan.circuits.generator import Generator, GeneratorSpec

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
