"""What a plan takes on a device: circuits, executions, errors and seconds, itemised."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.job_limits.compatibility import check_compatible
from neuroqgan.backends.job_limits.job_use import LimitUse, check_circuits, check_row, costs
from neuroqgan.backends.job_limits.travelling_size import travelling_bytes
from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.plan_figures import plan_figures
from neuroqgan.backends.protocol import Limits, no_qubits
from neuroqgan.backends.twirling import randomizations
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit.transpiler import Target

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page
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
        Size of the requests that submit the jobs, all together: circuits and angles as they are
        sent.
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
        Estimated seconds of the quantum processor: two per job, plus the delay, the initialisation
        and the circuit for every execution.
    shots
        Of every row of angles.
    initialisation_seconds
        Duration of the reset at the beginning of an execution; 0 if the device has none.
    limits
        What the fullest job uses of every limit of the service, the fullest limit first.
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
    initialisation_seconds: float = 0.0
    limits: tuple[LimitUse, ...] = ()
    share_kept: float = 1.0

    @property
    def executions(self) -> int:
        """Shots of all rows of angles, without those that calibrate the readout."""
        return self.parameter_sets * self.shots

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        limits = [asdict(use) for use in self.limits]
        return asdict(self) | {"limits": limits, "executions": self.executions}

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures in words, each as a label and a text."""
        circuit, delay = 1e6 * self.circuit_seconds, 1e6 * self.rep_delay
        reset = 1e6 * self.initialisation_seconds
        initialised = f"{reset:.1f} us initialisation, " if reset else ""
        qpu = (
            f"{self.seconds:.1f} s: {SECONDS_PER_JOB:g} s per job, and "
            f"{circuit + reset + delay:.0f} us per execution ({circuit:.1f} us circuit, "
            f"{initialised}{delay:.0f} us delay)"
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
            ("Payload", f"{self.payload_bytes / 1e6:.2g} MB of circuits and angles"),
            ("Jobs", f"{self.jobs}"),
            *self._limits(),
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

    def _limits(self) -> list[tuple[str, str]]:
        if not self.limits:
            return []
        used = ", ".join(f"{use.name} {_percent(use.share)}" for use in self.limits if use.used)
        which = "the fullest job uses " if self.jobs > 1 else ""
        return [("Limits", f"{which}{used} of what a job may take")]

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
    calibration: tuple[Sequence[Page], int] = ((), 0),
    shots: int = 1,
    options: JobOptions = JobOptions(),
    angles: Sequence[NDArray[np.float64]] | None = None,
    enforce: bool = True,
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
        Pages that calibrate the readout in every job, and rows of each.
    shots
        Of every row. If a job cannot have as many, its rows are split.
    options
        Of the jobs: dynamical decoupling and twirling add gates.
    angles
        Angles of every page, ``(n_rows, n_angles)``, or some of the rows, from which follows how
        well they can be compressed; None if they are not known yet.
    enforce
        Whether to refuse what a job has no room for.

    Returns
    -------
    Estimate
        Of all jobs together.

    Raises
    ------
    PlanError
        If the plan was made for an ideal simulator, its circuits cannot be run with the options, a
        circuit has more gates than the service takes, or a job has no room for a single row.
    """
    from neuroqgan.backends.ibm.sent_program import bytes_per_row
    from neuroqgan.backends.job_limits.page_use import use_of_pages

    circuits = [page.circuit for page in plan.pages if page.circuit is not None]
    if not circuits:
        raise no_qubits(plan.backend)
    cells = {id(tile.circuit): tile.circuit for page in plan.pages for tile in page.tiles}
    try:
        check_compatible(cells.values(), options)
    except PlanError:
        if enforce:
            raise
        # A simulator leaves them out.
        options = replace(options, twirling="none", dynamical_decoupling=None)
    figures = plan_figures(plan, target)
    calibration_pages, calibration_rows = calibration
    used = use_of_pages((*plan.pages, *calibration_pages), target, options, shots=shots)
    uses, calibration_uses = used.circuits[: len(circuits)], used.circuits[len(circuits) :]
    seconds = figures.circuit_seconds + float(np.mean([use.added_seconds for use in uses]))
    whole = rep_delay + figures.initialisation_seconds + seconds
    extra = calibration_rows * len(calibration_pages) * shots
    executions = min(limits.max_executions, limits.max_seconds / whole) - extra
    most_shots = max(1, int(executions / len(circuits)))
    n_pieces = -(-shots // most_shots)
    n_rows, shots = n_rows * n_pieces, -(-shots // n_pieces)
    rows = n_rows * len(circuits)
    # Of a private job, nothing travels beside it.
    n_bytes = used.n_bytes
    n_bytes += 0 if options.private else travelling_bytes(plan, calibration_pages)
    widths = [circuit.num_parameters for circuit in circuits]
    row_bytes = sum(
        bytes_per_row(None if angles is None else angles[i], width)
        for i, width in enumerate(widths)
    )
    extra = calibration_rows * len(calibration_pages) * shots
    found = costs(
        uses,
        calibration_uses,
        limits,
        seconds=whole,
        calibration_rows=calibration_rows,
        shots=shots,
        circuits_per_row=1 if options.twirling == "none" else randomizations(shots),
        n_bytes=n_bytes - round(sum(bytes_per_row(None, width) for width in widths)),
        bytes_per_row=row_bytes,
    )
    if enforce:
        check_circuits(uses, limits, plan.backend)
        check_row(found, plan.backend)
    # A row is not divided between two jobs.
    jobs = -(-n_rows // max(1, found.most_rows))
    work = (rows * shots + jobs * extra) * whole
    return Estimate(
        **asdict(replace(figures, circuit_seconds=seconds)),
        pages=len(circuits),
        parameter_sets=rows,
        calibration_shots=jobs * extra,
        payload_bytes=round(jobs * found.once["payload"] + n_rows * row_bytes),
        jobs=jobs,
        rep_delay=rep_delay,
        seconds=SECONDS_PER_JOB * jobs + work,
        shots=shots,
        limits=found.uses(-(-n_rows // jobs)),
    )


def _percent(share: float) -> str:
    return "<0.1%" if share < 0.001 else f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


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
