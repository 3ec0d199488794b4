"""Bundles of jobs: what is written, and everything that a check finds."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroqgan.data.untrusted.sealed_zip import SUMS
from neuroqgan.errors import InputError, PayloadError
from neuroqgan.jobs.bits import pack, unpack
from neuroqgan.jobs.bundle.bundling import write_bundle
from neuroqgan.jobs.bundle.container import read_members, write_members
from neuroqgan.jobs.bundle.members import GUIDE, MANIFEST, RASTER, of_job
from neuroqgan.jobs.bundle.public_record import public_record, record_from_public
from neuroqgan.jobs.bundle.verification import BundleCheck, verify_bundle
from neuroqgan.jobs.codec import ANGLES, BITS, CIRCUITS, LAYOUT
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_raster
from neuroqgan.jobs.request_chain import jobs_of_same_raster
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.submission import send
from neuroqgan.sampling.order import RasterOrder
from neuroqgan.sampling.walk import RasterWalk
from tests.jobs.conftest import StubService, planned
from tests.jobs.walks import made_up, to_the_end

Members = dict[str, bytes]
Change = Callable[[Members], None]


@pytest.fixture
def bundle(context: JobContext, service: StubService, tmp_path: Path) -> Path:
    """The bundle of a job of the stub."""
    job = send(context, planned(context, service), service)
    service.finish()
    return _bundled(context, retrieve(context, job), tmp_path / "bundle.zip")


@pytest.fixture(scope="module")
def copies() -> list[bytes]:
    """Holds a bundle, once a test has made one."""
    return []


@pytest.fixture
def copy(copies: list[bytes], request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A bundle that others have used as well."""
    if not copies:
        copies.append(request.getfixturevalue("bundle").read_bytes())
    path = tmp_path / "copy.zip"
    path.write_bytes(copies[0])
    return path


def _bundled(context: JobContext, job: Any, path: Path) -> Path:
    jobs = jobs_of_same_raster(context, job)
    with path.open("wb") as file:
        write_bundle(context, jobs, decode_raster(context, jobs).raster, file)
    return path


def _members(path: Path) -> Members:
    with path.open("rb") as file:
        return read_members(file)


def _job(members: Members) -> str:
    return next(name.split("/")[1] for name in members if name.startswith("jobs/"))


def _rewritten(path: Path, change: Change, *, sums: bool = True) -> Path:
    """Change members; with ``sums``, as a forger would, who writes the checksums anew."""
    members = _members(path)
    kept = members.pop(SUMS)
    change(members)
    with path.open("wb") as file:
        if sums:
            write_members(file, members)
        else:
            with zipfile.ZipFile(file, "w") as archive:
                for name, data in {SUMS: kept, **members}.items():
                    archive.writestr(name, data)
    return path


def _edited(members: Members, name: str, edit: Callable[[Any], None]) -> None:
    value = json.loads(members[name])
    edit(value)
    members[name] = json.dumps(value).encode()


def _the_problem(check: BundleCheck) -> str:
    assert not check.ok
    assert check.raster is None
    return "; ".join(check.problems)


def test_a_bundle_decodes_anywhere_to_its_raster(
    bundle: Path, context: JobContext, tmp_path: Path
) -> None:
    check = verify_bundle(bundle)
    assert check.problems == ()
    (job,) = check.jobs
    stored = context.store.get(job.id)
    assert check.raster == decode_raster(context, [stored]).raster
    assert (job.provider_id, job.seconds, job.options) == ("stub0", 1.5, stored.options)
    assert (stored.account, job.account, job.owner) == ("a/0000", None, None)
    members = _members(bundle)
    names = {of_job(job.id, name) for name in (LAYOUT, CIRCUITS, ANGLES, BITS)}
    assert members.keys() == names | {MANIFEST, SUMS, GUIDE, RASTER}
    about = json.loads(members[of_job(job.id, LAYOUT)])["about"]
    assert {"readout", "t1", "pairs"} <= about["device"].keys()
    # The same jobs give the same bytes, so its checksum can be published beforehand.
    again = _bundled(context, stored, tmp_path / "again.zip")
    assert again.read_bytes() == bundle.read_bytes()
    assert verify_bundle(bundle, sha256=check.sha256.upper()).ok
    assert "instead of 00" in _the_problem(verify_bundle(bundle, sha256="00"))


def test_a_walk_of_many_jobs_is_one_bundle(context: JobContext, tmp_path: Path) -> None:
    order = RasterOrder(9, n_bins=4)
    walk = RasterWalk(context, made_up(), order, context.resolve("aer"))
    to_the_end(context, walk)
    path = _bundled(context, walk.jobs[0], tmp_path / "walk.zip")
    check = verify_bundle(path)
    assert check.problems == ()
    assert [job.first_bin for job in check.jobs] == [0, 1, 2, 3]
    assert check.raster == decode_raster(context, walk.jobs).raster

    def backwards(manifest: dict[str, Any]) -> None:
        first, *_, last = manifest["jobs"]
        first["after"] = last["request"]

    _rewritten(path, lambda members: _edited(members, MANIFEST, backwards))
    assert "goes back to a job for later bins" in _the_problem(verify_bundle(path))


@pytest.mark.parametrize("name", [MANIFEST, RASTER, GUIDE, LAYOUT, CIRCUITS, ANGLES, BITS])
def test_what_is_missing_or_changed_is_named(copy: Path, name: str) -> None:
    full = name if name in {MANIFEST, RASTER, GUIDE} else of_job(_job(_members(copy)), name)
    original = copy.read_bytes()
    _rewritten(copy, lambda members: members.pop(full), sums=False)
    assert f"{full} is missing" in verify_bundle(copy).problems
    copy.write_bytes(original)

    def flip(members: Members) -> None:
        data = bytearray(members[full])
        data[len(data) // 2] ^= 1
        members[full] = bytes(data)

    _rewritten(copy, flip, sums=False)
    assert f"{full} was changed" in _the_problem(verify_bundle(copy))


@pytest.mark.parametrize("name", [LAYOUT, CIRCUITS, ANGLES])
def test_files_of_a_job_belong_together_even_with_new_checksums(copy: Path, name: str) -> None:
    full = of_job(_job(_members(copy)), name)
    if name == LAYOUT:

        def change(members: Members) -> None:
            _edited(members, full, lambda layout: layout["about"].update(backend="ibm_other"))
    else:

        def change(members: Members) -> None:
            # Bytes behind the end of either format are read by nobody.
            members[full] += b"\0"

    _rewritten(copy, change)
    assert f"{name} of the job has been changed" in _the_problem(verify_bundle(copy))


def test_bits_that_decode_to_another_raster_are_counted(copy: Path) -> None:
    def forge(members: Members) -> None:
        job = _job(members)
        pages = unpack(members[of_job(job, BITS)])
        pages[0][0, 0] ^= True
        pages[-1][-1, -1] ^= True
        members[of_job(job, BITS)] = data = pack(pages)
        digest = hashlib.sha256(data).hexdigest()
        _edited(members, MANIFEST, lambda m: m["jobs"][0].update(bits_sha256=digest))

    problem = _the_problem(verify_bundle(_rewritten(copy, forge)))
    assert "do not decode to raster.npz: 2 of 45 bins differ, first sample 0, bin" in problem
    assert "made by neuroqgan" in problem


def test_nothing_is_said_about_account_and_machine(
    context: JobContext, service: StubService
) -> None:
    job = planned(context, service)
    file = {"covariates": "/home/alice/stimulus.csv", "other": ["C:\\alice\\x.csv", 3]}
    job = replace(
        job, options=file, account_name="alice", user="alice", session="batch", message="/home"
    )
    public = public_record(job)
    assert public["options"] == {"covariates": "stimulus.csv", "other": ["x.csv", 3]}
    assert "alice" not in json.dumps(public)
    assert "/home" not in json.dumps(public)
    assert not {"account", "account_name", "session", "owner", "message"} & public.keys()
    read = record_from_public(json.loads(json.dumps(public)))
    job = replace(job, estimate=json.loads(json.dumps(job.estimate)))
    hidden = {"account": None, "account_name": None, "session": None, "owner": None, "user": None}
    assert read == replace(job, **hidden, message="", version=1, options=public["options"])


def _npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _claiming(shape: tuple[int, ...]) -> bytes:
    """An archive with an array that is not there."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("page0000.npy", header.getvalue())
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (BITS, _claiming((10**12,)), "claims to be (1000000000000,)"),
        (BITS, _npz(page0000=np.array([{}], object)), "objects"),
        (BITS, b"PK", "no .npz archive"),
        (CIRCUITS, b"QISKIT\x0c" + bytes(99), "QPY version 12"),
        (CIRCUITS, b"import os", "no circuits in QPY format"),
        (RASTER, _npz(spikes=np.array([{}], object)), "objects"),
        (RASTER, _npz(spikes=np.zeros((1, 1, 1), bool), bin_width=np.array(0.02)), "shape"),
        (MANIFEST, b"[" * 100_000, "too many of them"),
        (MANIFEST, b'{"format": 2}', "another version"),
        (MANIFEST, b'{"format": 1, "versions": {}, "raster": {}, "jobs": []}', "no jobs"),
        (LAYOUT, b"{}", "layout of the job cannot be read"),
    ],
)
def test_nothing_in_a_bundle_is_trusted(copy: Path, name: str, data: bytes, said: str) -> None:
    def swap(members: Members) -> None:
        full = name if name in members else of_job(_job(members), name)
        members[full] = data

    assert said in _the_problem(verify_bundle(_rewritten(copy, swap)))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("samples", 10**9, "more spikes than bits"),
        ("series_samples", 10**9, "more spikes than bits"),
        ("samples", -1, "instead of a count"),
        ("samples", 4, "5 rows instead of 4"),
        ("id", "../../etc", "not an id of a job"),
        ("state", "queued", "is not finished"),
        ("samples", 2**70, "instead of a count"),
        ("seconds", float("nan"), "NaN is not JSON"),
        ("seconds", "1", "instead of seconds"),
        ("backend", "\ud800", "cannot be stored"),
        ("options", [], "instead of a table"),
    ],
)
def test_records_are_not_trusted_either(copy: Path, field: str, value: Any, said: str) -> None:
    def change(members: Members) -> None:
        _edited(members, MANIFEST, lambda m: m["jobs"][0].update({field: value}))

    problem = _the_problem(verify_bundle(_rewritten(copy, change)))
    assert said in problem


def _archive(path: Path, names: list[str], size: int = 3, **info: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, bytes(size))
    return path


@pytest.mark.parametrize(
    ("names", "size", "said"),
    [
        (["../manifest.json"], 3, "a member '../manifest.json'"),
        (["/etc/passwd"], 3, "a member '/etc/passwd'"),
        (["manifest.json/"], 0, "a member 'manifest.json/'"),
        ([GUIDE], 10**6, "README.txt of 1,000,000 bytes"),
    ],
)
def test_archives_that_are_no_bundles_are_refused(
    tmp_path: Path, names: list[str], size: int, said: str
) -> None:
    with pytest.raises(PayloadError) as caught:
        verify_bundle(_archive(tmp_path / "strange.zip", names, size))
    assert said in str(caught.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PayloadError, match="same name"):
        verify_bundle(_archive(tmp_path / "twice.zip", [MANIFEST, MANIFEST]))


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        verify_bundle(tmp_path / "no.zip")
    with pytest.raises(InputError, match="cannot be opened"):
        verify_bundle(tmp_path)
    (tmp_path / "text.zip").write_text("text")
    with pytest.raises(PayloadError, match="not a bundle"):
        verify_bundle(tmp_path / "text.zip")
