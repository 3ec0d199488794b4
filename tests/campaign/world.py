"""What all rounds share: the service, the fork servers, a small disk, a database server."""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import shutil
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from neuroqgan.testing import LoopbackService
from tests.campaign.invariants import Served
from tests.campaign.scenarios.at_service import DEVICE
from tests.jobs.forks import ROOT, ForkServer

# The last release. Its package is taken from the history of the repository.
_EARLIER = "6c8454e0991fa8d6c3f38eedd30438df6a4d3a23"
_SMALL = 8 << 20
_NEW_MOUNTS, _RECURSIVE, _PRIVATE = 0x20000, 16384, 1 << 18


class World:
    """Everything that outlives a round; a context.

    Parameters
    ----------
    root
        An empty folder.
    use_postgres
        Whether a PostgreSQL server is started for the faults that need one.
    """

    def __init__(self, root: Path, *, use_postgres: bool = True) -> None:
        self.root, self.template = root, root / "template"
        self.service = LoopbackService([DEVICE], polls=1)
        self.postgres: str | None = None
        self.small_disk: Path | None = None
        self.earlier: ForkServer | None = None
        self._use_postgres = use_postgres
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> World:
        with contextlib.ExitStack() as stack:
            # Imported in a thread of the service, beside others, its reader of circuits crashes.
            import ibm_quantum_schemas.common.qpy  # noqa: F401
            import qiskit.qpy
            import qiskit_ibm_runtime  # noqa: F401

            file = io.BytesIO()
            qiskit.qpy.dump(qiskit.QuantumCircuit(2, 2), file)
            qiskit.qpy.load(io.BytesIO(file.getvalue()))
            self.small_disk = _small_disk(self.root)
            stack.enter_context(self.service)
            self.service.set_usage(limit=None)
            environment = self.service.environment | {"HOME": str(self.root)}
            self.forks = stack.enter_context(ForkServer(environment, self.root / "log"))
            self.template.mkdir()
            code = self.forks.run("tests.campaign.child:template", folder=str(self.template))
            if code:
                raise RuntimeError(f"The template of homes was not made; see {self.root / 'log'}.")
            if self.small_disk is not None:
                (self.small_disk / "template").symlink_to(self.template)
            if (package := _earlier_package(self.root)) is not None:
                given = {"PYTHONPATH": f"{package}:{ROOT}", "PYTHONSAFEPATH": "1"}
                self.earlier = stack.enter_context(
                    ForkServer(environment | given, self.root / "earlier.log")
                )
            self.preload(json.loads((self.template / "modules.json").read_text()))
            if self._use_postgres:
                self.postgres = stack.enter_context(_postgres(self.root / "postgres"))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def preload(self, modules: list[str]) -> None:
        """Import in the parents of all children what one of these has needed."""
        self.forks.preload(modules)
        if self.earlier is not None:
            # It has no others than its own.
            self.earlier.preload(modules)

    def fill(self, left: int | None) -> None:
        """Fill the small disk up to some bytes; None removes what fills it."""
        assert self.small_disk is not None
        filler = self.small_disk / "filler"
        filler.unlink(missing_ok=True)
        if left is not None:
            about = os.statvfs(self.small_disk)
            size = about.f_bavail * about.f_frsize - left
            with filler.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, max(1, size))

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database on the server; its URL."""
        import psycopg

        assert self.postgres is not None
        server, name = self.postgres, f"campaign_{uuid.uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def served(self) -> list[Served]:
        """Return what the service accepted, and would charge, since `forget_served`."""
        return [
            Served(job.id, tuple(job.tags), job.state, job.bits)
            for job in self.service.jobs.values()
            if not job.refused and not job.is_mock
        ]

    def forget_served(self) -> None:
        """Empty the service's log, so that memory stays what it is."""
        state = self.service.state
        with state.lock:
            state.jobs.clear()
            state._polled.clear()
            for device in state.devices.values():
                device.queue = 0
        self.service.requests.clear()
        self.service.faults.clear()


def _small_disk(root: Path) -> Path | None:
    """Mount a small file system that no other process sees, and that goes when this one ends."""
    if os.geteuid() != 0:
        return None
    libc, folder = ctypes.CDLL(None, use_errno=True), root / "small"
    folder.mkdir()
    size = f"size={_SMALL}".encode()
    if (
        libc.unshare(_NEW_MOUNTS)
        or libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None)
        or libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, size)
    ):
        return None
    return folder


def _earlier_package(root: Path) -> Path | None:
    """Unpack the package of the last release, if the history of the repository is here."""
    folder = root / "earlier"
    packed = subprocess.run(
        ["git", "archive", _EARLIER, "neuroqgan"], cwd=ROOT, capture_output=True, check=False
    )
    if packed.returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@contextlib.contextmanager
def _postgres(folder: Path) -> Iterator[str | None]:
    script = ROOT / ".ci" / "postgres"
    # The server's own user looks into the folder.
    for parent in (folder.parent, *folder.parent.parents):
        if not parent.stat().st_mode & 0o001:
            yield None
            return
    started = subprocess.run([script, "start", folder], capture_output=True, text=True, check=False)
    try:
        yield started.stdout.strip() if started.returncode == 0 else None
    finally:
        subprocess.run([script, "stop", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)
