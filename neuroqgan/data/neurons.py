"""How neurons are chosen: by position (``0:10``, ``3,7,9``) or by label (``unit_3,unit_7``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neuroqgan.checks import shorten
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster

_PART = re.compile(
    r"(?P<index>[0-9]{1,9})|(?P<start>[0-9]{0,9}):(?P<stop>[0-9]{0,9})(:(?P<step>[0-9]{1,9}))?"
)

# A zero too many in a slice must not fill the memory with positions.
_MOST_NEURONS = 1_000_000

_EXAMPLES = "`neurons = 0:10`, `neurons = 0:50:5` or `neurons = 3,7,9`"


def choose_neurons(
    raster: SpikeRaster,
    neurons: str | None = None,
    units: str | None = None,
    *,
    checks_size: bool = True,
) -> SpikeRaster:
    """Return the raster of some neurons, or the raster itself if none are named.

    Parameters
    ----------
    raster
        All neurons.
    neurons
        Positions as text; see `parse_neurons`.
    units
        Labels separated by commas.
    checks_size
        Whether all neurons have to fit into memory if none are named.

    Raises
    ------
    ConfigError
        If both are given, or the positions cannot be read.
    RasterError
        If the raster lacks a neuron, or one is chosen twice.
    """
    check_choice(neurons, units)
    if units is not None:
        return raster.select(split_labels(units, raster.neuron_labels))
    if neurons is None:
        if checks_size:
            raster.check_size()
        return raster
    try:
        return raster.select(parse_neurons(neurons, raster.n_neurons))
    except ConfigError as error:
        if {part.strip() for part in neurons.split(",")} <= set(raster.neuron_labels):
            error.hint = f"`units = {neurons}`, which chooses by label and not by position"
        raise


def check_choice(neurons: object, units: str | None) -> None:
    """Check that neurons are not chosen in two ways.

    Raises
    ------
    ConfigError
        If they are chosen by position and by label.
    """
    if neurons is not None and units is not None:
        raise ConfigError(
            "Neurons are chosen by position or by label, not by both.",
            expected="`neurons` or `units`",
            got=f"`neurons = {neurons}` and `units = {units}`",
            hint="leave one of them out",
        )


def split_labels(text: str, labels: tuple[str, ...]) -> list[str]:
    """Return the labels listed in a text; commas and blanks within a label are kept.

    Parameters
    ----------
    text
        Labels separated by commas.
    labels
        Those that there are.
    """
    parts, known = text.split(","), frozenset(labels)
    most = 1 + max(label.count(",") for label in labels)
    chosen: list[str] = []
    while parts:
        joined = [",".join(parts[: n + 1]) for n in range(min(most, len(parts)))]
        fitting = [
            (n, label)
            for n, whole in enumerate(joined, 1)
            for label in (whole.strip(), whole)
            if label in known
        ]
        n_parts, label = fitting[0] if fitting else (1, parts[0].strip())
        chosen.append(label)
        parts = parts[n_parts:]
    return chosen


def choice_notes(raster: SpikeRaster, neurons: str | None) -> tuple[str, ...]:
    """Return a sentence that says which neurons were chosen, if positions and labels differ.

    Parameters
    ----------
    raster
        All neurons.
    neurons
        The positions that were chosen, as text, or None.
    """
    if neurons is None:
        return ()
    positions = parse_neurons(neurons, raster.n_neurons)
    labels = [raster.neuron_labels[position] for position in positions]
    if labels == list(map(str, positions)):
        return ()
    return (
        f"`neurons = {neurons}` chooses by position: {shorten(labels)}. `units` chooses by label.",
    )


def parse_neurons(text: str, n_neurons: int | None = None) -> list[int]:
    """Turn a choice of neurons into their positions, in the order written.

    Parameters
    ----------
    text
        Positions and slices separated by commas, such as ``0:10``, ``0:50:5``, ``3,7,9`` or
        ``0:4,10:12``. A slice ends before its second number, as in Python.
    n_neurons
        Number of neurons to choose from. If it is given, slices may be open (``10:`` or ``:``)
        and every position is checked against it.

    Raises
    ------
    ConfigError
        If a part is neither a position nor a slice, or a step is zero.
    ConfigError
        If a slice is empty, or has no end although ``n_neurons`` is not given.
    ConfigError
        If a position is not below ``n_neurons``, or a neuron is chosen twice.

    Examples
    --------
    >>> parse_neurons("0:4,10"), parse_neurons("6:", n_neurons=8)
    ([0, 1, 2, 3, 10], [6, 7])
    """
    chosen: list[int] = []
    for part in text.split(","):
        chosen.extend(_part_range(part.strip(), text, n_neurons))
    if len(set(chosen)) < len(chosen):
        twice = sorted({neuron for neuron in chosen if chosen.count(neuron) > 1})
        raise ConfigError(
            "A neuron was chosen twice.",
            expected="distinct indices",
            got=f"{', '.join(map(str, twice))} more than once in {text!r}",
            hint=_EXAMPLES,
        )
    return chosen


def _part_range(part: str, text: str, n_neurons: int | None) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        raise ConfigError(
            "A choice of neurons cannot be read.",
            expected="indices and slices separated by commas",
            got=f"{part!r} in {text!r}",
            hint=_EXAMPLES,
        )
    if match["index"] is not None:
        neurons = range(int(match["index"]), int(match["index"]) + 1)
    else:
        neurons = _slice_range(match, part, n_neurons)
    most = _MOST_NEURONS if n_neurons is None else n_neurons
    if neurons[-1] >= most:
        raise ConfigError(
            "The recording does not have these neurons.",
            expected=f"indices from 0 to {most - 1}",
            got=f"{part!r}, up to {neurons[-1]}",
            hint=f"`neurons = 0:{most}`",
        )
    return neurons


def _slice_range(match: re.Match[str], part: str, n_neurons: int | None) -> range:
    step = int(match["step"] or 1)
    if step == 0:
        raise ConfigError(
            "The step of a slice cannot be zero.", expected="1 or more", got=part, hint=_EXAMPLES
        )
    stop = int(match["stop"]) if match["stop"] else n_neurons
    if stop is None:
        raise ConfigError(
            "A slice of neurons has no end.",
            expected="a first and a last index, as in 0:10",
            got=repr(part),
            hint=_EXAMPLES,
        )
    neurons = range(int(match["start"] or 0), stop, step)
    if not neurons:
        raise ConfigError(
            "A slice of neurons is empty.",
            expected="a first index below the end",
            got=repr(part),
            hint=_EXAMPLES,
        )
    return neurons
