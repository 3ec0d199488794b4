"""Explicit randomness: every random draw in the package starts from a seed that was passed in."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from neuroqgan.errors import ConfigError, InputError

Seed: TypeAlias = "int | np.random.SeedSequence | np.random.Generator"
"""Anything that randomness can start from: a non-negative integer, a sequence or a generator."""


def as_generator(seed: Seed) -> np.random.Generator:
    """Turn a seed into a generator; a generator passes through and keeps its state.

    Parameters
    ----------
    seed
        A non-negative integer, a seed sequence, or a generator.

    Raises
    ------
    InputError
        If an integer seed is negative.

    Examples
    --------
    >>> generator = as_generator(3)
    >>> as_generator(generator) is generator
    True
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if isinstance(seed, np.random.SeedSequence):
        return np.random.default_rng(seed)
    return np.random.default_rng(checked_seed(seed))


def checked_seed(seed: int) -> int:
    """Return a seed after a check.

    Parameters
    ----------
    seed
        An integer.

    Raises
    ------
    InputError
        If it is negative.
    """
    if seed < 0:
        raise InputError(
            "A seed cannot be negative.",
            expected="an integer of 0 or more",
            got=str(seed),
            hint="`seed = 1`",
        )
    return seed


def step_generator(seed: int, stream: int, step: int) -> np.random.Generator:
    """Return the random generator for one step of one stream.

    Since randomness is addressed by step instead of drawn from a running state, a resumed training
    is identical to an uninterrupted one, and no generator's state has to be saved.

    Parameters
    ----------
    seed
        The seed of the whole training.
    stream
        What the randomness is for: latents, shots, real windows, ...
    step
        The step within the stream.

    Raises
    ------
    InputError
        If the seed is negative.
    """
    return np.random.default_rng(
        np.random.SeedSequence(checked_seed(seed), spawn_key=(stream, step))
    )


def aer_seed(generator: np.random.Generator) -> int:
    """Draw a seed that Aer accepts: a positive 31-bit integer."""
    return int(generator.integers(1, 2**31 - 1))


def spawned(seed: np.random.SeedSequence, count: int) -> list[np.random.SeedSequence]:
    """Return what ``seed.spawn(count)`` returns, but leave the seed as it was.

    `numpy.random.SeedSequence.spawn` counts the children of a sequence, so a function that calls
    it on its caller's sequence would return other numbers the second time.

    Parameters
    ----------
    seed
        The sequence; its count of children does not change.
    count
        Number of children.
    """
    copy = np.random.SeedSequence(
        seed.entropy,
        spawn_key=seed.spawn_key,
        pool_size=seed.pool_size,
        n_children_spawned=seed.n_children_spawned,
    )
    return copy.spawn(count)


def sampling_streams(seed: int) -> tuple[np.random.SeedSequence, int]:
    """Return the two sources of randomness of a raster: of its latents, and of its shots.

    Parameters
    ----------
    seed
        The seed of the raster.

    Returns
    -------
    tuple[numpy.random.SeedSequence, int]
        The first is for latents and initial pasts, the second is the seed of the shots.

    Raises
    ------
    InputError
        If it is negative.
    """
    latents, shots = np.random.SeedSequence(checked_seed(seed)).spawn(2)
    return latents, int(shots.generate_state(1)[0] >> 1)


def placement_stream(seed: int) -> np.random.SeedSequence:
    """Return the source of the places in the trial at which the samples of a raster begin.

    Parameters
    ----------
    seed
        The seed of the raster.

    Raises
    ------
    InputError
        If it is negative.
    """
    return np.random.SeedSequence(checked_seed(seed)).spawn(3)[2]


def bin_stream(seed: Seed, use: int, t: int) -> np.random.SeedSequence:
    """Return a seed of one bin's own, so that a raster can be continued at any bin.

    Parameters
    ----------
    seed
        The seed of the raster; not a running generator.
    use
        Which use of randomness: the latent, the spikes, ...
    t
        The bin.

    Raises
    ------
    ConfigError
        If the seed is a generator, which gives other numbers when it is asked again.
    """
    if isinstance(seed, np.random.Generator):
        raise ConfigError(
            "A raster that is sampled bin by bin needs a seed that can be asked again.",
            expected="an integer or a SeedSequence",
            got="a Generator",
            hint="pass the seed itself",
        )
    parent = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    return np.random.SeedSequence(parent.entropy, spawn_key=(*parent.spawn_key, use, t))
