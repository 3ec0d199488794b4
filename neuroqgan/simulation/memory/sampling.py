"""Exact rasters of a generator with quantum memory: many at once, neuron by neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from neuroqgan import checks
from neuroqgan.seeding import Seed, as_generator
from neuroqgan.simulation.memory import kernel
from neuroqgan.simulation.memory.channel import MemoryChannel, stationary_state
from neuroqgan.simulation.memory.operators import amplitudes
from neuroqgan.simulation.threads import torch_threads_kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neuroqgan.simulation.memory.operators import MemoryOperators

    Emission = Callable[[slice, int], NDArray[np.floating]]

# Rasters that run side by side: their state vectors fit into the processor's near caches.
_BLOCK = 2048


def sample_rasters(
    operators: MemoryOperators,
    n_samples: int,
    n_bins: int,
    seed: Seed,
    *,
    density_matrix: torch.Tensor | None = None,
    emission: Emission | None = None,
) -> NDArray[np.bool_]:
    """Draw rasters.

    Parameters
    ----------
    operators
        One bin as matrices.
    n_samples, n_bins
        Size of the rasters.
    seed
        The same seed gives the same rasters.
    density_matrix
        Of the memory before the first bin, ``(dimension, dimension)``; the stationary one by
        default.
    emission
        Returns the coefficients of the emission angles of some samples in a bin, radians,
        ``(n_rows, n_neurons, 2 * n_memory)``; by default they are those of the operators.

    Returns
    -------
    numpy.ndarray
        Booleans ``(n_samples, n_bins, n_neurons)``.

    Raises
    ------
    InputError
        If the density matrix has another shape, or none is given and there is no stationary one.

    Examples
    --------
    >>> import torch
    >>> from neuroqgan.simulation.memory.operators import build_operators
    >>> angles = torch.zeros(1, 2), torch.full((3, 4), 0.1), torch.zeros(3, 2)
    >>> sample_rasters(build_operators(*angles), n_samples=5, n_bins=4, seed=0).shape
    (5, 4, 3)
    """
    operators = operators.detach()
    random = as_generator(seed)
    if density_matrix is None:
        density_matrix = stationary_state(MemoryChannel(operators))
    dimension = operators.dimension
    checks.shape("density_matrix", density_matrix.shape, rows=dimension, columns=dimension)
    weight, vectors = np.linalg.eigh(density_matrix.detach().double().numpy())
    weight = np.clip(weight, 0, None)
    mixing = operators.mixing.numpy()
    half = operators.kick.numpy() / 2
    kick = np.cos(half), np.sin(half)
    tables = operators.spike.numpy()[None], operators.silent.numpy()[None]
    rasters = np.empty((n_samples, n_bins, operators.n_neurons), bool)
    # A block's product with the mixing is too small for threads of BLAS to pay.
    with torch_threads_kept(), threadpool_limits(1, user_api="blas"):
        for low in range(0, n_samples, _BLOCK):
            n_rows = min(_BLOCK, n_samples - low)
            chosen = random.choice(len(weight), size=n_rows, p=weight / weight.sum())
            memory = vectors.T[chosen].astype(mixing.dtype)
            for t in range(n_bins):
                memory = memory @ mixing.T
                if emission is not None:
                    own = emission(slice(low, low + n_rows), t).astype(mixing.dtype)
                    spike, silent = amplitudes(torch.from_numpy(own))
                    tables = spike.numpy(), silent.numpy()
                uniform = random.random((n_rows, operators.n_neurons))
                rasters[low : low + n_rows, t] = kernel.sample(memory, uniform, *tables, *kick)
    return rasters
