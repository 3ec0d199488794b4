"""The delay between two executions: what a device allows, and what it takes unless asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MICROSECOND = 1e-6


@dataclass(frozen=True)
class RepetitionDelay:
    """Delays between two executions, in seconds.

    Parameters
    ----------
    default
        Unless another one is asked for; None if the device does not say.
    least, most
        Range of what may be asked for; None if the delay is fixed.

    Examples
    --------
    >>> RepetitionDelay(default=4e-3, least=1e-3, most=4e-3).check(2e-3, "ibm_miami")
    """

    default: float | None = None
    least: float | None = None
    most: float | None = None

    @classmethod
    def of(cls, configuration: Mapping[str, Any], *, unit: float = _MICROSECOND) -> RepetitionDelay:
        """Read the configuration of a device.

        Parameters
        ----------
        configuration
            As a service or a snapshot gives it.
        unit
            Seconds that its delays are counted in: microseconds in files and answers.
        """
        default = configuration.get("default_rep_delay")
        default = None if default is None else unit * float(default)
        limits = configuration.get("rep_delay_range")
        if not limits or not configuration.get("dynamic_reprate_enabled", True):
            return cls(default)
        least, most = (unit * float(limit) for limit in limits)
        return cls(default, least, most)

    def check(self, delay: float, backend: str) -> None:
        """Check that a device allows a delay.

        Parameters
        ----------
        delay
            In seconds.
        backend
            Its name.

        Raises
        ------
        ConfigError
            If it does not.
        """
        if self.least is None or self.most is None:
            raise ConfigError(
                f"{backend} has a fixed delay between executions.",
                expected="no delay of your own",
                got=f"{1e6 * delay:g} us",
                hint="leave `rep_delay` out",
            )
        # Ranges that were converted from microseconds carry rounding errors.
        if not self.least * (1 - 1e-9) <= delay <= self.most * (1 + 1e-9):
            nearest = min(max(delay, self.least), self.most)
            raise ConfigError(
                f"The delay between executions is outside the range of {backend}.",
                expected=f"{1e6 * self.least:g} to {1e6 * self.most:g} us",
                got=f"{1e6 * delay:g} us",
                hint=f"`rep_delay = {nearest:g}`, in seconds",
            )
