"""The command ``neuroqgan`` and its groups.

Nothing here imports numpy, torch or qiskit, so that help pages appear at once.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.account import account
from neuroqgan.cli.backends import backends
from neuroqgan.cli.campaign import campaign
from neuroqgan.cli.circuits import circuits
from neuroqgan.cli.completed_values import add_completions
from neuroqgan.cli.completion import completion
from neuroqgan.cli.config import config
from neuroqgan.cli.data import data
from neuroqgan.cli.doctor import doctor
from neuroqgan.cli.evaluate import evaluate
from neuroqgan.cli.explain import explain
from neuroqgan.cli.jobs import jobs
from neuroqgan.cli.report import report
from neuroqgan.cli.run import run, train
from neuroqgan.cli.runs import runs
from neuroqgan.cli.store import store
from neuroqgan.cli.streams import prepare_streams
from neuroqgan.cli.sweep import sweep
from neuroqgan.cli.version import version_option
from neuroqgan.escaping.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator


class _SafeGroup(click.Group):
    """Shows what is wrong with an argument escaped: it may be a name from a file."""

    def make_context(self, *values: Any, **options: Any) -> click.Context:
        with _escaped_messages():
            return super().make_context(*values, **options)

    def invoke(self, context: click.Context) -> Any:
        with _escaped_messages():
            return super().invoke(context)


@contextmanager
def _escaped_messages() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        text = error.format_message()
        if printable(text) == text:
            raise
        raise click.UsageError(printable(text), error.ctx) from error


@click.group(
    cls=_SafeGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
)
@version_option
def main() -> None:
    """Train quantum generators on neuronal recordings and sample spike rasters from them.

    \b
    Train, sample, evaluate and draw, on simulated neurons or on your recording:
        neuroqgan run --backend aer
        neuroqgan run --backend aer --data recording.npz --neurons 0:10 --name mine

    \b
    See what has been trained:
        neuroqgan runs list
        neuroqgan runs show mine

    \b
    Sample on a simulated device with noise, or on a quantum device at IBM:
        neuroqgan run --name mine --backend fake_fez --samples 1000
        neuroqgan run --name mine --backend ibm_fez --samples 1000
        neuroqgan jobs retrieve

    Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 not ready yet, 130 interrupted.
    """
    prepare_streams()
    # OpenMP threads that wait by spinning block each other if the machine has other work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


for _command in (
    run,
    train,
    evaluate,
    report,
    campaign,
    sweep,
    explain,
    runs,
    jobs,
    store,
    backends,
    account,
    data,
    circuits,
    config,
    doctor,
    completion,
):
    main.add_command(_command)
add_completions(main)
