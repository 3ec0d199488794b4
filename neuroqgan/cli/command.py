"""Commands that end in a clear message: errors to text, exit codes, ``--debug``, ``--json``."""

from __future__ import annotations

import functools
import json
import sys
import traceback
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from neuroqgan.cli.streams import echo
from neuroqgan.errors import ConsentError, NeuroqganError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

INTERRUPTED = 130
_Function = TypeVar("_Function", bound="Callable[..., Any]")


@dataclass(frozen=True)
class Output:
    """Where a command's words go.

    Parameters
    ----------
    as_json
        One JSON object on the standard output stream, everything else on the error stream.
    quiet
        No progress, no tables.
    """

    as_json: bool
    quiet: bool

    def result(self, value: dict[str, Any] | list[Any]) -> None:
        """Print the JSON result, if that was asked for."""
        if self.as_json:
            echo(json.dumps(value, allow_nan=False))

    def say(self, text: str) -> None:
        """Tell a person a result."""
        if not self.quiet:
            echo(text, err=self.as_json)

    def note(self, text: str) -> None:
        """Tell a person how far things are, on the error stream."""
        if not self.quiet:
            echo(text, err=True)

    @property
    def tables(self) -> Console:
        """Where results for people go: standard output, but not beside JSON."""
        from rich.console import Console

        return Console(stderr=self.as_json, quiet=self.quiet, highlight=False)

    @property
    def progress(self) -> Console:
        """Where progress goes: the error stream."""
        from rich.console import Console

        return Console(stderr=True, quiet=self.quiet, highlight=False)


def command(function: _Function) -> Callable[..., None]:
    """Give a command ``--json``, ``--quiet`` and ``--debug``, and its errors a form.

    The command receives an `Output` first. Errors of neuroqgan end in their message and exit
    code; any other error ends in one line, and in a traceback with ``--debug``.
    """

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @click.option("--quiet", is_flag=True, help="No progress and no tables.")
    @click.option("--debug", is_flag=True, help="Show tracebacks.")
    @functools.wraps(function)
    def wrapped(*, as_json: bool, quiet: bool, debug: bool, **values: Any) -> None:
        try:
            with warnings.catch_warnings():
                if not debug:
                    warnings.simplefilter("ignore")
                warnings.filterwarnings("always", module=r"neuroqgan\b")
                warnings.showwarning = _show_warning
                function(Output(as_json, quiet), **values)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except NeuroqganError as error:
            if debug:
                traceback.print_exc()
            echo(f"Error: {error}", err=True)
            sys.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            echo("Interrupted.", err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            sys.exit(1)
        # A defect of ours: users get a sentence and a nonzero exit, and the traceback by --debug.
        except Exception as error:  # noqa: BLE001  # told, and exit code 1
            if debug:
                traceback.print_exc()
            kind = type(error).__name__
            echo(f"Error: something unforeseen went wrong: {kind}: {error}", err=True)
            echo("  try: the same command with --debug, and report what it shows", err=True)
            sys.exit(1)

    return wrapped


def ask(question: str) -> None:
    """Ask a person, and end the command unless the answer is yes.

    Raises
    ------
    ConsentError
        If nobody is there to be asked.
    """
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort as error:
        if sys.stdin.isatty():
            raise
        echo(err=True)
        raise ConsentError(
            "Nobody was there to agree.",
            expected="a person at a terminal, or --yes",
            got="the end of the input",
            hint="the same command with --yes",
        ) from error
    if not agreed:
        raise click.Abort


def raise_all(errors: Sequence[NeuroqganError]) -> None:
    """Print all errors but the last, each once, and raise that one; nothing without errors."""
    said = {str(errors[-1])} if errors else set()
    for error in errors[:-1]:
        if str(error) in said:
            continue
        said.add(str(error))
        echo(f"Error: {error}", err=True)
    if errors:
        raise errors[-1]


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    echo(f"Warning: {message}", err=True)
