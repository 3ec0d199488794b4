"""What all commands share: error messages, exit codes, ``--json``, ``--quiet``, ``--debug``."""

from __future__ import annotations

import functools
import json
import sys
import traceback
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from neuroqgan.cli.grouped_option import GroupedOption
from neuroqgan.cli.setting_names import with_options
from neuroqgan.cli.streams import echo
from neuroqgan.discreet import without_passwords
from neuroqgan.errors import ConsentError, InputError, NeuroqganError
from neuroqgan.escaping.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

INTERRUPTED = 130
_Function = TypeVar("_Function", bound="Callable[..., Any]")


@dataclass(frozen=True)
class Output:
    """Where the output of a command goes.

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
        """Print the result if JSON was requested."""
        if self.as_json:
            echo(json.dumps(value, allow_nan=False))

    def say(self, text: str) -> None:
        """Print a result for people."""
        if not self.quiet:
            echo(text, err=self.as_json)

    def note(self, text: str) -> None:
        """Print a note or progress for people, on the error stream."""
        if not self.quiet:
            echo(with_options(text), err=True)

    @property
    def tables(self) -> Console:
        """Where tables go: standard output, or the error stream if there is JSON on the former."""
        from neuroqgan.escaping.console import SafeConsole

        return SafeConsole(stderr=self.as_json, quiet=self.quiet, highlight=False)

    @property
    def progress(self) -> Console:
        """Where progress goes: the error stream."""
        from neuroqgan.escaping.console import SafeConsole

        return SafeConsole(stderr=True, quiet=self.quiet, highlight=False)


def command(function: _Function) -> Callable[..., None]:
    """Give a command ``--json``, ``--quiet`` and ``--debug``, and turn its errors into messages.

    The command receives an `Output` as its first argument. An error of neuroqgan ends the command
    with its message and exit code. Any other error ends it with a few lines that say what to do.
    With ``--debug`` there is a traceback as well.
    """

    @click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print the result as JSON to standard output, and everything else to standard error.",
    )
    @click.option("--quiet", is_flag=True, help="Do not print progress, tables or notes.")
    @click.option("--debug", is_flag=True, help="Show the traceback if an error occurs.")
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
                echo(_traceback(), err=True)
            echo(with_options(f"Error: {error}"), err=True)
            sys.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            echo("Interrupted.", err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            sys.exit(1)
        except UnicodeEncodeError as error:
            if debug:
                echo(_traceback(), err=True)
            echo(_no_text(error), err=True)
            sys.exit(InputError.exit_code)
        # A bug or a fault of the machine: users get a few lines and a nonzero exit code, and the
        # traceback only with --debug.
        except Exception as error:  # noqa: BLE001  # reported, and exit code 1
            if debug:
                echo(_traceback(), err=True)
            echo(_in_words(error), err=True)
            sys.exit(1)

    return wrapped


def _named(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    # An unset shell variable expands to nothing; the default account must not be charged then.
    if value is not None and not value.strip():
        raise click.BadParameter(
            "the name is empty; neuroqgan account list shows the saved accounts"
        )
    return value


def account_option(function: _Function) -> Callable[..., None]:
    """Give a command ``--account``, the saved account that it uses throughout."""

    @click.option(
        "--account",
        "account_name",
        cls=GroupedOption,
        group="Quantum hardware",
        metavar="NAME",
        callback=_named,
        help="Saved IBM Quantum account to use. [NEUROQGAN_ACCOUNT, or the default account]",
    )
    @functools.wraps(function)
    def wrapped(*, account_name: str | None, **values: Any) -> None:
        from neuroqgan.backends.ibm.account import use_account

        with use_account(account_name):
            function(**values)

    return wrapped


def _traceback() -> str:
    """Return the traceback of the present error without tokens and passwords."""
    from neuroqgan.backends.ibm.discretion import scrub

    return scrub(without_passwords(traceback.format_exc()))


def _in_words(error: Exception) -> str:
    """Return the message for an error that was not raised on purpose, with advice."""
    from neuroqgan.backends.ibm.discretion import scrub

    if isinstance(error, MemoryError):
        return (
            "Error: There is not enough memory.\n"
            "  try: fewer samples, neurons or bins, or a shorter recording"
        )
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return (
            f"Error: {error.strerror}{where}\n"
            "  try: check that the file or folder exists, that you may read and write it, and that "
            "there is space on the disk"
        )
    first = next(iter(str(error).strip().splitlines()), "")
    what = f"{type(error).__name__}: {first[:300]}" if first else type(error).__name__
    return (
        f"Internal error: {scrub(without_passwords(what))}\n"
        "  This is a bug in neuroqgan, not a problem with your input.\n"
        "  try: repeat the command with --debug, and report the traceback together with the "
        "output of neuroqgan --version"
    )


def _no_text(error: UnicodeEncodeError) -> str:
    """Return the message for bytes of an argument that are not text, where text is needed."""
    return (
        "Error: A name holds bytes that are not text.\n"
        f"  expected: text in UTF-8\n  got: {error.object[:60]!r}\n  try: another name"
    )


def ask(question: str) -> None:
    """Ask for confirmation, and end the command unless the answer is yes.

    Raises
    ------
    ConsentError
        If standard input is not a terminal and holds no answer.
    """
    try:
        agreed = click.confirm(printable(question), err=True)
    except click.Abort as error:
        if sys.stdin.isatty():
            raise
        echo(err=True)
        raise ConsentError(
            "Confirmation is needed, but standard input is not a terminal.",
            expected="an answer at a terminal, or --yes",
            got="no input",
            hint="repeat the command with --yes",
        ) from error
    if not agreed:
        raise click.Abort


def raise_all(errors: Sequence[NeuroqganError]) -> None:
    """Print all errors except the last, each once, and raise the last, if there are any."""
    said = {str(errors[-1])} if errors else set()
    for error in errors[:-1]:
        if str(error) in said:
            continue
        said.add(str(error))
        echo(with_options(f"Error: {error}"), err=True)
    if errors:
        raise errors[-1]


def _shown_once() -> Callable[..., None]:
    """Return a function that shows each warning only once per command."""
    shown: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        if str(message) not in shown:
            shown.add(str(message))
            echo(with_options(f"Warning: {message}"), err=True)

    return show
