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

from neuroqgan.cli.option_groups import GroupedOption
from neuroqgan.cli.setting_names import with_options
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
            echo(with_options(text), err=True)

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
    code; any other error ends in a few lines, and in a traceback with ``--debug``.
    """

    @click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print the result as JSON, everything else to standard error.",
    )
    @click.option("--quiet", is_flag=True, help="No progress, no tables and no notes.")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(function)
    def wrapped(*, as_json: bool, quiet: bool, debug: bool, **values: Any) -> None:
        try:
            with warnings.catch_warnings():
                if not debug:
                    warnings.simplefilter("ignore")
                warnings.filterwarnings("always", module=r"neuroqgan\b")
                warnings.showwarning = _shown_once()
                function(Output(as_json, quiet), **values)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except NeuroqganError as error:
            if debug:
                traceback.print_exc()
            echo(with_options(f"Error: {error}"), err=True)
            sys.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            echo("Interrupted.", err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            sys.exit(1)
        # A defect of ours, or of the machine: users get a sentence and a nonzero exit, and the
        # traceback by --debug.
        except Exception as error:  # noqa: BLE001  # told, and exit code 1
            if debug:
                traceback.print_exc()
            echo(_in_words(error), err=True)
            sys.exit(1)

    return wrapped


def _named(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    # As of a variable that is not set: the default account must not be charged instead.
    if value is not None and not value.strip():
        raise click.BadParameter("it names no account; neuroqgan account list shows those saved")
    return value


def account_option(function: _Function) -> Callable[..., None]:
    """Give a command ``--account``, the saved account that everything in it uses."""

    @click.option(
        "--account",
        "account_name",
        cls=GroupedOption,
        group="Quantum hardware",
        metavar="NAME",
        callback=_named,
        help="Saved account of IBM Quantum to use. [NEUROQGAN_ACCOUNT, or the default one]",
    )
    @functools.wraps(function)
    def wrapped(*, account_name: str | None, **values: Any) -> None:
        from neuroqgan.backends.ibm.account import use_account

        with use_account(account_name):
            function(**values)

    return wrapped


def _in_words(error: Exception) -> str:
    """Return what to tell of an error that nobody raised on purpose, and what to do about it."""
    from neuroqgan.backends.ibm.discretion import scrub

    if isinstance(error, MemoryError):
        return (
            "Error: There is not enough memory for this.\n"
            "  try: fewer samples, neurons or bins, or a shorter recording"
        )
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return (
            f"Error: {error.strerror}{where}\n"
            "  try: check that the file or folder is there, that you may read and write it, and "
            "that its disk has room"
        )
    first = next(iter(str(error).strip().splitlines()), "")
    what = f"{type(error).__name__}: {first[:300]}" if first else type(error).__name__
    return (
        f"Internal error: {scrub(what)}\n"
        "  This is a defect of neuroqgan, not of your input.\n"
        "  try: the same command with --debug, and report the traceback that it shows together "
        "with the output of neuroqgan --version"
    )


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
            "Confirmation is needed, and there is nobody to ask.",
            expected="an answer at a terminal, or --yes",
            got="the end of standard input",
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
        echo(with_options(f"Error: {error}"), err=True)
    if errors:
        raise errors[-1]


def _shown_once() -> Callable[..., None]:
    """Return what shows warnings, each text once in a command: a raster is made many times."""
    shown: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        if str(message) not in shown:
            shown.add(str(message))
            echo(f"Warning: {message}", err=True)

    return show
