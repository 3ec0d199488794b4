"""What jobs store and send: layouts, circuits, angles, bits, bundles, and travelling texts."""

from __future__ import annotations

import base64
import functools
import io
import json
import random
import zlib
from pathlib import Path
from typing import Any

from tests.fuzz.folders import pack, unpacked
from tests.fuzz.kinds.numpy_files import npz
from tests.fuzz.mutators import in_json, in_zip, mutate_bytes, mutate_tree, npy_header
from tests.fuzz.target import Target

_WATCHED = ("neuroqgan.jobs", "neuroqgan.backends")
_JOB = "3f2a" * 8
_MOST_SPIKES = 10**6


@functools.cache
def _jobs() -> list[tuple[Any, dict[str, bytes]]]:
    """Return jobs with their files: of an ideal simulator, and of a device, calibrated."""
    from sqlalchemy import make_url

    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.registry import resolve
    from neuroqgan.jobs.codec import ANGLES, BITS, CIRCUITS, LAYOUT
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.payload_store import PayloadStore
    from neuroqgan.jobs.preparation import prepare
    from neuroqgan.jobs.request import Request
    from neuroqgan.jobs.simulation import simulate
    from neuroqgan.jobs.store import JobStore
    from neuroqgan.models.base import Generator

    generator = Generator("stationary", n_neurons=2, n_bins=3, bin_width=0.02)
    program = generator.next_program(generator.initial_past(4, 0), 0, 3, 0)
    context = JobContext(JobStore(make_url("sqlite://")), PayloadStore("memory://fuzz"))
    found = []
    for backend, options in (
        ("exact", JobOptions()),
        ("fake_nairobi", JobOptions(mitigate="readout")),
    ):
        (job,) = prepare(
            context, Request(program, backend, seed=7, options=options), resolve(backend)
        )
        angles = context.payloads.read(job.id, ANGLES)
        job = simulate(context, job)
        files = {name: context.payloads.read(job.id, name) for name in (LAYOUT, CIRCUITS, BITS)}
        found.append((job, files | {ANGLES: angles}))
    return found


def _signed(value: Any, pieces: dict[str, bytes], job: str = _JOB) -> bytes:
    """Return a layout with the right checksums, as someone would write it who wants to deceive."""
    from neuroqgan.jobs.checksums import with_checksums

    kept = {key: item for key, item in value.items() if key != "sha256"}
    return json.dumps(with_checksums(kept, pieces, job)).encode()


def _mutate_layout(data: bytes, rng: random.Random) -> bytes:
    try:
        return _signed(mutate_tree(json.loads(data), rng), {})
    except Exception:  # noqa: BLE001  # an input that was a layout once
        return mutate_bytes(data, rng)


def _layouts() -> list[bytes]:
    return [_signed(json.loads(files["layout.json"]), {}) for _, files in _jobs()]


def _read_layout(path: Path) -> object:
    import numpy as np

    from neuroqgan.jobs.codec import layout_from_bytes

    stored = layout_from_bytes(path.read_bytes(), _JOB)
    layout = stored.layout
    layout.measured_qubits()
    planned = stored.expected(2 * layout.shots)
    bits = [
        np.zeros((rows * layout.shots, page.n_columns), bool)
        for page, rows in ((page, 2 * page.rows_per_sample) for page in layout.pages)
        if rows * layout.shots * page.n_columns < _MOST_SPIKES
    ]
    if len(bits) == len(layout.pages):
        stored.measured(bits)
        layout.decode(bits)
    return planned


def _payloads() -> list[bytes]:
    from neuroqgan.jobs.codec import ANGLES, CIRCUITS, LAYOUT

    found = []
    for _, files in _jobs():
        pieces = {name: files[name] for name in (CIRCUITS, ANGLES)}
        found.append(pack(pieces | {LAYOUT: _signed(json.loads(files[LAYOUT]), pieces)}))
    return found


def _mutate_payload(data: bytes, rng: random.Random) -> bytes:
    files = unpacked(data)
    try:
        layout = json.loads(files.pop("layout.json"))
        if rng.random() < 0.7:
            layout = mutate_tree(layout, rng)
        else:
            change = rng.choice((mutate_bytes, in_zip(npy_header)))
            files["angles.npz"] = change(files["angles.npz"], rng)
        # Circuits that were changed are the target `qpy`; with a checksum they are trusted.
        return pack(files | {"layout.json": _signed(layout, files)})
    except Exception:  # noqa: BLE001  # an input that was a payload once
        return mutate_bytes(data, rng)


def _read_payload(path: Path) -> object:
    from neuroqgan.errors import PayloadError
    from neuroqgan.jobs.codec import payload_from_bytes

    pieces = {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}
    if {"layout.json", "circuits.qpy", "angles.npz"} - pieces.keys():
        raise PayloadError("not a payload")
    return payload_from_bytes(pieces, _JOB).n_qubits


def _circuits() -> list[bytes]:
    return [files["circuits.qpy"] for _, files in _jobs()]


def _read_circuits(path: Path) -> object:
    from neuroqgan.backends.circuits_apart import check_circuits
    from neuroqgan.jobs.codec import _circuits_from_bytes

    data = path.read_bytes()
    check_circuits.__wrapped__("circuits.qpy", data)
    return len(_circuits_from_bytes(data))


def _bits() -> list[bytes]:
    import numpy as np

    from neuroqgan.jobs.bits import pack as pack_bits

    random_bits = np.random.default_rng(0).random((5, 3)) < 0.5
    return [files["bits.npz"] for _, files in _jobs()] + [pack_bits([random_bits, random_bits])]


def _read_bits(path: Path) -> object:
    import numpy as np

    from neuroqgan.jobs.bits import unpack

    pages = unpack(path.read_bytes())
    for page in pages:
        assert page.dtype == np.bool_
        assert np.ascontiguousarray(page).view(np.uint8).max(initial=0) <= 1
    return [page.shape for page in pages]


def _angles() -> list[bytes]:
    import numpy as np

    return [files["angles.npz"] for _, files in _jobs()] + [npz(page0000=np.zeros((2, 3)))]


def _read_angles(path: Path) -> object:
    from neuroqgan.jobs.codec import _angles_from_bytes

    return [array.shape for array in _angles_from_bytes(path.read_bytes())]


def _texts() -> list[bytes]:
    from neuroqgan.jobs.travelling import travelling_text

    return [travelling_text(job, files["layout.json"]).encode() for job, files in _jobs()]


def _mutate_text(data: bytes, rng: random.Random) -> bytes:
    try:
        content = mutate_tree(json.loads(zlib.decompress(base64.b64decode(data))), rng)
        return base64.b64encode(zlib.compress(json.dumps(content).encode(), 1))
    except Exception:  # noqa: BLE001  # an input that was such a text once
        return mutate_bytes(data, rng)


def _read_text(path: Path) -> object:
    from neuroqgan.jobs.travelling import read_travelling_text

    record, _ = read_travelling_text(path.read_text(encoding="latin-1"))
    return show_record(record)


def show_record(record: Any) -> object:
    """Show a record of a job in all ways in which one is shown."""
    from neuroqgan.backends.options import JobOptions

    JobOptions.from_dict(record.options)
    json.dumps(record.to_dict(), allow_nan=False)
    return repr(record), record._repr_html_(), record.short_id, record.bin_range


@functools.cache
def _bundles() -> list[bytes]:
    import numpy as np

    from neuroqgan.data.formats.npz import write as write_npz
    from neuroqgan.jobs.bundle.container import write_members
    from neuroqgan.jobs.bundle.members import FORMAT, GUIDE, MANIFEST, RASTER, README, of_job
    from neuroqgan.jobs.bundle.public_record import public_record
    from neuroqgan.raster import SpikeRaster

    found = []
    for job, files in _jobs():
        members = {of_job(job.id, name): content for name, content in files.items()}
        packed = io.BytesIO()
        write_npz(packed, SpikeRaster(np.zeros((4, 3, 2), bool), 0.02))
        manifest = {
            "format": FORMAT,
            "versions": {"neuroqgan": "0.2.0", "qiskit": None},
            "raster": {
                "samples": 4,
                "bins": 3,
                "neurons": 2,
                "bin_width": 0.02,
                "labels": ["0", "1"],
            },
            "jobs": [public_record(job)],
        }
        members |= {RASTER: packed.getvalue(), GUIDE: README.encode()}
        members[MANIFEST] = json.dumps(manifest).encode()
        file = io.BytesIO()
        write_members(file, members)
        found.append(file.getvalue())
    return found


def _mutate_bundle(data: bytes, rng: random.Random) -> bytes:
    from neuroqgan.jobs.bundle.container import write_members

    try:
        members = unpacked(data)
        members.pop("SHA256SUMS")
        name = rng.choice([*members, *(name for name in members if name.endswith(".json"))])
        job = name.split("/")[1] if name.startswith("jobs/") else ""
        if name.endswith("layout.json"):
            beside = {
                n.split("/")[2]: c for n, c in members.items() if n.startswith(f"jobs/{job}/")
            }
            pieces = {key: beside[key] for key in ("circuits.qpy", "angles.npz")}
            members[name] = _signed(mutate_tree(json.loads(members[name]), rng), pieces, job)
        elif name.endswith(".json"):
            members[name] = json.dumps(mutate_tree(json.loads(members[name]), rng)).encode()
        elif name.endswith(".npz"):
            members[name] = rng.choice((mutate_bytes, in_zip(npy_header)))(members[name], rng)
        else:
            members[name] = mutate_bytes(members[name], rng)
        file = io.BytesIO()
        write_members(file, members)
        return file.getvalue()
    except Exception:  # noqa: BLE001  # an input that was a bundle once
        return mutate_bytes(data, rng)


def _read_bundle(path: Path) -> object:
    from neuroqgan.cli.jobs.bundles import _lines
    from neuroqgan.jobs.bundle.verification import verify_bundle

    check = verify_bundle(path)
    json.dumps(check.to_dict(), allow_nan=False)
    return _lines(check)


def _devices() -> list[bytes]:
    from neuroqgan.backends.device import device_facts
    from neuroqgan.backends.names import snapshot_target

    _jobs()
    return [json.dumps(device_facts(snapshot_target("fake_nairobi"))).encode()]


def _read_device(path: Path) -> object:
    """Draw a device as a layout describes it; what is damaged is not drawn."""
    from neuroqgan.backends.placement.chip_picture import chip_picture
    from neuroqgan.jobs.codec import StoredLayout, layout_from_bytes
    from neuroqgan.runs.device_map import _chip
    from neuroqgan.schemas import parse_json

    job, files = _jobs()[1]
    whole = layout_from_bytes(files["layout.json"], job.id)
    try:
        facts = parse_json(path.read_bytes())
    except ValueError:
        return None
    stored = StoredLayout(whole.layout, whole.calibration, whole.about | {"device": facts})
    chip = _chip(job, stored, facts, "the layout")
    return chip and chip_picture(chip)


TARGETS = (
    Target(
        name="device-facts",
        suffix=".json",
        seeds=_devices,
        run=_read_device,
        mutate=(in_json,),
        watched=_WATCHED,
    ),
    Target(
        name="layout",
        suffix=".json",
        seeds=_layouts,
        run=_read_layout,
        mutate=(_mutate_layout,),
        watched=_WATCHED,
    ),
    Target(
        name="payload",
        suffix="",
        seeds=_payloads,
        run=_read_payload,
        mutate=(_mutate_payload,),
        watched=_WATCHED,
        folder=True,
    ),
    Target(
        name="qpy",
        suffix=".qpy",
        seeds=_circuits,
        run=_read_circuits,
        watched=_WATCHED,
        seconds=25.0,
    ),
    Target(
        name="bits",
        suffix=".npz",
        seeds=_bits,
        run=_read_bits,
        mutate=(in_zip(npy_header),),
        watched=_WATCHED,
    ),
    Target(
        name="angles",
        suffix=".npz",
        seeds=_angles,
        run=_read_angles,
        mutate=(in_zip(npy_header),),
        watched=_WATCHED,
    ),
    Target(
        name="travelling-text",
        suffix=".txt",
        seeds=_texts,
        run=_read_text,
        mutate=(_mutate_text,),
        watched=_WATCHED,
    ),
    Target(
        name="bundle",
        suffix=".zip",
        seeds=_bundles,
        run=_read_bundle,
        mutate=(_mutate_bundle, in_zip()),
        watched=_WATCHED,
    ),
)
