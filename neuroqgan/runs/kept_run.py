"""A run for scripts: its settings, its generator, its rasters and its evaluation."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from neuroqgan.errors import CheckpointError, NotReadyError, RecordingError
from neuroqgan.notebooks.card import card
from neuroqgan.runs.folder import RunFolder, RunState
from neuroqgan.runs.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.models.base import Generator
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.config import RunConfig


@dataclass(frozen=True)
class Run:
    """A run that ``neuroqgan run`` or ``neuroqgan train`` made; `load_run` finds it.

    Weights and rasters are read when they are first asked for.

    Parameters
    ----------
    folder
        The run's folder.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> try:
    ...     run = nq.load_run("mine")
    ... except nq.NeuroqganError as error:
    ...     print(error.problem)
    There is no run 'mine'.
    """

    folder: RunFolder

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.folder.name

    @property
    def path(self) -> Path:
        """The folder in which everything of the run is kept."""
        return self.folder.path

    @property
    def is_trained(self) -> bool:
        """Whether its training is finished."""
        return self.folder.state is RunState.TRAINED

    @cached_property
    def config(self) -> RunConfig:
        """The settings of the run.

        Raises
        ------
        ConfigError
            If they are damaged.
        """
        return self.folder.config()

    @cached_property
    def generator(self) -> Generator:
        """The trained generator; it knows the covariates of its recording if that can be read.

        Raises
        ------
        NotReadyError
            If the training is not finished.
        CheckpointError
            If the weights are damaged.
        """
        from neuroqgan.runs.stages import load_trained

        if not self.is_trained:
            raise NotReadyError(
                f"The run {self.name} has no trained generator yet.",
                expected="a trained run",
                got=self.folder.state.value,
                hint=f"neuroqgan train --name {self.name} --resume",
            )
        trained_on = self.folder.trained_on()
        generator = load_trained(
            self.folder, self.config, trained_on.n_neurons, trained_on.bin_width
        )
        known = generator.spec.covariates
        if known is not None and not known.is_trial_time:
            # Without them, those of the samples have to be given.
            with suppress(RecordingError):
                generator.training_covariates = self.split.covariates
        return generator

    @cached_property
    def split(self) -> Split:
        """Its recording, cut into training windows and held-out windows as for its training.

        It has the covariates that the generator was trained with.

        Raises
        ------
        RecordingError
            If the recording has moved, can no longer be read, or has changed.
        """
        from neuroqgan.runs.recording import prepare_run

        return prepare_run(self.folder).split

    @property
    def raster_paths(self) -> tuple[Path, ...]:
        """Files of its generated rasters, the newest last."""
        found = self.folder.rasters_path.glob("*.npz")
        return tuple(sorted(found, key=lambda path: path.stat().st_mtime))

    @property
    def rasters(self) -> dict[str, SpikeRaster]:
        """Its generated rasters by the name of their file, the newest last.

        Raises
        ------
        RecordingError
            If a file is damaged.
        """
        from neuroqgan.data.load import load

        return {path.stem: load(path) for path in self.raster_paths}

    @property
    def evaluation(self) -> Evaluation | None:
        """The last evaluation of a raster, or None.

        Raises
        ------
        CheckpointError
            If it is damaged.
        """
        return self.folder.read_evaluation()

    def __repr__(self) -> str:
        """Return name, preset and state."""
        return f"Run({self.name!r}, {self.config.preset}, {self.folder.state.value})"

    @property
    def _covariates(self) -> str:
        try:
            return self.folder.trained_on().covariates.summary
        except CheckpointError:
            return "-"

    def _repr_html_(self) -> str:
        evaluation = self.evaluation
        found = None if evaluation is None else evaluation.c2st
        rows = {
            "Run": self.name,
            "Preset": self.config.preset,
            "Covariates": self._covariates,
            "State": self.folder.state.value,
            "Rasters": str(len(self.raster_paths)),
            "C2ST accuracy": "-" if found is None else f"{found.accuracy:.3f}",
            "Folder": str(self.path),
        }
        from neuroqgan.training.loop import read_metrics
        from neuroqgan.training.progress import loss_picture

        losses = loss_picture(read_metrics(self.folder.metrics_path))
        return card("Run", rows, picture=losses, caption="Loss by step" if losses else "")


def load_run(name: str, folder: Path | None = None) -> Run:
    """Return a run by its name.

    Parameters
    ----------
    name
        Name of the run, as ``neuroqgan runs list`` shows it.
    folder
        Folder that holds the runs; None for the user's own.

    Raises
    ------
    RunNotFoundError
        If there is no run of that name.

    Examples
    --------
    >>> from neuroqgan.runs.kept_run import load_run
    >>> load_run("no such run")
    Traceback (most recent call last):
        ...
    neuroqgan.errors.RunNotFoundError: There is no run 'no such run'.
    ...
    """
    return Run(RunStore(folder).get(name))
