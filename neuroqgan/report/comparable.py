"""Whether rasters can be drawn side by side, given what their windows saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import InputError
from neuroqgan.evaluation.conditional.conditional_evaluation import BY_TIME, NOT_COMPARABLE
from neuroqgan.evaluation.conditional.judge_given import known_by

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster


def check_aligned(*rasters: SpikeRaster) -> None:
    """Check that a bin of the trial saw the same in all rasters.

    Raises
    ------
    InputError
        If it did not.
    """
    if known_by(*rasters) != BY_TIME:
        raise InputError(
            "These windows cannot be compared bin by bin of the trial.",
            expected="rasters with the same covariates, shared by all trials",
            got="covariates that differ between trials or rasters, or none",
            hint="split.with_covariates('trial-time')",
        )


def check_given(*rasters: SpikeRaster) -> str:
    """Return what can be compared between rasters given their covariates.

    Returns
    -------
    str
        See `neuroqgan.evaluation.conditional.judge_given.known_by`.

    Raises
    ------
    InputError
        If they carry no covariates, or others.
    """
    given = known_by(*rasters)
    if given is None or given == NOT_COMPARABLE:
        raise InputError(
            "These windows cannot be compared given covariates.",
            expected="rasters with covariates of the same names",
            got="other covariates, or none",
            hint="split.with_covariates",
        )
    return given
