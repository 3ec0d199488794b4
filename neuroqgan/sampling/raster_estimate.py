"""What a raster takes on a quantum device: all of its requests together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.estimate import Estimate, estimate, repetition_delay
from neuroqgan.backends.placement.chip import Chip
from neuroqgan.backends.placement.embedding import fits
from neuroqgan.backends.protocol import device_target
from neuroqgan.backends.readout import calibration_pages
from neuroqgan.jobs.payload import calibration_rows
from neuroqgan.notebooks.card import card
from neuroqgan.sampling.order import check_bins_per_job
from neuroqgan.sampling.plans import plan_circuits, rows_and_shots

if TYPE_CHECKING:
    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.source import RasterSource


@dataclass(frozen=True)
class RasterEstimate:
    """What a raster takes on a quantum device.

    Parameters
    ----------
    total
        Jobs, executions and seconds of all requests together; circuits of one request.
    n_requests
        Requests, each of which waits for the one before; 1 if all bins are independent.
    samples_per_shot
        Samples that lie side by side in one shot; 1 if bins do.
    bins_per_job
        Time bins measured by one job, if a raster takes several requests.
    alternatives
        All that were planned, this one included, if there is a choice of bins per job.
    reason
        Why this one was chosen.
    chip
        The device, and the qubits that are used at the same time; for notebooks.
    """

    total: Estimate
    n_requests: int = 1
    samples_per_shot: int = 1
    bins_per_job: int = 1
    alternatives: tuple[RasterEstimate, ...] = ()
    reason: str = ""
    chip: Chip | None = field(default=None, compare=False, repr=False)

    @property
    def seconds(self) -> float:
        """Estimated seconds of the quantum processor."""
        return self.total.seconds

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        figures = self.total.to_dict() | {
            "n_requests": self.n_requests,
            "samples_a_shot": self.samples_per_shot,
        }
        if not self.alternatives:
            return figures
        ways = [one.to_dict() | {"bins_per_job": one.bins_per_job} for one in self.alternatives]
        return figures | {"bins_per_job": self.bins_per_job, "ways": ways, "reason": self.reason}

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures in words: label and text."""
        lines = self.total.lines()
        if self.alternatives:
            options = [
                ("Options" if i == 0 else "", one._option())
                for i, one in enumerate(self.alternatives)
            ]
            return [*options, ("Chosen", f"{_per_job(self.bins_per_job)}: {self.reason}"), *lines]
        if self.n_requests == 1:
            if self.samples_per_shot == 1:
                return lines
            return [("Samples", f"{self.samples_per_shot} side by side in one shot"), *lines]
        requests = (
            f"{self.n_requests}, one per bin, because each bin depends on the spikes before it; "
            f"{_number(self.samples_per_shot, 'sample')} per shot"
        )
        return [("Requests", requests), *lines]

    def __str__(self) -> str:
        """Return the figures as lines of text."""
        return "\n".join(f"{label:<12}{text}" for label, text in self.lines())

    def __repr__(self) -> str:
        """Return the figures that matter most."""
        return (
            f"RasterEstimate({self.seconds:.1f} s of QPU, {_number(self.total.jobs, 'job')}, "
            f"bit errors {self.total.bit_error:.1%})"
        )

    def _repr_html_(self) -> str:
        # A line without a label goes on with the one before.
        rows: dict[str, str] = {}
        for label, text in self.lines():
            name = label or list(rows)[-1]
            rows[name] = f"{rows[name]}; {text}" if name in rows else text
        if self.chip is None:
            return card("RasterEstimate", rows)
        n_used = sum(map(len, self.chip.tiles))
        return card(
            "RasterEstimate",
            rows,
            picture=self.chip.picture(),
            caption=f"{n_used} of {self.chip.n_qubits} qubits are used at the same time",
        )

    def _option(self) -> str:
        total = self.total
        return (
            f"{_per_job(self.bins_per_job)}: {_number(self.n_requests, 'request')}, "
            f"{_number(self.samples_per_shot, 'sample')} per shot, {_number(total.jobs, 'job')}, "
            f"{total.executions} executions, {total.seconds:.1f} s of QPU, bit errors "
            f"{total.bit_error:.1%}"
        )


def estimate_raster(source: RasterSource, order: RasterOrder, backend: Backend) -> RasterEstimate:
    """Plan a generator's circuits on a quantum device and estimate what its samples take.

    If several bins fit into one circuit and nothing is chosen, one bin per job and as many as
    possible are compared, and the faster one is taken.

    Parameters
    ----------
    source
        The generator; see `neuroqgan.sampling.plans.plan_circuits` for its weights.
    order
        Which raster.
    backend
        A backend with qubits.

    Raises
    ------
    ConfigError
        If no circuit of the generator measures so many bins.
    PlanError
        If the circuits do not fit, or the backend is an ideal simulator.
    """
    device_target(backend)
    check_bins_per_job(source, order)
    most = source.bins_at_once
    if most is None:
        return _estimate(source, order, backend, order.n_bins_of(source))
    if most == 1:
        return _estimate(source, order, backend, 1)
    return _fastest(source, order, backend)


def longest_circuit(source: RasterSource, backend: Backend, n_bins: int) -> int:
    """Return the most time bins whose circuit fits on a quantum device, 1 if no more do.

    Parameters
    ----------
    source
        The generator.
    backend
        A backend with qubits.
    n_bins
        Time bins of the raster.
    """
    calibration = Calibration.of(device_target(backend))
    n_qubits = int(calibration.usable.sum())
    low, high = 1, min(n_bins, source.bins_at_once or 1, n_qubits // source.qubits_needed(1))
    # Where a circuit fits, so does every shorter one.
    while low < high:
        middle = (low + high + 1) // 2
        largest, *_ = source.circuits(middle)
        if fits(calibration, largest.circuit):
            low = middle
        else:
            high = middle - 1
    return low


def _fastest(source: RasterSource, order: RasterOrder, backend: Backend) -> RasterEstimate:
    """Compare one bin per job with as many as fit, unless something is chosen already."""
    if order.bins_per_job is not None:
        chosen = _estimate(source, order, backend, order.bins_per_job)
        return replace(chosen, alternatives=(chosen,), reason="as requested, or as it was begun")
    one = _estimate(source, order, backend, 1)
    n_bins = order.n_bins_of(source)
    repeats = bool(order.placement.redundant_readout)
    longest = 1 if repeats else longest_circuit(source, backend, n_bins)
    if longest == 1:
        why = (
            "redundant readout needs one bin per job"
            if repeats
            else "good qubits form no lattice for two bins"
        )
        return replace(one, alternatives=(one,), reason=why)
    # No more bins than so many jobs need: fewer wait, and more samples lie side by side.
    several = _estimate(source, order, backend, -(-n_bins // -(-n_bins // longest)))
    found = (one, several)
    best = min(found, key=lambda option: option.seconds)
    if best.bins_per_job > 1 and backend.simulates:
        why = (
            "the fastest to simulate; on the device itself "
            f"{_per_job(best.bins_per_job)} would be faster"
        )
        return replace(one, alternatives=found, reason=why)
    return replace(best, alternatives=found, reason="the fewest seconds")


def _estimate(
    source: RasterSource, order: RasterOrder, backend: Backend, n_bins: int
) -> RasterEstimate:
    plan = plan_circuits(source, backend, order.n_samples, order.placement, n_bins, order.options)
    rows = rows_and_shots(source, backend, order, plan)
    calibrates = order.options.mitigate == "readout"
    first = _estimate_plan(plan, backend, rows, order.options, calibrates=calibrates)
    n_later = -(-order.n_bins_of(source) // n_bins) - 1
    total = first
    if n_later:
        # The readout is calibrated once, with the first bins.
        later = _estimate_plan(plan, backend, rows, order.options, calibrates=False)
        total = replace(
            first,
            parameter_sets=first.parameter_sets + n_later * later.parameter_sets,
            payload_bytes=first.payload_bytes + n_later * later.payload_bytes,
            jobs=first.jobs + n_later * later.jobs,
            seconds=first.seconds + n_later * later.seconds,
            share_kept=first.share_kept ** (n_later + 1),
        )
    chip = Chip.of(plan, device_target(backend))
    return RasterEstimate(total, n_later + 1, plan.samples_per_shot, n_bins, chip=chip)


def _estimate_plan(
    plan: Plan, backend: Backend, rows: tuple[int, int], options: JobOptions, *, calibrates: bool
) -> Estimate:
    """Estimate what a plan takes, for so many rows of angles and shots of each."""
    n_rows, shots = rows
    target = device_target(backend)
    extra = len(calibration_pages(plan.pages, target.num_qubits)) if calibrates else 0
    return estimate(
        plan,
        target,
        n_rows,
        rep_delay=repetition_delay(options, backend),
        limits=backend.limits,
        calibration=(extra, calibration_rows(shots)),
        shots=shots,
    )


def _per_job(n_bins: int) -> str:
    return f"{_number(n_bins, 'bin')} per job"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
