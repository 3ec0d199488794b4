"""The sizes of a generator in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.checks import shorten
from neuroqgan.escaping.printable import one_line

if TYPE_CHECKING:
    from neuroqgan.models.construction import ConstructedModel


def summary(generator: ConstructedModel) -> str:
    """Return neurons, bins and weights.

    Parameters
    ----------
    generator
        With sizes.

    Examples
    --------
    >>> from neuroqgan.models.base import Generator
    >>> from neuroqgan.models.sizes import summary
    >>> summary(Generator("history", n_neurons=3, n_bins=8, bin_width=0.02))
    '3 neurons, windows of 8 bins of 20 ms, 270 parameters'
    """
    spec = generator.spec
    return (
        f"{spec.n_neurons} neurons, windows of {spec.n_bins} bins of {1000 * spec.bin_width:g} ms, "
        f"{weights_in_words(generator)}"
    )


def weights_in_words(generator: ConstructedModel) -> str:
    """Return the number of weights; those that describe covariates are counted apart.

    Parameters
    ----------
    generator
        With sizes.
    """
    covariates = generator.spec.covariates
    if covariates is None:
        return f"{generator.n_parameters} parameters"
    n_stimulus = generator.n_stimulus_parameters
    what = "the trial" if covariates.is_trial_time else one_line(shorten(covariates.names))
    own = f"{generator.n_parameters - n_stimulus:,} parameters"
    return f"{own} and {n_stimulus:,} numbers that describe {what}"
