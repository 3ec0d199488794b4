"""Kinds of backends: what each is, where it is opened, and what its names look like.

`KINDS` is the only place that knows which kinds there are. A new kind is one file, with a class
that follows `neuroqgan.backends.protocol.Backend`, and one line here; a backend of another package
is an entry point (`neuroqgan.backends.local.plugins`) and needs no line at all.

Nothing heavy is imported: a stored job knows only the name of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

Naming = Literal["alone", "prefix", "scheme"]


@dataclass(frozen=True)
class BackendKind:
    """What all backends of a kind have in common.

    Parameters
    ----------
    summary
        What it is, in a few words.
    opens
        What opens one, ``module:function`` or ``module:Class.method``; it is called with the
        `neuroqgan.backends.names.BackendName` and an `neuroqgan.backends.protocol.Opening`.
    naming
        Form of the names: the kind ``alone`` (``aer``), the kind as a ``prefix`` of the device
        (``fake_brisbane``), or a ``scheme`` before it (``acme:small``).
    simulates
        Whether shots are drawn in this process from a seed, as often as wanted and without cost.
    charges
        Whether somebody may have to pay for its executions.
    repeatable
        Whether the same request with the same seed gives the same bits.
    shared
        Whether workers can share its circuits.
    ideal
        Whether it has no qubits of its own: no placement, no calibration, no readout errors.
    remote
        Whether it takes jobs and returns their results later, as
        `neuroqgan.backends.remote.RemoteDevice` does.
    service
        What connects to the service that keeps the jobs of a remote kind, and returns a
        `neuroqgan.backends.remote.JobService`; written like ``opens``, called without arguments.
    sending_account
        What makes a block use the account that a job was sent with, if the service has accounts;
        written like ``opens``, called with the name and the number in the job's record.
    """

    summary: str
    opens: str
    naming: Naming = "alone"
    simulates: bool = False
    charges: bool = True
    repeatable: bool = False
    shared: bool = False
    ideal: bool = False
    remote: bool = False
    service: str = ""
    sending_account: str = ""


_LOCAL = "neuroqgan.backends.local"

KINDS: dict[str, BackendKind] = {
    "aer": BackendKind(
        "ideal simulator",
        f"{_LOCAL}.aer:AerBackend.open",
        simulates=True,
        charges=False,
        repeatable=True,
        shared=True,
        ideal=True,
    ),
    "exact": BackendKind(
        "exact sampling, fast",
        f"{_LOCAL}.exact:ExactBackend.open",
        simulates=True,
        charges=False,
        repeatable=True,
        ideal=True,
    ),
    "fake": BackendKind(
        "noisy simulation of a device",
        f"{_LOCAL}.simulated:SimulatedBackend.open",
        naming="prefix",
        simulates=True,
        charges=False,
        repeatable=True,
        shared=True,
    ),
    "ibm": BackendKind(
        "device of IBM",
        "neuroqgan.backends.ibm.connection:open_device",
        naming="prefix",
        remote=True,
        service="neuroqgan.backends.ibm.connection:ibm_service",
        sending_account="neuroqgan.backends.ibm.account:use_account_of_job",
    ),
    # Nobody knows what the backends of other packages do, or what they cost.
    "plugin": BackendKind("plugin", f"{_LOCAL}.plugins:open_plugin", naming="scheme"),
    "instance": BackendKind(
        "Qiskit backend object of this process",
        f"{_LOCAL}.instances:open_instance",
        naming="scheme",
    ),
}

_UNKNOWN = BackendKind("of another version of neuroqgan", "", naming="scheme")


class OfKind:
    """Properties that a backend has by its kind; a mixin for backends."""

    kind: str

    @property
    def simulates(self) -> bool:
        """Whether shots are drawn in this process from a seed, at no cost."""
        return kind_of(self.kind).simulates

    @property
    def charges(self) -> bool:
        """Whether somebody may have to pay for its executions."""
        return kind_of(self.kind).charges

    @property
    def repeatable(self) -> bool:
        """Whether the same request with the same seed gives the same bits."""
        return kind_of(self.kind).repeatable

    @property
    def calibrated(self) -> datetime | None:
        """When the device was calibrated, as it was last read; None if that is not known."""
        return None

    def refresh_calibration(self) -> None:
        """Read the calibration anew, if it can change."""


def kind_of(name: str) -> BackendKind:
    """Return the kind of that name; one that is not known here may charge and repeats nothing.

    Parameters
    ----------
    name
        Such as ``aer``; what a job record holds.

    Examples
    --------
    >>> kind_of("fake").simulates, kind_of("ibm").charges
    (True, True)
    """
    return KINDS.get(name, _UNKNOWN)
