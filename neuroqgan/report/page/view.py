"""What the page shows: plain data about runs, prepared by whoever knows their folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neuroqgan.backends.placement.chip import Chip
    from neuroqgan.circuits.drawing import CircuitDescription
    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.evaluation.model_row import ModelRow
    from neuroqgan.jobs.record import JobEvent, JobRecord
    from neuroqgan.raster import SpikeRaster


@dataclass(frozen=True)
class JobHistory:
    """A job of the raster, and what happened to it.

    Parameters
    ----------
    record
        The job as its store knows it.
    events
        Changes of its state, oldest first.
    """

    record: JobRecord
    events: tuple[JobEvent, ...] = ()


@dataclass(frozen=True)
class Reproduction:
    """What it takes to make the raster again.

    Parameters
    ----------
    command
        The command that trains and samples anywhere, with the settings.
    replay
        The command that does so where the run is kept, and compares the raster.
    config
        The settings of the run, TOML.
    facts
        Seeds, versions and hashes: labels and texts.
    """

    command: str
    replay: str
    config: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class RunView:
    """One judged raster of a run.

    Parameters
    ----------
    run
        Name of the run.
    backend
        Name of the backend that the raster was measured on.
    raster_name
        File of the raster.
    created
        When the run was begun, as its folder says it.
    held_out, training
        Real windows of each half, ``(n_windows, n_bins, n_neurons)``.
    generated
        The raster in windows of the same bins and neurons.
    evaluation
        What `neuroqgan.judge` found.
    preset
        Preset of the generator.
    n_parameters, n_stimulus_parameters
        Number of trained weights, and how many of them describe the trial.
    facts
        Further facts for the overview: labels and texts.
    metrics
        Rows of the training's metrics file.
    baselines
        Classical models that were judged like the raster.
    circuits
        Circuits of the generator.
    device
        The device, or None if the raster was measured without qubits, or nothing is known.
    jobs
        Jobs of the raster, oldest first.
    reproduction
        How to make the raster again; None if that is not known.
    notes
        Sentences on what is missing.
    label
        Name on the page; empty to find one that tells it from the others.
    """

    run: str
    backend: str
    raster_name: str
    created: str
    held_out: SpikeRaster
    training: SpikeRaster
    generated: SpikeRaster
    evaluation: Evaluation
    preset: str
    n_parameters: int
    n_stimulus_parameters: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    metrics: Sequence[Mapping[str, Any]] = ()
    baselines: tuple[ModelRow, ...] = ()
    circuits: tuple[CircuitDescription, ...] = ()
    device: Chip | None = None
    jobs: tuple[JobHistory, ...] = ()
    reproduction: Reproduction | None = None
    notes: tuple[str, ...] = ()
    label: str = ""

    def is_like(self, other: RunView) -> bool:
        """Whether it is judged against the same recorded windows as another one."""
        return self.held_out is other.held_out or (
            self.held_out == other.held_out and self.training == other.training
        )


@dataclass(frozen=True, eq=False)
class Labelled:
    """A run on the page, with what distinguishes it from the others.

    Parameters
    ----------
    number
        Position on the page, from 0; colours and markers follow from it.
    label
        Name on the page.
    view
        The run.
    """

    number: int
    label: str
    view: RunView


@dataclass(frozen=True, eq=False)
class Group:
    """Runs that are judged against the same recorded windows.

    Parameters
    ----------
    number
        Position on the page, from 0.
    runs
        The runs; never empty.
    """

    number: int
    runs: tuple[Labelled, ...]

    @property
    def held_out(self) -> SpikeRaster:
        """Recorded windows that the rasters are compared with."""
        return self.runs[0].view.held_out

    @property
    def training(self) -> SpikeRaster:
        """Recorded windows that the generators were trained on."""
        return self.runs[0].view.training

    @property
    def labels(self) -> str:
        """Names of the runs."""
        return ", ".join(run.label for run in self.runs)


@dataclass(frozen=True)
class Summary:
    """A table ahead of everything else.

    Parameters
    ----------
    title
        Its heading.
    headings, rows
        Of the columns, and cells as text.
    caption
        What the table shows, in words.
    numbers
        First column whose cells are numbers, and the first after them.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    numbers: tuple[int, int] = (1, 99)


@dataclass(frozen=True, eq=False)
class PageView:
    """Everything that the page shows.

    Parameters
    ----------
    runs
        The judged rasters, in the order of the page; never empty.
    version
        Version of neuroqgan that writes the page.
    summary
        What the runs are together; None if nobody says so.
    """

    runs: tuple[Labelled, ...]
    version: str
    summary: Summary | None = None
    groups: tuple[Group, ...] = field(init=False)

    def __post_init__(self) -> None:
        found: list[list[Labelled]] = []
        for run in self.runs:
            for group in found:
                if run.view.is_like(group[0].view):
                    group.append(run)
                    break
            else:
                found.append([run])
        groups = tuple(Group(number, tuple(group)) for number, group in enumerate(found))
        object.__setattr__(self, "groups", groups)

    @classmethod
    def of(cls, views: Sequence[RunView], version: str) -> PageView:
        """Give every run a label of its own: its name, and what else it takes.

        Parameters
        ----------
        views
            The judged rasters.
        version
            Version of neuroqgan that writes the page.
        """
        names = [view.run for view in views]
        if len(set(names)) < len(names):
            names = [f"{view.run} on {view.backend}" for view in views]
        if len(set(names)) < len(names):
            names = [f"{view.run}: {view.raster_name}" for view in views]
        names = [view.label or name for view, name in zip(views, names, strict=True)]
        runs = (Labelled(i, *pair) for i, pair in enumerate(zip(names, views, strict=True)))
        return cls(tuple(runs), version)

    @property
    def title(self) -> str:
        """Title of the page."""
        if self.summary is not None:
            return self.summary.title
        return ", ".join(run.label for run in self.runs)
