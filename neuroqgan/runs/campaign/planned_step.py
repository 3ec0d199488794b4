"""Steps of a campaign with everything that sampling them needs, and what they will take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.names import parse, snapshots
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import InputError
from neuroqgan.runs.campaign.steps import GENERATORS, CampaignGenerator, Place, Step
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.samples import wanted_samples
from neuroqgan.runs.selection import select_for_run, select_pretrained
from neuroqgan.runs.stages import untrained
from neuroqgan.runs.store import RunStore
from neuroqgan.sampling.order import check_bins_per_job
from neuroqgan.sampling.plans import check_room
from neuroqgan.sampling.raster_estimate import estimate_raster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from neuroqgan.backends.protocol import Backend
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.samples import Samples
    from neuroqgan.runs.selection import Selection
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.raster_estimate import RasterEstimate

IDEAL_BACKEND = "exact"


@dataclass(frozen=True)
class CampaignSettings:
    """What a campaign samples.

    Parameters
    ----------
    device
        Name of the device.
    samples
        Samples of every raster.
    seed
        Of all samples and judgements.
    data
        The recording; None for that of each run.
    runs
        Names of runs of one's own; empty for the prepared generators.
    """

    device: str
    samples: int
    seed: int = 0
    data: str | None = None
    runs: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return {**vars(self), "runs": [*self.runs]}


@dataclass(frozen=True, eq=False)
class PlannedStep:
    """A step that can be sampled.

    Parameters
    ----------
    step
        The step.
    selection
        The run that it samples.
    samples
        Which samples.
    order
        How they are measured.
    backend
        Where.
    estimate
        What it takes on a quantum device; None on an ideal simulator.
    """

    step: Step
    selection: Selection
    samples: Samples
    order: RasterOrder
    backend: Backend
    estimate: RasterEstimate | None

    @property
    def label(self) -> str:
        """Name on tables and pages: unique if several runs take the same step."""
        return f"{self.step.key} ({self.selection.folder.name})"

    @property
    def is_charged(self) -> bool:
        """Whether somebody may have to pay for it."""
        return self.backend.charges


@dataclass(frozen=True)
class LeftOut:
    """A step that cannot be sampled here, and why."""

    step: Step
    run: str
    reason: str


def select_generators(
    settings: CampaignSettings, steps: Sequence[Step]
) -> dict[str, list[Selection]]:
    """Select the runs that steps sample, by the key of their generator.

    Parameters
    ----------
    settings
        What is sampled.
    steps
        The steps.

    Raises
    ------
    InputError
        If a run or its recording is missing.
    """
    store = RunStore()
    own = [_own(store, name, settings) for name in dict.fromkeys(settings.runs)]
    found: dict[str, list[Selection]] = {}
    for key in dict.fromkeys(step.generator for step in steps):
        generator = GENERATORS[key]
        if settings.runs:
            found[key] = [run for run in own if run.config.preset == generator.preset]
        else:
            found[key] = [_prepared(store, generator, settings)]
    return found


def plan_steps(
    settings: CampaignSettings, steps: Sequence[Step], device: Backend
) -> Iterator[PlannedStep | LeftOut]:
    """Plan the steps of a campaign, one after the other.

    Parameters
    ----------
    settings
        What is sampled.
    steps
        The steps.
    device
        The device.

    Yields
    ------
    PlannedStep or LeftOut
        In the order of the steps; one per run that takes the step.

    Raises
    ------
    InputError
        If a run or its recording is missing.
    """
    selections = select_generators(settings, steps)
    for step in steps:
        if step.place is Place.SNAPSHOT and device.simulates:
            continue  # the device itself is the snapshot
        for selection in selections[step.generator]:
            try:
                yield plan_step(settings, step, selection, device)
            except InputError as error:
                reason = f"{error.problem} {error.got}".strip()
                yield LeftOut(step, selection.folder.name, reason)


def plan_step(
    settings: CampaignSettings, step: Step, selection: Selection, device: Backend
) -> PlannedStep:
    """Plan one step of a campaign for one run.

    Parameters
    ----------
    settings
        What is sampled.
    step
        The step.
    selection
        The run.
    device
        The device.

    Raises
    ------
    InputError
        If the generator or the device cannot do it.
    """
    name = _backend_name(step.place, device)
    asked = build_config(
        {
            "name": selection.folder.name,
            "samples": settings.samples,
            "sample_seed": settings.seed,
            "backend": name,
            **step.settings,
        }
    ).for_sampling()
    generator = untrained(
        selection.config, selection.n_neurons, selection.bin_width, selection.covariate_spec
    )
    samples = wanted_samples(selection, generator, asked)
    source, order = samples.source(generator), samples.order(asked, selection.folder.name)
    check_bins_per_job(source, order)
    backend = (
        device if step.place is Place.DEVICE else resolve(name, min_qubits=source.qubits_needed())
    )
    backend.check_options(asked.job_options)
    check_room(source, backend, order.placement)
    planned = None if backend.target is None else estimate_raster(source, order, backend)
    return PlannedStep(step, selection, samples, order, backend, planned)


def _backend_name(place: Place, device: Backend) -> str:
    if place is Place.IDEAL:
        return IDEAL_BACKEND
    if place is Place.DEVICE:
        return str(device.name)
    twin = f"fake_{parse(device.name).device.partition('_')[2]}"
    if twin not in snapshots():
        raise InputError(
            f"There is no snapshot of {device.name}.",
            expected="a device whose snapshot comes with qiskit-ibm-runtime",
            got=f"no {twin}",
        )
    return twin


def _own(store: RunStore, name: str, settings: CampaignSettings) -> Selection:
    data = {} if settings.data is None else {"data": settings.data}
    return select_for_run(store, build_config({"name": name, **data}))


def _prepared(
    store: RunStore, generator: CampaignGenerator, settings: CampaignSettings
) -> Selection:
    data = {} if settings.data is None else {"data": settings.data}
    asked: RunConfig = build_config({**generator.settings, **data})
    if generator.pretrained:
        return select_pretrained(store, generator.pretrained, asked)
    return select_for_run(store, asked)
