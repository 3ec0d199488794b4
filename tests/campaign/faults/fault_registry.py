"""All faults by name."""

from __future__ import annotations

from tests.campaign.faults import clocks, damaged_files, databases, disks, kills, servers, versions
from tests.campaign.faults.fault import Fault

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        kills.KillAtMoment(),
        kills.KillAtStep(),
        kills.InterruptedMigration(),
        disks.FullDisk(),
        disks.FailedWrite(),
        disks.ReadOnlyDisk(),
        clocks.ClockJump(),
        databases.LockedDatabase(),
        databases.LostPostgres(),
        servers.FailingServer(),
        servers.SlowServer(),
        servers.LyingServer(),
        damaged_files.DamagedFile(),
        versions.EarlierVersion(),
        versions.KilledEarlierVersion(),
        versions.EarlierStore(),
    )
}
