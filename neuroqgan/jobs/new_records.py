"""Records of new requests."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from neuroqgan.jobs.owner import myself
from neuroqgan.jobs.record import SEEN, JobRecord
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.users import user_name

if TYPE_CHECKING:
    from neuroqgan.circuits.program import Program
    from neuroqgan.jobs.request import Request

_PACKAGES = ("neuroqgan", "qiskit", "qiskit-aer", "qiskit-ibm-runtime")


def new_records(
    request: Request,
    backend: str,
    kind: str,
    parts: int,
    estimate: dict[str, Any],
    program: Program,
) -> list[JobRecord]:
    """Return the records of a new request, which are not in the store yet.

    Parameters
    ----------
    request
        What is wanted.
    backend, kind
        Name and kind of its backend.
    parts
        Number of jobs that share the samples, as evenly as possible.
    estimate
        What all of them are expected to take, ready for JSON.
    program
        The planned program, whose rows are divided among the jobs.
    """
    now, block = datetime.now(UTC), request.block
    shares = shares_of(program, parts)
    request_id = uuid.uuid4().hex
    before = None if block is None else block.after
    series = None if block is None else request_id if before is None else before.series
    options = request.options.to_dict() | {
        "tiles": request.placement.max_tiles,
        "second_readers": request.placement.redundant_readout,
    }
    options |= request.placement.chosen_qubits
    if block is not None and block.bins_per_job > 1:
        if block.multi_bin_circuit:
            options["multi_bin_circuit"] = block.multi_bin_circuit
        options["bins_per_job"] = block.bins_per_job
    options |= request.settings
    if request.covariates is not None:
        options[SEEN] = request.covariates
    records = []
    for part, (first, n_shots) in enumerate(shares):
        job_id = uuid.uuid4().hex
        records.append(
            JobRecord(
                id=job_id,
                tag=f"neuroqgan-{job_id}",
                request=request_id,
                part=part,
                parts=len(shares),
                request_hash=request.request_hash,
                state=JobState.PREPARING,
                version=1,
                kind=kind,
                backend=backend,
                provider_id=None,
                account=None,
                run=request.run,
                samples=n_shots,
                first_sample=first,
                seed=request.seed,
                options=options,
                estimate=estimate,
                private=request.options.private,
                owner=myself(),
                message="",
                seconds=None,
                bits_sha256=None,
                client=package_versions(),
                created=now,
                submitted=None,
                finished=None,
                retrieved=None,
                updated=now,
                series=series,
                after=request.after,
                first_bin=0 if block is None else block.first_bin,
                n_bins=1 if block is None else block.n_bins,
                series_samples=_samples_of_raster(request, program),
                user=user_name(),
            )
        )
    return records


def shares_of(program: Program, parts: int) -> list[tuple[int, int]]:
    """Return the first shot and the number of shots of every job that shares a program.

    Parameters
    ----------
    program
        As it is sent, whose rows are not divided.
    parts
        Number of jobs that share it, as evenly as possible.
    """
    n_shots = program.n_shots
    size = -(-program.shape[0] // parts) * program.shots
    return [(first, min(size, n_shots - first)) for first in range(0, n_shots, size)]


def _samples_of_raster(request: Request, program: Program) -> int | None:
    """Return the samples of the raster if the jobs measure more or several per shot, else None."""
    if request.block is not None:
        return request.block.n_samples
    n_samples = request.program.shape[0]
    is_one_each = program.samples_per_shot == 1 and program.n_shots == n_samples
    return None if is_one_each else n_samples


@cache
def package_versions() -> dict[str, str]:
    """Return the versions of the packages that decide what a job sends."""
    return {name: metadata.version(name) for name in _PACKAGES}
