"""Control endpoints, for tests that run in another process than the server."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.testing.api_error import ApiError
from neuroqgan.testing.faults import Fault
from neuroqgan.testing.http_messages import Request, Response

if TYPE_CHECKING:
    from neuroqgan.testing.served_job import ServedJob
    from neuroqgan.testing.serving import Serving

_CALLS = frozenset(
    {
        *("finish", "run", "fail", "cancel", "expire", "retire"),
        *("set_queue", "set_usage", "limit_submissions"),
    }
)


def answer(service: Serving, request: Request) -> Response:
    """Do what a test asks for; a mistake in it comes back as 400."""
    try:
        return _act(service, request)
    except (KeyError, TypeError, ValueError) as error:
        return Response(400, ApiError(400, 0, repr(error)).body())


def _act(service: Serving, request: Request) -> Response:
    what = request.path.removeprefix("/control/")
    if request.method == "GET":
        if what == "jobs":
            with_bits = request.query.get("bits", ["0"])[0] == "1"
            with service.state.lock:
                jobs = list(service.jobs.values())
            return Response(
                content={
                    "created": service.created,
                    "jobs": [_describe(job, with_bits) for job in jobs],
                }
            )
        if what == "requests":
            return Response(content={"requests": list(service.requests)})
        raise KeyError(what)
    body = request.json()
    if what == "faults":
        if request.method == "DELETE":
            service.faults.clear()
            return Response(204)
        fault = Fault.parse(body.pop("fault"))
        service.faults.order(body.pop("route"), fault, **body)
    elif what in _CALLS:
        getattr(service, what)(**body)
    else:
        raise KeyError(what)
    return Response(204)


def _describe(job: ServedJob, with_bits: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": job.id,
        "backend": job.backend,
        "program": job.program,
        "tags": job.tags,
        "private": job.private,
        "state": job.state,
        "created": job.created,
        "n_read": job.n_read,
    }
    if with_bits:
        described["bits"] = [
            {
                "shape": list(bits.shape),
                "data": base64.b64encode(np.packbits(bits).tobytes()).decode(),
            }
            for bits in job.bits
        ]
    return described


def unpack(described: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return the bits of one circuit, as `_describe` packed them."""
    shape = tuple(described["shape"])
    raw = np.frombuffer(base64.b64decode(described["data"]), np.uint8)
    return np.unpackbits(raw, count=int(np.prod(shape))).astype(bool).reshape(shape)
