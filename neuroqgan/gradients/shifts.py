"""Shift rules: which circuits to measure for the derivatives by all angles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class ShiftRule(Protocol):
    """A rule for which shifted circuits to measure around every cell."""

    def shifts(self, n_cells: int, n_angles: int, random: np.random.Generator) -> Floats:
        """Return the shifts of every cell in radians, ``(n_cells, n_shifts, n_angles)``."""
        ...

    def jacobian(self, shifts: Floats, features: Floats) -> Floats:
        """Return derivatives of features by angles, per radian.

        Parameters
        ----------
        shifts
            As returned by `shifts`.
        features
            Means over the shots of every shifted circuit, ``(n_cells, n_shifts, n_features)``.

        Returns
        -------
        numpy.ndarray
            ``(n_cells, n_features, n_angles)``.
        """
        ...


class ParameterShift:
    """The exact rule for rotations: two circuits per angle, half a turn apart.

    An expectation depends on the angle of an RY as ``a + b cos + c sin``, so that
    ``d f = (f(angle + pi/2) - f(angle - pi/2)) / 2`` (Mitarai et al., arXiv:1803.00745), whatever
    the noise around the gate, as long as the noise does not depend on the angle.

    Examples
    --------
    >>> shifts = ParameterShift().shifts(1, 2, np.random.default_rng(0))
    >>> (shifts[0] / np.pi).tolist()
    [[0.5, 0.0], [0.0, 0.5], [-0.5, -0.0], [-0.0, -0.5]]
    """

    def shifts(self, n_cells: int, n_angles: int, random: np.random.Generator) -> Floats:
        """See `ShiftRule.shifts`; two per angle, positive ones first; nothing is random."""
        del random
        quarter = np.pi / 2 * np.eye(n_angles)
        return np.broadcast_to(
            np.concatenate([quarter, -quarter]), (n_cells, 2 * n_angles, n_angles)
        )

    def jacobian(self, shifts: Floats, features: Floats) -> Floats:
        """See `ShiftRule.jacobian`."""
        n_angles = shifts.shape[2]
        difference: Floats = (features[:, :n_angles] - features[:, n_angles:]) / 2
        return difference.swapaxes(1, 2)


@dataclass(frozen=True)
class Spsa:
    """Simultaneous perturbation: all angles at once, two circuits per repeat.

    Unbiased to second order in the perturbation. The cost does not depend on the number of angles,
    but the noise grows with it (Spall, IEEE Trans. Autom. Control 37, 332, 1992).

    Parameters
    ----------
    n_repeats
        Number of random directions per cell.
    perturbation
        Size of the perturbation in radians.

    Raises
    ------
    ConfigError
        If there is no direction, or the perturbation is not positive.

    Examples
    --------
    >>> Spsa(n_repeats=2, perturbation=0.1).shifts(5, 3, np.random.default_rng(0)).shape
    (5, 4, 3)
    """

    n_repeats: int = 4
    perturbation: float = 0.4

    def __post_init__(self) -> None:
        if self.n_repeats < 1 or not self.perturbation > 0:
            raise ConfigError(
                "SPSA needs a direction and a step.",
                expected="1 repeat or more, a perturbation above 0",
                got=f"{self.n_repeats} repeats, perturbation {self.perturbation:g}",
            )

    def shifts(self, n_cells: int, n_angles: int, random: np.random.Generator) -> Floats:
        """See `ShiftRule.shifts`; random directions, positive ones first."""
        signs = random.choice([-1.0, 1.0], (n_cells, self.n_repeats, n_angles))
        return self.perturbation * np.concatenate([signs, -signs], axis=1)

    def jacobian(self, shifts: Floats, features: Floats) -> Floats:
        """See `ShiftRule.jacobian`."""
        plus, minus = features[:, : self.n_repeats], features[:, self.n_repeats :]
        # All perturbations have the same size, so dividing by one is multiplying by its sign.
        direction = np.sign(shifts[:, : self.n_repeats])
        slope: Floats = np.einsum("crf,cra->cfa", plus - minus, direction)
        return slope / (2 * self.perturbation * self.n_repeats)
