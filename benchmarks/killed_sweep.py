"""A sweep whose workers and parents are killed at random, against the same sweep in one process.

The home folder lies on a file system in user space that behaves as a network disk (processes share
no memory through files there). At random times `kill -9` hits a worker or the whole command, which
is then started again. At the end every point has to be trained (none lost), no finished weights may
have been written again (none twice), and all weights have to be those of the serial sweep, byte by
byte. The same sweep then runs on Dask clusters, whose workers are killed as well.

    python benchmarks/killed_sweep.py --points 200 --workers 4 --dask 1 2 4 \
        --output benchmarks/measured/killed_sweep.json

The mount needs root, /dev/fuse, libfuse2 and the package mfusepy; without them, --no-mount.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
NAME = "killed"
_POLL = 0.05
_PARENTS = 0.2  # share of kills that hit the command itself


def write_sweep(folder: Path, points: int, steps: int) -> Path:
    """Write a small recording and a sweep of so many points over it."""
    from neuroqgan.data.save import save
    from neuroqgan.data.simulate import simulate_population

    recording = folder / "recording.npz"
    save(recording, simulate_population(3, 24, 32, seed=0), overwrite=True)
    file = folder / f"{NAME}.toml"
    file.write_text(
        f'data = "{recording}"\nbins = 8\npreset = "memory"\ncovariates = "none"\n'
        f"batch = 8\nsteps = {steps}\ncheckpoint_every = 1\nmixing_layers = 4\n"
        f"memory_qubits = 2\n\n[grid]\nseed = {list(range(points))}\n"
    )
    return file


def serial(file: Path, home: Path) -> dict[str, str]:
    """Train all points in this process, one after the other."""
    os.environ["NEUROQGAN_HOME"] = str(home)
    from neuroqgan.runs.sweep.point_training import train_point
    from neuroqgan.runs.sweep.sweep import Sweep
    from neuroqgan.runs.sweep.sweep_file import read_sweep

    sweep = Sweep.of(read_sweep(file), NAME, {"objective": "energy"})
    sweep.begin()
    for point in sweep.points():
        outcome = train_point(sweep.task(point))
        if outcome.value is None:
            raise RuntimeError(outcome.error)
    return weights(home)


def weights(home: Path) -> dict[str, str]:
    """Return the SHA-256 of all trained weights by run."""
    files = sorted((home / "runs").glob(f"{NAME}-*/generator.safetensors"))
    return {path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class Watch:
    """Notices finished weights that are written again; looks at the folder behind the mount."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._seen: dict[str, tuple[int, int]] = {}
        self.again: set[str] = set()

    def look(self) -> int:
        """Look at all weights, and return how many there are."""
        for path in (self._home / "runs").glob(f"{NAME}-*/generator.safetensors"):
            with suppress(OSError):
                found = path.stat()
                now = found.st_ino, found.st_mtime_ns
                if self._seen.setdefault(path.parent.name, now) != now:
                    self.again.add(path.parent.name)
        return len(self._seen)


def command(file: Path, home: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start the sweep, as a user does."""
    environment = {**os.environ, "NEUROQGAN_HOME": str(home), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "neuroqgan", "sweep", str(file), "--objective", "energy"]
    log = (file.parent / "output.txt").open("ab")
    return subprocess.Popen(
        [*words, "--quiet", *options], env=environment, stdout=log, stderr=log, cwd=file.parent
    )


def workers_of(parent: int) -> list[psutil.Process]:
    """Return the processes of a command that train."""
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(parent).children(recursive=True)
        return [one for one in children if "spawn_main" in " ".join(_words(one))]
    return []


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


class Gun:
    """Decides when something is killed: after some more points, or after a long time."""

    def __init__(self, seed: int, points: float, seconds: float) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # when to kill is no secret
        self._means = points, seconds
        self._load(0)

    def _load(self, finished: int) -> None:
        points, seconds = (self.chance.expovariate(1 / mean) for mean in self._means)
        self._at = finished + points, time.monotonic() + seconds

    def fires(self, finished: int) -> bool:
        """Return whether to kill something now."""
        points, moment = self._at
        if finished < points and time.monotonic() < moment:
            return False
        # Somewhere within a training.
        time.sleep(self.chance.random())
        self._load(finished)
        return True


def sweep_under_fire(
    file: Path,
    home: Path,
    watch: Watch,
    gun: Gun,
    *options: str,
    dask: DaskWorkers | None = None,
) -> dict[str, int]:
    """Repeat the sweep until it is done, and kill its processes at random."""
    killed = {"workers": 0, "commands": 0, "starts": 1}
    running = command(file, home, *options)
    while True:
        time.sleep(_POLL)
        if dask is not None:
            dask.replace()
        finished = watch.look()
        code = running.poll()
        if code == 0:
            return killed
        if code is not None:
            # 1: points whose workers were lost three times; the same command tries them again.
            if code not in (1, -signal.SIGKILL) or killed["starts"] > killed["commands"] + 20:
                raise RuntimeError(f"the sweep ended with {code}")
            killed["starts"] += 1
            running = command(file, home, *options)
        if not gun.fires(finished):
            continue
        if gun.chance.random() < _PARENTS:
            running.send_signal(signal.SIGKILL)
            killed["commands"] += 1
            continue
        workers = workers_of(running.pid) if dask is None else dask.processes()
        if workers:
            with suppress(psutil.NoSuchProcess):
                gun.chance.choice(workers).send_signal(signal.SIGKILL)
                killed["workers"] += 1


class DaskWorkers:
    """Workers of a Dask scheduler, each of which is replaced when it was killed.

    Dask's own nannies give up a worker that is killed while it starts.
    """

    def __init__(self, address: str, number: int) -> None:
        self.address = address
        self._running = [self._start() for _ in range(number)]

    def _start(self) -> subprocess.Popen[bytes]:
        words = (sys.executable, "-m", "distributed.cli.dask_worker", self.address)
        options = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--death-timeout", "600")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        quiet = subprocess.DEVNULL
        return subprocess.Popen([*words, *options], env=environment, stdout=quiet, stderr=quiet)

    def replace(self) -> None:
        """Start a worker for each that has ended."""
        self._running = [one if one.poll() is None else self._start() for one in self._running]

    def processes(self) -> list[psutil.Process]:
        """Return those that run."""
        with suppress(psutil.NoSuchProcess):
            return [psutil.Process(one.pid) for one in self._running if one.poll() is None]
        return []

    def end(self) -> None:
        """Kill all."""
        for one in self._running:
            one.kill()
            one.wait()


@contextmanager
def dask_cluster(n_workers: int) -> Iterator[DaskWorkers]:
    """Start a Dask scheduler and workers on this machine."""
    from dask.distributed import LocalCluster

    with LocalCluster(n_workers=0, processes=True, dashboard_address=None) as cluster:
        workers = DaskWorkers(cluster.scheduler_address, n_workers)
        try:
            yield workers
        finally:
            workers.end()


def judged(
    title: str, expected: dict[str, str], home: Path, watch: Watch, more: dict[str, Any]
) -> dict[str, Any]:
    """Compare a sweep with the serial one."""
    watch.look()
    found = weights(home)
    row = {
        "sweep": title,
        "points": len(expected),
        "lost": len(set(expected) - set(found)),
        "twice": len(watch.again),
        "other_bits": sum(found[name] != expected[name] for name in found if name in expected),
        **more,
    }
    print(json.dumps(row), flush=True)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--workers", type=int, default=4, help="0 for Dask alone")
    parser.add_argument("--dask", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--every", type=float, default=5.0, help="mean points between kills")
    parser.add_argument("--seconds", type=float, default=120.0, help="or mean seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-mount", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    sys.path.insert(0, str(ROOT))
    rows = []
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        file = write_sweep(folder, asked.points, asked.steps)
        began = time.monotonic()
        expected = serial(file, folder / "serial")
        print(f"serial: {len(expected)} in {time.monotonic() - began:.0f} s", flush=True)
        behind = shown = folder / "behind"
        behind.mkdir(exist_ok=True)
        if not asked.no_mount:
            from tests.network_mount import network_mount

            shown = stack.enter_context(network_mount(behind, folder / "shown"))
        where = "folder" if asked.no_mount else "fuse.sshfs"
        if asked.workers:
            began = time.monotonic()
            watch = Watch(behind / "processes")
            killed = sweep_under_fire(
                file,
                shown / "processes",
                watch,
                Gun(asked.seed, asked.every, asked.seconds),
                *("--workers", str(asked.workers)),
            )
            more = {"on": where, "seconds": round(time.monotonic() - began), "killed": killed}
            title = f"{asked.workers} processes"
            rows.append(judged(title, expected, behind / "processes", watch, more))
        for n_workers in asked.dask:
            name = f"dask-{n_workers}"
            began, watch = time.monotonic(), Watch(behind / name)
            with dask_cluster(n_workers) as workers:
                killed = sweep_under_fire(
                    file,
                    shown / name,
                    watch,
                    Gun(asked.seed + n_workers, asked.every, asked.seconds),
                    *("--cluster", workers.address),
                    dask=workers,
                )
            more = {"on": where, "seconds": round(time.monotonic() - began), "killed": killed}
            title = f"{n_workers} Dask worker{'' if n_workers == 1 else 's'}"
            rows.append(judged(title, expected, behind / name, watch, more))
    if asked.output:
        asked.output.write_text(json.dumps(rows, indent=2) + "\n")
    if any(row["lost"] or row["twice"] or row["other_bits"] for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
