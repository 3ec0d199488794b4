"""Routes of the runtime API: which function answers what."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from neuroqgan.testing import identity
from neuroqgan.testing.api_error import ApiError
from neuroqgan.testing.http_messages import Request, Response
from neuroqgan.testing.rules.checking import check_size

if TYPE_CHECKING:
    from neuroqgan.testing.service_state import ServiceState


def _backends(state: ServiceState, request: Request) -> Response:
    with state.lock:
        devices = [device.listing() for device in state.devices.values() if not device.retired]
    if request.query.get("include_mocks", ["false"])[0].lower() == "true":
        devices += [mock.listing() | {"class": "mock"} for mock in state.mock_devices()]
    return Response(content={"devices": devices})


def _backend(state: ServiceState, request: Request) -> Response:
    device = state.device(request.names["name"])
    match request.names["what"]:
        case "configuration":
            return Response(content=device.configuration)
        case "properties":
            return Response(content=device.properties)
        case _:
            return Response(content=device.state())


def _usage(state: ServiceState, _: Request) -> Response:
    return Response(content=state.usage())


def _submit(state: ServiceState, request: Request) -> Response:
    state.submissions.accept()
    check_size(len(request.body), state.limits)
    job = state.create(request.json())
    job.n_bytes = len(request.body)
    return Response(content={"id": job.id, "backend": job.backend, "private": job.private})


def _list(state: ServiceState, request: Request) -> Response:
    jobs, count = state.find(request.query)
    documents = [job.document() for job in jobs]
    return Response(content={"jobs": documents, "count": count})


def _job(state: ServiceState, request: Request) -> Response:
    job = state.poll(request.names["id"])
    excluded = request.query.get("exclude_params", ["false"])[0] == "true"
    return Response(content=job.document(params=not excluded))


def _delete(state: ServiceState, request: Request) -> Response:
    state.delete(request.names["id"])
    return Response(204)


def _results(state: ServiceState, request: Request) -> Response:
    job = state.job(request.names["id"])
    if job.expired:
        raise ApiError(404, 1291, f"Job results have expired. Job ID: {job.id}")
    if job.state == "Failed" or job.reason_code:
        return Response(content=(job.reason or "").encode())
    if job.state != "Completed":
        return Response(204)
    with state.lock:
        job.n_read += 1
        if job.private and job.n_read > 1:
            return Response(204)
    return Response(content=job.results)


def _cancel(state: ServiceState, request: Request) -> Response:
    with state.lock:
        job = state.job(request.names["id"])
        if job.final:
            raise ApiError(409, 1294, f"Job is already in state {job.state}.")
        state.move(job, "Cancelled")
    return Response(204)


def _metrics(state: ServiceState, request: Request) -> Response:
    return Response(content=state.job(request.names["id"]).metrics())


def _logs(state: ServiceState, request: Request) -> Response:
    return Response(content=f"{state.job(request.names['id']).id}: nothing logged\n".encode())


def _tags(state: ServiceState, request: Request) -> Response:
    state.job(request.names["id"]).tags = list(request.json()["tags"])
    return Response(204)


def _open_session(state: ServiceState, request: Request) -> Response:
    return Response(content=state.open_session(request.json()))


def _session(state: ServiceState, request: Request) -> Response:
    return Response(content=state.session(request.names["id"]))


def _change_session(state: ServiceState, request: Request) -> Response:
    with state.lock:
        session = state.session(request.names["id"])
        session["accepting_jobs"] = bool(request.json()["accepting_jobs"])
        state.settle(session)
    return Response(204)


def _close_session(state: ServiceState, request: Request) -> Response:
    with state.lock:
        session = state.session(request.names["id"])
        session["accepting_jobs"] = False
        for job in state.jobs.values():
            if job.session_id == session["id"]:
                state.move(job, "Cancelled")
        state.settle(session)
    return Response(204)


Answer = Callable[["ServiceState", Request], Response]

_ANSWERS: dict[str, tuple[str, Answer]] = {
    "POST /identity/token": (r"/identity/token", identity.identity),
    "POST /v3/resources/search": (r"/v3/resources/search", identity.search),
    "GET /catalog/{id}": (r"/catalog/(?P<id>[^/]+)", identity.catalog),
    "GET /backends": (r"/backends", _backends),
    "GET /backends/{name}/configuration": (
        r"/backends/(?P<name>[^/]+)/(?P<what>configuration)",
        _backend,
    ),
    "GET /backends/{name}/properties": (
        r"/backends/(?P<name>[^/]+)/(?P<what>properties)",
        _backend,
    ),
    "GET /backends/{name}/status": (r"/backends/(?P<name>[^/]+)/(?P<what>status)", _backend),
    "GET /instances/usage": (r"/instances/usage", _usage),
    "POST /jobs": (r"/jobs", _submit),
    "GET /jobs": (r"/jobs", _list),
    "GET /jobs/{id}": (r"/jobs/(?P<id>[^/]+)", _job),
    "DELETE /jobs/{id}": (r"/jobs/(?P<id>[^/]+)", _delete),
    "GET /jobs/{id}/results": (r"/jobs/(?P<id>[^/]+)/results", _results),
    "POST /jobs/{id}/cancel": (r"/jobs/(?P<id>[^/]+)/cancel", _cancel),
    "GET /jobs/{id}/metrics": (r"/jobs/(?P<id>[^/]+)/metrics", _metrics),
    "GET /jobs/{id}/logs": (r"/jobs/(?P<id>[^/]+)/logs", _logs),
    "PUT /jobs/{id}/tags": (r"/jobs/(?P<id>[^/]+)/tags", _tags),
    "POST /sessions": (r"/sessions", _open_session),
    "GET /sessions/{id}": (r"/sessions/(?P<id>[^/]+)", _session),
    "PATCH /sessions/{id}": (r"/sessions/(?P<id>[^/]+)", _change_session),
    "DELETE /sessions/{id}/close": (r"/sessions/(?P<id>[^/]+)/close", _close_session),
}

ROUTES: list[tuple[str, re.Pattern[str], Answer]] = [
    (name, re.compile(pattern), answer) for name, (pattern, answer) in _ANSWERS.items()
]


def route(request: Request) -> tuple[str, Answer]:
    """Return name and function of the route of a request, and note the names in its path."""
    for name, pattern, answer in ROUTES:
        found = pattern.fullmatch(request.path)
        if found and name.startswith(f"{request.method} "):
            request.names = found.groupdict()
            return name, answer
    raise ApiError(404, 1000, f"Cannot {request.method} {request.path}")
