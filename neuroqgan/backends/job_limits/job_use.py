"""How much of every limit a job uses, and how many rows of angles a job can have at most."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.job_limits.broadcasts import broadcast_share
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.backends.job_limits.page_use import CircuitUse
    from neuroqgan.backends.protocol import Limits


@dataclass(frozen=True)
class LimitUse:
    """How much of a limit the fullest job of a plan uses.

    Parameters
    ----------
    name
        What is limited.
    used, limit
        What the job uses, and what the service allows.
    unit
        Of both.
    """

    name: str
    used: float
    limit: float
    unit: str

    @property
    def share(self) -> float:
        """Used part of the limit; above 1 if a job cannot keep it."""
        return self.used / self.limit

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Costs:
    """What a job uses: once, and for every row of angles of its pages.

    Parameters
    ----------
    once, per_row
        By name of the limit.
    limits
        Name, limit and unit of each.
    """

    once: dict[str, float]
    per_row: dict[str, float]
    limits: dict[str, tuple[float, str]]

    def uses(self, n_rows: int) -> tuple[LimitUse, ...]:
        """Return what a job with so many rows uses of every limit, the fullest first."""
        found = [
            LimitUse(name, self.once[name] + n_rows * self.per_row[name], limit, unit)
            for name, (limit, unit) in self.limits.items()
        ]
        return tuple(sorted(found, key=lambda use: -use.share))

    @property
    def most_rows(self) -> int:
        """Rows that a job can have at most; 0 if not even one."""
        if any(self.once[name] > limit for name, (limit, _) in self.limits.items()):
            return 0
        room = [
            (limit - self.once[name]) / self.per_row[name]
            for name, (limit, _) in self.limits.items()
            if self.per_row[name] > 0
        ]
        # A rounding error must not cost a row.
        return max(0, floor(min(room) * (1 + 1e-12)))


def costs(
    pages: Sequence[CircuitUse],
    calibration: Sequence[CircuitUse],
    limits: Limits,
    *,
    seconds: float,
    calibration_rows: int,
    shots: int,
    circuits_per_row: int,
    n_bytes: int,
    bytes_per_row: float,
) -> Costs:
    """Return what a job uses of the limits of its service.

    Parameters
    ----------
    pages, calibration
        What the circuits of a plan use, and those that calibrate the readout.
    limits
        Of the device.
    seconds
        Of an execution, with the delay after it.
    calibration_rows
        Of every circuit that calibrates the readout.
    shots
        Of every row.
    circuits_per_row
        Random equivalent circuits of every row, 1 without twirling.
    n_bytes, bytes_per_row
        Of the request without angles, and of a row of the pages.
    """
    rows = circuits_per_row
    extra = calibration_rows * len(calibration) * shots
    fixed = calibration_rows * rows * sum(use.instructions for use in calibration)
    growing = rows * sum((use.instructions for use in pages), np.zeros(1, np.int64))
    # The qubit on which a job has the least room; calibrations are the same on all of them.
    room = (limits.max_instructions - np.broadcast_to(fixed, growing.shape)) / np.maximum(
        growing, 1
    )
    qubit = int(np.argmin(room))
    share = rows * sum(broadcast_share(use.broadcasts, limits) for use in pages)
    once = {
        "executions": extra,
        "instructions": float(np.broadcast_to(fixed, growing.shape)[qubit]),
        "broadcasts": 0.0,
        "QPU time": extra * seconds,
        "payload": float(n_bytes),
    }
    per_row = {
        "executions": len(pages) * shots,
        "instructions": float(growing[qubit]),
        "broadcasts": share * limits.max_broadcasts,
        "QPU time": len(pages) * shots * seconds,
        "payload": bytes_per_row,
    }
    return Costs(
        once,
        per_row,
        {
            "executions": (limits.max_executions, "executions"),
            "instructions": (limits.max_instructions, "instructions per qubit"),
            "broadcasts": (limits.max_broadcasts, "broadcasts of one bit"),
            "QPU time": (limits.max_seconds, "s"),
            "payload": (limits.max_payload_bytes, "bytes"),
        },
    )


def check_circuits(pages: Sequence[CircuitUse], limits: Limits, backend: str) -> None:
    """Check that no circuit has more gates than a service takes.

    Raises
    ------
    PlanError
        If one has.
    """
    most = [
        ("two-qubit gates", limits.max_two_qubit_gates, [use.two_qubit_gates for use in pages]),
        ("rz gates", limits.max_rz_gates, [use.gates["rz"] for use in pages]),
        ("sx gates", limits.max_sx_gates, [use.gates["sx"] for use in pages]),
    ]
    for name, limit, found in most:
        if max(found) > limit:
            raise PlanError(
                f"A circuit has more {name} than {backend} takes.",
                expected=f"{limit:,} {name} or fewer",
                got=f"{max(found):,}",
                hint=HINT,
            )


def check_row(found: Costs, backend: str) -> None:
    """Check that a job has room for one row of angles.

    Raises
    ------
    PlanError
        If it has not.
    """
    if found.most_rows:
        return
    use = next(use for use in found.uses(1) if use.share > 1)
    raise PlanError(
        f"A single row of angles is too much for a job of {backend}.",
        expected=f"{use.limit:,.0f} {use.unit} per job",
        got=f"{ceil(use.used):,} {use.unit}",
        hint=HINT,
    )


HINT = (
    "fewer bins per job (`bins_per_job`), fewer copies side by side (`tiles = 1`), or a smaller "
    "generator"
)
