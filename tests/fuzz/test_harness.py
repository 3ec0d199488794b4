"""The fuzzer itself: whether it sees what inputs may not do."""

from __future__ import annotations

import os
import pickle
import random
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from neuroqgan.data.reading import RecordingWarning
from neuroqgan.errors import RecordingError
from tests.fuzz.findings import judged, minimised
from tests.fuzz.folders import pack, unpacked
from tests.fuzz.mutators import in_json, in_zip, mutate_bytes, npy_header
from tests.fuzz.target import Target
from tests.fuzz.watched import fuzz


def _target(run: Callable[[Path], object], **more: object) -> Target:
    given = {"name": "made-up", "suffix": ".x", "seeds": lambda: [b"seed"], "run": run} | more
    return Target(**given)  # type: ignore[arg-type]


def _raises(path: Path) -> None:
    raise KeyError(path.name)


def _warns(path: Path) -> None:
    warnings.warn("of a library", DeprecationWarning, stacklevel=1)


def _dies(path: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hangs(path: Path) -> None:
    while True:
        time.sleep(1)


def _works_long(path: Path) -> None:
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass


def _grows(path: Path) -> None:
    bytearray(b"x") * 2**28


def _writes(path: Path) -> None:
    (path.parents[2] / "canary").write_bytes(b"outside of the scratch folder")


def _starts(path: Path) -> None:
    os.system("true")  # noqa: S605


def _unpickles(path: Path) -> None:
    pickle.loads(pickle.dumps(Path))  # noqa: S301


@pytest.mark.parametrize(
    ("run", "kind", "seconds"),
    [
        (_raises, "KeyError", 10),
        (_warns, "warning", 10),
        (_dies, "killed", 10),
        (_hangs, "hang", 0.01),
        (_works_long, "slow or hang", 0.2),
        (_grows, "memory", 10),
        (_writes, "escape", 10),
        (_starts, "escape", 10),
        (_unpickles, "escape", 10),
    ],
)
def test_faults_are_seen(run: Callable[[Path], object], kind: str, seconds: float) -> None:
    fault, _ = judged(_target(run, seconds=seconds, memory=2**26), b"seed")
    assert fault is not None
    # A machine that is busy with other things makes a hang of what is slow.
    assert fault.kind in kind.split(" or ")


def _complains(path: Path) -> None:
    warnings.warn("of ours", RecordingWarning, stacklevel=1)
    (path.parent.parent / "tmp" / "own").write_bytes(b"scratch")
    raise RecordingError("not like this")


def test_what_is_allowed_is_no_fault() -> None:
    assert judged(_target(_complains), b"seed") == (None, "not like this")
    assert judged(_target(lambda path: path.read_bytes()), b"seed") == (None, "b'seed'")


def _planted(path: Path) -> None:
    data = path.read_bytes()
    if b"!" in data:
        raise ZeroDivisionError
    if data[:1] != b"s":
        raise RecordingError("no s")


@pytest.mark.slow
def test_a_planted_fault_is_found_and_made_small() -> None:
    target = _target(_planted, mutate=(lambda data, rng: data + rng.randbytes(8),))
    first, again = (fuzz(target, n_inputs=400, seed=3, seconds=60, guided=False) for _ in range(2))
    assert first.inputs == again.inputs == 400
    assert first.accepted == again.accepted > 0
    (key,) = first.faults
    assert key.startswith("ZeroDivisionError")
    assert first.faults[key][1] == again.faults[key][1]
    small = minimised(target, b"s" + b"-" * 30 + b"!" + b"-" * 30, key, seconds=10)
    assert b"!" in small
    assert len(small) < 10


def test_mutators_keep_what_they_know() -> None:
    import io
    import zipfile

    import numpy as np

    rng = random.Random(0)
    array = io.BytesIO()
    np.save(array, np.arange(6))
    packed = pack({"a.npy": array.getvalue(), "b/c.json": b'{"x": [1, 2]}'})
    assert unpacked(packed) == {"a.npy": array.getvalue(), "b/c.json": b'{"x": [1, 2]}'}
    changed = {mutate_bytes(packed, rng) for _ in range(20)}
    assert len(changed) > 15
    for _ in range(20):
        # Damage to a member, behind a checksum that is right.
        with zipfile.ZipFile(io.BytesIO(in_zip(npy_header)(packed, rng))) as archive:
            assert archive.testzip() is None
        assert npy_header(array.getvalue(), rng)[:6] == b"\x93NUMPY"
        in_json(b'{"x": [1, {"y": 2}]}', rng).decode("utf-8")
