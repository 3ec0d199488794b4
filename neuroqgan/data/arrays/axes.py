"""Which axis of an array holds trials, which bins, and which neurons."""

from __future__ import annotations

import warnings
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.reading import RecordingWarning
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# The order of rasters, and how files of neuroqgan state it.
ORDER = ("trials", "bins", "neurons")
STATED = ",".join(ORDER)

_ALIASES = {"time": "bins", "times": "bins", "units": "neurons", "cells": "neurons"}

# Mean rates differ between neurons, and hardly between trials. If they differ along an axis by this
# much (standard deviation over mean), and by this factor more than along any other axis, it is the
# axis of the neurons.
_UNLIKE_RATES = 0.3
_CLEARLY_MORE = 2.0


def parse_axes(text: str, what: str) -> tuple[str, ...]:
    """Turn ``neurons,bins,trials`` into the names of axes.

    Parameters
    ----------
    text
        The names, separated by commas, in the order of the array's axes. ``time`` may
        stand for bins, and ``units`` or ``cells`` for neurons.
    what
        Where the text comes from, for the message.

    Raises
    ------
    RecordingError
        If it does not name bins and neurons, and possibly trials, once each.

    Examples
    --------
    >>> parse_axes("unit, time", "The text")
    ('neurons', 'bins')
    """
    words = [word.strip().lower() for word in text.split(",")]
    plural = [word if word.endswith("s") or word in _ALIASES else f"{word}s" for word in words]
    names = tuple(_ALIASES.get(word, word) for word in plural)
    if sorted(names) not in (sorted(ORDER), sorted(ORDER[1:])):
        raise RecordingError(
            f"{what} cannot be read.",
            expected="trials, bins and neurons in the order of the array, or bins and neurons, "
            "separated by commas",
            got=repr(text),
            hint="`axes = neurons,bins` or `axes = neurons,bins,trials`",
        )
    return names


def oriented(
    path: Path,
    name: str,
    values: NDArray[Any],
    *,
    given: str | None = None,
    stated: str | None = None,
    is_own: bool = False,
) -> tuple[NDArray[Any], str]:
    """Bring an array into the shape ``(n_trials, n_bins, n_neurons)``.

    Parameters
    ----------
    path, name
        The file and the array, for messages.
    values
        An array with three axes, or with two for a single trial.
    given
        The axes that the user named.
    stated
        The axes that the file itself names.
    is_own
        Whether the file looks like one that neuroqgan wrote, which may have more neurons than
        bins.

    Returns
    -------
    tuple[NDArray, str]
        The array, and a sentence that says which axis was read as what.

    Raises
    ------
    RecordingError
        If the axes do not fit the array.
    RecordingError
        If neither user nor file names the axes, and there would be more neurons than bins.

    Warns
    -----
    RecordingWarning
        If neither user nor file names the axes, and another order is more plausible.
    RecordingWarning
        If user and file name different axes.
    """
    if values.ndim not in (2, 3):
        raise RecordingError(
            f"{name} in {path} has {values.ndim} axes.",
            expected="three axes, trials, bins and neurons, or two for a single trial",
            got=f"shape {values.shape}",
            hint="save the spikes as an array with three axes",
        )
    assumed = ORDER[-values.ndim :]
    axes = assumed
    if given is not None:
        axes = parse_axes(given, "The meaning of the axes")
        if stated is not None and parse_axes(stated, f"axes in {path}") != axes:
            warnings.warn(
                f"{path} says that its axes are {stated}; `axes = {given}` is used.",
                RecordingWarning,
                stacklevel=2,
            )
    elif stated is not None:
        axes = parse_axes(stated, f"axes in {path}")
    turned = _transposed(path, name, values, axes)
    if given is None and stated is None:
        _check_plausible(path, name, values, is_own)
    n_trials, n_bins, n_neurons = turned.shape
    trials = "1 trial" if n_trials == 1 else f"{n_trials:,} trials"
    note = f"{name} {values.shape} read as {trials} x {n_bins:,} bins x {n_neurons:,} neurons"
    return turned, f"{note}."


def _transposed(path: Path, name: str, values: NDArray[Any], axes: Sequence[str]) -> NDArray[Any]:
    # MATLAB drops a last axis of length one.
    full = values[..., np.newaxis] if len(axes) == values.ndim + 1 else values
    if full.ndim != len(axes):
        raise RecordingError(
            f"{name} in {path} does not have the axes {','.join(axes)}.",
            expected=f"an array of {len(axes)} axes",
            got=f"shape {values.shape}",
            hint="`axes = bins,neurons`" if values.ndim == 2 else f"`axes = {STATED}`",
        )
    wanted = ORDER[-len(axes) :]
    turned = full.transpose([list(axes).index(axis) for axis in wanted])
    return turned if len(axes) == 3 else turned[np.newaxis]


def _check_plausible(path: Path, name: str, values: NDArray[Any], is_own: bool) -> None:
    assumed = ORDER[-values.ndim :]
    n_bins, n_neurons = values.shape[-2:]
    if n_neurons > n_bins:
        likely = _likely_order(values)
        question = f"{n_bins:,} bins of {n_neurons:,} neurons: transposed?"
        hint = f"`axes = {','.join(likely)}`, or `axes = {','.join(assumed)}` if that is right"
        if is_own:
            warnings.warn(
                f"{path} has {question} If so, give {hint}.", RecordingWarning, stacklevel=3
            )
            return
        raise RecordingError(
            f"{path} would be {question}",
            expected="more bins than neurons, or the meaning of the axes",
            got=f"{name} of shape {values.shape}",
            hint=hint,
        )
    if values.ndim == 3:
        _warn_of_another_order(path, name, values, is_own)


def _warn_of_another_order(path: Path, name: str, values: NDArray[Any], is_own: bool) -> None:
    n_first, n_middle, n_last = values.shape
    by_rates = _axis_of_unlike_rates(values)
    if by_rates == 0 and n_first <= n_middle:
        other = ("neurons", "bins", "trials")
        reason = "rates differ much more along the first axis, as they do between neurons"
    elif by_rates == 1 and n_middle <= n_first:
        other = ("bins", "neurons", "trials")
        reason = "rates differ much more along the second axis, as they do between neurons"
    elif (
        by_rates is None
        and path.suffix.lower() == ".mat"
        and not is_own
        and n_first < n_last <= n_middle
    ):
        other = ("neurons", "bins", "trials")
        reason = "MATLAB arrays are often neurons x bins x trials"
    else:
        return
    warnings.warn(
        f"{name} {values.shape} in {path} was read as trials x bins x neurons, "
        f"but {reason}. If that order is wrong, give `axes = {','.join(other)}`; if "
        f"it is right, `axes = {STATED}`.",
        RecordingWarning,
        stacklevel=4,
    )


def _likely_order(values: NDArray[Any]) -> tuple[str, ...]:
    """Return the most plausible order of axes if the last cannot be the neurons."""
    if values.ndim == 2:
        return ("neurons", "bins")
    longest = int(np.argmax(values.shape))
    neurons = _axis_of_unlike_rates(values)
    fitting = [order for order in permutations(ORDER) if order[longest] == "bins"]
    if neurons is not None and neurons != longest:
        fitting = [order for order in fitting if order[neurons] == "neurons"]
    # Trials first if nothing else is known.
    return min(fitting, key=lambda order: order.index("trials"))


def _axis_of_unlike_rates(values: NDArray[Any]) -> int | None:
    """Return the axis along which mean rates differ clearly more than along any other.

    The part of the differences that chance explains, in independent bins, is left out.
    """
    active = values != 0
    mean = float(active.mean())
    if mean in (0.0, 1.0):
        return None
    unlike = []
    for axis, length in enumerate(values.shape):
        means = active.mean(axis=tuple(a for a in range(values.ndim) if a != axis))
        by_chance = mean * (1 - mean) * length / values.size
        unlike.append(np.sqrt(max(0.0, float(means.var()) - by_chance)) / mean)
    first, second = np.argsort(unlike)[::-1][:2]
    clear = unlike[first] > max(_UNLIKE_RATES, _CLEARLY_MORE * unlike[second])
    return int(first) if clear else None
