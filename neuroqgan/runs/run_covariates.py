"""What drives the generator of a run, as its provenance keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.checks import plural, shorten
from neuroqgan.runs.config_keys import NONE, TRIAL_TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.models.covariate_spec import CovariateSpec


@dataclass(frozen=True)
class RunCovariates:
    """The covariates that a generator was trained with, and why these.

    Parameters
    ----------
    choice
        ``none``, ``trial-time``, ``recorded``, or the path of a file; never ``auto``.
    names
        Names of the columns.
    n_bins
        Time bins of a trial; 0 without covariates.
    sha256
        Of names and values, see `neuroqgan.Covariates.sha256`; None without covariates.
    reason
        Why these, in words.
    bits_per_spike
        What the time in the trial explains of trials to train on, if that decided.

    Examples
    --------
    >>> from neuroqgan.runs.run_covariates import RunCovariates
    >>> RunCovariates("speed.csv", ("speed",), 400).summary
    'speed (speed.csv; trials of 400 bins)'
    """

    choice: str = NONE
    names: tuple[str, ...] = ()
    n_bins: int = 0
    sha256: str | None = None
    reason: str = ""
    bits_per_spike: float | None = None

    @property
    def summary(self) -> str:
        """Columns, where they come from, and the length of a trial, in words."""
        if not self.names:
            return NONE
        source = "" if self.choice == TRIAL_TIME else f"{self.choice}; "
        return f"{shorten(self.names)} ({source}trials of {plural(self.n_bins, 'bin')})"

    @property
    def spec_to_plan(self) -> CovariateSpec | None:
        """What circuits can be planned with; what covariates are like does not matter to them."""
        from neuroqgan.models.covariate_spec import CovariateSpec

        n_columns = len(self.names)
        if not n_columns:
            return None
        return CovariateSpec(self.names, self.n_bins, (0.0,) * n_columns, (1.0,) * n_columns)

    @property
    def found(self) -> str:
        """Why these, and what they are if that is not said by it, in words."""
        named = () if self.choice in (NONE, TRIAL_TIME) else (self.summary,)
        return ", ".join((*named, self.reason))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any] | None) -> RunCovariates:
        """Read what `to_dict` wrote; None stands for no covariates.

        Raises
        ------
        KeyError, TypeError, ValueError
            If the record is not one.
        """
        if record is None:
            return cls()
        sha256, bits = record["sha256"], record["bits_per_spike"]
        if not isinstance(sha256, str | None):
            raise ValueError("impossible covariates")
        return cls(
            str(record["choice"]),
            tuple(map(str, record["names"])),
            int(record["n_bins"]),
            sha256,
            str(record["reason"]),
            None if bits is None else float(bits),
        )


NO_COVARIATES = RunCovariates()
"""Nothing drives the generator but itself."""
