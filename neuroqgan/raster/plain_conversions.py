"""Rasters from lists of times, tables and arrays, and back to tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, cast

from neuroqgan.raster.library_names import library

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike


class PlainConversions:
    """The methods of `neuroqgan.SpikeRaster` for what NumPy and pandas hold."""

    @classmethod
    def from_spike_times(
        cls,
        trains: Mapping[Any, Any] | Sequence[Any],
        bin_width: float,
        *,
        trials: ArrayLike | None = None,
        start: float | None = None,
        duration: float | None = None,
        time_unit: Literal["s", "ms", "us", "samples"] = "s",
        sampling_rate: float | None = None,
        counts: Literal["clip", "refuse"] = "clip",
    ) -> Self:
        """Return the raster of lists of spike times.

        A bin holds the times from its beginning to just before its end. Neurons without spikes
        are kept.

        Parameters
        ----------
        trains
            The spike times of every neuron, in a list or by label: ``[times, times]`` or
            ``{label: times}``. Instead of its times, a neuron can have a list of those of every
            trial, which count from the start of the trial.
        bin_width
            Width of a bin in seconds.
        trials
            Where trials lie in a session, in seconds: the beginning of each, shape ``(n_trials,)``,
            or beginning and end, shape ``(n_trials, 2)``. Trials may overlap; if some are longer,
            all are cut to the shortest. None if the session is one trial.
        start
            Where to begin, in seconds from the beginning of each trial (of the session, without
            trials); may be negative if ``trials`` are events.
        duration
            How long trials are, in seconds from ``start``. None lets them end where ``trials``
            says, or with the last spike of any neuron.
        time_unit
            The unit of the spike times, ``"s"``, ``"ms"``, ``"us"`` or ``"samples"``. Everything
            else is in seconds.
        sampling_rate
            Samples per second (Hz), for times in samples.
        counts
            What to do with several spikes of a neuron in one bin: ``"clip"`` counts them as one
            and warns, ``"refuse"`` raises an error.

        Returns
        -------
        SpikeRaster
            Of shape ``(n_trials, n_bins, n_neurons)``.

        Raises
        ------
        RecordingError
            If these are no spike times, trials or durations, or trials hold no spike.

        Warns
        -----
        RecordingWarning
            If spikes share a bin, or times are implausible.

        Examples
        --------
        >>> import neuroqgan as nq
        >>> trains = {"left": [0.05, 1.01], "right": [1.07], "silent": []}
        >>> raster = nq.SpikeRaster.from_spike_times(
        ...     trains, bin_width=0.02, trials=[0.0, 1.0], duration=0.1
        ... )
        >>> raster
        SpikeRaster(2 samples x 5 bins x 3 neurons, bin_width=0.02 s)
        >>> raster.spikes[:, :, 0].astype(int).tolist()
        [[0, 0, 1, 0, 0], [1, 0, 0, 0, 0]]
        """
        return cast(
            "Self",
            library("spike_times").read(
                trains,
                bin_width,
                trials=trials,
                start=start,
                duration=duration,
                time_unit=time_unit,
                sampling_rate=sampling_rate,
                counts=counts,
            ),
        )

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        bin_width: float,
        *,
        time_column: str | None = None,
        neuron_column: str | None = None,
        trial_column: str | None = None,
        start: float | None = None,
        duration: float | None = None,
        time_unit: Literal["s", "ms", "us", "samples"] | None = None,
        sampling_rate: float | None = None,
        counts: Literal["clip", "refuse"] = "clip",
    ) -> Self:
        """Return the raster of a table with one row per spike; the way back is `to_frame`.

        Tables are read as those in files are: neurons and trials are in the natural order of their
        labels, and a column ``trial_end`` says how long trials are and lets rows with nothing but
        a trial or a neuron name those without spikes.

        Parameters
        ----------
        frame
            One row per spike.
        bin_width
            Width of a bin in seconds.
        time_column, neuron_column, trial_column
            The names of the columns with the time from the start of the trial, the label of the
            neuron, and the trial; columns are found by their usual names if None.
        start
            Where to begin in every trial, in seconds.
        duration
            How long trials are, in seconds from ``start``. None lets them end where
            ``trial_end`` says, or with the last spike of any.
        time_unit
            The unit of the times; seconds unless the name of the column says so.
        sampling_rate
            Samples per second (Hz), for times in samples.
        counts
            What to do with several spikes of a neuron in one bin: ``"clip"`` counts them as one
            and warns, ``"refuse"`` raises an error.

        Returns
        -------
        SpikeRaster
            Of shape ``(n_trials, n_bins, n_neurons)``.

        Raises
        ------
        RecordingError
            If a column is missing, or holds something else.

        Warns
        -----
        RecordingWarning
            If spikes share a bin, or times are implausible.

        Examples
        --------
        >>> import pandas as pd
        >>> import neuroqgan as nq
        >>> table = pd.DataFrame({"spike": [0.01, 0.03], "cell": ["b", "a"]})
        >>> nq.SpikeRaster.from_frame(
        ...     table, bin_width=0.02, time_column="spike", neuron_column="cell", duration=0.1
        ... )
        SpikeRaster(1 sample x 5 bins x 2 neurons, bin_width=0.02 s)
        """
        return cast(
            "Self",
            library("frame").read(
                frame,
                bin_width,
                time_column=time_column,
                neuron_column=neuron_column,
                trial_column=trial_column,
                start=start,
                duration=duration,
                time_unit=time_unit,
                sampling_rate=sampling_rate,
                counts=counts,
            ),
        )

    @classmethod
    def from_array(
        cls,
        array: ArrayLike,
        bin_width: float,
        *,
        trial_bins: int | None = None,
        axes: str | None = None,
        neuron_labels: Sequence[str] = (),
        counts: Literal["clip", "refuse"] = "clip",
    ) -> Self:
        """Return the raster of an array of spikes or spike counts in bins.

        Parameters
        ----------
        array
            Shape ``(n_trials, n_bins, n_neurons)``, or ``(n_bins, n_neurons)`` for one continuous
            recording.
        bin_width
            Width of a bin in seconds.
        trial_bins
            Bins per trial, to cut a continuous recording into trials that follow each other.
        axes
            The meaning of the axes if it is another, such as ``"neurons,bins"``.
        neuron_labels
            The labels of the neurons; their positions if none are given.
        counts
            What to do with counts above one: ``"clip"`` counts them as one and warns,
            ``"refuse"`` raises an error.

        Returns
        -------
        SpikeRaster
            Of shape ``(n_trials, n_bins, n_neurons)``.

        Raises
        ------
        RasterError
            If the values are neither spikes nor counts, or cannot be cut into such trials.
        RecordingError
            If the axes do not fit the array.

        Warns
        -----
        RecordingWarning
            If counts are clipped, or bins are left over at the end.

        Examples
        --------
        >>> import numpy as np
        >>> import neuroqgan as nq
        >>> continuous = np.eye(6, 2, dtype=int)
        >>> nq.SpikeRaster.from_array(continuous, bin_width=0.02, trial_bins=3)
        SpikeRaster(2 samples x 3 bins x 2 neurons, bin_width=0.02 s)
        """
        return cast(
            "Self",
            library("array").read(
                array,
                bin_width,
                trial_bins=trial_bins,
                axes=axes,
                neuron_labels=neuron_labels,
                counts=counts,
            ),
        )

    def to_frame(self, *, complete: bool = False) -> pd.DataFrame:
        """Return the spikes as a tidy table with one row per spike.

        Parameters
        ----------
        complete
            Whether the table must hold everything but the bin width, so that `from_frame` gives
            the same raster. It then has the columns of a saved table: ``trial``, ``time``,
            ``neuron`` and ``trial_end``, with a row without time for every trial without spikes
            and every neuron without spikes.

        Returns
        -------
        pandas.DataFrame
            With the columns ``sample`` (position of the sample), ``neuron`` (its label), ``bin``
            (position of the bin in the sample) and ``time`` (centre of the bin, in seconds from
            the start of the sample); sorted by sample, bin and neuron. Samples and neurons
            without spikes have no row.

        Examples
        --------
        >>> import neuroqgan as nq
        >>> raster = nq.SpikeRaster([[[0, 1], [1, 0]]], bin_width=0.02, neuron_labels=("a", "b"))
        >>> raster.to_frame().to_dict("records")[0]
        {'sample': 0, 'neuron': 'b', 'bin': 0, 'time': 0.01}
        >>> nq.SpikeRaster.from_frame(raster.to_frame(complete=True), bin_width=0.02) == raster
        True
        """
        return cast("pd.DataFrame", library("frame").write(self, complete=complete))
