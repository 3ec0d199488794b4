"""What can be asked of a device and its jobs, beyond the cell circuits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from neuroqgan import checks
from neuroqgan.backends.qubit_lists import qubit_numbers, qubit_text
from neuroqgan.errors import ConfigError

Decoupling = Literal["XX", "XpXm", "XY4"]
Twirling = Literal["none", "gates", "measure", "both"]
Mitigation = Literal["none", "readout"]
PostSelection = Literal["none", "node", "edge"]


@dataclass(frozen=True)
class Placement:
    """How cell circuits are placed on a device.

    Parameters
    ----------
    max_tiles
        Maximum number of cell circuits side by side on a page, or None for as many as fit. Fewer
        tiles use better qubits and take more pages.
    redundant_readout
        Maximum number of spare qubits per cell circuit that repeat the readout of a neighbour: a
        spike then counts only if both read 1. False spikes become rarer, and true spikes slightly
        rarer as well.
    qubits
        The only qubits that may be used, such as ``3,4,10-20``; None for all of the device.
    avoid_qubits
        Qubits that must not be used, written in the same way; None for none.

    Raises
    ------
    ConfigError
        If a number is out of range, a list cannot be read, or a qubit is in both lists.

    Examples
    --------
    >>> Placement(max_tiles=1)
    Placement(max_tiles=1, redundant_readout=0, qubits=None, avoid_qubits=None)
    >>> Placement(qubits="5,3,4,7").qubits
    '3-5,7'
    """

    max_tiles: int | None = None
    redundant_readout: int = 0
    qubits: str | None = None
    avoid_qubits: str | None = None

    def __post_init__(self) -> None:
        checks.whole("redundant_readout", self.redundant_readout, 0)
        if self.max_tiles is not None:
            checks.whole("max_tiles", self.max_tiles, 1)
        lists = {
            name: qubit_numbers(text, name)
            for name in ("qubits", "avoid_qubits")
            if (text := getattr(self, name)) is not None
        }
        for name, numbers in lists.items():
            # Lists of the same qubits are the same request, however they are written.
            object.__setattr__(self, name, qubit_text(numbers))
        both = set(lists.get("qubits", ())) & set(lists.get("avoid_qubits", ()))
        if both:
            raise ConfigError(
                "A qubit cannot be both used and avoided.",
                expected="two lists without a common qubit",
                got=f"{qubit_text(both)} in both",
                hint=f"leave {qubit_text(both)} out of `qubits` or of `avoid_qubits`",
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields under the names that enter the hash of a request.

        A request of an earlier version is only found again if its names stay what they were.
        """
        found = {"max_tiles": self.max_tiles, "second_readers": self.redundant_readout}
        return found | self.chosen_qubits

    @property
    def chosen_qubits(self) -> dict[str, str]:
        """The lists of qubits that were given, by the name of their field."""
        lists = {"qubits": self.qubits, "avoid_qubits": self.avoid_qubits}
        return {name: text for name, text in lists.items() if text is not None}


@dataclass(frozen=True)
class JobOptions:
    """Options of a sampler job.

    Parameters
    ----------
    mitigate
        ``readout`` adds circuits that calibrate the readout to the same job.
    dynamical_decoupling
        Sequence of pulses on idle qubits, or None.
    twirling
        Random equivalent circuits, up to 32 per row of angles, with equal numbers of shots: around
        two-qubit ``gates``, the ``measure`` instructions, ``both``, or ``none``.
    fractional_gates
        Whether rotations are single pulses, on devices that have them.
    rep_delay
        Delay between two executions in seconds, or None for the device's default.
    max_execution_time
        Seconds of the quantum processor after which the service stops the job, or None.
    private
        Whether the service gives the result only once and keeps no circuits.
    postselect
        Whether a second measurement checks every bit, and samples that fail are dropped: those in
        which any qubit of a cell circuit fails (``node``), or two neighbours (``edge``).

    Raises
    ------
    ConfigError
        If two of them exclude each other, or one has an impossible value.

    Examples
    --------
    >>> JobOptions(twirling="both").twirl_measure
    True
    """

    mitigate: Mitigation = "none"
    dynamical_decoupling: Decoupling | None = None
    twirling: Twirling = "none"
    fractional_gates: bool = False
    rep_delay: float | None = None
    max_execution_time: int | None = None
    private: bool = False
    postselect: PostSelection = "none"

    def __post_init__(self) -> None:
        checks.choice("mitigate", self.mitigate, get_args(Mitigation))
        checks.choice(
            "dynamical_decoupling", self.dynamical_decoupling, (*get_args(Decoupling), None)
        )
        checks.choice("twirling", self.twirling, get_args(Twirling))
        checks.choice("postselect", self.postselect, get_args(PostSelection))
        checks.flag("fractional_gates", self.fractional_gates)
        checks.flag("private", self.private)
        if self.rep_delay is not None:
            checks.number("rep_delay", self.rep_delay, least=0)
        if self.max_execution_time is not None:
            checks.whole("max_execution_time", self.max_execution_time, 0)
        if self.postselect != "none":
            self._check_postselect()
        if self.fractional_gates and self.twirl_gates:
            raise ConfigError(
                "Fractional gates cannot be twirled.",
                expected="either fractional gates or twirling of gates",
                got=f"fractional gates and twirling of {self.twirling}",
                hint="`twirling = measure`, or leave `fractional_gates` out",
            )

    def _check_postselect(self) -> None:
        if self.mitigate == "readout":
            raise ConfigError(
                "Post-selection and readout correction exclude each other: samples with wrong bits "
                "are dropped, so those that are left have fewer than the calibration says.",
                expected="either post-selection or readout correction",
                got=f"postselect = {self.postselect}, mitigate = {self.mitigate}",
                hint="leave `mitigate` out, or `postselect`",
            )
        if self.twirling != "none":
            raise ConfigError(
                "Post-selected circuits cannot be twirled: they measure every qubit twice.",
                expected="either post-selection or twirling",
                got=f"postselect = {self.postselect}, twirling = {self.twirling}",
                hint="leave `twirling` out, or `postselect`",
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
