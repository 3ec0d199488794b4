"""What is known of a job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from neuroqgan.backends.kinds import kind_of
from neuroqgan.jobs.state import FINAL, JobState

SHORT = 8


@dataclass(frozen=True)
class JobRecord:
    """One sampler workload handed to a backend, as it stands in the store.

    Parameters
    ----------
    id
        Our own id, 32 hexadecimal digits.
    tag
        Travels with the job to the service.
    request
        What was asked for; jobs of one request are parts of one raster.
    part, parts
        Which part this is, from 0, and how many there are.
    request_hash
        Hash of everything that decides the raster; see `neuroqgan.jobs.request_hash`.
    state
        How far it is.
    version
        Grows with every change.
    kind
        What runs it: ``aer``, ``fake``, ``ibm`` or ``plugin``.
    backend
        Name of the backend.
    provider_id
        The service's id, once it is known.
    account
        The account that it was sent with, as its service calls it; None before.
    run
        Name of the run whose generator it samples, or None.
    samples, first_sample
        Of this part, and where it begins in the raster.
    seed
        Of the raster: latents, and simulated shots, follow from it.
    options
        See `neuroqgan.backends.options.JobOptions`.
    estimate
        See `neuroqgan.backends.estimate.Estimate`; empty on simulators.
    private
        Whether the service gives the result once only.
    owner
        The process that works on it, or None.
    message
        What went wrong, in words.
    seconds
        Of the quantum processor, as the service says.
    bits_sha256
        Of the stored raw bits.
    client
        Versions of the packages that made it.
    created, submitted, finished, retrieved, updated
        Times, UTC.
    series
        Where a raster takes a request a bin, the request of its first bin; else None.
    after
        The request of the bin before, whose spikes decided the angles of this one; None of the
        first.
    round, rounds
        Which bin this is, from 0, and how many there are; 0 and 1 where one request brings all. Of
        a block of bins, the first.
    series_samples
        Of the whole raster, where samples lie side by side: `samples` then counts the rows in
        which they do.
    session
        The service's id of the batch that the job was sent in, or None.
    collected
        When the raster that it is for was put into its run, or None.
    account_name
        Under which the account is saved that it was sent with; None where that came from the
        environment, or is not known.
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
    round: int = 0
    rounds: int = 1
    series_samples: int | None = None
    session: str | None = None
    collected: datetime | None = None
    account_name: str | None = None

    @property
    def short_id(self) -> str:
        """The first digits of the id."""
        return self.id[:SHORT]

    @property
    def raster(self) -> str:
        """What all jobs of one raster have in common, and no other."""
        if self.series is not None:
            return self.series
        return self.request if self.parts > 1 else self.id

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in FINAL

    @property
    def is_simulated(self) -> bool:
        """Whether it runs in a process of ours, from circuits and a seed, as often as one likes."""
        return kind_of(self.kind).simulates

    @property
    def place(self) -> str:
        """Which bin it is of, in words, where a raster takes a request a bin; else empty."""
        if self.series is None:
            return ""
        first, last = self.round + 1, self.round + self.bins
        which = f"bin {first}" if first == last else f"bins {first} to {last}"
        return f"{which} of {self.rounds}"

    @property
    def bins(self) -> int:
        """Bins that its request brings, where a raster takes several requests."""
        return min(self._block, self.rounds - self.round)

    @property
    def n_requests(self) -> int:
        """Requests that its raster takes."""
        return -(-self.rounds // self._block)

    @property
    def _block(self) -> int:
        return int(self.options.get("bins_per_job") or 1)

    @property
    def n_samples(self) -> int:
        """Samples of the raster that it was asked for with, or of its part of it."""
        return self.samples if self.series_samples is None else self.series_samples

    def to_dict(self) -> dict[str, Any]:
        """Return the record, ready for JSON; times in ISO 8601.

        Where a raster takes several requests, ``first_bin`` is the first that this one brings,
        from 0, and ``n_bins`` how many the raster has; both are None elsewhere. ``n_requests`` is
        how many requests it takes.
        """
        values = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in vars(self).items()
        }
        for name in ("version", "owner", "round", "rounds"):
            del values[name]
        in_bins = self.series is not None
        return values | {
            # Its name in earlier versions, which scripts may read.
            "identity": self.request_hash,
            "state": self.state.value,
            "first_bin": self.round if in_bins else None,
            "n_bins": self.rounds if in_bins else None,
            "n_requests": self.n_requests,
        }


@dataclass(frozen=True)
class JobEvent:
    """One change of a job's state.

    Parameters
    ----------
    at
        When, UTC.
    state
        The state it came to.
    note
        Why.
    """

    at: datetime
    state: JobState
    note: str
