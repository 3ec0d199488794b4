"""``neuroqgan jobs bundle|verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from neuroqgan.cli.command import Output, command
from neuroqgan.escaping.printable import one_line

if TYPE_CHECKING:
    from neuroqgan.jobs.bundle.verification import BundleCheck


@click.command(short_help="Write all jobs of a raster to one file for others to check.")
@click.argument("job_id", metavar="JOB")
@click.option(
    "--output",
    "output_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File to write. [neuroqgan-JOB.zip]",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing file of that name.")
@command
def bundle(output: Output, job_id: str, output_file: Path | None, overwrite: bool) -> None:
    """Write everything about a retrieved raster to one file, which can be published.

    \b
    Examples:
        neuroqgan jobs bundle latest
        neuroqgan jobs bundle 3f2a --output spikes.zip

    The file holds all jobs of the raster: circuits, angles, raw bits, which bit is which neuron,
    bin and sample, the calibration of the device when the jobs were planned, options, estimated
    and used time, versions, and a SHA-256 of every part. It holds no account, key or path of this
    machine. Anyone can check it with neuroqgan jobs verify, without network or account.
    """
    from neuroqgan.runs.bundled import bundle_jobs

    done = bundle_jobs(job_id, output_file, overwrite=overwrite)
    count = f"{len(done.jobs)} job" + ("s" if len(done.jobs) > 1 else "")
    output.say(f"{done.n_samples} samples of {count} in {done.path}")
    output.say(f"SHA-256 of its content: {done.sha256}")
    output.say(f"Anyone can check it with: neuroqgan jobs verify {done.path}")
    output.result(
        {
            "bundle": str(done.path),
            "sha256": done.sha256,
            "jobs": [*done.jobs],
            "samples": done.n_samples,
        }
    )


@click.command(short_help="Check a bundle of jobs, offline.")
@click.argument("file", type=click.Path(path_type=Path), metavar="BUNDLE")
@click.option("--sha256", metavar="DIGEST", help="SHA-256 that its content must have.")
@click.option(
    "--raster",
    "raster_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the raster to this file, such as spikes.npz, if nothing is wrong.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file of --raster.")
@command
def verify(
    output: Output, file: Path, sha256: str | None, raster_file: Path | None, overwrite: bool
) -> None:
    """Check a bundle: that nothing was changed, and that its raw bits decode to its raster.

    \b
    Examples:
        neuroqgan jobs verify spikes.zip
        neuroqgan jobs verify spikes.zip --raster spikes.npz
        neuroqgan jobs verify spikes.zip --sha256 9b74c9897bac770ffc029102a200c5de...

    No network, account or job of this machine is used, and nothing in the file is executed, so it
    may come from a stranger. The exit code is 1 if anything is wrong. Checksums in the file show
    damage, not forgery: --sha256 compares its content with a checksum that was published.
    """
    from neuroqgan.cli.output_file import check_output
    from neuroqgan.data.save import save
    from neuroqgan.jobs.bundle.verification import verify_bundle

    check_output(raster_file, overwrite)
    check = verify_bundle(file, sha256=sha256)
    for line in _lines(check):
        output.say(line)
    written = raster_file is not None and check.raster is not None
    if raster_file is not None and check.raster is not None:
        save(raster_file, check.raster, overwrite=overwrite)
        output.say(f"{'Written':<10}{raster_file}")
    output.result(check.to_dict() | {"written": str(raster_file) if written else None})
    if not check.ok:
        raise click.exceptions.Exit(1)


def _lines(check: BundleCheck) -> list[str]:
    lines = [f"{'Bundle':<10}{check.path}, {check.n_members} members"]
    if check.jobs:
        backends = ", ".join(sorted({job.backend for job in check.jobs}))
        used = "" if check.seconds is None else f", {check.seconds:g} s of QPU time"
        lines.append(f"{'Jobs':<10}{len(check.jobs)} on {backends}{used}")
        created = min(job.created for job in check.jobs)
        lines.append(f"{'Made':<10}{created:%Y-%m-%d %H:%M} UTC, {_versions(check)}")
    lines.append(f"{'SHA-256':<10}{check.sha256}")
    if check.raster is not None:
        shape = " x ".join(str(size) for size in check.raster.spikes.shape)
        lines.append(f"{'Raster':<10}{shape} (samples, bins, neurons)")
        lines.append("Nothing was changed, and the raw bits decode to the raster, bit for bit.")
    lines += [f"{'Wrong':<10}{problem}" for problem in check.problems]
    return [one_line(line) for line in lines]


def _versions(check: BundleCheck) -> str:
    client = check.jobs[0].client
    return ", ".join(f"{name} {str(version)[:20]}" for name, version in [*client.items()][:6])
