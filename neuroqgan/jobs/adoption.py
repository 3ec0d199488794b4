"""Taking over a job that this store does not know: sent from elsewhere, or not by neuroqgan."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from neuroqgan.errors import InputError, JobNotFoundError, MissingError, PayloadError
from neuroqgan.jobs.bits import unpack
from neuroqgan.jobs.codec import (
    ANGLES,
    BITS,
    CIRCUITS,
    LAYOUT,
    layout_from_bytes,
    payload_from_bytes,
)
from neuroqgan.jobs.foreign_results import BitMap, adopt_foreign, bare_record
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.submission import STATES
from neuroqgan.jobs.travelling import read_travelling_text
from neuroqgan.jobs.users import user_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.backends.remote import DescribedJob, JobService
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", re.ASCII)
_BARE = (
    "Its layout is in the storage; its record is lost. Its seed is not known, and stands as 0; a "
    "raster that takes several jobs cannot be put together again from it."
)
_TAG = re.compile(r"neuroqgan-([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True)
class AdoptedJob:
    """A job that is in the store now.

    Parameters
    ----------
    job
        Its record.
    is_new
        Whether it was not there before.
    notes
        What was found and what was assumed, in sentences.
    """

    job: JobRecord
    is_new: bool
    notes: tuple[str, ...] = ()


def adopt(
    context: JobContext,
    provider_id: str,
    *,
    bit_map: BitMap | None = None,
    run: str | None = None,
    belongs: Callable[[JobRecord], tuple[bool, str]] = lambda _: (True, ""),
) -> AdoptedJob:
    """Take over a job of a service by the service's id.

    A job of neuroqgan brings its own record, and the layout that says what its bits mean. Of any
    other job both have to be said, and its result has to be there.

    Parameters
    ----------
    context
        Where the job is to be stored.
    provider_id
        The service's id of the job.
    bit_map
        What the bits mean, for a job that neuroqgan did not send.
    run
        Name of the run that it belongs to, in place of the one in its record.
    belongs
        Says whether a job belongs to the run that its record names, and how that is known.

    Returns
    -------
    AdoptedJob
        The job; one that is here already is returned as it is.

    Raises
    ------
    JobNotFoundError
        If the service does not know the job.
    InputError
        If the id cannot be one, or it is not said what the bits mean, or what is said does not fit.
    PayloadError
        If what travelled with the job is damaged.
    NotReadyError, JobFailedError, ResultLostError
        If the result of a job that neuroqgan did not send is needed, and is not there.
    AccountError, ServiceError
        If the service cannot be asked; nothing has changed.
    """
    if not _ID.fullmatch(provider_id):
        raise InputError(
            "This cannot be the id of a job.",
            expected="the id that the page of the service shows, such as d3u1k2o8bqfc73f2l5tg",
            got=repr(provider_id[:60]),
        )
    known = _known(context, provider_id)
    if known is not None:
        return AdoptedJob(known, False, ("It is here already.",))
    kind, connect = next(iter(context.services.items()))
    service = connect()
    try:
        described = service.describe(provider_id)
    except MissingError as error:
        raise JobNotFoundError(
            f"The service has no job {provider_id} for this account.",
            expected="a job of an instance of this account; " + error.expected,
            got=error.got,
            hint="neuroqgan account list, then neuroqgan jobs import ID --account NAME",
        ) from error
    tags = [match[1] for tag in described.tags if (match := _TAG.fullmatch(tag))]
    for own in tags:
        known = _known(context, own)
        if known is not None:
            # Sent from here, but its answer never came.
            job = refresh(context, known)
            return AdoptedJob(job, False, ("It is here already, found by its tag.",))
    if bit_map is not None and (described.text or tags):
        raise InputError(
            "The job was sent by neuroqgan, so what its bits mean is known.",
            expected="no registers, circuit, neurons per bin or bin width",
            got="some of them",
            hint="neuroqgan jobs import ID alone",
        )
    if described.text:
        return _from_text(context, service, described, run, belongs)
    own = next((own for own in tags if context.payloads.exists(own, LAYOUT)), None)
    if own is not None:
        return _from_payload(context, service, described, own, kind, run)
    if tags:
        raise _unreadable(described)
    return AdoptedJob(*adopt_foreign(context, service, described, kind, bit_map, run))


def _known(context: JobContext, job_id: str) -> JobRecord | None:
    try:
        found = context.store.get(job_id)
    except JobNotFoundError:
        return None
    # Ids may also be given by their first digits, which is not meant here.
    return found if job_id in (found.id, found.provider_id) else None


def _from_text(
    context: JobContext,
    service: JobService,
    described: DescribedJob,
    run: str | None,
    belongs: Callable[[JobRecord], tuple[bool, str]],
) -> AdoptedJob:
    """Take over a job whose record travelled with it."""
    record, layout = read_travelling_text(described.text)
    if record.tag not in described.tags or record.backend != described.backend:
        raise PayloadError(
            "What travelled with the job belongs to another one.",
            expected=f"the tag {record.tag} and the device {record.backend}",
            got=f"tags {', '.join(described.tags) or 'none'}; {described.backend}",
        )
    sent = record.created.strftime("%Y-%m-%d %H:%M UTC")
    bins = f", {record.bin_range}" if record.bin_range else ""
    about = f"{record.n_samples} samples with seed {record.seed}{bins}"
    version = record.client.get("neuroqgan", "of unknown version")
    notes = [f"It was sent by neuroqgan {version} on {sent}: {about}."]
    if run is None:
        stays, said = belongs(record)
        notes += [said] if said else []
        record = record if stays else replace(record, run=None)
    elif run != record.run:
        notes.append(f"It belongs to the run {run} because you say so; its record names another.")
        record = replace(record, run=run)
    if record.parts > 1 or record.n_requests > 1:
        notes.append("Its raster takes several jobs; import the others as well.")
    if not context.payloads.exists(record.id, LAYOUT):
        context.payloads.write(record.id, LAYOUT, layout)
    return AdoptedJob(_store(context, service, described, record), True, tuple(notes))


def _from_payload(
    context: JobContext,
    service: JobService,
    described: DescribedJob,
    own: str,
    kind: str,
    run: str | None,
) -> AdoptedJob:
    """Take over a job of which only the record was lost: its layout is in the storage."""

    def read(name: str) -> bytes:
        return context.payloads.read(own, name)

    layout = layout_from_bytes(read(LAYOUT), own).layout
    if context.payloads.exists(own, BITS):
        n_rows = len(unpack(read(BITS))[0]) // layout.shots
    elif context.payloads.exists(own, ANGLES):
        pieces = {name: read(name) for name in (LAYOUT, CIRCUITS, ANGLES)}
        n_rows = len(payload_from_bytes(pieces, own).values[0])
    else:
        raise _unreadable(described)
    samples = n_rows // layout.pages[0].rows_per_sample * layout.shots
    record = bare_record(described, own, kind, run, samples)
    across = layout.samples_per_shot
    if across > 1 or layout.samples:
        measured = sum(sample >= 0 for sample in layout.samples) or samples * across
        record = replace(record, series_samples=measured)
    return AdoptedJob(_store(context, service, described, record), True, (_BARE,))


def _store(
    context: JobContext, service: JobService, described: DescribedJob, record: JobRecord
) -> JobRecord:
    now, state = datetime.now(UTC), described.state
    record = replace(
        record,
        state=STATES[state.execution],
        version=1,
        provider_id=state.provider_id,
        account=service.account,
        account_name=service.account_name,
        owner=None,
        message=state.message,
        seconds=state.seconds,
        bits_sha256=None,
        submitted=state.created or record.submitted,
        finished=None,
        retrieved=None,
        collected=None,
        updated=now,
        session=None,
        private=described.private,
        user=user_name(),
        raster_sha256=None,
    )
    context.store.create([record])
    return context.store.note(record, f"imported; the service says: {state.execution}")


def _unreadable(described: DescribedJob) -> InputError:
    why = (
        "a private job, whose circuits the service does not hand out"
        if described.private
        else "a job of an earlier version, which did not send its record along"
    )
    return InputError(
        "The job was sent by neuroqgan, but what its bits mean is not known here.",
        expected="the record that travels with a job, or its folder in the storage of payloads",
        got=f"{why}; and no layout.json of it in the storage",
        hint="NEUROQGAN_STORAGE_URL with the place where its payloads are, then import it again",
    )
