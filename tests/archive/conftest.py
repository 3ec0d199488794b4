"""Fixtures for tests of whole stores."""

from __future__ import annotations

import pytest

from tests.jobs.conftest import StubService
from tests.jobs.databases import database  # noqa: F401  # a fixture
from tests.jobs.object_store import bucket, s3_server  # noqa: F401  # fixtures


@pytest.fixture
def service() -> StubService:
    return StubService()
