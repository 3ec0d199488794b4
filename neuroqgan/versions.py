"""Versions of neuroqgan and of what it computes with, without importing any of it."""

from __future__ import annotations

import platform
from importlib import metadata

DECISIVE = (
    "numpy",
    "scipy",
    "numba",
    "torch",
    "scikit-learn",
    "qiskit",
    "qiskit-aer",
    "qiskit-ibm-runtime",
)
"""Distributions whose version may change a result."""


def installed_version(distribution: str) -> str | None:
    """Return the version of a distribution that is installed, or None.

    Parameters
    ----------
    distribution
        Its name, as pip has it.

    Examples
    --------
    >>> installed_version("no-such-thing") is None
    True
    """
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def decisive_versions() -> dict[str, str | None]:
    """Return the versions that a result may depend on, those of Python and neuroqgan first.

    Returns
    -------
    dict
        Versions by name; None for what is not installed.

    Examples
    --------
    >>> list(decisive_versions())[:3]
    ['neuroqgan', 'python', 'numpy']
    """
    # Of the code that runs, which is newer than its metadata in a checkout that is installed.
    from neuroqgan import __version__

    found: dict[str, str | None] = {"neuroqgan": __version__, "python": platform.python_version()}
    return found | {name: installed_version(name) for name in DECISIVE}
