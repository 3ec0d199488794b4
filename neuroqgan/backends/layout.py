"""Layouts: where every measured bit of a plan belongs, and nothing else.

A layout is what a job keeps of its plan to become a raster again: plain numbers, readable without
Qiskit, years later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.errors import PayloadError, RasterError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]

FORMAT = 1


@dataclass(frozen=True)
class TileLayout:
    """Where the bits of a tile belong.

    Parameters
    ----------
    neurons
        Raster column of every classical bit. A column that comes twice is read twice, and has a
        spike where all its bits are 1.
    bins
        Bins that the tile measures, in turn, row after row; a single one on a device.
    qubits
        Physical qubit behind every classical bit; empty on an ideal simulator.
    """

    neurons: tuple[int, ...]
    bins: tuple[int, ...]
    qubits: tuple[int, ...]

    def readers(self) -> dict[int, list[int]]:
        """Return the tile's classical bits that read each column, the neuron's own qubit first."""
        found: dict[int, list[int]] = {}
        for bit, column in enumerate(self.neurons):
            found.setdefault(column, []).append(bit)
        return found


@dataclass(frozen=True)
class PageLayout:
    """Where the bits of a page belong: tile after tile in the page's register."""

    tiles: tuple[TileLayout, ...]

    @property
    def n_bits(self) -> int:
        """Classical bits of all tiles together."""
        return sum(len(tile.neurons) for tile in self.tiles)

    @property
    def rows_per_sample(self) -> int:
        """Executions a sample takes."""
        return len(self.tiles[0].bins)

    @property
    def qubits(self) -> tuple[int, ...]:
        """Physical qubit behind every bit of the register."""
        return tuple(qubit for tile in self.tiles for qubit in tile.qubits)


@dataclass(frozen=True)
class Layout:
    """Where all bits of a plan belong.

    Parameters
    ----------
    pages
        In the order in which their bits are stored.
    n_bins, n_neurons
        Of a sample.
    bin_width
        Seconds a bin.
    """

    pages: tuple[PageLayout, ...]
    n_bins: int
    n_neurons: int
    bin_width: float

    def decode(self, bits: Sequence[Bits]) -> SpikeRaster:
        """Put measured bits at their addresses.

        Parameters
        ----------
        bits
            For every page booleans of shape ``(n_samples * rows_per_sample, n_bits)``, column
            ``i`` for classical bit ``i``.

        Raises
        ------
        RasterError
            If a page is missing, or has another shape than planned.
        """
        wanted = [(page.rows_per_sample, page.n_bits) for page in self.pages]
        n_samples = len(bits[0]) // wanted[0][0] if len(bits) == len(wanted) else 0
        expected = [(n_samples * rows, n_bits) for rows, n_bits in wanted]
        if n_samples == 0 or [array.shape for array in bits] != expected:
            raise RasterError(
                "The measured bits do not fit the plan.",
                expected=f"pages of shape {expected or wanted}",
                got=f"{[array.shape for array in bits]}",
            )
        spikes = np.zeros((n_samples, self.n_bins, self.n_neurons), dtype=bool)
        for page, array in zip(self.pages, bits, strict=True):
            grid = array.reshape(n_samples, page.rows_per_sample, page.n_bits)
            first = 0
            for tile in page.tiles:
                bits_here = grid[:, :, first : first + len(tile.neurons)]
                for column, readers in tile.readers().items():
                    spikes[:, list(tile.bins), column] = bits_here[:, :, readers].all(-1)
                first += len(tile.neurons)
        return SpikeRaster(spikes, self.bin_width)

    def measured_qubits(self) -> NDArray[np.int64]:
        """Return the first physical qubit behind every bin and neuron, ``(n_bins, n_neurons)``.

        -1 on an ideal simulator.
        """
        qubits = np.full((self.n_bins, self.n_neurons), -1)
        for page in self.pages:
            for tile in page.tiles:
                if tile.qubits:
                    for column, readers in tile.readers().items():
                        qubits[tile.bins[0], column] = tile.qubits[readers[0]]
        return qubits

    def to_dict(self) -> dict[str, Any]:
        """Return the layout, ready for JSON."""
        return {
            "format": FORMAT,
            "bit_order": "column i of a page is classical bit i; tiles follow one another",
            "n_bins": self.n_bins,
            "n_neurons": self.n_neurons,
            "bin_width": self.bin_width,
            "pages": [page_to_dict(page) for page in self.pages],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Layout:
        """Read what `to_dict` wrote.

        Raises
        ------
        PayloadError
            If it is damaged, or of a version that is not known.
        """
        if values.get("format") != FORMAT:
            raise PayloadError(
                "The layout of the job cannot be read by this version.",
                expected=f"format {FORMAT}",
                got=str(values.get("format")),
                hint="a newer neuroqgan may read it: pip install --upgrade neuroqgan",
            )
        try:
            return cls(
                tuple(page_from_dict(page) for page in values["pages"]),
                int(values["n_bins"]),
                int(values["n_neurons"]),
                float(values["bin_width"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise PayloadError(
                "The layout of the job is damaged.",
                expected="pages, n_bins, n_neurons, bin_width",
                got=repr(error),
            ) from error


def page_to_dict(page: PageLayout) -> dict[str, Any]:
    """Return a page's layout, ready for JSON."""
    return {
        "tiles": [
            {"neurons": [*tile.neurons], "bins": [*tile.bins], "qubits": [*tile.qubits]}
            for tile in page.tiles
        ]
    }


def page_from_dict(values: dict[str, Any]) -> PageLayout:
    """Read a page's layout; raises what malformed JSON leads to."""
    return PageLayout(
        tuple(
            TileLayout(tuple(tile["neurons"]), tuple(tile["bins"]), tuple(tile["qubits"]))
            for tile in values["tiles"]
        )
    )
