"""Views of runs, as the page gets them, without a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import neuroqgan as nq
from neuroqgan.backends.placement.chip import Chip, ChipBit, ChipCell
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.drawing import describe_circuits
from neuroqgan.circuits.generator_circuit import GeneratorCircuit
from neuroqgan.evaluation.judge import judge
from neuroqgan.evaluation.judges.judge_registry import JUDGES
from neuroqgan.evaluation.judges.nearest_neighbours import NEAREST_NEIGHBOURS
from neuroqgan.evaluation.model_row import ModelRow
from neuroqgan.jobs.record import JobEvent, JobRecord
from neuroqgan.jobs.state import JobState
from neuroqgan.raster import SpikeRaster
from neuroqgan.report.page.view import (
    JobHistory,
    PageView,
    Reproduction,
    RunView,
)

METRICS = tuple(
    {"step": i + 1, "statistics_loss": 100 / (i + 1), "gradient_norm": 3.0, "distance": None}
    for i in range(30)
)
BEGUN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@cache
def _bare(*, given: bool) -> RunView:
    """A judged raster of three neurons: one half of a simulated recording stands for it."""
    recording = nq.load("simulated").select(slice(0, 3)).take(slice(0, 60))
    parts = nq.split(recording, 16, covariates="trial-time" if given else None)
    generated = parts.train.take(slice(0, None, 2))
    with _few_judges():
        found = judge(generated, parts.held_out, parts.train, n_bootstrap=2)
    return RunView(
        run="mine",
        backend="aer",
        raster_name="aer-seed0-100.npz",
        created=BEGUN.isoformat(),
        held_out=parts.held_out,
        training=parts.train,
        generated=generated,
        evaluation=found,
        preset="stationary",
        n_parameters=200,
    )


class _few_judges:  # used like a function
    """All judges but one take seconds."""

    def __enter__(self) -> None:
        self.all = dict(JUDGES)
        JUDGES.clear()
        JUDGES[NEAREST_NEIGHBOURS.key] = NEAREST_NEIGHBOURS

    def __exit__(self, *_: object) -> None:
        JUDGES.clear()
        JUDGES.update(self.all)


def bare_view(*, given: bool = False) -> RunView:
    """A judged raster, and nothing else."""
    return _bare(given=given)


def full_view(**changes: object) -> RunView:
    """A judged raster with all that a page can show."""
    cell = GeneratorCircuit("cell", CellAnsatz(3, 2).circuit(), n_groups=1, n_neurons=3)
    full = replace(
        _bare(given=True),
        metrics=METRICS,
        baselines=(ModelRow("independent", 3, {"spike_probability": 2.0}, 0.7, 0.01, 0.1),),
        circuits=tuple(describe_circuits([cell])),
        device=device(),
        jobs=(job(),),
        reproduction=Reproduction(
            "neuroqgan run", "neuroqgan run --replay", "seed = 0\n", (("a", "b"),)
        ),
    )
    return replace(full, **changes)


def device() -> Chip:
    """A line of five qubits, three of them chosen."""
    pairs = tuple((i, i + 1) for i in range(4))
    cell = ChipCell(0, tuple(ChipBit(i + 1, i, 0) for i in range(3)), pairs[1:3])
    errors = dict.fromkeys(pairs[:3], 0.01)
    return Chip("fake_line", (0.02,) * 5, errors, pairs, (cell,), 1, source="Made up.")


def job(**changes: object) -> JobHistory:
    """A job that took a minute to wait and seven seconds to run."""
    values: dict[str, object] = dict.fromkeys(JobRecord.__dataclass_fields__)
    values |= {
        "id": "ab" * 16,
        "request": "r",
        "part": 0,
        "parts": 1,
        "state": JobState.RETRIEVED,
        "kind": "ibm",
        "backend": "ibm_fez",
        "provider_id": "d0ne",
        "samples": 100,
        "seed": 0,
        "options": {},
        "message": "",
        "seconds": 7.0,
        "created": BEGUN,
        "submitted": BEGUN + timedelta(seconds=3),
        "retrieved": BEGUN + timedelta(minutes=5),
        "first_bin": 0,
        "n_bins": 1,
    } | changes
    events = (JobEvent(BEGUN, JobState.PLANNED, "everything stored"),)
    return JobHistory(JobRecord(**values), events)  # type: ignore[arg-type]


def page_of(*views: RunView) -> PageView:
    """A page of some runs."""
    return PageView.of(views, "0.0")


def renamed(raster: SpikeRaster, labels: tuple[str, ...]) -> SpikeRaster:
    """The same raster with other neurons."""
    return raster.with_labels(labels)
