"""What makes a spike raster: checks of the arrays, bin widths, labels and choices of users."""

from __future__ import annotations

import operator
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from neuroqgan.checks import plural, shape, shorten
from neuroqgan.errors import NeuroqganWarning, RasterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows

WIDEST_PLAUSIBLE_BIN = 1.0
"""In seconds. Wider bins are almost always milliseconds taken for seconds."""

NeuronChoice: TypeAlias = "slice | Sequence[int] | Sequence[str] | NDArray[np.bool_ | np.integer]"
"""Neurons by slice, position, label or boolean mask of shape ``(n_neurons,)``."""

_WANTED = "zeros and ones"


class RasterWarning(NeuroqganWarning):
    """A raster that is possible, but probably not what was meant."""


def as_spikes(values: Any) -> NDArray[np.bool_]:
    """Return values as spikes.

    Parameters
    ----------
    values
        Anything that numpy can turn into an array of shape ``(n_samples, n_bins, n_neurons)``
        in which every value is 0 or 1.

    Returns
    -------
    NDArray
        Booleans of the same shape; the array itself if it is one of booleans already.

    Raises
    ------
    RasterError
        If the array does not have three dimensions, is empty, or holds other values.
    """
    array = np.asarray(values)
    shape("spikes", array.shape, RasterError, n_samples=None, n_bins=None, n_neurons=None)
    if array.size == 0:
        raise RasterError(
            "A raster cannot be empty.",
            expected="one sample, bin and neuron or more",
            got=f"shape {array.shape}",
        )
    if array.dtype == np.bool_:
        return array
    if array.dtype.kind not in "iuf":
        raise RasterError("Spikes are not numbers.", expected=_WANTED, got=f"type {array.dtype}")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise RasterError(
            "A raster cannot hold NaN.",
            expected=_WANTED,
            got=f"{int(np.isnan(array).sum())} NaN in {array.size} values",
            hint="leave out the trials or bins that were not recorded",
        )
    odd = (array != 0) & (array != 1)
    if odd.any():
        raise _not_binary(array, odd)
    return array.astype(bool)


def _not_binary(array: NDArray[Any], odd: NDArray[np.bool_]) -> RasterError:
    are_counts = bool((array[odd] > 1).all() and (array[odd] % 1 == 0).all())
    return RasterError(
        "Spikes must be binary.",
        expected=_WANTED,
        got=f"{int(odd.sum()):,} of {array.size:,} values are neither 0 nor 1, such "
        f"as {array[odd][0]:g}; they range from {array.min():g} to {array.max():g}",
        hint="if these are spike counts, counts > 0 gives the bins that hold any; narrower bins "
        "lose fewer spikes"
        if are_counts
        else "rates, calcium traces and spike times are not spikes in bins",
    )


def as_bin_width(value: float) -> float:
    """Return a bin width in seconds.

    Raises
    ------
    RasterError
        If it is not a positive, finite number.
    """
    width = float(value)
    if not (np.isfinite(width) and width > 0):
        raise RasterError(
            "The bin width is not a duration.",
            expected="a positive number of seconds",
            got=f"{width:g}",
            hint="`bin_width = 0.02` for 20 ms",
        )
    return width


def default_labels(n_neurons: int) -> tuple[str, ...]:
    """Return the labels of neurons that have no others: their positions.

    Examples
    --------
    >>> default_labels(3)
    ('0', '1', '2')
    """
    return tuple(map(str, range(n_neurons)))


def _check_text(label: str) -> None:
    """Refuse a label with halves of characters, which can be neither shown nor written."""
    try:
        label.encode("utf-8")
    except UnicodeEncodeError:
        raise RasterError(
            "A neuron's label is not a text.",
            expected="characters of Unicode",
            got=ascii(label[:40]),
            hint="write the file again with labels in UTF-8",
        ) from None


def as_labels(labels: Sequence[str], n_neurons: int) -> tuple[str, ...]:
    """Return labels as texts, or the default ones if there are none.

    Raises
    ------
    RasterError
        If there is not one distinct label per neuron.
    """
    if len(labels) == 0:
        return default_labels(n_neurons)
    texts = tuple(map(str, labels))
    for text in texts:
        _check_text(text)
    if len(texts) != n_neurons or len(set(texts)) != n_neurons:
        twice = sorted(text for text, count in Counter(texts).items() if count > 1)
        raise RasterError(
            "Neuron labels do not fit the neurons.",
            expected=f"{n_neurons} distinct labels, one per neuron",
            got=f"{len(texts)} labels" + (f", more than once: {shorten(twice)}" if twice else ""),
        )
    return texts


def positions(neurons: NeuronChoice, labels: Sequence[str]) -> list[int]:
    """Return the positions of chosen neurons, in the order chosen.

    Parameters
    ----------
    neurons
        A slice, positions, labels, or a boolean mask of shape ``(n_neurons,)``. Texts are always
        labels: ``["3"]`` is the neuron labelled 3, and ``[3]`` the fourth neuron.
    labels
        The labels of all neurons.

    Raises
    ------
    RasterError
        If none is chosen, one twice, or one that does not exist.

    Examples
    --------
    >>> positions(slice(0, 2), ("a", "b", "c")), positions(["c", "a"], ("a", "b", "c"))
    ([0, 1], [2, 0])
    """
    n_neurons = len(labels)
    valid = f"distinct positions from 0 to {n_neurons - 1}, at least one"
    if isinstance(neurons, slice):
        chosen = list(range(n_neurons))[neurons]
    elif isinstance(neurons, np.ndarray) and neurons.dtype == np.bool_:
        shape("neurons", neurons.shape, RasterError, n_neurons=n_neurons)
        chosen = np.flatnonzero(neurons).tolist()
    elif any(isinstance(neuron, str) for neuron in neurons):
        chosen = _of_labels([str(neuron) for neuron in neurons], labels)
    else:
        chosen = [operator.index(cast("int", neuron)) for neuron in neurons]
    if not chosen:
        raise RasterError("No neuron was chosen.", expected=valid, got="none")
    missing = [n for n in chosen if not 0 <= n < n_neurons]
    if missing:
        raise RasterError(
            "The raster does not have these neurons.",
            expected=valid,
            got=shorten(missing),
            hint=f"`neurons = 0:{n_neurons}`",
        )
    if len(set(chosen)) < len(chosen):
        twice = sorted(n for n, count in Counter(chosen).items() if count > 1)
        raise RasterError(
            "A neuron was chosen twice.", expected=valid, got=f"{shorten(twice)} more than once"
        )
    return chosen


def _of_labels(chosen: list[str], labels: Sequence[str]) -> list[int]:
    where = {label: n for n, label in enumerate(labels)}
    missing = [label for label in chosen if label not in where]
    if missing:
        raise RasterError(
            "The recording does not have these units.",
            expected=f"labels among {shorten(labels)}",
            got=shorten(missing),
            hint="`neuroqgan data show` lists the labels; `neurons` chooses by position",
        )
    return [where[label] for label in chosen]


def warn_of_width(bin_width: float, stacklevel: int) -> None:
    """Warn of bins that are wider than any that are meant.

    Parameters
    ----------
    bin_width
        In seconds.
    stacklevel
        Which caller the warning is about, as in `warnings.warn`.

    Warns
    -----
    RasterWarning
        If bins are wider than a second.
    """
    if bin_width > WIDEST_PLAUSIBLE_BIN:
        warnings.warn(
            f"Bins are {bin_width:g} s wide. The bin width is in seconds: "
            f"{bin_width:g} ms would be {bin_width / 1000:g}.",
            RasterWarning,
            stacklevel=stacklevel,
        )


def check_covariates(covariates: CovariateWindows | None, n_samples: int, n_bins: int) -> None:
    """Check that covariates have the samples and bins of a raster.

    Parameters
    ----------
    covariates
        What was recorded beside the spikes, or None.
    n_samples, n_bins
        Size of the raster.

    Raises
    ------
    RasterError
        If they have others.
    """
    if covariates is None or (covariates.n_samples, covariates.n_bins) == (n_samples, n_bins):
        return
    raise RasterError(
        "The covariates do not fit the raster.",
        expected=f"{plural(n_samples, 'sample')} of {plural(n_bins, 'bin')}",
        got=f"{plural(covariates.n_samples, 'sample')} of {plural(covariates.n_bins, 'bin')}",
    )


def check_window(n_bins: int, longest: int) -> None:
    """Check that windows fit into a trial.

    Parameters
    ----------
    n_bins
        Bins per window.
    longest
        Bins per trial.

    Raises
    ------
    RasterError
        If a window is empty or longer than a trial.
    """
    if 1 <= n_bins <= longest:
        return
    raise RasterError(
        "A window does not fit into a trial.",
        expected=f"windows of 1 to {longest} bins, the length of a trial",
        got=f"windows of {n_bins} bins",
        hint=f"`bins = {min(16, longest)}`, or a recording with longer trials",
    )
