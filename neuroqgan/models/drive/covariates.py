"""Covariates: what was recorded beside the spikes, such as a stimulus."""

from __future__ import annotations

from neuroqgan.models.drive.part import DrivePart


class Covariates(DrivePart):
    """Base of parts that look at `neuroqgan.models.drive.part.DriveInputs.covariates`.

    A preset adds such a part behind the others, ``Drive(threshold, past, latent, covariates)``.
    Covariates are known in advance, so a generator of covariates without a past still measures all
    bins in one program.

    Parameters
    ----------
    n_covariates
        Columns of the covariates.
    """

    def __init__(self, n_covariates: int) -> None:
        super().__init__()
        self.n_covariates = n_covariates
