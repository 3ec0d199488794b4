"""A connection to the database that is lost: what was under way is done once, or has failed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import URL

from neuroqgan.errors import NotReadyError, StorageError
from neuroqgan.jobs import retries
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.jobs.submission import send
from tests.jobs.conftest import DEVICE, StubService, planned
from tests.jobs.databases import database, postgres_server  # noqa: F401  # a fixture
from tests.jobs.test_store import make_record

# A file has no connection that could be lost.
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database", ["postgres"], indirect=True),
]


class Cable:
    """Passes everything on to a server, until it is cut."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._ends: list[socket.socket] = []
        self._unanswered: set[socket.socket] = set()
        self.cut_at: bytes | None = None
        self.is_down = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, down: bool = False) -> None:
        """End all connections; if it is down, new ones end at once."""
        self.is_down = down
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def close(self) -> None:
        self.cut(down=True)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.is_down:
                near.close()
                continue
            far = socket.create_connection(self._server)
            self._ends += [near, far]
            threading.Thread(target=self._pass, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_request: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if is_request and self.cut_at is not None and self.cut_at in data:
                    # The request arrives, and its answer does not.
                    self.cut_at = None
                    self._unanswered.add(target)
                elif source in self._unanswered:
                    self.cut()
                    return
                target.sendall(data)
        for end in (source, target):
            end.close()


@pytest.fixture
def cable(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cable]:
    server = postgres_server()
    monkeypatch.setattr(retries, "PAUSES", (0.01, 0.02, 0.05))
    made = Cable((str(server.host), int(server.port or 5432)))
    yield made
    made.close()


@pytest.fixture
def store(database: URL, cable: Cable) -> Iterator[JobStore]:  # noqa: F811
    opened = JobStore(database.set(port=cable.port))
    yield opened
    opened.close()


def test_reading_goes_on(store: JobStore, cable: Cable) -> None:
    record = make_record()
    store.create([record])
    cable.cut()
    assert store.find() == [record]
    cable.cut_at = b"SELECT"
    assert store.get(record.id) == record
    cable.cut(down=True)
    with pytest.raises(StorageError, match="cannot be used") as caught:
        store.find()
    assert "\n" not in caught.value.got
    assert str(postgres_server().password) not in str(caught.value)
    cable.is_down = False
    assert store.count() == 1


@pytest.mark.parametrize("at", [b"INSERT", b"COMMIT"])
def test_a_record_is_written_once(store: JobStore, cable: Cable, at: bytes) -> None:
    first, second = make_record(), make_record()
    cable.cut_at = at
    store.create([first])
    cable.cut_at = at
    assert store.create_once([second], lambda _: []) == []
    assert cable.cut_at is None
    assert {job.id for job in store.find()} == {first.id, second.id}
    assert [len(store.events(job)) for job in (first, second)] == [1, 1]


@pytest.mark.parametrize("at", [b"UPDATE", b"COMMIT"])
def test_a_step_is_taken_once(store: JobStore, cable: Cable, at: bytes) -> None:
    record = make_record()
    store.create([record])
    cable.cut_at = at
    changed = store.transition(record, JobState.PLANNED, "stored", hold=True)
    assert cable.cut_at is None
    assert changed == store.get(record.id)
    assert changed.version == record.version + 1
    assert [event.note for event in store.events(record)] == ["created", "stored"]
    # What another process changed meanwhile stays.
    cable.cut_at = b"COMMIT"
    store.release(changed)
    with pytest.raises(NotReadyError):
        store.release(changed)
    cable.cut_at = b"COMMIT"
    store.forget(store.get(record.id))
    assert store.find() == []


def test_a_job_is_not_sent_twice(
    store: JobStore, cable: Cable, service: StubService, tmp_path: object
) -> None:
    context = JobContext(
        store,
        PayloadStore("memory://lost-connections"),
        lambda *_, **__: service,  # type: ignore[arg-type,return-value]
        {"ibm": lambda: service},  # type: ignore[dict-item,return-value]
    )
    job = planned(context, service)
    submit = service.submit

    def submit_and_cut(*words: object, **more: object) -> object:
        answer = submit(*words, **more)  # type: ignore[arg-type]
        cable.cut(down=True)
        return answer

    service.submit = submit_and_cut  # type: ignore[method-assign,assignment]
    # The service has it, and the database does not learn of it.
    with pytest.raises(StorageError):
        send(context, job, service)  # type: ignore[arg-type]
    cable.is_down = False
    lost = store.get(job.id)
    assert lost.state is JobState.SUBMITTING
    store.release(lost)
    found = refresh(context, store.get(job.id))
    assert (found.state, found.provider_id) == (JobState.QUEUED, "stub0")
    assert (service.sent, len(service.jobs), found.backend) == (1, 1, DEVICE)
