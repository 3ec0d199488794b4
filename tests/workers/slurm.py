"""Commands of Slurm that run jobs on this machine, one process group per job."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_PROGRAM = """#!{python}
import os, signal, subprocess, sys, time
from pathlib import Path

jobs = Path({jobs!r})

def alive(job):
    pid = int(job.read_text().split()[0])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{{pid}}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

def sbatch():
    if (jobs / "refuse").exists():
        sys.exit("sbatch: error: invalid account or partition")
    script = Path(sys.argv[-1]).resolve()
    wanted = dict(
        line[len("#SBATCH --"):].split("=", 1)
        for line in script.read_text().splitlines() if line.startswith("#SBATCH --")
    )
    number = 1 + len(list(jobs.glob("[0-9]*")))
    output = Path(wanted["chdir"], wanted["output"]).open("w")
    if (jobs / "hold").exists():
        (jobs / str(number)).write_text("0 " + wanted["job-name"])
    else:
        job = subprocess.Popen(
            ["bash", str(script)], cwd=wanted["chdir"], stdout=output, stderr=output,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )
        (jobs / str(number)).write_text(f"{{job.pid}} {{wanted['job-name']}}")
    print(number)

def squeue():
    if (jobs / "busy").exists():
        sys.exit("slurm_load_jobs error: Socket timed out on send/recv operation")
    for job in jobs.glob("[0-9]*"):
        pid, name = job.read_text().split()
        if pid == "0" or alive(job):
            print(f"{{job.name}}|me|{{'PD' if pid == '0' else 'R'}}|{{name}}|/")

def scancel():
    for job in jobs.glob("[0-9]*"):
        pid, name = job.read_text().split()
        if f"--name={{name}}" in sys.argv and pid == "0":
            job.write_text("999999999 " + name)
        elif job.name in sys.argv:
            os.killpg(int(pid), signal.SIGKILL)

{{"sbatch": sbatch, "squeue": squeue, "scancel": scancel}}[Path(sys.argv[0]).name]()
"""


def install_slurm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the commands first on the path; return the folder where they keep their jobs.

    A file ``refuse`` there makes sbatch refuse, ``hold`` leaves jobs pending, and ``busy`` makes
    squeue fail.
    """
    programs, jobs = folder / "bin", folder / "jobs"
    programs.mkdir(parents=True)
    jobs.mkdir()
    for name in ("sbatch", "squeue", "scancel"):
        program = programs / name
        program.write_text(_PROGRAM.format(python=sys.executable, jobs=str(jobs)))
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    return jobs
