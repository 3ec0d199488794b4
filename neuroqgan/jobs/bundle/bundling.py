"""Writing a bundle from the jobs of a raster that are stored here."""

from __future__ import annotations

import io
import json
from typing import IO, TYPE_CHECKING, Any

from neuroqgan.data.formats.npz import write as write_npz
from neuroqgan.jobs.bundle.container import write_members
from neuroqgan.jobs.bundle.members import (
    FORMAT,
    GUIDE,
    MANIFEST,
    OPTIONAL,
    RASTER,
    README,
    REQUIRED,
    of_job,
)
from neuroqgan.jobs.bundle.public_record import public_record
from neuroqgan.versions import decisive_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.raster import SpikeRaster


def write_bundle(
    context: JobContext, jobs: Sequence[JobRecord], raster: SpikeRaster, file: IO[bytes]
) -> str:
    """Write jobs and their raster as a bundle.

    Equal jobs give equal bytes, with the same versions of packages.

    Parameters
    ----------
    context
        Where the jobs are.
    jobs
        All jobs of the raster, retrieved.
    raster
        What their bits decode to, with whatever else is known of it.
    file
        Where the bundle goes.

    Returns
    -------
    str
        SHA-256 of the whole content.

    Raises
    ------
    PayloadError
        If a file of a job is missing or damaged.
    """
    members: dict[str, bytes] = {}
    for job in jobs:
        names = [*REQUIRED, *(name for name in OPTIONAL if context.payloads.exists(job.id, name))]
        for name in names:
            members[of_job(job.id, name)] = context.payloads.read(job.id, name)
    packed = io.BytesIO()
    write_npz(packed, raster)
    members[RASTER] = packed.getvalue()
    members[GUIDE] = README.encode()
    members[MANIFEST] = _to_json(
        {
            "format": FORMAT,
            "versions": decisive_versions(),
            "raster": {
                "samples": raster.n_samples,
                "bins": raster.n_bins,
                "neurons": raster.n_neurons,
                "bin_width": raster.bin_width,
                "labels": [*raster.neuron_labels],
            },
            "jobs": [public_record(job) for job in jobs],
        }
    )
    return write_members(file, members)


def _to_json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, allow_nan=False).encode()
