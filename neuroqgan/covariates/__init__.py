"""Covariates: what was recorded beside the spikes, such as a stimulus or behaviour."""

from neuroqgan.covariates.trial_time import TRIAL_TIME, trial_time
from neuroqgan.covariates.trials import Covariates
from neuroqgan.covariates.windows import CovariateWindows

__all__ = ["TRIAL_TIME", "CovariateWindows", "Covariates", "trial_time"]
