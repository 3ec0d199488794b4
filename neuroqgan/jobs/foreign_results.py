"""Results of jobs that neuroqgan did not send: which bit is which neuron has to be said."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan import checks
from neuroqgan.backends.layout import Layout
from neuroqgan.backends.measured import Measured
from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.page_layout import PageLayout, TileLayout
from neuroqgan.errors import InputError
from neuroqgan.jobs.bits import pack
from neuroqgan.jobs.checksums import with_checksums
from neuroqgan.jobs.codec import LAYOUT
from neuroqgan.jobs.new_records import package_versions
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.result_storage import store_bits
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.submission import STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.backends.remote import DescribedJob, JobService
    from neuroqgan.jobs.context import JobContext

RAW = "raw.npz"
"""File for all bits of such a result as they came, whatever was made of them."""


@dataclass(frozen=True)
class BitMap:
    """What the bits of a result mean.

    Parameters
    ----------
    neurons_per_bin
        Number of neurons: so many bits in a row are one time bin.
    bin_width
        Width of a time bin in seconds.
    registers
        Names of the classical registers to take, one after the other; empty for all, in their
        order in the circuit.
    circuit
        Which circuit of the job to take, from 1; None for all, one after the other.

    Raises
    ------
    ConfigError
        If a number is out of range.

    Examples
    --------
    >>> BitMap(10, 0.02, ("spikes",)).registers
    ('spikes',)
    """

    neurons_per_bin: int
    bin_width: float
    registers: tuple[str, ...] = ()
    circuit: int | None = None

    def __post_init__(self) -> None:
        checks.whole("neurons_per_bin", self.neurons_per_bin, 1)
        checks.number("bin_width", self.bin_width, above=0)
        if self.circuit is not None:
            checks.whole("circuit", self.circuit, 1)


def adopt_foreign(
    context: JobContext,
    service: JobService,
    described: DescribedJob,
    kind: str,
    bit_map: BitMap | None,
    run: str | None,
) -> tuple[JobRecord, bool, tuple[str, ...]]:
    """Fetch the result of a job that neuroqgan did not send, and store it as a job.

    Parameters
    ----------
    context
        Where it is to be stored.
    service
        Where it is.
    described
        What the service says of it.
    kind
        Of its backend.
    bit_map
        What its bits mean; None if that is not said.
    run
        Name of the run that it belongs to, or None.

    Returns
    -------
    tuple
        The record, now ``retrieved``; True; and what was assumed.

    Raises
    ------
    InputError
        If it is not said what the bits mean, or what is said does not fit.
    NotReadyError, JobFailedError, ResultLostError, ServiceError
        If the result cannot be had.
    """
    provider_id = described.state.provider_id
    if bit_map is None and described.private:
        # Its result can be read once, and must not be spent on a question.
        raise _unsaid("a private job, whose result can be read only once")
    results = service.fetch(provider_id)
    if bit_map is None:
        raise _unsaid(in_words(results))
    bits, chosen = _taken(results, bit_map)
    n_bits, neurons = bits.shape[1], bit_map.neurons_per_bin
    if n_bits % neurons or not n_bits:
        raise InputError(
            "The bits of a shot are not a whole number of time bins.",
            expected=f"a multiple of {neurons} bits",
            got=f"{n_bits} bits in {chosen}",
            hint="another --neurons-per-bin, or some registers with --register",
        )
    job_id = uuid.uuid4().hex
    layout = _layout(n_bits, bit_map)
    about = {
        "backend": described.backend,
        "planned": datetime.now(UTC).isoformat(),
        "versions": package_versions(),
        "calibration_rows": 0,
        "imported": {
            "registers": [*bit_map.registers],
            "circuit": bit_map.circuit,
            "neurons_per_bin": neurons,
        },
    }
    value: dict[str, Any] = {
        "layout": layout.to_dict(),
        "calibration": [],
        "n_qubits": None,
        "circuits": [],
        "about": about,
    }
    raw = pack([measured.bits for measured in results])
    context.payloads.write(job_id, RAW, raw)
    signed = with_checksums(value, {}, job_id)
    context.payloads.write(job_id, LAYOUT, json.dumps(signed, indent=1).encode())
    record = bare_record(described, job_id, kind, run, len(bits), service)
    context.store.create([record])
    job = context.store.hold(context.store.note(record, f"imported from {provider_id}"))
    job = store_bits(context, job, [Measured.of(bits)])
    return job, True, _assumed(bit_map, layout, chosen, len(bits))


def bare_record(
    described: DescribedJob,
    job_id: str,
    kind: str,
    run: str | None,
    samples: int,
    service: JobService | None = None,
) -> JobRecord:
    """Return the record of a job of which little is known.

    Parameters
    ----------
    described
        What its service says of it.
    job_id
        Our own id.
    kind
        Of its backend.
    run
        Name of the run that it belongs to, or None.
    samples
        Number of its shots.
    service
        Where it is; None if that is filled in later.
    """
    state, now = described.state, datetime.now(UTC)
    # Equal to that of no request, so that nobody takes its bits for those of another.
    unique = hashlib.sha256(f"imported {kind} {state.provider_id}".encode()).hexdigest()
    return JobRecord(
        id=job_id,
        tag=f"neuroqgan-{job_id}",
        request=uuid.uuid4().hex,
        part=0,
        parts=1,
        request_hash=unique,
        state=STATES[state.execution],
        version=1,
        kind=kind,
        backend=described.backend,
        provider_id=state.provider_id,
        account=None if service is None else service.account,
        run=run,
        samples=samples,
        first_sample=0,
        seed=0,
        options=JobOptions(private=described.private).to_dict(),
        estimate={},
        private=described.private,
        owner=None,
        message=state.message,
        seconds=state.seconds,
        bits_sha256=None,
        client={},
        created=state.created or now,
        submitted=state.created,
        finished=now if STATES[state.execution] is JobState.DONE else None,
        retrieved=None,
        updated=now,
        account_name=None if service is None else service.account_name,
    )


def in_words(results: Sequence[Measured]) -> str:
    """Say which circuits and registers a result has.

    Parameters
    ----------
    results
        Of all circuits of a job.

    Examples
    --------
    >>> in_words([Measured(np.zeros((6, 3), bool), 2, 3, {"c": 3})])
    'circuit 1: 2 x 3 shots, c of 3 bits'
    """
    said = []
    for number, measured in enumerate(results[:4], 1):
        registers = " and ".join(
            f"{name} of {checks.plural(n_bits, 'bit')}"
            for name, n_bits in measured.registers.items()
        )
        rows = f"{measured.n_rows} x " if measured.n_rows != 1 else ""
        said.append(f"circuit {number}: {rows}{measured.n_shots} shots, {registers or 'no bits'}")
    more = [f"and {len(results) - 4} more circuits"] if len(results) > 4 else []
    return "; ".join([*said, *more]) or "no circuits"


def _unsaid(got: str) -> InputError:
    return InputError(
        "The job was not sent by neuroqgan, so what its bits mean has to be said.",
        expected="--neurons-per-bin and --bin-width, and with several registers or circuits "
        "--register and --circuit",
        got=got,
        hint="neuroqgan jobs import ID --neurons-per-bin 10 --bin-width 0.02",
    )


def _taken(results: Sequence[Measured], bit_map: BitMap) -> tuple[NDArray[np.bool_], str]:
    """Return the bits that are meant, one row per shot, and which they are in words."""
    number = bit_map.circuit
    if number is not None and number > len(results):
        raise InputError(
            f"The job has no circuit {number}.",
            expected=f"1 to {len(results)}",
            got=in_words(results),
        )
    meant = list(results) if number is None else [results[number - 1]]
    names = bit_map.registers or tuple(meant[0].registers if meant else ())
    columns = []
    for measured in meant:
        there = measured.registers
        others = set(there) - set(names) if not bit_map.registers else set()
        if not set(names) <= there.keys() or others:
            raise _misnamed(results, f"A circuit of the job has no register {' or '.join(names)}.")
        columns.append(measured.bits[:, _columns(measured, names)])
    if len({part.shape[1] for part in columns}) != 1:
        raise _misnamed(results, "The circuits of the job have registers of different sizes.")
    which = f"circuit {number}" if number is not None else checks.plural(len(meant), "circuit")
    return np.concatenate(columns), f"{' and '.join(names)} of {which}"


def _misnamed(results: Sequence[Measured], problem: str) -> InputError:
    return InputError(
        problem,
        expected="registers of the same names and sizes in all circuits, or one circuit",
        got=in_words(results),
        hint="--circuit with the number of one circuit, or --register with another name",
    )


def _columns(measured: Measured, names: Sequence[str]) -> list[int]:
    starts = np.cumsum([0, *measured.registers.values()])
    first = dict(zip(measured.registers, starts.tolist(), strict=False))
    return [first[name] + i for name in names for i in range(measured.registers[name])]


def _layout(n_bits: int, bit_map: BitMap) -> Layout:
    n = bit_map.neurons_per_bin
    tile = TileLayout(
        neurons=tuple(i % n for i in range(n_bits)),
        bins=(0,),
        qubits=(),
        offsets=tuple(i // n for i in range(n_bits)),
    )
    return Layout((PageLayout((tile,)),), n_bits // n, n, bit_map.bin_width)


def _assumed(bit_map: BitMap, layout: Layout, chosen: str, n_samples: int) -> tuple[str, ...]:
    n = bit_map.neurons_per_bin
    named = "as named" if bit_map.registers else "all registers, in their order"
    bins = f"{checks.plural(layout.n_bins, 'bin')} of {bit_map.bin_width:g} s"
    meaning = f"bit i of a shot is neuron i mod {n} in bin i div {n}, so there are {bins}"
    unknown = "Which qubits were measured, and the seed, are not known; the seed stands as 0."
    return (
        f"Assumed: {chosen} ({named}); {meaning}.",
        f"Every shot is a sample: {n_samples} of them. {unknown}",
        f"All bits are kept as they came in {RAW}.",
    )
