"""Which raster is wanted of a generator, and how it is to be measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from neuroqgan import checks
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.circuits.multi_bin import AUTO, MultiBinChoice
from neuroqgan.errors import ConfigError
from neuroqgan.sampling.calibration_watch import (
    CACHED,
    CalibrationUse,
    said_of_calibration,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.sampling.source import RasterSource


@dataclass(frozen=True)
class RasterOrder:
    """Which raster is wanted of a generator, and how it is to be measured.

    Parameters
    ----------
    n_samples
        Number of samples.
    seed
        Seed of the raster: its latents, and simulated shots; hardware draws its own.
    n_bins
        Time bins of a sample; None for those of the generator.
    options
        Options of the jobs.
    placement
        How cell circuits are placed on a quantum device.
    bins_per_job
        Time bins measured by one job; None to choose, if there is a choice.
    multi_bin_circuit
        How several bins are measured by one circuit; ``auto`` to choose by estimate.
    run
        Name of the run whose generator it is, or None.
    calibration
        When the calibration of a device is read, see
        `neuroqgan.sampling.calibration_watch.CalibrationWatch`.
    settings
        What else was said about the samples, by the key of a setting; kept with the jobs.
    max_qpu_seconds
        Most seconds of a quantum processor for the whole raster; None for any number.
    over_allowance
        Whether jobs are sent even if the instance that pays has less time left.

    Raises
    ------
    ConfigError
        If a number is out of range, or there is no such circuit of several bins.
    """

    n_samples: int
    seed: int = 0
    n_bins: int | None = None
    options: JobOptions = JobOptions()
    placement: Placement = Placement()
    bins_per_job: int | None = None
    multi_bin_circuit: str = AUTO
    run: str | None = None
    calibration: str = CACHED
    settings: Mapping[str, Any] = field(default_factory=dict)
    max_qpu_seconds: float | None = None
    over_allowance: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_samples", checks.whole("n_samples", self.n_samples, 1))
        object.__setattr__(self, "seed", checks.whole("seed", self.seed, 0))
        for name in ("n_bins", "bins_per_job"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, checks.whole(name, value, 1))
        checks.choice("calibration", self.calibration, get_args(CalibrationUse))
        checks.choice("multi_bin_circuit", self.multi_bin_circuit, get_args(MultiBinChoice))
        if self.max_qpu_seconds is not None:
            checks.number("max_qpu_seconds", self.max_qpu_seconds, least=0)
        checks.flag("over_allowance", self.over_allowance)

    def measured_source(self, source: RasterSource) -> RasterSource:
        """Return the generator with the circuit that is chosen for several bins, if one is.

        Parameters
        ----------
        source
            The generator.
        """
        chosen = self.multi_bin_circuit
        return source if chosen == AUTO else source.with_multi_bin_circuit(chosen)

    @property
    def kept_settings(self) -> dict[str, Any]:
        """What else was said, by the key of a setting, as it is kept with the jobs."""
        limits: dict[str, Any] = {
            "max_qpu_seconds": self.max_qpu_seconds,
            "over_allowance": self.over_allowance,
        }
        limits |= said_of_calibration(self.calibration)
        return {**self.settings, **{key: value for key, value in limits.items() if value}}

    def n_bins_of(self, source: RasterSource) -> int:
        """Return the time bins of the raster.

        Parameters
        ----------
        source
            The generator.
        """
        return source.spec.n_bins if self.n_bins is None else self.n_bins


def check_bins_per_job(source: RasterSource, order: RasterOrder) -> None:
    """Check that one job of a generator can measure so many time bins, and in such a circuit.

    Parameters
    ----------
    source
        The generator.
    order
        Which raster.

    Raises
    ------
    ConfigError
        If it cannot.
    """
    wanted, most = order.bins_per_job, source.bins_at_once
    _check_circuit(source, order)
    if wanted is None:
        return
    if most is None:
        raise ConfigError(
            "One job measures all bins of this generator.",
            expected="no bins_per_job",
            got=f"bins_per_job = {wanted}",
            hint="leave `bins_per_job` out",
        )
    n_bins = order.n_bins_of(source)
    if most == 1 < wanted:
        raise ConfigError(
            "No circuit of this generator measures several bins.",
            expected="bins_per_job = 1: each bin depends on more than the bin before it",
            got=f"bins_per_job = {wanted}",
            hint="leave `bins_per_job` out, or train with a past of one bin",
        )
    if wanted > min(most, n_bins):
        raise ConfigError(
            "A job cannot measure more bins than the raster has.",
            expected=f"1 to {min(most, n_bins)} bins per job",
            got=str(wanted),
            hint=f"`bins_per_job = {min(most, n_bins)}`",
        )


def _check_circuit(source: RasterSource, order: RasterOrder) -> None:
    asked = order.multi_bin_circuit
    if asked == AUTO:
        return
    there = source.multi_bin_circuits
    if not there:
        raise ConfigError(
            "No circuit of this generator lets the spikes of a bin act on the next one.",
            expected="multi_bin_circuit = auto",
            got=f"multi_bin_circuit = {asked}",
            hint="leave `multi_bin_circuit` out, or train with a past of one bin",
        )
    if asked not in there:
        raise ConfigError(
            "This generator has no such circuit of several bins.",
            expected=", ".join(there),
            got=f"multi_bin_circuit = {asked}",
            hint=f"`multi_bin_circuit = {there[0]}`, or leave it out",
        )
    if order.bins_per_job == 1:
        raise ConfigError(
            "A job of one bin needs no circuit of several bins.",
            expected="more bins per job, or no multi_bin_circuit",
            got=f"multi_bin_circuit = {asked} and bins_per_job = 1",
            hint="leave `bins_per_job` out",
        )
