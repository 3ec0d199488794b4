"""The account file of qiskit-ibm-runtime, read and written with care.

It holds an object of accounts by name. We keep to that form, so an account that was saved with
Qiskit is found here, and the other way round.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from neuroqgan.errors import AccountError, StorageError

SAVE_HINT = "neuroqgan account save"


def account_file() -> Path:
    """Return the account file of qiskit-ibm-runtime."""
    return Path.home() / ".qiskit" / "qiskit-ibm.json"


def saved() -> dict[str, Any]:
    """Return what the account file holds, including tokens; empty if there is none.

    Raises
    ------
    AccountError
        If it cannot be read.
    """
    file = account_file()
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        problem = "JSON that is not an object"
    except FileNotFoundError:
        return {}
    except OSError as error:
        read, problem = None, error.strerror or type(error).__name__
    except ValueError as error:
        where = f" from line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        read, problem = None, f"text that is not JSON{where}"
    if isinstance(read, dict):
        return read
    # The parser's own message could quote the file, and with it the token.
    raise AccountError(
        f"The account file {file} cannot be read.",
        expected="JSON as qiskit-ibm-runtime writes it: an object of accounts by name",
        got=problem,
        hint=f"move it elsewhere, then {SAVE_HINT}",
    )


def write(accounts: dict[str, Any]) -> Path:
    """Replace the whole account file, readable only by its owner.

    Parameters
    ----------
    accounts
        Its new content, all of it.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    StorageError
        If it cannot be written; it is then unchanged.
    """
    file = account_file().resolve()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # `mkstemp` makes files of mode 0600, whatever the user's umask.
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".qiskit-ibm.", suffix=".part")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(accounts, stream, sort_keys=True, indent=4)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"{file} cannot be written.",
            expected="a folder with free space and permission to write",
            got=error.strerror or str(error),
            hint=f"check the folder {file.parent}",
        ) from error
    return file
