"""Several instances."""

from __future__ import annotations

from typing import Any

import pytest

from neuroqgan.backends.ibm import transport


class _Listed:
    """An instance's connection that lists jobs, and says a total that is too high."""

    def __init__(self, jobs: list[str], error: Exception | None = None) -> None:
        self.jobs, self.error = jobs, error

    def jobs_get(self, *, limit: int, skip: int, job_tags: list[str]) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        page = [{"id": job} for job in self.jobs[skip : skip + limit]]
        return {"jobs": page, "count": len(self.jobs) + 5}


def test_tags_are_looked_for_in_all_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    from qiskit_ibm_runtime.api.exceptions import RequestsApiError

    service = object.__new__(transport.GuardedService)
    monkeypatch.setattr(transport.GuardedService, "active_instance", lambda _: "one")
    many = [f"job{i}" for i in range(120)]
    clients = {"one": _Listed([]), "two": _Listed(many)}
    service._api_clients = clients
    assert service.tagged("t") == many
    clients["three"] = _Listed([], RequestsApiError("no access", 403))
    assert service.tagged("t") == many
    clients["three"].error = RequestsApiError("down", -1)
    with pytest.raises(RequestsApiError):
        service.tagged("t")
    clients["one"].error = RequestsApiError("no access", 403)
    with pytest.raises(RequestsApiError, match="no access"):
        service.tagged("t")
