"""All checks, in the order in which they are shown. A new one is a function and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.doctor.clocks import check_clock
from neuroqgan.doctor.file_system import check_folder, check_locks
from neuroqgan.doctor.finding import Check, Finding, Scope, problem
from neuroqgan.doctor.ibm_account import check_account
from neuroqgan.doctor.job_store import check_free_space, check_job_store
from neuroqgan.doctor.kept_runs import check_runs
from neuroqgan.doctor.packages import check_extras, check_known_versions, check_versions
from neuroqgan.doctor.threads import check_openmp, check_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKS = (
    Check("versions", check_versions),
    Check("known faults", check_known_versions),
    Check("extras", check_extras),
    Check("account", check_account),
    Check("folder", check_folder),
    Check("free space", check_free_space),
    Check("locks", check_locks),
    Check("job store", check_job_store),
    Check("runs", check_runs),
    Check("threads", check_threads),
    Check("OpenMP", check_openmp),
    Check("clock", check_clock),
)
"""All checks."""


def examine(scope: Scope) -> Iterator[tuple[Check, list[Finding]]]:
    """Yield every check with what it finds; a check that fails is a problem of its own.

    Parameters
    ----------
    scope
        What checks may do.
    """
    for check in CHECKS:
        try:
            found = list(check.run(scope))
        # What is broken here may break anything: the other checks go on.
        except Exception as error:  # noqa: BLE001
            said = f"the check failed: {type(error).__name__}: {error}"
            advice = "report this with the output of neuroqgan doctor --json"
            found = [problem(said, advice)]
        yield check, found
