"""Faulting inputs: read once more, made small, and kept."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from pathlib import Path

from tests.fuzz import forked
from tests.fuzz.judge import Judge
from tests.fuzz.loop import Shared
from tests.fuzz.target import Fault, Target
from tests.fuzz.watched import in_child, scratch_folder

_SMALL = 4


def judged(target: Target, data: bytes) -> tuple[Fault | None, str]:
    """Read one input in a process that may die; returns the fault, and what the reader said."""
    folder = Path(scratch_folder())
    shared, said = Shared(), folder / "said"

    def read() -> None:
        import os

        (folder / "work").mkdir()
        os.chdir(folder / "work")
        forked.install(folder / "work")
        judge = Judge(target, folder / "work")
        shared.begin(data)
        fault = judge(data)
        shared.end(was_accepted=judge.was_accepted)
        parts = (fault.kind, fault.place, fault.text) if fault else ("", "", judge.said)
        said.write_text("\0".join(parts), errors="backslashreplace")

    try:
        ending = in_child(read, shared, seconds=target.seconds, log=folder / "log")
        if ending is not None:
            if ending.startswith("ended"):
                raise RuntimeError((folder / "log").read_text(errors="replace")[-3000:])
            return Fault(ending.partition(" ")[0], target.name, ending), ""
        kind, place, text = said.read_text().split("\0", 2)
        return (Fault(kind, place, text), "") if kind else (None, text)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def minimised(target: Target, data: bytes, key: str, seconds: float) -> bytes:
    """Return a smaller input with the same fault: parts are left out as long as it stays."""
    end = time.monotonic() + seconds
    length = len(data) // 2
    while length >= _SMALL:
        at = 0
        while at < len(data) and time.monotonic() < end:
            shorter = data[:at] + data[at + length :]
            fault, _ = judged(target, shorter)
            if fault is not None and fault.key == key:
                data = shorter
            else:
                at += length
        length //= 2
    return data


def keep(folder: Path, target: Target, fault: Fault, data: bytes) -> Path:
    """Write an input and what it did; returns the path of the input."""
    folder.mkdir(parents=True, exist_ok=True)
    words = re.sub(r"[^A-Za-z0-9]+", "-", fault.key)[:80].strip("-").lower()
    digest = hashlib.sha256(data).hexdigest()[:6]
    path = folder / f"{target.name}--{words}-{digest}.bin"
    path.write_bytes(data)
    path.with_suffix(".txt").write_text(f"{fault.key}\n\n{fault.text}", errors="backslashreplace")
    return path
