"""What children of `tests.jobs.forks` do: lives of jobs, and what users do after accidents."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.jobs.forks import wait_for_go

_PATIENCE = 30.0


class Steps:
    """Counts the steps of a life that leave something behind, and dies at one of them."""

    def __init__(self, last: int | None) -> None:
        self.names: list[str] = []
        self._last = last

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if self._last is not None and len(self.names) > self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, method: str, describe: Callable[..., str]) -> None:
        """Count before and after every call of a method."""
        inner = getattr(owner, method)

        def counted(*args: Any, **kwargs: Any) -> Any:
            name = describe(*args, **kwargs)
            self(f"before {name}")
            result = inner(*args, **kwargs)
            self(f"after {name}")
            return result

        setattr(owner, method, counted)

    def install(self) -> None:
        from fsspec.implementations.local import LocalFileSystem
        from requests.adapters import HTTPAdapter
        from sqlalchemy import Engine, event

        def wrote(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            verb = statement.split(maxsplit=1)[0]
            if verb != "SELECT":
                self(f"{verb} before its commit")

        event.listen(Engine, "after_cursor_execute", wrote)
        event.listen(Engine, "commit", lambda _: self("before a commit"))
        self.around(LocalFileSystem, "mv", lambda _, __, to, **___: f"move to {Path(to).name}")
        self.around(LocalFileSystem, "rm", lambda _, path, **__: f"removal of {Path(path).name}")
        self.around(HTTPAdapter, "send", lambda _, request, *__, **___: f"{request.method} sent")


def life(
    home: str,
    device: str,
    run: str,
    last_step: int | None = None,
    report: str | None = None,
) -> None:
    """Plan, send, wait and retrieve, as ``neuroqgan run --wait`` does.

    It waits for the test when it has planned and is about to write the record.
    """
    os.environ["NEUROQGAN_HOME"] = home
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.preparation import prepare
    from neuroqgan.jobs.retrieval import retrieve
    from neuroqgan.jobs.store import JobStore
    from neuroqgan.jobs.submission import send
    from neuroqgan.jobs.waiting import wait
    from tests.jobs.conftest import make_request

    create = JobStore.create
    began = 0.0

    def create_when_told(store: JobStore, records: list[Any]) -> None:
        nonlocal began
        wait_for_go()
        steps.install()
        began = time.monotonic()
        create(store, records)

    JobStore.create = create_when_told  # type: ignore[method-assign,assignment]
    context = JobContext()
    backend = context.resolve(device)
    steps = Steps(last_step)
    planned = prepare(context, make_request(device, run=run), backend)
    sent = [send(context, job, backend) for job in planned]
    for job in wait(context, sent, seconds=0.02):
        retrieve(context, job)
    if report is not None:
        seconds = time.monotonic() - began
        _write(report, {"steps": steps.names, "seconds": seconds, "modules": sorted(sys.modules)})


def user(home: str, run: str, grace: float, report: str) -> None:
    """Do what a user would who finds a job in the list, until it has ended.

    The minutes that a real service may take to list a job are cut down to the seconds that the
    loopback server takes.
    """
    os.environ["NEUROQGAN_HOME"] = home
    from neuroqgan.jobs import context
    from neuroqgan.jobs.state import FINAL
    from neuroqgan.jobs.store import JobStore

    settings = {"answer_grace": timedelta(seconds=grace)}
    context.JobContext = partial(context.JobContext, **settings)  # type: ignore[misc,assignment]
    store = JobStore()
    said: list[dict[str, Any]] = []
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        jobs = store.find(run=run)
        if all(job.state in FINAL for job in jobs):
            break
        (job,) = jobs
        _command(said, "jobs", "status", job.short_id)
        _command(said, "jobs", "recover")
        state = store.get(job.id).state
        # What the service has is adopted by now; for what it has not, a user asks.
        if state in {"planned", "uncertain"}:
            _command(said, "jobs", "recover", job.short_id, "--submit")
        elif state not in FINAL:
            _command(said, "jobs", "retrieve", job.short_id)
        time.sleep(0.05)
    _write(report, {"said": said, "modules": sorted(sys.modules)})


def simulated_life(
    home: str, backend: str, n_samples: int, at_progress: float | None = None, run: str = "whole"
) -> None:
    """Plan a job on a simulated device and run it; die when a part of it is done."""
    os.environ["NEUROQGAN_HOME"] = home
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.preparation import prepare
    from neuroqgan.jobs.simulation import simulate
    from tests.jobs.conftest import make_request

    context = JobContext()
    request = make_request(backend, n_samples=n_samples, run=run)
    n_cells = n_samples * 3
    done = 0

    def on_progress(new: int) -> None:
        nonlocal done
        done += new
        if at_progress is not None and done >= at_progress * n_cells:
            os.kill(os.getpid(), signal.SIGKILL)

    for job in prepare(context, request, context.resolve(backend)):
        simulate(context, job, on_progress=on_progress)


def walk(
    home: str,
    backend: str,
    run: str,
    last_step: int | None = None,
    report: str | None = None,
    *,
    seed: int = 0,
    recover: bool = False,
    together: bool = False,
) -> None:
    """Walk through a raster that takes rounds, as ``neuroqgan run --wait`` does.

    Parameters
    ----------
    last_step
        After which of the steps that leave something behind it dies.
    report
        Where to write the steps.
    recover
        Whether to send first, as a user would, what the service turns out not to have.
    together
        Whether to begin when the test says so.
    """
    os.environ["NEUROQGAN_HOME"] = home
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.recovery import refresh
    from neuroqgan.jobs.retrieval import retrieve_shared
    from neuroqgan.jobs.state import JobState
    from neuroqgan.jobs.submission import send_again
    from neuroqgan.jobs.waiting import wait
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.walk import RasterWalk
    from tests.jobs.walks import made_up

    context = JobContext()
    device = context.resolve(backend)
    if recover:
        for job in context.store.find(run=run, states=[JobState.SUBMITTING, JobState.UNCERTAIN]):
            found = refresh(context, job)
            if found.state is JobState.UNCERTAIN:
                at_once = replace(context, answer_grace=timedelta(0))
                send_again(at_once, found, device)
    steps = Steps(last_step)
    steps.install()
    raster = RasterWalk(context, made_up(), RasterOrder(8, seed, run=run), device)
    if together:
        assert raster.known() == []
        wait_for_go()
    while not raster.is_finished:
        jobs = raster.step().jobs
        if context.is_remote(jobs[0]):
            jobs = [retrieve_shared(context, job) for job in wait(context, jobs, seconds=0.02)]
        raster.take(jobs)
    raster.close()
    if report is not None:
        _write(report, {"steps": steps.names, "last": raster.jobs[0].id})


def same(
    home: str,
    database: str,
    backend: str,
    report: str,
    *,
    parts_of: int | None = None,
    fresh: bool = False,
    to_the_end: bool = False,
) -> int:
    """Ask for what others ask for too, as ``neuroqgan run`` does; wait at the question.

    Parameters
    ----------
    parts_of
        Most executions of a job: the request then takes several.
    fresh
        Whether it is asked for anew on purpose.
    to_the_end
        Whether to wait for the bits, as with ``--wait``.
    """
    os.environ.update({"NEUROQGAN_HOME": home, "NEUROQGAN_DATABASE_URL": database})
    from neuroqgan.backends.protocol import Limits
    from neuroqgan.errors import NeuroqganError
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.retrieval import retrieve_shared
    from neuroqgan.jobs.waiting import wait
    from neuroqgan.sampling.sampled_jobs import is_unsent, known_jobs, sample_request
    from tests.jobs.conftest import make_request

    context = JobContext()
    device, request = context.resolve(backend), make_request(backend)
    if parts_of is not None:
        device.limits = Limits(max_executions=parts_of)
    known = [] if fresh else known_jobs(context, request)
    assert is_unsent(context, known)
    wait_for_go()
    try:
        asked = sample_request(context, request, device, known=known, fresh=fresh)
    except NeuroqganError as error:
        _write(report, {"error": error.problem})
        return error.exit_code
    jobs = asked.jobs
    if to_the_end:
        jobs = [retrieve_shared(context, job) for job in wait(context, jobs, seconds=0.02)]
    _write(
        report,
        {
            "jobs": [job.id for job in jobs],
            "states": [job.state.value for job in jobs],
            "meanwhile": asked.meanwhile,
            "reused": asked.reused,
        },
    )
    return 0


def command(
    home: str, arguments: list[str], report: str, variables: dict[str, str] | None = None
) -> None:
    """Call one command."""
    os.environ.update({"NEUROQGAN_HOME": home} | (variables or {}))
    said: list[dict[str, Any]] = []
    _command(said, *arguments)
    _write(report, said[0])


def at_a_terminal(
    home: str,
    arguments: list[str],
    report: str,
    terminal: str,
    variables: dict[str, str] | None = None,
) -> None:
    """Call one command at whose terminal a person sits."""
    os.environ.update({"NEUROQGAN_HOME": home} | (variables or {}))
    for number in (0, 1, 2):
        os.dup2(os.open(terminal, os.O_RDWR), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    from neuroqgan.cli import main

    try:
        main(arguments)
    except SystemExit as end:
        _write(report, {"code": end.code})


def submissions(database: str, home: str, device: str, count: int, name: str) -> None:
    """Send several jobs, at the same moment as others do."""
    os.environ["NEUROQGAN_HOME"] = home
    os.environ["NEUROQGAN_DATABASE_URL"] = database
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.preparation import prepare
    from neuroqgan.jobs.submission import send
    from tests.jobs.conftest import make_request

    wait_for_go()
    # The first of all has no tables yet.
    context = JobContext()
    backend = context.resolve(device)
    for number in range(count):
        for job in prepare(context, make_request(device, run=f"{name}-{number}"), backend):
            send(context, job, backend)


def first_use(database: str, name: str, last_step: int | None = None, *, wait: bool = True) -> None:
    """Open a database that may have no tables yet, and write a record."""
    from sqlalchemy import make_url

    from neuroqgan.jobs.store import JobStore
    from tests.jobs.test_store import make_record

    record = make_record(run=name)
    if wait:
        wait_for_go()
    Steps(last_step).install()
    JobStore(make_url(database)).create([record])


def contest(database: str) -> int:
    """Try to take all planned jobs; return how many it got."""
    from sqlalchemy import make_url

    from neuroqgan.errors import NotReadyError
    from neuroqgan.jobs.state import JobState
    from neuroqgan.jobs.store import JobStore

    store = JobStore(make_url(database))
    jobs = store.find(states=[JobState.PLANNED])
    won = 0
    wait_for_go()
    for job in jobs:
        try:
            store.transition(job, JobState.SUBMITTING, "mine", hold=True)
            won += 1
        except NotReadyError:
            continue
    return won


def _command(said: list[dict[str, Any]], *arguments: str) -> int:
    from click.testing import CliRunner

    from neuroqgan.cli import main

    began = time.monotonic()
    result = CliRunner().invoke(main, list(arguments))
    entry = {
        "command": arguments,
        "code": result.exit_code,
        "output": result.output,
        "seconds": time.monotonic() - began,
    }
    said.append(entry)
    assert result.exception is None or isinstance(result.exception, SystemExit), entry
    assert "Internal error" not in result.output, entry
    return result.exit_code


def _write(path: str, value: Any) -> None:
    Path(path).write_text(json.dumps(value))
