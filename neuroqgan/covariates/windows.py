"""Covariates of the samples of a raster: which stretch of which trial every sample saw."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import plural, whole
from neuroqgan.covariates.trials import Covariates
from neuroqgan.errors import RasterError
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Multiples of it, modulo 1, are spread evenly however many there are.
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, eq=False)
class CovariateWindows:
    """The stretch of covariates that every sample of a raster saw.

    Parameters
    ----------
    covariates
        Of whole trials.
    trials
        Trial of every sample, shape ``(n_samples,)``.
    starts
        Bin of the trial in which a sample begins, shape ``(n_samples,)``.
    n_bins
        Bins of a sample.

    Raises
    ------
    RasterError
        If a sample does not lie within its trial, or there is no such trial.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.covariates import CovariateWindows, trial_time
    >>> windows = CovariateWindows(trial_time(10, 0.5), np.array([0, 0]), np.array([0, 4]), 3)
    >>> windows.rows().squeeze().tolist()
    [[0.0, 0.5, 1.0], [2.0, 2.5, 3.0]]
    """

    covariates: Covariates
    trials: NDArray[np.int64]
    starts: NDArray[np.int64]
    n_bins: int

    def __post_init__(self) -> None:
        for name in ("trials", "starts"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.int64))
        object.__setattr__(self, "n_bins", whole("n_bins", self.n_bins, 1))
        own = self.covariates
        last = own.n_bins - self.n_bins
        fits = last >= 0 and self.trials.shape == self.starts.shape == (len(self.starts),)
        if fits and len(self.starts):
            fits = bool(self.starts.min() >= 0 and self.starts.max() <= last)
            fits &= own.is_shared or bool(
                0 <= self.trials.min() <= self.trials.max() < own.n_trials
            )
        if not fits:
            raise RasterError(
                "The samples do not lie within the trials of the covariates.",
                expected=f"samples within {plural(own.n_trials, 'trial')} of "
                f"{plural(own.n_bins, 'bin')}",
                got=f"{plural(len(self.starts), 'sample')} of {plural(self.n_bins, 'bin')}",
            )

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.starts)

    @property
    def sha256(self) -> str:
        """SHA-256 of the covariates and of the places of all samples, as a hexadecimal number."""
        digest = hashlib.sha256(f"{self.covariates.sha256} {self.n_bins}".encode())
        for places in (self.trials, self.starts):
            digest.update(np.ascontiguousarray(places).tobytes())
        return digest.hexdigest()

    @property
    def trial_bins(self) -> NDArray[np.int64]:
        """The bin of the trial that each bin of each sample is, ``(n_samples, n_bins)``."""
        return self.starts[:, None] + np.arange(self.n_bins)

    def rows(self, first_bin: int = 0, n_bins: int | None = None) -> NDArray[np.float32]:
        """Return the covariates of some bins.

        Before its trial begins a sample sees the trial's first bin, and after it ends the last.

        Parameters
        ----------
        first_bin
            First of the bins, counted from the start of a sample; it may be negative.
        n_bins
            How many; by default all up to the end of the samples.

        Returns
        -------
        numpy.ndarray
            Shape ``(n_samples, n_bins, n_columns)``.
        """
        n_bins = self.n_bins - first_bin if n_bins is None else n_bins
        own = self.covariates
        bins = self.starts[:, None] + first_bin + np.arange(n_bins)
        trials = np.zeros_like(self.trials) if own.is_shared else self.trials
        rows: NDArray[np.float32] = own.values[trials[:, None], bins.clip(0, own.n_bins - 1)]
        return rows

    def take(self, samples: slice | Sequence[int] | NDArray[np.integer]) -> CovariateWindows:
        """Return the windows of some samples.

        Parameters
        ----------
        samples
            Their positions.
        """
        return CovariateWindows(
            self.covariates, self.trials[samples], self.starts[samples], self.n_bins
        )

    def windows(self, n_bins: int) -> CovariateWindows:
        """Cut every sample into consecutive samples; see `neuroqgan.SpikeRaster.windows`.

        Parameters
        ----------
        n_bins
            Bins of the new samples.
        """
        n_whole = self.n_bins // n_bins
        starts = self.starts[:, None] + n_bins * np.arange(n_whole)
        trials = self.trials.repeat(n_whole)
        return CovariateWindows(self.covariates, trials, starts.ravel(), n_bins)

    def stretch(self, first_bin: int, n_bins: int) -> CovariateWindows:
        """Return the windows of the same stretch of every sample.

        Parameters
        ----------
        first_bin
            First of its bins, counted from the start of a sample.
        n_bins
            How many.

        Raises
        ------
        RasterError
            If the stretch reaches beyond the trials.
        """
        return CovariateWindows(self.covariates, self.trials, self.starts + first_bin, n_bins)

    def as_trials(self) -> Covariates:
        """Return what the samples saw as covariates of trials of their own, one per sample.

        If all samples saw the same stretch of covariates that trials share, so do the new trials.
        """
        own = self.covariates
        first, rest = self.starts[:1], self.starts[1:]
        if own.is_shared and len(first) and (rest == first).all():
            start = int(first[0])
            values = own.values[:, start : start + self.n_bins]
        else:
            values = self.rows()
        return Covariates(values, own.names, own.source)

    @classmethod
    def spread(
        cls, covariates: Covariates, n_samples: int, n_bins: int, seed: Seed
    ) -> CovariateWindows:
        """Place samples at random, spread evenly over the trials and their bins.

        Any stretch of consecutive samples is spread evenly as well: the places are multiples of
        the golden ratio, shifted at random.

        Parameters
        ----------
        covariates
            Of whole trials.
        n_samples
            Number of samples.
        n_bins
            Bins of a sample.
        seed
            Source of the random shift.

        Raises
        ------
        RasterError
            If trials have fewer bins than a sample.
        """
        random = as_generator(seed)
        n_starts = max(covariates.n_bins - n_bins + 1, 0)
        share = (random.random() + np.arange(n_samples) * _GOLDEN) % 1
        starts = np.minimum((share * n_starts).astype(np.int64), max(n_starts - 1, 0))
        trials = (random.integers(covariates.n_trials) + np.arange(n_samples)) % covariates.n_trials
        return cls(covariates, trials, starts, n_bins)

    @classmethod
    def whole_trials(cls, covariates: Covariates, n_samples: int) -> CovariateWindows:
        """Return samples that are whole trials, one trial after the other and then anew.

        Parameters
        ----------
        covariates
            Of whole trials.
        n_samples
            Number of samples.
        """
        trials = np.arange(n_samples) % covariates.n_trials
        return cls(covariates, trials, np.zeros(n_samples, np.int64), covariates.n_bins)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CovariateWindows):
            return NotImplemented
        return (
            self.n_bins == other.n_bins
            and np.array_equal(self.trials, other.trials)
            and np.array_equal(self.starts, other.starts)
            and self.covariates == other.covariates
        )

    __hash__ = None  # type: ignore[assignment]  # arrays may change

    def __repr__(self) -> str:
        return (
            f"CovariateWindows({plural(self.n_samples, 'sample')} of {plural(self.n_bins, 'bin')} "
            f"in {self.covariates!r})"
        )
