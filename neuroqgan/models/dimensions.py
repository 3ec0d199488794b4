"""What drives a generator, dimension by dimension, and the generator with one of them changed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.covariates import Covariates

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.models.drive.covariates import CovariatePart
    from neuroqgan.models.spec import GeneratorSpec
    from neuroqgan.seeding import Seed

    class Driven(Protocol):
        """What a generator is asked of here."""

        covariate_drive: CovariatePart | None

        @property
        def spec(self) -> GeneratorSpec:
            """Sizes and covariates."""

        def draw_exactly(
            self,
            n_samples: int,
            n_bins: int,
            seed: Seed,
            *,
            covariates: CovariateWindows | None = None,
        ) -> NDArray[np.bool_]:
            """Draw spikes."""

    Changed = tuple[Driven, CovariateWindows | None]
    Change = Callable[[float | None, CovariateWindows | None], Changed]


@dataclass(frozen=True)
class Dimension:
    """One dimension of what drives a generator.

    Parameters
    ----------
    name
        In words.
    kind
        ``latent``, ``covariate`` or ``memory``.
    unit
        By what ``change`` raises it for an amount of 1, in words.
    change
        Function of an amount, or None to hold the dimension at its mean, and of what the samples
        see. Returns a generator and what its samples see, with the dimension changed; the generator
        it was asked of stays as it is.
    can_hold
        Whether it can be held at its mean.
    """

    name: str
    kind: str
    unit: str
    change: Change
    can_hold: bool = True


def covariate_dimensions(generator: Driven) -> tuple[Dimension, ...]:
    """Return the columns of a generator's covariates, or the components of its path through time.

    Parameters
    ----------
    generator
        With or without covariates.
    """
    known, part = generator.spec.covariates, generator.covariate_drive
    if known is None or part is None:
        return ()
    if known.is_trial_time:
        return _path_dimensions(generator)
    return tuple(
        Dimension(
            name,
            "covariate",
            f"one standard deviation, {known.scale[column]:.3g}",
            _column_change(generator, column, known.centre[column], known.scale[column]),
        )
        for column, name in enumerate(known.names)
    )


def _column_change(generator: Driven, column: int, centre: float, scale: float) -> Change:
    def change(amount: float | None, seen: CovariateWindows | None) -> Changed:
        if seen is None:
            return generator, None
        values = np.array(seen.covariates.values)
        values[..., column] = centre if amount is None else values[..., column] + amount * scale
        covariates = Covariates(values, seen.covariates.names, seen.covariates.source)
        return generator, replace(seen, covariates=covariates)

    return change


def _path_dimensions(generator: Driven) -> tuple[Dimension, ...]:
    part = generator.covariate_drive
    if part is None:
        return ()
    return tuple(
        Dimension(
            f"trial-time, component {i + 1}",
            "covariate",
            "one standard deviation over the trial",
            _part_change(generator, i),
        )
        for i in range(len(part.components()))
    )


def _part_change(generator: Driven, index: int) -> Change:
    def change(amount: float | None, seen: CovariateWindows | None) -> Changed:
        twin = deepcopy(generator)
        if twin.covariate_drive is not None:
            twin.covariate_drive.change_component(index, amount)
        return twin, seen

    return change
