"""What a plan takes on a device: circuits, executions, errors and seconds, itemised."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.bit_errors import bit_errors
from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.placement.mid_circuit import Timing, steps, timing
from neuroqgan.backends.placement.post_selection import pulses_per_flip, share_passed
from neuroqgan.backends.protocol import Limits, no_qubits

if TYPE_CHECKING:
    from qiskit.transpiler import Target

    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page, Tile
    from neuroqgan.backends.protocol import Backend

# What IBM charges for a job beside its executions, in seconds.
SECONDS_PER_JOB = 2.0
# The usual delay between two executions, in seconds.
REP_DELAY = 250e-6
# Beyond this fraction of a qubit's T1, late bins depend little on the spikes of early ones.
MAX_FRACTION_OF_T1 = 0.3


@dataclass(frozen=True)
class Estimate:
    """What a plan takes for a number of samples.

    Parameters
    ----------
    pages
        Number of circuits.
    qubits
        Qubits that the largest page measures.
    tiles
        Cell circuits on the largest page.
    depth, two_qubit_gates
        Of the page with the most.
    bit_error
        Expected probability that a measured bit is wrong, mean over all bits: its readout error
        plus half the errors of the gates on its qubit.
    worst_bit_error
        The same for the worst bit.
    parameter_sets
        Rows of angles over all pages.
    calibration_shots
        Executions that calibrate the readout, over all jobs.
    payload_bytes
        Size of the angles, eight bytes each.
    jobs
        Number of jobs after splitting at the service's limits.
    circuit_seconds
        Duration of one execution including measurements and resets, mean over the pages.
    t1, t2
        Shortest relaxation and dephasing time of the chosen qubits in seconds; None if the device
        reports none.
    kept_seconds
        Longest time within an execution for which a qubit has to keep its state, between resets.
    kept_of_t1
        Largest such time as a fraction of the qubit's T1.
    rep_delay
        Assumed delay between two executions in seconds.
    seconds
        Estimated seconds of the quantum processor: two per job, plus the delay and the circuit for
        every execution.
    shots
        Of every row of angles.
    share_kept
        Expected share of the samples that pass all checks of post-selection; 1 without them.
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
    t1: float | None = None
    t2: float | None = None
    kept_seconds: float = 0.0
    kept_of_t1: float = 0.0
    shots: int = 1
    share_kept: float = 1.0

    @property
    def executions(self) -> int:
        """Shots of all rows of angles, without those that calibrate the readout."""
        return self.parameter_sets * self.shots

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self) | {"executions": self.executions}

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures in words, each as a label and a text."""
        circuit, delay = 1e6 * self.circuit_seconds, 1e6 * self.rep_delay
        qpu = (
            f"{self.seconds:.1f} s: {SECONDS_PER_JOB:g} s per job, and {circuit + delay:.0f} us "
            f"per execution ({circuit:.1f} us circuit, {delay:.0f} us delay)"
        )
        calibration = (
            f", and {self.calibration_shots} to calibrate the readout"
            if self.calibration_shots
            else ""
        )
        return [
            ("Pages", f"{self.pages}, with {self.tiles} cell circuit(s) on {self.qubits} qubits"),
            ("Circuit", f"depth {self.depth}, {self.two_qubit_gates} two-qubit gates"),
            ("Bit errors", f"{self.bit_error:.1%} mean, {self.worst_bit_error:.1%} worst"),
            *self._coherence(),
            ("Executions", f"{self._executions()}{calibration}"),
            *self._kept(),
            ("Payload", f"{self.payload_bytes / 1e6:.1f} MB of angles"),
            ("Jobs", f"{self.jobs}"),
            ("QPU time", qpu),
        ]

    def _kept(self) -> list[tuple[str, str]]:
        if self.share_kept == 1:
            return []
        more = 1 / max(self.share_kept, 1e-6)
        text = (
            f"about {self.share_kept:.1%} of the samples pass their checks, the others are "
            f"dropped: order {more:.3g} times as many as you need"
        )
        return [("Kept", text)]

    def _executions(self) -> str:
        sets = f"{self.parameter_sets} parameter set{'' if self.parameter_sets == 1 else 's'}"
        return f"{sets} of {self.shots} shot{'' if self.shots == 1 else 's'}"

    def _coherence(self) -> list[tuple[str, str]]:
        if self.t1 is None:
            return []
        dephasing = "" if self.t2 is None else f", T2 {1e6 * self.t2:.0f} us"
        text = (
            f"one shot lasts {1e6 * self.circuit_seconds:.1f} us; shortest T1 of the chosen qubits "
            f"{1e6 * self.t1:.0f} us{dephasing}"
        )
        if self.kept_of_t1 <= MAX_FRACTION_OF_T1:
            return [("Coherence", text)]
        warning = (
            f"a qubit has to keep its state for {1e6 * self.kept_seconds:.1f} us, "
            f"{self.kept_of_t1:.0%} of its T1, and loses much of it (above "
            f"{MAX_FRACTION_OF_T1:.0%}): use fewer bins, `tiles = 1` for the best qubits, or a "
            "smaller generator"
        )
        return [("Coherence", text), ("Warning", warning)]


def estimate(
    plan: Plan,
    target: Target,
    n_rows: int,
    *,
    rep_delay: float = REP_DELAY,
    limits: Limits = Limits(),
    calibration: tuple[int, int] = (0, 0),
    shots: int = 1,
) -> Estimate:
    """Estimate what a plan takes on its device.

    Parameters
    ----------
    plan
        Made for the device.
    target
        Of the device.
    n_rows
        Rows of angles of every page.
    rep_delay
        Delay between two executions in seconds.
    limits
        Of the device, at which a request is split into jobs.
    calibration
        Circuits that calibrate the readout in every job, and rows of each.
    shots
        Of every row. If a job cannot have as many, its rows are split.

    Returns
    -------
    Estimate
        Of all jobs together.

    Raises
    ------
    PlanError
        If the plan was made for an ideal simulator.
    """
    circuits = [page.circuit for page in plan.pages if page.circuit is not None]
    if not circuits:
        raise no_qubits(plan.backend)
    errors_of = Calibration.of(target)
    tiles = [tile for page in plan.pages for tile in page.tiles]
    # Cells on paths with the same gates share a circuit, and a cell may appear on many pages.
    walked = {id(tile.circuit): tile.circuit for tile in tiles}
    walks = {name: steps(circuit) for name, circuit in walked.items()}
    distinct = {_place(tile): tile for tile in tiles}
    bits = {
        place: bit_errors(tile, walks[place[0]], target, errors_of)
        for place, tile in distinct.items()
    }
    errors = np.concatenate([bits[_place(tile)] for tile in tiles])
    chosen = sorted({qubit for tile in tiles for qubit in tile.qubits})
    kept = np.zeros(errors_of.n_qubits)
    timings = {
        place: timing(tile.circuit, tile.qubits, target, walks[place[0]])
        for place, tile in distinct.items()
    }
    for place, tile in distinct.items():
        qubits = list(tile.qubits)
        kept[qubits] = np.maximum(kept[qubits], timings[place].kept)
    n_joins = {name: circuit.num_nonlocal_gates() for name, circuit in walked.items()}
    seconds = float(np.mean([_page_seconds(page, timings, target) for page in plan.pages]))
    extra = calibration[0] * calibration[1] * shots
    executions = min(limits.max_executions, limits.max_seconds / (rep_delay + seconds)) - extra
    most_shots = max(1, int(executions / len(circuits)))
    n_pieces = -(-shots // most_shots)
    n_rows, shots = n_rows * n_pieces, -(-shots // n_pieces)
    rows = n_rows * len(circuits)
    angles = 8 * n_rows * sum(circuit.num_parameters for circuit in circuits)
    # A row is not divided between two jobs.
    room = min(most_shots / shots, limits.max_payload_bytes * n_rows / max(angles, 1))
    jobs = -(-n_rows // max(1, int(room)))
    work = (rows * shots + jobs * extra) * (rep_delay + seconds)
    return Estimate(
        pages=len(circuits),
        qubits=max(len(set(page.layout.qubits)) for page in plan.pages),
        tiles=max(len(page.tiles) for page in plan.pages),
        depth=max(map(_depth, plan.pages)),
        two_qubit_gates=max(
            sum(n_joins[id(tile.circuit)] for tile in page.tiles) for page in plan.pages
        ),
        bit_error=float(errors.mean()),
        worst_bit_error=float(errors.max()),
        parameter_sets=rows,
        calibration_shots=jobs * extra,
        payload_bytes=angles,
        jobs=jobs,
        circuit_seconds=seconds,
        rep_delay=rep_delay,
        seconds=SECONDS_PER_JOB * jobs + work,
        t1=_shortest(errors_of.t1[chosen]),
        t2=_shortest(errors_of.t2[chosen]),
        kept_seconds=float(kept.max()),
        kept_of_t1=float((kept / errors_of.t1).max()),
        shots=shots,
        share_kept=_share_kept(plan, target, errors_of),
    )


def _share_kept(plan: Plan, target: Target, errors_of: Calibration) -> float:
    pulses = {page.checks.pulse for page in plan.pages if page.checks is not None}
    if not pulses:
        return 1.0
    (pulse,) = pulses
    placed = target[pulse] or {}
    errors = [placed.get((qubit,)) for qubit in range(errors_of.n_qubits)]
    n_pulses = pulses_per_flip(pulse)
    by_pulse = np.array([0.0 if one is None else n_pulses * (one.error or 0.0) for one in errors])
    return share_passed(plan, errors_of.readout, by_pulse)


def _place(tile: Tile) -> tuple[int, tuple[int, ...]]:
    return id(tile.circuit), tile.qubits


def _depth(page: Page) -> int:
    if all(tile.is_mid_circuit for tile in page.tiles):
        # The tiles do not depend on each other, and walking through the page would take long.
        circuits = {id(tile.circuit): tile.circuit for tile in page.tiles}
        return max(int(circuit.depth()) for circuit in circuits.values())
    return 0 if page.circuit is None else int(page.circuit.depth())


def _page_seconds(
    page: Page, timings: dict[tuple[int, tuple[int, ...]], Timing], target: Target
) -> float:
    if all(tile.is_mid_circuit for tile in page.tiles):
        return max(timings[_place(tile)].seconds for tile in page.tiles)
    return 0.0 if page.circuit is None else float(page.circuit.estimate_duration(target, unit="s"))


def _shortest(times: np.ndarray) -> float | None:
    return float(times.min()) if np.isfinite(times).any() else None


def repetition_delay(options: JobOptions, backend: Backend) -> float:
    """Return the delay between two executions in seconds.

    It is the one asked for, otherwise the device's default, otherwise the usual one.

    Parameters
    ----------
    options
        Of the job.
    backend
        The device.

    Examples
    --------
    >>> from neuroqgan.backends.options import JobOptions
    >>> from neuroqgan.backends.registry import resolve
    >>> repetition_delay(JobOptions(), resolve("fake_nairobi"))
    0.00025
    """
    if options.rep_delay is not None:
        return options.rep_delay
    return REP_DELAY if backend.default_rep_delay is None else backend.default_rep_delay
