"""What a raster takes on a quantum device: all of its requests together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.estimate import Estimate, estimate, repetition_delay
from neuroqgan.backends.placement.chip import Chip
from neuroqgan.backends.placement.chip_picture import chip_picture
from neuroqgan.backends.protocol import device_target
from neuroqgan.backends.readout import calibration_pages
from neuroqgan.circuits.multi_bin import AUTO
from neuroqgan.errors import PlanError
from neuroqgan.escaping.printable import one_line
from neuroqgan.jobs.payload import calibration_rows
from neuroqgan.notebooks.card import card
from neuroqgan.sampling.circuit_lengths import (
    check_circuit,
    circuits_asked_for,
    longest_circuit,
    no_place,
)
from neuroqgan.sampling.order import check_bins_per_job
from neuroqgan.sampling.plans import plan_circuits, rows_and_shots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.source import RasterSource

_FEWEST = "the fewest seconds"
_AS_FEW = "hardly more than the fewest seconds, and the fewest bit errors"
# Seconds are an estimate: so much more of them are worth fewer errors.
_HARDLY_MORE = 1.1


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
    multi_bin_circuit
        How one circuit measures several bins; empty if a job measures one bin, or all of them
        independently.
    alternatives
        All that were planned, this one included, if there is a choice of bins per job.
    left_out
        Why other circuits of several bins were not planned.
    reason
        Why this one was chosen.
    chip
        The device, and the qubits that are used at the same time; for notebooks.
    """

    total: Estimate
    n_requests: int = 1
    samples_per_shot: int = 1
    bins_per_job: int = 1
    multi_bin_circuit: str = ""
    alternatives: tuple[RasterEstimate, ...] = ()
    left_out: tuple[str, ...] = ()
    reason: str = ""
    chip: Chip | None = field(default=None, compare=False, repr=False)

    @property
    def seconds(self) -> float:
        """Estimated seconds of the quantum processor."""
        return self.total.seconds

    @property
    def way(self) -> str:
        """How many bins a job measures, and in which circuit, in words."""
        circuit = f" ({self.multi_bin_circuit})" if self.multi_bin_circuit else ""
        return f"{_number(self.bins_per_job, 'bin')} per job{circuit}"

    def _chosen(self) -> dict[str, Any]:
        return {"bins_per_job": self.bins_per_job, "multi_bin_circuit": self.multi_bin_circuit}

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        figures = self.total.to_dict() | {
            "n_requests": self.n_requests,
            "samples_a_shot": self.samples_per_shot,
        }
        if not self.alternatives:
            return figures
        ways = [one.to_dict() | one._chosen() for one in self.alternatives]
        choice = {"ways": ways, "left_out": list(self.left_out), "reason": self.reason}
        return figures | self._chosen() | choice

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures in words: label and text."""
        lines = self.total.lines()
        if self.alternatives:
            options = [
                ("Options" if i == 0 else "", one._option())
                for i, one in enumerate(self.alternatives)
            ]
            others = [
                ("Left out" if i == 0 else "", reason) for i, reason in enumerate(self.left_out)
            ]
            return [*options, *others, ("Chosen", f"{self.way}: {self.reason}"), *lines]
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
        return "\n".join(f"{label:<12}{one_line(text)}" for label, text in self.lines())

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
        return card(
            "RasterEstimate",
            rows,
            picture=chip_picture(self.chip),
            caption=f"{self.chip.n_used} of {self.chip.n_qubits} qubits are used at the same time; "
            "neighbouring cell circuits have different colours",
        )

    def _option(self) -> str:
        total = self.total
        return (
            f"{self.way}: {_number(self.n_requests, 'request')}, "
            f"{_number(self.samples_per_shot, 'sample')} per shot, {_number(total.jobs, 'job')}, "
            f"{total.executions} executions, {total.seconds:.1f} s of QPU, bit errors "
            f"{total.bit_error:.1%}"
        )


def estimate_raster(source: RasterSource, order: RasterOrder, backend: Backend) -> RasterEstimate:
    """Plan a generator's circuits on a quantum device and estimate what its samples take.

    If several bins fit into one circuit and nothing is chosen, one bin per job and as many as
    possible in every such circuit are compared. The fastest is taken, or one with fewer bit errors
    that is about as fast.

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


def _fastest(source: RasterSource, order: RasterOrder, backend: Backend) -> RasterEstimate:
    """Compare one bin per job with as many as fit, unless something is chosen already."""
    if order.bins_per_job == 1:
        one = _estimate(source, order, backend, 1)
        return replace(one, alternatives=(one,), reason="as requested, or as it was begun")
    found, problems = _several(source, order, backend)
    is_asked = order.bins_per_job is not None or order.multi_bin_circuit != AUTO
    if is_asked:
        if not found:
            raise problems[0]
        best, reason = _best(found)
        if len(found) == 1:
            reason = "as requested, or as it was begun"
        return replace(best, alternatives=tuple(found), reason=reason)
    one = _estimate(source, order, backend, 1)
    alternatives = (one, *found)
    left_out = tuple(map(_problem, problems))
    if not found:
        return replace(one, alternatives=alternatives, reason="; ".join(left_out))
    best, reason = _best(alternatives)
    if best.bins_per_job > 1 and backend.simulates:
        reason = f"the fastest to simulate; on the device itself {best.way} would be faster"
        best = one
    return replace(best, alternatives=alternatives, left_out=left_out, reason=reason)


def _several(
    source: RasterSource, order: RasterOrder, backend: Backend
) -> tuple[list[RasterEstimate], list[PlanError]]:
    """Estimate every circuit of several bins, and return why there are no others."""
    found, problems = [], []
    n_bins = order.n_bins_of(source)
    for name in circuits_asked_for(source, order):
        try:
            check_circuit(name, order, backend)
            measured = source.with_multi_bin_circuit(name)
            wanted = order.bins_per_job
            if wanted is None:
                longest = longest_circuit(measured, backend, n_bins, order.placement)
                if longest == 1 < n_bins:
                    raise no_place(measured, backend)
                # No more bins than so many jobs need: fewer wait, and more samples lie side by
                # side.
                wanted = -(-n_bins // -(-n_bins // longest))
            estimated = _estimate(measured, order, backend, wanted)
        except PlanError as error:
            problems.append(error)
        else:
            found.append(replace(estimated, multi_bin_circuit=name))
    return found, problems


def _problem(error: PlanError) -> str:
    text = error.problem[:-1]
    return text[0].lower() + text[1:]


def _best(found: Sequence[RasterEstimate]) -> tuple[RasterEstimate, str]:
    """Return the fastest, or one that is about as fast and has fewer errors, and why."""
    fastest = min(found, key=lambda one: one.seconds)
    as_fast = [one for one in found if one.seconds <= _HARDLY_MORE * fastest.seconds]
    best = min(as_fast, key=lambda one: one.total.bit_error)
    return best, _FEWEST if best.seconds == fastest.seconds else _AS_FEW


def _estimate(
    source: RasterSource, order: RasterOrder, backend: Backend, n_bins: int
) -> RasterEstimate:
    plan = plan_circuits(source, backend, order.n_samples, order.placement, n_bins, order.options)
    rows = rows_and_shots(source, backend, order, plan)
    calibrates = order.options.mitigate == "readout"
    first = estimate_plan(plan, backend, rows, order.options, calibrates=calibrates)
    n_later = -(-order.n_bins_of(source) // n_bins) - 1
    total = first
    if n_later:
        # The readout is calibrated once, with the first bins.
        later = estimate_plan(plan, backend, rows, order.options, calibrates=False)
        total = replace(
            first,
            parameter_sets=first.parameter_sets + n_later * later.parameter_sets,
            payload_bytes=first.payload_bytes + n_later * later.payload_bytes,
            jobs=first.jobs + n_later * later.jobs,
            seconds=first.seconds + n_later * later.seconds,
            share_kept=first.share_kept ** (n_later + 1),
        )
    chip = Chip.of(plan, device_target(backend), order.placement)
    return RasterEstimate(total, n_later + 1, plan.samples_per_shot, n_bins, chip=chip)


def estimate_plan(
    plan: Plan, backend: Backend, rows: tuple[int, int], options: JobOptions, *, calibrates: bool
) -> Estimate:
    """Estimate what a plan takes.

    Parameters
    ----------
    plan
        Of the circuits of one request.
    backend
        The device.
    rows
        Rows of angles, and shots of each.
    options
        Of the jobs.
    calibrates
        Whether the readout is calibrated in the same jobs.
    """
    n_rows, shots = rows
    target = device_target(backend)
    extra = calibration_pages(plan.pages, target.num_qubits) if calibrates else ()
    return estimate(
        plan,
        target,
        n_rows,
        rep_delay=repetition_delay(options, backend),
        limits=backend.limits,
        calibration=(extra, calibration_rows(shots)),
        shots=shots,
        options=options,
        enforce=not backend.simulates,
    )


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
