"""All suites by key."""

from __future__ import annotations

from neuroqgan.errors import ConfigError
from neuroqgan.evaluation.suites.ldns import LDNS
from neuroqgan.evaluation.suites.suite import Figure, Suite

SUITES: dict[str, Suite] = {LDNS.key: LDNS}
"""The registry; a suite is one file and one line here."""


def find_suite(key: str) -> Suite:
    """Return a suite.

    Raises
    ------
    ConfigError
        If there is none of that key.
    """
    if key not in SUITES:
        raise ConfigError(f"There is no suite {key!r}.", expected=", ".join(SUITES), got=repr(key))
    return SUITES[key]


def figure_of(suite: str, key: str) -> Figure:
    """Return how a stored figure is named; its key if suite or figure are not known here."""
    known = SUITES[suite].figures if suite in SUITES else {}
    return known.get(key, Figure(key))
