"""The commands of README, docs and help pages are executed, with small numbers."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from neuroqgan.testing import LoopbackService
from tests.docs.pages import PAGES, help_commands, page_commands, page_name
from tests.docs.sandbox import (
    Sandbox,
    copy,
    hold_jobs,
    interrupt_training,
    prepare,
    save_closed_account,
    use,
)

# Parsed by test_examples.py, but not executed.
NOT_EXECUTED = {
    "neuroqgan data fetch salamander": "downloads a file",
    "neuroqgan run --data salamander --neurons 0:10": "needs the downloaded file",
    "neuroqgan run --data salamander --neurons 0:10 --samples 4000 --seed 1": "needs that file",
    "neuroqgan campaign ibm_fez": "needs that file, and minutes to train and simulate",
    "neuroqgan campaign ibm_fez --dry-run": "needs that file",
    "neuroqgan train --name mine --device cuda": "needs a GPU",
    "neuroqgan circuits export mine circuits/ --bins-per-job 4": "needs a run with --past one-bin",
    "neuroqgan jobs import d3u1k2o8bqfc": "needs a job that another machine has sent",
    "neuroqgan jobs import d3u1k2o8bqfc --account lab-b": "needs such a job",
    "neuroqgan jobs import d3u1k2o8bqfc --neurons-per-bin 10 --bin-width 0.02": "needs such a job",
    "neuroqgan jobs import d3u1k2o8bqfc --register c0 --neurons-per-bin 5 --bin-width 0.01": (
        "needs such a job"
    ),
    "neuroqgan jobs verify spikes.zip --sha256 9b74c9897bac770ffc029102a200c5de...": "abbreviated",
    "neuroqgan sweep sweep.toml --cluster slurm": "needs Slurm",
    "neuroqgan sweep sweep.toml --cluster slurm --workers 50": "needs Slurm",
    "neuroqgan account save --instance crn:v1:bluemix:public:quantum-computing:...": "abbreviated",
}
# Parts of a line that say which package it needs; without it, the line is left out.
NEEDS = {
    ".nwb": "pynwb",
    "--tracker tensorboard": "tensorboard",
    "--tracker mlflow": "mlflow",
    "--method optuna": "optuna",
}
# Executed with the slow tests. Those with workers start processes, as sweeps do.
SLOW = (
    *("spike-gan", "--baselines all", "--finetune-on", "campaign fake_fez", "--workers"),
    *("sweep.toml --objective", "sweep.toml --method", "run.toml --json"),
    "--preset memory --mixing-layers",
)
LONG = {
    "classical",
    "concepts",
    "gallery",
    "getting-started",
    "hardware",
    "jobs",
    "judging",
    "recordings",
    "how-to/campaign",
    "how-to/cluster",
    "how-to/explain",
    "how-to/report",
    "how-to/reproduce",
    "how-to/sweep",
    "how-to/trackers",
    "how-to/covariates",
    "how-to/publish-jobs",
    "how-to/recording",
    "how-to/recover-a-job",
}
_BUNDLED = ("jobs retrieve", "jobs bundle latest --output spikes.zip")
# What has to be done before an example makes sense, if it is more than to train ``mine``.
BEFORE = {
    "neuroqgan account status --check --account lab-b": ["account save --account lab-b"],
    "neuroqgan account remove": ["account save"],
    "neuroqgan account remove --account lab-b --yes": ["account save --account lab-b"],
    "neuroqgan account remove --channel ibm_quantum": [save_closed_account],
    "neuroqgan account save --token-stdin --overwrite < token.txt": ["account save"],
    "neuroqgan jobs bundle 3f2a --output spikes.zip": ["jobs retrieve"],
    # Of the page, whose first commands are left to the slow examples.
    "neuroqgan sweep sweep.toml --show": ["sweep sweep.toml --workers 1 --quiet"],
    "neuroqgan jobs bundle latest": ["jobs retrieve"],
    "neuroqgan jobs cancel latest": [hold_jobs],
    "neuroqgan jobs export 3f2a raster.nwb": ["jobs retrieve"],
    "neuroqgan jobs export 3f2a spikes.csv": ["jobs retrieve"],
    "neuroqgan jobs forget 3f2a --yes": ["jobs retrieve"],
    "neuroqgan jobs verify spikes.zip": [*_BUNDLED],
    "neuroqgan jobs verify spikes.zip --raster spikes.npz": [*_BUNDLED],
    "neuroqgan store import backup.zip": ["store export backup.zip --overwrite"],
    "neuroqgan store import backup.zip --json": ["store export backup.zip --overwrite"],
    "neuroqgan report mine other --output both.html": ["run --data recording.npz --name other"],
    "neuroqgan run --name sweep-0": ["sweep sweep.toml --point 0"],
    "neuroqgan train --data recording.npz --neurons 0:10 --name mine": ["runs remove mine"],
    "neuroqgan train --name mine --resume": [interrupt_training],
    "neuroqgan train --name mine --resume --watch": [interrupt_training],
    "neuroqgan train --name mine --tracker tensorboard": ["runs remove mine"],
}

_WITH_COMMANDS = [page for page in PAGES if page_commands(page)]
_ON_PAGES = {line for page in PAGES for line in page_commands(page)}
_IN_HELP = {line for lines in help_commands().values() for line in lines}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    root = tmp_path_factory.mktemp("examples")
    with LoopbackService(polls=0) as service, pytest.MonkeyPatch.context() as patch:
        sandbox = Sandbox(root / "work", root / "home", service)
        use(sandbox, patch)
        prepare(sandbox)
        yield sandbox


@pytest.fixture
def sandbox(prepared: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    return copy(prepared, tmp_path / "examples", monkeypatch)


def _is_slow(line: str) -> bool:
    return any(part in line for part in SLOW)


def _lacks(line: str) -> str:
    """Return the package that a line needs and that is not installed, or an empty text."""
    needed = [package for part, package in NEEDS.items() if part in line]
    return next((package for package in needed if find_spec(package) is None), "")


def _execute(sandbox: Sandbox, line: str) -> None:
    for step in BEFORE.get(line, ()):
        if callable(step):
            step(sandbox)
        else:
            assert sandbox.execute(f"neuroqgan {step}").code == 0
    outcome = sandbox.execute(line)
    assert outcome.code == 0, f"{line}\n{outcome.out}\n{outcome.err}"


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(
            page, id=page_name(page), marks=[pytest.mark.slow] if page_name(page) in LONG else []
        )
        for page in _WITH_COMMANDS
    ],
)
def test_commands_of_a_page_work_in_order(sandbox: Sandbox, page: Path) -> None:
    for line in page_commands(page):
        if line not in NOT_EXECUTED and not _is_slow(line) and not _lacks(line):
            _execute(sandbox, line)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, marks=[pytest.mark.slow] if _is_slow(line) else [])
        for line in sorted({*_IN_HELP, *filter(_is_slow, _ON_PAGES)})
        if line not in NOT_EXECUTED and (line not in _ON_PAGES or _is_slow(line))
    ],
)
def test_examples_of_help_pages_work(sandbox: Sandbox, line: str) -> None:
    if package := _lacks(line):
        pytest.skip(f"needs {package}, which an extra brings")
    _execute(sandbox, line)


def test_lists_of_exceptions_are_up_to_date() -> None:
    assert {*NOT_EXECUTED, *BEFORE} <= _IN_HELP | _ON_PAGES
