"""What is known about a job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.kinds import kind_of
from neuroqgan.escaping.printable import one_line
from neuroqgan.jobs.way import way_picture
from neuroqgan.notebooks.card import card

if TYPE_CHECKING:
    from neuroqgan.jobs.state import JobState

SHORT = 8
"""Digits of an id that people see."""

SEEN = "covariates_sha256"
"""What `JobRecord.options` call the SHA-256 of the covariates of the samples."""


@dataclass(frozen=True, repr=False)
class JobRecord:
    """One workload of a sampler, handed to a backend, as it stands in the store.

    Parameters
    ----------
    id
        Our own id, 32 hexadecimal digits.
    tag
        Text that travels with the job to the service, by which it can be found there.
    request
        Id of the request that the job belongs to; the jobs of one request are parts of one raster.
    part, parts
        Which part of the request this is, from 0, and how many there are.
    request_hash
        Hash of everything that decides the raster; see `neuroqgan.jobs.request_hash`.
    state
        How far the job is.
    version
        Number that grows with every change of the record.
    kind
        What runs it: a key of `neuroqgan.backends.kinds.KINDS`, such as ``aer`` or ``ibm``.
    backend
        Name of the backend.
    provider_id
        The service's id of the job, once it is known.
    account
        The account that it was sent with, as its service calls it; None before.
    run
        Name of the run whose generator is sampled, or None.
    samples, first_sample
        Number of shots of this part, over all rows of angles, and the first of them in the
        request: of samples, or of several side by side.
    seed
        Seed of the raster: latent variables and simulated shots follow from it.
    options
        Settings of the job, see `neuroqgan.backends.options.JobOptions`.
    estimate
        What it was expected to take, see `neuroqgan.backends.estimate.Estimate`; empty if it is
        simulated.
    private
        Whether the service returns the result only once.
    owner
        The process that is working on it, or None.
    message
        What went wrong, in words; empty if nothing did.
    seconds
        Seconds of the quantum processor, as the service reports them.
    bits_sha256
        SHA-256 of the stored raw bits.
    client
        Versions of the packages that made it.
    created, submitted, finished, retrieved, updated
        Times, UTC.
    series
        Id of the first request of the raster, if that takes several requests; else None.
    after
        Id of the request for the bins before these, whose spikes decided the angles; None for the
        first bins.
    first_bin, n_bins
        The first bin that the job measures, from 0, and the number of bins of the raster, if that
        takes several requests; 0 and 1 otherwise.
    series_samples
        Number of samples of the raster, if several lie side by side in a shot of the job, or some
        shots are left over.
    session
        The service's id of the batch that the job was sent in, or None.
    collected
        When the finished raster was put into its run, or None.
    account_name
        Name under which the account is saved that the job was sent with; None if the account came
        from the environment, or is not known.
    user
        Who asked for it, see `neuroqgan.jobs.users.user_name`; None for jobs of earlier versions.
    raster_sha256
        SHA-256 of the raster that is stored beside the bits, see `neuroqgan.jobs.kept_rasters`;
        None if there is none.
    """

    id: str
    tag: str
    request: str
    part: int
    parts: int
    request_hash: str
    state: JobState
    version: int
    kind: str
    backend: str
    provider_id: str | None
    account: str | None
    run: str | None
    samples: int
    first_sample: int
    seed: int
    options: dict[str, Any]
    estimate: dict[str, Any]
    private: bool
    owner: str | None
    message: str
    seconds: float | None
    bits_sha256: str | None
    client: dict[str, str]
    created: datetime
    submitted: datetime | None
    finished: datetime | None
    retrieved: datetime | None
    updated: datetime
    series: str | None = None
    after: str | None = None
    first_bin: int = 0
    n_bins: int = 1
    series_samples: int | None = None
    session: str | None = None
    collected: datetime | None = None
    account_name: str | None = None
    user: str | None = None
    raster_sha256: str | None = None

    def __repr__(self) -> str:
        bins = f", {self.bin_range}" if self.bin_range else ""
        backend = one_line(self.backend)
        return f"<Job {self.short_id} on {backend}: {self.state}, {self.n_samples} samples{bins}>"

    def _repr_html_(self) -> str:
        """Return a card for notebooks."""
        rows = {
            "job": self.id,
            "state": self.state.value,
            "backend": self.backend,
            "run": self.run,
            "samples": self.n_samples,
            "bins": self.bin_range,
            "seed": self.seed,
            "QPU time": None if self.seconds is None else f"{self.seconds:.1f} s",
            "created": self.created.strftime("%Y-%m-%d %H:%M UTC"),
            "message": self.message,
        }
        return card(f"Job {self.short_id}", rows, picture=way_picture(self.state))

    @property
    def covariates(self) -> str | None:
        """SHA-256 of what the samples see; None if nothing drives the generator but itself."""
        found = self.options.get(SEEN)
        return None if found is None else str(found)

    @property
    def short_id(self) -> str:
        """The first digits of the id."""
        return self.id[:SHORT]

    @property
    def raster(self) -> str:
        """An id that all jobs of one raster share, and no others."""
        if self.series is not None:
            return self.series
        return self.request if self.parts > 1 else self.id

    @property
    def is_simulated(self) -> bool:
        """Whether it runs in our own process, from circuits and a seed, as often as one likes."""
        return kind_of(self.kind).simulates

    @property
    def bin_range(self) -> str:
        """Which bins it measures, in words, if the raster takes several requests; else empty."""
        if self.series is None:
            return ""
        first, last = self.first_bin + 1, self.first_bin + self.n_job_bins
        which = f"bin {first}" if first == last else f"bins {first} to {last}"
        return f"{which} of {self.n_bins}"

    @property
    def n_job_bins(self) -> int:
        """Number of bins that its request measures, if the raster takes several requests."""
        return min(self._bins_per_job, self.n_bins - self.first_bin)

    @property
    def n_requests(self) -> int:
        """Number of requests that its raster takes."""
        return -(-self.n_bins // self._bins_per_job)

    @property
    def is_last(self) -> bool:
        """Whether its request measures the last bins of the raster."""
        return self.series is None or self.first_bin + self.n_job_bins == self.n_bins

    @property
    def _bins_per_job(self) -> int:
        return int(self.options.get("bins_per_job") or 1)

    @property
    def n_samples(self) -> int:
        """Number of samples that were asked for; of its part, if the request has several parts."""
        return self.samples if self.series_samples is None else self.series_samples

    def to_dict(self) -> dict[str, Any]:
        """Return the record, ready for JSON; times in ISO 8601.

        If the raster takes several requests, ``first_bin`` is the first bin that this one
        measures, from 0, and ``n_bins`` the number of bins of the raster; otherwise both are None.
        ``n_requests`` is the number of requests of the raster.
        """
        values = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in vars(self).items()
        }
        for name in ("version", "owner"):
            del values[name]
        in_bins = self.series is not None
        return values | {
            "state": self.state.value,
            # The name of the hash in earlier versions, which scripts may read.
            "identity": self.request_hash,
            "first_bin": self.first_bin if in_bins else None,
            "n_bins": self.n_bins if in_bins else None,
            "n_requests": self.n_requests,
        }


@dataclass(frozen=True)
class JobEvent:
    """One change of a job's state.

    Parameters
    ----------
    at
        When it happened, UTC.
    state
        The state after the change.
    note
        Why it changed.
    """

    at: datetime
    state: JobState
    note: str
