"""What a service itself expects a raster to take, by dry runs that cost nothing.

Jobs of a raster that differ only in their angles are estimated once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import AccountError, RefusedError, ServiceError, UncertainError
from neuroqgan.jobs.new_records import shares_of
from neuroqgan.jobs.pacing import Pace, patiently
from neuroqgan.jobs.packed_request import pack_request
from neuroqgan.jobs.request import BinBlock, Request
from neuroqgan.jobs.submission import workload_of
from neuroqgan.seeding import sampling_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.backends.remote import RemoteDevice, Workload
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.raster_estimate import RasterEstimate
    from neuroqgan.sampling.source import RasterSource

AGREEMENT = 0.1
"""Largest difference from the service's estimate, as a fraction of it, that is not pointed out."""


@dataclass(frozen=True)
class ServiceEstimate:
    """What a service expects a raster to take, beside what we do.

    Parameters
    ----------
    ours
        Seconds of the quantum processor, by our own estimate.
    theirs
        By the service's; None if it gives none.
    problem
        Why there is none.
    refused
        Why the service would refuse a job of the raster, in its words.

    Examples
    --------
    >>> print(ServiceEstimate(ours=2.1, theirs=2.0).in_words())
    2.0 s of QPU by the service's own dry run; the estimate above is 5 % higher
    """

    ours: float
    theirs: float | None = None
    problem: str = ""
    refused: str = ""

    @property
    def difference(self) -> float | None:
        """Our estimate less that of the service, as a fraction of it."""
        return None if not self.theirs else self.ours / self.theirs - 1

    def in_words(self) -> str:
        """Return the comparison as a line of text."""
        if self.refused:
            return f"the service would refuse this: {self.refused}"
        if self.theirs is None or self.difference is None:
            return self.problem or "the service gave no estimate"
        said = f"{self.theirs:.1f} s of QPU by the service's own dry run"
        share = round(100 * abs(self.difference))
        if share == 0:
            return f"{said}; the estimate above is the same"
        direction = "higher" if self.difference > 0 else "lower"
        trust = "" if abs(self.difference) <= AGREEMENT else "; rely on that of the service"
        return f"{said}; the estimate above is {share} % {direction}{trust}"

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return {
            "seconds": self.theirs,
            "difference": self.difference,
            "problem": self.problem or None,
            "refused": self.refused or None,
        }


def ask_service(
    source: RasterSource,
    order: RasterOrder,
    device: RemoteDevice,
    planned: RasterEstimate,
    *,
    on_wait: Callable[[float], None] = lambda _: None,
) -> ServiceEstimate:
    """Ask a service what a raster would take; nothing is run, charged or stored.

    Parameters
    ----------
    source
        The generator. Its angles do not matter.
    order
        Which raster.
    device
        Where it is to be sampled.
    planned
        Our own estimate, which has chosen the bins per job.
    on_wait
        Called before every wait for a service that accepts no more jobs for a while, with the
        seconds.

    Returns
    -------
    ServiceEstimate
        Without an estimate of the service if it gives none, for whatever reason.
    """
    ours, total, pace = planned.seconds, 0.0, Pace()
    try:
        for workload, count in _kinds(source, order, device, planned):
            device.check(workload)
            answer = patiently(pace, partial(device.dry_run, workload), on_wait)
            pace.sent()
            if answer.seconds is None:
                return ServiceEstimate(ours, None, answer.problem, answer.refused)
            total += count * answer.seconds
    except RefusedError as error:
        return ServiceEstimate(ours, refused=error.got)
    except (AccountError, ServiceError, UncertainError) as error:
        why = f"the service gave no estimate: {error.problem} {error.got}".strip()
        return ServiceEstimate(ours, problem=why)
    return ServiceEstimate(ours, total)


def _kinds(
    source: RasterSource, order: RasterOrder, device: RemoteDevice, planned: RasterEstimate
) -> Iterator[tuple[Workload, int]]:
    """Yield one job of every kind that the raster has, and how many there are of it."""
    is_whole = source.bins_at_once is None
    n_bins = order.n_bins_of(source)
    circuit = planned.multi_bin_circuit
    if circuit:
        source = source.with_multi_bin_circuit(circuit)
    n_step = n_bins if is_whole else planned.bins_per_job
    latents, _ = sampling_streams(order.seed)
    past = source.initial_past(order.n_samples, latents)
    program = source.next_program(past, 0, n_step, latents)
    # The readout is calibrated once, with the first bins.
    n_later = planned.n_requests - 1
    calibrates = order.options.mitigate == "readout"
    counts = {0: 1, n_step: n_later} if calibrates else {0: 1 + n_later}
    for first_bin, n_requests in counts.items():
        block = BinBlock(first_bin, n_bins, order.n_samples, None, n_step, circuit)
        request = Request(
            program=program,
            backend=device.name,
            seed=order.seed,
            options=order.options,
            placement=order.placement,
            block=None if is_whole else block,
        )
        if n_requests == 0:
            continue
        packed = pack_request(request, device, is_remote=True)
        sizes = [n_shots for _, n_shots in shares_of(packed.program, packed.n_jobs)]
        for n_shots in dict.fromkeys(sizes):
            workload = workload_of(packed.payload.part(0, n_shots), order.options)
            yield workload, n_requests * sizes.count(n_shots)
