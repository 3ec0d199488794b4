"""What there is to choose from, and what each preset decides: for flags, files and scripts alike.

Nothing is imported here, so that the command line answers `--help` without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Preset = Literal["stationary", "history", "memory", "spiqgan"]
Gradient = Literal["adjoint", "parameter-shift", "spsa"]
Entangling = Literal["line", "ring", "none"]
Past = Literal["filters", "bin"]
Device = Literal["cpu", "cuda", "auto"]

GROUP_SIZE = 10
SHARED_LATENTS, OWN_LATENTS = 6, 3
MEMORY_QUBITS, MIXING_LAYERS, EMISSION_QUBITS = 5, 48, 2
GRADIENT_CELLS = 64
STATISTICS_WEIGHT = 1.0
CHECKPOINT_EVERY = 100

BY_PRESET: Any = None
"""Stands for a value that the preset, or the gradient, decides."""


@dataclass(frozen=True)
class _Recipe:
    """Layers, steps, what a step sees, learning rate and critic's weight of a preset."""

    layers: int
    steps: int
    batch: int
    learning_rate: float
    critic_weight: float = 10.0


_RECIPES: dict[str, _Recipe] = {
    "stationary": _Recipe(3, 800, 512, 0.03),
    "history": _Recipe(2, 640, 24, 0.01, 6.0),
    "memory": _Recipe(1, 2600, 256, 0.02),
    "spiqgan": _Recipe(5, 800, 512, 0.03),
}
_SHOTS = 8
# Gradients from shots take far longer for a step, and see fewer of them.
_SHOT_STEPS, _SHOT_BATCH, _GRADIENT_SHOTS = 200, 256, 16


def layers(preset: str) -> int:
    """Return the layers of rotations of a preset's cells, where none are given."""
    return _RECIPES[preset].layers


def training(preset: str, gradient: str) -> dict[str, Any]:
    """Return the settings of a training that its preset and gradient decide, by name."""
    recipe, by_shots = _RECIPES[preset], gradient != "adjoint"
    return {
        "shots": _GRADIENT_SHOTS if by_shots else _SHOTS,
        "steps": _SHOT_STEPS if by_shots else recipe.steps,
        "batch": _SHOT_BATCH if by_shots else recipe.batch,
        "learning_rate": recipe.learning_rate,
        "critic_weight": recipe.critic_weight,
    }
