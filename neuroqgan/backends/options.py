"""What can be asked of a device and of its jobs, beyond the cells."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from neuroqgan import checks
from neuroqgan.errors import ConfigError

Decoupling = Literal["XX", "XpXm", "XY4"]
Twirling = Literal["none", "gates", "measure", "both"]
Mitigation = Literal["none", "readout"]


@dataclass(frozen=True)
class Placement:
    """How cells are placed on a device.

    Parameters
    ----------
    max_tiles
        Most tiles a page, or None for as many as fit; fewer tiles choose better qubits and take
        more pages.
    redundant_readout
        Most qubits a cell that no cell needs and that read a neighbour a second time: a spike
        then counts where both read 1. False spikes become rarer, and true ones a little as well.

    Raises
    ------
    ConfigError
        If a number is out of its range.
    """

    max_tiles: int | None = None
    redundant_readout: int = 0

    def __post_init__(self) -> None:
        checks.whole("redundant_readout", self.redundant_readout, 0)
        if self.max_tiles is not None:
            checks.whole("max_tiles", self.max_tiles, 1)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields under the names that enter the hash of a request.

        A request of an earlier version is only found again if its names stay what they were.
        """
        return {"max_tiles": self.max_tiles, "second_readers": self.redundant_readout}


@dataclass(frozen=True)
class JobOptions:
    """Options of a sampler job.

    Parameters
    ----------
    mitigate
        ``readout``: circuits that calibrate the readout ride in the same job.
    dynamical_decoupling
        Pulses on idle qubits, or None.
    twirling
        Random equivalent circuits, one an execution, so that the number of shots stays exact:
        around two-qubit ``gates``, the ``measure``, ``both``, or ``none``.
    fractional_gates
        Rotations as single pulses, on devices that have them.
    rep_delay
        Seconds between two executions, or None for the device's own.
    max_execution_time
        Seconds of the quantum processor after which the service stops the job, or None.
    private
        Whether the service may show the result once only and keeps no circuits.

    Raises
    ------
    ConfigError
        If two of them exclude each other, or one has a value that it cannot have.
    """

    mitigate: Mitigation = "none"
    dynamical_decoupling: Decoupling | None = None
    twirling: Twirling = "none"
    fractional_gates: bool = False
    rep_delay: float | None = None
    max_execution_time: int | None = None
    private: bool = False

    def __post_init__(self) -> None:
        checks.choice("mitigate", self.mitigate, get_args(Mitigation))
        checks.choice(
            "dynamical_decoupling", self.dynamical_decoupling, (*get_args(Decoupling), None)
        )
        checks.choice("twirling", self.twirling, get_args(Twirling))
        checks.flag("fractional_gates", self.fractional_gates)
        checks.flag("private", self.private)
        if self.rep_delay is not None:
            checks.number("rep_delay", self.rep_delay, least=0)
        if self.max_execution_time is not None:
            checks.whole("max_execution_time", self.max_execution_time, 0)
        if self.fractional_gates and self.twirl_gates:
            raise ConfigError(
                "Fractional gates cannot be twirled.",
                expected="--fractional-gates or --twirling gates",
                got="both",
                hint="--twirling measure beside --fractional-gates",
            )

    @property
    def twirl_gates(self) -> bool:
        """Whether two-qubit gates are twirled."""
        return self.twirling in {"gates", "both"}

    @property
    def twirl_measure(self) -> bool:
        """Whether the measurement is twirled."""
        return self.twirling in {"measure", "both"}

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> JobOptions:
        """Read what `to_dict` wrote; fields that came later have their defaults."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in known})
