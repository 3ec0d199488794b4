"""Rasters from the objects of pynapple and SpikeInterface, and back; and as NWB files."""

from __future__ import annotations

from typing import Any, Literal, Self, cast

from neuroqgan.raster.library_names import library


class LibraryConversions:
    """The methods of `neuroqgan.SpikeRaster` for pynapple, SpikeInterface and pynwb."""

    @classmethod
    def from_pynapple(
        cls,
        group: Any,
        bin_width: float | None = None,
        *,
        epochs: Any = None,
        counts: Literal["clip", "refuse"] = "clip",
    ) -> Self:
        """Return the raster of a ``TsGroup`` of pynapple; needs ``neuroqgan[pynapple]``.

        Parameters
        ----------
        group
            One ``Ts`` per neuron. Labels are its keys, or what `to_pynapple` noted.
        bin_width
            Width of a bin in seconds. None is that of a raster that `to_pynapple` turned into a
            group.
        epochs
            An ``IntervalSet`` whose intervals are the trials; the time support of the group if
            None. All are cut to the shortest. A spike on the end of an interval lies after its
            last bin.
        counts
            What to do with several spikes of a neuron in one bin: ``"clip"`` counts them as one
            and warns, ``"refuse"`` raises an error.

        Returns
        -------
        SpikeRaster
            Of shape ``(n_epochs, n_bins, n_neurons)``.

        Raises
        ------
        RecordingError
            If pynapple is not installed, this is no ``TsGroup``, or the epochs hold no spike.

        Warns
        -----
        RecordingWarning
            If spikes share a bin or lie after the last whole bin, or epochs are cut.

        Examples
        --------
        >>> import pynapple as nap
        >>> import neuroqgan as nq
        >>> group = nap.TsGroup([nap.Ts([0.05, 1.01]), nap.Ts([0.33, 1.07])])
        >>> epochs = nap.IntervalSet([0.0, 1.0], [0.5, 1.5])
        >>> nq.SpikeRaster.from_pynapple(group, bin_width=0.02, epochs=epochs)
        SpikeRaster(2 samples x 25 bins x 2 neurons, bin_width=0.02 s)
        """
        return cast(
            "Self", library("pynapple").read(group, bin_width, epochs=epochs, counts=counts)
        )

    def to_pynapple(self) -> Any:
        """Return a ``TsGroup`` of pynapple; needs ``neuroqgan[pynapple]``.

        Samples follow each other, with one bin between them, and are the intervals of the time
        support. Spikes lie in the middle of their bins. Covariates are not kept.

        Returns
        -------
        pynapple.TsGroup
            Its metadata ``neuron_label`` and ``bin_width`` let `from_pynapple` give the same
            raster. Labels that are numbers in ascending order are its keys.

        Raises
        ------
        RecordingError
            If pynapple is not installed.

        Examples
        --------
        >>> import neuroqgan as nq
        >>> raster = nq.SpikeRaster([[[0, 1], [1, 0]]], bin_width=0.02, neuron_labels=("a", "b"))
        >>> nq.SpikeRaster.from_pynapple(raster.to_pynapple()) == raster
        True
        """
        return library("pynapple").write(self)

    @classmethod
    def from_spikeinterface(
        cls,
        sorting: Any,
        bin_width: float | None = None,
        *,
        duration: float | None = None,
        counts: Literal["clip", "refuse"] = "clip",
    ) -> Self:
        """Return the raster of a sorting of SpikeInterface; needs ``neuroqgan[spikeinterface]``.

        Segments are the trials; all are cut to the shortest. Spikes are sorted into bins by their
        sample numbers, exactly.

        Parameters
        ----------
        sorting
            Any sorting; ``sorting.select_units(...)`` chooses units. Labels are the unit ids.
        bin_width
            Width of a bin in seconds. None is that of a raster that `to_spikeinterface` turned
            into a sorting.
        duration
            How long segments are, in seconds. None takes this from the registered recording, or
            else from the last spikes.
        counts
            What to do with several spikes of a neuron in one bin: ``"clip"`` counts them as one
            and warns, ``"refuse"`` raises an error.

        Returns
        -------
        SpikeRaster
            Of shape ``(n_segments, n_bins, n_units)``.

        Raises
        ------
        RecordingError
            If SpikeInterface is not installed, or this is not a sorting.

        Warns
        -----
        RecordingWarning
            If spikes share a bin or lie after the last whole bin, or segments are cut.

        Examples
        --------
        >>> import numpy as np
        >>> from spikeinterface.core import NumpySorting
        >>> import neuroqgan as nq
        >>> units = {"3": np.array([150, 1240]), "5": np.array([], dtype=int)}
        >>> sorting = NumpySorting.from_unit_dict(units, sampling_frequency=30_000.0)
        >>> raster = nq.SpikeRaster.from_spikeinterface(sorting, bin_width=0.02, duration=0.1)
        >>> raster.neuron_labels, raster.spikes[0, :, 0].astype(int).tolist()
        (('3', '5'), [1, 0, 1, 0, 0])
        """
        return cast(
            "Self",
            library("spikeinterface").read(sorting, bin_width, duration=duration, counts=counts),
        )

    def to_spikeinterface(self, *, sampling_rate: float = 30_000.0) -> Any:
        """Return a sorting of SpikeInterface; needs ``neuroqgan[spikeinterface]``.

        Every sample is a segment. Spikes lie in the middle of their bins. Covariates are not kept.

        Parameters
        ----------
        sampling_rate
            Samples per second (Hz), at least two per bin.

        Returns
        -------
        spikeinterface.core.NumpySorting
            Its annotations ``bin_width`` and ``n_bins`` let `from_spikeinterface` give the same
            raster, also after ``sorting.save(folder=...)``.

        Raises
        ------
        RecordingError
            If SpikeInterface is not installed.
        RasterError
            If bins are too narrow for the sampling rate.

        Examples
        --------
        >>> import neuroqgan as nq
        >>> raster = nq.SpikeRaster([[[0, 1], [1, 0]]], bin_width=0.02, neuron_labels=("a", "b"))
        >>> nq.SpikeRaster.from_spikeinterface(raster.to_spikeinterface()) == raster
        True
        """
        return library("spikeinterface").write(self, sampling_rate=sampling_rate)

    def to_nwb(self) -> Any:
        """Return an NWB file in memory; needs ``neuroqgan[nwb]``.

        To write one to disk, `neuroqgan.save` is enough. In memory, what a laboratory knows can be
        added first, such as the subject.

        Returns
        -------
        pynwb.NWBFile
            Neurons are units, with their labels in the column ``unit_name``; samples are the
            trials, with pauses of a second between them. Spikes are at the centres of their bins,
            in seconds. `neuroqgan.load` gives the same raster.

        Raises
        ------
        RecordingError
            If pynwb is not installed.
        RasterError
            If HDF5 cannot hold a label.

        Examples
        --------
        >>> import neuroqgan as nq
        >>> raster = nq.SpikeRaster([[[0, 1], [1, 0]], [[0, 0], [1, 0]]], 0.5, ("a", "b"))
        >>> nwbfile = raster.to_nwb()
        >>> nwbfile.units["spike_times"][0].tolist(), nwbfile.trials["start_time"][:].tolist()
        ([0.75, 2.75], [0.0, 2.0])
        """
        return library("nwb").write(self)


__doctest_requires__ = {
    "LibraryConversions.*pynapple": ["pynapple"],
    "LibraryConversions.*spikeinterface": ["spikeinterface"],
    "LibraryConversions.to_nwb": ["pynwb"],
}
