"""Checking a store, and repairing what can be repaired. A new check is a line in `CHECKS`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.archive.database_check import check_database, check_records
from neuroqgan.archive.faults import Fault, StoreCheck
from neuroqgan.archive.leftover_check import check_leftovers
from neuroqgan.archive.payload_check import check_payloads
from neuroqgan.archive.run_check import check_folders
from neuroqgan.archive.store_view import StoreView, shorten
from neuroqgan.errors import NeuroqganError

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKS = (
    StoreCheck("database", check_database),
    StoreCheck("records", check_records),
    StoreCheck("payloads", check_payloads),
    StoreCheck("folders", check_folders),
    StoreCheck("leftovers", check_leftovers),
)
"""All checks, in the order in which faults are shown and repaired."""


def find_faults(view: StoreView) -> Iterator[Fault]:
    """Yield everything that is wrong with a store; nothing is changed.

    Parameters
    ----------
    view
        The store.
    """
    for check in CHECKS:
        try:
            yield from check.run(view)
        except NeuroqganError as error:
            yield Fault(check.name, "store", shorten(error), error.hint)
        except OSError as error:
            said = f"{error.strerror or error}: {error.filename or ''}"
            yield Fault(check.name, "store", said, "check who may read it, then check again")


@dataclass(frozen=True)
class RepairOutcome:
    """What was done about a fault.

    Parameters
    ----------
    fault
        The fault.
    done
        What was done, in words; empty if nothing.
    failed
        Why that was not possible; empty if it was.
    """

    fault: Fault
    done: str = ""
    failed: str = ""


def repair_faults(view: StoreView, *, dry_run: bool = False) -> Iterator[RepairOutcome]:
    """Repair what can be repaired, and yield what was done about every fault.

    No result that was paid for is deleted: what is damaged is moved into a folder of its own.

    Parameters
    ----------
    view
        The store.
    dry_run
        Whether only to say what would be done.
    """
    # All are found first, since repairing one may hide another.
    for fault in list(find_faults(view)):
        if fault.repair is None:
            yield RepairOutcome(fault)
        elif dry_run:
            yield RepairOutcome(fault, done=f"would {fault.repair.plan}")
        else:
            try:
                yield RepairOutcome(fault, done=fault.repair.act())
            except NeuroqganError as error:
                yield RepairOutcome(fault, failed=shorten(error))
            except OSError as error:
                yield RepairOutcome(fault, failed=str(error))
