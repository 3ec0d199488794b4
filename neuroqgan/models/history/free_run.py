"""Free runs of history-driven cells: every bin follows from spikes that were drawn before it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.seeding import Seed, as_generator, bin_stream
from neuroqgan.simulation.chunked_threads import chunked_threads
from neuroqgan.simulation.filters import advance_in_place, silence
from neuroqgan.simulation.line.contraction import draw_line

if TYPE_CHECKING:
    from typing import Protocol

    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows

    Floats = NDArray[np.float32]
    Spikes = NDArray[np.bool_]

    class FreeRunner(Protocol):
        """What a free run needs of a generator."""

        @property
        def n_filters(self) -> int:
            """Filters of past spikes."""

        @property
        def bonds(self) -> Spikes:
            """Whether CZ joins a neuron to the next, shape ``(n_neurons - 1,)``."""

        def latent_path(self, n_samples: int, n_bins: int, seed: Seed) -> list[NDArray[np.uint8]]:
            """Draw the latent's states in every bin."""

        def features(
            self, covariates: CovariateWindows | None, first_bin: int, n_bins: int
        ) -> Floats | None:
            """Return what the drive looks at of covariates."""

        def angles_of(
            self, filtered: Floats, state: NDArray[np.integer], features: Floats | None
        ) -> Floats:
            """Return the angles of a bin of some samples, on one thread."""


_SPIKES = 1


def free_run(
    generator: FreeRunner,
    n_samples: int,
    n_before: int,
    bins: tuple[int, int],
    seed: Seed,
    covariates: CovariateWindows | None,
) -> Spikes:
    """Run freely from before a range of bins, and return the spikes in it.

    Parameters
    ----------
    generator
        What runs.
    n_samples
        Number of runs.
    n_before
        Bins in which a run forgets that it began in silence.
    bins
        First bin, and the one after the last, counted as those of the covariates are.
    seed
        The same seed gives the same spikes.
    covariates
        Of the samples, if the generator needs covariates.

    Returns
    -------
    numpy.ndarray
        Booleans, shape ``(n_samples, bins[1] - bins[0], n_neurons)``.
    """
    n_bins = bins[1] - bins[0]
    path = generator.latent_path(n_samples, n_before + n_bins, seed)
    n_neurons = len(generator.bonds) + 1
    shape = (n_samples, n_neurons)
    filtered, bonds = silence(*shape, generator.n_filters), generator.bonds
    spikes = np.empty((n_samples, n_bins, n_neurons), bool)

    def step(
        kept: Spikes | None,
        state: NDArray[np.uint8],
        features: Floats | None,
        levels: Floats,
        part: slice,
    ) -> None:
        """Draw a bin of some samples: their filters go on, and the spikes are kept if asked for."""
        seen = None if features is None else features[part]
        angles = generator.angles_of(filtered[part], state[part], seen)
        drawn = draw_line(angles, bonds, levels[part])
        advance_in_place(filtered[part], drawn)
        if kept is not None:
            kept[part] = drawn

    with chunked_threads() as share:
        for t, state in enumerate(path):
            levels = as_generator(bin_stream(seed, _SPIKES, t)).random(shape, np.float32)
            features = generator.features(covariates, bins[0] - n_before + t, 1)
            seen = None if features is None else features[:, 0]
            kept = None if t < n_before else spikes[:, t - n_before]
            share(partial(step, kept, state, seen, levels), n_samples)
    return spikes
