"""Preset ``history``: hyper-parameters and defaults."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from neuroqgan.models.preset_type import Preset, Recipe
from neuroqgan.models.shape import CellShape, hyper_parameter

Past = Literal["filters", "two-bins", "one-bin", "none"]


class HistoryShape(CellShape):
    """Hyper-parameters of the preset ``history``."""

    n_layers: int = hyper_parameter(2, key="layers", help="Layers of rotations in each cell", ge=1)
    past: Past = hyper_parameter(
        "filters",
        key="past",
        help="What each neuron knows of the past: filtered spikes, its own spikes in the last two "
        "bins or in the last one, or nothing",
    )
    n_filters: int = hyper_parameter(
        5,
        key="filters",
        help="Exponential filters of past spikes, each twice as long as the one before",
        ge=1,
        le=8,
    )

    @field_validator("past", mode="before")
    @classmethod
    def _released_name(cls, value: object) -> object:
        # What version 0.1 called it, in run folders and weights that are there.
        return "one-bin" if value == "bin" else value


HISTORY = Preset(
    name="history",
    summary="matches recordings best, but needs one hardware job per time bin",
    shape=HistoryShape,
    recipe=Recipe(steps=640, batch=24, learning_rate=0.01, critic_weight=6.0),
    generator="neuroqgan.models.history.generator:HistoryGenerator",
    by_likelihood=True,
    max_critic_neurons=20,
)
