"""Moment engines by the name of their gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.connector.adjoint import AdjointEngine

if TYPE_CHECKING:
    from neuroqgan.connector.moments import MomentEngine
    from neuroqgan.training.settings import TrainingSettings


def build_engine(settings: TrainingSettings) -> MomentEngine:
    """Return the engine that the settings ask for."""
    if settings.gradient == "adjoint":
        return AdjointEngine()
    from neuroqgan.backends.shots import AerShots
    from neuroqgan.connector.shifts import ParameterShift, Spsa
    from neuroqgan.connector.shot_engine import ShotEngine

    rule = ParameterShift() if settings.gradient == "parameter-shift" else Spsa()
    return ShotEngine(rule, AerShots(), settings.shots, settings.gradient_cells)
