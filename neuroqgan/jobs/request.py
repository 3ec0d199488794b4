"""A request: a raster, or some bins of one, that is wanted from a backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.jobs.request_hash import hash_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.circuits.program import Program
    from neuroqgan.jobs.record import JobRecord

# How long a job may take, and who may see it, change nothing of what it measures.
_NOT_HASHED = {"max_execution_time", "private"}


@dataclass(frozen=True)
class BinBlock:
    """The bins that one request measures, if a raster takes several requests.

    Parameters
    ----------
    first_bin
        The first bin of the block, counted from 0.
    n_bins
        Number of bins of the whole raster.
    n_samples
        Number of samples of the raster.
    after
        A job of the request for the bins before these; None for the first block.
    bins_per_job
        Number of bins that every request measures. Bins of the last block that lie beyond the
        raster are dropped.
    multi_bin_circuit
        How several bins are one circuit; empty if that was not said.

    Examples
    --------
    >>> from neuroqgan.jobs.request import BinBlock
    >>> BinBlock(first_bin=0, n_bins=16, n_samples=1000, bins_per_job=4).bins_per_job
    4
    """

    first_bin: int
    n_bins: int
    n_samples: int
    after: JobRecord | None = None
    bins_per_job: int = 1
    multi_bin_circuit: str = ""


@dataclass(frozen=True)
class Request:
    """A raster that is wanted from a backend.

    Parameters
    ----------
    program
        Circuits and angles (radians), for the whole raster or for one block of its bins.
    backend
        Name of the backend.
    seed
        Seed of the raster. Simulated shots follow from it; hardware draws its own.
    options
        Settings of the jobs, including readout correction.
    placement
        How circuits are placed on the qubits of a device.
    run
        Name of the run whose generator made the program, or None.
    block
        Which bins the program is for, if the raster takes several requests; else None.
    covariates
        SHA-256 of what the samples see, if that drives the generator; else None.
    settings
        What else was said about the samples, by the key of a setting; kept with the jobs.
    """

    program: Program
    backend: str
    seed: int
    options: JobOptions = JobOptions()
    placement: Placement = Placement()
    run: str | None = None
    block: BinBlock | None = None
    covariates: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def after(self) -> str | None:
        """Id of the request for the bins before these; None if there is none."""
        before = None if self.block is None else self.block.after
        return None if before is None else before.request

    @cached_property
    def request_hash(self) -> str:
        """SHA-256, in hexadecimal digits, of everything that decides the raster."""
        settings = {k: v for k, v in self.options.to_dict().items() if k not in _NOT_HASHED}
        if settings["postselect"] == "none":
            # Requests of earlier versions knew no post-selection, and have to be recognised.
            del settings["postselect"]
        settings |= self.placement.to_dict()
        if self.block is not None:
            # Two silent bins have the same angles, yet their spikes are drawn independently. The
            # key is that of the first release, whose requests have to be recognised.
            settings["round"] = [self.block.first_bin, self.block.n_bins]
        if self.covariates is not None:
            # Bins that come later may see something else, even if the angles of these are alike.
            settings["covariates"] = self.covariates
        return hash_request(self.program, self.backend, self.seed, settings)
