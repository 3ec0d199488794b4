"""Where a generated raster comes from: its run, its jobs and what measured it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.data.provenance import Provenance
from neuroqgan.errors import NeuroqganError
from neuroqgan.jobs.request_chain import complete_request, request_chain
from neuroqgan.runs.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


def provenance_of(
    context: JobContext, folder: RunFolder | None, jobs: Sequence[JobRecord]
) -> Provenance:
    """Return where a generated raster comes from.

    The account that jobs were sent with is left out, since rasters are passed on.

    Parameters
    ----------
    context
        Where the jobs are.
    folder
        Of the run; None if it is gone.
    jobs
        All parts of one request of the raster.
    """
    if last := None if jobs[0].series is None else complete_request(context, jobs[0]):
        jobs = [job for bins in request_chain(context, last[0]) for job in bins]
    first = jobs[0]
    facts = {
        "created": first.created.isoformat(timespec="seconds"),
        "backend": first.backend,
        "simulated_backend": "yes" if first.is_simulated else "no",
        "seed": str(first.seed),
        "jobs": ", ".join(job.id for job in jobs),
        "provider_jobs": ", ".join(job.provider_id for job in jobs if job.provider_id),
        "qpu_seconds": _sum_of_seconds(jobs),
        "finished": max((job.finished.isoformat() for job in jobs if job.finished), default=""),
        "run": first.run or "",
        **_flat("option", first.options),
        **_flat("version", first.client),
    }
    if folder is not None:
        facts |= _of_run(folder)
    return Provenance(True, {key: value for key, value in facts.items() if value})


def provenance_of_file(path: Path) -> Provenance:
    """Return where the raster in a file comes from, as far as its place says so.

    Parameters
    ----------
    path
        The file; rasters in the folder of a run were generated.
    """
    source = {"source": path.name}
    place = path.expanduser().absolute().parent
    folder = RunFolder(place.parent)
    known = _of_run(folder) if place == folder.rasters_path else {}
    return Provenance(True if known else None, source | known)


def _of_run(folder: RunFolder) -> dict[str, str]:
    try:
        config, record = folder.config(), folder.provenance()
        recording: dict[str, Any] = record["recording"]
        return {
            "run": folder.name,
            "preset": config.preset,
            "training_seed": str(config.seed),
            "trained": str(record["created"]),
            "recording_sha256": str(recording["sha256"] or ""),
            "covariates": ", ".join(folder.trained_on().covariates.names),
        }
    except (NeuroqganError, KeyError, TypeError):
        # A raster that was paid for is worth more than what is known of its run.
        return {}


def _sum_of_seconds(jobs: Sequence[JobRecord]) -> str:
    seconds = [job.seconds for job in jobs if job.seconds is not None]
    return f"{sum(seconds):g}" if seconds else ""


def _flat(prefix: str, values: dict[str, Any]) -> dict[str, str]:
    return {f"{prefix} {key}": text for key, text in _leaves("", values) if text}


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), inner)
    elif value is not None and value is not False:
        yield name, str(value)
