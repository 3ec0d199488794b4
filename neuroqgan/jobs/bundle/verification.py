"""Checking a bundle: its bytes, and that its bits decode to its raster; offline, without trust."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.load import load
from neuroqgan.data.untrusted.sealed_zip import SUMS
from neuroqgan.errors import InputError, NeuroqganError
from neuroqgan.jobs.bundle.container import check_arrays, differing_members, read_members
from neuroqgan.jobs.bundle.members import RASTER, of_job
from neuroqgan.jobs.bundle.unpacked import Manifest, read_manifest, unpacked
from neuroqgan.jobs.checksums import check_pieces
from neuroqgan.jobs.codec import LAYOUT
from neuroqgan.jobs.decoding import decode_raster
from neuroqgan.versions import decisive_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.raster import SpikeRaster


@dataclass(frozen=True)
class BundleCheck:
    """What a check of a bundle found.

    Parameters
    ----------
    path
        The bundle.
    sha256
        SHA-256 of the whole content, as `neuroqgan jobs bundle` printed it.
    problems
        What is wrong, in words; empty if the bundle is as it was written and its bits decode to
        its raster.
    jobs
        Records of its jobs, as far as they can be read.
    raster
        What the bits decode to, with labels and covariates; None if there are problems.
    n_members
        Number of members.
    versions
        Versions of the packages that wrote it.

    Examples
    --------
    >>> BundleCheck(Path("spikes.zip"), "", ("raster.npz is missing",), (), None, 7, {}).ok
    False
    """

    path: Path
    sha256: str
    problems: tuple[str, ...]
    jobs: tuple[JobRecord, ...]
    raster: SpikeRaster | None
    n_members: int
    versions: dict[str, str | None]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def seconds(self) -> float | None:
        """Seconds of the quantum processor of all jobs; None if no service reported any."""
        reported = [job.seconds for job in self.jobs if job.seconds is not None]
        return sum(reported) if reported else None

    def to_dict(self) -> dict[str, Any]:
        """Return the result, ready for JSON, without the spikes."""
        shape = None if self.raster is None else [*self.raster.spikes.shape]
        return {
            "bundle": str(self.path),
            "ok": self.ok,
            "problems": [*self.problems],
            "sha256": self.sha256,
            "members": self.n_members,
            "backends": sorted({job.backend for job in self.jobs}),
            "jobs": [job.id for job in self.jobs],
            "provider_jobs": [job.provider_id for job in self.jobs if job.provider_id],
            "qpu_seconds": self.seconds,
            "raster": shape,
            "versions": self.versions,
        }


def verify_bundle(path: str | Path, *, sha256: str | None = None) -> BundleCheck:
    """Check a bundle of jobs; no network, account or store of jobs is used.

    The checksums of all members are compared, the raw bits are decoded again, and the raster is
    compared with the one in the bundle, bit by bit. Whoever forges a bundle can forge its checksums
    as well: compare its SHA-256 with one that was published, or the jobs with those at the service.

    Parameters
    ----------
    path
        File that `neuroqgan jobs bundle` has written. It may come from a stranger: sizes are
        checked before anything is read, and nothing in it is executed.
    sha256
        SHA-256 that the content must have, such as one that was published; None for any.

    Returns
    -------
    BundleCheck
        What was found.

    Raises
    ------
    InputError
        If the file cannot be opened.
    PayloadError
        If it is no bundle, or claims to hold more than it does.

    Examples
    --------
    >>> from pathlib import Path
    >>> _ = Path("spikes.zip").write_bytes(b"something else")
    >>> verify_bundle("spikes.zip")
    Traceback (most recent call last):
        ...
    neuroqgan.errors.PayloadError: The file is not a bundle of jobs, or it is damaged.
    ...
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            members = read_members(file)
    except OSError as error:
        raise InputError(
            f"{path} cannot be opened.",
            expected="a bundle of jobs",
            got=error.strerror or str(error),
            hint="check the path",
        ) from error
    digest = hashlib.sha256(members.get(SUMS, b"")).hexdigest()
    problems = differing_members(members)
    if sha256 is not None and sha256.strip().lower() != digest:
        problems.append(f"the whole has SHA-256 {digest} instead of {sha256}")
    manifest = None
    raster = None
    try:
        manifest = read_manifest(members)
        raster = _decode(members, manifest, problems)
    except NeuroqganError as error:
        problems.append(f"{error.problem} {error.got}".strip())
    return BundleCheck(
        path,
        digest,
        tuple(problems),
        () if manifest is None else manifest.jobs,
        None if problems else raster,
        len(members),
        {} if manifest is None else manifest.versions,
    )


def _decode(
    members: Mapping[str, bytes], manifest: Manifest, problems: list[str]
) -> SpikeRaster | None:
    """Decode the bits and compare them with the raster, which is returned."""
    with unpacked(members, manifest.jobs) as context:
        for job in manifest.jobs:
            problems += _changed_pieces(members, job)
        try:
            found = decode_raster(context, manifest.jobs).raster
        except DAMAGE as error:
            problems.append(f"the bits cannot be decoded: {type(error).__name__}: {error}")
            return None
    stored = _stored_raster(members)
    if stored is None:
        problems.append(f"{RASTER} is missing")
        return None
    if difference := _difference(found, stored):
        made = manifest.jobs[0].client.get("neuroqgan", "an unknown version")
        now = decisive_versions()["neuroqgan"]
        problems.append(
            f"the bits do not decode to {RASTER}: {difference} "
            f"(made by neuroqgan {made}, decoded by {now})"
        )
    said = tuple(manifest.raster.get(name) for name in ("samples", "bins", "neurons"))
    if said != stored.spikes.shape:
        problems.append(f"the manifest says {said} samples, bins, neurons of {RASTER}")
    return stored


def _changed_pieces(members: Mapping[str, bytes], job: JobRecord) -> list[str]:
    """Return whether circuits and angles are those that the layout was stored with, in words."""
    value = json.loads(members[of_job(job.id, LAYOUT)])
    here = {name: members.get(of_job(job.id, name)) for name in value.get("pieces", {})}
    kept = {name: data for name, data in here.items() if data is not None}
    try:
        check_pieces(value | {"pieces": {name: value["pieces"][name] for name in kept}}, kept)
    except NeuroqganError as error:
        return [f"job {job.short_id}: {error.problem}"]
    return []


def _stored_raster(members: Mapping[str, bytes]) -> SpikeRaster | None:
    if RASTER not in members:
        return None
    check_arrays(RASTER, members[RASTER])
    with tempfile.TemporaryDirectory(prefix="neuroqgan-") as folder:
        file = Path(folder) / RASTER
        file.write_bytes(members[RASTER])
        return load(file)


def _difference(found: SpikeRaster, stored: SpikeRaster) -> str:
    """Return in words how two rasters differ; empty if they do not."""
    if found.spikes.shape != stored.spikes.shape:
        return f"shape {found.spikes.shape} instead of {stored.spikes.shape}"
    if found.bin_width != stored.bin_width:
        return f"bins of {found.bin_width:g} s instead of {stored.bin_width:g} s"
    differing = np.argwhere(found.spikes != stored.spikes)
    if not len(differing):
        return ""
    sample, time_bin, neuron = (int(index) for index in differing[0])
    return (
        f"{len(differing):,} of {found.spikes.size:,} bins differ, first sample {sample}, "
        f"bin {time_bin}, neuron {neuron} (counted from 0)"
    )
