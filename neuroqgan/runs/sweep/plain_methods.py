"""Methods that know their points in advance: all of them, or some at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.seeding import as_generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from neuroqgan.runs.sweep.method import Search


def every_point(search: Search) -> Iterator[Sequence[int]]:
    """Yield all points, in one round."""
    yield range(search.file.n_points)


def random_points(search: Search) -> Iterator[Sequence[int]]:
    """Yield points at random, in one round; a higher number of trials only adds some."""
    random = as_generator(search.seed)
    chosen: dict[int, None] = {}
    while len(chosen) < search.n_trials:
        chosen[int(random.integers(search.file.n_points))] = None
    yield tuple(chosen)
