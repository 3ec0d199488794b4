"""All runs at a glance: what was trained, how large it is, and how close its rasters are."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from neuroqgan.errors import NeuroqganError
from neuroqgan.runs.folder import RunState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.store import RunStore

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class RunRow:
    """A run in the list of runs; what is not known of it is None.

    Parameters
    ----------
    run
        Its name.
    state
        How far it is: ``empty``, ``unfinished`` or ``trained``, or that it is ``unreadable``.
    preset
        Preset of the generator.
    seed
        Seed of the training.
    neurons
        Number of neurons.
    parameters
        Number of trainable weights.
    c2st
        Accuracy of the classifier of the last evaluation; 0.5 is chance.
    ratios
        Of the last evaluation by statistic; 1 is as close to held-out data as the training data
        are.
    problems
        What is damaged.
    covariates
        Names of the covariates that drive it; empty if there are none.
    """

    run: str
    state: str
    preset: str | None
    seed: int | None
    neurons: int | None
    parameters: int | None
    c2st: float | None
    ratios: dict[str, float | None] = field(default_factory=dict)
    problems: tuple[NeuroqganError, ...] = ()
    covariates: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields except the problems, ready for JSON."""
        return {key: value for key, value in asdict(self).items() if key != "problems"}


def run_rows(store: RunStore) -> list[RunRow]:
    """Return a row for every run, by name.

    Parameters
    ----------
    store
        The runs.
    """
    return [_row(folder) for folder in store.list()]


def _row(folder: RunFolder) -> RunRow:
    problems: list[NeuroqganError] = []

    def read(part: Callable[[], _Value]) -> _Value | None:
        try:
            return part()
        except NeuroqganError as error:
            problems.append(error)
            return None

    if folder.state is RunState.UNREADABLE:
        read(folder.check_readable)
        unknown = (None,) * 5
        return RunRow(folder.name, folder.state.value, *unknown, problems=tuple(problems))
    config, trained_on = read(folder.config), read(folder.trained_on)
    evaluation = read(folder.read_evaluation)
    found = None if evaluation is None else evaluation.c2st
    statistics = {} if evaluation is None else evaluation.statistics
    ratios = {name: row.ratio for name, row in statistics.items()}
    return RunRow(
        run=folder.name,
        state=folder.state.value,
        preset=None if config is None else config.preset,
        seed=None if config is None else config.seed,
        neurons=None if trained_on is None else trained_on.n_neurons,
        parameters=_count_weights(folder.generator_path),
        c2st=None if found is None else found.accuracy,
        ratios={name: ratio if math.isfinite(ratio) else None for name, ratio in ratios.items()},
        problems=tuple(problems),
        covariates=None if trained_on is None else trained_on.covariates.names,
    )


def _count_weights(path: Path) -> int | None:
    """Return the number of weights in a file, read from its header alone."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            names = file.keys()
            shapes = [file.get_slice(name).get_shape() for name in names]
    except (OSError, SafetensorError):
        return None
    return int(sum(map(math.prod, shapes)))
