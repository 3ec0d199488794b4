"""The recording of the command line's tests."""

from tests.cli.conftest import recording  # noqa: F401  # a fixture
