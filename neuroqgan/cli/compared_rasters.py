"""Reading the rasters that ``neuroqgan evaluate`` compares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from neuroqgan.errors import InputError, RasterError

if TYPE_CHECKING:
    from neuroqgan.cli.command import Output
    from neuroqgan.data.covariates.placing import Places
    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.raster import SpikeRaster

_MOST_LABELS = 10
Choice = tuple[str | None, str | None]
"""Values of ``--neurons`` and ``--units``."""


def load_real(output: Output, source: str, options: ReadOptions, choice: Choice) -> SpikeRaster:
    """Read the chosen neurons of a recording, and report what was assumed."""
    from neuroqgan.data.load import open_recording
    from neuroqgan.data.neurons import check_choice, choice_notes, choose_neurons

    check_choice(*choice)
    reading = open_recording(source, replace(options, units=choice[1]))
    units = None if reading.chose_units else choice[1]
    recording = choose_neurons(reading.raster, choice[0], units)
    for note in (*reading.notes, *choice_notes(reading.raster, choice[0])):
        output.note(note)
    return recording


def load_generated(
    output: Output, source: str, options: ReadOptions, choice: Choice, n_neurons: int
) -> SpikeRaster:
    """Read the raster to be judged, without options about the recording if that is possible."""
    from neuroqgan.data.neurons import choose_neurons
    from neuroqgan.data.reading import ReadOptions

    alone = ReadOptions(bin_width=options.bin_width)
    try:
        sample = load_real(output, source, alone, (None, None))
    except InputError:
        if options == alone:
            raise
        sample = load_real(output, source, options, (None, None))
    return choose_neurons(sample, *choice) if sample.n_neurons > n_neurons else sample


def note_labels(output: Output, sample: SpikeRaster, real: SpikeRaster) -> None:
    """Warn that neurons are compared by position if their labels differ."""
    from neuroqgan.checks import shorten

    mine, theirs = sample.neuron_labels, real.neuron_labels
    if mine != theirs and len(mine) == len(theirs):
        output.note(
            f"Warning: neurons are compared by position, although their labels differ: "
            f"{shorten(mine, _MOST_LABELS)} in A, {shorten(theirs, _MOST_LABELS)} in B."
        )


def as_windows(real: SpikeRaster, sample: SpikeRaster) -> SpikeRaster:
    """Cut a recording into windows as long as the samples.

    Raises
    ------
    RasterError
        If the recording is shorter than a sample.
    """
    if real.n_bins < sample.n_bins:
        raise RasterError(
            "The trials of the real raster are shorter than the generated samples.",
            expected=f"{sample.n_bins} bins or more",
            got=f"{real.n_bins} bins",
            hint="swap the two, or generate with fewer --bins",
        )
    return real.windows(sample.n_bins)


def places_of_windows(real: SpikeRaster, sample: SpikeRaster) -> Places | None:
    """Return trial and first bin of the windows of `as_windows`; None if a trial is one window."""
    import numpy as np

    per_trial = real.n_bins // sample.n_bins
    if per_trial == 1:
        return None
    starts = np.tile(np.arange(per_trial) * sample.n_bins, real.n_samples)
    return np.arange(real.n_samples).repeat(per_trial), starts
