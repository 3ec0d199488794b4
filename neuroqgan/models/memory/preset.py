"""Preset ``memory``: hyper-parameters and defaults."""

from __future__ import annotations

from neuroqgan.models.preset_type import Preset, Recipe
from neuroqgan.models.shape import Shape, hyper_parameter


class MemoryShape(Shape):
    """Hyper-parameters of the preset ``memory``."""

    n_memory: int = hyper_parameter(
        5,
        key="memory_qubits",
        help="Memory qubits, which carry the past to the next bin",
        ge=1,
        le=8,
    )
    n_mixing: int = hyper_parameter(
        48,
        key="mixing_layers",
        help="Layers of gates that mix the memory qubits in every bin",
        ge=1,
    )
    n_emission: int = hyper_parameter(
        2, key="emission_qubits", help="Emission qubits, which neurons use in turn", ge=1
    )


MEMORY = Preset(
    name="memory",
    summary="qubits that keep the past; a single circuit yields a whole raster",
    shape=MemoryShape,
    recipe=Recipe(steps=2600, batch=256, learning_rate=0.02),
    generator="neuroqgan.models.memory.generator:MemoryGenerator",
    by_likelihood=True,
)
