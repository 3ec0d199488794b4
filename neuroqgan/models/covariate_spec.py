"""What a generator has to know of the covariates that it was trained with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import plural, shorten
from neuroqgan.covariates import TRIAL_TIME, Covariates
from neuroqgan.errors import ConfigError, RasterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.data.split import Split


@dataclass(frozen=True)
class CovariateSpec:
    """Columns of covariates, and how they are standardised.

    Parameters
    ----------
    names
        One per column.
    n_bins
        Time bins of a training trial.
    centre, scale
        Mean and standard deviation of every column over the training trials.

    Examples
    --------
    >>> from neuroqgan.covariates import CovariateWindows, trial_time
    >>> from neuroqgan.models.covariate_spec import CovariateSpec
    >>> CovariateSpec.of(CovariateWindows.whole_trials(trial_time(3, 1.0), 2)).centre
    (1.0,)
    """

    names: tuple[str, ...]
    n_bins: int
    centre: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def of(cls, trials: CovariateWindows) -> CovariateSpec:
        """Describe the covariates of training trials.

        Parameters
        ----------
        trials
            Of whole trials.

        Raises
        ------
        RasterError
            If a column never changes in these trials.
        """
        own = trials.covariates
        which = [0] if own.is_shared else np.unique(trials.trials).tolist()
        values = own.values[which].astype(np.float64)
        centre, scale = values.mean((0, 1)), values.std((0, 1))
        constant = [own.names[i] for i in np.flatnonzero(scale <= 1e-9 * (1 + np.abs(centre)))]
        if constant:
            raise RasterError(
                f"Covariates that never change say nothing: {shorten(constant)}.",
                expected="columns whose values differ in the trials to train on",
                got=f"{plural(len(constant), 'constant column')}",
                hint="leave these columns out",
            )
        return cls(own.names, own.n_bins, tuple(centre.tolist()), tuple(scale.tolist()))

    @property
    def is_trial_time(self) -> bool:
        """Whether the only column is the time in the trial."""
        return self.names == (TRIAL_TIME,)

    def mean_trial(self, n_bins: int) -> Covariates:
        """Return covariates that stay at their mean.

        Parameters
        ----------
        n_bins
            Bins of a trial.
        """
        return Covariates(np.tile(self.centre, (n_bins, 1)), self.names)

    def check(self, covariates: Covariates) -> None:
        """Check that covariates have the columns that the generator was trained with.

        Raises
        ------
        ConfigError
            If they have others.
        """
        if covariates.names != self.names:
            raise ConfigError(
                "These are not the covariates that the generator was trained with.",
                expected=shorten(self.names),
                got=shorten(covariates.names),
                hint="the same columns, in the same order and units",
            )
        if self.is_trial_time and covariates.n_bins > self.n_bins:
            raise ConfigError(
                "The generator knows nothing of later times in the trial.",
                expected=f"trials of at most {plural(self.n_bins, 'bin')}",
                got=plural(covariates.n_bins, "bin"),
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        # As JSON gives them back: a checkpoint compares the two.
        return {
            "names": list(self.names),
            "n_bins": self.n_bins,
            "centre": list(self.centre),
            "scale": list(self.scale),
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> CovariateSpec:
        """Read what `to_dict` wrote.

        Raises
        ------
        ConfigError
            If a field is missing or has another type.
        """
        try:
            return cls(
                tuple(str(name) for name in fields["names"]),
                int(fields["n_bins"]),
                tuple(float(value) for value in fields["centre"]),
                tuple(float(value) for value in fields["scale"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                "The description of the generator's covariates is damaged.",
                expected="names, n_bins, centre and scale",
                got=str(error),
            ) from error


def covariates_of(split: Split) -> CovariateSpec | None:
    """Describe the covariates of a split; None if it has none.

    Parameters
    ----------
    split
        A recording, cut into windows.

    Raises
    ------
    RasterError
        If a column never changes in the training trials.
    """
    trials = split.trials.covariates
    return None if trials is None else CovariateSpec.of(trials)
