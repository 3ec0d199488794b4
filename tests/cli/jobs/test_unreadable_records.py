"""Commands beside a record that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

from neuroqgan.jobs.store import JobStore
from tests.jobs.test_store import make_record
from tests.jobs.test_unreadable import damage


def test_commands_name_the_record_and_go_on(command, own_home: Path) -> None:
    store = JobStore()
    good, bad = make_record(message="fine"), make_record()
    store.create([good, bad])
    store.close()
    damage(own_home / "jobs.sqlite", bad.id, "options", "not JSON \x1b[31m")
    listed = command("jobs", "list")
    assert listed.code == 0
    assert good.short_id in listed.out
    assert f"Warning: Job {bad.short_id} cannot be read: its options" in listed.err
    assert "\x1b" not in listed.out + listed.err
    rows = command("jobs", "list", "--json")
    assert [row["id"] for row in json.loads(rows.out)] == [good.id]
    assert bad.short_id in rows.err
    assert command("jobs", "show", good.id).code == 0
    shown = command("jobs", "show", bad.id)
    assert shown.code == 1
    assert f"Error: The record of job {bad.short_id} cannot be read." in shown.err
    assert "neuroqgan store repair" in shown.err
    assert "Internal error" not in shown.err
