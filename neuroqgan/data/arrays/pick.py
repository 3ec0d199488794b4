"""Which of the arrays in a file holds the spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.data.arrays.stored import SPIKES
from neuroqgan.data.untrusted.archive import leaf_of, parent_of
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from neuroqgan.data.untrusted.archive import Header

TIMES = ("spikes", "times", "spike_times")
"""How names of spike times per neuron end."""


def pick_array(path: Path, arrays: Mapping[str, Header], wanted: str | None) -> str:
    """Return the name of the array that holds the spikes.

    It is the one that the user named; otherwise the one named ``spikes``; otherwise the only one
    that could hold spikes: numbers with three axes, or with two that are longer than one;
    otherwise spike times per neuron.

    Parameters
    ----------
    path
        The file, for the messages.
    arrays
        All arrays of the file; those of objects may be spike times per neuron.
    wanted
        The name that the user gave, or None.

    Raises
    ------
    RecordingError
        If the file has no array of the wanted name.
    RecordingError
        If no array could be spikes, or several could.
    """
    if wanted is not None:
        if wanted not in arrays:
            raise RecordingError(
                f"{path} has no array {wanted!r}.",
                expected="one of the arrays that the file has",
                got=_listing(arrays),
                hint="`array` names the one to read",
            )
        return wanted
    if SPIKES in arrays:
        return SPIKES
    numbers = [name for name, header in arrays.items() if _could_be_spikes(header)]
    objects = [name for name, header in arrays.items() if header.dtype.hasobject]
    tiers = (
        [name for name in numbers if not parent_of(name)],
        [name for name in objects if leaf_of(name) in TIMES],
        objects,
        numbers,
    )
    fitting = next((tier for tier in tiers if tier), [])
    if len(fitting) != 1:
        problem = "holds several arrays that could be spikes" if fitting else "holds no spikes"
        raise RecordingError(
            f"{path} {problem}.",
            expected=f"an array {SPIKES!r}, or a single one of shape (bins, neurons) "
            "or (trials, bins, neurons)",
            got=_listing(arrays),
            hint=f"`array = {fitting[0]}`"
            if fitting
            else "spike times belong in a table (.csv) with the columns time and neuron",
        )
    return fitting[0]


def refuse_array_name(path: Path, wanted: str | None) -> None:
    """Refuse the name of an array for a file whose arrays have no names.

    Parameters
    ----------
    path
        The file, for the message.
    wanted
        The name that the user gave, or None.

    Raises
    ------
    RecordingError
        If a name was given.
    """
    if wanted is not None:
        raise RecordingError(
            f"{path} has no named arrays.",
            expected="a file whose arrays have names, such as .npz, .mat or .h5",
            got=f"the name {wanted!r}",
            hint="leave `array` out",
        )


def _could_be_spikes(header: Header) -> bool:
    if header.dtype.kind not in "biuf" or 0 in header.shape:
        return False
    # MATLAB has no scalars and vectors: they come as matrices with a side of one.
    return len(header.shape) == 3 or (len(header.shape) == 2 and min(header.shape) > 1)


def _listing(arrays: Mapping[str, Header]) -> str:
    if not arrays:
        return "no arrays"
    return ", ".join(f"{name} {header}" for name, header in arrays.items())
