"""Readout correction: how often bits flip, and statistics as if they had not.

Calibration circuits in the same job prepare all measured qubits in 0, and then in 1. If a qubit
reads 1 in state 0 with probability ``p01``, and 0 in state 1 with probability ``p10``, then
``(bit - p01) / (1 - p01 - p10)`` has the true spike as its mean. If qubits flip independently of
each other, products of these values over different bits are unbiased as well, and every statistic
that is a mean of such products is corrected exactly: rates, covariances, and (through its
generating function) the probability of k spikes. Single rasters stay as they were measured.

A qubit that is measured several times in a shot is calibrated once, at the end of a circuit and by
the same operation (`neuroqgan.backends.placement.fast_operations`), and each of its bits is
corrected with that. This assumes that the operation is as good in the middle of a circuit, and is
right if the qubit is reset afterwards, whatever was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.placement.fast_operations import measurement
from neuroqgan.backends.placement.tiles import Page, Tile, place
from neuroqgan.errors import BackendError, RasterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.backends.layout import Layout
    from neuroqgan.backends.page_layout import PageLayout
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FlipRates:
    """How often the bit of a bin and neuron is read wrongly.

    Parameters
    ----------
    p01
        Probability to read 1 although the qubit is in 0, shape ``(n_bins, n_neurons)``, or
        ``(n_samples, n_bins, n_neurons)`` if samples lie on different qubits.
    p10
        Probability to read 0 although the qubit is in 1, same shape.

    Examples
    --------
    >>> from neuroqgan.raster import SpikeRaster
    >>> raster = SpikeRaster(np.array([[[1, 0]]], dtype=bool), bin_width=0.02)
    >>> rates = FlipRates(np.full((1, 2), 0.1), np.full((1, 2), 0.1))
    >>> unbiased_spikes(raster, rates).round(3)
    array([[[ 1.125, -0.125]]])
    """

    p01: Floats
    p10: Floats

    def of_places(self, places: NDArray[np.int64], n_bins: int) -> FlipRates:
        """Return the rates for every sample, if samples lie side by side in a shot.

        Parameters
        ----------
        places
            Place of every sample in its shot, ``(n_samples,)``.
        n_bins
            Of a sample. If a shot holds one sample, the rates stay as they are.
        """
        if len(self.p01) == n_bins:
            return self
        p01, p10 = (p.reshape(-1, n_bins, p.shape[-1])[places] for p in (self.p01, self.p10))
        return FlipRates(p01, p10)


def calibration_pages(pages: Sequence[Page], n_qubits: int) -> tuple[Page, ...]:
    """Return the circuits that calibrate the readout of some pages.

    Parameters
    ----------
    pages
        Of a plan for a device.
    n_qubits
        Of the device.

    Returns
    -------
    tuple
        For every distinct choice of qubits, a page in state 0 and one in state 1. Each has a
        rotation by a parameter without effect, so that it can have as many rows as it needs.
    """
    found: dict[tuple[object, ...], tuple[Page, Page]] = {}
    for page in pages:
        paths = tuple(_measured_once(tile) for tile in page.tiles)
        if paths in found:
            continue
        found[paths] = (
            place([_prepared(tile, excited=False) for tile in page.tiles], n_qubits),
            place([_prepared(tile, excited=True) for tile in page.tiles], n_qubits),
        )
    return tuple(page for pair in found.values() for page in pair)


def _prepared(tile: Tile, *, excited: bool) -> Tile:
    from qiskit import QuantumCircuit
    from qiskit.circuit import ParameterVector

    qubits, neurons, names = _measured_once(tile)
    circuit: QuantumCircuit = QuantumCircuit(len(qubits), len(qubits))
    circuit.rz(ParameterVector("angle", 1)[0], 0)
    if excited:
        circuit.x(range(len(qubits)))
    for wire, name in enumerate(names):
        circuit.append(measurement(name), [wire], [wire])
    return Tile(circuit, qubits, neurons, (), 0)


def _measured_once(tile: Tile) -> tuple[tuple[int, ...], tuple[int, ...], tuple[str, ...]]:
    """Return the qubits that a tile measures, each once, the column that each reads, and how.

    Qubits that read the same neuron share a column; in a cell that yields several bins every qubit
    has its own.
    """
    qubits = tile.measured_qubits
    if not tile.offsets:
        return qubits, tile.neurons, tile.measurements
    distinct = dict(zip(qubits, tile.measurements, strict=True))
    return tuple(distinct), tuple(range(len(distinct))), tuple(distinct.values())


def flip_rates(
    layout: Layout, pages: Sequence[PageLayout], bits: Sequence[NDArray[np.bool_]]
) -> FlipRates:
    """Estimate flip rates from the bits of the calibration pages.

    Parameters
    ----------
    layout
        Of the raster that is to be corrected.
    pages
        Layouts of what `calibration_pages` returned, in that order.
    bits
        Booleans of shape ``(n_shots, n_bits)`` for every page.

    Returns
    -------
    FlipRates
        In the shape of the layout's bins and neurons.

    Raises
    ------
    BackendError
        If a qubit was never calibrated, or reads so badly that nothing can be corrected.
    """
    wrong = [dict[int, float](), dict[int, float]()]
    for i, (page, measured) in enumerate(zip(pages, bits, strict=True)):
        excited = i % 2
        first = 0
        for tile in page.tiles:
            bits_here = measured[:, first : first + len(tile.neurons)]
            first += len(tile.neurons)
            for same in tile.bits_by_address().values():
                rate = float(bits_here[:, same].all(1).mean())
                wrong[excited][tile.qubits[same[0]]] = 1 - rate if excited else rate
    behind = layout.measured_qubits()
    missing = sorted(set(behind.ravel().tolist()) - set(wrong[0]) | (set(wrong[0]) ^ set(wrong[1])))
    if missing:
        raise BackendError(
            "The readout of some qubits was not calibrated.",
            expected="calibration circuits of all measured qubits",
            got=f"none of qubits {', '.join(map(str, missing))}",
            hint="sample the raster anew with `mitigate = readout`",
        )
    p01, p10 = (np.vectorize(rates.__getitem__, otypes=[float])(behind) for rates in wrong)
    if ((p01 + p10) > 0.9).any():
        raise BackendError(
            "The readout of a qubit is so bad that its bits carry no information.",
            expected="flip rates that add up to less than 0.9",
            got=f"{(p01 + p10).max():.2f}",
            hint="sample the raster anew, which plans with today's calibration",
        )
    return FlipRates(p01, p10)


def unbiased_spikes(raster: SpikeRaster, rates: FlipRates) -> Floats:
    """Return values whose means are those of the true spikes.

    Parameters
    ----------
    raster
        As measured.
    rates
        Of its bits.

    Returns
    -------
    numpy.ndarray
        Of shape ``(n_samples, n_bins, n_neurons)``; single values may lie outside 0 to 1.

    Raises
    ------
    RasterError
        If the rates belong to another raster.
    """
    if rates.p01.shape not in {raster.spikes.shape[1:], raster.spikes.shape}:
        raise RasterError(
            "The flip rates do not fit the raster.",
            expected=f"shape {raster.spikes.shape[1:]} or {raster.spikes.shape}",
            got=f"shape {rates.p01.shape}",
        )
    values: Floats = (raster.spikes - rates.p01) / (1 - rates.p01 - rates.p10)
    return values


def corrected_statistics(raster: SpikeRaster, rates: FlipRates) -> dict[str, Floats]:
    """Return spike probabilities, pair covariances and k-probability without readout errors.

    These are estimates, not distributions: a corrected probability may lie slightly below zero.

    Parameters
    ----------
    raster
        As measured.
    rates
        Of its bits.

    Returns
    -------
    dict
        ``spike_probability`` (n_neurons,), ``pair_covariance`` (n_pairs,), and ``k_probability``
        (n_neurons + 1,), as `neuroqgan.evaluation.statistics` defines them.

    Raises
    ------
    RasterError
        If the rates are those of another raster.
    """
    values = unbiased_spikes(raster, rates).reshape(-1, raster.n_neurons)
    rate = values.mean(0)
    first, second = np.triu_indices(raster.n_neurons, 1)
    joint = values.T @ values / len(values)
    return {
        "spike_probability": rate,
        "pair_covariance": (joint - np.outer(rate, rate))[first, second],
        "k_probability": _k_probability(values),
    }


def _k_probability(values: Floats) -> Floats:
    # The generating function, E[prod(1 + (t - 1) x)], is a mean of products; its values at the
    # roots of unity are the Fourier transform of the probabilities.
    n_neurons = values.shape[1]
    roots = np.exp(-2j * np.pi * np.arange(n_neurons + 1) / (n_neurons + 1))
    transform = [np.prod(1 + (root - 1) * values, axis=1).mean() for root in roots]
    return np.fft.ifft(transform).real
