"""The command that asks for the raster of a job once more."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

from neuroqgan.jobs.record import SEEN

if TYPE_CHECKING:
    from neuroqgan.jobs.record import JobRecord

# Records keep the name of the first release.
_RENAMED = {"second_readers": "redundant_readout"}


def sampling_settings(job: JobRecord) -> dict[str, Any]:
    """Return the settings that a raster was asked for with, by key; defaults are left out.

    Backend, seed and number of samples are fields of the record.
    """
    return {
        _RENAMED.get(name, name): value
        for name, value in job.options.items()
        if value not in (None, False, "none") and name != SEEN
    }


def rerun_command(job: JobRecord) -> str:
    """Return the command that asks for the raster of a job with the same settings.

    Run again, it goes on with a raster that is not finished, and reads one that is.
    """
    words = ["neuroqgan run"]
    if job.run is not None:
        words.append(f"--name {job.run}")
    # Whole trials are counted by an option of their own.
    samples = "" if job.options.get("trials") else f" --samples {job.n_samples}"
    words.append(f"--backend {job.backend}{samples} --seed {job.seed}")
    for name, value in sampling_settings(job).items():
        flag = f"--{name.replace('_', '-')}"
        words.append(flag if value is True else f"{flag} {quote(str(value))}")
    # The rest of a raster must not be charged to whichever account is the default by then.
    if job.account_name is not None:
        words.append(f"--account {quote(job.account_name)}")
    return " ".join(words)
