"""How each raster of a run was sampled, kept beside it, so that it can be sampled again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.kinds import kind_of
from neuroqgan.backends.names import parse
from neuroqgan.errors import CheckpointError
from neuroqgan.jobs.rerun_command import sampling_settings
from neuroqgan.runs.recording import spikes_sha256
from neuroqgan.runs.records import damaged, read_record, write_record
from neuroqgan.schemas import SchemaError, checked
from neuroqgan.versions import decisive_versions

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.folder import RunFolder


@dataclass(frozen=True)
class SampledRaster:
    """How a raster was sampled.

    Parameters
    ----------
    kind, backend
        Where: a key of `neuroqgan.backends.kinds.KINDS`, and the name.
    seed
        Of its samples.
    n_samples
        How many were requested.
    settings
        The other settings of its sampling by key, as `neuroqgan.runs.config.RunConfig` has them.
    sha256
        Of its spikes; None in runs of earlier versions.
    covariates_sha256
        Of what its samples saw; None for nothing.
    jobs
        Ids of its last jobs.
    versions
        Of what it was sampled with; empty if that is not known.
    n_dropped
        How many of them were measured and dropped by post-selection.

    Examples
    --------
    >>> from neuroqgan.runs.sampled import SampledRaster
    >>> SampledRaster("aer", "aer", 0, 2000, {}).repeatable
    True
    """

    kind: str
    backend: str
    seed: int
    n_samples: int
    settings: dict[str, Any]
    sha256: str | None = None
    covariates_sha256: str | None = None
    jobs: tuple[str, ...] = ()
    versions: dict[str, str | None] | None = None
    n_dropped: int = 0

    @property
    def repeatable(self) -> bool:
        """Whether the same request gives the same spikes again."""
        return kind_of(self.kind).repeatable

    @classmethod
    def of(cls, raster: SpikeRaster, jobs: list[JobRecord], *, n_dropped: int = 0) -> SampledRaster:
        """Return how a raster was sampled.

        Parameters
        ----------
        raster
            The raster.
        jobs
            Of its last request.
        n_dropped
            Samples that post-selection dropped.
        """
        first = jobs[0]
        return cls(
            first.kind,
            first.backend,
            first.seed,
            raster.n_samples + n_dropped,
            sampling_settings(first),
            spikes_sha256(raster),
            first.covariates,
            tuple(job.id for job in jobs),
            {**decisive_versions(), **first.client},
            n_dropped,
        )

    def write(self, path: Path) -> None:
        """Keep it.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        path.parent.mkdir(exist_ok=True)
        write_record(path, asdict(self))

    @classmethod
    def read(cls, path: Path) -> SampledRaster:
        """Read what `write` wrote.

        Raises
        ------
        CheckpointError
            If it is damaged.
        """
        hint = "sample the raster again with neuroqgan run --fresh"
        record = read_record(path, hint)
        try:
            return checked(cls, record)
        except SchemaError as error:
            raise damaged(path, str(error), hint) from error


def how_sampled(folder: RunFolder, raster: Path) -> SampledRaster:
    """Return how a raster of a run was sampled.

    Of runs of earlier versions, which did not keep it, the run's own settings are known.

    Parameters
    ----------
    folder
        Of the run.
    raster
        Its file.

    Raises
    ------
    CheckpointError
        If that is not known, or the record is damaged.
    """
    path = folder.sampled_path(raster)
    if path.is_file():
        return SampledRaster.read(path)
    config = folder.config().for_sampling()
    if raster == folder.raster_path(config.backend, config.seed, config.samples):
        kind = parse(config.backend).kind
        return SampledRaster(kind, config.backend, config.seed, config.samples, {})
    raise CheckpointError(
        f"It is not known how {raster} was sampled.",
        expected=f"a record in {path}",
        got="none, as in runs of earlier versions",
        hint=f"neuroqgan run --name {folder.name} --fresh samples a raster whose settings are kept",
    )
