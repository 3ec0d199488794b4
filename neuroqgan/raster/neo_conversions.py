"""Rasters from the objects of Neo and elephant, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, cast

from neuroqgan.raster.library_names import library

if TYPE_CHECKING:
    from collections.abc import Sequence


class NeoConversions:
    """The methods of `neuroqgan.SpikeRaster` for Neo and for elephant, which builds on it."""

    @classmethod
    def from_neo(
        cls, source: Any, bin_width: Any = None, *, counts: Literal["clip", "refuse"] = "clip"
    ) -> Self:
        """Return the raster of spike trains of Neo; needs ``neuroqgan[neo]``.

        Segments are the trials; all are cut to the shortest. Spike trains of different segments
        with the same name are one neuron, whose label is that name; without names, neurons are
        matched and labelled by their positions.

        Parameters
        ----------
        source
            A ``neo.Block``, a ``neo.Segment`` or a list of them, or ``neo.SpikeTrain`` objects
            of one trial. Their units are converted, and times count from ``t_start``.
        bin_width
            Width of a bin, in seconds or as a quantity. None is that of a raster that `to_neo`
            turned into a block.
        counts
            What to do with several spikes of a neuron in one bin: ``"clip"`` counts them as one
            and warns, ``"refuse"`` raises an error.

        Returns
        -------
        SpikeRaster
            Of shape ``(n_segments, n_bins, n_trains)``.

        Raises
        ------
        RecordingError
            If Neo is not installed, there are no spike trains, or those of different segments
            cannot be matched.

        Warns
        -----
        RecordingWarning
            If spikes share a bin or lie after the last whole bin, or segments are cut.

        Examples
        --------
        >>> import neo, quantities as pq
        >>> import neuroqgan as nq
        >>> train = neo.SpikeTrain([5.0, 41.0] * pq.ms, t_stop=100.0 * pq.ms, name="unit 3")
        >>> raster = nq.SpikeRaster.from_neo([train], bin_width=20 * pq.ms)
        >>> raster.neuron_labels, raster.spikes.ravel().astype(int).tolist()
        (('unit 3',), [1, 0, 1, 0, 0])
        """
        return cast("Self", library("neo").read(source, bin_width, counts=counts))

    def to_neo(self) -> Any:
        """Return a ``neo.Block`` with one segment per sample; needs ``neuroqgan[neo]``.

        Every neuron has a spike train of its label in every segment, also without spikes. Spikes
        lie in the middle of their bins. Covariates are not kept.

        Returns
        -------
        neo.Block
            Its annotation ``bin_width`` lets `from_neo` give the same raster.

        Raises
        ------
        RecordingError
            If Neo is not installed.

        Examples
        --------
        >>> import neuroqgan as nq
        >>> raster = nq.SpikeRaster([[[0, 1], [1, 0]]], bin_width=0.02, neuron_labels=("a", "b"))
        >>> block = raster.to_neo()
        >>> [train.name for train in block.segments[0].spiketrains]
        ['a', 'b']
        >>> nq.SpikeRaster.from_neo(block) == raster
        True
        """
        return library("neo").write(self)

    @classmethod
    def from_elephant(
        cls,
        binned: Any,
        *,
        neuron_labels: Sequence[str] = (),
        counts: Literal["clip", "refuse"] = "clip",
    ) -> Self:
        """Return the raster of a ``BinnedSpikeTrain`` of elephant; needs ``neuroqgan[elephant]``.

        Parameters
        ----------
        binned
            A ``BinnedSpikeTrain``, or a list of them, one per trial. Their bins are taken over.
        neuron_labels
            The labels of the neurons, which elephant does not keep; positions if none are given.
        counts
            What to do with counts above one: ``"clip"`` counts them as one and warns,
            ``"refuse"`` raises an error.

        Returns
        -------
        SpikeRaster
            Of shape ``(n_trials, n_bins, n_neurons)``.

        Raises
        ------
        RecordingError
            If elephant is not installed, or trials differ in bin width or neurons.
        RasterError
            If counts are to be refused, and there are some above one.

        Warns
        -----
        RecordingWarning
            If counts are clipped, or trials are cut to the shortest.

        Examples
        --------
        >>> import neuroqgan as nq
        >>> raster = nq.SpikeRaster([[[0, 1], [1, 0]]], bin_width=0.02)
        >>> nq.SpikeRaster.from_elephant(raster.to_elephant()) == raster
        True
        """
        return cast(
            "Self",
            library("elephant").read(binned, neuron_labels=neuron_labels, counts=counts),
        )

    def to_elephant(self) -> list[Any]:
        """Return one ``BinnedSpikeTrain`` of elephant per sample; needs ``neuroqgan[elephant]``.

        Returns
        -------
        list of elephant.conversion.BinnedSpikeTrain
            Labels and covariates are not kept.

        Raises
        ------
        RecordingError
            If elephant is not installed.

        Examples
        --------
        >>> import neuroqgan as nq
        >>> raster = nq.SpikeRaster([[[0, 1], [1, 0], [0, 0]]], bin_width=0.02)
        >>> raster.to_elephant()[0].to_array().tolist()
        [[0, 1, 0], [1, 0, 0]]
        """
        return cast("list[Any]", library("elephant").write(self))


__doctest_requires__ = {
    "NeoConversions.*neo": ["neo"],
    "NeoConversions.*elephant": ["elephant"],
}
