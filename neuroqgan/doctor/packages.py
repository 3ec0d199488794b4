"""Python, the packages that neuroqgan needs, and its extras."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.version import Version

from neuroqgan.doctor.finding import Finding, Scope, ok, problem, warning
from neuroqgan.doctor.known_versions import faults_here
from neuroqgan.versions import decisive_versions, installed_version

if TYPE_CHECKING:
    from collections.abc import Iterator

OUR_NAME = "neuroqgan"
_FOR_DEVELOPERS = frozenset({"bench", "dev", "docs", "test", "all"})


def check_versions(_: Scope) -> Iterator[Finding]:
    """Look at Python and at what is installed, against what neuroqgan needs."""
    own, *others = (f"{name} {version}" for name, version in decisive_versions().items())
    yield ok(f"{own} on {platform.platform()}; {', '.join(others)}")
    try:
        requirements = [Requirement(text) for text in metadata.requires(OUR_NAME) or ()]
        wanted = metadata.metadata(OUR_NAME)["Requires-Python"]
    except metadata.PackageNotFoundError:
        yield warning(
            "neuroqgan is imported from a folder, so its requirements are unknown",
            "pip install neuroqgan, or pip install -e FOLDER",
        )
        return
    if wanted and Version(platform.python_version()) not in Requirement(f"p{wanted}").specifier:
        yield problem(f"this Python is {platform.python_version()}", f"use Python {wanted}")
    for requirement in requirements:
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield from _unmet(requirement, "")


def check_known_versions(_: Scope) -> Iterator[Finding]:
    """Look for versions that are known to be faulty."""
    found = faults_here()
    for fault, version in found:
        said = f"{fault.package} {version}: {fault.said} ({fault.source})"
        yield Finding(fault.level, said, fault.advice)
    if not found:
        yield ok("no version that is known to be faulty is installed")


def check_extras(_: Scope) -> Iterator[Finding]:
    """Look at which extras are installed."""
    try:
        texts = metadata.requires(OUR_NAME) or []
        names = metadata.metadata(OUR_NAME).get_all("Provides-Extra") or []
    except metadata.PackageNotFoundError:
        return
    requirements = [Requirement(text) for text in texts]
    there, missing = [], []
    for name in sorted(set(names) - _FOR_DEVELOPERS):
        own = [r for r in requirements if r.marker and _belongs(r, name)]
        if any(installed_version(r.name) is None for r in own):
            missing.append(name)
            continue
        there.append(name)
        for requirement in own:
            yield from _unmet(requirement, f"[{name}]")
    here, absent = (", ".join(names) or "none" for names in (there, missing))
    yield ok(f"installed: {here}; not installed: {absent}")


def _belongs(requirement: Requirement, extra: str) -> bool:
    marker = requirement.marker
    if marker is None:
        return False
    return marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""})


def _unmet(requirement: Requirement, extra: str) -> Iterator[Finding]:
    """Yield a problem if a requirement is not met."""
    version = installed_version(requirement.name)
    install = f'{_quoted(sys.executable)} -m pip install --upgrade "{OUR_NAME}{extra}"'
    if version is None:
        yield problem(f"{requirement.name} is not installed", install)
    elif not requirement.specifier.contains(version, prereleases=True):
        yield problem(
            f"{requirement.name} is {version}, and neuroqgan needs {requirement.specifier}", install
        )


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path
