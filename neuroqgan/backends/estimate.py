"""What a plan will take on a device: circuits, executions, errors and seconds, itemised."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.layout import TileLayout
from neuroqgan.backends.readers import read_twice
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from qiskit.transpiler import Target

    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.plan import Plan
    from neuroqgan.backends.tiles import Tile

# IBM's public figures: executions and seconds at which a job is refused or cut. Of the size of a
# job nothing is promised; this one has always passed.
MOST_EXECUTIONS = 10_000_000
MOST_SECONDS = 3 * 3600.0
MOST_BYTES = 50_000_000
SECONDS_A_JOB = 2.0
REP_DELAY = 250e-6


@dataclass(frozen=True)
class Estimate:
    """What a plan takes for a number of samples.

    Parameters
    ----------
    pages
        Circuits.
    qubits
        Qubits that the largest page measures.
    tiles
        Cells of the largest page.
    depth, two_qubit_gates
        Of the page with most of them.
    bit_error
        Expected probability that a measured bit is wrong, mean over all bits: its readout error,
        and half the errors of the gates on its qubit.
    worst_bit_error
        The same for the worst bit.
    parameter_sets
        Rows of angles, over all pages; one shot each.
    calibration_shots
        Executions that calibrate the readout, over all jobs.
    payload_bytes
        Of the angles as they travel, eight bytes each.
    jobs
        Jobs after splitting at the service's limits.
    circuit_seconds
        Of one execution, mean over the pages, the measurement included.
    rep_delay
        Assumed seconds between two executions.
    seconds
        Estimated seconds of the quantum processor: two a job, and for every execution the delay
        and the circuit.
    """

    pages: int
    qubits: int
    tiles: int
    depth: int
    two_qubit_gates: int
    bit_error: float
    worst_bit_error: float
    parameter_sets: int
    calibration_shots: int
    payload_bytes: int
    jobs: int
    circuit_seconds: float
    rep_delay: float
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures in words: label and text."""
        circuit, delay = 1e6 * self.circuit_seconds, 1e6 * self.rep_delay
        qpu = (
            f"{self.seconds:.1f} s: {SECONDS_A_JOB:g} s a job, and {circuit + delay:.0f} us an "
            f"execution ({circuit:.1f} us circuit, {delay:.0f} us delay)"
        )
        calibration = (
            f", and {self.calibration_shots} to calibrate the readout"
            if self.calibration_shots
            else ""
        )
        return [
            ("Pages", f"{self.pages}, each {self.tiles} cell(s) a shot on {self.qubits} qubits"),
            ("Circuit", f"depth {self.depth}, {self.two_qubit_gates} two-qubit gates"),
            ("Bit errors", f"{self.bit_error:.1%} mean, {self.worst_bit_error:.1%} worst"),
            ("Executions", f"{self.parameter_sets} parameter sets of 1 shot{calibration}"),
            ("Payload", f"{self.payload_bytes / 1e6:.1f} MB of angles"),
            ("Jobs", f"{self.jobs}"),
            ("QPU time", qpu),
        ]


def estimate(
    plan: Plan,
    target: Target,
    n_samples: int,
    *,
    rep_delay: float = REP_DELAY,
    calibration: tuple[int, int] = (0, 0),
) -> Estimate:
    """Estimate what a plan takes on its device.

    Parameters
    ----------
    plan
        Made for the device.
    target
        Of the device.
    n_samples
        Samples of the raster.
    rep_delay
        Seconds between two executions.
    calibration
        Circuits that calibrate the readout in every job, and shots of each.

    Raises
    ------
    PlanError
        If the plan was made for an ideal simulator, which takes nothing.
    """
    circuits = [page.circuit for page in plan.pages if page.circuit is not None]
    if not circuits:
        raise PlanError(
            "An ideal simulator has no qubits to plan for.",
            expected="a device",
            got=plan.backend,
            hint="--backend fake_brisbane",
        )
    errors_of = Calibration.of(target)
    errors = np.concatenate(
        [_bit_errors(tile, target, errors_of) for page in plan.pages for tile in page.tiles]
    )
    seconds = float(np.mean([circuit.estimate_duration(target, unit="s") for circuit in circuits]))
    rows = n_samples * len(circuits)
    angles = 8 * n_samples * sum(circuit.num_parameters for circuit in circuits)
    extra = calibration[0] * calibration[1]
    # A sample is not divided between two jobs.
    room = min(
        (MOST_EXECUTIONS - extra) / len(circuits),
        (MOST_SECONDS / (rep_delay + seconds) - extra) / len(circuits),
        MOST_BYTES * n_samples / max(angles, 1),
    )
    jobs = -(-n_samples // max(1, int(room)))
    work = (rows + jobs * extra) * (rep_delay + seconds)
    return Estimate(
        pages=len(circuits),
        qubits=max(page.n_bits for page in plan.pages),
        tiles=max(len(page.tiles) for page in plan.pages),
        depth=max(circuit.depth() for circuit in circuits),
        two_qubit_gates=max(circuit.num_nonlocal_gates() for circuit in circuits),
        bit_error=float(errors.mean()),
        worst_bit_error=float(errors.max()),
        parameter_sets=rows,
        calibration_shots=jobs * extra,
        payload_bytes=angles,
        jobs=jobs,
        circuit_seconds=seconds,
        rep_delay=rep_delay,
        seconds=SECONDS_A_JOB * jobs + work,
    )


def repetition_delay(options: JobOptions, backend: Any) -> float:
    """Return the seconds between two executions: as asked for, the device's own, or the usual.

    Parameters
    ----------
    options
        Of the job.
    backend
        The device.
    """
    asked = options.rep_delay
    own = getattr(backend, "default_rep_delay", None) if asked is None else asked
    return REP_DELAY if own is None else float(own)


def _bit_errors(tile: Tile, target: Target, calibration: Calibration) -> np.ndarray:
    """Return the expected error of every bin and neuron of a tile."""
    by_qubit = dict.fromkeys(tile.chain, 0.0)
    for instruction in tile.circuit.data:
        name = instruction.operation.name
        if name in {"measure", "barrier"}:
            continue
        qubits = tuple(tile.chain[tile.circuit.find_bit(q).index] for q in instruction.qubits)
        placed = target[name].get(qubits)
        for qubit in qubits:
            by_qubit[qubit] += (0.0 if placed is None else placed.error or 0.0) / 2
    errors = []
    for readers in TileLayout(tile.neurons, tile.bins, tile.measured_qubits).readers().values():
        first, *second = (tile.measured_qubits[bit] for bit in readers)
        readout = float(calibration.readout[first])
        for spare in second:
            readout = read_twice(readout, float(calibration.readout[spare]))
        errors.append(readout + by_qubit[first])
    return np.array(errors)
