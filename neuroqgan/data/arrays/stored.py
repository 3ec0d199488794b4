"""What array files hold besides the spikes, under the names that neuroqgan writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.arrays.axes import STATED
from neuroqgan.data.arrays.stored_covariates import StoredCovariates, covariate_members
from neuroqgan.data.times.trains import texts
from neuroqgan.data.untrusted.archive import parent_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from neuroqgan.data.arrays.array_file import NamedArrays
    from neuroqgan.raster import SpikeRaster

SPIKES = "spikes"
BIN_WIDTH = "bin_width"
LABELS = "neuron_labels"
AXES = "axes"


@dataclass(frozen=True)
class Beside:
    """What a file holds besides its spikes.

    Parameters
    ----------
    bin_width
        The bin width, as it is stored.
    labels
        Names of the neurons.
    axes
        The meaning of the axes, such as ``"trials,bins,neurons"``.
    is_own
        Whether the file looks like one that neuroqgan wrote before it stored axes.
    covariates
        What the samples saw; None if the file does not say.
    """

    bin_width: ArrayLike | None = None
    labels: tuple[str, ...] = ()
    axes: str | None = None
    is_own: bool = False
    covariates: StoredCovariates | None = None


def find_beside(archive: NamedArrays, name: str, what: str) -> NDArray[Any] | None:
    """Return what a file says about an array or group, by its attributes or beside it.

    Parameters
    ----------
    archive
        The file.
    name
        The array or group.
    what
        `BIN_WIDTH`, `LABELS` or `AXES`.
    """
    parent = parent_of(name)
    places = (f"{name}@{what}", f"{parent}@{what}", f"{parent}/{what}", f"{parent}.{what}")
    for place in (*places, what, f"@{what}"):
        found = archive.find(place)
        if found is not None:
            return found
    return None


def beside_of(archive: NamedArrays, name: str) -> Beside:
    """Return what an archive holds besides its spikes, which are the array of that name."""
    axes = find_beside(archive, name, AXES)
    return Beside(
        find_beside(archive, name, BIN_WIDTH),
        texts(find_beside(archive, name, LABELS)),
        str(axes.flat[0]) if axes is not None and axes.dtype.kind == "U" and axes.size else None,
        _is_own(archive),
        StoredCovariates.find(archive) if name == SPIKES else None,
    )


def members_of(raster: SpikeRaster) -> dict[str, Any]:
    """Return the arrays that a raster is stored as, by name."""
    arrays: dict[str, Any] = {
        SPIKES: raster.spikes,
        BIN_WIDTH: np.float64(raster.bin_width),
        AXES: np.array(STATED),
    }
    if not raster.has_default_labels:
        arrays[LABELS] = np.array(raster.neuron_labels)
    if raster.covariates is not None:
        arrays |= covariate_members(raster.covariates, raster.bin_width)
    return arrays


def _is_own(archive: NamedArrays) -> bool:
    spikes = archive.headers.get(SPIKES)
    return (
        archive.headers.keys() - {LABELS} == {SPIKES, BIN_WIDTH}
        and spikes is not None
        and spikes.dtype == np.bool_
        and len(spikes.shape) == 3
        and archive.is_compressed
    )
