"""A calibration that changes under a raster of several requests, and what is done about it.

Devices are calibrated anew every few hours, and a raster may take longer. Spikes that were measured
stay as they are; the bins that are left can keep the qubits of the first ones, or take those that
are best by now.
"""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, get_args

from neuroqgan import checks
from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.placement.chip import couplers_of
from neuroqgan.backends.qubit_lists import qubit_text
from neuroqgan.backends.remote import is_remote
from neuroqgan.errors import AccountError, NeuroqganWarning, ServiceError

if TYPE_CHECKING:
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.codec import StoredLayout

CalibrationUse = Literal["cached", "refresh"]
CACHED, REFRESH = get_args(CalibrationUse)


class CalibrationWatch:
    """Looks at the calibration of a device before every request of a raster.

    Parameters
    ----------
    backend
        Where the raster is sampled; only a device behind a service is looked at.
    use
        ``cached``: plans are made with the calibration that was read when the device was opened,
        and kept as long as their qubits and couplers work. ``refresh``: the calibration is read
        anew before every request, and plans follow it.

    Raises
    ------
    ConfigError
        If there is no such choice.

    Examples
    --------
    >>> from neuroqgan.backends.registry import resolve
    >>> CalibrationWatch(resolve("aer")).look(None, 0)
    (None, '')
    """

    def __init__(self, backend: Backend, use: str = CACHED) -> None:
        checks.choice("calibration", use, get_args(CalibrationUse))
        self._backend = backend
        self._use = use
        self._planned_with: datetime | None = None
        self.has_looked = False
        """Whether a request of this process was looked at before."""

    def knows(self, before: StoredLayout) -> None:
        """Take note of the calibration that the bins before were planned with.

        Parameters
        ----------
        before
            Layout of one of their jobs.
        """
        try:
            self._planned_with = datetime.fromisoformat(before.about["calibrated"])
        except (KeyError, TypeError, ValueError):
            self._planned_with = None

    def look(self, plan: Plan | None, first_bin: int) -> tuple[Plan | None, str]:
        """Decide on the plan of the next request.

        Parameters
        ----------
        plan
            Made in this process, for the request before or for this one; None if there is none.
        first_bin
            First time bin of the next request, from 0.

        Returns
        -------
        tuple
            The plan, or None to plan anew; and what to tell people, empty if nothing has changed.

        Raises
        ------
        AccountError, ServiceError
            If the calibration is to be read anew, and the service cannot be asked.
        """
        if not is_remote(self._backend):
            return plan, ""
        seen, is_first = self._backend.calibrated, not self.has_looked
        self.has_looked = True
        if self._use == REFRESH or not is_first:
            try:
                self._backend.refresh_calibration()
            except (AccountError, ServiceError):
                if self._use == REFRESH:
                    raise
                return plan, ""
        before, now = self._planned_with, self._backend.calibrated
        self._planned_with = now
        if self._use == REFRESH and seen != now:
            plan = None
        if first_bin == 0 or before is None or now is None or before == now:
            return plan, ""
        changed = (
            f"{self._backend.name} was calibrated anew: the bins before bin {first_bin + 1} were "
            f"planned with the calibration of {_utc(before)}, now there is one of {_utc(now)}"
        )
        if plan is None or is_first or self._use == REFRESH:
            return plan, f"{changed}. The bins that are left are planned with it."
        if broken := self._broken(plan):
            return None, f"{changed}, in which {broken}. The bins that are left are planned anew."
        keeps = "The bins that are left keep their qubits; `calibration = refresh` plans them anew."
        return plan, f"{changed}. {keeps}"

    def _broken(self, plan: Plan) -> str:
        """Say what of a plan no longer works; empty if all of it does."""
        target = self._backend.target
        if target is None:
            return ""
        found = Calibration.of(target)
        qubits = {q for page in plan.pages for tile in page.tiles for q in tile.qubits}
        faulty = {qubit for qubit in qubits if not found.usable[qubit]}
        if faulty:
            return f"chosen qubits are faulty: {qubit_text(faulty)}"
        used = {pair for page in couplers_of(plan.pages) for pairs in page for pair in pairs}
        missing = sorted(used - found.pairs.keys())
        named = ", ".join(f"{a}-{b}" for a, b in missing)
        return f"chosen couplers are faulty: {named}" if missing else ""


def warn_of_calibration(text: str) -> None:
    """Warn that a device was calibrated anew while a raster is sampled.

    Parameters
    ----------
    text
        What to say.
    """
    warnings.warn(text, NeuroqganWarning, stacklevel=2)


def said_of_calibration(use: str) -> dict[str, str]:
    """Return what is kept with the jobs of a raster, by the key of the setting.

    Parameters
    ----------
    use
        See `CalibrationWatch`.

    Examples
    --------
    >>> said_of_calibration("cached"), said_of_calibration("refresh")
    ({}, {'calibration': 'refresh'})
    """
    return {} if use == CACHED else {"calibration": use}


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
