"""Versions of other packages with faults that neuroqgan's users may meet, and where to read more.

A fault is one entry in `FAULTS`. What neuroqgan itself works around is listed for those who use
the same packages in code of their own.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from neuroqgan.doctor.finding import Level
from neuroqgan.versions import installed_version


@dataclass(frozen=True)
class Fault:
    """A fault of some versions of a package.

    Parameters
    ----------
    package
        Name of the distribution, or ``sqlite`` for the library that Python is linked with.
    versions
        Those that have it, as a specifier; empty for all.
    level
        How bad it is for users of neuroqgan.
    said
        What goes wrong.
    advice
        What to do.
    source
        Where it is described.
    """

    package: str
    versions: str
    level: Level
    said: str
    advice: str
    source: str


FAULTS = (
    Fault(
        "qiskit-aer",
        "",
        Level.OK,
        "batches of parameters are bound wrongly, without an error, in controlled rotations; "
        "neuroqgan uses none of them there",
        "in circuits of your own, call assign_parameters before you run them",
        "https://github.com/Qiskit/qiskit-aer/issues/2323",
    ),
    Fault(
        "qiskit-aer-gpu",
        "<0.17",
        Level.PROBLEM,
        "it takes the place of qiskit-aer and cannot be imported with Qiskit 2",
        "pip uninstall qiskit-aer-gpu, then pip install --force-reinstall qiskit-aer",
        "https://github.com/Qiskit/qiskit-aer/issues/2336",
    ),
    Fault(
        "qiskit-terra",
        "",
        Level.PROBLEM,
        "it is the core of Qiskit before 1.0, whose files mix with those of today's qiskit",
        "install neuroqgan into a new environment",
        "https://docs.quantum.ibm.com/migration-guides/qiskit-1.0-installation",
    ),
    Fault(
        "sqlite",
        ">=3.7.0,<3.51.3,!=3.44.6,!=3.50.7",
        Level.OK,
        "two processes that write at the same moment can damage a database, though hardly ever",
        "if many processes share one job store, use a Python with SQLite 3.51.3 or later, or "
        "PostgreSQL",
        "https://www.sqlite.org/wal.html#walresetbug",
    ),
)
"""All of them."""


def version_of(package: str) -> str | None:
    """Return the version that is in use, or None.

    Parameters
    ----------
    package
        See `Fault`.
    """
    return sqlite3.sqlite_version if package == "sqlite" else installed_version(package)


def faults_here() -> list[tuple[Fault, str]]:
    """Return the faults of what is installed, with the version of each."""
    found = [(fault, version_of(fault.package)) for fault in FAULTS]
    return [(fault, version) for fault, version in found if version and _has(fault, version)]


def _has(fault: Fault, version: str) -> bool:
    try:
        return Version(version) in SpecifierSet(fault.versions, prereleases=True)
    except InvalidVersion:
        return False
